//! Looking into one process: what each of its threads is blocked in, and so whether it reads the
//! terminal and what else can wake it.

use std::time::Duration;

use super::calls::{self, Block};
use super::members::{Member, Members};
use super::net::Net;
use super::uring;
use crate::facts::{WaitCall, WakeSource};
use ms_platform::procfs::{Call, Missing, Proc, Stat};

/// The most threads of one process that are looked at.
const MOST_THREADS: usize = 256;
/// EPOLLIN, EPOLLPRI, EPOLLRDNORM and EPOLLRDBAND.
const READABLE: u32 = 0x1 | 0x2 | 0x40 | 0x80;
/// Bits of SIGTSTP and SIGTTOU among the ignored signals, counted from 0 for signal 1.
const JOB_CONTROL: u64 = 1 << (nix::libc::SIGTSTP - 1) | 1 << (nix::libc::SIGTTOU - 1);

/// /proc does not show the process at all: the reason for a person who wonders.
pub(super) const HIDDEN: &str = "/proc does not show it (hidepid)";

/// From this scope on Yama keeps what a process is blocked in even from its ancestors (Yama.rst).
const STRICT: u8 = 2;

/// What was found in a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ProcessState {
    /// The thread that reads the terminal, best known first.
    pub(super) reader: Option<TtyReader>,
    /// A thread runs, or is ready to.
    pub(super) running: bool,
    /// A thread is blocked in a write to the terminal.
    pub(super) writing: bool,
    /// It waits for its own input, a pipe or a socket.
    pub(super) listening: bool,
    /// It may not be looked into.
    pub(super) closed: bool,
    /// What it prints goes to nobody.
    pub(super) unheard: bool,
    /// A clock wakes one of its threads after this.
    pub(super) clock: Option<Duration>,
}

/// A thread that reads the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TtyReader {
    pub(super) tid: i32,
    pub(super) call: WaitCall,
    pub(super) woken_by: WakeSource,
    pub(super) limit: Option<Duration>,
    pub(super) beside: Vec<&'static str>,
    /// CPU time of the thread, where its process has others; else its process's is as good.
    pub(super) ran: Option<u64>,
    /// It ignores what stops a job, as only a shell does that hands out the terminal.
    pub(super) job_control: bool,
}

/// What one thread waits for.
enum Wait {
    Running,
    Reads(TtyReader),
    Writes,
    Listens,
    /// A clock ends this.
    Sleeps(Option<Duration>),
    /// A lock, for so long at most.
    Locked(Option<Duration>),
    Other,
}

/// Looks into processes for readers of one terminal.
pub(super) struct Inspector<'a> {
    pub(super) proc: &'a mut Proc,
    pub(super) net: &'a mut Net,
    /// The terminal's device.
    pub(super) device: u64,
}

impl Inspector<'_> {
    /// Looks into the process that `stat` is of.
    pub(super) fn inspect(&mut self, stat: &Stat) -> ProcessState {
        let mut state = ProcessState::default();
        let mut sleeps = false;
        for tid in self.threads(stat) {
            match self.wait(stat, tid) {
                Err(Missing::Denied) => return ProcessState { closed: true, ..ProcessState::default() },
                Err(Missing::Gone) | Ok(Wait::Other) => {}
                Ok(Wait::Running) => state.running = true,
                Ok(Wait::Writes) => state.writing = true,
                Ok(Wait::Listens) => state.listening = true,
                Ok(Wait::Sleeps(limit)) => {
                    sleeps = true;
                    sooner(&mut state.clock, limit);
                }
                Ok(Wait::Locked(limit)) => sooner(&mut state.clock, limit),
                Ok(Wait::Reads(found)) => {
                    sooner(&mut state.clock, found.limit);
                    better(&mut state.reader, found);
                }
            }
        }
        match &mut state.reader {
            Some(reader) => self.complete(stat, reader, sleeps),
            // Of who reads the terminal it is not asked.
            None => state.unheard = !self.members(stat).is_heard(1),
        }
        state
    }

    /// What only matters of a process that reads.
    fn complete(&mut self, stat: &Stat, reader: &mut TtyReader, sleeps: bool) {
        if stat.threads > 1 {
            reader.ran = self.proc.thread_cpu(stat.pid, reader.tid).ok();
        }
        if stat.pgrp == stat.pid {
            reader.job_control = stat.ignored & JOB_CONTROL == JOB_CONTROL;
        }
        if sleeps && reader.woken_by == WakeSource::TtyOnly {
            reader.woken_by = WakeSource::Timer;
        }
    }

    fn threads(&mut self, stat: &Stat) -> Vec<i32> {
        match stat.threads {
            0 | 1 => vec![stat.pid],
            _ => {
                let mut tids = self.proc.threads(stat.pid).unwrap_or_default();
                tids.truncate(MOST_THREADS);
                tids
            }
        }
    }

    fn wait(&mut self, stat: &Stat, tid: i32) -> Result<Wait, Missing> {
        let call = self.proc.syscall(stat.pid, tid)?;
        let block = match calls::block(stat.pid, &call) {
            Some(Block::Restarted { args }) => self.restarted(stat.pid, tid, args),
            Some(block) => block,
            None if call == Call::Running => return Ok(Wait::Running),
            None => return Ok(Wait::Other),
        };
        Ok(self.understand(stat, tid, block))
    }

    /// What was interrupted: the kernel's function says which call it was.
    fn restarted(&mut self, pid: i32, tid: i32, args: [u64; 6]) -> Block {
        let wchan = self.proc.wchan(pid, tid).unwrap_or_default();
        if wchan.contains("poll") {
            calls::restarted_poll(pid, args).unwrap_or(Block::Other)
        } else if wchan.contains("sleep") {
            Block::Sleep { limit: None }
        } else {
            Block::Other
        }
    }

    fn members(&mut self, stat: &Stat) -> Members<'_> {
        Members {
            proc: self.proc,
            net: self.net,
            pid: stat.pid,
            device: self.device,
            controlling: stat.tty,
            table: None,
        }
    }

    fn understand(&mut self, stat: &Stat, tid: i32, block: Block) -> Wait {
        match block {
            Block::Fds { call, read, other, limit } => self.set(stat, tid, call, (read, other), limit),
            Block::Epoll { fd, limit } => self.epoll(stat, tid, fd, limit),
            Block::Uring { fd } => self.uring(stat, tid, fd),
            Block::Write { fd } if self.members(stat).is_terminal(fd) => Wait::Writes,
            Block::Sleep { limit } => Wait::Sleeps(limit),
            Block::Lock { limit } => Wait::Locked(limit),
            _ => Wait::Other,
        }
    }

    fn set(
        &mut self,
        stat: &Stat,
        tid: i32,
        call: WaitCall,
        (read, other): (Vec<i32>, Vec<i32>),
        limit: Option<Duration>,
    ) -> Wait {
        let mut members = self.members(stat);
        let listens = read.contains(&0);
        let mut set: Vec<Member> = read.into_iter().map(|fd| members.of(fd)).collect();
        // What it would write to can wake it too, but is not what a person types on.
        set.extend(other.into_iter().map(|fd| members.of(fd)).filter(|member| *member != Member::Terminal));
        reads(tid, call, set, limit).unwrap_or_else(|| idle(&mut members, listens, limit))
    }

    fn epoll(&mut self, stat: &Stat, tid: i32, fd: i32, limit: Option<Duration>) -> Wait {
        let mut members = self.members(stat);
        let set = members.of_set(fd);
        let listens = set.iter().any(|(watch, _)| watch.fd == 0);
        let typed = |watch: &ms_platform::procfs::Watch| watch.events & READABLE != 0;
        let set = set.into_iter().filter(|(watch, member)| *member != Member::Terminal || typed(watch));
        let set = set.map(|(_, member)| member).collect();
        reads(tid, WaitCall::Epoll, set, limit).unwrap_or_else(|| idle(&mut members, listens, limit))
    }

    fn uring(&mut self, stat: &Stat, tid: i32, fd: i32) -> Wait {
        let ring = uring::ring(self.proc, stat.pid, fd);
        let mut members = self.members(stat);
        let mut set: Vec<Member> = ring.fds.iter().map(|fd| members.of(*fd)).collect();
        let terminals = set.iter().filter(|member| **member == Member::Terminal).count();
        if ring.polls == 0 {
            return Wait::Other;
        }
        // More polls than the terminal's: something else is waited for, whatever old entries say.
        set.retain(|member| *member == Member::Terminal || ring.polls as usize > terminals);
        set.extend(ring.timed.then_some(Member::Clock(Duration::from_secs(1))));
        reads(tid, WaitCall::Uring, set, None).unwrap_or(Wait::Other)
    }
}

fn sooner(clock: &mut Option<Duration>, limit: Option<Duration>) {
    *clock = [*clock, limit].into_iter().flatten().min();
}

fn better(best: &mut Option<TtyReader>, found: TtyReader) {
    if best.as_ref().is_none_or(|best| found.woken_by < best.woken_by) {
        *best = Some(found);
    }
}

/// A thread that does not read the terminal: a helper that awaits its input, a sleeper, or neither.
fn idle(members: &mut Members<'_>, listens: bool, limit: Option<Duration>) -> Wait {
    if listens && members.is_channel(0) {
        Wait::Listens
    } else if limit.is_some() {
        Wait::Sleeps(limit)
    } else {
        Wait::Other
    }
}

/// How a set that holds the terminal is waited on; none if it does not.
fn reads(tid: i32, call: WaitCall, set: Vec<Member>, limit: Option<Duration>) -> Option<Wait> {
    if !set.contains(&Member::Terminal) {
        return None;
    }
    let clocks = set.iter().filter_map(|member| match member {
        Member::Clock(left) => Some(*left),
        _ => None,
    });
    let limit = clocks.chain(limit).min();
    let mut beside: Vec<&'static str> = set.iter().filter_map(external).collect();
    beside.sort_unstable();
    beside.dedup();
    let woken_by = match (beside.is_empty(), limit) {
        (false, _) => WakeSource::Other,
        (true, Some(_)) => WakeSource::Timer,
        (true, None) => WakeSource::TtyOnly,
    };
    Some(Wait::Reads(TtyReader { tid, call, woken_by, limit, beside, ran: None, job_control: false }))
}

fn external(member: &Member) -> Option<&'static str> {
    match member {
        Member::External(name) => Some(name),
        _ => None,
    }
}

/// Why process `pid` may not be looked into, for a person who wonders. Nothing is judged by it.
pub(super) fn why_closed(proc: &mut Proc, pid: i32) -> String {
    let own = nix::unistd::geteuid().as_raw();
    match (proc.ptrace_scope(), proc.user(pid)) {
        (Ok(scope @ STRICT..), _) => format!("kernel.yama.ptrace_scope is {scope}"),
        (_, Ok(user)) if user != own => "it runs as another user".into(),
        _ => "it does not allow it (PR_SET_DUMPABLE)".into(),
    }
}
