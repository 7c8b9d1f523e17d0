//! Advisory locks on whole files: flock(2). nix's `Flock` unlocks when dropped, which would end a
//! lock that a forked server shares; here a lock ends when its last descriptor is closed.

use std::os::fd::AsFd;

use nix::errno::Errno;
use rustix::fs::{FlockOperation, flock};

use super::errno;

/// Takes the exclusive lock, waiting for it.
///
/// # Errors
/// Those of flock(2), but EINTR.
pub fn lock_exclusive(file: impl AsFd) -> nix::Result<()> {
    rustix::io::retry_on_intr(|| flock(&file, FlockOperation::LockExclusive)).map_err(errno)
}

/// Takes the exclusive lock if nobody has it; whether it was had.
///
/// # Errors
/// Those of flock(2); that somebody has the lock is none.
pub fn try_lock_exclusive(file: impl AsFd) -> nix::Result<bool> {
    match flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(errno) {
        Ok(()) => Ok(true),
        Err(Errno::EWOULDBLOCK) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Whether somebody holds the exclusive lock. Takes a shared one for that moment.
///
/// # Errors
/// Those of flock(2); that somebody has the lock is none.
pub fn is_locked(file: impl AsFd) -> nix::Result<bool> {
    match flock(&file, FlockOperation::NonBlockingLockShared).map_err(errno) {
        Ok(()) => flock(&file, FlockOperation::Unlock).map(|()| false).map_err(errno),
        Err(Errno::EWOULDBLOCK) => Ok(true),
        Err(errno) => Err(errno),
    }
}
