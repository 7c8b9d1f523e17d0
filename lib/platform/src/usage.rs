//! What a session's programs use: memory and CPU time of a tree of processes, for `msls -l`.

use std::time::Duration;

use crate::procfs::{self, Proc};
use crate::sys;

/// What a tree of processes uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Memory in bytes.
    pub memory: u64,
    /// What several share is counted for each of them, as far as it could not be seen who shares it.
    pub resident: bool,
    /// CPU time of the processes that live.
    pub cpu: Duration,
}

/// What `root` and its descendants use; none if there is no such process.
pub fn of_tree(root: i32) -> Option<Used> {
    let mut proc = Proc::new();
    let mut used = None;
    for pid in procfs::tree(&mut proc, root, &|_| true) {
        let cpu = sys::clock::cpu_time(pid);
        let share = proc.proportional(pid).map(|memory| memory.all);
        let Ok(memory) = share.or_else(|_| proc.resident(pid)) else { continue };
        let so_far: &mut Used = used.get_or_insert_default();
        so_far.memory += memory;
        so_far.resident |= share.is_err();
        so_far.cpu += cpu.unwrap_or_default();
    }
    used
}

/// Memory of one process in bytes, without that in files of a tmpfs; none if it can't be seen.
pub fn of_process(pid: i32) -> Option<u64> {
    let memory = Proc::new().proportional(pid).ok()?;
    Some(memory.all.saturating_sub(memory.in_memory_files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_in_part_and_a_process_alone_is_a_tree() {
        let own = std::process::id() as i32;
        let used = of_tree(own).unwrap();
        assert!(!used.resident && used.memory > 0);
        assert!(used.memory <= Proc::new().resident(own).unwrap() + (1 << 20));
        assert!(of_process(own).unwrap() > 100 << 10);
        assert_eq!(of_tree(i32::MAX - 7), None);
        assert_eq!(of_process(i32::MAX - 7), None);
    }
}
