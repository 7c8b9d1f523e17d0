//! Who reads the terminal, and for how long its clock has stood still.

use std::collections::VecDeque;
use std::time::Duration;

use crate::constants::{ASKED, CPU_ASKED, GONE, GONE_ENTERED, STILL, STOPPED, UNREAD, WRITING};
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
    /// When the best reader had run for how long: at the looks of a while, the oldest first.
    ran: VecDeque<(Duration, Duration)>,
}

impl Readers {
    /// Takes a look in.
    pub(crate) fn note(&mut self, at: Duration, snapshot: &KernelSnapshot) {
        let best = snapshot.readers.first();
        let same = |(old, _): &&(Reader, Duration)| {
            best.is_some_and(|new| (new.pid, new.tid, new.ran) == (old.pid, old.tid, old.ran))
        };
        let since = self.best.as_ref().filter(same).map_or(at, |(_, since)| *since);
        if let Some(new) = best {
            let other = |(old, _): &(Reader, Duration)| (old.pid, old.tid) != (new.pid, new.tid);
            if self.best.as_ref().is_some_and(other) {
                self.ran.clear();
            }
            while self.ran.get(1).is_some_and(|(seen, _)| *seen + ASKED <= at) {
                self.ran.pop_front();
            }
            self.ran.push_back((at, Duration::from_nanos(new.ran)));
        }
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

    /// The best reader has done next to nothing for a while.
    pub(crate) fn idles(&self, now: Duration) -> bool {
        let (Some((from, before)), Some((_, after))) = (self.ran.front(), self.ran.back()) else {
            return false;
        };
        let length = now.saturating_sub(*from);
        length >= ASKED && after.saturating_sub(*before) <= length.mul_f64(CPU_ASKED)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The last look's word, of looks 100 ms apart at which the thread had run for so many ms.
    fn idles(ran: &[(i32, u64)]) -> bool {
        let mut readers = Readers::default();
        let at = |look: usize| Duration::from_millis(100 * look as u64);
        for (look, (tid, ran)) in ran.iter().enumerate() {
            let line = format!(
                r#"{{"pid":1,"tid":{tid},"call":"epoll","woken_by":"other","ran":{}}}"#,
                ran * 1_000_000
            );
            let reader = serde_json::from_str(&line).unwrap();
            readers.note(at(look), &KernelSnapshot { readers: vec![reader], ..KernelSnapshot::default() });
        }
        readers.idles(at(ran.len() - 1))
    }

    #[test]
    fn a_thread_that_a_clock_wakes_idles_and_one_at_work_does_not() {
        let every = |ms: u64| (0..20).map(|look| (7, look * ms)).collect::<Vec<_>>();
        assert!(idles(&every(0)));
        assert!(idles(&every(5)), "5 % of a core");
        assert!(!idles(&every(20)), "20 % of a core");
        assert!(!idles(&every(0)[..5]), "not for long enough");
        let stops: Vec<_> = (0..8).map(|look| (7, look * 60)).chain((0..8).map(|_| (7, 480))).collect();
        assert!(!idles(&stops[..12]) && idles(&stops), "what it did before is forgotten");
        let another: Vec<_> = every(0).into_iter().chain((0..3).map(|_| (8, 0))).collect();
        assert!(!idles(&another), "another thread");
    }
}
