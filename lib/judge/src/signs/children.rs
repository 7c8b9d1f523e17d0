//! Children that a program began after it was given something to do: its work. Those that were there
//! before, and those that wait for their own input, are its helpers.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::constants::{ANSWERED, CHILD};
use crate::facts::{KernelSnapshot, Process};

/// The processes that were seen, with when they were first seen at work.
#[derive(Debug, Default)]
pub(crate) struct Children {
    seen: BTreeMap<(i32, u64), Option<Duration>>,
    working: Vec<(i32, Duration)>,
    /// When one that worked was last gone.
    ended: Option<Duration>,
}

impl Children {
    /// Another program came to the front: what is there is there from the beginning.
    pub(crate) fn new_program(&mut self) {
        self.seen.clear();
        self.working.clear();
        self.ended = None;
    }

    /// Takes a look in; `typed` if the program has had input.
    pub(crate) fn note(&mut self, at: Duration, snapshot: &KernelSnapshot, typed: bool) {
        let new = typed.then_some(at);
        let known = |process: &Process| self.seen.get(&(process.pid, process.start)).copied().unwrap_or(new);
        self.seen =
            snapshot.processes.iter().map(|process| ((process.pid, process.start), known(process))).collect();
        let before = std::mem::take(&mut self.working);
        for process in snapshot.processes.iter().filter(|process| is_work(snapshot, process)) {
            if let Some(since) = self.seen.get(&(process.pid, process.start)).copied().flatten() {
                self.working.push((process.pid, since));
            }
        }
        let gone = |(pid, _): &(i32, Duration)| self.working.iter().all(|(other, _)| other != pid);
        if before.iter().any(gone) {
            self.ended = Some(at);
        }
    }

    /// Whether one that worked has ended a moment ago.
    pub(crate) fn ended(&self, now: Duration) -> bool {
        self.ended.is_some_and(|at| now.saturating_sub(at) < ANSWERED)
    }

    /// A child that works, if there is one, and since when.
    pub(crate) fn busy(&self, now: Duration) -> Option<(i32, Duration)> {
        self.working.iter().find(|(_, since)| now.saturating_sub(*since) >= CHILD).copied()
    }

    /// When time alone changes what holds.
    pub(crate) fn moments(&self) -> [Option<Duration>; 2] {
        let ripe = self.working.iter().map(|(_, since)| *since + CHILD).min();
        [ripe, self.ended.map(|at| at + ANSWERED)]
    }
}

/// Whether a process may be work: it has no children that say so better, does not wait for its own input,
/// and is neither a reader nor what one was begun by.
fn is_work(snapshot: &KernelSnapshot, process: &Process) -> bool {
    let has_children = snapshot.processes.iter().any(|other| other.parent == process.pid);
    let reads = snapshot.readers.iter().any(|reader| reader.pid == process.pid);
    !has_children && !reads && !process.listening
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, listening: bool) -> Process {
        Process {
            pid,
            parent,
            start: 7,
            cpu: 0,
            threads: 1,
            foreground: true,
            running: false,
            listening,
            closed: false,
        }
    }

    fn snapshot(processes: &[Process]) -> KernelSnapshot {
        KernelSnapshot { processes: processes.to_vec(), ..KernelSnapshot::default() }
    }

    const LATER: Duration = Duration::from_secs(1);

    #[test]
    fn a_child_is_work_if_it_came_after_the_first_input_and_does_not_listen() {
        let (agent, helper) = (process(1, 0, false), process(2, 1, false));
        let mut children = Children::default();
        children.note(Duration::ZERO, &snapshot(&[agent, helper]), false);
        children.note(Duration::ZERO, &snapshot(&[agent, helper]), true);
        assert_eq!(children.busy(LATER), None);
        children.note(Duration::ZERO, &snapshot(&[agent, helper, process(3, 1, true)]), true);
        assert_eq!(children.busy(LATER), None);
        let tool = process(4, 1, false);
        children.note(Duration::ZERO, &snapshot(&[agent, helper, tool]), true);
        assert_eq!(children.busy(Duration::from_millis(100)), None);
        assert_eq!(children.busy(LATER), Some((4, Duration::ZERO)));
        children.note(LATER, &snapshot(&[agent, helper]), true);
        assert_eq!(children.busy(LATER * 2), None);
        assert!(children.ended(LATER) && !children.ended(LATER * 2));
    }

    #[test]
    fn a_shell_between_is_as_busy_as_its_child() {
        let mut children = Children::default();
        children.note(Duration::ZERO, &snapshot(&[process(1, 0, false)]), true);
        let tree = [process(1, 0, false), process(2, 1, false), process(3, 2, true)];
        children.note(Duration::ZERO, &snapshot(&tree), true);
        assert_eq!(children.busy(LATER), None);
    }
}
