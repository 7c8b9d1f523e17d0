use std::time::Duration;

use super::super::overlay::Under;
use super::super::replay::{self, Stretch};
use super::*;
use ms_platform::time::Time;
use ms_terminal::modes::ModeTracker;
use ms_terminal::screen::Screen;
use msession::format::frame::ScreenReply;
use msession::format::session_name::SessionName;
use msession::format::status::{Kind, Status, StatusRecord};
use msession::store::ring;

/// A session: its ring, with a server that tells of all that is in it.
struct Session {
    writer: ring::Writer,
    reader: ring::Reader,
    size: Size,
}

impl Session {
    fn new(capacity: u64) -> Session {
        let file = tempfile::NamedTempFile::new().unwrap();
        let writer = ring::Writer::create(file.reopen().unwrap(), capacity, 20, 5, Time(0)).unwrap();
        let reader = ring::Reader::open(file.reopen().unwrap()).unwrap();
        Session { writer, reader, size: (20, 5) }
    }

    fn prints(&mut self, bytes: &[u8]) {
        bytes.chunks(1000).for_each(|piece| self.writer.append_at(piece, Time(1)));
    }

    /// What the session's server paints now.
    fn painted(&self, bytes: &[u8]) -> Paint {
        let mut screen = Screen::new(self.size.0, self.size.1);
        screen.feed(bytes).unwrap();
        Paint { offset: self.written().unwrap(), bytes: screen.dump() }
    }
}

impl Source for Session {
    fn read(&mut self, offset: u64, max: usize, out: &mut Vec<u8>) -> Result<ring::Chunk> {
        self.reader.read(offset, max, out)
    }

    fn has_told_of(&self, offset: u64) -> bool {
        self.written().unwrap() > offset
    }

    fn size(&self) -> Size {
        self.size
    }

    fn written(&self) -> Result<u64> {
        Ok(self.reader.snapshot()?.written)
    }

    fn scrolled_off(&self, stretch: Stretch) -> Result<Vec<u8>> {
        replay::missed(&self.reader, stretch, "build")
    }
}

/// A terminal that takes so many bytes more.
struct Terminal {
    takes: usize,
    got: Vec<u8>,
    modes: ModeTracker,
    size: Size,
    plain: bool,
}

impl Terminal {
    fn new() -> Terminal {
        Terminal {
            takes: usize::MAX,
            got: Vec::new(),
            modes: ModeTracker::default(),
            size: (20, 5),
            plain: false,
        }
    }

    /// What it got since it was last asked.
    fn got(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.got)).unwrap()
    }
}

impl Sink for Terminal {
    fn write(&mut self, bytes: &[u8]) -> nix::Result<usize> {
        let count = bytes.len().min(self.takes);
        self.takes -= count;
        self.modes.feed(&bytes[..count]);
        self.got.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn write_all(&mut self, bytes: &[u8]) {
        self.write(bytes).unwrap();
    }

    fn write_aside(&mut self, bytes: &[u8]) {
        self.got.extend_from_slice(bytes);
    }

    fn wait(&self) -> bool {
        false
    }

    fn modes(&self) -> &ModeTracker {
        &self.modes
    }

    fn size(&self) -> Size {
        self.size
    }

    fn is_plain(&self) -> bool {
        self.plain
    }
}

/// A relay between both.
struct Stage {
    session: Session,
    relay: Relay,
    terminal: Terminal,
    waits: Indicator,
    over: Overlaid,
}

impl Stage {
    /// On a session that has printed this, unseen.
    fn to(printed: &[u8], replay: Replay, show: Show) -> Stage {
        let mut session = Session::new(1 << 20);
        session.prints(printed);
        let welcome = Welcome { written: session.written().unwrap(), ..Welcome::default() };
        let relay = Relay::new(&welcome, replay, show);
        let (terminal, waits) = (Terminal::new(), Indicator::new(show, false));
        Stage { session, relay, terminal, waits, over: Overlaid::Nothing }
    }

    /// One whose output passes already.
    fn live(show: Show) -> Stage {
        let mut stage = Stage::to(b"", Replay::None, show);
        assert_eq!(stage.arrive(), []);
        stage
    }

    fn arrive(&mut self) -> Vec<Effect> {
        self.relay.arrive(&self.session, &self.terminal)
    }

    fn pass(&mut self) -> Vec<Effect> {
        self.relay.pass((&mut self.session, &mut self.terminal), self.over, &self.waits).unwrap()
    }

    fn prints(&mut self, bytes: &[u8]) -> Vec<Effect> {
        self.session.prints(bytes);
        self.relay.draw_soon(Instant::now());
        self.pass()
    }

    fn show(&mut self, paint: &Paint) {
        self.relay.show(paint.clone(), &self.session, &self.terminal).unwrap();
    }

    fn show_part(&mut self, screen: &[u8]) -> Vec<Effect> {
        let (paint, covered) = (self.session.painted(screen), self.over == Overlaid::Keyboard);
        self.relay.show_part(&paint, (&self.session, &self.terminal), covered).unwrap()
    }

    fn waits_for_somebody(&mut self, waits: bool) {
        let mut record = StatusRecord::begin(80, 24, Time(0));
        record.status = if waits { Status::Waiting } else { Status::Active };
        record.kind = waits.then_some(Kind::Confirm);
        let news = self.waits.update(&SessionName::new("api").unwrap(), Some(&record), false);
        self.relay.tell(&self.waits, news);
    }
}

fn rows(range: std::ops::RangeInclusive<usize>) -> String {
    range.map(|n| format!("row {n}\r\n")).collect()
}

#[test]
fn output_passes_untouched_and_the_server_is_told_once() {
    let mut stage = Stage::live(Show::None);
    assert_eq!(stage.prints(b"\x1b[31mred \xff"), [Effect::Progress(10)]);
    assert_eq!(std::mem::take(&mut stage.terminal.got), b"\x1b[31mred \xff");
    assert_eq!((stage.pass(), stage.relay.due(), stage.relay.has_more()), (vec![], None, false));
}

#[test]
fn a_flood_passes_by_bursts() {
    let mut stage = Stage::live(Show::None);
    stage.session.prints(&vec![b'x'; 2 * BURST]);
    assert_eq!(stage.pass(), [Effect::Progress(BURST as u64)]);
    assert!(stage.relay.has_more());
    stage.pass();
    stage.pass();
    assert!(stage.terminal.got.len() == 2 * BURST && !stage.relay.has_more());
}

#[test]
fn of_what_a_terminal_has_not_taken_nothing_is_told_and_nothing_more_is_read() {
    let mut stage = Stage::live(Show::None);
    stage.terminal.takes = 3;
    assert_eq!(stage.prints(b"abcde"), [Effect::Progress(3)]);
    assert!(stage.relay.has_unwritten());
    assert_eq!(stage.prints(b"fgh"), []);
    stage.terminal.takes = usize::MAX;
    assert_eq!(stage.pass(), [Effect::Progress(8)]);
    assert_eq!(stage.terminal.got(), "abcdefgh");
}

#[test]
fn what_has_the_keyboard_holds_the_output_and_a_bar_does_not() {
    let mut stage = Stage::live(Show::None);
    stage.over = Overlaid::Keyboard;
    assert_eq!((stage.prints(b"held"), stage.terminal.got()), (vec![], String::new()));
    stage.over = Overlaid::Bar;
    assert_eq!((stage.pass(), stage.terminal.got()), (vec![Effect::Progress(4)], "held".into()));
}

#[test]
fn where_output_is_lost_a_screen_is_asked_for_and_passes_from_there() {
    let mut stage = Stage::live(Show::None);
    stage.session.prints(&vec![b'x'; 4 << 20]);
    assert_eq!(stage.pass(), [Effect::Repaint]);
    assert_eq!((stage.prints(b"more"), stage.terminal.got()), (vec![], String::new()));
    assert_eq!(stage.relay.ground(&stage.terminal), Ground::Awaited);
    stage.relay.replay = Replay::Screen;
    let screen = stage.session.painted(b"now");
    stage.show(&screen);
    assert_eq!(stage.pass(), [Effect::Progress(screen.offset)]);
    assert!(stage.terminal.got().ends_with(std::str::from_utf8(&screen.bytes).unwrap()));
    assert!(stage.relay.is_at(&screen) && stage.relay.ground(&stage.terminal) == Ground::Passed);
    stage.prints(b"!");
    assert_eq!(stage.terminal.got(), "!");
}

#[test]
fn before_the_first_screen_what_was_left_is_undone_and_what_was_missed_scrolls_by() {
    let printed = rows(1..=9);
    for (replay, missed) in [(Replay::Screen, String::new()), (Replay::All, rows(1..=5))] {
        let mut stage = Stage::to(printed.as_bytes(), replay, Show::None);
        assert_eq!((stage.arrive(), stage.pass()), (vec![], vec![]), "the server paints unasked");
        stage.relay.prelude = b"\x1b[?1000l".to_vec();
        let screen = stage.session.painted(printed.as_bytes());
        stage.show(&screen);
        // Without a look at what was missed the server knows already.
        let told = (replay == Replay::All).then_some(Effect::Progress(screen.offset));
        assert_eq!(stage.pass(), Vec::from_iter(told));
        let (got, off) = (stage.terminal.got(), "\r\n\n\n\n");
        let begun = got.strip_suffix(std::str::from_utf8(&screen.bytes).unwrap()).unwrap();
        let begun = begun.strip_prefix(&format!("\x1b[?1000l{off}")).unwrap();
        let scrolled = begun.strip_prefix(std::str::from_utf8(Screen::cleared()).unwrap());
        let scrolled = scrolled.map_or(begun, |rest| rest.strip_suffix(off).unwrap());
        assert_eq!(scrolled, missed);
        // The next one is no first one.
        stage.show(&screen);
        stage.pass();
        assert_eq!(stage.terminal.got().as_bytes(), screen.bytes);
    }
}

#[test]
fn a_session_that_is_over_is_shown_without_the_screen_that_will_never_come() {
    let mut stage = Stage::to(rows(1..=3).as_bytes(), Replay::All, Show::None);
    stage.relay.expect_no_screen(&stage.session).unwrap();
    assert_eq!(stage.pass(), [Effect::Progress(stage.session.written().unwrap())]);
    assert_eq!(stage.terminal.got(), rows(1..=3));
    stage.relay.expect_no_screen(&stage.session).unwrap();
    assert_eq!((stage.pass(), stage.terminal.got()), (vec![], String::new()), "none is awaited");
}

#[test]
fn a_title_of_ours_stands_where_nothing_of_the_program_s_is_open_and_goes_again() {
    let mut stage = Stage::live(Show::Title);
    stage.prints(b"\x1b]2;vim\x1b\\\x1b[3");
    stage.waits_for_somebody(true);
    stage.pass();
    assert_eq!(stage.terminal.got(), "\x1b]2;vim\x1b\\\x1b[3", "a sequence is open");
    stage.prints(b"1m");
    assert_eq!(stage.terminal.got(), "1m\x1b]2;◐ api · vim\x1b\\");
    stage.prints(b"\x1b]2;vi\x1b\\");
    assert_eq!(
        stage.terminal.got(),
        "\x1b]2;vi\x1b\\\x1b]2;◐ api · vi\x1b\\",
        "the program's displaces ours"
    );
    stage.over = Overlaid::Bar;
    stage.waits_for_somebody(false);
    stage.pass();
    assert_eq!(stage.terminal.got(), "", "under a bar nothing changes");
    stage.over = Overlaid::Nothing;
    stage.pass();
    assert_eq!(stage.terminal.got(), "\x1b]2;vi\x1b\\");
    stage.prints(b"\x1b]2;ed\x1b\\");
    assert_eq!(stage.terminal.got(), "\x1b]2;ed\x1b\\", "it is the program's");
}

#[test]
fn a_bell_and_a_notification_tell_of_news_alone() {
    for (show, told) in [(Show::Bell, "\x07"), (Show::Notify, "api waits"), (Show::Bar, "")] {
        let mut stage = Stage::live(show);
        stage.waits_for_somebody(true);
        stage.pass();
        let got = stage.terminal.got();
        assert!(got.contains(told) && got.is_empty() == told.is_empty(), "{show:?} {got:?}");
        stage.waits_for_somebody(true);
        stage.pass();
        assert_eq!(stage.terminal.got(), "", "{show:?}");
    }
}

#[test]
fn a_session_of_another_size_is_drawn_and_passes_again_at_the_same_size() {
    let mut stage = Stage::live(Show::None);
    stage.session.size = (30, 5);
    assert!(!stage.relay.fits(&stage.session, &stage.terminal));
    assert_eq!(stage.relay.fit(&stage.session, &stage.terminal), [Effect::Repaint]);
    assert!(stage.relay.fits(&stage.session, &stage.terminal) && stage.relay.draws());
    assert_eq!(stage.show_part(b"one"), [Effect::Progress(0)]);
    assert_eq!(stage.relay.ground(&stage.terminal), Ground::Drawn);
    stage.pass();
    let mut screen = Screen::new(20, 5);
    screen.feed(stage.terminal.got().as_bytes()).unwrap();
    assert!(screen.text()[0].starts_with("one"), "{:?}", screen.text());

    // Output goes into the model, and is drawn when that is due.
    assert_eq!(stage.prints(b" two"), []);
    let due = stage.relay.due().unwrap();
    assert!(stage.terminal.got().is_empty() && due > Instant::now());
    stage.relay.draw_now(Instant::now());
    assert_eq!(stage.pass(), [Effect::Progress(4)]);
    screen.feed(stage.terminal.got().as_bytes()).unwrap();
    assert!(screen.text()[0].starts_with("one two"), "{:?}", screen.text());

    stage.session.size = (20, 5);
    assert_eq!(stage.relay.fit(&stage.session, &stage.terminal), [Effect::Repaint]);
    assert!(!stage.relay.draws() && stage.relay.due().is_none());
}

#[test]
fn what_is_drawn_rests_under_what_has_the_keyboard() {
    let mut stage = Stage::to(b"", Replay::None, Show::None);
    stage.session.size = (30, 5);
    assert_eq!(stage.arrive(), [Effect::Repaint]);
    stage.show_part(b"one");
    stage.pass();
    stage.terminal.got();
    stage.over = Overlaid::Keyboard;
    stage.session.prints(b" two");
    stage.relay.draw_now(Instant::now());
    assert_eq!(stage.pass(), [Effect::Progress(4)], "the program is not held back");
    assert_eq!((stage.terminal.got(), stage.relay.due()), (String::new(), None));
    stage.over = Overlaid::Nothing;
    stage.relay.put_back(Under::Drawn, &stage.session, &mut stage.terminal).unwrap();
    stage.pass();
    let mut screen = Screen::new(20, 5);
    screen.feed(stage.terminal.got().as_bytes()).unwrap();
    assert!(screen.text()[0].starts_with("one two"), "{:?}", screen.text());
}

#[test]
fn what_was_under_a_layer_comes_back_with_what_has_scrolled_off_meanwhile() {
    let mut stage = Stage::live(Show::None);
    stage.prints(rows(1..=4).as_bytes());
    let first = stage.session.painted(rows(1..=4).as_bytes());
    stage.over = Overlaid::Keyboard;
    stage.prints(rows(5..=9).as_bytes());
    let last = stage.session.painted(rows(1..=9).as_bytes());
    stage.terminal.got();
    stage.over = Overlaid::Nothing;
    for (under, scrolls) in
        [(Under::Same(first.clone()), false), (Under::Newer(first.clone(), last.clone()), true)]
    {
        let shown = if scrolls { &last } else { &first };
        stage.relay.put_back(under, &stage.session, &mut stage.terminal).unwrap();
        stage.relay.write_now(&mut stage.terminal).unwrap();
        let got = stage.terminal.got();
        assert!(got.ends_with(std::str::from_utf8(&shown.bytes).unwrap()));
        assert_eq!(got.contains(&rows(1..=5)), scrolls, "{got:?}");
        assert_eq!(stage.relay.output.taken(), shown.offset);
    }
}

#[test]
fn a_plain_terminal_gets_text() {
    let mut stage = Stage::to(b"", Replay::Screen, Show::None);
    (stage.terminal.plain, stage.session.size) = (true, (99, 99));
    assert_eq!(stage.arrive(), [Effect::Repaint]);
    assert!(!stage.relay.draws() && stage.relay.ground(&stage.terminal) == Ground::Plain);
    let lines = ["one", "", "two", ""].map(str::to_owned).to_vec();
    stage.relay.show_text(&ScreenReply { lines, ..ScreenReply::default() });
    stage.pass();
    assert_eq!(stage.terminal.got(), "\r\none\r\n\r\ntwo");
    stage.relay.put_back(Under::Line, &stage.session, &mut stage.terminal).unwrap();
    assert_eq!(stage.terminal.got(), "\r\n");
}

#[test]
fn another_session_begins_with_nothing_of_the_one_before() {
    let mut stage = Stage::live(Show::Title);
    stage.waits_for_somebody(true);
    stage.pass();
    stage.terminal.takes = 0;
    stage.prints(b"never seen");
    stage.terminal.takes = usize::MAX;
    stage.terminal.got();
    let welcome = Welcome { written: stage.session.written().unwrap(), ..Welcome::default() };
    stage.relay.replay = Replay::Screen;
    stage.relay.switch(&welcome, b"\x1b[?1000l".to_vec());
    assert!(!stage.relay.has_unwritten() && !stage.relay.has_more());
    let screen = stage.session.painted(b"other");
    stage.show(&screen);
    stage.pass();
    let got = stage.terminal.got();
    assert!(
        got.starts_with("\x1b[?1000l") && got.contains("other") && got.ends_with("◐ api\x1b\\"),
        "{got:?}"
    );
}

#[test]
fn what_is_drawn_is_not_held_up_for_long_by_a_flood() {
    let mut stage = Stage::to(b"", Replay::None, Show::None);
    stage.session.size = (30, 5);
    stage.arrive();
    stage.show_part(b"");
    stage.pass();
    stage.terminal.got();
    stage.session.prints(&vec![b'x'; 2 * BURST]);
    stage.relay.draw_now(Instant::now());
    assert!(stage.pass().is_empty() && stage.relay.has_more(), "there is more, and time");
    stage.relay.draw_now(Instant::now() - Duration::from_secs(1));
    assert!(!stage.pass().is_empty() && !stage.relay.has_more());
    assert!(stage.terminal.got().contains("xxxx"));
}
