//! The one that fills a ring: the server. It writes output as it comes, marks when and at what size, and
//! goes on in another file if need be. It will never interpret a byte, and never wait: the descriptors
//! that it reads are non-blocking.

use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::Ordering;

use nix::sys::resource::{Resource, getrlimit};

use super::index::{self, Pace, SizeMark};
use super::layout::{LAST_OUTPUT, Layout, MOVED, Track};
use super::protocol::{self, Words};
use super::tracks::Tracks;
use super::{Chunk, Snapshot};
use crate::format::error::{Error, Result};
use crate::format::size::{MAX_RING, MIN_RING, show};
use ms_platform::time::Time;

/// The writer of a ring. Owns the file and its map; one to a file.
#[derive(Debug)]
pub struct Writer {
    pub(super) tracks: Tracks,
    fine: Pace,
    coarse: Pace,
    size: (u16, u16),
    last_output: Option<Time>,
}

impl Writer {
    /// Makes a ring of `capacity` bytes ([`MIN_RING`] to [`MAX_RING`]) of the empty file `file`, which
    /// is open for both ways, for a terminal of `cols` by `rows`. From then on the file can't be
    /// opened for writing (mode 0400), so that no slip of a shell's `>` cuts it short.
    ///
    /// # Errors
    /// `Usage` for a capacity out of bounds, `System` if the space cannot be had or the file not be mapped.
    pub fn create(file: File, capacity: u64, cols: u16, rows: u16, now: Time) -> Result<Writer> {
        let layout = Layout::new(checked(capacity)?, now);
        check_file_limit(layout.file_len())?;
        let tracks = Tracks::create(file, layout)?;
        let (fine, coarse, size) = (Pace::fine(), Pace::coarse(), (cols, rows));
        let mut writer = Writer { tracks, fine, coarse, size, last_output: None };
        writer.record_size(now);
        Ok(writer)
    }

    /// Writes at most `limit` bytes that one read(2) of `fd` gives, at the present time. 0 is the end of
    /// the file. Fewer than are there is usual (the ring's end, a quarter of its capacity): read on until
    /// `WouldBlock`. A pty whose program is gone gives EIO. Once the ring is full, its oldest `limit`
    /// bytes (at most a quarter) are given up for the read, however little it gives.
    ///
    /// # Errors
    /// Those of read(2), and those of having more space for the ring.
    pub fn read_from(&mut self, fd: BorrowedFd<'_>, limit: usize) -> io::Result<usize> {
        let piece = self.tracks.claim(Track::Output, limit as u64);
        let got = self.tracks.fill(piece, fd)?;
        if got > 0 {
            // A loss that shows by now was met before the piece was filled.
            self.notice_loss();
            self.stamp(Time::coarse_now());
            self.tracks.publish(Track::Output, got as u64);
            self.notice_loss();
        }
        Ok(got)
    }

    /// Writes `bytes`, at the present time.
    pub fn append(&mut self, bytes: &[u8]) {
        self.append_at(bytes, Time::coarse_now());
    }

    /// Writes `bytes`, as if at `now`.
    pub fn append_at(&mut self, bytes: &[u8], now: Time) {
        if !bytes.is_empty() {
            self.stamp(now);
            self.notice_loss();
            self.tracks.put(Track::Output, bytes);
            self.notice_loss();
        }
    }

    /// Notes that output from here on is written for a terminal of `cols` by `rows`.
    pub fn mark_size(&mut self, cols: u16, rows: u16, now: Time) {
        if self.size != (cols, rows) {
            self.size = (cols, rows);
            self.record_size(now);
        }
    }

    /// Bytes since the session began.
    pub fn written(&self) -> u64 {
        self.words().written
    }

    /// The first offset that can still be read.
    pub fn floor(&self) -> u64 {
        self.words().floor
    }

    /// Bytes that the ring holds at most.
    pub fn capacity(&self) -> u64 {
        self.words().capacity
    }

    /// Whether the file system had too little room for what was asked.
    pub fn shortened(&self) -> bool {
        self.snapshot().is_shortened()
    }

    /// When something was last written.
    pub fn last_output(&self) -> Option<Time> {
        self.last_output
    }

    /// Whether somebody cut the file short. What was in it is lost; what is written now is kept in this
    /// process, and seen by others once the ring [moves](Writer::move_to) to another file.
    pub fn is_damaged(&self) -> bool {
        self.tracks.is_cut()
    }

    /// The file that it is in now: device and inode.
    ///
    /// # Errors
    /// `System` if the file cannot be looked at.
    pub fn file_id(&self) -> Result<(u64, u64)> {
        let meta = self.tracks.space.metadata().map_err(Error::system("output"))?;
        Ok((meta.dev(), meta.ino()))
    }

    /// That file for reading, whatever became of its name.
    ///
    /// # Errors
    /// `System` if no descriptor can be had.
    pub fn file(&self) -> Result<File> {
        self.tracks.space.file().map_err(Error::system("output"))
    }

    /// The ring's numbers, as a reader has them.
    pub fn snapshot(&self) -> Snapshot {
        let Words { written, floor, capacity } = self.words();
        let limit = self.tracks.layout().extent(Track::Output).limit;
        let made = self.tracks.layout().made();
        Snapshot { written, floor, capacity, limit, made, last_output: self.last_output(), moved: false }
    }

    /// Copies at most `max` bytes from `offset` on into `out`, replacing what it holds, without a system
    /// call. As [`super::Reader::read`].
    pub fn read(&self, offset: u64, max: usize, out: &mut Vec<u8>) -> Chunk {
        let read = protocol::read(&self.tracks, offset, max, out);
        read.ok().filter(|_| !self.tracks.is_doubtful()).unwrap_or_else(|| {
            out.clear();
            let end = self.written().max(offset);
            Chunk { offset: end, gap: end - offset }
        })
    }

    /// Goes on in the empty file `file`, with all that can be read and its marks, and tells the readers
    /// of the old one. For a server whose directory was removed or whose ring is damaged. On an error
    /// the old file stays in use.
    ///
    /// # Errors
    /// `System` if the space cannot be had or the file not be mapped; it goes on in the old one then.
    pub fn move_to(&mut self, file: File) -> Result<()> {
        let mut next = Tracks::create(file, *self.tracks.layout())?;
        next.take_over(&self.tracks).map_err(Error::errno("output"))?;
        let last = self.last_output.unwrap_or_default();
        next.header_word(LAST_OUTPUT).store(last.0, Ordering::Relaxed);
        self.tracks.header_word(MOVED).store(1, Ordering::Release);
        self.tracks = next;
        if self.tracks.words(Track::Sizes).is_empty() {
            self.begin_marks();
        }
        Ok(())
    }

    fn notice_loss(&mut self) {
        if self.tracks.give_up_if_lost() {
            self.begin_marks();
        }
    }

    /// After all marks were lost.
    fn begin_marks(&mut self) {
        (self.fine, self.coarse) = (Pace::fine(), Pace::coarse());
        self.record_size(Time::coarse_now());
    }

    /// Notes the time of what is written next.
    fn stamp(&mut self, now: Time) {
        let mark = index::time_bytes(now, self.written());
        if self.fine.is_due(now) {
            self.tracks.put(Track::Fine, &mark);
        }
        if self.coarse.is_due(now) {
            self.tracks.put(Track::Coarse, &mark);
        }
        self.last_output = Some(now);
        self.tracks.header_word(LAST_OUTPUT).store(now.0, Ordering::Release);
    }

    /// Notes the size of what is written next.
    fn record_size(&mut self, time: Time) {
        let (cols, rows) = self.size;
        let mark = SizeMark { time, offset: self.written(), cols, rows };
        self.tracks.put(Track::Sizes, &index::size_bytes(mark));
    }

    fn words(&self) -> Words {
        self.tracks.words(Track::Output)
    }
}

fn checked(capacity: u64) -> Result<u64> {
    if (MIN_RING..=MAX_RING).contains(&capacity) {
        return Ok(capacity);
    }
    let bounds = format!("{} to {}", show(MIN_RING), show(MAX_RING));
    Err(Error::Usage(format!("a buffer is {bounds}, not {}", show(capacity))))
}

/// A file longer than RLIMIT_FSIZE would not fail but raise SIGXFSZ (setrlimit(2)).
fn check_file_limit(len: u64) -> Result<()> {
    match getrlimit(Resource::RLIMIT_FSIZE) {
        Ok((soft, _)) if soft < len => {
            let advice = format!("{} are needed, ulimit -f allows {}", show(len), show(soft));
            Err(Error::Refused(format!("a file for the output can't be made: {advice}")))
        }
        _ => Ok(()),
    }
}
