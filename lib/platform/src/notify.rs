//! The kernel's word that a directory changed: by inotify, or by the older signals where all of the
//! user's inotify instances are taken (128 by default; a desktop uses most of them) or all watches. What
//! changed is for the caller to look at. It will never poll.

use std::ffi::OsString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};

use crate::sys::dnotify::Dnotify;

/// A watch that the kernel refused: the call, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The call that failed.
    pub call: &'static str,
    /// Why.
    pub errno: Errno,
}

impl Failed {
    fn of(call: &'static str) -> impl FnOnce(Errno) -> Failed {
        move |errno| Failed { call, errno }
    }
}

type Result<T> = std::result::Result<T, Failed>;

/// What of a directory counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// What comes, goes and is renamed in it, and its own end.
    Names,
    /// That, and who may use what is in it.
    Access,
    /// Files that replace others.
    Files,
}

impl Interest {
    fn flags(self) -> AddWatchFlags {
        use AddWatchFlags as F;
        match self {
            Interest::Files => F::IN_MOVED_TO | F::IN_ONLYDIR,
            Interest::Access => Interest::Names.flags() | F::IN_ATTRIB,
            Interest::Names => {
                let own = F::IN_DELETE_SELF | F::IN_MOVE_SELF;
                F::IN_CREATE | F::IN_MOVED_TO | F::IN_MOVED_FROM | F::IN_DELETE | own | F::IN_ONLYDIR
            }
        }
    }
}

/// A directory that is watched. The descriptor that was given must stay open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// By inotify.
    Inotify(WatchDescriptor),
    /// By signals, of this descriptor.
    Dnotify(RawFd),
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where; none if word was lost and it may have been anywhere.
    pub dir: Option<Token>,
    /// Of which file in it, if that is known.
    pub file: Option<OsString>,
}

/// Hears of changes.
#[derive(Debug)]
pub enum Notify {
    /// By inotify.
    Inotify(Inotify),
    /// By signals.
    Dnotify(Dnotify),
}

impl Notify {
    /// Hears of nothing yet.
    ///
    /// # Errors
    /// Neither inotify nor signals can be had.
    pub fn new() -> Result<Notify> {
        match Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC) {
            Ok(inotify) => Ok(Notify::Inotify(inotify)),
            Err(Errno::EMFILE | Errno::ENOSYS) => Notify::by_signals(),
            Err(errno) => Err(Failed::of("inotify")(errno)),
        }
    }

    /// Without inotify.
    ///
    /// # Errors
    /// No signalfd can be had.
    pub fn by_signals() -> Result<Notify> {
        Dnotify::new().map(Notify::Dnotify).map_err(Failed::of("signalfd"))
    }

    /// Watches the directory that the descriptor is open on.
    ///
    /// # Errors
    /// The kernel refuses: ENOSPC where the user's watches are used up, ENOENT where the directory is gone.
    pub fn watch(&self, dir: impl AsFd, interest: Interest) -> nix::Result<Token> {
        match self {
            Notify::Inotify(inotify) => {
                let path = format!("/proc/self/fd/{}", dir.as_fd().as_raw_fd());
                inotify.add_watch(path.as_str(), interest.flags()).map(Token::Inotify)
            }
            Notify::Dnotify(dnotify) => {
                dnotify.watch(dir.as_fd())?;
                Ok(Token::Dnotify(dir.as_fd().as_raw_fd()))
            }
        }
    }

    /// Watches it no longer.
    pub fn forget(&self, token: Token) {
        if let (Notify::Inotify(inotify), Token::Inotify(wd)) = (self, token) {
            // The kernel has removed it already if the directory is gone.
            let _ = inotify.rm_watch(wd);
        }
    }

    /// Takes what was told.
    ///
    /// # Errors
    /// Reading fails for another reason than that nothing was told.
    pub fn take(&self) -> Result<Vec<Change>> {
        match self {
            Notify::Inotify(inotify) => take_inotify(inotify),
            Notify::Dnotify(dnotify) => {
                let told = dnotify.take().map_err(Failed::of("signalfd"))?;
                let lost = told.lost.then_some(Change { dir: None, file: None });
                let dirs =
                    told.dirs.into_iter().map(|fd| Change { dir: Some(Token::Dnotify(fd)), file: None });
                Ok(lost.into_iter().chain(dirs).collect())
            }
        }
    }
}

fn take_inotify(inotify: &Inotify) -> Result<Vec<Change>> {
    let mut all = Vec::new();
    loop {
        match inotify.read_events() {
            Ok(events) => all.extend(events.into_iter().map(|event| {
                let lost = event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW);
                Change { dir: (!lost).then_some(Token::Inotify(event.wd)), file: event.name }
            })),
            Err(Errno::EAGAIN) => return Ok(all),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(Failed::of("inotify")(errno)),
        }
    }
}

impl AsFd for Notify {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Notify::Inotify(inotify) => inotify.as_fd(),
            Notify::Dnotify(dnotify) => dnotify.as_fd(),
        }
    }
}
