//! The record that outlives the session, begun a moment after its program: on a disk that takes longer
//! than all the rest of a session's start, and nobody waits for it. Until then the runtime directory
//! tells all that there is to tell. Completing it is `event_loop::ending`'s.

use std::time::Duration;

use msession::format::error::Result;
use msession::format::session_name::SessionName;
use msession::format::session_record::SessionRecord;
use msession::format::status::{LastKnown, StatusRecord};
use msession::store::history::History;

/// What a session does is written there at most so often: it is what is known of it after a reboot.
const STATUS_EVERY: Duration = Duration::from_secs(2);

/// How long after the session's beginning: the program has the machine to itself while it starts.
const AFTER: Duration = Duration::from_millis(1);

/// Where the record is to be, and when.
pub(super) struct HistoryEntry {
    history: History,
    /// When it is to be begun, if that was not done yet.
    due: Option<Duration>,
    /// What is written there of what the session does, and when.
    written: Option<(LastKnown, Duration)>,
    /// When that is to be written anew.
    status_due: Option<Duration>,
}

impl HistoryEntry {
    /// Of a session that begins now.
    pub(super) fn new(history: History, now: Duration) -> HistoryEntry {
        HistoryEntry { history, due: Some(now + AFTER), written: None, status_due: None }
    }

    /// The history.
    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// The history alone: nothing else is needed any more.
    pub(super) fn into_history(self) -> History {
        self.history
    }

    /// When it is to be begun, if that was not done yet.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due.into_iter().chain(self.status_due).min()
    }

    /// The session does this now. Where it can't be written, the next change is tried again.
    pub(super) fn does(&mut self, id: &str, status: &StatusRecord, now: Duration) {
        let Some((known, at)) = &self.written else { return };
        if known.is_of(status) {
            self.status_due = None;
            return;
        }
        let due = *at + STATUS_EVERY;
        self.status_due = Some(due).filter(|due| *due > now);
        if self.status_due.is_none() {
            self.written = Some((LastKnown::of(status), now));
            let _ = self.history.entry(id).and_then(|entry| entry.complete(status));
        }
    }

    /// Begins the record if it is time; that is tried once, and again at the end.
    ///
    /// # Errors
    /// What kept it from being begun.
    pub(super) fn begin_if_due(
        &mut self,
        record: &SessionRecord,
        status: &StatusRecord,
        name: impl FnOnce() -> SessionName,
        now: Duration,
    ) -> Result<()> {
        if self.due.is_none_or(|due| due > now) {
            return Ok(());
        }
        self.due = None;
        self.renew();
        self.history.begin(record, status)?;
        // The first change is written at once.
        self.written = Some((LastKnown::of(status), now.saturating_sub(STATUS_EVERY)));
        // Who renames a session does it here too, if there is something to rename.
        let name = name();
        if name == record.name {
            return Ok(());
        }
        self.history.entry(&record.id)?.rename(&name)
    }

    /// A state directory that was removed is made anew.
    pub(super) fn renew(&mut self) {
        if self.history.is_gone()
            && let Ok(history) = History::make()
        {
            self.history = history;
        }
    }
}
