//! Advisory locks on whole files: flock(2). nix's `Flock` unlocks when dropped, which would end a
//! lock that a forked server shares; here a lock ends when its last descriptor is closed.

use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::libc;

/// Takes the exclusive lock, waiting for it.
pub fn lock_exclusive(file: impl AsFd) -> nix::Result<()> {
    loop {
        match flock(&file, libc::LOCK_EX) {
            Err(Errno::EINTR) => {}
            done => return done,
        }
    }
}

/// Takes the exclusive lock if nobody has it; whether it was had.
pub fn try_lock_exclusive(file: impl AsFd) -> nix::Result<bool> {
    match flock(&file, libc::LOCK_EX | libc::LOCK_NB) {
        Ok(()) => Ok(true),
        Err(Errno::EWOULDBLOCK) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Whether somebody holds the exclusive lock. Takes a shared one for that moment.
pub fn is_locked(file: impl AsFd) -> nix::Result<bool> {
    match flock(&file, libc::LOCK_SH | libc::LOCK_NB) {
        Ok(()) => flock(&file, libc::LOCK_UN).map(|()| false),
        Err(Errno::EWOULDBLOCK) => Ok(true),
        Err(errno) => Err(errno),
    }
}

fn flock(file: &impl AsFd, operation: libc::c_int) -> nix::Result<()> {
    // SAFETY: flock takes no pointers, and the descriptor is open for the borrow's life.
    Errno::result(unsafe { libc::flock(file.as_fd().as_raw_fd(), operation) }).map(drop)
}
