//! When `status.json` is to be replaced on disk: at once when something that others watch for has changed.
//! Titles that spin are held back, so that a spinner does not wake every watcher ten times a second.

use std::time::Duration;

/// A change that can wait is written at most this often.
const PATIENT: Duration = Duration::from_millis(1000);

/// What could not be written is tried again after the first span, then after twice as long, up to the last.
const AGAIN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// When the next write is due, and what that depends on.
#[derive(Debug)]
pub(super) struct Schedule {
    /// How long the next failure is waited after.
    again: Duration,
    due: Option<Duration>,
    written_at: Duration,
}

impl Schedule {
    /// Of a file that was never written.
    pub(super) fn new() -> Schedule {
        Schedule { again: AGAIN.0, due: Some(Duration::ZERO), written_at: Duration::ZERO }
    }

    /// Something changed that others wait for.
    pub(super) fn urgent(&mut self) {
        self.due = Some(Duration::ZERO);
    }

    /// Something changed that is nice to know.
    pub(super) fn patient(&mut self) {
        let at = self.written_at + PATIENT;
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When it is to be written next; none if nothing changed.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// It was tried now. A change is due until it is written, whatever kept it from being so.
    pub(super) fn settle(&mut self, written: bool, now: Duration) {
        if written {
            (self.due, self.written_at, self.again) = (None, now, AGAIN.0);
        } else {
            self.due = Some(now + self.again);
            self.again = (self.again * 2).min(AGAIN.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_stays_due_in_growing_steps() {
        let mut schedule = Schedule::new();
        let mut now = Duration::from_secs(1);
        let mut gaps = Vec::new();
        for _ in 0..8 {
            schedule.settle(false, now);
            gaps.push((schedule.due().unwrap() - now).as_millis());
            now = schedule.due().unwrap();
        }
        assert_eq!(gaps, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        schedule.settle(true, now);
        assert_eq!(schedule.due(), None);
        schedule.settle(false, now);
        assert_eq!(schedule.due(), Some(now + AGAIN.0));
    }

    #[test]
    fn a_patient_change_waits_its_second_and_an_urgent_one_takes_it_along() {
        let mut schedule = Schedule::new();
        assert_eq!(schedule.due(), Some(Duration::ZERO));
        schedule.due = None;
        schedule.written_at = Duration::from_secs(5);
        schedule.patient();
        assert_eq!(schedule.due(), Some(Duration::from_secs(6)));
        schedule.urgent();
        assert_eq!(schedule.due(), Some(Duration::ZERO));
    }
}
