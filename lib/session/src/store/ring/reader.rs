//! What anybody does with a ring: read it from the file, by pread(2). A map would need no system call,
//! but a file that is cut short, or a hole in it on a full file system, would raise SIGBUS in a tool
//! that only looks; here both are errors. It will never write, lock or wait.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{Ordering, fence};

use super::index::{self, SizeMark, TimeMark};
use super::layout::{HEAD, LAST_OUTPUT, Layout, MOVED, Track, damaged, word};
use super::protocol::{self, Fetch, Words};
use super::{Chunk, Snapshot};
use crate::format::error::{Error, Result};
use ms_platform::time::Time;

/// A reader of a ring. Owns a descriptor and nothing else; sees what is written later, too.
#[derive(Debug)]
pub struct Reader {
    pub(super) file: File,
    layout: Layout,
}

impl Reader {
    /// Reads the ring in `file`, which is open for reading. [`Error::Damaged`] if it holds none.
    ///
    /// # Errors
    /// `Damaged` if it holds no ring that is known here, `System` if it cannot be read.
    pub fn open(file: File) -> Result<Reader> {
        let layout = layout(&file, &head(&file)?)?;
        Ok(Reader { file, layout })
    }

    /// The ring's numbers at this moment.
    ///
    /// # Errors
    /// `Damaged` if the header is none, `System` if it cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot> {
        snapshot(&self.file, self.layout, &head(&self.file)?)
    }

    /// Reads at most `max` bytes from `offset` on into `out`, replacing what it holds. Empty only if
    /// nothing was written at or after `offset` yet. What comes next is at the chunk's offset plus the
    /// length of `out`.
    ///
    /// # Errors
    /// `Damaged` if the file is cut short or its header is none, `System` if it cannot be read.
    pub fn read(&self, offset: u64, max: usize, out: &mut Vec<u8>) -> Result<Chunk> {
        protocol::read(&self.track(Track::Output), offset, max, out)
    }

    /// When output was written, oldest first, in marks 10 ms apart (further back 30 s). The oldest may
    /// be of output that is gone, or be younger than the oldest output.
    ///
    /// # Errors
    /// `Damaged` if the header is none, `System` if it cannot be read.
    pub fn time_marks(&self) -> Result<Vec<TimeMark>> {
        let coarse = self.marks(Track::Coarse, index::TIME_LEN)?;
        Ok(index::times(&coarse, &self.marks(Track::Fine, index::TIME_LEN)?))
    }

    /// Sizes of the terminal, oldest first; the first is the one it began with, unless it is gone.
    ///
    /// # Errors
    /// `Damaged` if the header is none, `System` if it cannot be read.
    pub fn size_marks(&self) -> Result<Vec<SizeMark>> {
        Ok(index::sizes(&self.marks(Track::Sizes, index::SIZE_LEN)?))
    }

    /// Offset of what was written at `time` and later, among what can be read. It may begin a little
    /// too early (20 ms; 30 s far back), never too late.
    ///
    /// # Errors
    /// `Damaged` if the header is none, `System` if it cannot be read.
    pub fn offset_at(&self, time: Time) -> Result<u64> {
        let Snapshot { written, floor, .. } = self.snapshot()?;
        let offset = index::offset_at(&self.time_marks()?, time).unwrap_or(written);
        Ok(offset.clamp(floor, written))
    }

    /// When the byte at `offset` was written; `None` if that is no longer known.
    ///
    /// # Errors
    /// `Damaged` if the header is none, `System` if it cannot be read.
    pub fn time_of(&self, offset: u64) -> Result<Option<Time>> {
        Ok(index::time_of(&self.time_marks()?, offset))
    }

    /// All of a track of marks of `len` bytes. A gap at its front is no more than old marks gone.
    fn marks(&self, track: Track, len: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let max = self.layout.extent(track).limit as usize;
        let chunk = protocol::read(&self.track(track), 0, max, &mut bytes)?;
        let torn = chunk.offset.next_multiple_of(len as u64) - chunk.offset;
        bytes.drain(..bytes.len().min(torn as usize));
        Ok(bytes)
    }

    fn track(&self, track: Track) -> TrackFile<'_> {
        TrackFile { file: &self.file, layout: self.layout, track }
    }
}

/// The numbers of the ring in `file`, for those who list many: three system calls, nothing kept.
///
/// # Errors
/// `Damaged` if it holds no ring that is known here, `System` if it cannot be read.
pub fn read_header(file: &File) -> Result<Snapshot> {
    let head = head(file)?;
    snapshot(file, layout(file, &head)?, &head)
}

/// Whether `file` is a ring, for those who want no more of it: two system calls.
///
/// # Errors
/// `Damaged` if it holds no ring that is known here, `System` if it cannot be read.
pub fn check(file: &File) -> Result<()> {
    layout(file, &head(file)?).map(drop)
}

/// The layout that `head` states, if the file is as long as that.
fn layout(file: &File, head: &[u8; HEAD]) -> Result<Layout> {
    Layout::parse(head, file.metadata().map_err(Error::system("output"))?.len())
}

fn snapshot(file: &File, layout: Layout, head: &[u8; HEAD]) -> Result<Snapshot> {
    let output = TrackFile { file, layout, track: Track::Output };
    let first = words_at(head, Track::Output.at());
    let Words { written, floor, capacity } = protocol::words_after(first, &output)?;
    Ok(Snapshot {
        written,
        floor,
        capacity,
        limit: output.limit(),
        made: layout.made(),
        last_output: Some(Time(word(head, LAST_OUTPUT))).filter(|time| time.0 != 0),
        moved: word(head, MOVED) != 0,
    })
}

/// The words of the track that stand at `at`.
fn words_at(bytes: &[u8], at: usize) -> Words {
    Words { written: word(bytes, at), floor: word(bytes, at + 8), capacity: word(bytes, at + 16) }
}

fn head(file: &File) -> Result<[u8; HEAD]> {
    let mut head = [0; HEAD];
    read_at(file, 0, &mut head)?;
    Ok(head)
}

fn read_at(file: &File, at: u64, into: &mut [u8]) -> Result<()> {
    file.read_exact_at(into, at).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => damaged("it is cut short"),
        _ => Error::system("output")(error),
    })
}

/// A track's words and bytes in the file.
struct TrackFile<'a> {
    file: &'a File,
    layout: Layout,
    track: Track,
}

impl Fetch for TrackFile<'_> {
    fn words(&self) -> Result<Words> {
        let mut bytes = [0; 24];
        read_at(self.file, self.track.at() as u64, &mut bytes)?;
        Ok(words_at(&bytes, 0))
    }

    fn bytes(&self, position: u64, into: &mut [u8]) -> Result<()> {
        read_at(self.file, self.layout.extent(self.track).base + position, into)
    }

    fn fence(&self) {
        // The kernel copies with plain loads in this thread; a fence orders those too. The full one
        // because a copy may be made by string instructions, about whose loads little is promised.
        fence(Ordering::SeqCst);
    }

    fn limit(&self) -> u64 {
        self.layout.extent(self.track).limit
    }
}
