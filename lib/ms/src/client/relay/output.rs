//! What waits to be written to the terminal, and how far the session's output has come.

use super::super::paint::Paint;
use super::{Sink, Source};
use msession::format::error::{Error, Result};

/// Bytes of output that are read at a time.
const READ: usize = 64 << 10;

/// Whether the terminal shows the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A screen was asked for: until it comes the ring is left alone.
    Waiting,
    /// Output passes.
    Live,
}

/// What waits to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Output as it is.
    Output,
    /// A screen, and with it all output up to its offset.
    Screen,
    /// A part of what the session shows.
    Drawing,
}

/// The way of the output to the terminal.
#[derive(Debug)]
pub(super) struct Output {
    queue: Vec<u8>,
    sent: usize,
    /// What the queue holds.
    holds: Holds,
    /// Output up to this offset is in the queue or was written.
    taken: u64,
    /// What the server was told last.
    told: u64,
    /// Whether output passes.
    pub(super) phase: Phase,
}

impl Output {
    /// Nothing was shown yet of the output from `from` on.
    pub(super) fn new(from: u64, phase: Phase) -> Output {
        Output { queue: Vec::new(), sent: 0, holds: Holds::Output, taken: from, told: from, phase }
    }

    /// Whether all that was queued is written.
    pub(super) fn is_empty(&self) -> bool {
        self.sent == self.queue.len()
    }

    /// The offset after what was taken from the ring.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Writes what the terminal takes; whether all is written.
    ///
    /// # Errors
    /// What kept the terminal from being written to.
    pub(super) fn write_to(&mut self, terminal: &mut impl Sink) -> Result<bool> {
        while !self.is_empty() {
            match terminal.write(&self.queue[self.sent..]) {
                Ok(0) => return Ok(false),
                Ok(count) => self.sent += count,
                Err(errno) => return Err(Error::errno("terminal")(errno)),
            }
        }
        Ok(true)
    }

    /// Writes all of it, as far as the terminal takes it in time.
    ///
    /// # Errors
    /// What kept the terminal from being written to.
    pub(super) fn write_now(&mut self, terminal: &mut impl Sink) -> Result<()> {
        while !self.write_to(terminal)? && terminal.wait() {}
        Ok(())
    }

    /// Takes output from the ring into the empty queue; how many bytes, none if some are lost.
    ///
    /// # Errors
    /// What kept the ring from being read.
    pub(super) fn fetch(&mut self, session: &mut impl Source) -> Result<Option<usize>> {
        let chunk = session.read(self.taken, READ, &mut self.queue)?;
        (self.sent, self.holds) = (0, Holds::Output);
        if chunk.gap > 0 {
            self.queue.clear();
            return Ok(None);
        }
        self.taken = chunk.offset + self.queue.len() as u64;
        Ok(Some(self.queue.len()))
    }

    /// Has a screen written instead of all that is queued; output passes from there on.
    pub(super) fn show(&mut self, bytes: Vec<u8>, offset: u64) {
        (self.queue, self.sent, self.holds) = (bytes, 0, Holds::Screen);
        (self.taken, self.phase) = (offset, Phase::Live);
    }

    /// Has a drawing written instead of all that is queued; what scrolls off meanwhile counts as not shown.
    pub(super) fn draw(&mut self, bytes: Vec<u8>) {
        (self.queue, self.sent, self.holds) = (bytes, 0, Holds::Drawing);
        self.phase = Phase::Live;
    }

    /// Drops what is queued until a screen comes.
    pub(super) fn wait_for_screen(&mut self) {
        self.taken = self.shown();
        self.queue.clear();
        (self.sent, self.holds, self.phase) = (0, Holds::Output, Phase::Waiting);
    }

    /// The offset up to which the terminal was given the output, once that is more than the server knows.
    pub(super) fn progress(&mut self) -> Option<u64> {
        let shown = self.shown();
        let news = shown > self.told;
        self.told = self.told.max(shown);
        news.then_some(shown)
    }

    /// Whether the terminal shows exactly what this screen shows.
    pub(super) fn is_at(&self, paint: &Paint) -> bool {
        self.phase == Phase::Live && self.is_empty() && self.taken == paint.offset
    }

    fn shown(&self) -> u64 {
        match ((self.queue.len() - self.sent) as u64, self.holds) {
            (0, _) | (_, Holds::Drawing) => self.taken,
            (left, Holds::Output) => self.taken - left,
            (_, Holds::Screen) => self.told,
        }
    }
}
