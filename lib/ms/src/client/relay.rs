//! From the ring to the terminal: output as it is, screens when one is due, and what of our own may
//! stand between: the title.

use std::time::{Duration, Instant};

use super::attached::Paint;
use super::crop::Crop;
use super::output::Phase;
use super::replay::{self, Stretch};
use super::session_loop::Client;
use super::{Replay, overlay};
use ms_terminal::screen::Screen;
use msession::format::config::Show;
use msession::format::error::Result;
use msession::format::frame::ScreenReply;

/// Bytes that pass before keys are looked at again.
const BURST: usize = 256 << 10;
/// Bytes that the model is fed at a time.
const READ: usize = 64 << 10;
/// More than this at once is no echo of a key.
const ECHO: usize = 4 << 10;
/// A session that is over has its last bytes shown within this.
const LAST_BYTES_WITHIN: Duration = Duration::from_secs(3);
/// Rows of a terminal that does not know its size.
const UNKNOWN_ROWS: u16 = 24;

impl Client {
    /// Writes what there is to write, up to a burst.
    pub(super) fn pass(&mut self) -> Result<()> {
        if self.crop.is_some() {
            return self.pass_cropped();
        }
        let (mut passed, mut last) = (0, 0);
        self.more = false;
        while self.output.write_to(&mut self.terminal)? {
            self.write_aside();
            // In a flood there is more by now than the server has told of.
            let expected = last >= ECHO || self.at.has_told_of(self.output.taken());
            if !self.passes() || !expected {
                break;
            }
            if passed >= BURST {
                self.more = true;
                break;
            }
            match self.output.fetch(&mut self.at)? {
                Some(0) => break,
                Some(count) => (passed, last) = (passed + count, count),
                None => self.ask_for_screen(),
            }
        }
        if let Some(offset) = self.output.progress() {
            show_first(passed);
            self.at.progress(offset);
        }
        Ok(())
    }

    /// Draws what the session shows, if that is due.
    fn pass_cropped(&mut self) -> Result<()> {
        self.more = false;
        if !self.output.write_to(&mut self.terminal)? {
            return Ok(());
        }
        self.write_aside();
        let now = Instant::now();
        let due = self.crop.as_ref().and_then(Crop::due).is_some_and(|due| due <= now);
        if due && self.output.phase == Phase::Live && self.take_cropped(now)? {
            self.draw_cropped(now);
            self.output.write_to(&mut self.terminal)?;
        }
        Ok(())
    }

    /// Takes output for the model, up to a burst; whether that is to be drawn now.
    fn take_cropped(&mut self, now: Instant) -> Result<bool> {
        let (mut taken, mut bytes) = (0, Vec::new());
        let Some(crop) = &mut self.crop else { return Ok(false) };
        while let Some(from) = crop.fed() {
            if self.at.read(from, READ, &mut bytes)?.gap > 0 {
                self.ask_for_screen();
                return Ok(false);
            }
            crop.feed(&bytes);
            taken += bytes.len();
            if bytes.is_empty() || taken >= BURST {
                break;
            }
        }
        self.more = !bytes.is_empty() && !crop.is_late(now);
        if let Some(offset) = crop.fed().filter(|_| !self.more) {
            self.at.progress(offset);
        }
        Ok(!self.more)
    }

    /// Draws the part of the session's screen that the terminal has room for; under what has the keyboard once
    /// that goes.
    fn draw_cropped(&mut self, now: Instant) {
        let (size, covered) = (self.terminal.size(), self.overlay.has_keyboard());
        let Some(crop) = &mut self.crop else { return };
        match covered {
            true => crop.rest(now),
            false => self.output.draw(crop.draw(now, size)),
        }
    }

    /// Draws what is due without a look at newer output: something is about to be drawn over it.
    pub(super) fn draw_cropped_if_due(&mut self) {
        if self.crop.as_ref().is_some_and(|crop| crop.due().is_some()) {
            self.draw_cropped(Instant::now());
        }
    }

    /// Whether the session's terminal has another size than this one.
    pub(super) fn needs_crop(&self) -> bool {
        !self.terminal.is_plain() && Crop::is_needed(self.terminal.size(), self.at.size())
    }

    /// The session's terminal has a size: it is drawn here if that is another than this terminal's, else its
    /// output passes.
    pub(super) fn fit(&mut self) -> Result<()> {
        let (needed, size) = (self.needs_crop(), self.at.size());
        let same = match &self.crop {
            Some(crop) => needed && crop.size() == size,
            None => !needed,
        };
        if same {
            return Ok(());
        }
        self.close_bar();
        self.overlay.forget_screens();
        if !needed {
            self.crop = None;
        } else if self.crop.is_none() {
            self.crop = Some(Crop::new(size));
        }
        self.ask_for_screen();
        Ok(())
    }

    /// A screen to draw a part of. What has scrolled off before the first one scrolls by.
    pub(super) fn show_cropped(&mut self, paint: &Paint) -> Result<()> {
        let (now, own, session) = (Instant::now(), self.terminal.size(), self.at.size());
        let covered = self.overlay.is_up() && self.overlay.has_keyboard();
        let before = match self.crop.as_ref().is_some_and(|crop| crop.fed().is_none()) && !covered {
            true => Some(self.before(paint)?),
            false => None,
        };
        self.at.progress(paint.offset);
        let Some(crop) = &mut self.crop else { return Ok(()) };
        crop.begin(session, paint);
        match before {
            Some(mut bytes) => {
                bytes.extend(crop.draw(now, own));
                self.output.show(bytes, paint.offset);
            }
            None if covered => self.output.draw(Vec::new()),
            None => self.output.draw(crop.draw(now, own)),
        }
        (self.fresh, self.title_stale) = (false, self.indicator.show() == Show::Title);
        Ok(())
    }

    /// What comes before a screen: what a session that was left has to have undone, and what was missed.
    fn before(&mut self, paint: &Paint) -> Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut self.prelude);
        if self.fresh {
            self.push_off(&mut bytes);
        }
        if self.options.replay != Replay::Screen && self.output.taken() < paint.offset {
            bytes.extend(self.missed(paint)?);
        }
        Ok(bytes)
    }

    /// Whether output may pass now.
    fn passes(&self) -> bool {
        self.output.phase == Phase::Live && !self.overlay.has_keyboard()
    }

    /// The server has rung: the loop passes output by itself, unless something covers the screen.
    pub(super) fn output_came(&mut self) {
        self.close_bar();
        match &mut self.crop {
            Some(crop) => crop.draw_soon(Instant::now()),
            None => self.overlay.keep_fresh(Instant::now()),
        }
    }

    /// Has the screen painted anew; until it comes output waits.
    pub(super) fn ask_for_screen(&mut self) {
        self.output.wait_for_screen();
        self.crop.iter_mut().for_each(Crop::forget_drawn);
        self.at.repaint(self.terminal.is_plain());
    }

    /// Shows a screen; what was missed before it scrolls by first.
    pub(super) fn show(&mut self, paint: Paint) -> Result<()> {
        let mut bytes = self.before(&paint)?;
        bytes.extend(paint.bytes);
        self.output.show(bytes, paint.offset);
        self.fresh = false;
        self.title_stale = self.indicator.show() == Show::Title;
        Ok(())
    }

    /// Has what is on the screen scroll away, as a painted screen would wipe it out. The cursor is below it.
    fn push_off(&self, bytes: &mut Vec<u8>) {
        let rows = match self.terminal.size().1 {
            0 => UNKNOWN_ROWS,
            rows => rows,
        };
        bytes.push(b'\r');
        bytes.extend(vec![b'\n'; usize::from(rows) - 1]);
    }

    /// What has scrolled off the session's screen since it was shown here. The screen that was shown is wiped
    /// out: what of it has not scrolled off will be painted again.
    fn missed(&self, paint: &Paint) -> Result<Vec<u8>> {
        let from = self.output.taken();
        let all = self.options.replay == Replay::All && from == 0;
        self.scrolled_off(Stretch {
            from,
            to: paint.offset,
            alternate: paint.modes().on_alternate(),
            seen: self.fresh,
            last: false,
            all,
        })
    }

    /// What has scrolled off in a stretch, on its way into the scrollback.
    pub(super) fn scrolled_off(&self, stretch: Stretch) -> Result<Vec<u8>> {
        let rows = replay::missed(self.at.ring(), stretch, self.at.name().as_str())?;
        if rows.is_empty() {
            return Ok(rows);
        }
        let mut bytes = [Screen::cleared(), &rows[..]].concat();
        self.push_off(&mut bytes);
        Ok(bytes)
    }

    /// Shows a screen as text, for a terminal that understands no sequences.
    pub(super) fn show_text(&mut self, screen: &ScreenReply) {
        let last = usize::from(screen.cursor.1)
            .max(screen.lines.iter().rposition(|line| !line.is_empty()).unwrap_or(0));
        let lines: Vec<&str> = screen.lines.iter().take(last + 1).map(String::as_str).collect();
        self.output.show(format!("\r\n{}", lines.join("\r\n")).into_bytes(), screen.offset);
        self.fresh = false;
    }

    /// The end: what is still in the ring is shown.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.close_overlay()?;
        self.at.expect_more();
        let cropped = self.crop.is_some();
        if self.output.phase == Phase::Waiting {
            self.crop = None;
            self.show_unpainted(cropped)?;
        }
        let deadline = Instant::now() + LAST_BYTES_WITHIN;
        while Instant::now() < deadline {
            self.crop.iter_mut().for_each(|crop| crop.draw_now(Instant::now()));
            self.pass()?;
            let stuck = !self.output.is_empty() && !self.terminal.wait();
            if stuck || self.output.is_empty() && !self.more {
                break;
            }
        }
        Ok(())
    }

    /// A screen will never come: what was not seen is shown without one.
    fn show_unpainted(&mut self, cropped: bool) -> Result<()> {
        let to = self.at.ring().snapshot()?.written;
        let from = self.output.taken().min(to);
        let stretch = Stretch { from, to, alternate: false, seen: true, last: true, all: false };
        let mut bytes = if cropped { Screen::cleared().to_vec() } else { Vec::new() };
        bytes.extend(replay::missed(self.at.ring(), stretch, self.at.name().as_str())?);
        self.output.show(bytes, to);
        Ok(())
    }

    /// Tells of sessions that wait, in the way that was asked for.
    pub(super) fn tell_of_waits(&mut self, news: bool) {
        match self.indicator.show() {
            Show::Title => self.title_stale = true,
            Show::Bar if news => self.show_bar(),
            Show::Notify if news => self.aside.extend(self.indicator.notification()),
            Show::Bell if news => self.aside.push(b'\x07'),
            _ => {}
        }
    }

    /// Writes what is ours beside the program's output, where nothing of the program's is open.
    fn write_aside(&mut self) {
        self.note_title();
        if !self.overlay.is_empty() || !self.output.is_empty() || !self.terminal.modes().at_ground() {
            return;
        }
        let mut bytes = std::mem::take(&mut self.aside);
        if std::mem::take(&mut self.title_stale) {
            let ours = self.indicator.label().is_some();
            if ours || self.title_ours {
                bytes.extend(self.indicator.title(self.terminal.modes().title()));
            }
            self.title_ours = ours;
        }
        if !bytes.is_empty() {
            self.terminal.write_aside(&bytes);
        }
    }

    /// A title that the program has set displaces ours.
    fn note_title(&mut self) {
        let set = self.terminal.modes().titles_set();
        self.title_stale |= self.titles_set != set && self.title_ours;
        self.titles_set = set;
    }

    /// Writes what covers the screen over it.
    pub(super) fn draw(&mut self, bytes: &[u8]) {
        let prepared = self.terminal.modes().prepare_overlay();
        self.terminal.write_all(&[&prepared[..], bytes].concat());
    }

    /// Writes the bar over the last row.
    pub(super) fn draw_bar(&mut self, text: &str) {
        let bar = overlay::draw::bar(text, self.terminal.size());
        let abort = self.terminal.modes().abort();
        self.terminal.write_all(&abort);
        self.terminal.write_aside(&bar);
    }
}

/// What was just written may be the echo of a key: the person's terminal gets it before the server is
/// woken to hear of it, which would take the processor.
fn show_first(passed: usize) {
    if passed < ECHO {
        let _ = nix::sched::sched_yield();
    }
}
