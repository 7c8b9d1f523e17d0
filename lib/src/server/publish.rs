//! `status.json` as the server keeps it: changed in memory, replaced on disk when something that others
//! watch for has changed. Titles that spin are held back, so that a spinner does not wake every watcher
//! ten times a second.

use std::time::Duration;

use crate::error::Result;
use crate::session::SessionDir;
use crate::status::StatusRecord;

/// A change that can wait is written at most this often.
const PATIENT: Duration = Duration::from_millis(1000);

/// The record, and when it is to be written.
#[derive(Debug)]
pub struct Publisher {
    /// What will be written.
    pub record: StatusRecord,
    due: Option<Duration>,
    written_at: Duration,
}

impl Publisher {
    /// The record of a session, not yet written.
    pub fn new(record: StatusRecord) -> Publisher {
        Publisher { record, due: Some(Duration::ZERO), written_at: Duration::ZERO }
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
                self.due = None;
                self.written_at = now;
                session.write_status(&self.record)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

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
