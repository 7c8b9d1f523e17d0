//! The tracks of a file, as their one writer has them: places in a shared map, and the room that was
//! reserved for them. It touches only what was reserved before, so a full file system makes a track
//! shorter and never raises SIGBUS. What the bytes mean is `writer`'s business.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use super::layout::{Extent, Layout, Track};
use super::protocol::{Fetch, Producer, Store, Word, Words};
use super::reserve::{Space, next_block};
use crate::format::error::{Error, Result};
use ms_platform::sys::map::Map;

/// Bytes that are copied at a time from one file to another.
const COPY: usize = 64 << 10;

/// A file of tracks. Owns the file and its map.
#[derive(Debug)]
pub(super) struct Tracks {
    map: Map,
    pub(super) space: Space,
    layout: Layout,
    producers: [Producer; 4],
    /// The file was found cut short, and nothing of before counts as readable any more.
    gave_up: bool,
}

/// Room for the next bytes of a track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    at: usize,
    len: usize,
}

impl Tracks {
    /// Tracks in which nothing was written yet, with the first block of each reserved. From then on the
    /// file can't be opened for writing.
    pub(super) fn create(file: File, layout: Layout) -> Result<Tracks> {
        let failed = || Error::system("output");
        file.set_permissions(Permissions::from_mode(0o400)).map_err(failed())?;
        file.set_len(layout.file_len()).map_err(failed())?;
        let map = Map::new(&file, layout.file_len() as usize).map_err(failed())?;
        let producers = Track::ALL.map(|track| Producer::new(layout.extent(track).limit));
        let mut tracks = Tracks { map, space: Space::new(file), layout, producers, gave_up: false };
        tracks.begin().map_err(Error::errno("output"))?;
        Ok(tracks)
    }

    /// Reserves the header and the first blocks, then writes the header, its first word last.
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

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(super) fn words(&self, track: Track) -> Words {
        self.producers[track as usize].words()
    }

    /// A word of the header that is no track's.
    pub(super) fn header_word(&self, at: usize) -> &AtomicU64 {
        self.map.word(at)
    }

    /// Whether the file is cut short.
    pub(super) fn is_cut(&self) -> bool {
        self.map.is_lost() || self.space.len().is_ok_and(|len| len < self.layout.file_len())
    }

    /// Whether what was written so far may be lost without the words telling.
    pub(super) fn is_doubtful(&self) -> bool {
        self.map.is_lost() && !self.gave_up
    }

    /// If the file was found cut short since the last time, leaves nothing to read of what was written
    /// so far, and returns true. From then on the tracks are kept in private memory.
    pub(super) fn give_up_if_lost(&mut self) -> bool {
        let newly = self.is_doubtful();
        if newly {
            self.gave_up = true;
            self.empty();
        }
        newly
    }

    /// Writes all of `bytes` to a track.
    pub(super) fn put(&mut self, track: Track, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let piece = self.claim(track, bytes.len() as u64);
            let (front, rest) = bytes.split_at(piece.len);
            self.map.write(piece.at, front);
            self.publish(track, piece.len as u64);
            bytes = rest;
        }
    }

    /// One read(2) of `fd` into a piece. What it gave is to be published.
    pub(super) fn fill(&self, piece: Piece, fd: BorrowedFd<'_>) -> io::Result<usize> {
        // A terminal drops what it can't deliver: meet a file that was cut short before, not in read(2).
        self.map.write(piece.at, &[0]);
        self.map.read_from(piece.at, piece.len, fd)
    }

    /// Finds room for a piece of at most `want` bytes (at least one) and raises the floor over what it
    /// replaces, never more than a quarter of the track.
    pub(super) fn claim(&mut self, track: Track, want: u64) -> Piece {
        let missing = self.producers[track as usize].missing(self.bounded(track, want));
        if missing > 0 && self.grow(track, missing).is_err() {
            self.shorten_if_stuck(track);
        }
        let want = self.bounded(track, want);
        let view = View { map: &self.map, track };
        let (position, len) = self.producers[track as usize].claim(want, &view);
        Piece { at: (self.layout.extent(track).base + position) as usize, len: len as usize }
    }

    /// Shows readers the first `len` bytes of the piece that was claimed.
    pub(super) fn publish(&mut self, track: Track, len: u64) {
        self.producers[track as usize].publish(len, &View { map: &self.map, track });
    }

    fn bounded(&self, track: Track, want: u64) -> u64 {
        want.clamp(1, self.words(track).capacity.div_ceil(4))
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

    /// Goes on where `old`, of the same layout, stands. Of an old file that turns out to be cut short
    /// only the offsets are left.
    pub(super) fn take_over(&mut self, old: &Tracks) -> nix::Result<()> {
        for track in Track::ALL {
            self.take_over_track(old, track)?;
        }
        if old.is_cut() && !old.gave_up {
            self.empty();
        }
        Ok(())
    }

    /// Leaves nothing to read.
    fn empty(&mut self) {
        for track in Track::ALL {
            self.resume(track, self.words(track).emptied());
        }
    }

    fn take_over_track(&mut self, old: &Tracks, track: Track) -> nix::Result<()> {
        let reserved = old.producers[track as usize].reserved();
        while self.producers[track as usize].reserved() < reserved {
            let missing = reserved - self.producers[track as usize].reserved();
            self.grow(track, missing)?;
        }
        self.copy_region(old, track, reserved as usize);
        self.resume(track, old.words(track));
        Ok(())
    }

    fn resume(&mut self, track: Track, words: Words) {
        self.producers[track as usize].resume(words, &View { map: &self.map, track });
    }

    fn copy_region(&self, old: &Tracks, track: Track, len: usize) {
        let base = self.layout.extent(track).base as usize;
        let mut buffer = vec![0; COPY];
        for at in (0..len).step_by(COPY) {
            let piece = COPY.min(len - at);
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

/// The output as its own writer reads it: nobody else changes it meanwhile.
impl Fetch for Tracks {
    fn words(&self) -> Result<Words> {
        Ok(self.words(Track::Output))
    }

    fn bytes(&self, position: u64, into: &mut [u8]) -> Result<()> {
        self.map.read((self.layout.extent(Track::Output).base + position) as usize, into);
        Ok(())
    }

    fn fence(&self) {}

    fn limit(&self) -> u64 {
        self.layout.extent(Track::Output).limit
    }
}
