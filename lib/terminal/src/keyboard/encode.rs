//! The bytes of a key in the modes that a program has set: as xterm sends them (ctlseqs: "VT220-Style",
//! "PC-Style Function Keys"), where neither of the keyboard protocols of `extended` changes that.

use super::KeyModes;
use super::basic::{character, control, escaped, lettered, numbered};
use super::extended::{kitty, other_keys};
use super::{Key, Mods, Sym};

/// What a keyboard sends for `key`. A key that has no bytes of its own in these modes (Ctrl and 1, say)
/// sends what it would without the modifier, as on a keyboard.
pub fn encode(key: Key, modes: &KeyModes) -> Vec<u8> {
    kitty(key, modes.kitty).or_else(|| other_keys(key, modes.modify_other_keys)).unwrap_or_else(|| {
        let Key { sym, mods } = key;
        match sym {
            Sym::Char(c) => escaped(mods, &character(c, mods)),
            Sym::Control(byte) => control(byte, mods),
            Sym::Cursor(letter) if modes.app_cursor && !mods.any() => vec![0x1b, b'O', letter],
            Sym::Function(letter) if !mods.any() => vec![0x1b, b'O', letter],
            Sym::Cursor(letter) | Sym::Function(letter) => lettered(letter, mods),
            Sym::Tilde(number) => numbered(number, mods),
            Sym::Keypad(_, letter) if modes.app_keypad => vec![0x1b, b'O', letter],
            Sym::Keypad(c, _) => escaped(mods, &character(c, Mods::default())),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str, modes: &KeyModes) -> String {
        String::from_utf8(encode(text.parse().unwrap(), modes)).unwrap()
    }

    #[test]
    fn without_any_mode_keys_are_as_they_have_always_been() {
        for (key, expected) in [
            ("a", "a"),
            ("S-a", "A"),
            ("é", "é"),
            ("Enter", "\r"),
            ("M-Enter", "\x1b\r"),
            ("Tab", "\t"),
            ("S-Tab", "\x1b[Z"),
            ("Escape", "\x1b"),
            ("Backspace", "\x7f"),
            ("C-Backspace", "\x08"),
            ("C-c", "\x03"),
            ("C-C", "\x03"),
            ("C-@", "\0"),
            ("C-Space", "\0"),
            ("C-[", "\x1b"),
            ("C-\\", "\x1c"),
            ("C-_", "\x1f"),
            ("C-/", "\x1f"),
            ("C-?", "\x7f"),
            ("C-1", "1"),
            ("M-x", "\x1bx"),
            ("C-M-a", "\x1b\x01"),
            ("Up", "\x1b[A"),
            ("C-Left", "\x1b[1;5D"),
            ("S-M-End", "\x1b[1;4F"),
            ("F1", "\x1bOP"),
            ("S-F1", "\x1b[1;2P"),
            ("F5", "\x1b[15~"),
            ("F12", "\x1b[24~"),
            ("C-F5", "\x1b[15;5~"),
            ("Delete", "\x1b[3~"),
            ("S-PageUp", "\x1b[5;2~"),
            ("KP5", "5"),
            ("KPEnter", "\r"),
        ] {
            assert_eq!(bytes(key, &KeyModes::default()), expected, "{key}");
        }
    }

    #[test]
    fn application_modes_change_arrows_and_keypad() {
        let modes = KeyModes { app_cursor: true, app_keypad: true, ..KeyModes::default() };
        for (key, expected) in [
            ("Up", "\x1bOA"),
            ("Home", "\x1bOH"),
            ("C-Up", "\x1b[1;5A"),
            ("KP0", "\x1bOp"),
            ("KP9", "\x1bOy"),
            ("KPEnter", "\x1bOM"),
            ("KPPlus", "\x1bOk"),
            ("Enter", "\r"),
        ] {
            assert_eq!(bytes(key, &modes), expected, "{key}");
        }
    }
}
