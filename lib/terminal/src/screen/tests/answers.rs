//! Answers, byte for byte.

use super::super::answers::{Rgb, Terminal, answer};
use super::screen;
use crate::modes::ModeTracker;
use crate::modes::known::bit_of;
use crate::scan::{Event, EventKind, Scanner};

/// Feeds `bytes` and answers what they ask, as a server without clients does.
fn answers_of(bytes: &[u8]) -> String {
    let mut answers = Vec::new();
    let mut scanner = Scanner::new();
    scanner.feed(bytes, &mut |Event { end, what, .. }| {
        if let EventKind::Query(query) = what {
            let screen = screen(80, 24, &bytes[..end as usize]);
            answers.extend(answer(&query, &screen, &Terminal::default()).unwrap_or_default());
        }
    });
    String::from_utf8(answers).unwrap()
}

#[test]
fn queries_get_one_answer_each() {
    let version = env!("CARGO_PKG_VERSION");
    for (query, expected) in [
        ("\x1b[c", "\x1b[?62;22c"),
        ("\x1bZ", "\x1b[?62;22c"),
        ("\x1b[=c", "\x1bP!|00000000\x1b\\"),
        ("\x1b[5n", "\x1b[0n"),
        ("ab\r\nc\x1b[6n", "\x1b[2;2R"),
        ("\x1b[5;9r\x1b[?6h\x1b[2;3H\x1b[6n", "\x1b[2;3R"),
        ("\x1b[4;5H\x1b[?6n", "\x1b[?4;5R"),
        ("\x1b[?996n", "\x1b[?997;1n"),
        ("\x1b]11;#ffffff\x07\x1b[?996n", "\x1b[?997;2n"),
        ("\x1b[4$p\x1b[4h\x1b[4$p\x1b[99$p", "\x1b[4;2$y\x1b[4;1$y\x1b[99;0$y"),
        (
            "\x1b[?2004h\x1b[?2004$p\x1b[?2026$p\x1b[?25$p\x1b[?31337$p",
            "\x1b[?2004;1$y\x1b[?2026;2$y\x1b[?25;1$y\x1b[?31337;0$y",
        ),
        ("\x1b[?1049h\x1b[?1049$p", "\x1b[?1049;1$y"),
        ("\x1bP+q544e\x1b\\", "\x1bP1+r544e=787465726d2d323536636f6c6f72\x1b\\"),
        ("\x1bP+q436f;524742;7878\x1b\\", "\x1bP1+r436f=323536;524742=382f382f38\x1b\\"),
        ("\x1bP+q7878\x1b\\", "\x1bP0+r\x1b\\"),
        ("\x1b[1;31m\x1bP$qm\x1b\\", "\x1bP1$r0;1;31m\x1b\\"),
        ("\x1b[3;7r\x1bP$qr\x1b\\", "\x1bP1$r3;7r\x1b\\"),
        ("\x1b[5 q\x1bP$q q\x1b\\", "\x1bP1$r5 q\x1b\\"),
        ("\x1bP$q*x\x1b\\\x1b[2*x\x1bP$q*x\x1b\\", "\x1bP1$r0*x\x1b\\\x1bP1$r2*x\x1b\\"),
        ("\x1b[1\"q\x1bP$q\"q\x1b\\", "\x1bP1$r1\"q\x1b\\"),
        ("\x1bP$q*y\x1b\\", "\x1bP0$r\x1b\\"),
        ("\x1b[?u\x1b[>5u\x1b[?u", "\x1b[?0u\x1b[?5u"),
        ("\x1b[>4;2m\x1b[?4m", "\x1b[>4;2m"),
        ("\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x07"),
        (
            "\x1b]10;?;?;?\x1b\\",
            "\x1b]10;rgb:e5e5/e5e5/e5e5\x1b\\\x1b]11;rgb:0000/0000/0000\x1b\\\x1b]12;rgb:e5e5/e5e5/e5e5\x1b\\",
        ),
        ("\x1b]11;rgb:f/8/0\x07\x1b]11;?\x1b\\", "\x1b]11;rgb:ffff/8888/0000\x1b\\"),
        (
            "\x1b]4;1;?;231;?;244;?\x07",
            "\x1b]4;1;rgb:cdcd/0000/0000\x07\x1b]4;231;rgb:ffff/ffff/ffff\x07\x1b]4;244;rgb:8080/8080/8080\x07",
        ),
        ("\x1b[14t\x1b[16t\x1b[18t", "\x1b[4;384;640t\x1b[6;16;8t\x1b[8;24;80t"),
        ("\x1b]7501;?\x07", "\x1b]7501;?\x1b\\"),
        ("\x1b[21t\x1b]52;c;?\x07\x1b[?15n", ""),
    ] {
        assert_eq!(answers_of(query.as_bytes()), expected, "{query:?}");
    }
    assert_eq!(answers_of(b"\x1b[>q"), format!("\x1bP>|ms({version})\x1b\\"));
    assert!(answers_of(b"\x1b[>c").starts_with("\x1b[>1;"));
}

#[test]
fn colours_are_read_as_terminals_write_them() {
    assert_eq!(Rgb::parse("rgb:ffff/8080/0000"), Some(Rgb::of(0xff, 0x80, 0)));
    assert_eq!(Rgb::parse("rgb:ff/80/00"), Some(Rgb::of(0xff, 0x80, 0)));
    assert_eq!(Rgb::parse("#f80"), Some(Rgb::of(0xff, 0x88, 0)));
    assert_eq!(Rgb::parse("#ff8000"), Some(Rgb::of(0xff, 0x80, 0)));
    for bad in ["", "#", "red", "rgb:1/2", "rgb:1/2/3/4", "rgb:12345/0/0", "#ffff", "rgb:+1/0/0", "#éé"] {
        assert_eq!(Rgb::parse(bad), None, "{bad}");
    }
}

#[test]
fn no_answer_is_a_query_again() {
    let queries = b"\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[>q\x1b[?u\x1b[18t\x1b]11;?\x07\x1bP+q544e\x1b\\\x1bP$qm\x1b\\";
    let answers = answers_of(queries);
    Scanner::new().feed(answers.as_bytes(), &mut |event| {
        assert!(!matches!(event.what, EventKind::Query(_)), "{event:?}");
    });
}

#[test]
fn every_mode_that_is_claimed_is_followed_and_comes_back() {
    let mut claimed = Vec::new();
    for mode in 0..=10_000u16 {
        let mut model = screen(80, 24, b"");
        let Some(at_start) = model.private_mode(mode) else { continue };
        claimed.push(mode);
        for on in [!at_start, at_start] {
            let letter = if on { 'h' } else { 'l' };
            model.feed(format!("\x1b[?{mode}{letter}").as_bytes()).unwrap();
            assert_eq!(model.private_mode(mode), Some(on), "{mode}{letter}");
            // A synchronized update is never left to a terminal.
            let comes_back = if mode == 2026 { false } else { on };
            let restored = screen(80, 24, &model.dump());
            assert_eq!(restored.private_mode(mode), Some(comes_back), "{mode}{letter}");
            let mut modes = ModeTracker::default();
            modes.feed(&model.dump());
            let left = screen(80, 24, &[&model.dump()[..], &modes.undo(80)].concat());
            assert_eq!(left.private_mode(mode), Some(at_start), "{mode}{letter}");
        }
    }
    assert!(claimed.len() > 20, "{claimed:?}");
    let known = |mode: &u16| screen(80, 24, b"").ansi_mode(*mode).is_some();
    assert_eq!((0..=10_000).filter(known).collect::<Vec<_>>(), [4, 20]);
    for mode in [2027, 2031, 2048, 9001, 31337] {
        let asked = format!("\x1b[?{mode}h\x1b[?{mode}$p");
        assert_eq!(answers_of(asked.as_bytes()), format!("\x1b[?{mode};0$y"));
    }
}

/// Whatever a terminal was left in, a dump of one that is new has it as new: each mode that is known, those
/// that programs are told of among them.
#[test]
fn a_dump_resets_every_mode_that_is_known() {
    let fresh = screen(80, 24, b"").dump();
    let reset = |sequence: String| {
        let mut modes = ModeTracker::default();
        modes.feed(sequence.as_bytes());
        modes.feed(&fresh);
        assert_eq!(String::from_utf8(modes.undo(80)).unwrap(), "", "{sequence:?}");
        screen(80, 24, &[sequence.as_bytes(), &fresh].concat())
    };
    for mode in 0..=10_000 {
        let claimed = screen(80, 24, b"").private_mode(mode);
        if let Some(start) = bit_of(mode).map(|(_, on)| on).or(claimed) {
            let after = reset(format!("\x1b[?{mode}{}", if start { 'l' } else { 'h' }));
            assert_eq!(
                (after.private_mode(mode), after.state()),
                (claimed, screen(80, 24, b"").state()),
                "{mode}"
            );
        }
        if let Some(start) = screen(80, 24, b"").ansi_mode(mode) {
            assert_eq!(reset(format!("\x1b[{mode}h")).ansi_mode(mode), Some(start), "{mode}");
        }
    }
}
