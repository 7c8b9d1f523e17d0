//! The bytes of the file `output`, and the check that a file has them. It will never read or write a
//! file: `writer` and `reader` do.
//!
//! # output (version 1)
//!
//! A header, then four *tracks*. A track is a region in which a stream of bytes goes round: the byte at
//! offset o of the stream is at `base + o mod capacity` of the file. All numbers are little-endian and
//! unsigned. Words of 8 bytes are written at once, and those marked * while others read; all else is
//! written once, when the file is made.
//!
//! ```text
//! at    size
//! 0     8     magic: "ms ring" and a line feed
//! 8     4     version: 1
//! 12    4     number of tracks: 4
//! 16    8     made, in milliseconds since 1970
//! 24    8   * last output, in milliseconds since 1970; 0 if there was none
//! 32    8   * 1 if the session now writes to another file, else 0
//! 40    24    zero
//! 64    64    track 0, the output
//! 128   64    track 1, fine marks of time
//! 192   64    track 2, coarse marks of time
//! 256   64    track 3, marks of size
//! 320   3776  zero
//! 4096        the tracks' regions, sparse
//!
//! of a track:
//! +0    8   * written: bytes since the session began, the offset after the last one
//! +8    8   * floor: the first offset that can still be read
//! +16   8   * capacity: equals the limit, or less since the file system had no more room
//! +24   8     base: where the region begins in the file
//! +32   8     limit: length of the region
//! +40   24    zero
//!
//! of a mark of time, 16 bytes:
//! +0    8     milliseconds since 1970
//! +8    8     offset in the output: the first byte that was written then
//!
//! of a mark of size, 32 bytes:
//! +0    8     milliseconds since 1970
//! +8    8     offset in the output: the first byte written for this size
//! +16   2     columns
//! +18   2     rows
//! +20   12    zero
//! ```
//!
//! A fine mark is made with the first output 10 ms or more after the last one, a coarse mark after 30 s
//! or more (and both when the clock was set back). The oldest marks give way to new ones, as bytes do.

use crate::format::error::{Error, Result};
use crate::format::session_record::check_format;
use crate::format::size::MAX_RING;
use ms_platform::time::Time;

/// The version of `output` that this code writes.
pub const FORMAT: u32 = 1;

/// How the file begins.
pub(super) const MAGIC: [u8; 8] = *b"ms ring\n";
/// Bytes at the front that no track uses.
pub(super) const HEADER: u64 = 4096;
/// Bytes at the front that mean something.
pub(super) const HEAD: usize = 320;
/// Place of the time of the last output.
pub(super) const LAST_OUTPUT: usize = 24;
/// Place of the word that says that the session writes elsewhere.
pub(super) const MOVED: usize = 32;

const MADE: usize = 16;
const TRACKS: u32 = 4;
const BASE: usize = 24;
const LIMIT: usize = 32;
/// Granularity of the regions of marks: a page, and a multiple of every mark's size.
const PAGE: u64 = 4096;

// Words are stored as the machine has them.
const _: () = assert!(cfg!(target_endian = "little") && cfg!(target_pointer_width = "64"));

/// The streams in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Track {
    /// What the session wrote.
    Output,
    /// When it wrote, at 10 ms or more.
    Fine,
    /// When it wrote, at 30 s or more: for times that the fine marks no longer reach.
    Coarse,
    /// Sizes of its terminal.
    Sizes,
}

impl Track {
    pub(super) const ALL: [Track; 4] = [Track::Output, Track::Fine, Track::Coarse, Track::Sizes];

    /// Where its words are.
    pub(super) fn at(self) -> usize {
        64 + 64 * self as usize
    }
}

/// The region of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) base: u64,
    pub(super) limit: u64,
}

/// Where everything is in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    extents: [Extent; 4],
    made: Time,
}

impl Layout {
    /// The layout of a new file for `capacity` bytes of output: the output stands last.
    pub(super) fn new(capacity: u64, made: Time) -> Layout {
        let fine = (capacity / 16).next_multiple_of(PAGE).clamp(PAGE, 4 << 20);
        let mut next = HEADER;
        let mut take = |limit: u64| {
            let base = next;
            next += limit;
            Extent { base, limit }
        };
        let (sizes, coarse, fine) = (take(8 * PAGE), take(16 * PAGE), take(fine));
        Layout { extents: [take(capacity), fine, coarse, sizes], made }
    }

    pub(super) fn extent(&self, track: Track) -> Extent {
        self.extents[track as usize]
    }

    /// When the file was made.
    pub(super) fn made(&self) -> Time {
        self.made
    }

    /// Length of the file.
    pub(super) fn file_len(&self) -> u64 {
        self.extents.iter().map(|extent| extent.base + extent.limit).max().unwrap_or(HEADER)
    }

    /// The header of a file in which nothing was written yet.
    pub(super) fn head(&self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&MAGIC);
        head[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        head[12..16].copy_from_slice(&TRACKS.to_le_bytes());
        put(&mut head, MADE, self.made.0);
        for track in Track::ALL {
            let Extent { base, limit } = self.extent(track);
            put(&mut head, track.at() + 16, limit);
            put(&mut head, track.at() + BASE, base);
            put(&mut head, track.at() + LIMIT, limit);
        }
        head
    }

    /// The layout that a header states, if it fits a file of `file_len` bytes.
    pub(super) fn parse(head: &[u8; HEAD], file_len: u64) -> Result<Layout> {
        if head[..8] != MAGIC {
            return Err(damaged("it does not begin as a ring"));
        }
        check_format("output", short(head, 8), FORMAT)?;
        if short(head, 8) != FORMAT || short(head, 12) != TRACKS {
            return Err(damaged("its header is inconsistent"));
        }
        let extents = Track::ALL.map(|track| Extent {
            base: word(head, track.at() + BASE),
            limit: word(head, track.at() + LIMIT),
        });
        if !extents.iter().all(Extent::is_sane) {
            return Err(damaged("its header is inconsistent"));
        }
        let layout = Layout { extents, made: Time(word(head, MADE)) };
        if layout.file_len() > file_len {
            return Err(damaged(format!("{file_len} bytes where {} should be", layout.file_len())));
        }
        Ok(layout)
    }
}

impl Extent {
    fn is_sane(&self) -> bool {
        self.base >= HEADER && self.base <= u64::MAX / 2 && (1..=MAX_RING).contains(&self.limit)
    }
}

/// The error of a file that is not as this page says.
pub(super) fn damaged(why: impl std::fmt::Display) -> Error {
    Error::damaged("output", why)
}

/// The word at `at`.
pub(super) fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

fn short(bytes: &[u8], at: usize) -> u32 {
    let mut short = [0; 4];
    short.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(short)
}

fn put(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let layout = Layout::new(10 << 20, Time(7));
        assert_eq!(Layout::parse(&layout.head(), layout.file_len()).unwrap(), layout);
        assert_eq!(layout.file_len(), 4096 + 32768 + 65536 + (640 << 10) + (10 << 20));
    }

    #[test]
    fn regions_never_overlap() {
        for capacity in [4096, 5000, 1 << 20, MAX_RING] {
            let layout = Layout::new(capacity, Time(0));
            let mut extents = layout.extents;
            extents.sort_by_key(|extent| extent.base);
            assert!(extents[0].base >= HEADER);
            assert!(extents.windows(2).all(|two| two[0].base + two[0].limit <= two[1].base));
            assert_eq!(layout.extent(Track::Output).limit, capacity);
        }
    }

    #[test]
    fn a_header_with_any_byte_changed_is_refused_or_harmless() {
        let layout = Layout::new(65536, Time(7));
        let len = layout.file_len();
        for at in 0..HEAD {
            for change in [0x01, 0x80, 0xff] {
                let mut head = layout.head();
                head[at] ^= change;
                if let Ok(read) = Layout::parse(&head, len) {
                    assert!(read.file_len() <= len, "{at}");
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let layout = Layout::new(65536, Time(7));
        let fail = |at: usize, byte: u8, len: u64| {
            let mut head = layout.head();
            head[at] = byte;
            Layout::parse(&head, len).unwrap_err().to_string()
        };
        let len = layout.file_len();
        assert!(fail(0, b'x', len).contains("begin as a ring"));
        assert!(fail(8, 2, len).contains("newer ms"));
        assert!(fail(8, 0, len).contains("inconsistent"));
        assert!(fail(12, 3, len).contains("inconsistent"));
        assert!(fail(0, b'm', len - 1).contains("should be"));
    }
}
