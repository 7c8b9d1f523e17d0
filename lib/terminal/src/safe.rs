//! Text that a program wrote or a person gave, made safe for every output: on a terminal, in a table, in
//! a message, in JSON. Whatever is not asked for raw goes through here: what is shown loses what cannot be
//! seen ([`safe_text`]), what must stay exact has it written out ([`escaped`], [`json`]).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use unicode_width::UnicodeWidthChar;

/// `text` without control characters and without characters that are invisible or change the
/// direction of others, cut at a character so that it has at most `max` bytes. Line breaks and tabs
/// become one space.
pub fn safe_text(text: &str, max: usize) -> String {
    let mut safe = String::new();
    let mut space = false;
    for c in text.chars() {
        if matches!(c, '\t' | '\n' | '\r') {
            space = true;
        } else if is_visible(c) {
            if space && !safe.is_empty() && safe.len() < max {
                safe.push(' ');
            }
            space = false;
            if safe.len() + c.len_utf8() > max {
                break;
            }
            safe.push(c);
        }
    }
    safe
}

/// As [`safe_text`], for bytes that should be UTF-8; what is not becomes U+FFFD.
pub fn safe_bytes(bytes: &[u8], max: usize) -> String {
    // Nothing that is dropped makes up for more than this in a text of that length.
    let bytes = &bytes[..bytes.len().min(max.saturating_mul(16))];
    safe_text(&String::from_utf8_lossy(bytes), max)
}

/// `text` with what cannot be seen written out as `\u{9b}`; line breaks and tabs stay. For lines that ms
/// made itself, with parts in them that came from elsewhere.
pub fn escaped(text: &str) -> Cow<'_, str> {
    written_out(text, |c| matches!(c, '\n' | '\t'))
}

/// As [`escaped`], with line breaks and tabs written out too: what came from elsewhere stays one line, and
/// cannot pass for a message of its own.
pub fn one_line(text: &str) -> Cow<'_, str> {
    written_out(text, |_| false)
}

fn written_out(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    if is_plain(text.as_bytes()) || text.chars().all(|c| is_visible(c) || stays(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if is_visible(c) || stays(c) => safe.push(c),
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            c => drop(write!(safe, "{}", c.escape_unicode())),
        }
    }
    Cow::Owned(safe)
}

/// A value as one line of JSON in which what cannot be seen is written `\uXXXX`: nothing is lost, and a
/// terminal that shows it does nothing else.
///
/// # Errors
/// What serde_json says of a value that is none of JSON's: a map whose keys are no strings.
pub fn json(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(256);
    value.serialize(&mut Serializer::with_formatter(&mut text, Escaping))?;
    Ok(text)
}

/// serde_json's compact form, but for what it leaves as it is in strings: all from DEL on.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        if is_plain(text.as_bytes()) {
            return out.write_all(text.as_bytes());
        }
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| !is_visible(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

/// Nothing but printable ASCII: nearly all text.
fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, 0x20..=0x7e))
}

/// False for C0, DEL, C1, bidirectional controls, joiners, variation selectors, tags, format controls of
/// single scripts, noncharacters, and blanks that pretend to be letters.
fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c as u32,
            0xad | 0x34f | 0x61c | 0x70f | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x2800 | 0x3164
            | 0xfdd0..=0xfdef | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0x13430..=0x13440 | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
        && c as u32 & 0xfffe != 0xfffe
        && (c.width() != Some(0) || is_mark(c))
}

/// Whether a character that takes no place is printable nonetheless, as an accent is: unassigned ones and
/// format controls are not. Debug writes those out, wherever they stand, and an accent only at the start.
fn is_mark(c: char) -> bool {
    let mut bytes = [b'a'; 5];
    let length = 1 + c.encode_utf8(&mut bytes[1..]).len();
    std::str::from_utf8(&bytes[..length]).is_ok_and(|text| text.escape_debug().nth(1) == Some(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_invisible_characters_go() {
        assert_eq!(safe_text("a\x1b[31mb\x07\x7f\u{9b}c", 99), "a[31mbc");
        assert_eq!(safe_text("one\r\n\ttwo\n", 99), "one two");
        assert_eq!(safe_text("abc\u{202e}fed\u{200b}\u{2066}\u{feff}\u{e0041}", 99), "abcfed");
        assert_eq!(safe_text("日本 é👍", 99), "日本 é👍");
    }

    #[test]
    fn no_character_that_takes_no_place_and_shows_nothing_passes() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let printable = format!("a{c}").escape_debug().to_string() == format!("a{c}");
            if c.is_control() || !printable && c.width() == Some(0) {
                assert!(!is_visible(c), "U+{:04X}", c as u32);
            }
        }
        for c in [
            '\u{5c8}',
            '\u{200b}',
            '\u{206a}',
            '\u{13430}',
            '\u{1bca0}',
            '\u{1d173}',
            '\u{e0020}',
            '\u{ffff}',
        ] {
            assert!(!is_visible(c), "{c:?}");
        }
        for c in ['é', '日', '👍', '\u{301}', '\u{e0a0}', 'ア', '\u{a0}', '�'] {
            assert!(is_visible(c), "{c:?}");
        }
    }

    #[test]
    fn what_must_stay_exact_is_written_out() {
        let text = "a\u{9b}31m\u{202e}\u{7f}\tb\n";
        assert_eq!(escaped(text), "a\\u{9b}31m\\u{202e}\\u{7f}\tb\n");
        assert_eq!(one_line(text), "a\\u{9b}31m\\u{202e}\\u{7f}\\tb\\n");
        assert!(matches!(one_line("日本 plain"), Cow::Borrowed(_)));
    }

    proptest::proptest! {
        #[test]
        fn json_is_what_it_was_and_shows_nothing_but_itself(
            text in proptest::collection::vec(proptest::char::any(), 0..40),
            odd in proptest::sample::select(vec!['\u{7f}', '\u{9b}', '\u{202e}', '\u{200d}', '\u{e0041}', '"', '\\', '\u{1}']),
        ) {
            let text: String = text.into_iter().chain([odd]).collect();
            let value = serde_json::json!({ (text.clone()): [text.clone(), 1.5, null] });
            let json = String::from_utf8(json(&value).unwrap()).unwrap();
            assert!(json.chars().all(is_visible), "{json:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
            assert!(one_line(&text).chars().all(is_visible));
        }
    }

    #[test]
    fn the_length_is_kept_at_a_character() {
        assert_eq!(safe_text("日本語", 7), "日本");
        assert_eq!(safe_text("ab\ncd", 3), "ab ");
        assert_eq!(safe_bytes(b"\xff\xfea", 99), "\u{fffd}\u{fffd}a");
        assert_eq!(safe_bytes(&[0; 1 << 20], 10), "");
    }
}
