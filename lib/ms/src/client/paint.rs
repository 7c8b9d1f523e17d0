//! A screen that a server painted.

use ms_terminal::modes::ModeTracker;

/// A screen that a server painted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paint {
    /// The output that it shows ends here.
    pub(crate) offset: u64,
    /// What restores it on any terminal.
    pub(crate) bytes: Vec<u8>,
}

impl Paint {
    /// The modes of a terminal that shows it.
    pub(crate) fn modes(&self) -> ModeTracker {
        let mut modes = ModeTracker::default();
        modes.feed(&self.bytes);
        modes
    }
}
