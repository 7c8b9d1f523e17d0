//! `status.json` as the server keeps it: changed in memory, replaced on disk when something that others
//! watch for has changed. Titles that spin are held back, so that a spinner does not wake every watcher
//! ten times a second.

use std::time::Duration;

use crate::session::format::error::Result;
use crate::session::format::status::StatusRecord;
use crate::session::store::faults;
use crate::session::store::session::SessionDir;

/// A change that can wait is written at most this often.
const PATIENT: Duration = Duration::from_millis(1000);

/// What could not be written is tried again after the first span, then after twice as long, up to the last.
const AGAIN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The record, and when it is to be written.
#[derive(Debug)]
pub struct Publisher {
    /// What will be written.
    pub record: StatusRecord,
    /// How long the next failure is waited after.
    again: Duration,
    due: Option<Duration>,
    written_at: Duration,
}

impl Publisher {
    /// The record of a session, not yet written.
    pub fn new(record: StatusRecord) -> Publisher {
        Publisher { record, again: AGAIN.0, due: Some(Duration::ZERO), written_at: Duration::ZERO }
    }

    /// Something changed that others wait for.
    pub fn urgent(&mut self) {
        self.due = Some(Duration::ZERO);
    }

    /// Something changed that is nice to know.
    pub fn patient(&mut self) {
        let at = self.written_at + PATIENT;
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When it is to be written next; none if nothing changed.
    pub fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Writes it if it is due.
    pub fn write_if_due(&mut self, session: &SessionDir, now: Duration) -> Result<()> {
        match self.due {
            Some(due) if due <= now => {
                let written = faults::step("status.write").and_then(|()| session.write_status(&self.record));
                self.settle(written.is_ok(), now);
                written
            }
            _ => Ok(()),
        }
    }

    /// A change is due until it is written, whatever kept it from being so.
    fn settle(&mut self, written: bool, now: Duration) {
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
    use crate::platform::time::Time;

    #[test]
    fn what_could_not_be_written_stays_due_in_growing_steps() {
        let mut publisher = Publisher::new(StatusRecord::begin(80, 24, Time(0)));
        let mut now = Duration::from_secs(1);
        let mut gaps = Vec::new();
        for _ in 0..8 {
            publisher.settle(false, now);
            gaps.push((publisher.due().unwrap() - now).as_millis());
            now = publisher.due().unwrap();
        }
        assert_eq!(gaps, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        publisher.settle(true, now);
        assert_eq!(publisher.due(), None);
        publisher.settle(false, now);
        assert_eq!(publisher.due(), Some(now + AGAIN.0));
    }

    #[test]
    fn a_patient_change_waits_its_second_and_an_urgent_one_takes_it_along() {
        let mut publisher = Publisher::new(StatusRecord::begin(80, 24, Time(0)));
        assert_eq!(publisher.due(), Some(Duration::ZERO));
        publisher.due = None;
        publisher.written_at = Duration::from_secs(5);
        publisher.patient();
        assert_eq!(publisher.due(), Some(Duration::from_secs(6)));
        publisher.urgent();
        assert_eq!(publisher.due(), Some(Duration::ZERO));
    }
}
