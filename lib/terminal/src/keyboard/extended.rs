//! The two keyboard protocols with which a program learns of every chord: xterm's modifyOtherKeys
//! (ctlseqs: "Alt and Meta Keys", XTMODKEYS) and kitty's (sw.kovidgoyal.net/kitty/keyboard-protocol).

use super::basic::{lettered, numbered, shifted, with_ctrl};
use super::{Key, Mods, Sym};

/// Flags of kitty's protocol.
const DISAMBIGUATE: u8 = 1;
const EVENTS: u8 = 2;
const ALTERNATES: u8 = 4;
const ALL: u8 = 8;
const TEXT: u8 = 16;

/// A chord under modifyOtherKeys, if it is sent in that form: `CSI 27 ; m ; code ~`. Level 1 leaves the
/// chords alone that have always had bytes of their own.
pub(super) fn other_keys(key: Key, level: u8) -> Option<Vec<u8>> {
    let Key { sym, mods } = key;
    let beyond_shift = mods.ctrl || mods.alt;
    let (code, known) = match sym {
        Sym::Char(' ') => (' ', !mods.shift),
        Sym::Char(c) if beyond_shift => (shifted(c, mods), !mods.ctrl || with_ctrl(c).is_some()),
        // Shift and Tab is a key of its own: back tab.
        Sym::Control(b'\t') if !beyond_shift => return None,
        Sym::Control(0x7f) => ('\x7f', !mods.shift),
        Sym::Control(byte) => (char::from(byte), !mods.ctrl && !mods.shift),
        _ => return None,
    };
    let sent = mods.any() && (level >= 2 || level == 1 && !known);
    sent.then(|| format!("\x1b[27;{};{}~", mods.parameter(), u32::from(code)).into())
}

/// A key under kitty's protocol, if that changes its bytes.
pub(super) fn kitty(key: Key, flags: u8) -> Option<Vec<u8>> {
    if flags & (DISAMBIGUATE | ALL) == 0 {
        return None;
    }
    let key = unshifted(key);
    let Key { sym, mods } = key;
    let all = flags & ALL != 0;
    let press = match sym {
        Sym::Char(c) if all || mods.ctrl || mods.alt => unicode(c, mods, flags),
        Sym::Control(0x1b) => unicode('\x1b', mods, flags),
        Sym::Control(byte) if all || mods.any() => unicode(char::from(byte), mods, flags),
        Sym::Function(b'R') => numbered(13, mods),
        Sym::Cursor(letter) | Sym::Function(letter) => lettered(letter, mods),
        Sym::Tilde(number) => numbered(number, mods),
        Sym::Keypad(_, letter) if all => unicode(keypad(letter), mods, flags),
        _ => return None,
    };
    // Enter, Tab and Backspace report their release only where they report as all others do.
    let releases = flags & EVENTS != 0 && (all || !matches!(sym, Sym::Control(b'\r' | b'\t' | 0x7f)));
    Some(if releases { [press.clone(), release(&press, mods)].concat() } else { press })
}

/// The protocol names a key by what is on it without Shift.
fn unshifted(key: Key) -> Key {
    match key.sym {
        Sym::Char(c) if c.is_uppercase() => {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(lower), None) => Key { sym: Sym::Char(lower), mods: Mods { shift: true, ..key.mods } },
                _ => key,
            }
        }
        _ => key,
    }
}

/// `CSI code [: shifted] [; m [; text]] u`.
fn unicode(c: char, mods: Mods, flags: u8) -> Vec<u8> {
    let upper = shifted(c, mods);
    let mut out = format!("\x1b[{}", u32::from(c));
    if flags & ALTERNATES != 0 && upper != c {
        out.push_str(&format!(":{}", u32::from(upper)));
    }
    let text = flags & ALL != 0 && flags & TEXT != 0 && !mods.ctrl && !mods.alt && !c.is_control();
    match (mods.any(), text && !is_private(c)) {
        (false, false) => {}
        (true, false) => out.push_str(&format!(";{}", mods.parameter())),
        (false, true) => out.push_str(&format!(";;{}", u32::from(upper))),
        (true, true) => out.push_str(&format!(";{};{}", mods.parameter(), u32::from(upper))),
    }
    out.push('u');
    out.into_bytes()
}

/// The numbers of keys that are no characters are from the private use area.
fn is_private(c: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&c)
}

fn keypad(letter: u8) -> char {
    let code = match letter {
        b'p'..=b'y' => 57399 + u32::from(letter - b'p'),
        b'n' => 57409,
        b'o' => 57410,
        b'j' => 57411,
        b'm' => 57412,
        b'k' => 57413,
        b'M' => 57414,
        _ => 57415,
    };
    char::from_u32(code).unwrap_or(' ')
}

/// The same sequence with event type 3 behind the modifiers; text goes with presses alone.
fn release(press: &[u8], mods: Mods) -> Vec<u8> {
    let (last, body) = press.split_last().map_or((b'u', &[][..]), |(last, body)| (*last, body));
    let first = body.split(|byte| *byte == b';').next().unwrap_or_default();
    let number = if first == b"\x1b[" { &b"1"[..] } else { b"" };
    [first, number, format!(";{}:3", mods.parameter()).as_bytes(), &[last]].concat()
}

#[cfg(test)]
mod tests {
    use crate::keyboard::KeyModes;
    use crate::keyboard::encode;

    fn bytes(text: &str, kitty: u8, modify_other_keys: u8) -> String {
        let modes = KeyModes { kitty, modify_other_keys, app_cursor: true, ..KeyModes::default() };
        String::from_utf8(encode(text.parse().unwrap(), &modes)).unwrap()
    }

    #[test]
    fn the_first_level_tells_chords_that_had_no_bytes() {
        for (key, expected) in [
            ("C-c", "\x03"),
            ("M-x", "\x1bx"),
            ("C-1", "\x1b[27;5;49~"),
            ("C-;", "\x1b[27;5;59~"),
            ("C-Enter", "\x1b[27;5;13~"),
            ("S-Enter", "\x1b[27;2;13~"),
            ("M-Enter", "\x1b\r"),
            ("C-Tab", "\x1b[27;5;9~"),
            ("S-Tab", "\x1b[Z"),
            ("a", "a"),
            ("S-a", "A"),
            ("Up", "\x1bOA"),
        ] {
            assert_eq!(bytes(key, 0, 1), expected, "{key}");
        }
    }

    #[test]
    fn the_second_level_tells_every_chord() {
        for (key, expected) in [
            ("C-c", "\x1b[27;5;99~"),
            ("M-x", "\x1b[27;3;120~"),
            ("C-S-a", "\x1b[27;6;65~"),
            ("C-Space", "\x1b[27;5;32~"),
            ("C-Backspace", "\x1b[27;5;127~"),
            ("S-Tab", "\x1b[Z"),
            ("S-a", "A"),
            ("Enter", "\r"),
            ("C-Up", "\x1b[1;5A"),
        ] {
            assert_eq!(bytes(key, 0, 2), expected, "{key}");
        }
    }

    #[test]
    fn kitty_s_first_flag_disambiguates() {
        for (key, expected) in [
            ("a", "a"),
            ("A", "A"),
            ("Escape", "\x1b[27u"),
            ("C-c", "\x1b[99;5u"),
            ("C-C", "\x1b[99;6u"),
            ("M-x", "\x1b[120;3u"),
            ("Enter", "\r"),
            ("S-Enter", "\x1b[13;2u"),
            ("S-Tab", "\x1b[9;2u"),
            ("Up", "\x1b[A"),
            ("C-Up", "\x1b[1;5A"),
            ("F1", "\x1b[P"),
            ("F3", "\x1b[13~"),
            ("F5", "\x1b[15~"),
            ("KP5", "5"),
        ] {
            assert_eq!(bytes(key, 1, 2), expected, "{key}");
        }
    }

    #[test]
    fn kitty_s_other_flags_add_alternates_text_and_releases() {
        assert_eq!(bytes("a", 8, 0), "\x1b[97u");
        assert_eq!(bytes("A", 8 | 4, 0), "\x1b[97:65;2u");
        assert_eq!(bytes("a", 8 | 16, 0), "\x1b[97;;97u");
        assert_eq!(bytes("A", 8 | 16, 0), "\x1b[97;2;65u");
        assert_eq!(bytes("Enter", 8 | 16, 0), "\x1b[13u");
        assert_eq!(bytes("KP5", 8 | 16, 0), "\x1b[57404u");
        assert_eq!(bytes("C-c", 1 | 2, 0), "\x1b[99;5u\x1b[99;5:3u");
        assert_eq!(bytes("Up", 1 | 2, 0), "\x1b[A\x1b[1;1:3A");
        assert_eq!(bytes("Enter", 1 | 2, 0), "\r");
        assert_eq!(bytes("a", 2 | 8 | 16, 0), "\x1b[97;;97u\x1b[97;1:3u");
        assert_eq!(bytes("C-c", 2, 0), "\x03", "events alone change nothing");
    }
}
