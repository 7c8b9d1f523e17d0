//! Text that a program wrote, made safe to show to a person: on a terminal, in a table, in a
//! notification. Whatever comes from a session and is not asked for raw goes through here.

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

/// False for C0, DEL, C1, bidirectional controls, joiners, variation selectors, tags and blanks that
/// pretend to be letters.
fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c as u32,
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x2800 | 0x3164
            | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe0000..=0xe0fff)
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
    fn the_length_is_kept_at_a_character() {
        assert_eq!(safe_text("日本語", 7), "日本");
        assert_eq!(safe_text("ab\ncd", 3), "ab ");
        assert_eq!(safe_bytes(b"\xff\xfea", 99), "\u{fffd}\u{fffd}a");
        assert_eq!(safe_bytes(&[0; 1 << 20], 10), "");
    }
}
