//! The children of a process. The kernel lists them by thread; where it was built without those lists,
//! they are found by everyone's parent.

use std::collections::BTreeMap;

use crate::procfs::Proc;

/// Finds children.
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
