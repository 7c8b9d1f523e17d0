//! What a session wrote, wherever it is now: in the ring of a live session, or saved of a completed one.
//! Read from files alone; what it means is not this module's business.

mod since;

use std::fmt;
use std::io::Read;

use crate::format::error::{Error, Result};
use crate::format::session_record::SessionRecord;
use crate::format::status::StatusRecord;
use crate::query::catalog;
use crate::query::elsewhere;
use crate::query::lookup::{self, Found};
use crate::store::history::{Entry, Marks, OutputRange};
use crate::store::ring::{self, SizeMark, TimeMark};
use crate::store::session::{Runtime, SessionDir, file};

pub use since::{Since, Start, start};

/// Bytes that are read at a time.
const PIECE: usize = 256 << 10;

/// How often a session that ends meanwhile is looked for.
const LOOKS: u32 = 5;

/// A session's output.
pub struct Source {
    /// What the session is.
    pub record: SessionRecord,
    /// What it did when this was opened.
    pub status: StatusRecord,
    /// What could be read when it was last looked at.
    pub range: OutputRange,
    /// What could not be read of it beside its output, if anything.
    pub damage: Option<Error>,
    bytes: Bytes,
}

enum Bytes {
    Ring { session: SessionDir, reader: ring::Reader },
    Saved { marks: Marks, stream: Box<dyn Read>, at: u64 },
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("id", &self.record.id).field("range", &self.range).finish()
    }
}

impl Source {
    /// The output of the session `name`; inside a session, without a name, of that one.
    ///
    /// # Errors
    /// Those of [`lookup::find`]; `Usage` without a name outside of a session; `Damaged` or `System` if its
    /// files cannot be read.
    pub fn find(name: Option<&str>) -> Result<Source> {
        match name {
            Some(name) => Source::named(name),
            None => {
                let inside = Runtime::open()?.map(|runtime| lookup::inside(&runtime)).transpose()?.flatten();
                Source::live(inside.ok_or_else(|| Error::Usage("not inside a session: which one?".into()))?)
            }
        }
    }

    /// Where it is may be another place a moment later: a session that ends meanwhile is looked for again.
    fn named(name: &str) -> Result<Source> {
        let open = || match lookup::find(name)? {
            Found::Live(session) => Source::live(session),
            Found::Saved(entry) => Source::saved(&entry),
        };
        for _ in 1..LOOKS {
            match open() {
                Err(error) if error.is_absence() => {}
                done => return done,
            }
        }
        open()
    }

    /// Of a damaged session the output can be read all the same.
    fn live(session: SessionDir) -> Result<Source> {
        let (mut damage, made) = (None, session.is_complete());
        // Only what has its place and was once whole lacks a file; else it ends or begins just now.
        let mut or_unknown = |error: Error| {
            if error.is_absence() && !(made && session.is_in_place()) {
                return Err(error);
            }
            damage.get_or_insert(error);
            Ok(())
        };
        let mut record = match session.record() {
            Ok(record) => record,
            Err(error) => or_unknown(error).map(|()| SessionRecord::unknown(session.name().clone()))?,
        };
        let status = match session.status() {
            Ok(status) => status,
            // Its own program may read at once what it wrote.
            Err(error) if error.is_absence() && !made && session.is_in_place() => {
                StatusRecord::begin(80, 24, record.created)
            }
            Err(error) => or_unknown(error).map(|()| StatusRecord::begin(80, 24, record.created))?,
        };
        record.name = session.name().clone();
        let reader = ring::Reader::open(session.open_file(file::OUTPUT)?)?;
        let bytes = Bytes::Ring { session, reader };
        let mut source = Source { record, status, range: OutputRange::default(), damage, bytes };
        source.look()?;
        Ok(source)
    }

    fn saved(entry: &Entry) -> Result<Source> {
        let (facts, damage) = match catalog::entry_facts(entry) {
            Ok(facts) => (facts, None),
            Err(error) if entry.has_output() => (catalog::unknown(entry)?, Some(error)),
            Err(error) => return Err(error),
        };
        let (range, marks, stream): (_, _, Box<dyn Read>) = match entry.output()? {
            Some(saved) => (saved.range, saved.marks, saved.bytes),
            None => (OutputRange::default(), Marks::default(), Box::new(std::io::empty())),
        };
        let bytes = Bytes::Saved { marks, stream, at: range.floor };
        Ok(Source { record: facts.record, status: facts.status, range, damage, bytes })
    }

    /// The session's directory, while it is live.
    pub fn session(&self) -> Option<&SessionDir> {
        match &self.bytes {
            Bytes::Ring { session, .. } => Some(session),
            Bytes::Saved { .. } => None,
        }
    }

    /// Looks what can be read now.
    ///
    /// # Errors
    /// `Damaged` or `System` if the ring cannot be read.
    pub fn look(&mut self) -> Result<()> {
        let Bytes::Ring { session, reader } = &mut self.bytes else { return Ok(()) };
        let mut now = reader.snapshot()?;
        if now.moved {
            // The directory was removed under the server and put back: the ring is another file.
            if let Ok(Some(again)) = elsewhere::find_again(&self.record.id) {
                *reader = ring::Reader::open(again.open_file(file::OUTPUT)?)?;
                *session = again;
                now = reader.snapshot()?;
            }
        }
        self.range = OutputRange { floor: now.floor, written: now.written, last_output: now.last_output };
        Ok(())
    }

    /// Hands what was written from `from` to `to` on, in pieces with their offsets; what is lost in
    /// between is not there. Of saved output each byte can be had only once, in order.
    ///
    /// # Errors
    /// `Damaged` or `System` if the output cannot be read, and those of `each`.
    pub fn copy(&mut self, from: u64, to: u64, mut each: impl FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        let (mut offset, mut buffer) = (from, Vec::new());
        while let Some(start) = self.piece(offset, to, &mut buffer)? {
            each(start, &buffer)?;
            offset = start + buffer.len() as u64;
        }
        Ok(())
    }

    /// The next piece before `to`: its offset; none if there is none.
    ///
    /// # Errors
    /// `Damaged` or `System` if the output cannot be read.
    pub fn piece(&mut self, offset: u64, to: u64, buffer: &mut Vec<u8>) -> Result<Option<u64>> {
        let max = PIECE.min(usize::try_from(to.saturating_sub(offset)).unwrap_or(PIECE));
        if max == 0 {
            return Ok(None);
        }
        let start = self.read(offset, max, buffer)?;
        // After a gap there may be more than was asked for.
        buffer.truncate(usize::try_from(to.saturating_sub(start)).unwrap_or(0));
        Ok((!buffer.is_empty()).then_some(start))
    }

    /// As [`Source::copy`], all in one.
    ///
    /// # Errors
    /// `Damaged` or `System` if the output cannot be read.
    pub fn read_all(&mut self, from: u64, to: u64) -> Result<Vec<u8>> {
        let mut all = Vec::with_capacity(usize::try_from(to.saturating_sub(from)).unwrap_or(0).min(64 << 20));
        self.copy(from, to, |_, bytes| {
            all.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(all)
    }

    fn read(&mut self, offset: u64, max: usize, buffer: &mut Vec<u8>) -> Result<u64> {
        match &mut self.bytes {
            Bytes::Ring { reader, .. } => Ok(reader.read(offset, max, buffer)?.offset),
            Bytes::Saved { stream, at, .. } => {
                let failed = || Error::system("output.zst");
                let skip = offset.saturating_sub(*at);
                *at +=
                    std::io::copy(&mut stream.by_ref().take(skip), &mut std::io::sink()).map_err(failed())?;
                buffer.clear();
                stream.by_ref().take(max as u64).read_to_end(buffer).map_err(failed())?;
                let start = *at;
                *at += buffer.len() as u64;
                Ok(start)
            }
        }
    }

    /// When it was written.
    ///
    /// # Errors
    /// `Damaged` or `System` if the ring cannot be read.
    pub fn times(&self) -> Result<Vec<TimeMark>> {
        match &self.bytes {
            Bytes::Ring { reader, .. } => reader.time_marks(),
            Bytes::Saved { marks, .. } => Ok(marks.time_marks()),
        }
    }

    /// For which sizes, oldest first.
    ///
    /// # Errors
    /// `Damaged` or `System` if the ring cannot be read.
    pub fn sizes(&self) -> Result<Vec<SizeMark>> {
        match &self.bytes {
            Bytes::Ring { reader, .. } => reader.size_marks(),
            Bytes::Saved { marks, .. } => Ok(marks.size_marks()),
        }
    }

    /// The size at `offset`, and the changes after it.
    ///
    /// # Errors
    /// `Damaged` or `System` if the ring cannot be read.
    pub fn sizes_from(&self, offset: u64) -> Result<((u16, u16), Vec<SizeMark>)> {
        let mut sizes = self.sizes()?;
        let later = sizes.split_off(sizes.partition_point(|mark| mark.offset <= offset));
        let known = sizes.last().or(later.first()).map(|mark| (mark.cols, mark.rows));
        Ok((known.unwrap_or((self.status.cols, self.status.rows)), later))
    }
}
