//! Looking into one process: what each of its threads is blocked in, and so whether it reads the
//! terminal and what else can wake it.

use std::time::Duration;

use super::calls::{self, Block};
use super::members::{Member, Members};
use crate::detect::facts::{Class, Way};
use crate::procfs::{Call, Missing, Proc, Stat};

/// The most threads of one process that are looked at.
const MOST_THREADS: usize = 256;

/// What was found in a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inside {
    /// The thread that reads the terminal, best known first.
    pub(super) reader: Option<Found>,
    /// A thread runs, or is ready to.
    pub(super) running: bool,
    /// A thread is blocked in a write to the terminal.
    pub(super) writing: bool,
    /// It waits for its own input, a pipe or a socket.
    pub(super) listening: bool,
    /// It may not be looked into.
    pub(super) closed: bool,
}

/// A thread that reads the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) tid: i32,
    pub(super) way: Way,
    pub(super) class: Class,
    pub(super) limit: Option<Duration>,
    pub(super) beside: Vec<&'static str>,
    /// CPU time of the thread, where its process has others; else its process's is as good.
    pub(super) ran: Option<u64>,
}

/// What one thread waits for.
enum Wait {
    Running,
    Reads(Found),
    Writes,
    Listens,
    Sleeps,
    Other,
}

/// Looks into the process that `stat` is of. `tty` is the terminal's device.
pub(super) fn inside(proc: &mut Proc, stat: &Stat, tty: u64) -> Inside {
    let mut inside = Inside::default();
    let mut sleeps = false;
    for tid in threads(proc, stat) {
        match wait(proc, stat, tid, tty) {
            Err(Missing::Denied) => return Inside { closed: true, ..Inside::default() },
            Err(Missing::Gone) | Ok(Wait::Other) => {}
            Ok(Wait::Running) => inside.running = true,
            Ok(Wait::Writes) => inside.writing = true,
            Ok(Wait::Listens) => inside.listening = true,
            Ok(Wait::Sleeps) => sleeps = true,
            Ok(Wait::Reads(found)) => better(&mut inside.reader, found),
        }
    }
    if let Some(reader) = &mut inside.reader {
        if stat.threads > 1 {
            reader.ran = proc.thread_cpu(stat.pid, reader.tid).ok();
        }
        if sleeps && reader.class == Class::Excl {
            reader.class = Class::Tick;
        }
    }
    inside
}

fn threads(proc: &mut Proc, stat: &Stat) -> Vec<i32> {
    match stat.threads {
        0 | 1 => vec![stat.pid],
        _ => {
            let mut tids = proc.threads(stat.pid).unwrap_or_default();
            tids.truncate(MOST_THREADS);
            tids
        }
    }
}

fn better(best: &mut Option<Found>, found: Found) {
    if best.as_ref().is_none_or(|best| found.class < best.class) {
        *best = Some(found);
    }
}

fn wait(proc: &mut Proc, stat: &Stat, tid: i32, tty: u64) -> Result<Wait, Missing> {
    let call = proc.syscall(stat.pid, tid)?;
    let block = match calls::block(stat.pid, &call) {
        Some(Block::Restarted { args }) => restarted(proc, stat.pid, tid, args),
        Some(block) => block,
        None if call == Call::Running => return Ok(Wait::Running),
        None => return Ok(Wait::Other),
    };
    Ok(understand(proc, stat, tid, tty, block))
}

/// What was interrupted: the kernel's function says which call it was.
fn restarted(proc: &mut Proc, pid: i32, tid: i32, args: [u64; 6]) -> Block {
    let wchan = proc.wchan(pid, tid).unwrap_or_default();
    if wchan.contains("poll") {
        calls::restarted_poll(pid, args).unwrap_or(Block::Other)
    } else if wchan.contains("sleep") {
        Block::Sleep
    } else {
        Block::Other
    }
}

fn understand(proc: &mut Proc, stat: &Stat, tid: i32, tty: u64, block: Block) -> Wait {
    let mut members = Members::new(proc, stat.pid, tty, stat.tty);
    match block {
        Block::Fds { way, read, other, limit } => {
            let listens = read.contains(&0);
            let mut set: Vec<Member> = read.into_iter().map(|fd| members.of(fd)).collect();
            // What it would write to can wake it too, but is not what a person types on.
            set.extend(other.into_iter().map(|fd| members.of(fd)).filter(|m| *m != Member::Terminal));
            reads(tid, way, set, limit).unwrap_or_else(|| idle(&mut members, listens, limit))
        }
        Block::Epoll { fd, limit } => {
            let set = members.of_set(fd);
            let listens = set.iter().any(|(watch, _)| watch.fd == 0);
            let set = set.into_iter().filter(|(w, m)| *m != Member::Terminal || w.events & READABLE != 0);
            let set = set.map(|(_, member)| member).collect();
            reads(tid, Way::Epoll, set, limit).unwrap_or_else(|| idle(&mut members, listens, limit))
        }
        Block::Write { fd } if members.is_terminal(fd) => Wait::Writes,
        Block::Sleep => Wait::Sleeps,
        _ => Wait::Other,
    }
}

/// EPOLLIN, EPOLLPRI, EPOLLRDNORM and EPOLLRDBAND.
const READABLE: u32 = 0x1 | 0x2 | 0x40 | 0x80;

/// A thread that does not read the terminal: a helper that awaits its input, a sleeper, or neither.
fn idle(members: &mut Members<'_>, listens: bool, limit: Option<Duration>) -> Wait {
    if listens && members.is_channel(0) {
        Wait::Listens
    } else if limit.is_some() {
        Wait::Sleeps
    } else {
        Wait::Other
    }
}

/// How a set that holds the terminal is waited on; none if it does not.
fn reads(tid: i32, way: Way, set: Vec<Member>, limit: Option<Duration>) -> Option<Wait> {
    if !set.contains(&Member::Terminal) {
        return None;
    }
    let clock = set.iter().filter_map(|m| if let Member::Clock(left) = m { Some(*left) } else { None }).min();
    let mut beside: Vec<&'static str> =
        set.iter().filter_map(|m| if let Member::External(name) = m { Some(*name) } else { None }).collect();
    beside.sort_unstable();
    beside.dedup();
    let class = match (beside.is_empty(), limit.or(clock)) {
        (false, _) => Class::Loop,
        (true, Some(_)) => Class::Tick,
        (true, None) => Class::Excl,
    };
    let limit = [limit, clock].into_iter().flatten().min();
    Some(Wait::Reads(Found { tid, way, class, limit, beside, ran: None }))
}
