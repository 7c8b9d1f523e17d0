//! A session that is over, shown to who goes there: how it ended, then what it wrote, in the person's pager.
//! From then on it is told of no more.

use std::io::Read;

use nix::sys::memfd::{MFdFlags, memfd_create};

use super::replay::{self, Stretch};
use ms_platform::time::Time;
use ms_terminal::text_table::span;
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::format::size::{MAX_RING, MIN_RING};
use msession::format::status::{Exit, StatusRecord};
use msession::query::catalog::{self, Item};
use msession::store::history::{Entry, History, SavedOutput};
use msession::store::ring;

/// A completed session.
#[derive(Clone, Debug, PartialEq)]
pub struct CompletedSession {
    id: String,
    name: SessionName,
    status: StatusRecord,
}

impl CompletedSession {
    /// What this entry of the history is of.
    ///
    /// # Errors
    /// `Damaged` or `System` if the entry cannot be read.
    pub fn of(entry: &Entry) -> Result<CompletedSession> {
        let facts = catalog::entry_facts(entry)?;
        Ok(CompletedSession { id: facts.record.id, name: facts.record.name, status: facts.status })
    }

    /// What a list has of it, if it is over.
    pub(super) fn listed(item: &Item) -> Option<CompletedSession> {
        let facts = item.facts.as_ref().ok().filter(|facts| facts.status.exit.is_some())?;
        let id = facts.record.id.clone();
        Some(CompletedSession { id, name: facts.record.name.clone(), status: facts.status.clone() })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn name(&self) -> &SessionName {
        &self.name
    }

    pub(super) fn status(&self) -> &StatusRecord {
        &self.status
    }

    pub(super) fn exit(&self) -> Exit {
        self.status.exit.unwrap_or(Exit::LOST)
    }

    /// What there is to read: how it ended, then what it wrote, as lines with their looks.
    pub(super) fn text(&self) -> Result<Vec<u8>> {
        let ago = span(self.status.since.until(Time::now()));
        let mut text = format!("[{} ended {ago} ago: {}]\n", self.name, self.exit()).into_bytes();
        let Some(history) = History::open()? else { return Ok(text) };
        let Some(saved) = history.entry(&self.id)?.output()? else { return Ok(text) };
        if saved.range.floor > 0 {
            text.extend(format!("{}\n", replay::gone_for_good(saved.range.floor)).into_bytes());
        }
        let ring = ring_of(saved)?;
        let to = ring.snapshot()?.written;
        let stretch = Stretch { from: 0, to, alternate: false, seen: false, last: true, all: true };
        text.extend(replay::text(&ring, stretch)?);
        Ok(text)
    }

    /// Somebody has looked.
    pub(super) fn seen(&self) -> Result<()> {
        History::open()?.map_or(Ok(()), |history| history.seen(&self.id))
    }
}

/// What was saved as the session's ring had it, for the one that makes lines of a ring.
fn ring_of(mut saved: SavedOutput) -> Result<ring::Reader> {
    let failed = || Error::system("reading the output");
    let mut bytes = Vec::new();
    saved.bytes.read_to_end(&mut bytes).map_err(failed())?;
    let file = memfd_create("output", MFdFlags::MFD_CLOEXEC).map_err(Error::errno("memfd"))?;
    let mut sizes = saved.marks.size_marks().into_iter();
    let first = sizes.next();
    let (cols, rows) = first.map_or((80, 24), |mark| (mark.cols, mark.rows));
    // Room enough that the ring gives none of it up.
    let capacity = (bytes.len() as u64 / 2 * 3).clamp(MIN_RING, MAX_RING);
    let mut writer = ring::Writer::create(file.into(), capacity, cols, rows, Time(0))?;
    let mut at = 0;
    for mark in sizes {
        let to = (mark.offset.saturating_sub(saved.range.floor) as usize).clamp(at, bytes.len());
        writer.append_at(&bytes[at..to], mark.time);
        writer.mark_size(mark.cols, mark.rows, mark.time);
        at = to;
    }
    writer.append_at(&bytes[at..], Time(0));
    ring::Reader::open(writer.file()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use msession::store::history::{Marks, OutputRange};

    fn saved(bytes: &'static [u8], floor: u64, sizes: Vec<(u64, u64, u16, u16)>) -> SavedOutput {
        let range = OutputRange { floor, written: floor + bytes.len() as u64, last_output: None };
        SavedOutput { range, marks: Marks { sizes, ..Marks::default() }, bytes: Box::new(bytes) }
    }

    #[test]
    fn what_was_saved_is_a_ring_again_with_the_sizes_that_it_was_written_for() {
        let sizes = vec![(1, 3, 10, 5), (2, 9, 20, 6), (3, 11, 30, 7)];
        let ring = ring_of(saved(b"0123456789", 5, sizes)).unwrap();
        let mut bytes = Vec::new();
        ring.read(0, 100, &mut bytes).unwrap();
        assert_eq!(bytes, b"0123456789");
        let marks = ring.size_marks().unwrap();
        let at: Vec<_> = marks.iter().map(|mark| (mark.offset, mark.cols, mark.rows)).collect();
        assert_eq!(at, [(0, 10, 5), (4, 20, 6), (6, 30, 7)]);
    }

    #[test]
    fn what_wrote_nothing_and_what_wrote_much_can_be_read() {
        assert_eq!(ring_of(saved(b"", 0, vec![])).unwrap().snapshot().unwrap().written, 0);
        let long: &'static [u8] = vec![b'x'; 300_001].leak();
        let ring = ring_of(saved(long, 7, vec![])).unwrap();
        let now = ring.snapshot().unwrap();
        assert_eq!((now.floor, now.written), (0, 300_001));
    }
}
