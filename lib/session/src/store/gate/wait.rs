//! Waiting for one of several locks, or for a moment. flock(2) has no time limit and takes one file, so a
//! thread sleeps in it for each file; those that come too late end with the process.

use std::fs::File;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::format::error::{Error, Result};
use ms_platform::sys::lock;

/// The threads do nothing but wait; the smallest stack is enough.
const STACK: usize = 64 << 10;
/// How often who waits is told that it still does.
const TOLD_EACH: Duration = Duration::from_secs(1);

/// Waits until one of these is locked for the caller, and returns it; none at the deadline. The others may be
/// locked, too, until this process ends or becomes another.
///
/// # Errors
/// No thread can be had, or what flock(2) says.
pub(super) fn for_any(
    files: Vec<File>,
    deadline: Option<Instant>,
    told: &mut dyn FnMut(),
) -> Result<Option<File>> {
    let (sender, receiver) = mpsc::channel();
    for file in files {
        let sender = sender.clone();
        let lock_it = move || {
            let locked = lock::lock_exclusive(&file).map(|()| file);
            let _ = sender.send(locked);
        };
        thread::Builder::new().stack_size(STACK).spawn(lock_it).map_err(Error::system("a thread to wait"))?;
    }
    let locked = sleep(deadline, told, |span| {
        receiver.recv_timeout(span).map_err(|why| match why {
            RecvTimeoutError::Timeout => (),
            RecvTimeoutError::Disconnected => unreachable!("a sender is kept"),
        })
    });
    drop(sender);
    locked.transpose().map_err(Error::errno("a lock"))
}

/// Waits until that moment; none if the deadline comes first.
pub(super) fn until(
    moment: Instant,
    deadline: Option<Instant>,
    told: &mut dyn FnMut(),
) -> Result<Option<()>> {
    let moment_first = deadline.is_none_or(|deadline| moment < deadline);
    let end = deadline.map_or(moment, |deadline| deadline.min(moment));
    sleep(Some(end), told, |span| {
        thread::sleep(span);
        Err::<(), ()>(())
    });
    Ok(moment_first.then_some(()))
}

/// Tells, and waits by `wait` in spans of at most a second, until that gives something or the end comes.
fn sleep<T>(
    end: Option<Instant>,
    told: &mut dyn FnMut(),
    wait: impl Fn(Duration) -> std::result::Result<T, ()>,
) -> Option<T> {
    loop {
        told();
        let left = end.map_or(TOLD_EACH, |end| end.saturating_duration_since(Instant::now()));
        if let Ok(found) = wait(left.min(TOLD_EACH)) {
            return Some(found);
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return None;
        }
    }
}
