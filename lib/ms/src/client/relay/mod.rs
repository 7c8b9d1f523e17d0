//! The way from the ring to the terminal: output as it is, a screen when one is due, on a terminal of another
//! size the part that it has room for, and what of our own may stand between. It reads the session's output and
//! writes to the terminal; what the server is to be told of that it returns. It knows no keys, and of what lies
//! over the screen only that something does.
//!
//! - `output`: what waits to be written, and how far the output has come
//! - `crop`: drawing a session whose terminal has another size
//! - `screens`: a screen that came, and what stands before it
//! - `aside`: titles and notifications of our own
//! - `ends`: what it knows of session and terminal

mod aside;
mod crop;
mod ends;
mod output;
mod screens;
#[cfg(test)]
mod tests;

use std::time::Instant;

use self::aside::Aside;
use self::crop::Crop;
pub(super) use self::ends::{Sink, Source};
use self::output::{Output, Phase};
use super::Replay;
use super::indicator::Indicator;
use super::overlay::{Ground, Overlaid};
use super::paint::Paint;
use msession::format::config::Show;
use msession::format::error::Result;
use msession::format::frame::Welcome;

/// Columns and rows.
type Size = (u16, u16);

/// Bytes that pass before keys are looked at again.
const BURST: usize = 256 << 10;
/// Bytes that the model is fed at a time.
const READ: usize = 64 << 10;
/// More than this at once is no echo of a key.
const ECHO: usize = 4 << 10;

/// What the server is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The screen is asked for.
    Repaint,
    /// The terminal was given the output up to here.
    Progress(u64),
}

/// The way to the terminal, and what waits on it.
#[derive(Debug)]
pub(super) struct Relay {
    output: Output,
    /// The session's terminal has another size than the person's.
    crop: Option<Crop>,
    aside: Aside,
    /// What is shown when a session is come to.
    replay: Replay,
    /// The terminal shows something that is not the session's, as at the start.
    fresh: bool,
    /// What is to be written before the next screen.
    prelude: Vec<u8>,
    /// More output is there than one turn passes.
    more: bool,
}

impl Relay {
    /// Begins on a session, with nothing shown of it yet.
    pub(super) fn new(welcome: &Welcome, replay: Replay, show: Show) -> Relay {
        Relay {
            output: first_output(welcome, replay),
            crop: None,
            aside: Aside::new(show),
            replay,
            fresh: true,
            prelude: Vec::new(),
            more: false,
        }
    }

    /// Goes over to another session. `prelude` undoes what the one that is left has switched on.
    pub(super) fn switch(&mut self, welcome: &Welcome, prelude: Vec<u8>) {
        self.output = first_output(welcome, self.replay);
        self.prelude = prelude;
        self.aside.forget_title();
        self.crop = None;
        self.more = false;
    }

    /// The terminal is on the session: asks for what its first screen needs.
    pub(super) fn arrive(&mut self, session: &impl Source, terminal: &impl Sink) -> Vec<Effect> {
        self.crop = needs_crop(session, terminal).then(|| Crop::new(session.size()));
        match self.output.phase {
            Phase::Waiting if terminal.is_plain() => vec![Effect::Repaint],
            Phase::Live if self.crop.is_some() => self.wait_for_screen(),
            _ => Vec::new(),
        }
    }

    /// Something else may have had the terminal: what it shows is not the session's.
    pub(super) fn forget_shown(&mut self) {
        self.fresh = true;
    }

    /// Whether there is more to pass than the last turn did.
    pub(super) fn has_more(&self) -> bool {
        self.more
    }

    /// Whether something is queued that the terminal has not taken.
    pub(super) fn has_unwritten(&self) -> bool {
        !self.output.is_empty()
    }

    /// When it is to be called again though nothing has happened.
    pub(super) fn due(&self) -> Option<Instant> {
        self.crop.as_ref().filter(|_| self.output.is_empty()).and_then(Crop::due)
    }

    /// How the screen is under what comes over it.
    pub(super) fn ground(&self, terminal: &impl Sink) -> Ground {
        match self.output.phase {
            _ if terminal.is_plain() => Ground::Plain,
            Phase::Waiting => Ground::Awaited,
            Phase::Live if self.crop.is_some() => Ground::Drawn,
            Phase::Live => Ground::Passed,
        }
    }

    /// Whether the session is drawn here, and shows the alternate screen; none where its output passes.
    pub(super) fn drawn_on_alternate(&self) -> Option<bool> {
        self.crop.as_ref().map(Crop::on_alternate)
    }

    /// Whether the session is drawn here.
    pub(super) fn draws(&self) -> bool {
        self.crop.is_some()
    }

    /// Whether the terminal shows exactly what this screen shows.
    pub(super) fn is_at(&self, paint: &Paint) -> bool {
        self.output.is_at(paint)
    }

    /// Tells of sessions that wait, in the way that was asked for, once there is a place for it.
    pub(super) fn tell(&mut self, waits: &Indicator, news: bool) {
        self.aside.tell(waits, news);
    }

    /// Writes what there is to write, up to a burst.
    ///
    /// # Errors
    /// What kept the ring from being read or the terminal from being written to.
    pub(super) fn pass(
        &mut self,
        (session, terminal): (&mut impl Source, &mut impl Sink),
        over: Overlaid,
        waits: &Indicator,
    ) -> Result<Vec<Effect>> {
        self.more = false;
        if self.crop.is_some() {
            return self.pass_drawn((session, terminal), over, waits);
        }
        let (mut passed, mut last, mut effects) = (0, 0, Vec::new());
        while self.output.write_to(terminal)? {
            self.write_aside(terminal, over, waits);
            // In a flood there is more by now than the server has told of.
            let expected = last >= ECHO || session.has_told_of(self.output.taken());
            if !expected || self.output.phase != Phase::Live || over == Overlaid::Keyboard {
                break;
            }
            if passed >= BURST {
                self.more = true;
                break;
            }
            match self.output.fetch(session)? {
                Some(0) => break,
                Some(count) => (passed, last) = (passed + count, count),
                None => effects.extend(self.wait_for_screen()),
            }
        }
        if let Some(offset) = self.output.progress() {
            show_first(passed);
            effects.push(Effect::Progress(offset));
        }
        Ok(effects)
    }

    /// Writes all that is queued, as far as the terminal takes it in time.
    ///
    /// # Errors
    /// What kept the terminal from being written to.
    pub(super) fn write_now(&mut self, terminal: &mut impl Sink) -> Result<()> {
        self.output.write_now(terminal)
    }

    /// Draws what the session shows, if that is due.
    fn pass_drawn(
        &mut self,
        (session, terminal): (&mut impl Source, &mut impl Sink),
        over: Overlaid,
        waits: &Indicator,
    ) -> Result<Vec<Effect>> {
        if !self.output.write_to(terminal)? {
            return Ok(Vec::new());
        }
        self.write_aside(terminal, over, waits);
        let now = Instant::now();
        let due = self.crop.as_ref().and_then(Crop::due).is_some_and(|due| due <= now);
        if !due || self.output.phase != Phase::Live {
            return Ok(Vec::new());
        }
        let effects = self.take_for_model(session, now)?;
        if !self.more && self.output.phase == Phase::Live {
            self.draw(terminal, over, now);
            self.output.write_to(terminal)?;
        }
        Ok(effects)
    }

    /// Takes output for the model, up to a burst.
    fn take_for_model(&mut self, session: &mut impl Source, now: Instant) -> Result<Vec<Effect>> {
        let (mut taken, mut bytes) = (0, Vec::new());
        let Some(crop) = &mut self.crop else { return Ok(Vec::new()) };
        while let Some(from) = crop.fed() {
            if session.read(from, READ, &mut bytes)?.gap > 0 {
                return Ok(self.wait_for_screen());
            }
            crop.feed(&bytes);
            taken += bytes.len();
            if bytes.is_empty() || taken >= BURST {
                break;
            }
        }
        self.more = !bytes.is_empty() && !crop.is_late(now);
        Ok(crop.fed().filter(|_| !self.more).map(Effect::Progress).into_iter().collect())
    }

    /// Draws the part of the session's screen that the terminal has room for; under what has the keyboard once
    /// that goes.
    fn draw(&mut self, terminal: &impl Sink, over: Overlaid, now: Instant) {
        let Some(crop) = &mut self.crop else { return };
        match over {
            Overlaid::Keyboard => crop.rest(now),
            _ => self.output.draw(crop.draw(now, terminal.size())),
        }
    }

    /// Draws what is due without a look at newer output: something is about to be drawn over it.
    pub(super) fn draw_if_due(&mut self, terminal: &mut impl Sink, over: Overlaid) {
        if self.crop.as_ref().is_some_and(|crop| crop.due().is_some()) {
            self.draw(terminal, over, Instant::now());
        }
        // A terminal that takes nothing is heard of when it is written to.
        let _ = self.output.write_now(terminal);
    }

    /// Has what is drawn of the session drawn at once.
    pub(super) fn draw_now(&mut self, now: Instant) {
        self.crop.iter_mut().for_each(|crop| crop.draw_now(now));
    }

    /// Has all that is drawn of the session drawn again: the terminal may show anything.
    pub(super) fn draw_anew(&mut self, now: Instant) {
        self.crop.iter_mut().for_each(Crop::forget_drawn);
        self.draw_now(now);
    }

    /// There is output: it is drawn before long. False where output passes.
    pub(super) fn draw_soon(&mut self, now: Instant) -> bool {
        self.crop.iter_mut().for_each(|crop| crop.draw_soon(now));
        self.crop.is_some()
    }

    /// Whether the session is shown as the sizes of both terminals have it.
    pub(super) fn fits(&self, session: &impl Source, terminal: &impl Sink) -> bool {
        match (&self.crop, needs_crop(session, terminal)) {
            (Some(crop), true) => crop.size() == session.size(),
            (crop, needed) => crop.is_some() == needed,
        }
    }

    /// A terminal has another size: the session is drawn if the sizes differ, else its output passes.
    pub(super) fn fit(&mut self, session: &impl Source, terminal: &impl Sink) -> Vec<Effect> {
        if !needs_crop(session, terminal) {
            self.crop = None;
        } else if self.crop.is_none() {
            self.crop = Some(Crop::new(session.size()));
        }
        self.wait_for_screen()
    }

    /// Has the screen painted anew; until it comes output waits.
    pub(super) fn wait_for_screen(&mut self) -> Vec<Effect> {
        self.output.wait_for_screen();
        self.crop.iter_mut().for_each(Crop::forget_drawn);
        vec![Effect::Repaint]
    }

    /// Writes what is ours beside the program's output, where nothing of the program's is open.
    fn write_aside(&mut self, terminal: &mut impl Sink, over: Overlaid, waits: &Indicator) {
        self.aside.note_title(terminal.modes());
        if over != Overlaid::Nothing || !self.output.is_empty() || !terminal.modes().at_ground() {
            return;
        }
        let bytes = self.aside.take(waits, terminal.modes());
        if !bytes.is_empty() {
            terminal.write_aside(&bytes);
        }
    }
}

/// Where the output begins that a person has not seen.
fn first_output(welcome: &Welcome, replay: Replay) -> Output {
    match replay {
        Replay::None => Output::new(welcome.written, Phase::Live),
        Replay::All => Output::new(0, Phase::Waiting),
        Replay::Missed => Output::new(welcome.seen, Phase::Waiting),
        Replay::Screen => Output::new(welcome.written, Phase::Waiting),
    }
}

/// Whether the session's terminal has another size than the person's.
fn needs_crop(session: &impl Source, terminal: &impl Sink) -> bool {
    !terminal.is_plain() && Crop::is_needed(terminal.size(), session.size())
}

/// What was just written may be the echo of a key: the person's terminal gets it before the server is
/// woken to hear of it, which would take the processor.
fn show_first(passed: usize) {
    if passed < ECHO {
        let _ = nix::sched::sched_yield();
    }
}
