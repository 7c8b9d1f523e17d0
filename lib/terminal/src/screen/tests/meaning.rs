//! What sequences do, where it is known from xterm or tmux.

use super::screen;

#[track_caller]
fn assert_text(stream: &[u8], rows: &[&str]) {
    let text = screen(10, 4, stream).text();
    let used = text.iter().rposition(|row| !row.is_empty()).map_or(0, |at| at + 1);
    assert_eq!(&text[..used], rows, "{:?}", String::from_utf8_lossy(stream));
}

#[test]
fn text_and_controls() {
    assert_text(b"one\r\ntwo\tx\x08y", &["one", "two     y"]);
    assert_text(b"0123456789ab", &["0123456789", "ab"]);
    assert_text(b"0123456789\rab", &["ab23456789"]);
    assert_text(b"a\r\nb\r\nc\r\nd\r\ne", &["b", "c", "d", "e"]);
    assert_text("日本語日本語".as_bytes(), &["日本語日本", "語"]);
    assert_text(b"\xff\xc3(\xe2\x82", &["\u{fffd}\u{fffd}("]);
    assert_text(b"a\xc3\xa9A\xe2\x86\x92b", &["aéA→b"]);
    assert_text(b"\x1b(0qx\x1b(Bq", &["─│q"]);
}

#[test]
fn the_cursor_stops_at_margins() {
    assert_text(b"\x1b[2;3r\x1b[2;1H\x1b[9Aa\x1b[3;1H\x1b[9Bb", &["", "a", "b"]);
    assert_text(b"\x1b[2;3r\x1b[4;1H\x1b[9Aa\x1b[1;2H\x1b[9Bb", &["", "a", " b"]);
    assert_text(b"\x1b[2;3r\x1b[?6h\x1b[9;4Hx\x1b[Hy", &["", "y", "   x"]);
    assert_text(b"\x1b[2;3r\x1b[?6h\x1b[2;4Hx\x1b[2Gy", &["", "", " y x"]);
}

/// What sequences do to a wrap that is due in the last column of the third row of `WRAP_DUE`, from xterm's
/// source (`ResetWrap`): what moves, erases or shifts ends it; what only scrolls, and tabs, do not. Where the
/// character comes that is printed next.
const WRAPS: &[(&str, (usize, usize))] = &[
    // Movements.
    ("\x1b[A", (1, 9)),
    ("\x1b[B", (3, 9)),
    ("\x1b[C", (2, 9)),
    ("\x1b[D", (2, 8)),
    ("\x08", (2, 8)),
    ("\x1b[E", (3, 0)),
    ("\x1b[F", (1, 0)),
    ("\x1b[10G", (2, 9)),
    ("\x1b[10`", (2, 9)),
    ("\x1b[3;10H", (2, 9)),
    ("\x1b[3;10f", (2, 9)),
    ("\x1b[a", (2, 9)),
    ("\x1b[3d", (2, 9)),
    ("\x1b[e", (3, 9)),
    ("\r", (2, 0)),
    ("\n", (3, 9)),
    ("\x0b", (3, 9)),
    ("\x0c", (3, 9)),
    ("\x1bD", (3, 9)),
    ("\x1bE", (3, 0)),
    ("\x1bM", (1, 9)),
    ("\x1b6", (2, 8)),
    // Tabs leave it due, also where they lead away from the last column.
    ("\t", (3, 0)),
    ("\x1b[I", (3, 0)),
    ("\x1b[Z", (3, 0)),
    ("\x1b[2Z", (3, 0)),
    ("\x1b[99Z", (3, 0)),
    ("\x1b[Z\t", (3, 0)),
    ("\x1b[Z\x1b[m", (3, 0)),
    ("\x1b[Z\x1b[3g", (3, 0)),
    ("\x1b[Z\x1b7\x1b[H\x1b8", (3, 0)),
    ("\x1b[Z\x1b[C", (2, 9)),
    ("\x1b[Z\x1b[D", (2, 7)),
    ("\x1b[Z\r", (2, 0)),
    ("\x1b[Z\x1b[?7l", (2, 8)),
    // What erases and shifts.
    ("\x1b[K", (2, 9)),
    ("\x1b[1K", (2, 9)),
    ("\x1b[2K", (2, 9)),
    ("\x1b[J", (2, 9)),
    ("\x1b[1J", (2, 9)),
    ("\x1b[2J", (2, 9)),
    ("\x1b[?K", (2, 9)),
    ("\x1b[?J", (2, 9)),
    ("\x1b[X", (2, 9)),
    ("\x1b[@", (2, 9)),
    ("\x1b[P", (2, 9)),
    ("\x1b[L", (2, 0)),
    ("\x1b[M", (2, 0)),
    ("\x1b#8", (0, 0)),
    ("\x1b[r", (0, 0)),
    ("\x1b[?6h", (0, 0)),
    ("\x1b[?1049h", (2, 9)),
    // What is elsewhere, or only a mode.
    ("\x1b[3J", (3, 0)),
    ("\x1b[S", (3, 0)),
    ("\x1b[T", (3, 0)),
    ("\x1b[ @", (3, 0)),
    ("\x1b[ A", (3, 0)),
    ("\x1b['}", (3, 0)),
    ("\x1b['~", (3, 0)),
    ("\x1b9", (3, 0)),
    ("\x1b[$x", (3, 0)),
    ("\x1b[$z", (3, 0)),
    ("\x1b[1;1;2;2;3;3$v", (3, 0)),
    ("\x1b[m", (3, 0)),
    ("\x1bH", (3, 0)),
    ("\x1b[3g", (3, 0)),
    ("\x1b[?25h", (3, 0)),
    ("\x1b[?69h", (3, 0)),
    ("\x1b[?69l", (3, 0)),
    ("\x1b[?47h", (3, 0)),
    ("\x1b[?1049h\x1b[?1049l", (3, 0)),
    ("\x1b7\x1b[H\x1b8", (3, 0)),
    ("\x1b[s\x1b[H\x1b[u", (3, 0)),
    ("\x1b[?7l\x1b[?7h", (3, 0)),
    ("\x1b#6", (3, 0)),
    ("\x1b#5", (3, 0)),
    ("\x0e\x0f", (3, 0)),
    ("\x07", (3, 0)),
    ("\u{301}", (3, 0)),
];

/// In the third of five rows a wrap is due.
const WRAP_DUE: &str = "\x1b[3;1H0123456789";

#[test]
fn a_due_wrap_ends_as_in_xterm() {
    for (sequence, (row, col)) in WRAPS {
        let before = screen(10, 5, format!("{WRAP_DUE}{sequence}").as_bytes());
        super::assert_restored(&before, sequence);
        let mut restored = screen(10, 5, &before.dump());
        restored.feed(b"#").unwrap();
        let direct = screen(10, 5, format!("{WRAP_DUE}{sequence}#").as_bytes());
        for (screen, way) in [(direct, "direct"), (restored, "restored")] {
            let at = screen.text().iter().enumerate().find_map(|(row, text)| Some((row, text.find('#')?)));
            assert_eq!(at, Some((*row, *col)), "{sequence:?} {way}: {:?}", screen.text());
        }
    }
    assert_text(b"\x1b[?7l0123456789ab\x1b[?7hcd", &["012345678b", "cd"]);
}

#[test]
fn a_wrap_that_is_due_between_margins_stays_so_without_them() {
    let due = "\x1b[?69h\x1b[3;7s\x1b[2;3Habcde";
    for (sequence, rows) in [
        ("#", &["", "  abcde", "  #"][..]),
        ("\x1b[Z#", &["", "  abcde", "  #"]),
        ("\x1b[?69l#", &["", "  abcde", "#"]),
        ("\x1b7\x1b[H\x1b8#", &["", "  abcde", "  #"]),
        ("\x1b7\x1b[?69l\x1b8#", &["", "  abcde", "#"]),
        ("\x1b[?6h\x1b[1;6H\x1b[Z#", &["  #", "  abcde"]),
    ] {
        assert_text(format!("{due}{sequence}").as_bytes(), rows);
        super::assert_restored(&screen(10, 4, format!("{due}{sequence}").as_bytes()), sequence);
    }
}

#[test]
fn lines_are_inserted_and_deleted_from_the_margin_on() {
    assert_eq!(screen(10, 4, b"\x1b[2;5H\x1b[L").cursor(), (1, 0));
    assert_eq!(screen(10, 4, b"\x1b[2;5H\x1b[M").cursor(), (1, 0));
    assert_eq!(screen(10, 4, b"\x1b[?69h\x1b[3;8s\x1b[2;5H\x1b[2L").cursor(), (1, 2));
    // Outside of the margins neither does anything.
    assert_eq!(screen(10, 4, b"\x1b[1;2r\x1b[4;5H\x1b[L\x1b[M").cursor(), (3, 4));
    assert_eq!(screen(10, 4, b"\x1b[?69h\x1b[3;8s\x1b[2;9H\x1b[M").cursor(), (1, 8));
}

#[test]
fn relative_positions_pass_the_margins() {
    assert_eq!(screen(10, 6, b"\x1b[2;3r\x1b[2;1H\x1b[3e").cursor(), (4, 0));
    assert_eq!(screen(10, 6, b"\x1b[2;3r\x1b[2;1H\x1b[99e").cursor(), (5, 0));
    assert_eq!(screen(10, 6, b"\x1b[2;3r\x1b[?6h\x1b[99e").cursor(), (2, 0));
    assert_eq!(screen(10, 6, b"\x1b[?69h\x1b[3;6s\x1b[2;4H\x1b[4a").cursor(), (1, 7));
    assert_eq!(screen(10, 6, b"\x1b[?69h\x1b[3;6s\x1b[?6h\x1b[99a").cursor(), (0, 5));
    // HPB and VPB are nothing to xterm.
    assert_eq!(screen(10, 6, b"\x1b[3;4H\x1b[j\x1b[2k").cursor(), (2, 3));
}

#[test]
fn reverse_wrap_goes_back_over_lines() {
    let at = |bytes: &[u8]| screen(10, 4, bytes).cursor();
    assert_eq!(at(b"0123456789ab\x1b[5D"), (1, 0), "off at the start");
    assert_eq!(at(b"\x1b[?45h0123456789ab\x1b[5D"), (0, 7));
    assert_eq!(at(b"\x1b[?45h0123456789ab\x08\x08\x08"), (0, 9));
    assert_eq!(at(b"\x1b[?45h0123456789\r\nab\x1b[5D"), (1, 0), "a line of its own");
    assert_eq!(at(b"\x1b[?45h0123456789ab\x1b[99D"), (0, 0));
    assert_eq!(at(b"\x1b[?45h0123456789\x08"), (0, 9), "the due wrap is the step");
    assert_eq!(at(b"\x1b[?45h0123456789\x1b[2D"), (0, 8));
    assert_eq!(at(b"\x1b[?45;7l\x1b[?45h0123456789\x08"), (0, 8), "not without autowrap");
    assert_eq!(at(b"\x1b[?1045h0123456789\r\nab\x1b[5D"), (0, 7));
    assert_eq!(at(b"\x1b[?1045h\x1b[2D"), (3, 8), "from the first row to the last");
    assert_eq!(at(b"\x1b[?1045h\x1b[2;3r\x1b[2;1H\x1b[D"), (2, 9));
    assert_eq!(at(b"\x1b[?1045h\x1b[65535D"), (2, 5), "round and round");
    assert_eq!(at(b"\x1b[?1045;69h\x1b[3;6s\x1b[2;4H\x1b[3D"), (0, 4));
    assert_eq!(at(b"\x1b[?45;1045h\x1b[!p\x08"), (0, 0));
}

#[test]
fn text_wraps_and_scrolls_between_margins() {
    const MARGINS: &str = "0123456789\r\n0123456789\r\n0123456789\r\n0123456789\x1b[?69h\x1b[3;6s";
    let text = |sequences: &str, rows: &[&str]| assert_text(format!("{MARGINS}{sequences}").as_bytes(), rows);
    let (full, last) = ("0123456789", "0123456789");
    text("\x1b[1;3Habcdefg\rx", &["01abcd6789", "01xfg56789", full, last]);
    text("\x1b[1;2Habcdefg", &["0abcde6789", "01fg456789", full, last]);
    text("\x1b[1;8Habcdefg", &["0123456abc", "01defg6789", full, last]);
    text("\x1b[4;4H\n", &[full, full, full, "01    6789"]);
    text("\x1b[4;8H\nx", &[full, full, full, "0123456x89"]);
    text("\x1b[4;4H\x1b[2;3r\x1b[3;4H\na\x1b[2;4H\x1bM\x1b[5C.", &[full, "01   .6789", full, last]);
    text("\x1b[2;4H\x1b[L", &[full, "01    6789", full, last]);
    text("\x1b[2;8H\x1b[L\x1b[M\x1b[@\x1b[P", &[full, full, full, last]);
    text("\x1b[2;4H\x1b[M", &[full, full, full, "01    6789"]);
    text("\x1b[1;4H\x1b[P", &["01245 6789", full, full, last]);
    text("\x1b[1;4H\x1b[@", &["012 346789", full, full, last]);
    text("\x1b[S\x1b[T", &["01    6789", full, full, last]);
    text("\x1b[1;5H\x1b[9Da\x1b[9Cb\x08\x08\x08\x08\x08c", &["01c34b6789", full, full, last]);
    text("\x1b[1;1H\tx\x1b[1;8H\ty", &["01234y6789", full, full, last]);
    text("\x1b[?6h\x1b[1;1Ha\x1b[9;9Hb\x1b[2G.\x1b[2dx", &["01a3456789", "0123x56789", full, "012.4b6789"]);
    text("\x1b[s\x1b[1;5H\x1b[9Da\x1b[9Cb", &["a12345678b", full, full, last]);
    text("\x1b[?69l\x1b[1;5H\x1b[9Da", &["a123456789", full, full, last]);
    text("\x1b[1;5H日本", &["0123日6789", "01本456789", full, last]);
    assert_eq!(screen(10, 4, b"\x1b[?69h\x1b[3;6s\x1b[2;4r\x1b[?6h\x1b[2;2H").cursor_report(), (2, 2));
}

#[test]
fn erasing_and_shifting() {
    assert_text(b"0123456789\x1b[2;1Habc\x1b[2;2H\x1b[1J", &["", "  c"]);
    assert_text(b"0123456789\x1b[4G\x1b[2P", &["01256789"]);
    assert_text(b"0123456789\x1b[4G\x1b[2@", &["012  34567"]);
    assert_text(b"0123456789\x1b[4G\x1b[3X", &["012   6789"]);
    assert_text(b"a\r\nb\r\nc\x1b[2;1H\x1b[L", &["a", "", "b", "c"]);
    assert_text(b"a\r\nb\r\nc\x1b[2;1H\x1b[M", &["a", "c"]);
    assert_text("日本\x1b[2G\x1b[P".as_bytes(), &[" 本"]);
}

#[test]
fn screens_are_kept_apart() {
    assert_text(b"one\x1b[?1049htwo\x1b[?1049lthree", &["onethree"]);
    assert_text(b"one\x1b[?1049htwo", &["   two"]);
    assert_text(b"one\x1b[?47htwo\x1b[?47lx\x1b[?47h", &["   two"]);
    assert_text(b"one\x1b[?1047htwo\x1b[?1047lx\x1b[?1047h", &[]);
    assert_text(b"one\x1b[?47htwo\x1b[?47lx\x1b[?1047h", &["   two"]);
}

#[test]
fn what_is_saved_on_a_screen_outlives_it() {
    for (on, off) in
        [("\x1b[?1049h", "\x1b[?1049l"), ("\x1b[?47h", "\x1b[?47l"), ("\x1b[?1047h", "\x1b[?1047l")]
    {
        let saved = format!("\x1b7{on}\x1b[3;4H\x1b)0\x0e\x1b7\x0f{off}\x1b8\x1b[2;2H{on}\x1b8q");
        let screen = screen(10, 4, saved.as_bytes());
        assert_eq!((screen.cursor(), &*screen.text()[2]), ((2, 4), "   ─"), "{on:?}");
    }
}

#[test]
fn a_cancelled_command_does_nothing() {
    let screen = screen(10, 4, b"\x1b]2;one\x07\x1b]2;two\x18x\x1bPq\x1ay");
    assert_eq!((screen.title(), &*screen.text()[0]), (Some("one"), "xy"));
}

#[test]
fn repeating_is_bounded() {
    let mut screen = screen(10, 4, b"x");
    for _ in 0..10_000 {
        screen.feed(b"\x1b[65535b").unwrap();
    }
    assert!(screen.text().iter().all(|row| row.chars().all(|c| c == 'x')));
    assert_eq!(super::screen(10, 4, b"ab\x1b[65535b").cursor().1, 7);
}

#[test]
fn repeating_is_printing() {
    for (cols, margins) in
        [(10, ""), (11, ""), (11, "\x1b[?69h\x1b[3;9s\x1b[2;4H"), (11, "\x1b[?69h\x1b[2;6s")]
    {
        for (c, count) in [('x', 45), ('x', 1000), ('日', 46), ('日', 999)] {
            let printed =
                screen(cols, 4, format!("{margins}ab{}", c.to_string().repeat(count + 1)).as_bytes());
            let repeated = screen(cols, 4, format!("{margins}ab{c}\x1b[{count}b").as_bytes());
            let difference = printed.state();
            assert_eq!(difference.difference(&repeated.state()), None, "{cols} {margins:?} {c} {count}");
        }
    }
}

#[test]
fn long_strings_are_passed_over() {
    let mut screen = super::Screen::new(10, 4);
    screen.feed(b"\x1b]2;").unwrap();
    for _ in 0..1000 {
        screen.feed(&[b'x'; 1024]).unwrap();
        assert!(screen.tail().len() <= super::super::feed::MAX_HELD);
    }
    screen.feed(b"\x07ok").unwrap();
    assert_eq!((screen.title(), &*screen.text()[0]), (None, "ok"));
}

#[test]
fn sizes_are_kept_in_bounds() {
    for (cols, rows, expected) in
        [(0, 0, (2, 1)), (1, 1, (2, 1)), (1000, 1000, (1000, 1000)), (u16::MAX, 3, (1000, 3))]
    {
        let mut screen = super::Screen::new(cols, rows);
        screen.feed("日本語 text\r\n\x1b[5;5Hx\x1b[2;4rx\x1b[2J".as_bytes()).unwrap();
        assert_eq!((screen.cols(), screen.rows()), expected);
        screen.resize(80, 24).unwrap();
        screen.resize(cols, rows).unwrap();
        super::assert_restored(&screen, "bounds");
    }
}

#[test]
fn a_resize_wraps_lines_anew_and_loses_nothing_that_fits() {
    let mut screen = screen(20, 6, b"one\r\n0123456789abcdefghij\r\nlast");
    screen.resize(10, 6).unwrap();
    assert_eq!(screen.text()[..4], ["one", "0123456789", "abcdefghij", "last"]);
    screen.resize(20, 6).unwrap();
    assert_eq!(screen.text()[..3], ["one", "0123456789abcdefghij", "last"]);
    assert_eq!(screen.cursor(), (2, 4));
}

/// Four rows of letters; then sequences.
#[track_caller]
fn assert_rect(sequences: &str, rows: &[&str]) {
    assert_text(format!("abcdefghij\r\nklmnopqrst\r\nuvwxyzABCD\r\nEFGHIJKLMN{sequences}").as_bytes(), rows);
}

#[test]
fn rectangles_are_filled_erased_and_copied() {
    let last = "EFGHIJKLMN";
    assert_rect("\x1b[35;2;3;3;5$x", &["abcdefghij", "kl###pqrst", "uv###zABCD", last]);
    assert_rect("\x1b[$x", &[]);
    assert_rect("\x1b[7;1;1;2;2$x", &["abcdefghij", "klmnopqrst", "uvwxyzABCD", last]);
    assert_rect("\x1b(0\x1b[113;2;3;2;5$x", &["abcdefghij", "kl───pqrst", "uvwxyzABCD", last]);
    assert_rect("\x1b[2;3;3;5$z", &["abcdefghij", "kl   pqrst", "uv   zABCD", last]);
    assert_rect("\x1b[3;3;2;5$z", &["abcdefghij", "klmnopqrst", "uvwxyzABCD", last]);
    assert_rect("\x1b[2;8$z", &["abcdefghij", "klmnopq", "uvwxyzA", "EFGHIJK"]);
    assert_rect("\x1b[2;3r\x1b[?6h\x1b[1;3;9;5$z", &["abcdefghij", "kl   pqrst", "uv   zABCD", last]);
    assert_rect("\x1b[1;1;2;3;1;2;2$v", &["abcdefghij", "kabcopqrst", "uklmyzABCD", last]);
    // Over itself, and over the edges.
    assert_rect("\x1b[1;1;3;8;1;2;3$v", &["abcdefghij", "klabcdefgh", "uvklmnopqr", "EFuvwxyzAB"]);
    assert_text("日本語\x1b[42;1;2;1;3$x".as_bytes(), &[" ** 語"]);
    assert_text("日本語\x1b[1;2;1;3;1;1;5$v".as_bytes(), &["日本"]);
    // The cursor stays, and so does a wrap that is due.
    assert_rect("\x1b[35;1;1;1;1$xx", &["klmnopqrst", "uvwxyzABCD", last, "x"]);
}

#[test]
fn a_wide_character_is_marked_whole() {
    for (rect, marked) in
        [("1;1;1;2", "\x1b[0;1m日\x1b[0m本"), ("1;2;1;2", "日本"), ("1;2;1;3", "日\x1b[0;1m本\x1b[m")]
    {
        let screen = screen(10, 4, format!("日本\x1b[2*x\x1b[{rect};1$r").as_bytes());
        assert_eq!(screen.styled()[0], marked, "{rect}");
        super::assert_restored(&screen, rect);
    }
}

#[test]
fn a_rectangle_takes_looks_from_the_pen_and_colours_only_if_it_has_some() {
    let looks = |stream: &[u8]| screen(10, 4, stream).styled()[0].clone();
    assert_eq!(looks(b"\x1b[31mabc\x1b[0;4m\x1b[120;1;1;1;3$x"), looks(b"\x1b[31;4mxxx"));
    assert_eq!(looks(b"\x1b[31mabc\x1b[0;42m\x1b[120;1;1;1;3$x"), looks(b"\x1b[42mxxx"));
    assert_eq!(looks(b"\x1b[31;44mabc\x1b[0m\x1b[1;1;1;2${"), looks(b"\x1b[31;44m  c"));
    assert_eq!(
        looks(b"\x1b[31mabcd\x1b[2*x\x1b[1;2;1;3;1;4;7$r"),
        looks(b"\x1b[31ma\x1b[1;4;7mbc\x1b[22;24;27md")
    );
    assert_eq!(looks(b"\x1b[1mabcd\x1b[2*x\x1b[1;2;1;3;1;5$t"), looks(b"\x1b[1ma\x1b[22;5mbc\x1b[1;25md"));
    assert_eq!(looks(b"\x1b[4mab\x1b[m\x1b[1;1;1;2;0$r"), "ab");
    // A wide character looks as its first half does.
    for (cols, first, marked) in [(2, "", "語"), (3, "", "語"), (1, "\x1b[1m", "語"), (1, "", "語")] {
        let stream = format!("{first}{marked}\x1b[2*x\x1b[1;{cols};1;{cols};1$r");
        super::assert_restored(&screen(10, 4, stream.as_bytes()), &stream);
    }
    assert_eq!(looks("日x\x1b[2*x\x1b[1;1;1;1;7$r".as_bytes()), looks("\x1b[7m日\x1b[mx".as_bytes()));
    assert_eq!(looks("日x\x1b[2*x\x1b[1;2;1;2;7$r".as_bytes()), looks("日x".as_bytes()));
    // From corner to corner of the text, unless DECSACE says otherwise.
    let rows = screen(4, 4, b"abcdefgh\x1b[1;2;2;3;7$r").styled();
    let row = |text: &str| screen(4, 4, text.as_bytes()).styled()[0].clone();
    assert_eq!(rows[..2], [row("a\x1b[7mbcd"), row("\x1b[7mefg\x1b[mh")]);
}

#[test]
fn columns_are_shifted_within_the_margins() {
    let full = ["abcdefghij", "klmnopqrst", "uvwxyzABCD", "EFGHIJKLMN"];
    assert_rect("\x1b[2 @", &["cdefghij", "mnopqrst", "wxyzABCD", "GHIJKLMN"]);
    assert_rect("\x1b[2 A", &["  abcdefgh", "  klmnopqr", "  uvwxyzAB", "  EFGHIJKL"]);
    assert_rect("\x1b[1;4H\x1b[2'}", &["abc  defgh", "klm  nopqr", "uvw  xyzAB", "EFG  HIJKL"]);
    assert_rect("\x1b[1;4H\x1b[2'~", &["abcfghij", "klmpqrst", "uvwzABCD", "EFGJKLMN"]);
    assert_rect("\x1b[2;3r\x1b[2;1H\x1b[9'~", &[full[0], "t", "D", full[3]]);
    assert_rect("\x1b[2;3r\x1b[1;1H\x1b['~\x1b[ @\x1b[ A\x1b['}", &full);
    let margins = "\x1b[?69h\x1b[3;6s\x1b[2;3r\x1b[2;4H";
    assert_rect(&format!("{margins}\x1b[ @"), &[full[0], "klnop qrst", "uvxyz ABCD", full[3]]);
    assert_rect(&format!("{margins}\x1b[2'}}"), &[full[0], "klm  nqrst", "uvw  xABCD", full[3]]);
    assert_rect(&format!("{margins}\x1b[2;9H\x1b[ @"), &full);
    assert_text("日本語\x1b[1;2H\x1b['~".as_bytes(), &[" 本語"]);
    // DECFI and DECBI move, and scroll where they cannot.
    assert_rect("\x1b[1;2H\x1b6\x1b6#", &["#abcdefghi", " klmnopqrs", " uvwxyzABC", " EFGHIJKLM"]);
    assert_rect("\x1b[1;9H\x1b9\x1b9\x1b[D#", &["bcdefghi#", "lmnopqrst", "vwxyzABCD", "FGHIJKLMN"]);
    assert_rect(&format!("{margins}\x1b[D\x1b6\x1b9."), &[full[0], "kl .noqrst", "uv wxyABCD", full[3]]);
}

#[test]
fn what_is_protected_stays() {
    let screen = |sequences: &str| {
        screen(10, 4, format!("A\x1b[1\"qB\x1b[\"qC{sequences}").as_bytes()).text()[0].clone()
    };
    for erases in
        ["\x1b[G\x1b[?J", "\x1b[?1J", "\x1b[?2J", "\x1b[G\x1b[?K", "\x1b[?1K", "\x1b[?2K", "\x1b[${"]
    {
        assert_eq!(screen(erases), " B", "{erases:?}");
    }
    for erases in
        ["\x1b[G\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[2K", "\x1b[G\x1b[9X", "\x1b[$z", "\x1b[!p\x1b[?2J"]
    {
        assert_eq!(screen(erases), "", "{erases:?}");
    }
    assert_eq!(screen("\x1b[0m\x1b[1\"q\x1b[mD\x1b[?2J"), " B D", "SGR leaves it");
    assert_eq!(screen("\x1b[1\"q\x1b7\x1b[\"q\x1b8D\x1b[?2J"), " B D", "DECSC keeps it");
    assert_eq!(screen("\x1b[1\"q\x1b[3\"qD\x1b[?2J"), " B D", "only 0 to 2 mean something");
    // SPA protects from all erasing, until nothing is protected or DECSCA comes.
    let guarded = "\x1bVD\x1bWE";
    for erases in ["\x1b[2J", "\x1b[2K", "\x1b[H\x1b[9X", "\x1b[?2J"] {
        assert_eq!(screen(&format!("{guarded}{erases}")), " B D", "{erases:?}");
    }
    assert_eq!(screen(&format!("{guarded}\x1b[\"q\x1b[2J")), "");
    assert_eq!(screen(&format!("{guarded}\x1b[${{")), "");
}

#[test]
fn the_alignment_pattern_is_plain() {
    let screen = screen(4, 2, b"\x1b[2;2r\x1b[?6h\x1b[1;4;31m\x1b#8x");
    assert_eq!(screen.text(), ["xEEE", "EEEE"]);
    assert!(screen.styled()[0].starts_with("\x1b[0;31mx\x1b["), "{:?}", screen.styled());
}

#[test]
fn lines_have_sizes() {
    // Half as many characters, and the rest of the text kept behind them.
    assert_text(b"\x1b#6abcdefg", &["abcde", "fg"]);
    assert_text(b"0123456789\x1b#6", &["01234"]);
    assert_text(b"0123456789\x1b#6\x1b#5", &["0123456789"]);
    assert_text(b"\x1b#3ab\r\n\x1b#4ab", &["ab", "ab"]);
    assert_text("\x1b#6日本語".as_bytes(), &["日本", "語"]);
    assert_eq!(screen(10, 4, b"0123456\x1b#6").cursor(), (0, 4));
    assert_eq!(screen(10, 4, b"\x1b#6\x1b[99C").cursor(), (0, 4));
    assert_eq!(
        screen(10, 4, b"\x1b#6\x1b[2;8H\x1b[Ax").cursor(),
        (0, 7),
        "behind the end nothing is printed"
    );
    assert_eq!(screen(11, 4, b"\x1b#6\x1b[99C").cursor(), (0, 5), "as xterm rounds");
    let sized = |sequences: &str| {
        let all = format!("\x1b[2H\x1b#6{sequences}\x1b[99C");
        screen(10, 4, all.as_bytes()).cursor().1 == 4
    };
    for keeps in
        ["", "\x1b[2K", "\x1b[J", "\x1b[1J", "\x1b[?2J", "\x1b[!p", "\x1b[H\x1b[L\x1b[3H", "\x1b[S\x1b[A"]
    {
        assert!(sized(keeps), "{keeps:?}");
    }
    for ends in [
        "\x1b#5",
        "\x1b[2J",
        "\x1b[H\x1b[J\x1b[2H",
        "\x1b#8\x1b[2H",
        "\x1bc\x1b[2H",
        "\x1b[?69h",
        "\x1b[L",
        "\x1b[M",
    ] {
        assert!(!sized(ends), "{ends:?}");
    }
    assert_eq!(screen(10, 4, b"\x1b[?69h\x1b#6\x1b[99C").cursor(), (0, 9), "none beside margins");
}

#[test]
fn no_size_is_beside_margins() {
    let screen = screen(10, 4, b"\x1b[?47h\x1b#6\x1b[?47l\x1b[?69h\x1b[?47h\x1b[99C");
    assert_eq!(screen.cursor(), (0, 9), "nor on the screen that was hidden");
    super::assert_restored(&screen, "alternate");
}

#[test]
fn sizes_go_with_their_lines_through_a_resize() {
    let mut screen = screen(10, 4, b"0123456789ab\r\n\x1b#6large\x1b[H");
    screen.resize(20, 6).unwrap();
    assert_eq!(screen.text()[..3], ["0123456789ab", "large", ""]);
    screen.feed(b"\x1b[2H\x1b[99C").unwrap();
    assert_eq!(screen.cursor(), (1, 9));
    super::assert_restored(&screen, "resized");
}

/// xterm's `TabToNextStop` stops at the right margin, from whichever side; there is none unless they are allowed.
#[test]
fn a_tab_right_of_the_margins_goes_back_to_the_right_one() {
    for tab in ["\t", "\x1b[I", "\x1b[9I"] {
        assert_text(format!("\x1b[?69h\x1b[2;4s\x1b[1;8H{tab}x").as_bytes(), &["   x"]);
        assert_text(format!("\x1b[?69h\x1b[2;4s\x1b[1;2H{tab}x").as_bytes(), &["   x"]);
        assert_text(format!("\x1b[?69h\x1b[2;4s\x1b[1;8Habc{tab}x\r\n").as_bytes(), &["       abc", " x"]);
    }
}

/// xterm's `CASE_DECSTBM` takes a region whose end is after its beginning, else nothing happens.
#[test]
fn a_screen_of_one_row_has_no_region_to_set() {
    for region in ["\x1b[r", "\x1b[1;1r", "\x1b[1;9r", "\x1b[2;1r"] {
        assert_eq!(screen(10, 1, format!("abc{region}x").as_bytes()).text(), ["abcx"], "{region:?}");
    }
    assert_text(b"abc\x1b[2;2rx\x1b[4rx", &["abcxx"]);
}

/// xterm's `ClearInLine` returns before it ends the wrap if the last of what it looks at is protected and
/// nothing was erased; `ClearRight` ends it in any case.
#[test]
fn erasing_where_all_is_protected_leaves_a_wrap_due() {
    let protected = |text: &str, erase: &str| {
        let stream = format!("{}\x1b[0\"q{erase}\x1b[mx", text.replace('|', "\x1b[1\"q"));
        let text = screen(10, 4, stream.as_bytes()).text();
        text.iter().position(|row| row.contains('x')).unwrap()
    };
    for (erase, all, some) in [
        ("\x1b[?K", 0, 0),
        ("\x1b[?1K", 1, 0),
        ("\x1b[?2K", 1, 0),
        ("\x1b[?J", 0, 0),
        ("\x1b[?1J", 1, 0),
        ("\x1b[?2J", 0, 0),
        ("\x1b[2K", 0, 0),
        ("\x1b[1J", 0, 0),
    ] {
        assert_eq!(protected("|0123456789", erase), all, "{erase:?}, all protected");
        assert_eq!(protected("0|123456789", erase), some, "{erase:?}, not all protected");
    }
    // The whole screen, after which the text scrolls; and rows above that are open.
    assert_eq!(screen(10, 4, format!("\x1b[1\"q{}\x1b[?2Jx", "0".repeat(40)).as_bytes()).text()[3], "x");
    assert_eq!(protected("0123456789|0123456789", "\x1b[?1J"), 1);
}
