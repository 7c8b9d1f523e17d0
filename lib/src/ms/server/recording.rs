//! The record that outlives the session, begun a moment after its program: on a disk that takes longer
//! than all the rest of a session's start, and nobody waits for it. Until then the runtime directory
//! tells all that there is to tell. Completing it is `ending`'s.

use std::time::Duration;

use super::{Server, now};
use crate::session::format::error::Result;
use crate::session::store::history::History;

/// How long after the session's beginning: the program has the machine to itself while it starts.
pub(super) const AFTER: Duration = Duration::from_millis(1);

impl Server {
    /// Begins the record if it is time. A session that can't be recorded goes on, and says so: it is
    /// tried again at the end.
    pub(super) fn record_if_due(&mut self) {
        if self.history_due.is_none_or(|due| due > now()) {
            return;
        }
        self.history_due = None;
        if let Err(error) = self.begin_record() {
            self.status.warn(format!("not in the history yet: {error}"));
        }
    }

    /// A state directory that was removed is made anew.
    pub(super) fn renew_history(&mut self) {
        if self.history.is_gone()
            && let Ok(history) = History::make()
        {
            self.history = history;
        }
    }

    fn begin_record(&mut self) -> Result<()> {
        self.renew_history();
        self.history.begin(&self.record, self.status.record())?;
        // Who renames a session does it here too, if there is something to rename.
        let name = self.home.name();
        if name == self.record.name {
            return Ok(());
        }
        self.history.entry(&self.record.id)?.rename(&name)
    }
}
