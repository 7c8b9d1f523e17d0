//! A reader that is no descendant of the session: a daemon that was lent the terminal, as gpg's agent or
//! a multiplexer's server is. The one look at all of /proc, taken only when nobody in the session reads,
//! all is quiet, and none was taken since the last change.

use super::Memos;
use crate::procfs::{Proc, Target};

/// The most processes that are looked at.
const MOST: usize = 4096;

/// Processes outside the session that have its terminal open.
pub(super) fn holders(proc: &mut Proc, memos: &Memos, device: u64) -> Vec<i32> {
    let own = std::process::id() as i32;
    let mut others = proc.every_process().unwrap_or_default();
    others.truncate(MOST);
    others.retain(|pid| *pid != own && !memos.contains_key(pid));
    others.retain(|pid| holds(proc, *pid, device));
    others
}

fn holds(proc: &mut Proc, pid: i32, device: u64) -> bool {
    let fds = proc.fds(pid).unwrap_or_default();
    fds.into_iter()
        .any(|fd| matches!(proc.target(pid, fd), Ok(Target::Device { rdev, .. }) if rdev == device))
}
