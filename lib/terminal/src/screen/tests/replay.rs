//! What is replayed, and what never is.

use proptest::prelude::*;

use super::super::replay::{Sanitizer, began_on_alternate, safe_start, sanitize};
use super::random::piece;
use super::screen;
use crate::scan::{EventKind, Scanner};

fn clean(bytes: &[u8], alternate: bool) -> String {
    let mut out = Vec::new();
    Sanitizer::new(alternate).feed(bytes, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn text_looks_and_links_stay() {
    for kept in [
        "plain\r\ntext\tx\x08y",
        "\x1b[1;38;2;1;2;3mred\x1b[m",
        "日本 é\u{301}👍",
        "\x1b]8;id=1;http://a/b\x1b\\link\x1b]8;;\x1b\\",
        "\x1b[2K\x1b[1G\x1b[3A\x1b[2;5H\x1b[J",
        "\x1b(0lqk\x1b(B\x0e\x0f",
        "\x1b7\x1b[5;1H\x1b8\x1bM",
        "\x1b[4hx\x1b[4l\x1b[?7lx\x1b[?7h",
    ] {
        assert_eq!(clean(kept.as_bytes(), false), kept);
    }
}

#[test]
fn what_does_more_goes() {
    for dropped in [
        "\x07",
        "\x05",
        "\0",
        "\u{9b}",
        "\x1b[c",
        "\x1b[6n",
        "\x1b[?6n",
        "\x1b[>q",
        "\x1b[?u",
        "\x1b[?2026$p",
        "\x1b[14t",
        "\x1b[8;10;10t",
        "\x1b]11;?\x07",
        "\x1b]52;c;aGk=\x07",
        "\x1b]9;hello\x07",
        "\x1b]777;notify;a;b\x1b\\",
        "\x1b]99;;x\x1b\\",
        "\x1b]2;title\x07",
        "\x1b[?2026h",
        "\x1b[?2026l",
        "\x1b[?1000h",
        "\x1b[?2048h",
        "\x1b[?1004h",
        "\x1b[>5u",
        "\x1b[<u",
        "\x1b[=1u",
        "\x1b[>4;2m",
        "\x1bP+q544e\x1b\\",
        "\x1bPq#0~~\x1b\\",
        "\x1b_Ga=q,i=1\x1b\\",
        "\x1b^x\x1b\\",
        "\x1b[3J",
        "\x1b[i",
        "\x1b[22t",
        "\x1b[2 q",
        "\x1b=",
        "\x1b[!p",
        "\x1bZ",
        "\x1b]4;1;#fff\x07",
        "\x1b]133;A\x07",
        "\x1b]7501;state=done\x07",
        "\x1b[?3h",
        "\x1b]8;;http://\u{9c}x\x07",
    ] {
        assert_eq!(clean(format!("a{dropped}b").as_bytes(), false), "ab", "{dropped:?}");
    }
    assert_eq!(clean(b"a\xffb\xe2\x82\x1b[mc", false), "a\u{fffd}b\u{fffd}\x1b[mc");
    assert!(clean(b"a\x1bcb", false).ends_with("\x1b[2Jb"));
}

#[test]
fn the_alternate_screen_is_left_out() {
    assert_eq!(clean(b"one\x1b[?1049h\x1b[2Jtwo\x1b[?1049lthree", false), "onethree");
    assert_eq!(clean(b"\x1b[31mtwo\x1b[?1049l\x1b[mthree", true), "\x1b[mthree");
    assert!(began_on_alternate(b"x\x1b[?1049ly\x1b[?1049h", true));
    assert!(!began_on_alternate(b"x\x1b[?1049hy", true));
    assert!(began_on_alternate(b"x", true) && !began_on_alternate(b"x", false));
}

#[test]
fn a_start_is_safe() {
    for (bytes, start) in [
        (&b"31mred\r\nnext"[..], 8),
        (b"31mred\nnext", 7),
        (b"50%\r60%", 4),
        (b"\x82\xacabc\x1b[m", 5),
        (b"AAAA\nAAAA\x1b\\text", 11),
        (b"1;2mx", 5),
        (b"", 0),
    ] {
        assert_eq!(safe_start(bytes), start, "{:?}", String::from_utf8_lossy(bytes));
    }
}

proptest! {
    /// Any cut, any start: nothing comes out that acts, and text on the screen is what it was.
    #[test]
    fn nothing_that_acts_is_replayed(pieces in prop::collection::vec(piece(), 0..50), start in 0usize..20, step in 1usize..9) {
        let stream = pieces.concat();
        let stream = &stream[start.min(stream.len())..];
        let replayed = sanitize(stream, false);
        prop_assert!(std::str::from_utf8(&replayed).is_ok());
        prop_assert!(!replayed.contains(&7) && !replayed.contains(&5));
        Scanner::new().feed(&replayed, &mut |event| panic!("{event:?}"));

        let safe = &stream[safe_start(stream)..];
        let mut sanitizer = Sanitizer::new(began_on_alternate(safe, false));
        let mut out = Vec::new();
        safe.chunks(step).for_each(|bytes| sanitizer.feed(bytes, &mut out));
        sanitizer.finish(&mut out);
        prop_assert_eq!(out, replayed);
    }
}

#[test]
fn a_replay_shows_the_same_lines() {
    let stream = "\x1b]0;t\x07$ ls\r\n\x1b[34mdir\x1b[m  file\x07\r\n\x1b[?2004h$ \x1b[?1049h\x1b[Hvim\x1b[?1049l50%\r100%\r\ndone";
    let replayed = clean(stream.as_bytes(), false);
    assert_eq!(screen(30, 8, replayed.as_bytes()).text(), screen(30, 8, stream.as_bytes()).text());
    let mut events = Vec::new();
    Scanner::new().feed(replayed.as_bytes(), &mut |event| events.push(event.what));
    assert_eq!(events, Vec::<EventKind>::new());
}
