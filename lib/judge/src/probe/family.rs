//! Who is there, and who counts: children, the foreground group and what works for it elsewhere, and
//! strangers that were lent the terminal. A background job does not count.

use std::collections::BTreeMap;

use super::{Memos, Terminal};
use ms_platform::procfs::{Proc, Stat, Target, TaskState};

/// The most processes outside of the family that are looked at.
const MOST_STRANGERS: usize = 4096;

/// Finds children. The kernel lists them by thread; where it was built without those lists, they are found
/// by everyone's parent.
#[derive(Debug, Default)]
pub(super) struct Family {
    /// Children by parent, for a kernel without lists: made anew for each walk.
    parents: Option<BTreeMap<i32, Vec<i32>>>,
    /// Whether the kernel has lists; none until it was asked.
    lists: Option<bool>,
}

impl Family {
    /// A new walk begins.
    pub(super) fn refresh(&mut self) {
        self.parents = None;
    }

    /// The children of `pid`, which has so many threads.
    pub(super) fn children(&mut self, proc: &mut Proc, pid: i32, threads: u32) -> Vec<i32> {
        if !self.lists(proc) {
            let parents = self.parents.get_or_insert_with(|| by_parent(proc));
            return parents.get(&pid).cloned().unwrap_or_default();
        }
        let tids = if threads > 1 { proc.threads(pid).unwrap_or_default() } else { vec![pid] };
        tids.into_iter().flat_map(|tid| proc.children(pid, tid).unwrap_or_default()).collect()
    }

    fn lists(&mut self, proc: &mut Proc) -> bool {
        *self.lists.get_or_insert_with(|| {
            let own = std::process::id() as i32;
            proc.children(own, own).is_ok()
        })
    }
}

fn by_parent(proc: &mut Proc) -> BTreeMap<i32, Vec<i32>> {
    let mut parents: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for pid in proc.every_process().unwrap_or_default() {
        if let Ok(stat) = proc.stat(pid) {
            parents.entry(stat.ppid).or_default().push(pid);
        }
    }
    parents
}

/// How a process of the family counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Of the terminal's foreground group.
    Foreground,
    /// Begun by one of those, in a kernel's session or with inputs and outputs of its own.
    Apart,
    /// Not begun by one of those, but in a kernel's session of its own: it counts only if it reads the terminal.
    Stray,
    /// A background job, or ended.
    None,
}

/// The role of the process of `stat`, whose parent has the role `parent`.
pub(super) fn role(proc: &mut Proc, stat: &Stat, parent: Role, terminal: &Terminal) -> Role {
    if stat.state == TaskState::Zombie {
        return Role::None;
    }
    if stat.pgrp == terminal.foreground && (stat.tty == terminal.device || stat.tty == 0) {
        return Role::Foreground;
    }
    match parent {
        Role::Foreground | Role::Apart if stat.tty != terminal.device => Role::Apart,
        Role::Foreground | Role::Apart if !touches(proc, stat.pid, terminal.device) => Role::Apart,
        Role::Stray | Role::None if stat.tty != terminal.device => Role::Stray,
        _ => Role::None,
    }
}

/// Whether a standard descriptor of the process is the terminal: then it is a job of a shell.
fn touches(proc: &mut Proc, pid: i32, device: u64) -> bool {
    let is_tty = |fd| matches!(proc.target(pid, fd), Ok(Target::Device { rdev, .. }) if rdev == device);
    (0..=2).any(is_tty)
}

/// Processes outside the family that have the terminal open: daemons that were lent it, as gpg's agent or a
/// multiplexer's server is. The one look at all of /proc, taken only when nobody in the family reads, all
/// is quiet, and none was taken since the last change.
pub(super) fn strangers(proc: &mut Proc, memos: &Memos, device: u64) -> Vec<i32> {
    let own = std::process::id() as i32;
    let mut others = proc.every_process().unwrap_or_default();
    others.truncate(MOST_STRANGERS);
    others.retain(|pid| *pid != own && !memos.contains_key(pid));
    others.retain(|pid| holds(proc, *pid, device));
    others
}

fn holds(proc: &mut Proc, pid: i32, device: u64) -> bool {
    let fds = proc.fds(pid).unwrap_or_default();
    fds.into_iter()
        .any(|fd| matches!(proc.target(pid, fd), Ok(Target::Device { rdev, .. }) if rdev == device))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_the_same_children() {
        let mut shell = std::process::Command::new("sh")
            .args(["-c", "sleep 60 & echo; wait"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Read::read(shell.stdout.as_mut().unwrap(), &mut [0; 8]).unwrap();
        let (mut proc, pid) = (Proc::new(), shell.id() as i32);
        let listed = Family::default().children(&mut proc, pid, 1);
        let found = Family { lists: Some(false), parents: None }.children(&mut proc, pid, 1);
        for child in &found {
            let _ =
                nix::sys::signal::kill(nix::unistd::Pid::from_raw(*child), nix::sys::signal::Signal::SIGKILL);
        }
        shell.wait().unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found, listed);
    }
}
