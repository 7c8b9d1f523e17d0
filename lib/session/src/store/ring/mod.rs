//! What a session wrote, the last few megabytes of it: a file that its server fills through a map and
//! that anybody reads at any time, without a lock and without the server. Readers get exact bytes, or
//! are told how many are gone; never a mixture.
//!
//! - [`Writer`] is the server's: one to a file.
//! - [`Reader`] is everybody's. It never maps the file: a file that somebody cuts short, or whose pages
//!   can't be had, is an error to read(2) and would be a SIGBUS to a map.
//! - [`read_header`] and [`check`] are for lists: a few system calls, nothing kept.
//!
//! `layout` has the format, `protocol` the rules between writer and readers. What the bytes mean is not
//! this module's business.

mod index;
mod layout;
mod protocol;
mod reader;
mod reserve;
mod tracks;
mod writer;

#[cfg(test)]
mod tests;

pub use index::{SizeMark, TimeMark, offset_at, time_of};
pub use layout::FORMAT;
pub use reader::{Reader, check, read_header};
pub use writer::Writer;

use ms_platform::time::Time;

/// Capacity of a ring for which nothing else is asked, in bytes.
pub const DEFAULT_CAPACITY: u64 = 10 << 20;

/// What a read gave, besides the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Offset of the first byte (of the next one, if none was there).
    pub offset: u64,
    /// Bytes between the offset that was asked for and this one: they are lost.
    pub gap: u64,
}

/// A ring's numbers at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Bytes since the session began: the offset after the last one.
    pub written: u64,
    /// The first offset that can still be read.
    pub floor: u64,
    /// Bytes that it holds at most; less than was asked for if there was no more room.
    pub capacity: u64,
    /// Bytes that were asked for.
    pub limit: u64,
    /// When the file was made.
    pub made: Time,
    /// When something was last written.
    pub last_output: Option<Time>,
    /// The session now writes to another file of that name: open it anew.
    pub moved: bool,
}

impl Snapshot {
    /// Whether the file system had too little room for what was asked.
    pub fn is_shortened(&self) -> bool {
        self.capacity < self.limit
    }
}
