//! The session's place in the runtime directory, as its server sees it: it may be renamed at any time,
//! and may even vanish (logout, a cleaner of temporary files, a mount over it); then it is put back with
//! all that was in it, as is each file that is missing. The server looks for its way back as long as it
//! lives: when it is told that something changed (`dir_watch`), at SIGUSR1, and, only while something is
//! wrong, after growing gaps. What is written there is the others' business.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, readlinkat, renameat};
use nix::poll::PollFlags;
use nix::sys::stat::{fstat, fstatat, lstat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::dir_watch::DirWatch;
use super::environment;
use ms_platform::sys;
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::format::session_record::SessionRecord;
use msession::format::status::{StatusRecord, Wait};
use msession::store::faults;
use msession::store::finalize;
use msession::store::history::History;
use msession::store::ring;
use msession::store::rundir::{self, FileId};
use msession::store::session::{self, Life, Runtime, SessionDir, file};

/// The first gap between two tries, and the longest.
const FIRST_GAP: Duration = Duration::from_millis(10);
const LONGEST_GAP: Duration = Duration::from_secs(5);
/// A directory that was moved as it is may be moved back: no other is made before the gaps are so long.
const MAKE_ANOTHER: Duration = Duration::from_secs(1);
/// Whoever removes the old directory may still be at it, and take parts of the new one along.
const ROUNDS: u32 = 50;

/// The log of waits ends at this many bytes.
const MAX_LOG: u64 = 1 << 20;

/// The directory, its lock, and what tells of its end.
pub(super) struct OwnedSessionDir {
    runtime: Runtime,
    session: SessionDir,
    lock: OwnedFd,
    watch: DirWatch,
    /// The socket's own file.
    control: Option<FileId>,
    /// Where the link to the ssh agent leads.
    agent: Option<OsString>,
    /// When to look next; none while nothing is wrong.
    due: Option<Duration>,
    /// From the last look to the next; zero while nothing is wrong.
    gap: Duration,
    looked_at: Duration,
    /// The name that the command line shows.
    shown: Option<SessionName>,
}

/// What is put back.
pub(super) struct Kept<'a> {
    pub(super) ring: &'a mut ring::Writer,
    pub(super) listener: &'a mut UnixListener,
    pub(super) record: &'a SessionRecord,
    pub(super) status: &'a StatusRecord,
    pub(super) history: &'a History,
}

/// Where the directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    InPlace,
    /// Under another path, whole.
    Moved,
    /// Removed, or where no path leads.
    Gone,
}

impl OwnedSessionDir {
    pub(super) fn new(runtime: Runtime, session: SessionDir, lock: OwnedFd) -> OwnedSessionDir {
        let watch = DirWatch::to(&session);
        let (gap, looked_at) = (Duration::ZERO, Duration::ZERO);
        OwnedSessionDir {
            runtime,
            session,
            lock,
            watch,
            control: None,
            agent: None,
            due: None,
            gap,
            looked_at,
            shown: None,
        }
    }

    /// What to poll, and for what.
    pub(super) fn fds(&self) -> impl Iterator<Item = (BorrowedFd<'_>, PollFlags)> {
        self.watch.fds()
    }

    pub(super) fn session(&self) -> &SessionDir {
        &self.session
    }

    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The session's name now.
    pub(super) fn name(&self) -> SessionName {
        self.session.current_name()
    }

    /// Shows the name as this process's command line. What stood there was `msnew`'s: every user of the
    /// machine may read it, and it may hold values of variables (`-e`).
    pub(super) fn show_name(&mut self) {
        let name = self.name();
        if self.shown.as_ref() != Some(&name) {
            sys::title::show(&format!("ms: {name}"));
            self.shown = Some(name);
        }
    }

    /// Adds a wait to the log. A log that can't be written must not end the session.
    pub(super) fn log_wait(&self, wait: &Wait) {
        let _ = self.session.append(file::WAITS, wait, MAX_LOG);
    }

    /// Remembers which socket is ours, and where the agent is: neither can be known once it is gone.
    pub(super) fn remember(&mut self, id: &str) {
        self.control = id_at(&self.session, file::CONTROL).ok().flatten();
        self.remember_agent(id);
    }

    /// The agent may be another one now.
    pub(super) fn remember_agent(&mut self, id: &str) {
        self.agent =
            readlinkat(self.runtime.dir(), session::agent_link(id).as_str()).ok().or(self.agent.take());
    }

    /// When to look next; none while nothing is wrong.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Looks at once, whatever was told.
    pub(super) fn look_at_once(&mut self) {
        self.due = Some(Duration::ZERO);
    }

    /// Takes what was told of the directory, or of mounts.
    pub(super) fn hear(&mut self, mounts: bool, now: Duration) {
        if !self.watch.hear() && !mounts {
            return;
        }
        self.show_name();
        // Who changes things all the time must not keep us at it.
        let soonest = if self.gap.is_zero() { now } else { now.max(self.looked_at + FIRST_GAP) };
        self.due = Some(self.due.map_or(soonest, |due| due.min(soonest)));
    }

    /// Looks whether all is in its place, and puts back what is not.
    pub(super) fn look_after(&mut self, mut kept: Kept<'_>, now: Duration) {
        (self.due, self.looked_at) = (None, now);
        for _ in 0..ROUNDS {
            match self.put_right(&mut kept) {
                Ok(true) => {}
                Ok(false) if self.gap.is_zero() => return,
                // Looked at once more: it may have gone while nobody listened.
                Ok(false) => {
                    self.gap = Duration::ZERO;
                    self.watch.settle(&self.session);
                }
                Err(_) => break,
            }
        }
        self.gap = (self.gap * 2).clamp(FIRST_GAP, LONGEST_GAP);
        self.due = Some(now + self.gap);
        self.watch.look_out(&self.session);
        // The try itself is no news.
        self.watch.hear();
    }

    /// One step of that; true if something was put back.
    fn put_right(&mut self, kept: &mut Kept<'_>) -> Result<bool> {
        match self.standing()? {
            Standing::InPlace => self.mend(kept),
            Standing::Moved => self.come_back(kept, self.gap >= MAKE_ANOTHER),
            Standing::Gone => self.come_back(kept, true),
        }
    }

    /// It is in its place if the directory that it is in is the runtime directory.
    fn standing(&self) -> Result<Standing> {
        let failed = || Error::errno(self.session.name().to_string());
        let own = fstat(self.session.dir()).map_err(failed())?;
        if own.st_nlink == 0 {
            return Ok(Standing::Gone);
        }
        let link = self.session.path_now();
        let named = link.file_name().and_then(|name| SessionName::new(name.to_str()?).ok()).is_some();
        let parent = fstatat(self.session.dir(), "..", AtFlags::empty()).map_err(failed())?;
        if named && rundir::runtime_id()? == Some((parent.st_dev, parent.st_ino)) {
            return Ok(Standing::InPlace);
        }
        let reached = lstat(&link).is_ok_and(|stat| (stat.st_dev, stat.st_ino) == (own.st_dev, own.st_ino));
        Ok(if named && reached { Standing::Moved } else { Standing::Gone })
    }

    /// Puts back what is missing of the files.
    fn mend(&mut self, kept: &mut Kept<'_>) -> Result<bool> {
        self.mend_agent(&kept.record.id);
        let mended = [
            self.mend_lock(),
            self.mend_control(kept),
            self.mend_output(kept.ring),
            self.mend_status(kept.status),
            self.mend_record(kept.record),
        ];
        mended.into_iter().try_fold(false, |any, one| Ok(any | one?))
    }

    fn mend_agent(&self, id: &str) {
        let there = readlinkat(self.runtime.dir(), session::agent_link(id).as_str());
        if let (Some(agent), Err(Errno::ENOENT)) = (&self.agent, there) {
            let _ = environment::point_agent(&self.runtime, id, Path::new(agent));
        }
    }

    /// Nobody sees a lock file whose lock is not held.
    fn mend_lock(&mut self) -> Result<bool> {
        let ours = fstat(&self.lock).map_err(Error::errno(file::LOCK))?;
        if id_at(&self.session, file::LOCK)? == Some((ours.st_dev, ours.st_ino)) {
            return Ok(false);
        }
        faults::step("mend.lock")?;
        let fresh = ".lock.new";
        let lock = OwnedFd::from(self.session.create_file(fresh)?);
        sys::lock::try_lock_exclusive(&lock).map_err(Error::errno(file::LOCK))?;
        self.session.mark_made(&lock)?;
        self.replace(fresh, file::LOCK)?;
        self.lock = lock;
        Ok(true)
    }

    fn mend_control(&mut self, kept: &mut Kept<'_>) -> Result<bool> {
        if self.control.is_some() && id_at(&self.session, file::CONTROL)? == self.control {
            return Ok(false);
        }
        faults::step("mend.control")?;
        let fresh = ".control.new";
        let _ = unlinkat(self.session.dir(), fresh, UnlinkatFlags::NoRemoveDir);
        let listener = listen_at(&self.session, fresh)?;
        self.replace(fresh, file::CONTROL)?;
        *kept.listener = listener;
        self.control = id_at(&self.session, file::CONTROL)?;
        Ok(true)
    }

    fn mend_output(&mut self, ring: &mut ring::Writer) -> Result<bool> {
        if id_at(&self.session, file::OUTPUT)? == Some(ring.file_id()?) {
            return Ok(false);
        }
        faults::step("mend.output")?;
        self.renew_output(ring).map(|()| true)
    }

    fn mend_status(&self, status: &StatusRecord) -> Result<bool> {
        if self.session.status().is_ok() {
            return Ok(false);
        }
        faults::step("mend.status")?;
        self.session.write_status(status).map(|()| true)
    }

    fn mend_record(&self, record: &SessionRecord) -> Result<bool> {
        if self.session.record().is_ok_and(|there| there.id == record.id) {
            return Ok(false);
        }
        faults::step("mend.record")?;
        self.session.write_record(record).map(|()| true)
    }

    fn replace(&self, fresh: &str, name: &str) -> Result<()> {
        renameat(self.session.dir(), fresh, self.session.dir(), name).map_err(Error::errno(name))
    }

    /// Puts a new file in the place of an output that is gone or that somebody cut short.
    pub(super) fn renew_output(&self, ring: &mut ring::Writer) -> Result<()> {
        let fresh = ".output.new";
        let _ = unlinkat(self.session.dir(), fresh, UnlinkatFlags::NoRemoveDir);
        let moved = ring.move_to(self.session.create_file(fresh)?);
        let placed = moved.and_then(|()| self.replace(fresh, file::OUTPUT));
        if placed.is_err() {
            let _ = unlinkat(self.session.dir(), fresh, UnlinkatFlags::NoRemoveDir);
        }
        placed
    }

    /// Takes its place in the runtime directory anew; `make` says that there may be one to be made.
    fn come_back(&mut self, kept: &mut Kept<'_>, make: bool) -> Result<bool> {
        let absent = || Error::errno(rundir::runtime_path().display().to_string())(Errno::ENOENT);
        let runtime = if make { Runtime::make()? } else { Runtime::open()?.ok_or_else(absent)? };
        let name = self.name();
        faults::step("back.claim")?;
        let (session, lock) = claim_again(&runtime, &name, kept)?;
        let filled = self.fill(&runtime, &session, kept);
        let filled = filled.and_then(|listener| session.mark_made(&lock).map(|()| listener));
        *kept.listener = filled.inspect_err(|_| drop(session.remove(&runtime)))?;
        let old = std::mem::replace(&mut self.session, session);
        (self.runtime, self.lock) = (runtime, lock);
        self.control = id_at(&self.session, file::CONTROL)?;
        self.watch.settle(&self.session);
        clear(&old);
        if *self.session.name() != name {
            let record = SessionRecord { name: self.session.name().clone(), ..kept.record.clone() };
            let _ = kept.history.begin(&record, kept.status);
        }
        Ok(true)
    }

    /// Everything into a new directory. `session.json` comes first: whatever happens then, it is known whose
    /// the directory is. Until the lock says that all is made it is passed over.
    fn fill(&self, runtime: &Runtime, session: &SessionDir, kept: &mut Kept<'_>) -> Result<UnixListener> {
        // As far as they can still be had.
        [file::ENV, file::WAITS].iter().for_each(|name| copy(&self.session, session, name));
        if let Some(agent) = &self.agent {
            let _ = environment::point_agent(runtime, &kept.record.id, Path::new(agent));
        }
        faults::step("back.record")?;
        session.write_record(kept.record)?;
        faults::step("back.control")?;
        let listener = listen(session)?;
        faults::step("back.output")?;
        kept.ring.move_to(session.create_file(file::OUTPUT)?)?;
        faults::step("back.status")?;
        session.write_status(kept.status)?;
        Ok(listener)
    }

    /// Removes the directory under whatever name it has now.
    pub(super) fn remove(&self, id: &str) -> Result<()> {
        session::remove_agent_link(&self.runtime, id);
        if matches!(self.standing(), Ok(Standing::Moved | Standing::Gone)) {
            clear(&self.session);
            return Ok(());
        }
        self.session.remove(&self.runtime)
    }

    /// Gives the session's name up. Its files stand where the returned name says; none if they are gone.
    pub(super) fn hide(&self) -> Result<Option<String>> {
        if matches!(self.standing(), Ok(Standing::Moved | Standing::Gone)) {
            clear(&self.session);
            return Ok(None);
        }
        self.session.hide(&self.runtime)
    }

    /// Removes them.
    pub(super) fn clear(&self, hidden: &Option<String>, id: &str) -> Result<()> {
        session::remove_agent_link(&self.runtime, id);
        match hidden {
            Some(hidden) => session::remove_tree(self.runtime.dir(), hidden),
            None => Ok(()),
        }
    }

    /// Says that the session is made to its end.
    pub(super) fn mark_made(&self) -> Result<()> {
        self.session.mark_made(&self.lock)
    }
}

/// The old name, or a numbered one if another session took it meanwhile. What a dead one left is saved.
fn claim_again(runtime: &Runtime, name: &SessionName, kept: &Kept<'_>) -> Result<(SessionDir, OwnedFd)> {
    let _guard = runtime.try_guard()?;
    if let Ok(rest) = runtime.session(name) {
        if rest.record().is_ok_and(|there| there.id == kept.record.id) {
            // Our own, of before.
            rest.take_away(runtime)?;
        } else if rest.life()? == Life::Free {
            finalize::finish_dead(runtime, kept.history)?;
        }
    }
    let numbered = (2..=u32::MAX).map(|number| name.numbered(number));
    for name in std::iter::once(name.clone()).chain(numbered) {
        match runtime.claim(&name) {
            Err(Error::Refused(_)) => {}
            done => return done,
        }
    }
    Err(Error::Refused(format!("{name}: no free name")))
}

/// Removes a directory that was left, if a path leads to it: it would look like a second session.
fn clear(old: &SessionDir) {
    if let (Ok(parent), Some(name)) =
        (old.runtime(), old.path_now().file_name().and_then(|name| name.to_str()))
        && old.stands_as(&parent, name)
    {
        let _ = session::remove_tree(parent.dir(), name);
    }
}

fn copy(from: &SessionDir, to: &SessionDir, name: &str) {
    let mut bytes = Vec::new();
    let read = from.open_file(name).map(|file: File| file.take(MAX_LOG * 2).read_to_end(&mut bytes));
    if let Ok(Ok(_)) = read {
        let _ = session::replace_file(to.dir(), name, &bytes);
    }
}

/// Which file this name in the session's directory is; none if there is none.
fn id_at(session: &SessionDir, name: &str) -> Result<Option<FileId>> {
    match fstatat(session.dir(), name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some((stat.st_dev, stat.st_ino))),
        Err(Errno::ENOENT) => Ok(None),
        Err(errno) => Err(Error::errno(format!("{}/{name}", session.name()))(errno)),
    }
}

/// A path to a file of the session that is as short as it is, wherever the directory is: the limit of
/// 108 bytes for a socket's path (unix(7)) would bite otherwise.
fn descriptor_path(session: &SessionDir, file: &str) -> String {
    format!("/proc/self/fd/{}/{file}", session.dir().as_fd().as_raw_fd())
}

/// Makes the session's socket.
pub(super) fn listen(session: &SessionDir) -> Result<UnixListener> {
    listen_at(session, file::CONTROL)
}

fn listen_at(session: &SessionDir, name: &str) -> Result<UnixListener> {
    let path = descriptor_path(session, name);
    let failed = || Error::system(format!("{}/{}", session.name(), file::CONTROL));
    let listener = msession::store::files::ours(|| UnixListener::bind(Path::new(&path))).map_err(failed())?;
    listener.set_nonblocking(true).map_err(failed())?;
    Ok(listener)
}
