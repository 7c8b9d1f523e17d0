//! All sessions and what they do, kept up to date: for those who wait for something to happen. Sessions
//! that begin, are renamed and end are followed by their ids; the kernel tells of every change, and of a
//! server's death. Files alone are read: no server is asked, and nothing is polled.

mod runtime_dir;

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::format::error::{Error, Result, unless_exhausted};
use crate::format::session_name::SessionName;
use crate::format::session_record::SessionRecord;
use crate::format::status::{Exit, Status, StatusRecord};
use crate::query::catalog;
use crate::store::alive;
use crate::store::history::History;
use crate::store::session::{Life, SessionDir};
use ms_platform::sys;
use ms_platform::time::Time;
use runtime_dir::RuntimeDir;

/// So long another's finalizing of a dead session is waited for.
const WHILE: Duration = Duration::from_millis(200);
/// What epoll says of anything but a server; servers have numbers from 1.
const FILES: u64 = 0;

/// One session.
#[derive(Debug)]
pub struct Known {
    /// Its name now, or its last.
    pub name: SessionName,
    /// What it does.
    pub status: StatusRecord,
    /// Becomes readable when the server dies; none once that was seen.
    server: Option<OwnedFd>,
    /// What it is, as far as that could be read.
    record: Option<SessionRecord>,
    number: u64,
}

impl Known {
    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.status.status == Status::Completed
    }
}

/// A change of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The session's id.
    pub id: String,
    /// What it did before; none if it has just begun.
    pub before: Option<StatusRecord>,
    /// Its name before, if that is another now.
    pub renamed: Option<SessionName>,
}

/// All sessions.
#[derive(Debug)]
pub struct Roster {
    runtime_dir: RuntimeDir,
    epoll: Epoll,
    known: BTreeMap<String, Known>,
    last_number: u64,
}

impl Roster {
    /// The sessions that there are now.
    ///
    /// # Errors
    /// `System` if there is nothing to watch with, or the runtime directory cannot be read.
    pub fn open() -> Result<Roster> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map_err(Error::errno("epoll"))?;
        let mut roster =
            Roster { runtime_dir: RuntimeDir::default(), epoll, known: BTreeMap::new(), last_number: 0 };
        roster.refresh()?;
        Ok(roster)
    }

    /// The live sessions, and those that ended since [`Roster::open`], by id.
    pub fn sessions(&self) -> impl Iterator<Item = (&String, &Known)> {
        self.known.iter()
    }

    /// One session.
    pub fn get(&self, id: &str) -> Option<&Known> {
        self.known.get(id)
    }

    /// Takes what has happened since the last call. To be called when the roster is readable.
    ///
    /// # Errors
    /// `System` if the runtime directory cannot be read or watched.
    pub fn refresh(&mut self) -> Result<Vec<Change>> {
        self.finish_dead()?;
        let told = self.runtime_dir.refresh(&self.epoll, FILES)?;
        let (mut changes, mut dead) = (Vec::new(), false);
        let wanted = (!told.sessions).then_some(told.statuses.as_slice());
        let mut present = Vec::new();
        for (id, dir) in self.runtime_dir.sessions(wanted)? {
            let reread = told.statuses.contains(dir.name());
            changes.extend(look(&mut self.known, &mut self.last_number, &self.epoll, &id, dir, reread)?);
            dead |=
                self.known.get(&id).is_some_and(|known| known.server.is_none()) && dir.life()? == Life::Free;
            present.push(id);
        }
        if let Some(runtime) = self.runtime_dir.runtime().filter(|_| dead) {
            // What that changes is told like any change.
            catalog::tidy(runtime, WHILE);
        }
        if dead {
            changes.extend(self.look_for_unfinished()?);
        }
        if told.sessions {
            changes.extend(self.look_for_missing(&present)?);
        }
        Ok(changes)
    }

    /// Sessions whose servers died unseen are finished by whoever comes first.
    fn finish_dead(&mut self) -> Result<()> {
        let mut events = [EpollEvent::empty(); 64];
        let count = match self.epoll.wait(&mut events, EpollTimeout::ZERO) {
            Ok(count) => count,
            Err(Errno::EINTR) => return Ok(()),
            Err(errno) => return Err(Error::errno("epoll")(errno)),
        };
        let died: Vec<u64> =
            events[..count].iter().map(EpollEvent::data).filter(|data| *data != FILES).collect();
        for known in self.known.values_mut().filter(|known| died.contains(&known.number)) {
            // Closing it takes it out of epoll.
            known.server = None;
        }
        match self.runtime_dir.runtime() {
            Some(runtime) if !died.is_empty() => catalog::tidy(runtime, WHILE),
            _ => {}
        }
        Ok(())
    }

    /// Sessions that died and could not be finished are over all the same: nobody waits for the disk.
    fn look_for_unfinished(&mut self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        for (id, dir) in self.runtime_dir.sessions(None)? {
            let Some(known) = self.known.get_mut(&id).filter(|known| !known.is_over()) else { continue };
            if known.server.is_some() || !dir.is_in_place() || dir.life()? == Life::Alive {
                continue;
            }
            let mut status = dir.status().unwrap_or_else(|_| known.status.clone());
            if status.status != Status::Completed {
                status.complete(Exit::LOST, Time::now());
            }
            let before = Some(std::mem::replace(&mut known.status, status));
            changes.push(Change { id, before, renamed: None });
        }
        Ok(changes)
    }

    /// What became of the sessions that are no longer where they were.
    fn look_for_missing(&mut self, present: &[String]) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        let missing = |(id, known): &(&String, &mut Known)| !known.is_over() && !present.contains(id);
        for (id, known) in self.known.iter_mut().filter(missing) {
            let Some(status) = ended(id, known)? else { continue };
            let before = Some(std::mem::replace(&mut known.status, status));
            known.server = None;
            changes.push(Change { id: id.clone(), before, renamed: None });
        }
        Ok(changes)
    }
}

impl AsFd for Roster {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.0.as_fd()
    }
}

/// Looks at a session's directory; `reread` says that its status may be another.
fn look(
    all: &mut BTreeMap<String, Known>,
    last_number: &mut u64,
    epoll: &Epoll,
    id: &str,
    dir: &SessionDir,
    reread: bool,
) -> Result<Option<Change>> {
    let Some(known) = all.get_mut(id) else {
        let Some(status) = unless_exhausted(dir.status())? else { return Ok(None) };
        *last_number += 1;
        let server = server(dir, epoll, *last_number)?;
        let record = dir.record().ok();
        let known = Known { name: dir.name().clone(), status, server, record, number: *last_number };
        all.insert(id.to_owned(), known);
        return Ok(Some(Change { id: id.to_owned(), before: None, renamed: None }));
    };
    let other_name = known.name != *dir.name();
    let renamed = other_name.then(|| std::mem::replace(&mut known.name, dir.name().clone()));
    let status = if reread { unless_exhausted(dir.status())? } else { None };
    let status = status.filter(|status| *status != known.status);
    if renamed.is_none() && status.is_none() {
        return Ok(None);
    }
    let before = Some(known.status.clone());
    known.status = status.unwrap_or_else(|| known.status.clone());
    Ok(Some(Change { id: id.to_owned(), before, renamed }))
}

/// A descriptor that tells of the server's death, if it can be had: its process may be out of sight.
fn server(dir: &SessionDir, epoll: &Epoll, number: u64) -> Result<Option<OwnedFd>> {
    let Ok(server) = dir
        .record()
        .and_then(|record| sys::process::pidfd_open(record.server_pid).map_err(Error::errno("pidfd")))
    else {
        return Ok(None);
    };
    // The number may be another process's by now.
    if dir.life()? == Life::Free {
        return Ok(None);
    }
    epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, number)).map_err(Error::errno("epoll"))?;
    Ok(Some(server))
}

/// How a session ended that is no longer where it was; none if its server lives and will put it back.
fn ended(id: &str, known: &Known) -> Result<Option<StatusRecord>> {
    let saved = History::open()?.and_then(|history| history.entry(id).ok()?.status().ok());
    if let Some(status) = saved.filter(|status| status.status == Status::Completed) {
        return Ok(Some(status));
    }
    if known.server.is_some() || known.record.as_ref().is_some_and(alive::server_lives) {
        return Ok(None);
    }
    let mut status = known.status.clone();
    status.complete(Exit::LOST, Time::now());
    Ok(Some(status))
}
