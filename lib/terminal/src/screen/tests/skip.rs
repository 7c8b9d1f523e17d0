//! Skipping: the same as parsing everything.

use proptest::prelude::*;

use super::super::model::Model;
use super::super::skip::{Advice, advise};
use super::Screen;
use super::random::piece;

/// A line of plain output, in parts of few bytes to many.
fn line() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "text",
        " some more text on the line",
        "\t",
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[m",
        "\x1b[1;44m",
        "\x1b[0;7m",
        "\x1b[K",
        "日本語",
        "e\u{301}",
        "\x1b[38;5;9;4:3m",
        "\r50%\r",
        "a long part of a line that wraps at the edge of it",
        "\x08",
        "\x07",
        "\n",
        "\x1b[49m",
    ]);
    (prop::collection::vec(part, 0..6), 1usize..40)
        .prop_map(|(parts, times)| format!("{}\r\n", parts.concat()).repeat(times))
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let lines = || prop::collection::vec(line(), 0..40).prop_map(|lines| lines.concat().into_bytes());
    let pieces = || prop::collection::vec(piece(), 0..6).prop_map(|pieces| pieces.concat());
    (pieces(), lines(), pieces(), lines(), pieces()).prop_map(|(a, b, c, d, e)| [a, b, c, d, e].concat())
}

proptest! {
    #[test]
    fn a_flood_leaves_what_parsing_it_would(stream in stream(), cols in 2u16..50, rows in 1u16..12, piece in 1usize..60) {
        // What is fed in small pieces is never skipped.
        let mut parsed = Screen::new(cols, rows);
        stream.chunks(1000).for_each(|bytes| parsed.feed(bytes).unwrap());
        let mut skipped = Screen::new(cols, rows);
        stream.chunks(piece * 1000).for_each(|bytes| skipped.feed(bytes).unwrap());
        prop_assert_eq!(skipped.state(), parsed.state());
    }
}

#[test]
fn a_flood_is_skipped() {
    let line = |i: usize| format!("\x1b[3{}mline {i}\x1b[m of a flood\r\n", i % 8).into_bytes();
    let flood: Vec<u8> = (0..2000).flat_map(line).collect();
    let mut model = Model::new(80, 24);
    let mut applied = Vec::new();
    let Advice::Skip(point) = advise(&mut model, &flood, |_, look| applied.extend_from_slice(look)) else {
        panic!("nothing was skipped");
    };
    let left = flood[point..].iter().filter(|b| **b == b'\n').count();
    assert_eq!((left, model.row(), model.col()), (25, 23, 0));
    assert_eq!(applied, b"\x1b[m");
}

#[test]
fn nothing_is_skipped_where_a_backspace_leaves_its_line() {
    let lines: String = (0..500).map(|i| format!("\x1b[mline {i}\r\n")).collect();
    let flood = format!("\x1b[?1045h{lines}{}", "\x08\r\n".repeat(20));
    let mut parsed = Screen::new(10, 4);
    flood.as_bytes().chunks(1000).for_each(|bytes| parsed.feed(bytes).unwrap());
    let mut fed = Screen::new(10, 4);
    fed.feed(flood.as_bytes()).unwrap();
    assert_eq!(fed.state(), parsed.state());
    assert_eq!(parsed.text()[2], "line 499");
}
