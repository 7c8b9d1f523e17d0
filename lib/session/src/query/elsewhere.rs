//! Live sessions that are not in the runtime directory that is used here: started under another one, or
//! their directory is away for now. Their records in the history say where they belong and which
//! process their server is. A server that lost its directory is made to look for it at once.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::format::error::{Error, Result};
use crate::format::session_record::SessionRecord;
use crate::format::status::Status;
use crate::store::alive;
use crate::store::history::History;
use crate::store::rundir;
use crate::store::session::{Life, Runtime, SessionDir};
use ms_platform::procfs::Proc;
use ms_platform::sys;

/// A server that is told to look is back within this, if it can be; and how often that is looked at.
const BACK_WITHIN: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_millis(5);

/// A session that lives.
#[derive(Debug)]
pub struct Elsewhere {
    record: SessionRecord,
    /// Its directory, if that can be used.
    pub session: Option<SessionDir>,
}

/// Where the session of this record lives, if it does.
pub fn of(record: SessionRecord) -> Option<Elsewhere> {
    let session = reach(&record);
    (session.is_some() || alive::server_lives(&record)).then_some(Elsewhere { record, session })
}

/// The newest live session of the history with this name or id.
///
/// # Errors
/// `System` if the history cannot be read, or there is no descriptor or memory left to do it with.
pub fn find(name: &str) -> Result<Option<Elsewhere>> {
    let history = match History::open() {
        Ok(Some(history)) => history,
        // Without the means to look it is not known; without a history there is nobody.
        Err(error) if error.is_exhaustion() => return Err(error),
        Ok(None) | Err(_) => return Ok(None),
    };
    let mut ids = history.ids()?;
    ids.sort_unstable_by(|a, b| b.cmp(a));
    Ok(ids.iter().find_map(|id| {
        let entry = history.entry(id).ok()?;
        let record =
            entry.record().ok().filter(|record| record.name.as_str() == name || record.id == name)?;
        if entry.status().is_ok_and(|status| status.status == Status::Completed) {
            return None;
        }
        of(record)
    }))
}

/// The record of the newest live session with this name or id, if its directory can't be reached.
///
/// # Errors
/// The history can't be read.
pub fn find_unreached(name: &str) -> Result<Option<SessionRecord>> {
    Ok(find(name)?.filter(|found| found.session.is_none()).map(|found| found.record))
}

/// The directory of a session that was known before, wherever it is now.
///
/// # Errors
/// `System` if the runtime directory or the history cannot be read.
pub fn find_again(id: &str) -> Result<Option<SessionDir>> {
    if let Some(runtime) = Runtime::open()?
        && let Some(session) = runtime.find_by_id(id)?
    {
        return Ok(Some(session));
    }
    let record = History::open()?.and_then(|history| history.entry(id).ok()?.record().ok());
    Ok(record.and_then(|record| reach(&record)))
}

/// The runtime directory that a session is in, if that is not the one that is used here.
pub(super) fn place_of(session: &SessionDir) -> Result<Option<PathBuf>> {
    let place = session.runtime()?;
    let here = rundir::runtime_id()? == place.dir().id().ok();
    Ok((!here).then(|| place.dir().path().to_owned()))
}

/// Refuses what needs a session to be in the runtime directory that is used here.
///
/// # Errors
/// It is in another, or it can't be told in which.
pub fn check_here(session: &SessionDir) -> Result<()> {
    let Some(place) = place_of(session)? else { return Ok(()) };
    let (name, place) = (session.name(), place.display());
    Err(Error::Refused(format!(
        "{name}: lives in {place}; there (MS_RUNTIME_DIR={place}) it can be waited for"
    )))
}

fn reach(record: &SessionRecord) -> Option<SessionDir> {
    let place = record.runtime.as_ref().map(Path::new).filter(|path| path.is_absolute())?;
    let runtime = Runtime::open_at(place).ok()??;
    let same = |session: &SessionDir| {
        let there = session.record().is_ok_and(|there| there.id == record.id);
        there && matches!(session.life(), Ok(Life::Alive))
    };
    let named = runtime.session(&record.name).ok().filter(same);
    named.or_else(|| runtime.find_by_id(&record.id).ok().flatten())
}

impl Elsewhere {
    /// The runtime directory that it belongs to; none where that is the one that is used here, and the
    /// session is in it.
    pub fn place(&self) -> Option<PathBuf> {
        let here = self.session.is_some() && self.belongs_here();
        (!here).then(|| self.record.runtime.as_ref().map_or_else(|| "?".into(), PathBuf::from))
    }

    fn belongs_here(&self) -> bool {
        self.record.runtime.as_deref().is_some_and(|place| Path::new(place) == rundir::runtime_path())
    }

    /// Its directory; one whose server has lost it is asked to come back first.
    ///
    /// # Errors
    /// `Refused` if it has no directory and does not come back in time.
    pub fn reached(self) -> Result<SessionDir> {
        if let Some(session) = self.session {
            return Ok(session);
        }
        nudge(&self.record);
        let deadline = Instant::now() + BACK_WITHIN;
        while Instant::now() < deadline && alive::server_lives(&self.record) {
            if let Some(session) = reach(&self.record) {
                return Ok(session);
            }
            std::thread::sleep(LOOK);
        }
        let (name, place) = (&self.record.name, self.place().unwrap_or_default());
        let place = place.display();
        Err(Error::Refused(format!("{name}: it lives, but can't be reached: {place} can't be used now")))
    }
}

/// Has a server look for its directory; one of an older version would die of the signal.
fn nudge(record: &SessionRecord) {
    let Ok(Some(server)) = alive::server(record) else { return };
    let takes_it = 1u64 << (Signal::SIGUSR1 as u32 - 1);
    let blocked = Proc::new().blocked(record.server_pid).unwrap_or(0);
    if blocked & takes_it != 0 {
        let _ = sys::process::pidfd_signal(&server, Signal::SIGUSR1);
    }
}
