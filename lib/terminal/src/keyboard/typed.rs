//! What a piece of input is to a program that reads keys: characters of a text, or a key that means
//! something alone and is no longer that key once other bytes stand beside it in one read.

use serde::{Deserialize, Serialize};

use super::split::{ESC, Piece, Splitter};

/// What was typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Typed {
    /// Nothing yet.
    #[default]
    Nothing,
    /// One character.
    Character,
    /// Several, or a paste: what comes at once behind it may be taken for more of it.
    Text,
    /// A key that means something alone: Enter, an arrow, a chord.
    Key,
    /// ESC, which makes Alt of what comes soon after it.
    Escape,
}

impl Typed {
    /// What these bytes are when they are typed together.
    pub fn of(bytes: &[u8]) -> Typed {
        match bytes {
            [] => Typed::Nothing,
            [.., ESC] => Typed::Escape,
            [0..=0x1f | 0x7f] | [ESC, 0..=0x1f | 0x7f] => Typed::Key,
            [ESC, ..] if is_keys(bytes) => Typed::Key,
            _ if std::str::from_utf8(bytes).is_ok_and(|text| text.chars().count() == 1) => Typed::Character,
            _ => Typed::Text,
        }
    }

    /// Whether it must have a read of the program for itself.
    pub fn is_alone(self) -> bool {
        matches!(self, Typed::Key | Typed::Escape)
    }
}

/// Whether all of it is sequences that keys send: a key, and its release where that is reported.
fn is_keys(bytes: &[u8]) -> bool {
    let (mut splitter, mut keys) = (Splitter::default(), true);
    for &byte in bytes {
        splitter.step(byte, &mut |piece| {
            keys &= match piece {
                Piece::Csi(csi) => !matches!(csi, b"\x1b[200~" | b"\x1b[201~"),
                Piece::Alt(_) | Piece::Ss3(_) => true,
                _ => false,
            };
        });
    }
    keys && splitter.held().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyboard::KeyModes;
    use crate::keyboard::{Key, encode};

    #[test]
    fn keys_are_told_from_text() {
        for (bytes, typed) in [
            (&b""[..], Typed::Nothing),
            (b"a", Typed::Character),
            ("é".as_bytes(), Typed::Character),
            (b"ab", Typed::Text),
            (b"y\r", Typed::Text),
            (b"\r", Typed::Key),
            (b"\x03", Typed::Key),
            (b"\x7f", Typed::Key),
            (b"\x1b", Typed::Escape),
            (b"a\x1b", Typed::Escape),
            (b"\x1bx", Typed::Key),
            (b"\x1bOA", Typed::Key),
            (b"\x1b[13u\x1b[13;1:3u", Typed::Key),
            (b"\x1b[200~hello\x1b[201~", Typed::Text),
            (b"\x1b[200~", Typed::Text),
            (b"\xff\xfe", Typed::Text),
        ] {
            assert_eq!(Typed::of(bytes), typed, "{bytes:?}");
        }
    }

    #[test]
    fn in_every_mode_a_named_key_stands_alone() {
        for (kitty, modify_other_keys) in [(0, 0), (0, 2), (1, 0), (1 | 2, 0), (1 | 2 | 4 | 8 | 16, 0)] {
            for app in [false, true] {
                let modes = KeyModes { kitty, modify_other_keys, app_cursor: app, app_keypad: app };
                for name in
                    ["Enter", "Escape", "Tab", "S-Tab", "Up", "F5", "C-c", "M-x", "M-Enter", "C-Enter"]
                {
                    let bytes = encode(name.parse::<Key>().unwrap(), &modes);
                    assert!(Typed::of(&bytes).is_alone(), "{name} under {modes:?}: {bytes:?}");
                }
            }
        }
    }
}
