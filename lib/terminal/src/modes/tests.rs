//! What is on, from streams cut anywhere.

use proptest::prelude::*;

use super::*;
use crate::screen::Screen;

fn fed(bytes: &[u8]) -> ModeTracker {
    let mut modes = ModeTracker::default();
    modes.feed(bytes);
    modes
}

fn undo(bytes: &[u8]) -> String {
    String::from_utf8(fed(bytes).undo(24)).unwrap()
}

#[test]
fn what_was_never_switched_on_is_not_undone() {
    assert_eq!(
        undo(
            b"plain \x1b[31mred\x1b[0m \x1b[2J\x1b[H\x1b[?25h\x1b[?7h\x1b[?1000l\x1b[r\xe2\x82\xac\x1b[10;3H"
        ),
        ""
    );
    assert_eq!(
        undo(
            b"\x1b[?1049h\x1b[?1002;1006h\x1b[>1u\x1b[?25l\x1b[?25h\x1b[<u\x1b[?1002l\x1b[?1006l\x1b[?1049l"
        ),
        ""
    );
}

#[test]
fn exactly_what_is_on_is_undone() {
    for (on, off) in [
        ("\x1b[?1002;1006h", "\x1b[?1002l\x1b[?1006l"),
        ("\x1b[?2004h", "\x1b[?2004l"),
        ("\x1b[?25l", "\x1b[?25h"),
        ("\x1b[?7l", "\x1b[?7h"),
        ("\x1b[?1049h", "\x1b[?1049l"),
        ("\x1b[?47h", "\x1b[?47l"),
        ("\x1b[5;10r", "\x1b[r"),
        ("\x1b[4h", "\x1b[4l"),
        ("\x1b=", "\x1b>"),
        ("\x1b[5 q", "\x1b[0 q"),
        ("\x1b[>4;2m", "\x1b[>4m"),
        ("\x1b[>1u\x1b[>5u", "\x1b[<2u"),
        ("\x1b[=1u", "\x1b[=0u"),
        ("\x1b[1;31m", "\x1b[m"),
        ("\x1b[38;5;0m", "\x1b[m"),
        ("\x1b(0", "\x1b(B"),
        ("\x0e", "\x0f"),
        ("\x1b[?45h", "\x1b[?45l"),
        ("\x1b[1\"q", "\x1b[0\"q"),
        ("\x1bV\x1bW", "\x1b[0\"q"),
        ("\x1b[2*x", "\x1b[0*x"),
        ("\x1b]8;;http://x\x1b\\", "\x1b]8;;\x1b\\"),
        ("\x1b]11;#123456\x07", "\x1b]111\x1b\\"),
        ("\x1b]4;1;red\x07", "\x1b]104\x1b\\"),
        ("\x1b]4;1;red;2;blue\x07\x1b]104;2\x07", "\x1b]104\x1b\\"),
        ("\x1b]10;red;?;blue\x07", "\x1b]110\x1b\\\x1b]112\x1b\\"),
        ("\x1b]9;4;1;50\x07", "\x1b]9;4;0\x1b\\"),
        ("\x1b[22;0t", "\x1b[23;0t"),
        ("\x1b[?2026h", "\x1b[?2026l"),
        ("\x1bH", "\x1b[3g\x1b[9G\x1bH\x1b[17G\x1bH"),
    ] {
        assert_eq!(undo(on.as_bytes()), off, "{on:?}");
        assert_eq!(undo(format!("{on}{off}").as_bytes()), "", "{on:?} undone");
    }
}

#[test]
fn a_dump_of_an_empty_screen_leaves_nothing_on() {
    let dump = Screen::new(80, 24).dump();
    assert_eq!(String::from_utf8(fed(&dump).undo(80)).unwrap(), "");
}

#[test]
fn each_screen_has_its_own_keyboard_stack() {
    let both = "\x1b[>1u\x1b[?1049h\x1b[>3u";
    assert_eq!(undo(both.as_bytes()), "\x1b[<1u\x1b[?1049l\x1b[<1u");
    assert!(fed(both.as_bytes()).keyboard_protocol());
    assert!(!fed(b"\x1b[>1u\x1b[?1049h").keyboard_protocol());
}

#[test]
fn queries_switch_nothing() {
    assert_eq!(
        undo(b"\x1b[?u\x1b[c\x1b[>q\x1b[6n\x1b[?2026$p\x1b]11;?\x07\x1b]4;1;?\x07\x1bP+q544e\x1b\\"),
        ""
    );
}

#[test]
fn resets_undo_what_they_reset() {
    assert_eq!(undo(b"\x1b[?1049h\x1b[?1000h\x1b[31m\x1bc"), "");
    assert_eq!(undo(b"\x1b[?25l\x1b[4h\x1b[2;3r\x1b[?1000h\x1b[!p"), "\x1b[?1000l");
    assert_eq!(undo(b"\x1b[?1000s\x1b[?1000h\x1b[?1000r"), "");
}

#[test]
fn a_mode_that_nobody_knows_comes_back_to_what_it_was_when_it_was_saved() {
    assert_eq!(undo(b"\x1b[?7777h"), "\x1b[?7777l");
    assert_eq!(undo(b"\x1b[?7777s\x1b[?7777h\x1b[?7777r"), "");
    assert_eq!(undo(b"\x1b[?7777h\x1b[?7777s\x1b[?7777l\x1b[?7777r"), "\x1b[?7777l");
    let mut screen = Screen::new(80, 24);
    screen.feed(b"\x1b[?7777s\x1b[?7777h").unwrap();
    let mut restored = Screen::new(80, 24);
    restored.feed(&screen.dump()).unwrap();
    restored.feed(b"\x1b[?7777r").unwrap();
    assert_eq!(restored.left_on(), Vec::<String>::new());
}

#[test]
fn an_open_sequence_is_broken_off_first() {
    for open in ["\x1b", "\x1b[31", "\x1b]0;title", "\x1bPq", "\x1b("] {
        assert!(!fed(open.as_bytes()).at_ground());
        assert_eq!(undo(open.as_bytes()), "\x18", "{open:?}");
    }
    assert!(!fed(b"\xe2\x82").at_ground() && fed(b"\xe2\x82\xac").at_ground());
    assert!(fed(b"\x1b]0;a\x07").at_ground() && fed(b"\x1b]0;a\x1b\\").at_ground());
}

#[test]
fn the_title_is_remembered() {
    let modes = fed(b"\x1b]2;one\x07\x1b]0;two\x1b\\\x1b]1;icon\x07");
    assert_eq!((modes.title(), modes.titles_set()), (&b"two"[..], 2));
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        &b"text"[..],
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[?1003;1006h",
        b"\x1b[>1u",
        b"\x1b[<u",
        b"\x1b[=3;2u",
        b"\x1b]2;t\x07",
        b"\x1b]8;;u\x1b\\",
        b"\x1b]8;;\x1b\\",
        b"\x1b[1;5r",
        b"\x1b(0",
        b"\x0e",
        b"\x1bc",
        b"\x1b[!p",
        b"\xe2\x82\xac",
        b"\x1b[31m",
        b"\x1b[m",
        b"\x1bH",
        b"\x1b[3g",
        b"\x1b[9G\x1bH",
        b"\x1b[4h",
        b"\x1b=",
        b"\x1b[5 q",
        b"\x1b[?7l",
        b"\x1b[?2004h",
        b"\x1b[?1h",
        b"\x1b[22t",
        b"\x1b[?1000s",
        b"\x1b[?7777s",
        b"\x1b[?7777h",
        b"\x1b[?7777;25r",
        b"\x1b[12;20h",
        b"\x1b[?1000r",
        b"\x1b[<3u",
        b"\x1b[?47h",
        b"\x1b7",
        b"\x1b8",
        b"\x1b[?6h",
        b"\x1b[1\"q",
        b"\x1b[\"q",
        b"\x1bV",
        b"\x1bW",
        b"\x1b[2*x",
        b"\x1b[?45h",
        b"\x1b[?1045h",
        b"\x1b[?6l",
        b"\x1b[?1048h",
        b"\x1b[?1048l",
        b"\x1b[s",
        b"\x1b[u",
        b"\x1b[?69h",
        b"\x1b]11;red\x07",
        b"\x18",
        b"\x1b",
        b"\x1b[?25l",
        b"\x1b[>4;1m",
        b"\x1b[1;31m",
        b"\x1b[38;5;0m",
        b"\x1b[0m",
        b"\x1b[31;m",
        b"\x1b[4;9H",
        b"\x1b[5G",
        b"\x1b[3g",
        b"\x1bH",
    ]);
    let part =
        prop_oneof![6 => known.prop_map(<[u8]>::to_vec), 1 => prop::collection::vec(any::<u8>(), 0..6)];
    prop::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_cut_gives_the_same(bytes in stream(), cut in 1usize..7) {
        let mut cut_up = ModeTracker::default();
        bytes.chunks(cut).for_each(|piece| cut_up.feed(piece));
        let whole = fed(&bytes);
        prop_assert_eq!(cut_up.undo(80), whole.undo(80));
        prop_assert_eq!(cut_up.at_ground(), whole.at_ground());
    }

    #[test]
    fn after_the_undo_nothing_is_on(bytes in stream()) {
        let mut modes = fed(&bytes);
        modes.feed(&modes.undo(0));
        prop_assert_eq!(String::from_utf8(modes.undo(0)).unwrap(), "");
    }

    #[test]
    fn the_terminal_model_knows_the_same_modes(bytes in stream()) {
        let mut screen = Screen::new(80, 24);
        screen.feed(&bytes).unwrap();
        prop_assert_eq!(&fed(&bytes).on.modes, screen.modes());
    }

    #[test]
    fn the_terminal_model_has_nothing_on_either(bytes in stream()) {
        let mut screen = Screen::new(80, 24);
        screen.feed(&bytes).unwrap();
        screen.feed(&fed(&bytes).undo(80)).unwrap();
        // A single shift lasts until the next character, which is the shell's.
        screen.feed(b"x\x1b[H").unwrap();
        prop_assert_eq!(screen.kitty_flags(), 0);
        prop_assert_eq!(screen.left_on(), Vec::<String>::new());
    }
}
