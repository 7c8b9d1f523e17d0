//! What live sessions do, told by the kernel as it changes: notice of the runtime directory and of each
//! session's own. `status.json` is replaced by a rename, so every change is an event and nobody has to
//! poll. It reads files and never asks a server.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::stat::fstat;

use crate::format::error::{Error, Result, unless_exhausted};
use crate::format::session_name::SessionName;
use crate::store::history::History;
use crate::store::session::{Runtime, SessionDir, file};
use crate::store::unseen::Unseen;
use ms_platform::notify::{Change, Interest, Notify, Token};

/// What happened since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Sessions came, went or were renamed: [`Watch::sessions`] is another.
    pub sessions: bool,
    /// Sessions whose `status.json` is another, by their present names.
    pub statuses: Vec<SessionName>,
    /// Of the sessions that ended unseen there are more, or fewer.
    pub unseen: bool,
}

/// A view on all live sessions; readable when something changed.
#[derive(Debug)]
pub struct Watch {
    notify: Notify,
    root: Token,
    unseen: Option<(Token, Unseen)>,
    sessions: BTreeMap<SessionName, Watched>,
}

/// A session's directory.
#[derive(Debug)]
struct Watched {
    token: Token,
    dir: SessionDir,
    /// Device and inode: the directory itself, whatever its name is.
    file: (u64, u64),
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// `System` if there is nothing to watch with, or the directory cannot be read.
    pub fn open(runtime: &Runtime) -> Result<Watch> {
        either_way(|notify| Watch::with(notify, runtime))
    }

    fn with(notify: Notify, runtime: &Runtime) -> Result<Watch> {
        let root = notify.watch(runtime.dir(), Interest::Names).map_err(Error::errno("inotify"))?;
        let mut watch = Watch { notify, root, unseen: None, sessions: BTreeMap::new() };
        watch.renew(runtime)?;
        Ok(watch)
    }

    /// Watches also which sessions have ended unseen, where that can be.
    pub fn also_unseen(&mut self) {
        let index = History::make().and_then(|history| Unseen::make(history.dir()));
        self.unseen = index.ok().and_then(|unseen| {
            let token = self.notify.watch(unseen.dir(), Interest::Names).ok()?;
            Some((token, unseen))
        });
    }

    /// The sessions that are watched, by name.
    pub fn sessions(&self) -> impl Iterator<Item = &SessionDir> {
        self.sessions.values().map(|session| &session.dir)
    }

    /// Takes what happened; nothing if nothing did.
    ///
    /// # Errors
    /// `System` if changes cannot be read, or the directory cannot be: it may have been removed.
    pub fn take(&mut self, runtime: &Runtime) -> Result<Changes> {
        let mut changes = Changes::default();
        for told in self.notify.take()? {
            self.note(&told, &mut changes);
        }
        if changes.sessions {
            let fresh = self.renew(runtime)?;
            changes.statuses.extend(fresh);
        }
        changes.statuses.sort_unstable();
        changes.statuses.dedup();
        Ok(changes)
    }

    fn note(&self, told: &Change, changes: &mut Changes) {
        let Some(dir) = told.dir else {
            (changes.sessions, changes.unseen) = (true, true);
            return changes.statuses.extend(self.sessions.keys().cloned());
        };
        // A session is one when it has its record.
        let counts = |name: &std::ffi::OsString| name == file::STATUS || name == file::RECORD;
        if dir == self.root {
            changes.sessions = true;
        } else if self.unseen.as_ref().is_some_and(|(token, _)| *token == dir) {
            changes.unseen = true;
        } else if told.file.as_ref().is_none_or(counts) {
            changes.statuses.extend(self.name_of(dir).cloned());
        }
    }

    fn name_of(&self, token: Token) -> Option<&SessionName> {
        self.sessions.iter().find(|(_, session)| session.token == token).map(|(name, _)| name)
    }

    /// Watches what there is now; returns the names that are new.
    fn renew(&mut self, runtime: &Runtime) -> Result<Vec<SessionName>> {
        let names = runtime.names()?;
        let mut before: Vec<(SessionName, Watched)> =
            std::mem::take(&mut self.sessions).into_iter().collect();
        let mut fresh = Vec::new();
        for name in names {
            let Some(dir) = unless_exhausted(runtime.open_session(&name))?.flatten() else { continue };
            let Ok(stat) = fstat(dir.dir()) else { continue };
            let file = (stat.st_dev, stat.st_ino);
            let known = before.iter().position(|(_, session)| session.file == file);
            let known = known.map(|at| before.swap_remove(at));
            if known.as_ref().is_none_or(|(old, _)| *old != name) {
                fresh.push(name.clone());
            }
            // Watched through the descriptor that stays; only the name is taken over.
            let watched = match known {
                Some((_, watched)) => Watched { dir: watched.dir.renamed(&name), ..watched },
                None => match self.notify.watch(dir.dir(), Interest::Files) {
                    Ok(token) => Watched { token, dir, file },
                    Err(errno @ (Errno::ENOSPC | Errno::ENOMEM)) => {
                        return Err(Error::errno("inotify")(errno));
                    }
                    Err(_) => continue,
                },
            };
            self.sessions.insert(name, watched);
        }
        before.into_iter().for_each(|(_, gone)| self.notify.forget(gone.token));
        Ok(fresh)
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.notify.as_fd()
    }
}

/// What `begin` makes of one that hears by inotify; where the user's watches are all taken, by signals.
pub(super) fn either_way<T>(begin: impl Fn(Notify) -> Result<T>) -> Result<T> {
    match begin(Notify::new()?) {
        Err(error) if error.is_allowance() => begin(Notify::by_signals()?),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::status::StatusRecord;
    use ms_platform::time::Time;
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

    /// Watched by inotify, and by signals.
    fn both_ways(test: impl Fn(&Runtime, Watch, SessionDir)) {
        for by_signals in [false, true] {
            let tmp = tempfile::tempdir().unwrap();
            let runtime = runtime(&tmp);
            let session = claim(&runtime, "first");
            let notify = if by_signals { Notify::by_signals() } else { Notify::new() };
            let watch = Watch::with(notify.unwrap(), &runtime).unwrap();
            test(&runtime, watch, session);
        }
    }

    #[test]
    fn every_change_is_told_once() {
        both_ways(|runtime, mut watch, first| {
            assert_eq!(watch.take(runtime).unwrap(), Changes::default());
            first.write_status(&StatusRecord::begin(80, 24, Time(0))).unwrap();
            let told = watch.take(runtime).unwrap();
            assert_eq!(told, Changes { statuses: vec![name("first")], ..Changes::default() });
            assert_eq!(watch.take(runtime).unwrap(), Changes::default());
            let second = claim(runtime, "second");
            let told = watch.take(runtime).unwrap();
            assert_eq!(told, Changes { sessions: true, statuses: vec![name("second")], unseen: false });
            second.write_status(&StatusRecord::begin(80, 24, Time(0))).unwrap();
            assert_eq!(watch.take(runtime).unwrap().statuses, [name("second")]);
        });
    }

    #[test]
    fn a_renamed_session_is_told_by_its_new_name() {
        both_ways(|runtime, mut watch, session| {
            runtime.rename(&session, &name("new")).unwrap();
            let told = watch.take(runtime).unwrap();
            assert_eq!(told, Changes { sessions: true, statuses: vec![name("new")], unseen: false });
            session.write_status(&StatusRecord::begin(80, 24, Time(0))).unwrap();
            assert_eq!(watch.take(runtime).unwrap().statuses, [name("new")]);
            runtime.session(&name("new")).unwrap().remove(runtime).unwrap();
            assert!(watch.take(runtime).unwrap().sessions && watch.sessions().next().is_none());
        });
    }

    #[test]
    fn many_changes_at_once_are_one() {
        both_ways(|runtime, mut watch, session| {
            for _ in 0..1000 {
                session.write_status(&StatusRecord::begin(80, 24, Time(0))).unwrap();
            }
            assert_eq!(watch.take(runtime).unwrap().statuses, [name("first")]);
        });
    }
}
