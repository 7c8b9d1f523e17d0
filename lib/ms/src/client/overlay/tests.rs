use super::*;

fn paint(offset: u64) -> Paint {
    Paint { offset, bytes: offset.to_string().into_bytes() }
}

fn help() -> Content {
    Content::Modal(Modal::Help(Help::new("Ctrl-X")), Typed::default())
}

fn bar() -> Content {
    Content::Bar("a notice".into())
}

fn overlay(content: Content, now: Instant) -> Overlay {
    let mut overlay = Overlay::default();
    assert_eq!(overlay.lay(content, Ground::Passed, now), [Effect::Repaint]);
    assert!(!overlay.is_up() && overlay.due() == Some(now + PAINTED_WITHIN));
    overlay
}

#[test]
fn a_layer_is_drawn_over_a_known_screen_and_that_is_put_back() {
    let now = Instant::now();
    for shown in [true, false] {
        let mut overlay = overlay(help(), now);
        let mut expected = vec![Effect::ShowFirst(paint(7)), Effect::Draw];
        expected.drain(..usize::from(shown));
        assert_eq!(overlay.painted(paint(7), shown, now), expected);
        assert!(overlay.is_up() && overlay.due().is_none());
        assert_eq!(overlay.close(Ground::Passed), [Effect::PutBack(Under::Same(paint(7)))]);
        assert!(overlay.is_empty() && overlay.close(Ground::Passed).is_empty());
    }
}

#[test]
fn a_server_that_does_not_paint_holds_nothing_up() {
    let now = Instant::now();
    let mut overlay = overlay(help(), now);
    assert_eq!(overlay.look_after(now + PAINTED_WITHIN / 2, Ground::Passed), []);
    assert_eq!(overlay.look_after(now + PAINTED_WITHIN, Ground::Passed), [Effect::Draw]);
    assert_eq!(overlay.close(Ground::Passed), [Effect::AskForScreen]);
    // One that was not drawn yet leaves nothing to put back.
    let mut overlay = self::overlay(bar(), now);
    assert_eq!(overlay.close(Ground::Passed), []);
    // Its screen is shown when it comes.
    assert_eq!(overlay.painted(paint(3), false, now), [Effect::Show(paint(3))]);
}

#[test]
fn newer_screens_are_asked_for_under_what_has_the_keyboard_and_kept() {
    let now = Instant::now();
    let mut overlay = overlay(help(), now);
    overlay.keep_fresh(now);
    overlay.painted(paint(7), true, now);
    assert_eq!(overlay.due(), None, "it was not up");
    overlay.keep_fresh(now);
    overlay.keep_fresh(now + FRESH_EVERY / 2);
    assert_eq!(overlay.due(), Some(now + FRESH_EVERY));
    assert_eq!(overlay.look_after(now + FRESH_EVERY, Ground::Passed), [Effect::Repaint]);
    assert_eq!(overlay.due(), None);
    assert_eq!(overlay.painted(paint(9), false, now), [Effect::Progress(9)]);
    assert_eq!(overlay.close(Ground::Passed), [Effect::PutBack(Under::Newer(paint(7), paint(9)))]);
}

#[test]
fn one_layer_takes_the_place_of_another_over_the_same_screen() {
    let now = Instant::now();
    let mut overlay = overlay(help(), now);
    overlay.painted(paint(7), true, now);
    overlay.painted(paint(8), true, now);
    assert_eq!(overlay.lay(bar(), Ground::Passed, now), [Effect::Draw]);
    assert_eq!(overlay.close(Ground::Passed), [Effect::PutBack(Under::Same(paint(8)))]);
}

#[test]
fn a_bar_goes_by_itself_or_for_what_happens_and_what_has_the_keyboard_stays() {
    let now = Instant::now();
    let put_back = [Effect::PutBack(Under::Same(paint(7)))];
    let mut overlay = overlay(bar(), now);
    overlay.painted(paint(7), true, now);
    overlay.keep_fresh(now);
    assert_eq!(overlay.painted(paint(7), false, now), [], "its own screen, once more");
    assert_eq!(overlay.due(), Some(now + NOTICE_FOR));
    assert_eq!(overlay.look_after(now + NOTICE_FOR, Ground::Passed), put_back);
    overlay.lay(bar(), Ground::Passed, now);
    overlay.painted(paint(7), true, now);
    assert_eq!(overlay.close_bar(Ground::Passed), put_back);
    overlay.lay(help(), Ground::Passed, now);
    overlay.painted(paint(7), true, now);
    assert_eq!(overlay.close_bar(Ground::Passed), []);
    assert!(overlay.has_keyboard());
}

#[test]
fn at_another_size_what_was_kept_is_of_no_use() {
    let now = Instant::now();
    let mut overlay = overlay(help(), now);
    assert_eq!(overlay.resized(), [], "its screen is still to come");
    overlay.painted(paint(7), true, now);
    assert_eq!(overlay.resized(), [Effect::Draw]);
    assert_eq!(overlay.painted(paint(8), false, now), [Effect::Progress(8)]);
    assert_eq!(overlay.close(Ground::Passed), [Effect::PutBack(Under::Only(paint(8)))]);
    overlay.lay(bar(), Ground::Passed, now);
    overlay.painted(paint(9), true, now);
    assert_eq!(overlay.resized(), [Effect::AskForScreen]);
    assert!(overlay.is_empty());
}

#[test]
fn what_is_drawn_or_plain_needs_no_screen() {
    let now = Instant::now();
    let mut overlay = Overlay::default();
    assert_eq!(overlay.lay(help(), Ground::Drawn, now), [Effect::Draw]);
    assert_eq!(overlay.close(Ground::Drawn), [Effect::PutBack(Under::Drawn)]);
    assert_eq!(overlay.lay(help(), Ground::Plain, now), []);
    assert!(overlay.is_up() && overlay.due().is_none());
    assert_eq!(overlay.close(Ground::Plain), [Effect::PutBack(Under::Line)]);
    assert_eq!(overlay.lay(help(), Ground::Awaited, now), []);
    assert_eq!(overlay.is_shown(now), [Effect::Draw]);
    assert_eq!(overlay.is_shown(now), []);
}

#[test]
fn keys_come_from_bytes_and_lead_to_steps() {
    let now = Instant::now();
    let mut overlay = Overlay::default();
    assert_eq!(overlay.type_byte(b'x'), None);
    overlay.lay(help(), Ground::Drawn, now);
    assert_eq!(overlay.type_byte(0x1b), Some(vec![]));
    assert!(overlay.key_is_open());
    let key = overlay.end_key().unwrap();
    assert_eq!((key, overlay.press(key)), (Key::Escape, Some(Step::Close)));
    overlay.lay(Content::Pager, Ground::Drawn, now);
    assert!(overlay.has_keyboard() && overlay.type_byte(b'q').is_none() && overlay.press(key).is_none());
}

#[test]
fn a_bar_that_was_displaced_comes_back_once() {
    let now = Instant::now();
    let mut overlay = Overlay::default();
    assert!(!overlay.take_due_bar(now));
    overlay.bring_bar_back(now);
    assert_eq!(overlay.due(), Some(now + BAR_AGAIN));
    assert!(!overlay.take_due_bar(now) && overlay.take_due_bar(now + BAR_AGAIN));
    assert_eq!(overlay.due(), None);
}

#[test]
fn the_others_learn_whether_anything_lies_there_and_who_has_the_keyboard() {
    let now = Instant::now();
    let mut overlay = Overlay::default();
    assert_eq!((overlay.over(), overlay.has_pager()), (Overlaid::Nothing, false));
    for (content, over, pager) in [
        (bar(), Overlaid::Bar, false),
        (help(), Overlaid::Keyboard, false),
        (Content::Pager, Overlaid::Keyboard, true),
    ] {
        overlay.lay(content, Ground::Passed, now);
        assert_eq!((overlay.over(), overlay.has_pager()), (over, pager));
    }
}
