//! What live sessions do, told by the kernel as it changes: inotify on the runtime directory and on each
//! session's own. `status.json` is replaced by a rename, so every change is an event and nobody has to
//! poll. It reads files and never asks a server.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};

use crate::error::{Error, Result};
use crate::name::SessionName;
use crate::session::{Runtime, SessionDir, file};

/// What of the runtime directory counts: sessions that come, go and are renamed.
const COMING_AND_GOING: AddWatchFlags = AddWatchFlags::IN_CREATE
    .union(AddWatchFlags::IN_MOVED_TO)
    .union(AddWatchFlags::IN_MOVED_FROM)
    .union(AddWatchFlags::IN_DELETE)
    .union(AddWatchFlags::IN_ONLYDIR);

/// What of a session's directory counts: files that replace others.
const REPLACED: AddWatchFlags = AddWatchFlags::IN_MOVED_TO.union(AddWatchFlags::IN_ONLYDIR);

/// What happened since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Sessions came, went or were renamed: [`Watch::sessions`] is another.
    pub sessions: bool,
    /// Sessions whose `status.json` is another, by their present names.
    pub statuses: Vec<SessionName>,
}

/// A view on all live sessions; readable when something changed.
#[derive(Debug)]
pub struct Watch {
    inotify: Inotify,
    root: WatchDescriptor,
    sessions: BTreeMap<SessionName, (WatchDescriptor, SessionDir)>,
}

impl Watch {
    /// Begins to watch.
    pub fn open(runtime: &Runtime) -> Result<Watch> {
        let flags = InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC;
        let inotify = Inotify::init(flags).map_err(Error::errno("inotify"))?;
        let root = add(&inotify, runtime.dir(), COMING_AND_GOING).map_err(Error::errno("inotify"))?;
        let mut watch = Watch { inotify, root, sessions: BTreeMap::new() };
        watch.renew(runtime)?;
        Ok(watch)
    }

    /// The sessions that are watched, by name.
    pub fn sessions(&self) -> impl Iterator<Item = &SessionDir> {
        self.sessions.values().map(|(_, session)| session)
    }

    /// Takes what happened; nothing if nothing did.
    pub fn take(&mut self, runtime: &Runtime) -> Result<Changes> {
        let mut changes = Changes::default();
        loop {
            match self.inotify.read_events() {
                Ok(events) => events.iter().for_each(|event| self.note(event, &mut changes)),
                Err(Errno::EAGAIN) => break,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(Error::errno("inotify")(errno)),
            }
        }
        if changes.sessions {
            let fresh = self.renew(runtime)?;
            changes.statuses.extend(fresh);
        }
        changes.statuses.sort_unstable();
        changes.statuses.dedup();
        Ok(changes)
    }

    fn note(&self, event: &InotifyEvent, changes: &mut Changes) {
        let lost = event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW);
        let is_status = event.name.as_ref().is_some_and(|name| name == file::STATUS);
        if lost {
            changes.statuses.extend(self.sessions.keys().cloned());
        }
        if lost || event.wd == self.root {
            changes.sessions = true;
        } else if is_status {
            changes.statuses.extend(self.name_of(event.wd).cloned());
        }
    }

    fn name_of(&self, wd: WatchDescriptor) -> Option<&SessionName> {
        self.sessions.iter().find(|(_, (known, _))| *known == wd).map(|(name, _)| name)
    }

    /// Watches what there is now; returns the names that are new.
    fn renew(&mut self, runtime: &Runtime) -> Result<Vec<SessionName>> {
        let names = runtime.names()?;
        let mut before = std::mem::take(&mut self.sessions);
        let mut fresh = Vec::new();
        for name in names {
            let Ok(session) = runtime.session(&name) else { continue };
            // The same directory gives the same descriptor again, whatever its name was.
            let Ok(wd) = add(&self.inotify, session.dir(), REPLACED) else { continue };
            if before.remove(&name).is_none_or(|(known, _)| known != wd) {
                fresh.push(name.clone());
            }
            self.sessions.insert(name, (wd, session));
        }
        for (wd, _) in before.into_values().filter(|(wd, _)| self.name_of(*wd).is_none()) {
            // The kernel has removed it already if the directory is gone.
            let _ = self.inotify.rm_watch(wd);
        }
        Ok(fresh)
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}

/// Watches the directory that the descriptor is open on.
fn add(inotify: &Inotify, dir: impl AsFd, events: AddWatchFlags) -> nix::Result<WatchDescriptor> {
    inotify.add_watch(format!("/proc/self/fd/{}", dir.as_fd().as_raw_fd()).as_str(), events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::StatusRecord;
    use crate::time::Time;
    use std::os::unix::fs::PermissionsExt;

    fn runtime(tmp: &tempfile::TempDir) -> Runtime {
        std::fs::set_permissions(tmp.path(), PermissionsExt::from_mode(0o700)).unwrap();
        Runtime::at(tmp.path()).unwrap()
    }

    fn name(text: &str) -> SessionName {
        SessionName::new(text).unwrap()
    }

    fn claim(runtime: &Runtime, text: &str) -> SessionDir {
        runtime.claim(&name(text)).unwrap().0
    }

    #[test]
    fn every_change_is_told_once() {
        let tmp = tempfile::tempdir().unwrap();
        let runtime = runtime(&tmp);
        let first = claim(&runtime, "first");
        let mut watch = Watch::open(&runtime).unwrap();
        assert_eq!(watch.take(&runtime).unwrap(), Changes::default());
        first.write_status(&StatusRecord::begin(80, 24, Time(0))).unwrap();
        let told = watch.take(&runtime).unwrap();
        assert_eq!(told, Changes { sessions: false, statuses: vec![name("first")] });
        let second = claim(&runtime, "second");
        assert_eq!(watch.take(&runtime).unwrap(), Changes { sessions: true, statuses: vec![name("second")] });
        second.write_status(&StatusRecord::begin(80, 24, Time(0))).unwrap();
        assert_eq!(watch.take(&runtime).unwrap().statuses, [name("second")]);
    }

    #[test]
    fn a_renamed_session_is_told_by_its_new_name() {
        let tmp = tempfile::tempdir().unwrap();
        let runtime = runtime(&tmp);
        let session = claim(&runtime, "old");
        let mut watch = Watch::open(&runtime).unwrap();
        runtime.rename(&name("old"), &name("new")).unwrap();
        assert_eq!(watch.take(&runtime).unwrap(), Changes { sessions: true, statuses: vec![name("new")] });
        session.write_status(&StatusRecord::begin(80, 24, Time(0))).unwrap();
        assert_eq!(watch.take(&runtime).unwrap().statuses, [name("new")]);
        runtime.session(&name("new")).unwrap().remove(&runtime).unwrap();
        assert!(watch.take(&runtime).unwrap().sessions && watch.sessions().next().is_none());
    }
}
