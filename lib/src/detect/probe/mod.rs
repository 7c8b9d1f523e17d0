//! Gathers what a look sees in the kernel. It asks only about descendants of the session's server, and
//! looks again only into processes whose CPU clock has moved; it draws no conclusion.

mod calls;
mod inside;
mod members;
mod who;

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::sys::termios::{LocalFlags, SpecialCharacterIndices, tcgetattr};

use self::inside::{Inside, inside};
use self::who::Role;
use super::facts::{Class, Modes, Process, Reader, Sight, Way};
use super::judge::Watched;
use crate::procfs::{Proc, Stat, State};
use crate::sys::{clock, tty};

/// The most processes of a session that are looked at.
const MOST_PROCESSES: usize = 512;

/// What is remembered of a process while its clock stands still.
#[derive(Debug)]
struct Memo {
    cpu: Duration,
    stat: Stat,
    role: Role,
    children: Vec<i32>,
    inside: Option<Inside>,
}

/// Gathers the facts of the kernel.
#[derive(Debug)]
pub(super) struct Probe {
    watched: Watched,
    proc: Proc,
    memos: BTreeMap<i32, Memo>,
    seen: Option<(i32, Option<Modes>)>,
    stale: bool,
}

impl Probe {
    pub(super) fn new(watched: Watched) -> Probe {
        Probe { watched, proc: Proc::new(), memos: BTreeMap::new(), seen: None, stale: true }
    }

    /// A child came or went: who is there must be asked again.
    pub(super) fn family_changed(&mut self) {
        self.stale = true;
    }

    /// Looks; none if nothing has run and the terminal is as it was since the last look.
    pub(super) fn look(&mut self, master: BorrowedFd<'_>) -> Option<Sight> {
        let foreground = tty::foreground_group(master).unwrap_or(0);
        let terminal = (foreground, modes(master));
        if !self.stale && self.seen == Some(terminal) && self.nothing_ran() {
            return None;
        }
        self.seen = Some(terminal);
        self.stale = false;
        self.walk(foreground);
        Some(self.sight(terminal))
    }

    fn nothing_ran(&self) -> bool {
        self.memos.iter().all(|(pid, memo)| clock::cpu_time(*pid) == Some(memo.cpu))
    }

    /// Finds every descendant, keeping what is known of those that did not run.
    fn walk(&mut self, foreground: i32) {
        let mut old = std::mem::take(&mut self.memos);
        let server = self.watched.server_pid;
        let mut roots = self.proc.children(server, server).unwrap_or_default();
        if !roots.contains(&self.watched.child_pid) {
            roots.push(self.watched.child_pid);
        }
        let mut queue: Vec<(i32, Role)> = roots.into_iter().map(|pid| (pid, Role::None)).collect();
        while let Some((pid, parent)) = queue.pop() {
            if self.memos.len() >= MOST_PROCESSES || self.memos.contains_key(&pid) {
                continue;
            }
            if let Some(memo) = self.memo(pid, parent, foreground, old.remove(&pid)) {
                queue.extend(memo.children.iter().map(|child| (*child, memo.role)));
                self.memos.insert(pid, memo);
            }
        }
    }

    fn memo(&mut self, pid: i32, parent: Role, foreground: i32, old: Option<Memo>) -> Option<Memo> {
        let cpu = clock::cpu_time(pid)?;
        let mut memo = match old.filter(|old| old.cpu == cpu) {
            Some(old) => old,
            None => self.fresh(pid, cpu)?,
        };
        memo.role = who::role(&mut self.proc, &memo.stat, parent, foreground, self.watched.tty_dev);
        if memo.inside.is_none() && memo.role != Role::None {
            memo.inside = Some(inside(&mut self.proc, &memo.stat, self.watched.tty_dev));
        }
        Some(memo)
    }

    fn fresh(&mut self, pid: i32, cpu: Duration) -> Option<Memo> {
        let stat = self.proc.stat(pid).ok()?;
        let mut children = Vec::new();
        for tid in if stat.threads > 1 { self.proc.threads(pid).unwrap_or_default() } else { vec![pid] } {
            children.extend(self.proc.children(pid, tid).unwrap_or_default());
        }
        Some(Memo { cpu, stat, role: Role::None, children, inside: None })
    }

    fn sight(&mut self, (foreground, modes): (i32, Option<Modes>)) -> Sight {
        let mut sight = Sight { foreground, modes, ..Sight::default() };
        for (pid, memo) in &self.memos {
            let Some(inside) = &memo.inside else { continue };
            if memo.role == Role::Stray && inside.reader.is_none() {
                continue;
            }
            sight.processes.push(process(*pid, memo, inside));
            sight.readers.extend(reader(*pid, memo, inside, modes));
            sight.writing |= inside.writing && memo.role == Role::Foreground;
        }
        sight.readers.sort_by_key(|reader| reader.class);
        sight.stopped = self.all_stopped();
        sight
    }

    fn all_stopped(&self) -> bool {
        let mut front = self.memos.values().filter(|memo| memo.role == Role::Foreground).peekable();
        front.peek().is_some() && front.all(|memo| memo.stat.state == State::Stopped)
    }
}

fn process(pid: i32, memo: &Memo, inside: &Inside) -> Process {
    Process {
        pid,
        parent: memo.stat.ppid,
        start: memo.stat.start,
        cpu: memo.cpu.as_nanos() as u64,
        threads: memo.stat.threads,
        foreground: memo.role == Role::Foreground,
        running: inside.running || matches!(memo.stat.state, State::Running | State::Uninterruptible),
        listening: inside.listening,
        closed: inside.closed,
    }
}

fn reader(pid: i32, memo: &Memo, inside: &Inside, modes: Option<Modes>) -> Option<Reader> {
    let hidden = inside.closed && memo.role == Role::Foreground && memo.stat.state == State::Sleeping;
    let mut reader = Reader {
        pid,
        tid: pid,
        way: Way::Hidden,
        class: Class::Unknown,
        limit: None,
        beside: Vec::new(),
        threads: memo.stat.threads,
        ran: memo.cpu.as_nanos() as u64,
    };
    match &inside.reader {
        None if hidden => {}
        None => return None,
        Some(found) => {
            reader.tid = found.tid;
            reader.way = found.way;
            reader.ran = found.ran.unwrap_or(reader.ran);
            reader.class = found.class;
            reader.limit = found.limit.map(|limit| limit.as_millis() as u64);
            reader.beside = found.beside.iter().map(|&name| name.to_owned()).collect();
        }
    }
    // VTIME ends a read of a raw terminal, whatever the call says.
    if let (Way::Read, Class::Excl, Some(limit)) = (reader.way, reader.class, modes.and_then(|m| m.limit)) {
        reader.class = Class::Tick;
        reader.limit = Some(limit);
    }
    Some(reader)
}

fn modes(master: BorrowedFd<'_>) -> Option<Modes> {
    let termios = tcgetattr(master).ok()?;
    let canonical = termios.local_flags.contains(LocalFlags::ICANON);
    let control = |index: SpecialCharacterIndices| termios.control_chars[index as usize];
    let tenths = control(SpecialCharacterIndices::VTIME);
    let limited = !canonical && control(SpecialCharacterIndices::VMIN) == 0 && tenths > 0;
    Some(Modes {
        canonical,
        echo: termios.local_flags.contains(LocalFlags::ECHO),
        limit: limited.then_some(u64::from(tenths) * 100),
    })
}
