//! What a relay stands between: a session and a person's terminal, as far as it knows them.

use super::super::replay::Stretch;
use super::Size;
use ms_terminal::modes::ModeTracker;
use msession::format::error::Result;
use msession::store::ring;

/// Where output comes from: a session.
pub(in super::super) trait Source {
    /// Reads output from `offset` on.
    ///
    /// # Errors
    /// What kept the ring from being read.
    fn read(&mut self, offset: u64, max: usize, out: &mut Vec<u8>) -> Result<ring::Chunk>;

    /// Whether the server has told of output behind `offset`.
    fn has_told_of(&self, offset: u64) -> bool;

    /// Columns and rows of the session's terminal as of what the server said last; 0 if it has not told.
    fn size(&self) -> Size;

    /// The offset after all output.
    ///
    /// # Errors
    /// What kept the ring from being read.
    fn written(&self) -> Result<u64>;

    /// What has scrolled off the session's screen in a stretch.
    ///
    /// # Errors
    /// What kept the ring from being read.
    fn scrolled_off(&self, stretch: Stretch) -> Result<Vec<u8>>;
}

/// Where it goes: a person's terminal.
pub(in super::super) trait Sink {
    /// Writes what the terminal takes now; returns how many bytes that were.
    ///
    /// # Errors
    /// What the system says of a terminal that takes nothing more at all.
    fn write(&mut self, bytes: &[u8]) -> nix::Result<usize>;

    /// Writes all of it, if the terminal takes it in time.
    fn write_all(&mut self, bytes: &[u8]);

    /// Writes something of our own that is whole in itself, such as a title: what the program switched is as
    /// it was.
    fn write_aside(&mut self, bytes: &[u8]);

    /// Waits a while until it takes more; whether it does.
    fn wait(&self) -> bool;

    /// What is switched on.
    fn modes(&self) -> &ModeTracker;

    /// Columns and rows; 0 and 0 if it does not know.
    fn size(&self) -> Size;

    /// Whether no sequence of our own may reach it.
    fn is_plain(&self) -> bool;
}
