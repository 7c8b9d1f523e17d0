//! Finishing the record of sessions whose end nobody saw: the server was killed, or the machine went
//! down. The next tool that sees the free lock does it, under the runtime directory's lock, so that it
//! is done once. What had been printed is saved first. What cannot be read is not taken for absent: it
//! stays where it is, to be looked at.

use std::fs::File;
use std::io::{Read, Write};
use std::time::Duration;

use crate::format::config::Config;
use crate::format::error::{Error, Result};
use crate::format::session_record::SessionRecord;
use crate::format::status::{Status, StatusRecord};
use crate::store::faults;
use crate::store::history::{Entry, History, Marks, OutputRange, keep};
use crate::store::ring;
use crate::store::session::{self, Life, Runtime, SessionDir, file};
use ms_platform::time::Time;

/// So much of the log of waits is saved, in bytes: its server ends it before.
const MAX_WAITS: u64 = 2 << 20;
/// Bytes that are copied at a time.
const COPY: usize = 256 << 10;

/// Finishes every session in the runtime directory whose server is dead. To be called under
/// `Runtime::guard`. One that is damaged is left where it is, to be looked at.
///
/// # Errors
/// `System` if the runtime directory cannot be read; a session that cannot be finished is none.
pub fn finish_dead(runtime: &Runtime, history: &History) -> Result<()> {
    let mut finished = false;
    for name in runtime.names()? {
        let Ok(Some(session)) = runtime.open_session(&name) else { continue };
        if matches!(session.life(), Ok(Life::Free)) {
            finished |= finish(runtime, history, &session).is_ok();
        }
    }
    if finished {
        keep_limits(history, keep::A_MOMENT);
    }
    Ok(())
}

/// Keeps the history to its limits, unless the configuration that says which cannot be read.
pub fn keep_limits(history: &History, time: Duration) {
    if let Ok(config) = Config::load() {
        let _ = history.keep_limits(&config.history, time);
    }
}

/// What a dead session left.
#[derive(Debug)]
pub struct Remains {
    /// What it was.
    pub record: SessionRecord,
    /// What it did last.
    pub status: StatusRecord,
}

impl Remains {
    /// Of a session whose server is dead; none if its program never ran.
    ///
    /// # Errors
    /// What is wrong with it: it cannot be finished as it is.
    pub fn of(session: &SessionDir) -> Result<Option<Remains>> {
        faults::step("finalize.read")?;
        let record = match session.record() {
            Err(error) if error.is_absence() => {
                return if never_ran(session)? { Ok(None) } else { Err(error) };
            }
            record => SessionRecord { name: session.name().clone(), ..record? },
        };
        let status = match session.status() {
            // Its server was killed before it wrote the first one.
            Err(error) if error.is_absence() => StatusRecord::begin(80, 24, record.created),
            status => status?,
        };
        if !session.lacks(file::OUTPUT) {
            ring::Reader::open(session.open_file(file::OUTPUT)?)?.snapshot()?;
        }
        Ok(Some(Remains { record, status }))
    }
}

/// Whether nothing can have been printed: neither record nor status, and an output that is not there, was
/// not made to its end, or is empty.
fn never_ran(session: &SessionDir) -> Result<bool> {
    if session.was_made() || !session.lacks(file::STATUS) {
        return Ok(false);
    }
    if session.lacks(file::OUTPUT) {
        return Ok(true);
    }
    match ring::read_header(&session.open_file(file::OUTPUT)?) {
        Ok(header) => Ok(header.written == 0),
        // Half made: then the lock is there, which is made first.
        Err(Error::Damaged { .. }) => Ok(!session.lacks(file::LOCK)),
        Err(error) => Err(error),
    }
}

/// Saves what a dead session left and removes its directory.
fn finish(runtime: &Runtime, history: &History, session: &SessionDir) -> Result<()> {
    let Some(Remains { record, mut status }) = Remains::of(session)? else {
        return session.take_away(runtime);
    };
    if status.status != Status::Completed {
        status = match history.completed(&record)? {
            // Its server had got so far.
            Some(saved) => saved,
            None => {
                status.lose(Time::now());
                status
            }
        };
    }
    let lacking = session.lacks(file::OUTPUT);
    let output = (!lacking).then(|| session.open_file(file::OUTPUT)).transpose()?;
    save(history, session, output, &record, &status)?;
    session::remove_agent_link(runtime, &record.id);
    session.take_away(runtime)
}

/// Saves record, output, waits and last status of a session that is over. The status comes last: what the
/// history calls completed is there as a whole.
///
/// # Errors
/// `System` if the history cannot be written or the output cannot be read, `Damaged` if the id is already the
/// history's for another session.
pub fn save(
    history: &History,
    session: &SessionDir,
    output: Option<File>,
    record: &SessionRecord,
    status: &StatusRecord,
) -> Result<()> {
    faults::step("save.record")?;
    let entry = history.enter(record)?;
    faults::step("save.waits")?;
    save_waits(&entry, session)?;
    faults::step("save.output")?;
    output.map_or(Ok(()), |output| save_ring(&entry, output))?;
    faults::step("save.status")?;
    history.complete(&entry, status)
}

fn save_waits(entry: &Entry, session: &SessionDir) -> Result<()> {
    if session.lacks(file::WAITS) {
        return Ok(());
    }
    let log = session.open_file(file::WAITS)?;
    let mut bytes = Vec::new();
    log.take(MAX_WAITS).read_to_end(&mut bytes).map_err(Error::system("waits"))?;
    entry.save_waits(&bytes)
}

/// Compresses what the ring holds.
fn save_ring(entry: &Entry, output: File) -> Result<()> {
    let reader = ring::Reader::open(output)?;
    let now = reader.snapshot()?;
    let range = OutputRange { floor: now.floor, written: now.written, last_output: now.last_output };
    let marks = Marks::of(&reader.time_marks()?, &reader.size_marks()?);
    entry.save_output(&range, &marks, |out| copy_all(&reader, range, out))
}

/// Writes all that the ring holds; it no longer grows.
fn copy_all(reader: &ring::Reader, range: OutputRange, out: &mut dyn Write) -> Result<()> {
    let (mut offset, mut bytes) = (range.floor, Vec::new());
    while offset < range.written {
        bytes.clear();
        let chunk = reader.read(offset, COPY, &mut bytes)?;
        if bytes.is_empty() {
            break;
        }
        out.write_all(&bytes).map_err(Error::system("saving the output"))?;
        offset = chunk.offset + bytes.len() as u64;
    }
    Ok(())
}
