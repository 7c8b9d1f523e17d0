//! The names of keys. Those of tmux, screen and Emacs are understood, so that nobody has to learn new
//! ones: `C-`, `M-`, `S-` or `Ctrl-`, `Alt-`, `Shift-` before a character or a name; `^c` for `C-c`.

use std::fmt;
use std::str::FromStr;

use super::{Key, Mods, Sym};
use crate::did_you_mean;

/// The names, as they are shown: each first name, without the function keys.
pub const NAMES: &str = "Enter Tab Escape Space Backspace Delete Insert Up Down Left Right Home End PageUp PageDown \
                         F1 to F20 KP0 to KP9 KPEnter KPPlus KPMinus KPTimes KPDivide KPPoint";

/// Every name that is not `F` and a number or `KP` and a digit.
const TABLE: [(&str, Sym); 43] = [
    ("Enter", Sym::Control(b'\r')),
    ("Return", Sym::Control(b'\r')),
    ("CR", Sym::Control(b'\r')),
    ("Tab", Sym::Control(b'\t')),
    ("Escape", Sym::Control(0x1b)),
    ("Esc", Sym::Control(0x1b)),
    ("Backspace", Sym::Control(0x7f)),
    ("BSpace", Sym::Control(0x7f)),
    ("BS", Sym::Control(0x7f)),
    ("Space", Sym::Char(' ')),
    ("Up", Sym::Cursor(b'A')),
    ("Down", Sym::Cursor(b'B')),
    ("Right", Sym::Cursor(b'C')),
    ("Left", Sym::Cursor(b'D')),
    ("Begin", Sym::Cursor(b'E')),
    ("End", Sym::Cursor(b'F')),
    ("Home", Sym::Cursor(b'H')),
    ("Insert", Sym::Tilde(2)),
    ("Ins", Sym::Tilde(2)),
    ("IC", Sym::Tilde(2)),
    ("Delete", Sym::Tilde(3)),
    ("Del", Sym::Tilde(3)),
    ("DC", Sym::Tilde(3)),
    ("PageUp", Sym::Tilde(5)),
    ("PgUp", Sym::Tilde(5)),
    ("PPage", Sym::Tilde(5)),
    ("Prior", Sym::Tilde(5)),
    ("PageDown", Sym::Tilde(6)),
    ("PgDn", Sym::Tilde(6)),
    ("NPage", Sym::Tilde(6)),
    ("Next", Sym::Tilde(6)),
    ("Minus", Sym::Char('-')),
    ("Hyphen", Sym::Char('-')),
    ("Plus", Sym::Char('+')),
    ("KPEnter", Sym::Keypad('\r', b'M')),
    ("KPPlus", Sym::Keypad('+', b'k')),
    ("KPMinus", Sym::Keypad('-', b'm')),
    ("KPTimes", Sym::Keypad('*', b'j')),
    ("KPMultiply", Sym::Keypad('*', b'j')),
    ("KPDivide", Sym::Keypad('/', b'o')),
    ("KPPoint", Sym::Keypad('.', b'n')),
    ("KPDecimal", Sym::Keypad('.', b'n')),
    ("KPEqual", Sym::Keypad('=', b'X')),
];

/// The function keys' numbers in `CSI n ~` from F5 on (VT220 manual, table 3-4).
const FUNCTION: [u8; 16] = [15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34];

/// A name that is no key's, with the names that are near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey(String);

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnknownKey {}

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Key, UnknownKey> {
        // Back tab is what terminfo calls it.
        if text.eq_ignore_ascii_case("BTab") {
            return Ok(Key { sym: Sym::Control(b'\t'), mods: Mods { shift: true, ..Mods::default() } });
        }
        let (mods, name) = modifiers(text);
        match symbol(name) {
            Some(sym) => Ok(Key { sym, mods }),
            None => Err(unknown(text, name)),
        }
    }
}

/// Splits modifiers off. The last character is never one, so that `C--` is Ctrl and minus.
fn modifiers(text: &str) -> (Mods, &str) {
    let mut mods = Mods::default();
    let mut rest = text;
    while let Some((part, behind)) = modifier(rest) {
        match part {
            'c' => mods.ctrl = true,
            'm' => mods.alt = true,
            _ => mods.shift = true,
        }
        rest = behind;
    }
    (mods, rest)
}

fn modifier(text: &str) -> Option<(char, &str)> {
    if let Some(rest) = text.strip_prefix('^').filter(|rest| !rest.is_empty()) {
        return Some(('c', rest));
    }
    let (word, rest) = text.split_at(text.find(['-', '+'])?);
    let rest = rest.get(1..).filter(|rest| !rest.is_empty())?;
    let which = match word.to_ascii_lowercase().as_str() {
        "c" | "ctrl" | "control" => 'c',
        "m" | "a" | "alt" | "meta" => 'm',
        "s" | "shift" => 's',
        _ => return None,
    };
    Some((which, rest))
}

fn symbol(name: &str) -> Option<Sym> {
    let mut characters = name.chars();
    if let (Some(c), None) = (characters.next(), characters.next()) {
        return (!c.is_control()).then_some(Sym::Char(c));
    }
    let listed = TABLE.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, sym)| *sym);
    listed.or_else(|| function(name)).or_else(|| keypad(name))
}

fn function(name: &str) -> Option<Sym> {
    let number: usize = name.strip_prefix(['F', 'f'])?.parse().ok()?;
    match number {
        1..=4 => Some(Sym::Function(b'P' + number as u8 - 1)),
        _ => Some(Sym::Tilde(*FUNCTION.get(number.checked_sub(5)?)?)),
    }
}

fn keypad(name: &str) -> Option<Sym> {
    let (kp, digit) = name.split_at_checked(2)?;
    let digit = digit.parse::<u8>().ok().filter(|digit| kp.eq_ignore_ascii_case("kp") && *digit < 10)?;
    Some(Sym::Keypad(char::from(b'0' + digit), b'p' + digit))
}

fn unknown(text: &str, name: &str) -> UnknownKey {
    let mut words: Vec<String> = TABLE.iter().map(|(known, _)| (*known).to_owned()).collect();
    words.extend((1..=20).map(|number| format!("F{number}")));
    let near = did_you_mean::several(name, &words, 3);
    let prefix = &text[..text.len() - name.len()];
    let meant: Vec<String> = near.iter().map(|word| format!("'{prefix}{word}'")).collect();
    let hint = if meant.is_empty() {
        format!("; keys are a character or one of {NAMES}, with C- M- S- before it")
    } else {
        format!(" (did you mean {}?)", meant.join(" or "))
    };
    UnknownKey(format!("{text}: no such key{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    fn mods(letters: &str) -> Mods {
        let has = |letter| letters.contains(letter);
        Mods { shift: has('s'), alt: has('m'), ctrl: has('c') }
    }

    #[test]
    fn names_of_several_schools_are_the_same_keys() {
        for (text, sym, letters) in [
            ("Enter", Sym::Control(b'\r'), ""),
            ("enter", Sym::Control(b'\r'), ""),
            ("C-c", Sym::Char('c'), "c"),
            ("^c", Sym::Char('c'), "c"),
            ("^", Sym::Char('^'), ""),
            ("ctrl-c", Sym::Char('c'), "c"),
            ("Ctrl+Alt+Delete", Sym::Tilde(3), "cm"),
            ("M-x", Sym::Char('x'), "m"),
            ("C-M-a", Sym::Char('a'), "cm"),
            ("S-Tab", Sym::Control(b'\t'), "s"),
            ("BTab", Sym::Control(b'\t'), "s"),
            ("F5", Sym::Tilde(15), ""),
            ("f1", Sym::Function(b'P'), ""),
            ("F20", Sym::Tilde(34), ""),
            ("é", Sym::Char('é'), ""),
            ("C--", Sym::Char('-'), "c"),
            ("-", Sym::Char('-'), ""),
            ("+", Sym::Char('+'), ""),
            ("C-+", Sym::Char('+'), "c"),
            ("KP7", Sym::Keypad('7', b'w'), ""),
            ("kpenter", Sym::Keypad('\r', b'M'), ""),
        ] {
            assert_eq!(key(text), Key { sym, mods: mods(letters) }, "{text}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_near_ones() {
        let message = |text: &str| text.parse::<Key>().unwrap_err().to_string();
        assert!(message("Entr").contains("'Enter'"), "{}", message("Entr"));
        assert!(message("C-Hoem").contains("'C-Home'"), "{}", message("C-Hoem"));
        assert!(message("F21").contains("'F2'"), "{}", message("F21"));
        assert!(message("xyzzyplugh").contains("PageDown"), "{}", message("xyzzyplugh"));
        for bad in ["", "C-", "F0", "KP10", "\u{1b}", "Ctrl", "ab"] {
            message(bad);
        }
    }
}
