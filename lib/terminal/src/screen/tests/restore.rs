//! Restoring: every mode, at every cut.

use super::{assert_restored, screen};
use crate::modes::ModeTracker;

/// Streams that together switch on everything that can be restored.
const CORPUS: &[(&str, &[u8])] = &[
    ("text", b"hello\r\nworld\r\n  indented\ttab\x08\x08x\r\n"),
    ("wrap", b"0123456789012345678901234567890123456789\r\n01234567890123456789"),
    ("wrap and line feed", b"01234567890123456789\nx\n\x1b[A"),
    ("colours", b"\x1b[1;31mred\x1b[42mgreen\x1b[38;5;200mp\x1b[48;2;1;2;3mrgb\x1b[m \x1b[91;103mbright\x1b[K"),
    ("colons", b"\x1b[38:2::10:20:30ma\x1b[38:5:99mb\x1b[48:2:1:2:3mc\x1b[58:2::9:8:7;4:3md\x1b[59me"),
    ("attributes", b"\x1b[1ma\x1b[2mb\x1b[3mc\x1b[4md\x1b[5me\x1b[6mf\x1b[7mg\x1b[8mh\x1b[9mi\x1b[53mj\x1b[21mk\x1b[0m"),
    ("underlines", b"\x1b[4:1ma\x1b[4:2mb\x1b[4:3mc\x1b[4:4md\x1b[4:5me\x1b[4:0mf\x1b[4;58;5;3mg\x1b[24mh"),
    ("wide", "日本語テキスト日本語テキスト\r\n\x1b[1;2Hx\x1b[2;3H日x".as_bytes()),
    ("wide at the edge", "012345678901234567日\x1b[2;19H日\x1b[3;20H日x".as_bytes()),
    ("marks and emoji", "e\u{301}a\u{300}\u{301}👍🏽 👨\u{200d}👩\u{200d}👧 ⚠\u{fe0f}x ☀y\u{200b}".as_bytes()),
    ("links", b"\x1b]8;;http://a/\x1b\\one\x1b]8;id=7;http://b/?x;y\x07two\x1b]8;;\x1b\\three \x1b]8;;http://c/\x1b\\"),
    ("region", b"\x1b[2;4rtop\x1b[4;1Hbottom\nscroll\n\x1b[3;1H\x1b[Lx"),
    ("origin", b"\x1b[2;4r\x1b[?6h\x1b[2;5Hx"),
    ("origin saved", b"\x1b[2;4r\x1b[?6h\x1b[2;5Hx\x1b7\x1b[?6l\x1b[1;1H"),
    ("margins", b"0123456789\x1b[?69h\x1b[3;9s\x1b[2;3r\x1b[2;3Habcdefghijklm\x1b[3;9Hno"),
    ("margins and a wrap", b"\x1b[?69h\x1b[3;9sx\x1b[1;3Habcdefg"),
    ("margins and origin", b"\x1b[?69h\x1b[3;9s\x1b[2;4r\x1b[?6h\x1b[2;2Hx\x1b7\x1b[?6l"),
    ("margins under a wide character", "\x1b[;18H日本語\x1b[?69h\x1b[;18s\x1b[;14Hhello\n".as_bytes()),
    ("margins through wide characters", "日本語日本語日\r\n日本語日本語\x1b[31m\x1b[?69h\x1b[2;5s\x1b[L\x1b[S\x1b[2@\x1b[P".as_bytes()),
    ("margins allowed", b"abc\x1b[?69h\x1b[2;4s\x1b[?69lde\x1b[?69h"),
    ("modes saved", b"\x1b[?1000;2004;7;25h\x1b[?7777l\x1b[?1000;1006;2004;7;25;69;7777s\x1b[?1000;2004;7;25l"),
    ("no wrap", b"\x1b[?7l012345678901234567890123456789"),
    ("no wrap and wrap", b"\x1b[?7l0123456789012345678901\x1b[?7hab\x1b[?7l"),
    ("reverse wrap", b"\x1b[?45h01234567890123456789ab\x1b[5D\x1b[?1045hc\x1b[?45ld\x1b[99D"),
    ("alternate saved", b"one\x1b[?1049h\x1b[2;3H\x1b[31m\x1b)0\x0e\x1b7\x1b[?1049lx\x1b[?47h\x1b8y\x1b[?47l"),
    ("tabs", b"\x1b[3g\x1b[5G\x1bH\x1b[11G\x1bH\r\ta\tb\tc"),
    ("charsets", b"\x1b(0lqqk\x1b(Bx\x1b)0\x0eqq\x0fx\x1b*0\x1bNq\x1b+0\x1bnq\x1boq\x1bO"),
    ("charset active", b"\x1b)0\x0eaaqq"),
    ("saved cursor", b"\x1b[3;7H\x1b[1;32m\x1b)0\x0e\x1b7\x1b[m\x0f\x1b[Hx"),
    ("saved wrap", b"01234567890123456789\x1b7\x1b[Hx"),
    ("insert", b"abcdef\x1b[3G\x1b[4hXY"),
    ("newline", b"\x1b[20habc\ndef"),
    ("keypad", b"\x1b=\x1b[?1h"),
    ("mouse", b"\x1b[?1000h\x1b[?1002h\x1b[?1006h"),
    ("mouse off", b"\x1b[?1003h\x1b[?1015h\x1b[?1003l"),
    ("paste focus", b"\x1b[?2004h\x1b[?1004h\x1b[?1007l\x1b[?7777h\x1b[?8888l"),
    ("kitty", b"\x1b[>1u\x1b[>5u\x1b[=3;2u\x1b[?1049h\x1b[>31u\x1b[<u\x1b[>7u"),
    ("kitty set", b"\x1b[=5u\x1b[>1u\x1b[<u"),
    ("kitty waiting", b"\x1b[?1049h\x1b[>5u\x1b[?1049lx"),
    ("modify other keys", b"\x1b[>4;2m"),
    ("cursor", b"\x1b[6 q\x1b[?25l\x1b[2;2H"),
    ("title", b"\x1b]0;both\x07\x1b[22;0t\x1b]2;title ; \xc3\xa9\x1b\\\x1b]1;icon\x07\x1b[22t\x1b]2;third\x07"),
    ("directory", b"\x1b]7;file://host/home/x%20y\x1b\\"),
    ("palette", b"\x1b]4;1;#ff0000;2;rgb:00/ff/00\x07\x1b]10;#123456\x07\x1b]11;rgb:1/2/3\x1b\\\x1b]104;2\x07"),
    ("alternate", b"primary\r\n\x1b[31m\x1b[?1049h\x1b[Halt \x1b[2;2H\x1b7\x1b[3;3H\x1b[44mx"),
    ("alternate 47", b"primary\x1b[?47halt\x1b[?47lback"),
    ("alternate 47 on", b"primary\x1b7\x1b[?47halt"),
    ("alternate 1047", b"primary\x1b[?1047halt\x1b[?1047l\x1b[?1048h\x1b[Hx\x1b[?1048l"),
    ("alternate left", b"one\x1b[?1049htwo\x1b[?1049lthree"),
    ("coloured blanks", b"\x1b[41m\x1b[2J\x1b[2;3H\x1b[K\x1b[0m\x1b[3;1H\x1b[42m\x1b[5X\x1b[1;1H\x1b[7m   \x1b[m"),
    ("repeat", b"ab\x1b[5bc\x1b[44bd\x1b[1mx"),
    ("erase", b"0123456789\x1b[4G\x1b[1K\x1b[2;5Habc\x1b[1J\x1b[3;3Hx\x1b[J\x1b[1;8H\x1b[P\x1b[@\x1b[2X"),
    ("halves", "日本語\x1b[2G\x1b[K\x1b[2;1H日本\x1b[2;2H\x1b[P\x1b[3;1H日本\x1b[3;4H\x1b[@x".as_bytes()),
    ("scroll", b"1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n\x1b[41m\x1b[2S\x1b[T\x1bM\x1b[H\x1bM"),
    ("rectangles", b"0123456789abcdefghijklm\x1b[2*x\x1b[31m\x1b[42;1;3;2;5$x\x1b[1;4;2;9$z\x1b[2;2;2;9;1;7$r\x1b[1;1;2;5;1;3;6$v"),
    ("columns", "日本語日本語日本語\r\n0123456789\x1b[ @\x1b[2 A\x1b[2;4H\x1b['}\x1b[3'~\x1b6\x1b9".as_bytes()),
    ("protected", b"a\x1b[1\"q\x1b[31mb\x1b[mc\x1b7\x1b[0\"qd\x1b[?1K\x1b[1\"q\x1b[?1049hx\x1b[\"qy\x1b[?2Jz\x1b[?1049l\x1b[!p"),
    ("guarded", b"a\x1bVb\x1bWc\x1b[2Kd\x1bVe\x1b[1;31m\x1b[\"q\x1bV\x1b[!p"),
    ("sizes", b"\x1b#6wide text that is wrapped\x1b#3\r\n\x1b#4012345678901234567890\x1b[3;1H\x1b#6ab\x1b[L\x1bM\x1b[2S\x1b[2;3r\x1b[T"),
    ("sizes behind", b"01234567890123456789\x1b#6x\x1b[99CyZ\x1b[1;15Hlost\x1b[?7lmore\x1b[?7h\x1b#5back\x1b#6\x1b[1;9H0123"),
    ("sizes of both screens", b"\x1b#6one\x1b[?47h\x1b[3H\x1b#3two\x1b[?47l\x1b[2H\x1b#4\x1b[?69h\x1b#6\x1b[?69l\x1b#6\x1b[?1049h\x1b#6\x1b[?1049l"),
    ("align", b"\x1b#8\x1b[2;2Hx"),
    ("soft reset", b"\x1b[2;3r\x1b[?6h\x1b[1;7m\x1b[4h\x1b[?25l\x1b[!px"),
    ("reset", b"\x1b]2;t\x07\x1b[?1049h\x1b[?1000h\x1b[31mx\x1bcy"),
    ("strings", b"\x1bPq#0;2;0\x9c;0\xe2\x9c\x85\x1b\\a\x1b_Gi=1;x\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x18d\x1b]52;c;aGk=\x07e"),
    ("broken", b"\xe2\x82\x1b[31m\xc3(\xff\xf0\x9f\x91a\x80\x9b1m\x1b[1\n;3\r2mx\x1b[\x18y\x1b[3\x1b[4mz"),
    ("sync", b"\x1b[?2026hpart\x1b[?2026lx"),
];

#[test]
fn everything_is_restored_at_every_cut() {
    for (name, stream) in CORPUS {
        for cut in 0..=stream.len() {
            assert_restored(&screen(20, 5, &stream[..cut]), &format!("{name} at {cut}"));
        }
    }
}

#[test]
fn everything_is_restored_after_everything() {
    let all: Vec<u8> = CORPUS.iter().flat_map(|(_, stream)| stream.to_vec()).collect();
    for cut in 0..=all.len() {
        assert_restored(&screen(20, 5, &all[..cut]), &format!("all at {cut}"));
    }
}

#[test]
fn any_cut_of_a_stream_gives_the_same_state() {
    for (name, stream) in CORPUS {
        let whole = screen(20, 5, stream).state();
        for cut in 0..=stream.len() {
            let mut cut_screen = screen(20, 5, &stream[..cut]);
            cut_screen.feed(&stream[cut..]).unwrap();
            assert_eq!(cut_screen.state(), whole, "{name} at {cut}");
        }
        let mut bytes = super::Screen::new(20, 5);
        stream.iter().for_each(|byte| bytes.feed(&[*byte]).unwrap());
        assert_eq!(bytes.state(), whole, "{name}, byte by byte");
    }
}

#[test]
fn undo_leaves_a_terminal_as_it_starts() {
    for (name, stream) in CORPUS {
        let (mut left, mut modes) = (screen(20, 5, stream), ModeTracker::default());
        modes.feed(stream);
        left.feed(&modes.undo(20)).unwrap();
        // A single shift lasts until the next character.
        left.feed(b"x").unwrap();
        assert_eq!(left.left_on(), [""; 0], "{name}");
    }
}
