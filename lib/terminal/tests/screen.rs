//! The terminal model on what real programs wrote: golden screens that another terminal made,
//! restoring at every cut, and tmux as a judge of what a dump shows.
#![allow(clippy::unwrap_used, missing_docs)]

mod outer;
#[path = "../../../tests/world/skip.rs"]
mod skip;

use std::path::Path;

use ms_terminal::scan::{EventKind, Scanner};
use ms_terminal::screen::Screen;
use outer::Tmux;

const STREAMS: [&str; 10] = ["bash", "htop", "less", "man", "mc", "nano", "python", "tmux", "top", "vim"];

fn stream(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/streams").join(name)).unwrap()
}

fn screen(bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(80, 24);
    screen.feed(bytes).unwrap();
    screen
}

/// A screen as the golden files have it.
fn golden(screen: &Screen) -> String {
    let ((row, col), visible) = (screen.cursor(), u8::from(screen.cursor_visible()));
    let (cols, rows, alternate) = (screen.cols(), screen.rows(), u8::from(screen.alt_screen()));
    let head = format!("cursor {row},{col} visible {visible} alternate {alternate} size {cols}x{rows}\n");
    head + &screen.text().join("\n") + "\n"
}

#[test]
fn screens_are_as_tmux_makes_them() {
    for name in STREAMS {
        let expected = String::from_utf8(stream(&format!("{name}.screen"))).unwrap();
        assert_eq!(golden(&screen(&stream(name))), expected, "{name}");
    }
}

/// At each cut a dump and the tail make another terminal the same.
fn restored_at_every_cut(names: &[&str]) {
    for name in names {
        let bytes = stream(name);
        let mut screen = Screen::new(80, 24);
        for (cut, byte) in bytes.iter().enumerate() {
            let mut other = Screen::new(80, 24);
            other.feed(&screen.dump()).unwrap();
            other.feed(screen.tail()).unwrap();
            if !other.same_state(&screen) {
                panic!("{name} at {cut}: {:?}", other.state().difference(&screen.state()));
            }
            screen.feed(&[*byte]).unwrap();
        }
        assert_eq!(screen.state(), self::screen(&bytes).state(), "{name}, byte by byte");
    }
}

#[test]
fn lines_are_restored_at_every_cut() {
    restored_at_every_cut(&["bash", "python", "man", "top"]);
}

#[test]
fn editors_are_restored_at_every_cut() {
    restored_at_every_cut(&["vim", "nano", "htop"]);
}

#[test]
fn screens_are_restored_at_every_cut() {
    restored_at_every_cut(&["less", "mc", "tmux"]);
}

#[test]
fn another_size_and_back_keeps_what_fits() {
    for name in STREAMS {
        let mut screen = screen(&stream(name));
        for (cols, rows) in [(200, 60), (40, 10), (81, 25), (80, 24), (2, 1), (80, 24)] {
            screen.resize(cols, rows).unwrap();
            let mut other = Screen::new(cols, rows);
            other.feed(&screen.dump()).unwrap();
            other.feed(screen.tail()).unwrap();
            assert_eq!(other.state(), screen.state(), "{name} at {cols}x{rows}");
        }
    }
}

/// `bytes` without what a terminal answers: the judge's program must not get answers as input.
fn without_queries(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut from = 0;
    Scanner::new().feed(bytes, &mut |event| {
        if let EventKind::Query(_) = event.what {
            kept.extend_from_slice(&bytes[from..event.start as usize]);
            from = event.end as usize;
        }
    });
    kept.extend_from_slice(&bytes[from..]);
    kept
}

/// What shows modes that a picture does not: sets, wrapping, tab stops and the saved cursor; and the
/// primary screen behind the alternate one.
const PROBES: [&[u8]; 3] = [b"", b"q\x1b[3b\ttab\r\nx\x1bMy\x1b8S", b"\x1b[?1049lafter"];

#[track_caller]
fn assert_same(dumped: &str, direct: &str, what: &str) {
    let difference = dumped.lines().zip(direct.lines()).find(|(dumped, direct)| dumped != direct);
    assert_eq!(difference, None, "{what}");
    assert_eq!(dumped.lines().count(), direct.lines().count(), "{what}");
}

/// In tmux a dump shows what the output itself shows, with all modes.
fn judged(name: &str, bytes: &[u8], tmux: &Tmux) {
    let bytes = without_queries(bytes);
    let cuts = (1..=3).map(|part| bytes.len() * part / 3);
    for cut in cuts {
        let screen = screen(&bytes[..cut]);
        let bytes = &bytes[..cut - screen.tail().len()];
        for probe in PROBES {
            let direct = tmux.show(&[bytes, probe]);
            let dumped = tmux.show(&[&screen.dump(), probe]);
            assert_same(&tmux.seen(dumped), &tmux.seen(direct), &format!("{name} at {cut} with {probe:?}"));
        }
    }
}

#[test]
fn tmux_sees_no_difference() {
    let Some(tmux) = Tmux::start() else {
        return skip::skip("tmux is not installed");
    };
    for name in STREAMS {
        judged(name, &stream(name), &tmux);
    }
}

/// What recorded programs rarely do.
const RARE: [(&str, &[u8]); 15] = [
    ("marks", "e\u{301}x a\u{300}y\r\n👍 z\r\n日\u{301}本".as_bytes()),
    ("colours", b"\x1b[1;31ma\x1b[42mb\x1b[38;5;200mc\x1b[48;2;1;2;3md\x1b[m e\x1b[2;3;5;7;9;53mf\x1b[0;4:3;58:5:9mg\x1b[m"),
    ("wide", "日本語\x1b[1;3Hx\x1b[2;79H日本\x1b[4;80H日x\x1b[6;1H日本\x1b[6;1H\x1b[2P".as_bytes()),
    ("wrap", b"\x1b[3;1H0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"),
    ("wrap due", b"\x1b[24;1H01234567890123456789012345678901234567890123456789012345678901234567890123456789"),
    ("region", b"\x1b[5;10rx\x1b[10;1Ha\n\nb\x1b[5;3H\x1b[L\x1b[5;3Hc"),
    ("origin", b"\x1b[5;10r\x1b[?6h\x1b[3;3Hx"),
    ("insert", b"abcdef\x1b[1;3H\x1b[4h"),
    ("no wrap", b"\x1b[?7l\x1b[1;78Habcdef\r"),
    ("tabs", b"\x1b[3g\x1b[5G\x1bH\x1b[30G\x1bH\r"),
    ("sets", b"\x1b(0lqqk\x1b(B\x1b)0\x0eqq"),
    ("saved", b"\x1b[3;7H\x1b[1;32m\x1b7\x1b[m\x1b[H"),
    ("modes", b"\x1b[?1h\x1b=\x1b[?1002;1006;2004;1004h\x1b[?25l\x1b[4 q"),
    ("screens", b"one\x1b[31m\x1b[?1049h\x1b[44m\x1b[2J\x1b[5;5Htwo"),
    ("blanks", b"\x1b[41m\x1b[2J\x1b[2;3H\x1b[K\x1b[0m\x1b[3;1H\x1b[42m\x1b[5X\x1b[1;1H\x1b[7m   \x1b[m"),
];

#[test]
fn tmux_sees_no_difference_in_what_is_rare() {
    let Some(tmux) = Tmux::start() else {
        return skip::skip("tmux is not installed");
    };
    for (name, bytes) in RARE {
        for probe in PROBES {
            let direct = tmux.show(&[bytes, probe]);
            let dumped = tmux.show(&[&screen(bytes).dump(), probe]);
            assert_same(&tmux.seen(dumped), &tmux.seen(direct), &format!("{name} with {probe:?}"));
        }
    }
}
