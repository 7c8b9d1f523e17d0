//! What a session's programs use: memory and CPU time of a tree of processes, for `msls -l`.

use std::time::Duration;

use crate::procfs::{self, Proc};
use crate::sys;

/// What a tree of processes uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Resident memory in bytes; what several share is counted for each.
    pub memory: u64,
    /// CPU time of the processes that live.
    pub cpu: Duration,
}

/// What `root` and its descendants use; none if there is no such process.
pub fn of_tree(root: i32) -> Option<Used> {
    let mut proc = Proc::new();
    let mut used = None;
    for pid in procfs::tree(&mut proc, root, &|_| true) {
        let cpu = sys::clock::cpu_time(pid);
        let Ok(memory) = proc.resident(pid) else { continue };
        let so_far: &mut Used = used.get_or_insert_default();
        so_far.memory += memory;
        so_far.cpu += cpu.unwrap_or_default();
    }
    used
}
