//! The tokenizer against one that is as simple as can be, and at every cut.

use proptest::prelude::*;

use super::*;

/// A token that borrows nothing, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owned {
    Text(Vec<u8>),
    Control(u8),
    Escape(Vec<u8>),
    Csi(Vec<u8>),
    String(u8, Vec<u8>, bool),
}

type Placed = (u64, u64, Owned);

/// Adds a token; text to the text before it, since it comes in as many pieces as it likes.
fn add(all: &mut Vec<Placed>, start: u64, end: u64, token: Owned) {
    match (all.last_mut(), token) {
        (Some((_, last, Owned::Text(text))), Owned::Text(more)) if *last == start => {
            (*last, *text) = (end, [&text[..], &more].concat());
        }
        (_, token) => all.push((start, end, token)),
    }
}

fn owned(token: Token<'_>) -> Owned {
    match token {
        Token::Text(text) => Owned::Text(text.to_vec()),
        Token::Control(byte) => Owned::Control(byte),
        Token::Escape(body) => Owned::Escape(body.to_vec()),
        Token::Csi(body) => Owned::Csi(body.to_vec()),
        Token::String { kind, body, bel, .. } => Owned::String(kind, body.to_vec(), bel),
    }
}

fn without_places(tokenizer: &mut Tokenizer, bytes: &[u8]) -> Vec<Owned> {
    tokens(tokenizer, std::iter::once(bytes)).into_iter().map(|(_, _, token)| token).collect()
}

fn tokens_of<'a>(pieces: impl Iterator<Item = &'a [u8]>, most: usize) -> Vec<Placed> {
    tokens(&mut Tokenizer::new(most), pieces)
}

fn tokens<'a>(tokenizer: &mut Tokenizer, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Placed> {
    let mut all = Vec::new();
    for mut bytes in pieces {
        while let Some(Piece { start, end, token }) = tokenizer.next(&mut bytes) {
            add(&mut all, start, end, owned(token));
        }
        assert!(tokenizer.held().len() <= tokenizer.most + 3);
    }
    all
}

/// The same of a whole stream, byte by byte and state by state. What is open at the end is no token.
fn simply(stream: &[u8], most: usize) -> Vec<Placed> {
    let (mut all, mut state, mut body, mut start, mut string) =
        (Vec::new(), SequenceState::Ground, Vec::new(), 0, 0);
    for (at, byte) in stream.iter().copied().enumerate() {
        let (at, before) = (at as u64, state);
        state = state.next(byte);
        if before == SequenceState::Ground && byte != ESC {
            add(&mut all, at, at + 1, Owned::Text(vec![byte]));
            continue;
        }
        // A string that ESC ended ends with the backslash behind it, or before that ESC.
        if string != 0 {
            let end = if byte == b'\\' { at + 1 } else { at - 1 };
            add(&mut all, start, end, Owned::String(string, std::mem::take(&mut body), false));
            (string, start) = (0, at - 1);
            if byte == b'\\' {
                continue;
            }
        }
        match (before, byte) {
            (SequenceState::Osc | SequenceState::Text, ESC) => string = body.remove(0),
            (_, ESC) => (start, body) = (at, Vec::new()),
            (SequenceState::Ground, _) => {}
            (_, CAN | SUB) => add(&mut all, at, at + 1, Owned::Control(byte)),
            (SequenceState::Osc, BEL) => {
                let kind = body.remove(0);
                add(&mut all, start, at + 1, Owned::String(kind, std::mem::take(&mut body), true));
            }
            (SequenceState::Osc | SequenceState::Text, 0..0x20) => {}
            (_, 0..0x20) => add(&mut all, at, at + 1, Owned::Control(byte)),
            (SequenceState::Osc | SequenceState::Text, _) => body.push(byte),
            (_, 0x7f..) => {}
            _ => body.push(byte),
        }
        if before.is_string() {
            // The kind stands before what is in it.
            body.truncate(most - 1);
        } else if state == SequenceState::Ground && byte >= 0x20 {
            let whole = body.len() < most;
            let token = match body.split_first() {
                Some((b'[', rest)) if before == SequenceState::Csi => Owned::Csi(rest.to_vec()),
                _ => Owned::Escape(body.clone()),
            };
            body.clear();
            match whole {
                true => add(&mut all, start, at + 1, token),
                false => add(&mut all, at, at + 1, Owned::Control(CAN)),
            }
        }
    }
    all
}

/// Without the beginning of a character at the end, which is not handed on yet.
fn without_open_character(mut all: Vec<Placed>, len: u64) -> Vec<Placed> {
    if let Some((_, end, Owned::Text(text))) = all.last_mut().filter(|(_, end, _)| *end == len) {
        let open = incomplete_utf8(text);
        text.truncate(text.len() - open);
        *end -= open as u64;
        if text.is_empty() {
            all.pop();
        }
    }
    all
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "\x1b[1;31m",
        "\x1b[?2004h",
        "\x1b]2;title\x07",
        "\x1b]8;;u\x1b\\",
        "\x1bPq..\x1b\\",
        "\x1b_G\x07a\x1b\\",
        "\x1b(0",
        "\x1b7",
        "\x1b[3\r1m",
        "\x1b[ q",
        "text ",
        "日本",
        "\x1b]2;a\x18",
        "\x1b[12\x1a",
        "\x1b]0;long long long long long\x07",
        "\x1b[1;2;3;4;5;6;7;8;9;10;11;12m",
    ]);
    prop_oneof![
        3 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        3 => prop::collection::vec(
            prop::sample::select(b"\x1b\x1b[]P_;?0:9 (\x07\x18\x7f\r\\mq\xe2\x82\xac\xf0\xc3".to_vec()), 1..8),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn tokens_are_what_a_simple_reader_sees_at_any_cut(
        pieces in prop::collection::vec(piece(), 0..20), step in 1usize..9, most in 12usize..40,
    ) {
        let stream = pieces.concat();
        let expected = without_open_character(simply(&stream, most), stream.len() as u64);
        prop_assert_eq!(tokens_of(std::iter::once(&stream[..]), most), expected.clone(), "whole");
        prop_assert_eq!(tokens_of(stream.chunks(step), most), expected, "in pieces of {}", step);
    }

    /// A reader to whom text is nothing sees the same, but for what it passes over.
    #[test]
    fn what_tells_is_told_at_any_cut(
        pieces in prop::collection::vec(piece(), 0..20), step in 1usize..9, most in 12usize..40,
    ) {
        let stream = pieces.concat();
        let telling = |(start, _, token): Placed| match token {
            Owned::Text(text) => {
                let bells = text.into_iter().zip(start..).filter(|(byte, _)| matches!(*byte, BEL | b'\r'));
                bells.map(|(byte, at)| (at, at + 1, Owned::Control(byte))).collect()
            }
            Owned::Csi(body) if body.ends_with(b"m") => Vec::new(),
            token => vec![(start, 0, token)],
        };
        let all: Vec<Placed> = simply(&stream, most).into_iter().flat_map(telling).collect();
        let (mut tokenizer, mut told) = (Tokenizer::new(most), Vec::new());
        for mut bytes in stream.chunks(step) {
            while let Some(piece) = tokenizer.next_telling(&mut bytes, [BEL, b'\r'], |body| body.ends_with(b"m")) {
                told.extend(telling((piece.start, piece.end, owned(piece.token))));
            }
        }
        let without_end = |all: Vec<Placed>| all.into_iter().map(|(start, _, token)| (start, token)).collect::<Vec<_>>();
        prop_assert_eq!(without_end(told), without_end(all));
    }

    /// What is held, before what comes next, makes of it what it would have been.
    #[test]
    fn what_is_held_is_what_comes_next_needs(pieces in prop::collection::vec(piece(), 1..12), cut in 0usize..200) {
        let stream = pieces.concat();
        let (first, second) = stream.split_at(cut % (stream.len() + 1));
        let (mut tokenizer, mut bytes) = (Tokenizer::new(64), first);
        while tokenizer.next(&mut bytes).is_some() {}
        let again = [tokenizer.held(), second].concat();
        let mut fresh = Tokenizer::new(64);
        prop_assert_eq!(without_places(&mut tokenizer, second), without_places(&mut fresh, &again));
        prop_assert_eq!(fresh.held(), tokenizer.held());
    }
}

#[test]
fn parameters_have_sub_parameters() {
    let csi = Csi::parse(b"38:2::1:2:3;4:3;;7m").unwrap();
    let all: Vec<&[u16]> = csi.params.iter().collect();
    assert_eq!(all, [&[38, 2, 0, 1, 2, 3][..], &[4, 3], &[0], &[7]]);
    assert_eq!(csi.numbers().collect::<Vec<_>>(), [38, 4, 0, 7]);
    assert_eq!((csi.param(0), csi.param(3), csi.param(4)), (38, 7, 0));
    assert_eq!(Csi::parse(b"99999999m").unwrap().param(0), u16::MAX);
    assert!(Csi::parse(b"m").unwrap().bare);
    assert!(!Csi::parse(b"0m").unwrap().bare);
    assert!(Csi::parse(format!("{}m", "1;".repeat(31)).as_bytes()).is_some());
    assert!(Csi::parse(format!("{}m", "1;".repeat(32)).as_bytes()).is_none());
    assert!(Csi::parse(b"1?m").is_none());
    assert!(Csi::parse(b"1$2m").is_none());
}

#[test]
fn what_never_ends_is_not_kept() {
    for start in [&b"\x1b]2;"[..], b"\x1bP+q", b"\x1b[1;", b"\x1b_G", b"\x1b("] {
        let mut tokenizer = Tokenizer::new(100);
        let fill = if start == b"\x1b(" { b' ' } else { b'1' };
        for piece in [start].into_iter().chain(std::iter::repeat_n(&[fill; 999][..], 99)) {
            let mut bytes = piece;
            assert_eq!(tokenizer.next(&mut bytes), None);
        }
        assert!(tokenizer.held.capacity() < 256 && tokenizer.held().len() <= 100);
    }
}
