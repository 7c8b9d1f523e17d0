//! Children that a program began after it was given something to do: its work. Those that were there
//! before, and those that wait for their own input, are its helpers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::stay::Stay;
use crate::constants::{ANSWERED, CHILD};
use crate::facts::{KernelSnapshot, Process, WakeSource};

/// The processes that were seen, and which of them are work.
#[derive(Debug, Default)]
pub(crate) struct Children {
    seen: BTreeMap<(i32, u64), Stay>,
    working: Vec<Working>,
    /// When one that worked was last gone.
    ended: Option<Duration>,
}

/// A child that may be work.
#[derive(Clone, Copy, Debug)]
struct Working {
    id: (i32, u64),
    since: Duration,
    unheard: bool,
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
        let new = if typed { Stay::begun(at) } else { Stay::Helper };
        let known = |process: &Process| self.seen.get(&(process.pid, process.start)).copied().unwrap_or(new);
        self.seen =
            snapshot.processes.iter().map(|process| ((process.pid, process.start), known(process))).collect();
        let before = std::mem::take(&mut self.working);
        for process in snapshot.processes.iter().filter(|process| is_work(snapshot, process)) {
            let id = (process.pid, process.start);
            if let Some(since) = self.seen.get(&id).and_then(|stay| stay.since()) {
                self.working.push(Working { id, since, unheard: process.unheard });
            }
        }
        let gone = |old: &Working| self.working.iter().all(|other| other.id != old.id);
        if before.iter().any(gone) {
            self.ended = Some(at);
        }
    }

    /// Nothing else shows work at `at`, and the screen moved last at `moved`: a child that stays through that is
    /// a helper.
    pub(crate) fn rest(&mut self, at: Duration, moved: Duration, prompts: bool) {
        let seen = &mut self.seen;
        self.working.retain(|Working { id, unheard, .. }| {
            let Some(stay) = seen.get_mut(id) else { return false };
            stay.rest(at, moved, prompts, *unheard);
            *stay != Stay::Helper
        });
    }

    /// Whether one that worked has ended a moment ago.
    pub(crate) fn ended(&self, now: Duration) -> bool {
        self.ended.is_some_and(|at| now.saturating_sub(at) < ANSWERED)
    }

    /// A child that works, if there is one, and since when.
    pub(crate) fn busy(&self, now: Duration) -> Option<(i32, Duration)> {
        let ripe = self.working.iter().find(|child| now.saturating_sub(child.since) >= CHILD);
        ripe.map(|child| (child.id.0, child.since))
    }

    /// One has come that may be work, and it is too early to tell.
    pub(crate) fn comes(&self, now: Duration) -> bool {
        self.working.iter().any(|child| now.saturating_sub(child.since) < CHILD)
    }

    /// When time alone changes what holds.
    pub(crate) fn moments(&self, moved: Duration, prompts: bool) -> [Option<Duration>; 3] {
        let ripe = self.working.iter().map(|child| child.since + CHILD).min();
        let stays = |child: &Working| Stay::begun(child.since).moment(moved, prompts, child.unheard);
        [ripe, self.working.iter().filter_map(stays).min(), self.ended.map(|at| at + ANSWERED)]
    }
}

/// Whether a process may be work: it has no children that say so better, does not wait for its own input,
/// and is neither a reader nor what one was begun by. That one which may not be looked into is there says nothing
/// where its reader may not be either: what it does shows by its clock.
fn is_work(snapshot: &KernelSnapshot, process: &Process) -> bool {
    if process.closed && snapshot.readers.first().is_some_and(|reader| reader.woken_by == WakeSource::Unknown)
    {
        return false;
    }
    let has_children = snapshot.processes.iter().any(|other| other.parent == process.pid);
    let reads = snapshot.readers.iter().any(|reader| reader.pid == process.pid);
    !has_children && !reads && !process.listening
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::STAYS;
    use crate::facts::Reader;

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
            unheard: false,
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
    fn a_child_that_stays_while_all_rests_is_a_helper() {
        let mut children = Children::default();
        children.note(Duration::ZERO, &snapshot(&[process(1, 0, false)]), true);
        let tree = snapshot(&[process(1, 0, false), process(2, 1, false)]);
        children.note(LATER, &tree, true);
        children.rest(LATER * 2, LATER * 2, false);
        assert!(children.busy(LATER * 2).is_some());
        children.rest(LATER * 2 + STAYS, LATER * 2, false);
        children.note(LATER * 9, &tree, true);
        assert_eq!((children.busy(LATER * 9), children.ended(LATER * 9)), (None, false));
    }

    #[test]
    fn a_child_that_may_not_be_looked_into_says_nothing_behind_a_reader_that_may_not_either() {
        let mut children = Children::default();
        let relay = Reader { woken_by: WakeSource::Unknown, ..Reader::alone(1) };
        let closed = Process { closed: true, ..process(2, 1, false) };
        let mut behind = KernelSnapshot { readers: vec![relay], ..snapshot(&[process(1, 0, false), closed]) };
        children.note(Duration::ZERO, &snapshot(&[process(1, 0, false)]), true);
        children.note(Duration::ZERO, &behind, true);
        assert_eq!(children.busy(LATER), None);
        behind.readers.clear();
        children.note(Duration::ZERO, &behind, true);
        assert_eq!(children.busy(LATER), Some((2, Duration::ZERO)));
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
