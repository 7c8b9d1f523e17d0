//! Output as lines of text.

use proptest::prelude::*;

use super::super::plain::Lines;
use super::random::piece;

fn lines(cols: u16, bytes: &[u8], step: usize) -> String {
    let mut out = Vec::new();
    let mut lines = Lines::new(cols, false);
    for bytes in bytes.chunks(step) {
        lines.feed(bytes, &mut out).unwrap();
    }
    lines.finish(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn assert_lines(bytes: &str, expected: &str) {
    assert_eq!(lines(20, bytes.as_bytes(), usize::MAX), expected, "{bytes:?}");
}

#[test]
fn lines_are_what_was_seen() {
    assert_lines("one\r\ntwo\r\n\r\nthree", "one\ntwo\n\nthree\n");
    assert_lines("one  \r\n  two\tx\r\n", "one\n  two   x\n");
    assert_lines("\x1b[1;31mred\x1b[m \x1b]8;;http://a\x07link\x1b]8;;\x07\x1bPq..\x1b\\\r\n", "red link\n");
    assert_lines("10%\r50%\r100%\r\ndone\r\n", "100%\ndone\n");
    assert_lines("long progress\r\x1b[Kshort\r\n", "short\n");
    assert_lines("passwort\x08d\r\n", "password\n");
    assert_lines("日本語\x1b[3Gx\r\né\u{301}a\u{300}\r\n", "日x 語\né\u{301}a\u{300}\n");
    assert_lines("\x1b(0lqk\x1b(B ok\r\n", "┌─┐ ok\n");
    assert_lines("ab\x1b[3Cc\x1b[1D\x1b[1@x\r\n", "ab   xc\n");
    assert_lines("abcdef\x1b[2G\x1b[2P\r\n", "adef\n");
    assert_lines("", "");
}

#[test]
fn a_wrapped_line_is_one_line() {
    assert_lines("0123456789012345678901234567890\r\nx\r\n", "0123456789012345678901234567890\nx\n");
    assert_lines("01234567890123456789\r\nx\r\n", "01234567890123456789\nx\n");
    assert_lines("0123456789012345678901234\ra\r\nx\r\n", "01234567890123456789a1234\nx\n");
}

#[test]
fn lines_above_can_be_repainted() {
    assert_lines("a 1%\r\nb 1%\r\n\x1b[2Aa 2%\r\n\x1b[Bend\r\n", "a 2%\nb 1%\nend\n");
    assert_lines("$ l\r\n> old\r\n> older\x1b[2A\r\x1b[J$ ls\r\n", "$ ls\n");
    assert_lines("one\r\n\x1b[H\x1b[2Jtwo\r\n", "one\ntwo\n");
}

#[test]
fn what_is_shown_elsewhere_is_no_line() {
    assert_lines("one\r\n\x1b[?1049h\x1b[Hvim\r\n~\r\n\x1b[?1049ltwo\r\n", "one\ntwo\n");
    assert_lines("get\r\n\x1b7\x1b[24;0f\x1b[42mProgress: [ 5%]\x1b[49m\x1b8unpack\r\n", "get\nunpack\n");
}

#[test]
fn a_long_progress_bar_is_one_line() {
    let mut bytes = Vec::new();
    for step in 0..20_000 {
        bytes.extend_from_slice(
            format!("\r{:3}% \x1b[32m{}\x1b[m", step % 101, "█".repeat(step % 10)).as_bytes(),
        );
    }
    bytes.extend_from_slice(b"\r\x1b[Kdone\r\n");
    assert_eq!(lines(80, &bytes, 4096), "done\n");
}

proptest! {
    #[test]
    fn no_cut_matters(pieces in prop::collection::vec(piece(), 0..60), step in 1usize..9) {
        let stream = pieces.concat();
        let whole = lines(12, &stream, usize::MAX);
        prop_assert_eq!(&lines(12, &stream, step), &whole);
        prop_assert!(!whole.chars().any(|c| c.is_control() && c != '\n'));
    }

    /// On lines that are only appended to and overwritten, the model agrees.
    #[test]
    fn the_model_shows_the_same(texts in prop::collection::vec((0usize..5, "[ -~]{0,9}"), 0..30)) {
        let mut stream = String::new();
        for (kind, text) in texts {
            stream += ["\r\n", "\r", "\x08", "\x1b[K", "\x1b[31m"][kind];
            stream += &text;
        }
        let mut expected = super::screen(500, 100, stream.as_bytes()).text().join("\n");
        expected.truncate(expected.trim_end().len());
        let lines = lines(500, stream.as_bytes(), 7);
        prop_assert_eq!(lines.trim_end(), expected);
    }
}
