//! What was printed while nobody looked, for the scrollback: the rows that have scrolled off the screen
//! since, and only those, so that they end where the screen begins that is painted next. A terminal model is
//! fed to tell; it begins some way before the stretch, so that it knows the screen there.

use std::ops::Range;

use ms_terminal::scan::{EventKind, Scanner};
use ms_terminal::screen::replay::safe_start;
use ms_terminal::screen::{Gone, Most, Screen};
use msession::format::error::Result;
use msession::format::size;
use msession::store::ring::{self, SizeMark};

/// How much of what was missed is looked through, in bytes.
pub(crate) const MAX_BYTES: u64 = 1 << 20;
/// And how much of it is shown.
const MISSED: Most = Most { rows: 5000, bytes: 4 << 20 };
/// How much is shown of all that is kept.
const ALL: Most = Most { rows: usize::MAX, bytes: 256 << 20 };
/// So many bytes before the stretch tell what was on the screen at its beginning.
const LOOK_BACK: u64 = 64 << 10;
/// Bytes that are read at a time.
const READ: usize = 256 << 10;

/// A stretch of output, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Its first offset.
    pub(crate) from: u64,
    /// The offset after it.
    pub(crate) to: u64,
    /// The alternate screen is shown at its end.
    pub(crate) alternate: bool,
    /// What was on the screen at its beginning is not wanted again.
    pub(crate) seen: bool,
    /// No screen will be painted after it: what is on it is wanted as well.
    pub(crate) last: bool,
    /// Without a bound.
    pub(crate) all: bool,
}

/// Bytes that print what has scrolled off in the stretch, with a line before it that says what is missing.
/// They begin on the terminal's primary screen, and end at the beginning of a row.
///
/// # Errors
/// What kept the ring from being read.
pub(crate) fn missed(ring: &ring::Reader, stretch: Stretch, name: &str) -> Result<Vec<u8>> {
    let floor = ring.snapshot()?.floor;
    let bound = if stretch.all { 0 } else { stretch.to.saturating_sub(MAX_BYTES) };
    let from = stretch.from.max(bound);
    let mut reel = Reel::new(ring, from.saturating_sub(LOOK_BACK).max(floor), stretch)?;
    reel.play(from.max(floor))?;
    let gone = if stretch.last { reel.screen.take_all() } else { reel.screen.take_past() };
    let lost = reel.lost + floor.saturating_sub(stretch.from);
    let mut out = Vec::with_capacity(gone.bytes.len() + 100);
    note(&gone, lost, from - stretch.from, name, &mut out);
    out.extend(gone.bytes);
    Ok(out)
}

/// What the program wrote as lines of text with their looks, for a pager.
///
/// # Errors
/// What kept the ring from being read.
pub(crate) fn text(ring: &ring::Reader, stretch: Stretch) -> Result<Vec<u8>> {
    let mut text = missed(ring, stretch, "")?;
    text.retain(|byte| *byte != b'\r');
    Ok(text)
}

/// The line that stands for so many bytes of output that nobody has any more, without its end.
pub(super) fn gone_for_good(lost: u64) -> String {
    format!("[msswitch: {} of earlier output are gone]", size::show(lost))
}

/// One line for what the ring no longer has, else one for what is too much. What the program erased is not
/// missing.
fn note(gone: &Gone, lost: u64, skipped: u64, name: &str, out: &mut Vec<u8>) {
    let much = match (gone.dropped, lost, skipped) {
        (1.., ..) => format!("{} lines", gone.dropped),
        _ if gone.erased => return,
        (0, 1.., _) => return out.extend_from_slice(format!("{}\r\n", gone_for_good(lost)).as_bytes()),
        (0, 0, 1..) => size::show(skipped),
        (0, 0, 0) => return,
    };
    let text = format!("[msswitch: {much} of earlier output are not shown; msbuf {name} has them]\r\n");
    out.extend_from_slice(text.as_bytes());
}

/// Output on its way through a terminal model of the sizes that it was written for.
struct Reel<'a> {
    ring: &'a ring::Reader,
    stretch: Stretch,
    screen: Screen,
    at: u64,
    sizes: std::vec::IntoIter<SizeMark>,
    /// What comes next may be the end of something whose beginning is not there.
    cut_off: bool,
    lost: u64,
}

impl Reel<'_> {
    fn new(ring: &ring::Reader, at: u64, stretch: Stretch) -> Result<Reel<'_>> {
        let mut sizes = ring.size_marks()?;
        let later = sizes.split_off(sizes.partition_point(|mark| mark.offset <= at));
        let (cols, rows) = sizes.last().or(later.first()).map_or((80, 24), |mark| (mark.cols, mark.rows));
        let sizes = later.into_iter();
        let screen = Screen::new(cols, rows);
        let mut reel = Reel { ring, stretch, screen, at, sizes, cut_off: at > 0, lost: 0 };
        if at > 0 && reel.began_on_alternate()? {
            let _ = reel.screen.feed(b"\x1b[?1049h");
        }
        Ok(reel)
    }

    /// Whether the first switch between the screens is one back from the alternate screen, or there is none
    /// and it is shown at the end.
    fn began_on_alternate(&self) -> Result<bool> {
        let (mut scanner, mut first, mut at, mut piece) = (Scanner::new(), None, self.at, Vec::new());
        while first.is_none() && at < self.stretch.to {
            at = self.ring.read(at, READ, &mut piece)?.offset + piece.len() as u64;
            if piece.is_empty() {
                break;
            }
            scanner.feed(&piece, &mut |event| {
                if let EventKind::AltScreen(on) = event.what {
                    first.get_or_insert(on);
                }
            });
        }
        Ok(first.map_or(self.stretch.alternate, |on| !on))
    }

    /// Shows the model what is before `from`, then keeps what scrolls off up to the stretch's end.
    fn play(&mut self, from: u64) -> Result<()> {
        self.show(self.at..from)?;
        let most = if self.stretch.all { ALL } else { MISSED };
        self.screen.keep_past(most, self.stretch.seen);
        self.show(from..self.stretch.to)?;
        self.resize(self.stretch.to);
        Ok(())
    }

    fn show(&mut self, range: Range<u64>) -> Result<()> {
        let mut piece = Vec::new();
        while self.at < range.end {
            let chunk = self.ring.read(self.at, READ.min((range.end - self.at) as usize), &mut piece)?;
            if piece.is_empty() {
                break;
            }
            if chunk.gap > 0 {
                // What was read before the gap is older than what is gone.
                self.lost += chunk.gap + self.at.saturating_sub(range.start);
                self.screen = Screen::new(self.screen.cols(), self.screen.rows());
                self.screen.keep_past(MISSED, false);
                self.cut_off = true;
            }
            let over = (chunk.offset + piece.len() as u64).saturating_sub(range.end) as usize;
            piece.truncate(piece.len().saturating_sub(over));
            self.feed(chunk.offset, &piece);
        }
        Ok(())
    }

    fn feed(&mut self, offset: u64, bytes: &[u8]) {
        let skip = if std::mem::take(&mut self.cut_off) { safe_start(bytes) } else { 0 };
        let (mut offset, mut bytes) = (offset + skip as u64, &bytes[skip..]);
        self.at = offset + bytes.len() as u64;
        while !bytes.is_empty() {
            self.resize(offset);
            let next = self.sizes.as_slice().first().map_or(u64::MAX, |mark| mark.offset);
            let (now, rest) = bytes.split_at(bytes.len().min((next - offset) as usize));
            // Where the model fails it is as new, and goes on with what comes.
            let _ = self.screen.feed(now);
            (offset, bytes) = (offset + now.len() as u64, rest);
        }
    }

    /// Has the sizes that the terminal was given up to there.
    fn resize(&mut self, offset: u64) {
        while let Some(mark) = self.sizes.as_slice().first().copied().filter(|mark| mark.offset <= offset) {
            self.sizes.next();
            let _ = self.screen.resize(mark.cols, mark.rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_platform::time::Time;

    fn ring_with(bytes: &[u8], capacity: u64) -> ring::Reader {
        let tmp = tempfile::NamedTempFile::new().unwrap();
        let file = tmp.reopen().unwrap();
        let mut writer = ring::Writer::create(file, capacity, 80, 24, Time(0)).unwrap();
        bytes.chunks(1000).for_each(|piece| writer.append_at(piece, Time(1)));
        ring::Reader::open(tmp.reopen().unwrap()).unwrap()
    }

    fn stretch(from: u64, to: usize) -> Stretch {
        Stretch { from, to: to as u64, alternate: false, seen: false, last: true, all: false }
    }

    fn text(bytes: &[u8], stretch: Stretch, capacity: u64) -> String {
        let out = missed(&ring_with(bytes, capacity), stretch, "build").unwrap();
        String::from_utf8(out).unwrap()
    }

    fn rows(count: usize) -> String {
        (1..=count).map(|n| format!("row {n}\r\n")).collect()
    }

    #[test]
    fn what_scrolled_off_ends_where_the_screen_begins() {
        let bytes = rows(60);
        let only = Stretch { last: false, ..stretch(0, bytes.len()) };
        assert_eq!(
            text(bytes.as_bytes(), only, 1 << 20),
            rows(37),
            "37 to 60 and a cursor are on the screen"
        );
        // Of what was on the screen at its beginning nothing comes twice.
        let seen = rows(30).len() as u64;
        let rest = text(bytes.as_bytes(), Stretch { from: seen, seen: true, ..only }, 1 << 20);
        assert_eq!(rest, rows(37)[rows(30).len()..]);
        let again = text(bytes.as_bytes(), Stretch { from: seen, ..only }, 1 << 20);
        assert_eq!(again, rows(37)[rows(7).len()..], "what was on the screen then, and is not now");
    }

    #[test]
    fn what_acts_is_not_there() {
        let text = text(b"one\r\n\x07two\x1b[6n\r\n\x1b]52;c;eA==\x07three\r\n", stretch(0, 35), 1 << 20);
        assert_eq!(text, "one\r\ntwo\r\nthree\r\n");
    }

    #[test]
    fn what_was_erased_is_gone_and_not_missing() {
        for erase in ["\x1b[H\x1b[2J\x1b[3J", "\x1bc"] {
            let bytes = format!("{}{erase}{}", rows(20_000), rows(60));
            let shown = text(bytes.as_bytes(), stretch(0, bytes.len()), 1 << 20);
            assert_eq!(shown, rows(60), "{erase:?}");
        }
        let bytes = format!("{}\x1b[3J", rows(60));
        let shown = text(bytes.as_bytes(), Stretch { last: false, ..stretch(0, bytes.len()) }, 1 << 20);
        assert_eq!(shown, "");
    }

    #[test]
    fn what_is_redrawn_in_place_is_there_once() {
        let frame = |n: usize| format!("\r\x1b[J+----+\r\n| {n:2} |\r\n+----+\x1b[2A");
        let bytes: String = (0..50).map(|n| format!("\r\x1b[Jsaid {n}\r\n{}", frame(n))).collect();
        let shown = text(bytes.as_bytes(), stretch(0, bytes.len()), 1 << 20);
        assert_eq!(shown.matches("+----+").count(), 2, "{shown}");
        (0..50).for_each(|n| assert_eq!(shown.matches(&format!("said {n}\r\n")).count(), 1, "{n}"));
    }

    #[test]
    fn the_alternate_screen_scrolls_nothing_off() {
        let bytes = format!("{}\x1b[?1049h{}\x1b[?1049lend\r\n", rows(30), rows(60_000));
        for (from, first) in [(0, "row 1\r\n"), (bytes.len() as u64 - 300_000, "row 8")] {
            let shown = text(bytes.as_bytes(), stretch(from, bytes.len()), 4 << 20);
            assert!(shown.ends_with("end\r\n") && shown.len() < 300, "{from}: {shown}");
            assert_eq!(shown.starts_with(first), from == 0, "{shown}");
        }
        let inside = Stretch { alternate: true, from: 400_000, ..stretch(0, 450_000) };
        assert_eq!(text(bytes.as_bytes(), inside, 4 << 20), "");
    }

    #[test]
    fn wrapped_lines_and_looks_come_as_they_were() {
        let long = format!("\x1b[1;31m{}\x1b[m|\r\n\x1b[44mblue\x1b[K\x1b[m\r\n", "x".repeat(200));
        let bytes = long.clone() + &rows(40);
        let shown = text(bytes.as_bytes(), Stretch { last: false, ..stretch(0, bytes.len()) }, 1 << 20);
        let mut screens = [Screen::new(80, 30), Screen::new(80, 30)];
        screens[0].feed(format!("{long}{}", rows(17)).as_bytes()).unwrap();
        screens[1].feed(shown.as_bytes()).unwrap();
        assert_eq!(screens[0].state().difference(&screens[1].state()), None, "{shown:?}");
    }

    #[test]
    fn too_much_is_bounded_and_said() {
        let bytes = rows(20_000);
        let shown = text(bytes.as_bytes(), stretch(0, bytes.len()), 1 << 20);
        assert!(shown.starts_with("[msswitch: 15000 lines of earlier output are not shown; msbuf build"));
        assert_eq!(shown.lines().filter(|line| line.starts_with("row")).count(), MISSED.rows);
        assert!(shown.ends_with("row 20000\r\n"));
        let all = text(bytes.as_bytes(), Stretch { all: true, ..stretch(0, bytes.len()) }, 1 << 20);
        assert_eq!(all, bytes);
        // A program that fills rows with a colour and a terminal that is wide make much of little.
        let bytes = "\x1b[44m\x1b[K\n".repeat(100_000);
        let shown = text(bytes.as_bytes(), stretch(0, bytes.len()), 4 << 20);
        assert!(shown.len() < MISSED.rows * 30, "{}", shown.len());
    }

    #[test]
    fn what_is_gone_is_said_with_its_length() {
        let bytes = rows(20_000);
        let shown = text(bytes.as_bytes(), Stretch { all: true, ..stretch(0, bytes.len()) }, 65536);
        let first = shown.lines().next().unwrap();
        assert!(first.contains("of earlier output are gone"), "{first}");
        assert!(shown.lines().nth(1).unwrap().starts_with("row "), "begins at a line");
    }
}
