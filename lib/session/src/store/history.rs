//! What outlives a session: its record, its last status and its output, in the state directory by id.
//! It will never touch a live session; finishing a dead one's record is `finalize`'s.
//!
//! # sessions/ID/
//!
//! ```text
//! session.json  as in the runtime directory, with the latest name
//! status.json   as it was at the start; at the end: completed, with the attention "done" if nobody saw it
//!               end, until somebody has looked: that is so as long as the id is in unseen/ as well
//! output.zst    zstd (RFC 8878): two skippable frames (magic 0x184D2A50, u32 length) with the JSON
//!               texts of OutputRange and of Marks, then one frame with the bytes that were still in the ring
//!               OutputRange {floor, written, last_output}
//!               Marks {times: [[ms, offset]…], coarse: how many of them, sizes: [[ms, offset, cols, rows]…]}
//! waits         waits that ended, one JSON object a line
//! ```

pub mod keep;

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::fcntl::renameat;
use nix::unistd::{UnlinkatFlags, unlinkat};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::format::attention::Attention;
use crate::format::error::{Error, Result};
use crate::format::id;
use crate::format::session_name::SessionName;
use crate::format::session_record::{self, SessionRecord, check_format};
use crate::format::status::{self, Status, StatusRecord};
use crate::store::faults;
use crate::store::files;
use crate::store::ring::{SizeMark, TimeMark};
use crate::store::rundir::{self, OwnDir};
use crate::store::session::{self, file};
use crate::store::unseen::Unseen;
use ms_platform::time::Time;

/// What the names of entries begin with that are being forgotten.
const GONE: &str = ".gone-";
/// Name of the saved output.
const OUTPUT: &str = "output.zst";
/// Magic of a skippable frame (RFC 8878, 3.1.2).
const SKIPPABLE: u32 = 0x184D_2A50;
/// zstd's own default: 10 MiB of text in some 30 ms.
const LEVEL: i32 = 3;
/// A range is no longer than this: it is read by one call.
const SMALL_HEAD: usize = 256;
/// Largest skippable frame that is read, in bytes.
const MAX_HEAD: u32 = 64 << 20;

/// How much later than a coarse mark, and than a fine one, its last byte may have come, in milliseconds.
const COARSE: u64 = 30_000;
const FINE: u64 = 20;

/// The directory of all saved sessions.
#[derive(Debug)]
pub struct History {
    dir: OwnDir,
}

/// Where the saved bytes lie in the session's whole output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutputRange {
    /// Offset of the first saved byte.
    pub floor: u64,
    /// Offset after the last one.
    pub written: u64,
    /// When the last one came.
    pub last_output: Option<Time>,
}

/// When the saved bytes came, and for which size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Marks {
    /// (milliseconds since 1970, offset): bytes from that offset on came at that time.
    pub times: Vec<(u64, u64)>,
    /// So many of the first times are coarse: what follows them came up to 30 s later, not 20 ms.
    pub coarse: usize,
    /// (milliseconds since 1970, offset, columns, rows): the size from that offset on.
    pub sizes: Vec<(u64, u64, u16, u16)>,
}

impl Marks {
    /// Of what a ring's marks say.
    pub fn of(times: &[TimeMark], sizes: &[SizeMark]) -> Marks {
        Marks {
            times: times.iter().map(|mark| (mark.time.0, mark.offset)).collect(),
            coarse: times.iter().take_while(|mark| mark.span_ms >= COARSE).count(),
            sizes: sizes.iter().map(|mark| (mark.time.0, mark.offset, mark.cols, mark.rows)).collect(),
        }
    }

    /// The times as a ring has them.
    pub fn time_marks(&self) -> Vec<TimeMark> {
        let span = |number| if number < self.coarse { COARSE } else { FINE };
        let mark = |(number, &(time, offset))| TimeMark { time: Time(time), offset, span_ms: span(number) };
        self.times.iter().enumerate().map(mark).collect()
    }

    /// The sizes as a ring has them.
    pub fn size_marks(&self) -> Vec<SizeMark> {
        let mark = |&(time, offset, cols, rows)| SizeMark { time: Time(time), offset, cols, rows };
        self.sizes.iter().map(mark).collect()
    }
}

impl History {
    /// The history, if there is one.
    ///
    /// # Errors
    /// `System` if it cannot be opened or is not ours.
    pub fn open() -> Result<Option<History>> {
        Ok(rundir::open_state()?.map(|dir| History { dir }))
    }

    /// The history, made if there is none.
    ///
    /// # Errors
    /// `Usage` if no place for it is known, `System` if it cannot be made or is not ours alone.
    pub fn make() -> Result<History> {
        Ok(History { dir: rundir::make_state()? })
    }

    /// Whether the directory was removed: what is written there reaches nobody.
    pub fn is_gone(&self) -> bool {
        nix::sys::stat::fstat(&self.dir).is_ok_and(|stat| stat.st_nlink == 0)
    }

    /// Begins the record of a session.
    ///
    /// # Errors
    /// `System` if it cannot be written, `Damaged` for an id that is none or another session's.
    pub fn begin(&self, record: &SessionRecord, status: &StatusRecord) -> Result<()> {
        faults::step("begin.record")?;
        let entry = self.enter(record)?;
        faults::step("begin.status")?;
        entry.complete(status)
    }

    /// The entry of a session, made if there is none, with its record as it is now.
    ///
    /// # Errors
    /// Also if the id is another session's: what that printed is not overwritten.
    pub fn enter(&self, record: &SessionRecord) -> Result<Entry> {
        session_record::check_id(file::RECORD, &record.id)?;
        let entry = Entry { dir: self.dir.make_dir(&record.id)?, id: record.id.clone() };
        match entry.record() {
            Ok(known) if !known.is_same_session(record) => {
                return Err(Error::damaged(record.name.as_str(), "its id is another session's"));
            }
            Err(error) if !error.is_absence() => return Err(error),
            _ => {}
        }
        session::write_json(&entry.dir, file::RECORD, record)?;
        Ok(entry)
    }

    /// How a session ended, if its entry says so.
    ///
    /// # Errors
    /// `Damaged` or `System` if there is an entry that cannot be read.
    pub fn completed(&self, record: &SessionRecord) -> Result<Option<StatusRecord>> {
        let status = self.entry(&record.id).and_then(|entry| entry.status());
        match status {
            Ok(status) => Ok(Some(status).filter(|status| status.status == Status::Completed)),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes how a session ended. One that nobody saw end is in the index before its record says so; where
    /// the index can't be had the record says why, and the end itself is kept all the same.
    ///
    /// # Errors
    /// `System` if the record cannot be written.
    pub fn complete(&self, entry: &Entry, status: &StatusRecord) -> Result<()> {
        if status.attention != Some(Attention::Done) {
            return entry.complete(status);
        }
        let listed = faults::step("save.unseen").and_then(|()| Unseen::make(&self.dir)?.add(&entry.id));
        let Err(error) = listed else { return entry.complete(status) };
        let warning = Some(format!("not told of as done: {error}"));
        entry.complete(&StatusRecord { attention: None, warning, ..status.clone() })
    }

    /// Somebody has looked at a completed session: it is told of no more.
    ///
    /// # Errors
    /// `System` if the record or the index cannot be written, `Damaged` if the record cannot be read as one.
    pub fn seen(&self, id: &str) -> Result<()> {
        let entry = self.entry(id)?;
        if let Some(unseen) = Unseen::open(&self.dir)? {
            unseen.remove(id)?;
        }
        match entry.written_status()? {
            status if status.attention == Some(Attention::Done) => {
                entry.complete(&StatusRecord { attention: None, ..status })
            }
            _ => Ok(()),
        }
    }

    /// Adds a warning to the record of a completed session.
    ///
    /// # Errors
    /// It can't be read or written, or the session has not completed.
    pub fn warn(&self, id: &str, text: &str) -> Result<()> {
        let entry = self.entry(id)?;
        let status = entry.written_status()?;
        if status.status != Status::Completed {
            return Err(Error::damaged(id, "it has not completed"));
        }
        let warning = Some(status::join_warnings(status.warning.as_deref(), text));
        entry.complete(&StatusRecord { warning, ..status })
    }

    /// Ids of all sessions in it, in no order.
    ///
    /// # Errors
    /// `System` if the directory cannot be read.
    pub fn ids(&self) -> Result<Vec<String>> {
        let mut names = session::file_names(&self.dir)?;
        names.retain(|name| id::is_id(name));
        Ok(names)
    }

    /// One session's entry.
    ///
    /// # Errors
    /// `Damaged` for an id that is none, `System` if there is no such entry or it cannot be opened.
    pub fn entry(&self, id: &str) -> Result<Entry> {
        session_record::check_id(id, id)?;
        Ok(Entry { dir: self.dir.open_dir(id)?, id: id.to_owned() })
    }

    /// The directory itself.
    pub fn dir(&self) -> &OwnDir {
        &self.dir
    }

    /// Forgets a session, all of it or nothing.
    ///
    /// # Errors
    /// `Damaged` for an id that is none, `System` if it cannot be hidden or something of it not be removed.
    pub fn forget(&self, id: &str) -> Result<()> {
        session_record::check_id(id, id)?;
        faults::step("forget.hide")?;
        let hidden = format!("{GONE}{id}");
        match renameat(&self.dir, id, &self.dir, hidden.as_str()) {
            Ok(()) => {}
            // Somebody else does the same.
            Err(Errno::ENOENT) => return Ok(()),
            Err(errno) => return Err(Error::errno(id)(errno)),
        }
        if let Ok(Some(unseen)) = Unseen::open(&self.dir) {
            // One that is left there names no session, and is passed over.
            let _ = unseen.remove(id);
        }
        session::remove_tree(&self.dir, &hidden)
    }
}

/// One session's entry in the history.
#[derive(Debug)]
pub struct Entry {
    dir: OwnDir,
    id: String,
}

impl Entry {
    /// What it was.
    ///
    /// # Errors
    /// `Damaged` for a file that is none of ours or of a newer ms, `System` if it cannot be read.
    pub fn record(&self) -> Result<SessionRecord> {
        let record: SessionRecord = session::read_json(&self.dir, file::RECORD)?;
        check_format(format_args!("{}/{}", self.id, file::RECORD), record.format, session_record::FORMAT)?;
        if record.id != self.id {
            return Err(Error::damaged(format!("{}/{}", self.id, file::RECORD), "its id is another"));
        }
        Ok(record)
    }

    /// How it ended; as at its start if that was never written. It is `done` until somebody has looked.
    ///
    /// # Errors
    /// `Damaged` for a file that is none of ours or of a newer ms, `System` if it cannot be read.
    pub fn status(&self) -> Result<StatusRecord> {
        let status = self.written_status()?;
        let attention = status.attention.filter(|word| *word != Attention::Done || self.is_unseen());
        Ok(StatusRecord { attention, ..status })
    }

    /// Whether the index has it; where that can't be told, it does.
    fn is_unseen(&self) -> bool {
        match self.dir.open_dir("..").and_then(|history| Unseen::open(&history)) {
            Ok(unseen) => unseen.is_some_and(|unseen| unseen.has(&self.id)),
            Err(_) => true,
        }
    }

    fn written_status(&self) -> Result<StatusRecord> {
        let record: StatusRecord = session::read_json(&self.dir, file::STATUS)?;
        check_format(format_args!("{}/{}", self.id, file::STATUS), record.format, status::FORMAT)?;
        Ok(record)
    }

    /// What `read` reads of it. What is absent is looked for again where the output was saved by then: its
    /// session has begun and ended meanwhile, and two looks are not one moment.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read_whole<T>(&self, read: impl Fn(&Entry) -> Result<T>) -> Result<T> {
        match read(self) {
            Err(error) if error.is_absence() && self.has_output() => read(self),
            done => done,
        }
    }

    /// Whether it is still where its id says: it is hidden first when it is forgotten.
    pub fn is_in_place(&self) -> bool {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", self.dir.as_fd().as_raw_fd()));
        link.is_ok_and(|path| path.file_name() == Some(self.id.as_ref()))
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its log of waits, as it was saved.
    ///
    /// # Errors
    /// `System` if there is none or it cannot be opened.
    pub fn waits(&self) -> Result<File> {
        session::open_file(&self.dir, file::WAITS)
    }

    /// Keeps the latest name.
    ///
    /// # Errors
    /// `Damaged` or `System` if the record cannot be read, `System` if it cannot be written.
    pub fn rename(&self, name: &SessionName) -> Result<()> {
        let record = SessionRecord { name: name.clone(), named: true, ..self.record()? };
        session::write_json(&self.dir, file::RECORD, &record)
    }

    /// Writes how it ended.
    ///
    /// # Errors
    /// `System` if it cannot be written.
    pub fn complete(&self, status: &StatusRecord) -> Result<()> {
        session::write_json(&self.dir, file::STATUS, status)
    }

    /// Keeps the log of waits.
    ///
    /// # Errors
    /// `System` if it cannot be written.
    pub fn save_waits(&self, log: &[u8]) -> Result<()> {
        session::replace_file(&self.dir, file::WAITS, log)
    }

    /// Saves the output: `fill` is given a writer that compresses.
    ///
    /// # Errors
    /// Those of `fill`, and `System` if the file cannot be written; nothing half-written is left.
    pub fn save_output(
        &self,
        range: &OutputRange,
        marks: &Marks,
        fill: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        let fresh = ".output.zst.new";
        self.write_output(fresh, range, marks, fill).inspect_err(|_| {
            let _ = unlinkat(&self.dir, fresh, UnlinkatFlags::NoRemoveDir);
        })
    }

    fn write_output(
        &self,
        fresh: &str,
        range: &OutputRange,
        marks: &Marks,
        fill: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        let file = files::create_anew(&self.dir, fresh, || OUTPUT.to_owned())?;
        compress(file, range, marks, fill)?;
        renameat(&self.dir, fresh, &self.dir, OUTPUT).map_err(Error::errno(OUTPUT))
    }

    /// Where the saved output lies; `None` if none was saved.
    ///
    /// # Errors
    /// `Damaged` if what was saved does not begin as it must, `System` if it cannot be read.
    pub fn range(&self) -> Result<Option<OutputRange>> {
        let head = |file| read_head(&mut BufReader::with_capacity(SMALL_HEAD, file));
        self.open_output()?.map(head).transpose()
    }

    /// The saved output; `None` if none was saved.
    ///
    /// # Errors
    /// `Damaged` if what was saved does not begin as it must, `System` if it cannot be read.
    pub fn output(&self) -> Result<Option<SavedOutput>> {
        let Some(mut file) = self.open_output()? else { return Ok(None) };
        let (range, marks) = (read_head(&mut file)?, read_head(&mut file)?);
        let bytes = zstd::Decoder::new(file).map_err(Error::system(OUTPUT))?;
        Ok(Some(SavedOutput { range, marks, bytes: Box::new(bytes) }))
    }

    fn open_output(&self) -> Result<Option<File>> {
        match session::open_file(&self.dir, OUTPUT) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What was saved of a session's output.
pub struct SavedOutput {
    /// Where the bytes lie.
    pub range: OutputRange,
    /// When they came.
    pub marks: Marks,
    /// The bytes.
    pub bytes: Box<dyn Read>,
}

fn compress(
    file: File,
    range: &OutputRange,
    marks: &Marks,
    fill: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let mut file = BufWriter::new(file);
    write_head(&mut file, range)?;
    write_head(&mut file, marks)?;
    let mut encoder = zstd::Encoder::new(file, LEVEL).map_err(Error::system(OUTPUT))?;
    fill(&mut encoder)?;
    let mut file = encoder.finish().map_err(Error::system(OUTPUT))?;
    file.flush().map_err(Error::system(OUTPUT))
}

/// Writes a skippable frame.
fn write_head<T: Serialize>(file: &mut impl Write, value: &T) -> Result<()> {
    let text = serde_json::to_vec(value).map_err(|why| Error::damaged(OUTPUT, why))?;
    let head = [SKIPPABLE.to_le_bytes(), (text.len() as u32).to_le_bytes()].concat();
    file.write_all(&head).and_then(|()| file.write_all(&text)).map_err(Error::system(OUTPUT))
}

/// Reads a skippable frame.
fn read_head<T: DeserializeOwned>(file: &mut impl Read) -> Result<T> {
    let mut head = [0u8; 8];
    file.read_exact(&mut head).map_err(|why| Error::damaged(OUTPUT, why))?;
    let field = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (magic, length) = (field(0), field(4));
    if magic != SKIPPABLE || length > MAX_HEAD {
        return Err(Error::damaged(OUTPUT, "does not begin as a saved output does"));
    }
    let mut text = Vec::new();
    file.take(u64::from(length)).read_to_end(&mut text).map_err(Error::system(OUTPUT))?;
    serde_json::from_slice(&text).map_err(|why| Error::damaged(OUTPUT, why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::fcntl::AT_FDCWD;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn marks_are_as_the_ring_had_them() {
        let time = |time, offset, span_ms| TimeMark { time: Time(time), offset, span_ms };
        let times = [time(0, 0, 30_010), time(50_000, 9, 20), time(90_000, 12, 20)];
        let sizes = [SizeMark { time: Time(7), offset: 3, cols: 80, rows: 24 }];
        let marks = Marks::of(&times, &sizes);
        assert_eq!(
            serde_json::to_string(&marks).unwrap(),
            r#"{"times":[[0,0],[50000,9],[90000,12]],"coarse":1,"sizes":[[7,3,80,24]]}"#
        );
        assert_eq!(marks.size_marks(), sizes);
        let spans: Vec<_> = marks.time_marks().iter().map(|mark| mark.span_ms).collect();
        assert_eq!(spans, [30_000, 20, 20]);
    }

    fn entry(tmp: &tempfile::TempDir) -> Entry {
        std::fs::set_permissions(tmp.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let dir = OwnDir::open_at(AT_FDCWD, tmp.path(), tmp.path().to_owned()).unwrap();
        Entry { dir: dir.make_dir("id").unwrap(), id: "id".into() }
    }

    #[test]
    fn output_comes_back_with_its_place() {
        let tmp = tempfile::tempdir().unwrap();
        let entry = entry(&tmp);
        assert!(entry.output().unwrap().is_none());
        let range = OutputRange { floor: 3, written: 8, last_output: None };
        let marks = Marks { times: vec![(1, 3)], coarse: 0, sizes: vec![(1, 3, 80, 24)] };
        entry.save_output(&range, &marks, |out| out.write_all(b"hello").map_err(Error::system("x"))).unwrap();
        let mut saved = entry.output().unwrap().unwrap();
        let mut text = String::new();
        saved.bytes.read_to_string(&mut text).unwrap();
        assert_eq!((saved.range, saved.marks, text.as_str()), (range, marks, "hello"));
        assert_eq!(entry.range().unwrap(), Some(range));
    }

    #[test]
    fn what_was_written_between_two_looks_is_read_again() {
        let tmp = tempfile::tempdir().unwrap();
        let entry = entry(&tmp);
        let looks = std::cell::Cell::new(0);
        let read = |entry: &Entry| {
            let found = entry.range()?.map(|range| range.written);
            looks.set(looks.get() + 1);
            if looks.get() == 1 {
                entry.save_output(&OutputRange::default(), &Marks::default(), |_| Ok(()))?;
            }
            found.ok_or_else(|| Error::errno(OUTPUT)(Errno::ENOENT))
        };
        assert_eq!(entry.read_whole(read).unwrap(), 0);
        let absent = |_: &Entry| Err::<(), _>(Error::errno(file::STATUS)(Errno::ENOENT));
        assert!(entry.read_whole(absent).unwrap_err().is_absence(), "what stays absent is told");
        assert!(entry.is_in_place());
        std::fs::rename(tmp.path().join("id"), tmp.path().join(".gone-id")).unwrap();
        assert!(!entry.is_in_place());
    }

    #[test]
    fn a_damaged_file_is_said_to_be_so() {
        let tmp = tempfile::tempdir().unwrap();
        let entry = entry(&tmp);
        for bytes in [&b""[..], b"short", b"not a saved output at all", b"\x50\x2a\x4d\x18\xff\xff\xff\xff"] {
            std::fs::write(tmp.path().join("id").join(OUTPUT), bytes).unwrap();
            let error = entry.output().err().unwrap();
            assert!(matches!(error, Error::Damaged { .. }), "{error}");
        }
    }
}
