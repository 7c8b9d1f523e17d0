//! The one that fills a ring: the server, through a shared map. It touches only what was reserved
//! before, so a full file system makes the ring shorter and never raises SIGBUS. It will never
//! interpret a byte, and never wait: the descriptors that it reads are non-blocking.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{Ordering, fence};

use nix::sys::resource::{Resource, getrlimit};

use super::index::{self, Pace, SizeMark};
use super::layout::{Extent, LAST_OUTPUT, Layout, MOVED, Track};
use super::protocol::{self, Fetch, Producer, Store, Word, Words};
use super::reserve::{FIRST, Space, next_block};
use super::{Chunk, Snapshot};
use crate::error::{Error, Result};
use crate::size::{MAX_RING, MIN_RING, show};
use crate::sys::map::Map;
use crate::time::Time;

/// The writer of a ring. Owns the file and its map; one to a file.
#[derive(Debug)]
pub struct Writer {
    map: Map,
    pub(super) space: Space,
    layout: Layout,
    producers: [Producer; 4],
    fine: Pace,
    coarse: Pace,
    size: (u16, u16),
}

impl Writer {
    /// Makes a ring of `capacity` bytes ([`MIN_RING`] to [`MAX_RING`]) of the empty file `file`, which
    /// is open for both ways, for a terminal of `cols` by `rows`. From then on the file can't be
    /// opened for writing (mode 0400), so that no slip of a shell's `>` cuts it short.
    pub fn create(file: File, capacity: u64, cols: u16, rows: u16, now: Time) -> Result<Writer> {
        let mut writer = Writer::empty(file, Layout::new(checked(capacity)?, now))?;
        writer.record_size(SizeMark { time: now, offset: 0, cols, rows });
        Ok(writer)
    }

    /// Writes at most `limit` bytes that one read(2) of `fd` gives, at the present time. 0 is the end of
    /// the file. Fewer than are there is usual (the ring's end, a quarter of its capacity): read on until
    /// `WouldBlock`. A pty whose program is gone gives EIO.
    pub fn read_from(&mut self, fd: BorrowedFd<'_>, limit: usize) -> io::Result<usize> {
        let (at, len) = self.claim(Track::Output, limit as u64);
        let got = self.map.read_from(at, len, fd)?;
        if got > 0 {
            self.stamp(Time::coarse_now());
            self.publish(Track::Output, got as u64);
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
            self.put(Track::Output, bytes);
        }
    }

    /// Notes that output from here on is written for a terminal of `cols` by `rows`.
    pub fn mark_size(&mut self, cols: u16, rows: u16, now: Time) {
        if self.size != (cols, rows) {
            self.record_size(SizeMark { time: now, offset: self.written(), cols, rows });
        }
    }

    /// Bytes since the session began.
    pub fn written(&self) -> u64 {
        self.words(Track::Output).written
    }

    /// The first offset that can still be read.
    pub fn floor(&self) -> u64 {
        self.words(Track::Output).floor
    }

    /// Bytes that the ring holds at most.
    pub fn capacity(&self) -> u64 {
        self.words(Track::Output).capacity
    }

    /// Whether the file system had too little room for what was asked.
    pub fn shortened(&self) -> bool {
        self.capacity() < self.layout.extent(Track::Output).limit
    }

    /// When something was last written.
    pub fn last_output(&self) -> Option<Time> {
        Some(Time(self.map.word(LAST_OUTPUT).load(Ordering::Relaxed))).filter(|time| time.0 != 0)
    }

    /// The ring's numbers, as a reader has them.
    pub fn snapshot(&self) -> Snapshot {
        let Words { written, floor, capacity } = self.words(Track::Output);
        let limit = self.layout.extent(Track::Output).limit;
        let made = self.layout.made();
        Snapshot { written, floor, capacity, limit, made, last_output: self.last_output(), moved: false }
    }

    /// Copies at most `max` bytes from `offset` on into `out`, replacing what it holds, without a system
    /// call. As [`super::Reader::read`].
    pub fn read(&self, offset: u64, max: usize, out: &mut Vec<u8>) -> Chunk {
        // Nobody else writes: the counters can't contradict each other.
        protocol::read(&Own { writer: self }, offset, max, out).unwrap_or(Chunk { offset, gap: 0 })
    }

    /// Goes on in the empty file `file`, with all that can be read and its marks, and tells the readers
    /// of the old one. For a server whose directory was removed. On an error the old file stays in use.
    pub fn move_to(&mut self, file: File) -> Result<()> {
        let mut next = Writer::empty(file, self.layout)?;
        for track in Track::ALL {
            next.take_over(self, track).map_err(Error::errno("output"))?;
        }
        let last = self.map.word(LAST_OUTPUT).load(Ordering::Relaxed);
        next.map.word(LAST_OUTPUT).store(last, Ordering::Relaxed);
        self.map.word(MOVED).store(1, Ordering::Release);
        (self.map, self.space, self.producers) = (next.map, next.space, next.producers);
        Ok(())
    }

    /// A ring in which nothing was written yet, with the first block of each track reserved.
    fn empty(file: File, layout: Layout) -> Result<Writer> {
        let len = layout.file_len();
        check_file_limit(len)?;
        let failed = || Error::system("output");
        file.set_permissions(Permissions::from_mode(0o400)).map_err(failed())?;
        file.set_len(len).map_err(failed())?;
        let map = Map::new(&file, len as usize).map_err(failed())?;
        let mut writer = Writer {
            map,
            space: Space::new(file),
            layout,
            producers: Track::ALL.map(|track| Producer::new(layout.extent(track).limit)),
            fine: Pace::fine(),
            coarse: Pace::coarse(),
            size: (0, 0),
        };
        writer.begin().map_err(Error::errno("output"))?;
        Ok(writer)
    }

    /// Reserves the header and the first blocks, then writes the header.
    fn begin(&mut self) -> nix::Result<()> {
        let head = self.layout.head();
        self.space.reserve(0, head.len() as u64)?;
        for track in Track::ALL {
            self.grow(track, 1)?;
        }
        self.map.write(8, &head[8..]);
        fence(Ordering::Release);
        self.map.write(0, &head[..8]);
        Ok(())
    }

    /// Notes the time of what is written next.
    fn stamp(&mut self, now: Time) {
        let mark = index::time_bytes(now, self.written());
        if self.fine.is_due(now) {
            self.put(Track::Fine, &mark);
        }
        if self.coarse.is_due(now) {
            self.put(Track::Coarse, &mark);
        }
        self.map.word(LAST_OUTPUT).store(now.0, Ordering::Release);
    }

    fn record_size(&mut self, mark: SizeMark) {
        self.size = (mark.cols, mark.rows);
        self.put(Track::Sizes, &index::size_bytes(mark));
    }

    /// Writes all of `bytes` to a track.
    fn put(&mut self, track: Track, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (at, len) = self.claim(track, bytes.len() as u64);
            let (piece, rest) = bytes.split_at(len);
            self.map.write(at, piece);
            self.publish(track, len as u64);
            bytes = rest;
        }
    }

    /// Finds room for a piece of at most `want` bytes (at least one) and raises the floor over what it
    /// replaces, never more than a quarter of the track. Returns its place in the file and its length.
    fn claim(&mut self, track: Track, want: u64) -> (usize, usize) {
        let missing = self.producers[track as usize].missing(self.piece(track, want));
        if missing > 0 && self.grow(track, missing).is_err() {
            self.shorten_if_stuck(track);
        }
        let want = self.piece(track, want);
        let view = View { map: &self.map, track };
        let (position, len) = self.producers[track as usize].claim(want, &view);
        ((self.layout.extent(track).base + position) as usize, len as usize)
    }

    fn piece(&self, track: Track, want: u64) -> u64 {
        want.clamp(1, self.words(track).capacity.div_ceil(4))
    }

    fn publish(&mut self, track: Track, len: u64) {
        self.producers[track as usize].publish(len, &View { map: &self.map, track });
    }

    /// Reserves the next block of a track.
    fn grow(&mut self, track: Track, missing: u64) -> nix::Result<()> {
        let Extent { base, limit } = self.layout.extent(track);
        let producer = &mut self.producers[track as usize];
        let block = next_block(producer.reserved(), missing, limit);
        let at = base + producer.reserved();
        self.space.reserve(at, block)?;
        producer.extend(block);
        self.map.populate(at as usize, block as usize);
        Ok(())
    }

    fn shorten_if_stuck(&mut self, track: Track) {
        let producer = &mut self.producers[track as usize];
        if producer.is_stuck() {
            producer.shorten(&View { map: &self.map, track });
        }
    }

    fn words(&self, track: Track) -> Words {
        self.producers[track as usize].words()
    }

    /// Copies a track of `old` as it stands, to the same offsets and places.
    fn take_over(&mut self, old: &Writer, track: Track) -> nix::Result<()> {
        let from = &old.producers[track as usize];
        while self.producers[track as usize].reserved() < from.reserved() {
            let missing = from.reserved() - self.producers[track as usize].reserved();
            self.grow(track, missing)?;
        }
        self.copy_region(old, track, from.reserved() as usize);
        self.producers[track as usize].resume(from.words(), &View { map: &self.map, track });
        Ok(())
    }

    fn copy_region(&self, old: &Writer, track: Track, len: usize) {
        let base = self.layout.extent(track).base as usize;
        let mut buffer = vec![0; 64 << 10];
        for at in (0..len).step_by(buffer.len()) {
            let piece = buffer.len().min(len - at);
            old.map.read(base + at, &mut buffer[..piece]);
            self.map.write(base + at, &buffer[..piece]);
        }
    }
}

/// A track's words in the map.
struct View<'a> {
    map: &'a Map,
    track: Track,
}

impl Store for View<'_> {
    fn set(&self, word: Word, value: u64) {
        self.map.word(self.track.at() + word as usize).store(value, Ordering::Release);
    }

    fn fence(&self) {
        fence(Ordering::Release);
    }
}

/// The output as its own writer reads it.
struct Own<'a> {
    writer: &'a Writer,
}

impl Fetch for Own<'_> {
    fn words(&self) -> Result<Words> {
        Ok(self.writer.words(Track::Output))
    }

    fn bytes(&self, position: u64, into: &mut [u8]) -> Result<()> {
        let base = self.writer.layout.extent(Track::Output).base;
        self.writer.map.read((base + position) as usize, into);
        Ok(())
    }

    fn fence(&self) {}

    fn limit(&self) -> u64 {
        self.writer.layout.extent(Track::Output).limit
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

const _: () = assert!(FIRST >= index::SIZE_LEN as u64 && FIRST.is_multiple_of(4096));
