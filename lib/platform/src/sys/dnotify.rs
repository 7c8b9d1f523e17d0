//! Changes of directories told by signals: fcntl(2), F_NOTIFY. Older and poorer than inotify, but without
//! its limit of 128 watchers a user. It says which directory changed, and no more.
//!
//! By hand: neither libc nor nix nor rustix has F_NOTIFY.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::libc;

// <fcntl.h>, which the libc crate leaves out.
const DN_CREATE: libc::c_int = 0x4;
const DN_DELETE: libc::c_int = 0x8;
const DN_RENAME: libc::c_int = 0x10;
const DN_MULTISHOT: libc::c_int = 1 << 31;
const F_SETSIG: libc::c_int = 10;
const F_SETOWN_EX: libc::c_int = 15;
const F_OWNER_TID: libc::c_int = 0;

/// `struct f_owner_ex` of fcntl(2).
#[repr(C)]
struct Owner {
    kind: libc::c_int,
    pid: libc::pid_t,
}

/// A receiver of such signals. They go to the thread that made it, which blocks them from then on and
/// must be the one that uses it.
#[derive(Debug)]
pub struct Dnotify {
    signals: OwnedFd,
}

/// What was told.
#[derive(Debug, Default)]
pub struct ChangedDirs {
    /// Descriptors of directories in which files came, went or were renamed.
    pub dirs: Vec<RawFd>,
    /// There were more than the kernel could queue: any may have changed.
    pub lost: bool,
}

/// A queued signal, so that several are told apart; no other part of a tool uses it.
fn signal() -> libc::c_int {
    libc::SIGRTMIN() + 6
}

impl Dnotify {
    /// Begins to receive.
    ///
    /// # Errors
    /// Those of signalfd(2): EMFILE, ENOMEM.
    pub fn new() -> nix::Result<Dnotify> {
        // SAFETY: the set is made by sigemptyset before it is read; all pointers are to it, and live.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&mut set);
            libc::sigaddset(&mut set, signal());
            // Comes instead when the queue is full.
            libc::sigaddset(&mut set, libc::SIGIO);
            Errno::result(libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()))?;
            let fd = Errno::result(libc::signalfd(-1, &set, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC))?;
            Ok(Dnotify { signals: OwnedFd::from_raw_fd(fd) })
        }
    }

    /// Has changes in the directory told until its descriptor is closed.
    ///
    /// # Errors
    /// Those of fcntl(2): ENOTDIR, EINVAL where the kernel lacks dnotify.
    pub fn watch(&self, dir: BorrowedFd<'_>) -> nix::Result<()> {
        let events = DN_CREATE | DN_DELETE | DN_RENAME | DN_MULTISHOT;
        // SAFETY: gettid takes nothing and cannot fail; F_SETOWN_EX reads one Owner, which this is; the
        // others take an int by value.
        unsafe {
            let owner = Owner { kind: F_OWNER_TID, pid: libc::gettid() };
            Errno::result(libc::fcntl(dir.as_raw_fd(), F_SETOWN_EX, &raw const owner))?;
            Errno::result(libc::fcntl(dir.as_raw_fd(), F_SETSIG, signal()))?;
            Errno::result(libc::fcntl(dir.as_raw_fd(), libc::F_NOTIFY, events)).map(drop)
        }
    }

    /// Takes what was told.
    ///
    /// # Errors
    /// Those of reading a signalfd, but EAGAIN.
    pub fn take(&self) -> nix::Result<ChangedDirs> {
        let mut told = ChangedDirs::default();
        loop {
            // SAFETY: all-zero is a value of this struct of integers.
            let mut info: libc::signalfd_siginfo = unsafe { std::mem::zeroed() };
            let size = size_of::<libc::signalfd_siginfo>();
            // SAFETY: `info` is good for `size` bytes, and any bytes are a value of it.
            let got = unsafe { libc::read(self.signals.as_raw_fd(), (&raw mut info).cast(), size) };
            match Errno::result(got) {
                Ok(got) if got as usize == size && info.ssi_signo as libc::c_int == signal() => {
                    told.dirs.push(info.ssi_fd);
                }
                Ok(_) => told.lost = true,
                Err(Errno::EAGAIN) => return Ok(told),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
}

impl AsFd for Dnotify {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}
