//! The session's place in the runtime directory, as its server sees it: it may be renamed at any time,
//! and may even vanish (logout, a cleaner of temporary files); then it is put back with all that was in
//! it. What is written there is the others' business.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use nix::fcntl::renameat;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::stat::fstat;

use crate::error::{Error, Result};
use crate::name::SessionName;
use crate::record::SessionRecord;
use crate::ring;
use crate::session::{self, Life, Runtime, SessionDir, file};
use crate::status::{StatusRecord, Wait};

/// How often a directory that is gone is tried to be put back, and the time between.
const RESTORES: u32 = 50;
const BETWEEN_RESTORES: Duration = Duration::from_millis(10);

/// The log of waits ends at this many bytes.
const MAX_LOG: u64 = 1 << 20;

/// The directory, its lock, and a watch for its end.
pub(super) struct Home {
    runtime: Runtime,
    session: SessionDir,
    lock: OwnedFd,
    watch: Option<Inotify>,
}

impl Home {
    pub(super) fn new(runtime: Runtime, session: SessionDir, lock: OwnedFd) -> Home {
        // There are 128 watchers for each user (inotify(7)): a session without one is a session still.
        let watch = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).ok();
        let home = Home { runtime, session, lock, watch };
        home.watch_for_end();
        home
    }

    /// A directory whose last link is gone tells so by IN_DELETE_SELF only once nobody has it open; the
    /// unlinking of the lock in it comes first, and a directory's own removal changes its link count
    /// (IN_ATTRIB).
    fn watch_for_end(&self) {
        let path = descriptor_path(&self.session, "");
        let flags = AddWatchFlags::IN_ATTRIB | AddWatchFlags::IN_DELETE_SELF | AddWatchFlags::IN_DELETE;
        let _ = self.watch.as_ref().map(|watch| watch.add_watch(path.as_str(), flags));
    }

    /// Readable when the directory may be gone; none if that can't be watched for.
    pub(super) fn watch(&self) -> Option<BorrowedFd<'_>> {
        self.watch.as_ref().map(Inotify::as_fd)
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

    /// Adds a wait to the log. A log that can't be written must not end the session.
    pub(super) fn log_wait(&self, wait: &Wait) {
        let _ = self.session.append(file::WAITS, wait, MAX_LOG);
    }

    /// Puts the directory back if it or one of its files is gone.
    pub(super) fn restore_if_gone(
        &mut self,
        ring: &mut ring::Writer,
        listener: &mut UnixListener,
        record: &SessionRecord,
        status: &StatusRecord,
    ) -> Result<()> {
        let _ = self.watch.as_ref().map(Inotify::read_events);
        // Whoever removes the old directory may still be at it, and take parts of the new one along.
        for _ in 0..RESTORES {
            if !self.is_gone() || self.restore(ring, listener, record, status).is_ok() {
                break;
            }
            std::thread::sleep(BETWEEN_RESTORES);
        }
        Ok(())
    }

    fn restore(
        &mut self,
        ring: &mut ring::Writer,
        listener: &mut UnixListener,
        record: &SessionRecord,
        status: &StatusRecord,
    ) -> Result<()> {
        let name = self.name();
        self.runtime = Runtime::make()?;
        let (session, lock) = self.claim_again(&name)?;
        ring.move_to(session.create_file(file::OUTPUT)?)?;
        *listener = listen(&session)?;
        session.write_status(status)?;
        session.write_record(record)?;
        (self.session, self.lock) = (session, lock);
        self.watch_for_end();
        Ok(())
    }

    /// Puts a new file in the place of an output that somebody cut short.
    pub(super) fn renew_output(&self, ring: &mut ring::Writer) -> Result<()> {
        let (dir, fresh) = (self.session.dir(), ".output.new");
        ring.move_to(self.session.create_file(fresh)?)?;
        renameat(dir, fresh, dir, file::OUTPUT).map_err(Error::errno(file::OUTPUT))
    }

    /// The old name, or a numbered one if another session took it meanwhile.
    fn claim_again(&self, name: &SessionName) -> Result<(SessionDir, OwnedFd)> {
        let _guard = self.runtime.guard()?;
        if let Ok(rest) = self.runtime.session(name)
            && rest.life()? == Life::Free
        {
            rest.remove(&self.runtime)?;
        }
        match self.runtime.claim(name) {
            Err(Error::Refused(_)) => self.runtime.claim(&name.numbered(2)),
            done => done,
        }
    }

    /// Removes the directory under whatever name it has now.
    pub(super) fn remove(&self, id: &str) -> Result<()> {
        session::remove_agent_link(&self.runtime, id);
        self.runtime.session(&self.name())?.remove(&self.runtime)
    }

    /// Whether the directory has no name any more, or lost its lock file.
    fn is_gone(&self) -> bool {
        let linkless = |fd: BorrowedFd<'_>| fstat(fd).is_ok_and(|stat| stat.st_nlink == 0);
        linkless(self.session.dir().as_fd()) || linkless(self.lock.as_fd())
    }
}

/// A path to a file of the session that is as short as it is, wherever the directory is: the limit of
/// 108 bytes for a socket's path (unix(7)) would bite otherwise.
fn descriptor_path(session: &SessionDir, file: &str) -> String {
    format!("/proc/self/fd/{}/{file}", session.dir().as_fd().as_raw_fd())
}

/// Makes the session's socket.
pub(super) fn listen(session: &SessionDir) -> Result<UnixListener> {
    let path = descriptor_path(session, file::CONTROL);
    let failed = || Error::system(format!("{}/{}", session.name(), file::CONTROL));
    let listener = UnixListener::bind(Path::new(&path)).map_err(failed())?;
    listener.set_nonblocking(true).map_err(failed())?;
    Ok(listener)
}
