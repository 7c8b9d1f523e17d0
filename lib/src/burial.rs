//! Finishing the record of sessions whose end nobody saw: the server was killed, or the machine went
//! down. The next tool that sees the free lock does it, under the runtime directory's lock, so that it
//! is done once. What had been printed is saved first.

use std::fs::File;
use std::io::{Read, Write};

use crate::error::{Error, Result};
use crate::history::{Entry, History, Marks, Place};
use crate::record::SessionRecord;
use crate::ring;
use crate::session::{self, Life, Runtime, SessionDir, file};
use crate::status::{Exit, Status, StatusRecord};
use crate::time::Time;

/// So much of the log of waits is saved, in bytes: its server ends it before.
const MAX_WAITS: u64 = 2 << 20;
/// Bytes that are copied at a time.
const COPY: usize = 256 << 10;

/// Finishes every session in the runtime directory whose server is dead. To be called under
/// `Runtime::guard`. One that is damaged is left where it is, to be looked at.
pub fn finish_dead(runtime: &Runtime, history: &History) -> Result<()> {
    for name in runtime.names()? {
        let Ok(session) = runtime.session(&name) else { continue };
        if matches!(session.life(), Ok(Life::Free)) {
            let _ = finish(runtime, history, &session);
        }
    }
    Ok(())
}

/// Saves what a dead session left and removes its directory.
fn finish(runtime: &Runtime, history: &History, session: &SessionDir) -> Result<()> {
    if session.open_file(file::RECORD).is_err() {
        // Its msnew was killed before anything ran.
        return session.remove(runtime);
    }
    let mut record = session.record()?;
    record.name = session.name().clone();
    let mut status = session.status()?;
    if status.status != Status::Completed {
        status.complete(Exit::LOST, Time::now());
    }
    save(history, session, session.open_file(file::OUTPUT)?, &record, &status)?;
    session::remove_agent_link(runtime, &record.id);
    session.remove(runtime)
}

/// Saves record, last status, output (the ring in the file `output`) and waits of a session that is over.
pub fn save(
    history: &History,
    session: &SessionDir,
    output: File,
    record: &SessionRecord,
    status: &StatusRecord,
) -> Result<()> {
    history.begin(record, status)?;
    let entry = history.entry(&record.id)?;
    save_waits(&entry, session)?;
    save_ring(&entry, output)
}

fn save_waits(entry: &Entry, session: &SessionDir) -> Result<()> {
    let Ok(log) = session.open_file(file::WAITS) else { return Ok(()) };
    let mut bytes = Vec::new();
    log.take(MAX_WAITS).read_to_end(&mut bytes).map_err(Error::system("waits"))?;
    entry.save_waits(&bytes)
}

/// Compresses what the ring holds.
fn save_ring(entry: &Entry, output: File) -> Result<()> {
    let reader = ring::Reader::open(output)?;
    let now = reader.snapshot()?;
    let place = Place { floor: now.floor, written: now.written, last_output: now.last_output };
    let marks = Marks::of(&reader.time_marks()?, &reader.size_marks()?);
    entry.save_output(&place, &marks, |out| copy_all(&reader, place, out))
}

/// Writes all that the ring holds; it no longer grows.
fn copy_all(reader: &ring::Reader, place: Place, out: &mut dyn Write) -> Result<()> {
    let (mut offset, mut bytes) = (place.floor, Vec::new());
    while offset < place.written {
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
