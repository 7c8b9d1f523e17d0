//! Random and mutated streams: nothing panics, nothing depends on a cut, everything is restored.

use proptest::prelude::*;

use super::{Screen, assert_restored, screen};

/// One piece of a stream: text, a control character, a sequence, or rubbish.
pub(super) fn piece() -> impl Strategy<Value = Vec<u8>> {
    let number = || prop_oneof![4 => 0u16..8, 2 => 0u16..30, 1 => any::<u16>()];
    let csi = (
        prop::collection::vec(number(), 0..4),
        prop::sample::select(b"@ABCDEFGHIJKLMPSTXZ`abdefghlmrsu".to_vec()),
    );
    let private_modes = vec![
        1u16, 3, 5, 6, 7, 25, 45, 47, 66, 69, 1000, 1003, 1004, 1006, 1045, 1047, 1048, 1049, 2004, 2026,
        12345,
    ];
    let private = (prop::sample::select(private_modes), prop::sample::select(b"hhhlllsr".to_vec()));
    let sgr = prop::sample::select(vec![
        "",
        "1",
        "2;3",
        "4:3",
        "4",
        "7",
        "31",
        "42",
        "38;5;100",
        "48;2;1;2;3",
        "58:5:3",
        "0",
        "22",
        "24",
        "39;49",
        "53",
        "91",
    ]);
    let escape = prop::sample::select(vec![
        "\x1b7",
        "\x1b8",
        "\x1bD",
        "\x1bE",
        "\x1bM",
        "\x1bH",
        "\x1b=",
        "\x1b>",
        "\x1b(0",
        "\x1b)0",
        "\x1b(B",
        "\x1b*0",
        "\x1bN",
        "\x1bO",
        "\x1bn",
        "\x1bo",
        "\x0e",
        "\x0f",
        "\x1b#8",
        "\x1b#3",
        "\x1b#4",
        "\x1b#5",
        "\x1b#6",
        "\x1b#6",
        "\x1b6",
        "\x1b9",
        "\x1bV",
        "\x1bW",
        "\x1b[1\"q",
        "\x1b[0\"q",
        "\x1b[?J",
        "\x1b[?2J",
        "\x1b[?1K",
        "\x1b[2*x",
        "\x1b[*x",
        "\x1bc",
        "\x1b[!p",
        "\x1b[3g",
        "\x1b[?5W",
        "\x1b[>4;2m",
        "\x1b[>1u",
        "\x1b[<u",
        "\x1b[=3u",
        "\x1b[=4;2u",
        "\x1b[5 q",
        "\x1b[22t",
        "\x1b[23t",
        "\x1b]0;t\x07",
        "\x1b]2;\u{e9}\x1b\\",
        "\x1b]8;;http://a\x07",
        "\x1b]8;id=1;http://b\x07",
        "\x1b]8;;\x07",
        "\x1b]7;file://h/d\x07",
        "\x1b]4;1;red\x07",
        "\x1b]11;#123\x07",
        "\x1b]104\x07",
        "\x1bPq..\x1b\\",
        "\x1b_x\x1b\\",
    ]);
    let text = prop::sample::select(vec![
        "a",
        "hello",
        "0123456789",
        " ",
        "         ",
        "日",
        "日本語",
        "e\u{301}",
        "\u{301}",
        "👍",
        "\u{200d}",
        "─",
        "é",
        "→",
    ]);
    prop_oneof![
        4 => text.prop_map(|text| text.as_bytes().to_vec()),
        3 => prop::sample::select(vec![b'\r', b'\n', b'\n', 8, 9]).prop_map(|byte| vec![byte]),
        5 => csi.prop_map(|(params, action)| {
            let params: Vec<String> = params.iter().map(u16::to_string).collect();
            format!("\x1b[{}{}", params.join(";"), char::from(action)).into_bytes()
        }),
        2 => private.prop_map(|(mode, action)| format!("\x1b[?{mode}{}", char::from(action)).into_bytes()),
        2 => (
            prop::collection::vec(0u16..14, 0..8),
            prop::sample::select(vec![" @", " A", "'}", "'~", "$r", "$t", "$v", "$z", "${", "$x"]),
        )
            .prop_map(|(params, action)| {
                let params: Vec<String> = params.iter().map(u16::to_string).collect();
                let fill = if action == "$x" { "35;" } else { "" };
                format!("\x1b[{fill}{}{action}", params.join(";")).into_bytes()
            }),
        1 => (0u16..6, 0u16..14).prop_map(|(l, r)| format!("\x1b[?69h\x1b[{l};{r}s").into_bytes()),
        3 => sgr.prop_map(|sgr| format!("\x1b[{sgr}m").into_bytes()),
        2 => escape.prop_map(|escape| escape.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..6),
        1 => prop::collection::vec(prop::sample::select(b"\x1b[]P;?0:9\x07\x18\\mq\xe2\x82\xc3".to_vec()), 1..6),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat())
}

/// What fills rows, moves them, and writes in them.
fn filling() -> impl Strategy<Value = String> {
    let fixed = vec![
        "x",
        "ab",
        "日",
        "\u{301}",
        "⚠",
        "\n",
        "\r",
        "\r\n",
        "\x1bM",
        "\x1b#8",
        "\x1b[J",
        "\x1b[1J",
        "\x1b[2J",
        "\x1b[K",
        "\x1b[1K",
        "\x1b[2K",
        "\x1b[4h",
        "\x1b[4l",
        "\x1b[?69h\x1b[2;5s",
        "\x1b[?69h\x1b[2;99s",
        "\x1b[?69l",
        "\x1b[2;4r",
        "\x1b[r",
        "\x1b[44m",
        "\x1b[m",
        "\x1b[?1049h",
        "\x1b[?1049l",
        "\x1b[?47h",
        "\x1b[?47l",
        "\x1bc",
        "\x1b#6",
        "\x1b]8;;http://a\x07",
        "\x1b]8;;\x07",
        "\x1b[!p",
        "\x1b[1\"q",
        "\x1b[?2J",
        "\x1b[?7l",
        "\x1b[?7h",
    ];
    prop_oneof![
        3 => prop::sample::select(fixed).prop_map(str::to_string),
        2 => (1u16..9, prop::sample::select(vec!['@', 'P', 'X', 'L', 'M', 'S', 'T', 'd', 'G']))
            .prop_map(|(count, action)| format!("\x1b[{count}{action}")),
        2 => prop_oneof![1u16..120, 9000u16..9200].prop_map(|count| format!("\x1b[{count}b")),
        1 => (1u16..9, 1u16..14).prop_map(|(row, col)| format!("\x1b[{row};{col}H")),
    ]
}

/// What random streams have found, made short.
#[test]
fn what_was_found_is_restored() {
    for (cols, rows, first, next) in [
        // A mark on the first half of a character that stands in the last columns of a line that goes on.
        (2, 2, "日本語\x1b[f\t\u{200d}", ""),
        // What a line goes on in is shifted off the screen, and the line shifted up again.
        (2, 2, "6789\x1b[H\x1b[L", "\x1b[Ma"),
        (4, 3, "\r\nabcdef\x1b[H\x1b[L", "\x1b[M"),
        (4, 3, "\n\nab\x1b[1;2rcde\x1b[r", "\n\x1b[S"),
    ] {
        let mut screen = screen(cols, rows, first.as_bytes());
        assert_restored(&screen, first);
        let mut restored = super::screen(cols, rows, &screen.dump());
        screen.feed(next.as_bytes()).unwrap();
        restored.feed(next.as_bytes()).unwrap();
        assert_eq!(restored.state().difference(&screen.state()), None, "{first:?}");
    }
}

proptest! {
    /// What REP does is what the same character does that many times, in whatever state.
    #[test]
    fn a_repetition_is_many_of_a_character(
        stream in stream(), c in prop::sample::select(vec!["x", "日", "q", "⚠"]), count in 1usize..90,
        cols in 2u16..12, rows in 1u16..6,
    ) {
        // Nothing is open where the character comes.
        let first = format!("{}\x18{c}", String::from_utf8_lossy(&stream));
        let repeated = screen(cols, rows, format!("{first}\x1b[{count}b").as_bytes());
        let mut each = screen(cols, rows, first.as_bytes());
        // Nothing is repeated where nothing could be printed; else what was, which a single shift may have changed.
        let last = each.model.last.map(String::from).unwrap_or_default();
        (0..count).for_each(|_| each.feed(last.as_bytes()).unwrap());
        let (is, was) = (repeated.state(), each.state());
        prop_assert_eq!(is.difference(&was), None, "{:?} {}", first, count);
    }

    #[test]
    fn any_stream_is_restored(stream in stream(), cols in 2u16..24, rows in 1u16..8) {
        assert_restored(&screen(cols, rows, &stream), &format!("{:?}", String::from_utf8_lossy(&stream)));
    }

    /// A restored terminal does with what comes next what the other one does.
    #[test]
    fn what_follows_a_restore_is_the_same(first in stream(), next in stream(), cols in 2u16..24, rows in 1u16..8) {
        let mut screen = screen(cols, rows, &first);
        let mut restored = super::screen(cols, rows, super::DIRTY);
        restored.feed(&screen.dump()).unwrap();
        restored.feed(screen.tail()).unwrap();
        screen.feed(&next).unwrap();
        restored.feed(&next).unwrap();
        let (is, was) = (restored.state(), screen.state());
        prop_assert_eq!(is.difference(&was), None, "{:?}", String::from_utf8_lossy(&first));
    }

    #[test]
    fn no_cut_matters(stream in stream(), cuts in prop::collection::vec(0usize..4, 1..20)) {
        let mut cut_screen = Screen::new(12, 4);
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut + 1).min(rest.len()));
            cut_screen.feed(now).unwrap();
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(cut_screen.state(), screen(12, 4, &stream).state());
    }

    /// Rows that are filled, moved and written in part leave what is left when each byte comes alone, after
    /// which all of them are written.
    #[test]
    fn what_is_not_written_yet_is_not_missed(
        pieces in prop::collection::vec(filling(), 1..25), cols in 2u16..14, rows in 1u16..8,
    ) {
        let stream = pieces.concat();
        let mut each = Screen::new(cols, rows);
        stream.as_bytes().iter().for_each(|byte| each.feed(&[*byte]).unwrap());
        let (is, was) = (screen(cols, rows, stream.as_bytes()).state(), each.state());
        prop_assert_eq!(is.difference(&was), None, "{:?}", stream);
    }

    #[test]
    fn any_size_follows_any_stream(
        first in stream(), second in stream(), sizes in prop::collection::vec((0u16..30, 0u16..12), 1..4),
    ) {
        let mut screen = screen(12, 4, &first);
        for (cols, rows) in sizes {
            screen.resize(cols, rows).unwrap();
            assert_restored(&screen, "resized");
        }
        screen.feed(&second).unwrap();
        assert_restored(&screen, "fed after a resize");
    }
}
