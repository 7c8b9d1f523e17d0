//! Who reads the terminal, and for how long its clock has stood still.

use std::time::Duration;

use crate::constants::{GONE, GONE_ENTERED, STILL, STOPPED, UNREAD, WRITING};
use crate::facts::{KernelSnapshot, Reader};

/// The reader that is best known.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    pub(crate) best: Option<(Reader, Duration)>,
    nobody: Option<Duration>,
    stopped: Option<Duration>,
    writing: Option<Duration>,
    unread: Option<Duration>,
    /// The longest time after which a clock was to wake the program.
    round: Option<Duration>,
}

impl Readers {
    /// Takes a look in.
    pub(crate) fn note(&mut self, at: Duration, snapshot: &KernelSnapshot) {
        let best = snapshot.readers.first();
        let same = |(old, _): &&(Reader, Duration)| {
            best.is_some_and(|new| (new.pid, new.tid, new.ran) == (old.pid, old.tid, old.ran))
        };
        let since = self.best.as_ref().filter(same).map_or(at, |(_, since)| *since);
        self.best = best.map(|best| (best.clone(), since));
        let clock = best.and_then(|best| best.clock).map(Duration::from_millis);
        self.round = self.round.max(clock);
        keep(&mut self.nobody, best.is_none(), at);
        keep(&mut self.stopped, snapshot.stopped, at);
        keep(&mut self.writing, snapshot.writing, at);
        keep(&mut self.unread, snapshot.unread.is_some_and(|bytes| bytes > 0), at);
    }

    /// Another program came to the front.
    pub(crate) fn new_program(&mut self) {
        self.round = None;
    }

    /// Within this time a clock wakes the program, if one does.
    pub(crate) fn round(&self) -> Option<Duration> {
        self.round
    }

    /// The reader, and how long its clock has stood still.
    pub(crate) fn best(&self, now: Duration) -> Option<(&Reader, Duration)> {
        self.best.as_ref().map(|(reader, since)| (reader, now.saturating_sub(*since)))
    }

    /// Nobody has read for so long.
    pub(crate) fn nobody(&self, now: Duration) -> Option<Duration> {
        self.nobody.map(|since| now.saturating_sub(since))
    }

    /// All in front have been stopped for long enough to mean something.
    pub(crate) fn stopped(&self, now: Duration) -> bool {
        self.stopped.is_some_and(|since| now.saturating_sub(since) >= STOPPED)
    }

    /// A write to the terminal has been blocked for so long.
    pub(crate) fn writing(&self, now: Duration) -> Option<Duration> {
        self.writing.map(|since| now.saturating_sub(since))
    }

    /// What was typed has not been read for long enough to mean something.
    pub(crate) fn unread(&self, now: Duration) -> bool {
        self.unread.is_some_and(|since| now.saturating_sub(since) >= UNREAD)
    }

    /// When time alone changes what holds.
    pub(crate) fn moments(&self) -> [Option<Duration>; 6] {
        let still = self.best.as_ref().map(|(_, since)| *since + STILL);
        [
            still,
            self.nobody.map(|s| s + GONE_ENTERED),
            self.nobody.map(|s| s + GONE),
            self.stopped.map(|s| s + STOPPED),
            self.writing.map(|s| s + WRITING),
            self.unread.map(|s| s + UNREAD),
        ]
    }
}

/// Since when something holds.
fn keep(since: &mut Option<Duration>, holds: bool, at: Duration) {
    *since = if holds { since.or(Some(at)) } else { None };
}
