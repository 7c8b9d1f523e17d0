//! The runtime directory as it comes, goes and comes again: at the first session, at logout, when a
//! cleaner of temporary files was here. While there is none, the nearest directory above is watched.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use nix::sys::stat::fstat;

use crate::format::error::{Error, Result, unless_exhausted};
use crate::format::session_name::SessionName;
use crate::query::watch::{Changes, Watch, either_way};
use crate::store::rundir;
use crate::store::session::{Runtime, SessionDir};
use ms_platform::mounts::Mounts;
use ms_platform::notify::{Interest, Notify};

/// The runtime directory, or what is there instead of it.
#[derive(Debug, Default)]
pub(super) struct RuntimeDir {
    here: Option<Here>,
    above: Option<Above>,
    mounts: Option<Mounts>,
    /// It was looked at before.
    began: bool,
    /// Ids of sessions by device and inode of their directories.
    ids: HashMap<(u64, u64), String>,
}

#[derive(Debug)]
struct Here {
    runtime: Runtime,
    watch: Watch,
}

/// A directory in which something must appear before there can be a runtime directory.
#[derive(Debug)]
struct Above {
    _dir: File,
    notify: Notify,
}

impl RuntimeDir {
    /// Takes what has happened. Descriptors to be listened to are added to `epoll` as `data`.
    pub(super) fn refresh(&mut self, epoll: &Epoll, data: u64) -> Result<Changes> {
        if self.mounts.is_none() {
            self.mounts = Mounts::open();
            // Taken by whoever asks first, which may be a poll(2) of the epoll: so all is looked at each time.
            let event = EpollEvent::new(EpollFlags::EPOLLPRI, data);
            self.mounts
                .as_ref()
                .map(|mounts| epoll.add(mounts, event))
                .transpose()
                .map_err(Error::errno("epoll"))?;
        }
        let mut changes = Changes::default();
        if let Some(here) = &mut self.here {
            match here.watch.take(&here.runtime) {
                Ok(told) => changes = told,
                // It was removed.
                Err(_) => self.here = None,
            }
        }
        let is_there = |here: &Here| here.runtime.has_lock() && here.runtime.is_current();
        let is_there = self.here.as_ref().is_some_and(is_there);
        if !is_there && self.find(epoll, data)? {
            changes.sessions = true;
            let all = self.here.iter().flat_map(|here| here.watch.sessions());
            changes.statuses = all.map(|dir| dir.name().clone()).collect();
        }
        self.began = true;
        Ok(changes)
    }

    /// Looks for the runtime directory where it belongs; true if it is another than before.
    fn find(&mut self, epoll: &Epoll, data: u64) -> Result<bool> {
        if let Some(above) = &self.above {
            above.notify.take()?;
        }
        let mut changed = false;
        loop {
            if let Some(runtime) = self.open()? {
                self.above = None;
                // Makes the lock, by whose removal the directory's own end is noticed.
                // Where that can't be, the rest is followed all the same.
                drop(unless_exhausted(runtime.guard_within(Duration::ZERO))?);
                return Ok(self.settle(runtime, epoll, data)? || changed);
            }
            changed |= self.here.take().is_some();
            if !self.look_above(epoll, data)? {
                return Ok(changed);
            }
        }
    }

    /// The runtime directory; what can't be used is none for now to one who has begun to follow.
    fn open(&self) -> Result<Option<Runtime>> {
        Runtime::open().or_else(|error| if self.began { Ok(None) } else { Err(error) })
    }

    fn settle(&mut self, runtime: Runtime, epoll: &Epoll, data: u64) -> Result<bool> {
        let same = |here: &Here| file_of(&here.runtime).ok() == file_of(&runtime).ok();
        if self.here.as_ref().is_some_and(same) {
            return Ok(false);
        }
        let mut watch = Watch::open(&runtime)?;
        watch.also_unseen();
        listen(epoll, &watch, data)?;
        self.here = Some(Here { runtime, watch });
        Ok(true)
    }

    /// Watches the nearest directory above that there is; true if that is another than before, so that
    /// what came meanwhile has to be looked for.
    fn look_above(&mut self, epoll: &Epoll, data: u64) -> Result<bool> {
        let path = rundir::runtime_path();
        let existing = path.ancestors().skip(1).find(|path| path.is_dir()).unwrap_or(Path::new("/"));
        let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
        let failed = || existing.display().to_string();
        let dir = File::open(existing).map_err(Error::system(failed()))?;
        if self.above.as_ref().is_some_and(|above| file_of(&above._dir).ok() == file_of(&dir).ok()) {
            return Ok(false);
        }
        let watch = |notify: Notify| match notify.watch(&dir, Interest::Access) {
            Ok(_) => Ok(notify),
            Err(errno) => Err(Error::errno(failed())(errno)),
        };
        let notify = either_way(watch)?;
        listen(epoll, &notify, data)?;
        self.above = Some(Above { _dir: dir, notify });
        Ok(true)
    }

    /// The runtime directory, if there is one.
    pub(super) fn runtime(&self) -> Option<&Runtime> {
        self.here.as_ref().map(|here| &here.runtime)
    }

    /// Directories of sessions, of these names or of all, with the sessions' ids. One that is only now
    /// being made is none yet, and one that is damaged is none.
    ///
    /// # Errors
    /// What may be there could not be read for want of something.
    pub(super) fn sessions(&mut self, names: Option<&[SessionName]>) -> Result<Vec<(String, &SessionDir)>> {
        let Some(here) = &self.here else { return Ok(Vec::new()) };
        let ids = &mut self.ids;
        if names.is_none() {
            // The number of one that is gone may be another's soon.
            let present: Vec<_> = here.watch.sessions().filter_map(|dir| file_of(dir.dir()).ok()).collect();
            ids.retain(|file, _| present.contains(file));
        }
        let wanted = |dir: &&SessionDir| names.is_none_or(|names| names.contains(dir.name()));
        let found = here.watch.sessions().filter(wanted).map(|dir| Ok(id(ids, dir)?.map(|id| (id, dir))));
        found.filter_map(Result::transpose).collect()
    }
}

fn id(ids: &mut HashMap<(u64, u64), String>, dir: &SessionDir) -> Result<Option<String>> {
    let Ok(file) = file_of(dir.dir()) else { return Ok(None) };
    if let Some(id) = ids.get(&file) {
        return Ok(Some(id.clone()));
    }
    let id = unless_exhausted(dir.record())?.map(|record| record.id);
    if let Some(id) = &id {
        ids.insert(file, id.clone());
    }
    Ok(id)
}

fn file_of(dir: impl AsFd) -> nix::Result<(u64, u64)> {
    fstat(dir).map(|stat| (stat.st_dev, stat.st_ino))
}

fn listen(epoll: &Epoll, to: impl AsFd, data: u64) -> Result<()> {
    epoll.add(to, EpollEvent::new(EpollFlags::EPOLLIN, data)).map_err(Error::errno("epoll"))
}
