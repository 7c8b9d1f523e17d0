//! What of the bytes sent to a program a person typed: terminals answer queries and report focus and
//! mouse by the same way. Only whether, never what, is kept.

use super::facts::Event;

/// What a person typed among `bytes`; none if it was only the terminal that spoke. A newline within a
/// bracketed paste is text and no Enter.
pub(super) fn typed(bytes: &[u8]) -> Option<Event> {
    let (mut keys, mut enter, mut interrupt, mut pasting) = (0, false, false, false);
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        if first == ESC && rest.len() > 1 {
            let (length, is_key) = sequence(rest);
            match &rest[..length] {
                PASTE => pasting = true,
                PASTED => pasting = false,
                _ => keys += usize::from(is_key),
            }
            rest = &rest[length..];
            continue;
        }
        // The bytes that go on a character of UTF-8 are no keys of their own.
        keys += usize::from(!matches!(first, 0x80..=0xbf));
        enter |= matches!(first, b'\r' | b'\n') && !pasting;
        interrupt |= matches!(first, ESC | 0x03 | 0x04 | 0x1a | 0x1c);
        rest = &rest[1..];
    }
    (keys > 0).then_some(Event::Typed { enter, interrupt, several: keys > 1 })
}

const ESC: u8 = 0x1b;
/// Around what is pasted: ctlseqs, Bracketed Paste Mode.
const PASTE: &[u8] = b"\x1b[200~";
const PASTED: &[u8] = b"\x1b[201~";

/// Length of the escape sequence at the start of `bytes`, and whether a key sends it.
fn sequence(bytes: &[u8]) -> (usize, bool) {
    match bytes[1] {
        b'[' => control(bytes),
        b']' | b'P' | b'_' | b'^' | b'X' => (string(bytes), false),
        // SS3: a function key, or one of the keypad.
        b'O' => (bytes.len().min(3), true),
        _ => (2, true),
    }
}

/// A control sequence. Keys end in a letter or `~`; answers in `R`, `c`, `n`, `t`, `y`, mouse and focus
/// in `M`, `m`, `I`, `O`, and the kitty keyboard's answer begins with `?`.
fn control(bytes: &[u8]) -> (usize, bool) {
    let Some(end) = bytes[2..].iter().position(|b| (0x40..=0x7e).contains(b)) else {
        return (bytes.len(), false);
    };
    let (parameters, last) = (&bytes[2..2 + end], bytes[2 + end]);
    let private = parameters.first().is_some_and(|b| matches!(b, b'?' | b'<' | b'>' | b'='));
    let answer = private || matches!(last, b'R' | b'c' | b'n' | b't' | b'y' | b'I' | b'O' | b'M');
    (end + 3, !answer)
}

/// A string up to its terminator, BEL or ESC `\`.
fn string(bytes: &[u8]) -> usize {
    let bell = bytes.iter().position(|&b| b == 0x07).map(|at| at + 1);
    let st = bytes[2..].windows(2).position(|pair| pair == [ESC, b'\\']).map(|at| at + 4);
    [bell, st].into_iter().flatten().min().unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(enter: bool, interrupt: bool) -> Option<Event> {
        Some(Event::Typed { enter, interrupt, several: false })
    }

    #[test]
    fn keys_are_typed() {
        for key in [&b"a"[..], b"\x1b[A", b"\x1bOP", b"\x1b[15~", b"\x1bx", "é".as_bytes(), b"\x1b[97;5u"] {
            assert_eq!(typed(key), one(false, false), "{key:?}");
        }
        assert_eq!(typed(b"yes\r"), Some(Event::Typed { enter: true, interrupt: false, several: true }));
        assert_eq!(typed(b"\x03"), one(false, true));
        assert_eq!(typed(b"\x1b"), one(false, true));
    }

    #[test]
    fn a_paste_of_lines_sends_nothing_off() {
        let text = Event::Typed { enter: false, interrupt: false, several: true };
        assert_eq!(typed(b"\x1b[200~one\ntwo\n\x1b[201~"), Some(text.clone()));
        assert_eq!(typed(b"\x1b[200~\x1b[201~"), None);
        assert_ne!(typed(b"\x1b[200~one\ntwo\x1b[201~\r"), Some(text));
    }

    #[test]
    fn what_the_terminal_says_is_not_typed() {
        let answers: [&[u8]; 8] = [
            b"\x1b[?62;4c",
            b"\x1b[12;40R",
            b"\x1b[I",
            b"\x1b[O",
            b"\x1b[<35;10;10M",
            b"\x1b]11;rgb:0000/0000/0000\x07",
            b"\x1bP1+r\x1b\\",
            b"\x1b[?1u",
        ];
        for answer in answers {
            assert_eq!(typed(answer), None, "{answer:?}");
        }
        assert_eq!(typed(b"\x1b]11;rgb:0/0/0\x1b\\q"), one(false, false));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = typed(&bytes);
        }
    }
}
