//! Gathers what a look sees in the kernel. It asks only about descendants of the server, and
//! looks again only into processes whose CPU clock has moved; it draws no conclusion.

mod calls;
mod family;
mod inspector;
mod members;
mod nested;
mod net;
mod reporter;
mod uring;

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::sys::termios::{LocalFlags, SpecialCharacterIndices, tcgetattr};

use self::family::{Family, Role};
use self::inspector::{Inspector, ProcessState};
use self::net::{Net, Sockets};
pub use self::reporter::Refusal;
use super::facts::{KernelSnapshot, Modes, Process, Reader, Reporter, WaitCall, WakeSource};
use ms_platform::procfs::{Proc, Stat, TaskState};
use ms_platform::sys::{clock, tty};

/// Whom the judge looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The program.
    pub child_pid: i32,
    /// The process that owns the pty, ancestor and subreaper of all that is looked at.
    pub server_pid: i32,
    /// The slave's device: `st_rdev`.
    pub tty_dev: u64,
}

/// The most processes that are looked at.
const MOST_PROCESSES: usize = 512;
/// Ptys within ptys are followed so deep.
const DEEPEST: u32 = 3;

/// What is remembered of the processes, by number.
type Memos = BTreeMap<i32, Memo>;

/// What is remembered of a process while its clock stands still.
#[derive(Debug)]
struct Memo {
    cpu: Duration,
    stat: Stat,
    /// The process that it was found by, and whether it was found at all by way of the server.
    parent: i32,
    children: Vec<i32>,
    /// What was found in it, for each terminal that it was looked into for.
    states: Vec<(u64, ProcessState)>,
    sockets: Sockets,
    ran: bool,
}

/// A terminal, and who is in front on it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Terminal {
    device: u64,
    foreground: i32,
    modes: Option<Modes>,
}

/// What a look is to ask beyond the usual.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ProbeOptions {
    /// Whether a process outside of what the server runs reads.
    pub(super) outside: bool,
    /// Whether what was typed has been read.
    pub(super) unread: bool,
    /// The sockets, even if they were listed a moment ago.
    pub(super) sockets: bool,
    /// Of what runs they are listed no more often.
    pub(super) apart: Duration,
}

/// Who waits to be typed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// A thread waits for input.
    pub waits: bool,
    /// Bytes to be read on a terminal behind a relay.
    pub behind: u64,
}

/// Gathers the facts of the kernel.
#[derive(Debug)]
pub(super) struct Probe {
    watched: Watched,
    proc: Proc,
    net: Net,
    family: Family,
    memos: Memos,
    /// Other servers, which are our children only because orphans are, and what else is left out.
    servers: Vec<i32>,
    outsiders: Vec<i32>,
    /// The foreground group's leader, if /proc does not show it.
    hidden: Option<(i32, Duration)>,
    seen: Option<Terminal>,
    stale: bool,
    /// When something is to be asked that was put off.
    due: Option<Duration>,
}

impl Probe {
    pub(super) fn new(watched: Watched) -> Probe {
        Probe {
            watched,
            proc: Proc::new(),
            net: Net::default(),
            family: Family::default(),
            memos: Memos::new(),
            servers: Vec::new(),
            outsiders: Vec::new(),
            hidden: None,
            seen: None,
            stale: true,
            due: None,
        }
    }

    /// A child came or went: who is there must be asked again.
    pub(super) fn family_changed(&mut self) {
        self.stale = true;
    }

    /// A child of the server's that is none of the program's.
    pub(super) fn leave_out(&mut self, pid: i32) {
        self.servers.push(pid);
        self.stale = true;
    }

    /// For whom process `pid`, an `msmark`, speaks.
    pub(super) fn reporter(&mut self, pid: i32) -> Result<Reporter, Refusal> {
        reporter::reporter(&mut self.proc, &self.watched, pid)
    }

    /// Looks; none if nothing has run and the terminal is as it was since the last look.
    pub(super) fn look(
        &mut self,
        now: Duration,
        master: BorrowedFd<'_>,
        options: ProbeOptions,
    ) -> Option<KernelSnapshot> {
        // A terminal whose master somebody else has does not tell it; the program's own line does.
        let told = || self.proc.stat(self.watched.child_pid).ok().map(|stat| stat.foreground);
        let terminal = Terminal {
            device: self.watched.tty_dev,
            foreground: tty::foreground_group(master).ok().or_else(told).unwrap_or(0),
            modes: modes(master),
        };
        let due = self.due.is_some_and(|due| due <= now);
        let asked = options.outside || options.unread || self.stale || due;
        if !asked && self.seen == Some(terminal) && self.nothing_ran() {
            return None;
        }
        self.seen = Some(terminal);
        self.stale = false;
        self.walk();
        let mut snapshot = self.snapshot(terminal);
        if options.outside && snapshot.readers.is_empty() {
            snapshot = self.outside(terminal, snapshot);
        }
        snapshot.outside = snapshot.readers.first().is_some_and(|reader| self.is_outside(reader.pid));
        if options.unread {
            snapshot.unread = tty::peer(master).and_then(tty::unread).ok();
        }
        self.network(&mut snapshot, now, options);
        Some(snapshot)
    }

    /// When a look is needed though nothing may have run: something was not asked, since it was asked a moment
    /// before.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Whether somebody waits for the terminal now, or for one behind it, and how many bytes wait there to be
    /// read. It leaves nothing behind that a later look would miss.
    pub(super) fn reading(watched: Watched, master: BorrowedFd<'_>) -> Reading {
        let mut probe = Probe::new(watched);
        probe.walk();
        let mut terminal = Terminal {
            device: watched.tty_dev,
            foreground: tty::foreground_group(master).unwrap_or(0),
            modes: modes(master),
        };
        let mut reading = Reading { waits: false, behind: 0 };
        for depth in 0..=DEEPEST {
            let readers = probe.snapshot_of(terminal).readers;
            reading.waits = !readers.is_empty();
            reading.behind += if depth > 0 { nested::unread(terminal.device) } else { 0 };
            let inner =
                readers.first().and_then(|reader| nested::behind(&mut probe.proc, &probe.memos, reader));
            let Some(inner) = inner else { break };
            terminal = inner;
        }
        reading
    }

    fn nothing_ran(&self) -> bool {
        let same = |pid: &i32, cpu: Duration| clock::cpu_time(*pid) == Some(cpu);
        self.memos.iter().all(|(pid, memo)| same(pid, memo.cpu))
            && self.hidden.is_none_or(|(pid, cpu)| same(&pid, cpu))
    }

    /// Finds every descendant, keeping what is known of those that did not run.
    fn walk(&mut self) {
        let mut old = std::mem::take(&mut self.memos);
        self.family.refresh();
        let server = self.watched.server_pid;
        let mut orphans = self.family.children(&mut self.proc, server, 1);
        self.servers.retain(|pid| orphans.contains(pid));
        orphans.retain(|pid| !self.is_server(*pid, old.contains_key(pid)));
        let mut queue: Vec<(i32, i32)> = self.outsiders.iter().map(|pid| (*pid, 0)).collect();
        queue.extend(orphans.into_iter().map(|pid| (pid, server)));
        queue.push((self.watched.child_pid, server));
        while let Some((pid, parent)) = queue.pop() {
            if self.memos.len() >= MOST_PROCESSES || self.memos.contains_key(&pid) {
                continue;
            }
            if let Some(memo) = self.memo(pid, parent, old.remove(&pid)) {
                queue.extend(memo.children.iter().map(|child| (*child, pid)));
                self.memos.insert(pid, memo);
            }
        }
    }

    /// Whether a child of ours is another server; asked once.
    fn is_server(&mut self, pid: i32, known: bool) -> bool {
        if self.servers.contains(&pid) {
            return true;
        }
        let new = !known && pid != self.watched.child_pid;
        let is = new
            && self
                .proc
                .stat(pid)
                .is_ok_and(|stat| reporter::is_server(&mut self.proc, &stat, self.watched.server_pid));
        self.servers.extend(is.then_some(pid));
        is
    }

    fn memo(&mut self, pid: i32, parent: i32, old: Option<Memo>) -> Option<Memo> {
        // The clock first: what runs after this is seen by the next look.
        let cpu = clock::cpu_time(pid)?;
        match old {
            Some(old) if old.cpu == cpu => Some(Memo { parent, ran: false, ..old }),
            old => {
                let stat = self.proc.stat(pid).ok()?;
                let children = self.family.children(&mut self.proc, pid, stat.threads);
                let sockets = old.map(|old| old.sockets).unwrap_or_default();
                Some(Memo { cpu, stat, parent, children, states: Vec::new(), sockets, ran: true })
            }
        }
    }

    /// What is seen of the terminal, or of the one behind a relay.
    fn snapshot(&mut self, terminal: Terminal) -> KernelSnapshot {
        let mut snapshot = self.snapshot_of(terminal);
        while let Some(reader) = snapshot.readers.first().filter(|_| snapshot.nested < DEEPEST) {
            let inner = nested::behind(&mut self.proc, &self.memos, reader);
            let Some(inner) = inner else { break };
            let outer = std::mem::replace(&mut snapshot, self.snapshot_of(inner));
            snapshot.nested = outer.nested + 1;
            snapshot.stopped |= outer.stopped;
            let new =
                outer.processes.into_iter().filter(|p| snapshot.processes.iter().all(|q| q.pid != p.pid));
            let new: Vec<Process> = new.collect();
            snapshot.processes.extend(new);
        }
        snapshot
    }

    fn snapshot_of(&mut self, terminal: Terminal) -> KernelSnapshot {
        let mut snapshot = KernelSnapshot {
            foreground: terminal.foreground,
            modes: terminal.modes,
            stopped: true,
            ..KernelSnapshot::default()
        };
        let mut front = false;
        for (pid, role) in self.roles(&terminal) {
            let Some(state) = self.inspect(pid, terminal.device) else { continue };
            let memo = &self.memos[&pid];
            if role == Role::Stray && state.reader.is_none() {
                continue;
            }
            snapshot.processes.push(process(memo, &state, role));
            let found = reader(memo, &state, role, terminal.modes).map(|found| self.explained(found));
            let memo = &self.memos[&pid];
            snapshot.readers.extend(found);
            if role == Role::Foreground {
                front = true;
                snapshot.writing |= state.writing;
                snapshot.stopped &= memo.stat.state == TaskState::Stopped;
            }
        }
        snapshot.stopped &= front;
        self.hidden(&mut snapshot, front);
        snapshot.readers.sort_by_key(|reader| reader.woken_by);
        snapshot
    }

    /// Who may not be looked into, with the reason.
    fn explained(&mut self, reader: Reader) -> Reader {
        match reader.woken_by {
            WakeSource::Unknown => {
                Reader { beside: vec![inspector::why_closed(&mut self.proc, reader.pid)], ..reader }
            }
            _ => reader,
        }
    }

    /// A foreground group that /proc does not show (`hidepid`), though its leader has a clock.
    fn hidden(&mut self, snapshot: &mut KernelSnapshot, front: bool) {
        let leader = snapshot.foreground;
        self.hidden = match front || leader <= 0 {
            true => None,
            false => clock::cpu_time(leader).map(|cpu| (leader, cpu)),
        };
        if let Some((pid, cpu)) = self.hidden {
            let beside = vec![inspector::HIDDEN.to_owned()];
            snapshot.readers.push(Reader { beside, ..unknown(pid, 1, cpu) });
        }
    }

    /// Everyone's role on a terminal: parents before children.
    fn roles(&mut self, terminal: &Terminal) -> Vec<(i32, Role)> {
        let mut roles: BTreeMap<i32, Role> = BTreeMap::new();
        let mut queue: Vec<i32> =
            self.memos.values().filter(|m| self.is_root(m)).map(|m| m.stat.pid).collect();
        while let Some(pid) = queue.pop() {
            let Some(memo) = self.memos.get(&pid).filter(|_| !roles.contains_key(&pid)) else { continue };
            let parent = roles.get(&memo.parent).copied().unwrap_or(Role::None);
            roles.insert(pid, family::role(&mut self.proc, &memo.stat, parent, terminal));
            queue.extend(memo.children.iter());
        }
        roles.into_iter().filter(|(_, role)| *role != Role::None).collect()
    }

    fn is_root(&self, memo: &Memo) -> bool {
        !self.memos.contains_key(&memo.parent)
    }

    fn inspect(&mut self, pid: i32, device: u64) -> Option<ProcessState> {
        let memo = self.memos.get_mut(&pid)?;
        if let Some((_, state)) = memo.states.iter().find(|(of, _)| *of == device) {
            return Some(state.clone());
        }
        let mut inspector = Inspector { proc: &mut self.proc, net: &mut self.net, device };
        let state = inspector.inspect(&memo.stat);
        memo.states.push((device, state.clone()));
        Some(state)
    }

    fn outside(&mut self, terminal: Terminal, snapshot: KernelSnapshot) -> KernelSnapshot {
        self.outsiders = family::strangers(&mut self.proc, &self.memos, terminal.device);
        if self.outsiders.is_empty() {
            return snapshot;
        }
        self.walk();
        self.snapshot(terminal)
    }

    fn is_outside(&self, pid: i32) -> bool {
        let mut next = pid;
        while let Some(memo) = self.memos.get(&next) {
            next = memo.parent;
        }
        next == 0
    }

    /// The connections of those that count. A reader of the terminal alone with one thread has none
    /// that matter.
    fn network(&mut self, snapshot: &mut KernelSnapshot, now: Duration, options: ProbeOptions) {
        let alone = |pid| {
            snapshot
                .readers
                .iter()
                .any(|r| r.pid == pid && r.woken_by == WakeSource::TtyOnly && r.threads <= 1)
        };
        let (mut found, mut due) = (Vec::new(), Vec::new());
        for process in snapshot.processes.iter().filter(|process| !process.closed && !alone(process.pid)) {
            let Some(memo) = self.memos.get_mut(&process.pid) else { continue };
            let apart = if options.sockets { Duration::ZERO } else { options.apart };
            memo.sockets.refresh(&mut self.proc, process.pid, now, (memo.ran || options.sockets, apart));
            due.extend(memo.sockets.due());
            found.extend(memo.sockets.found());
        }
        snapshot.links = self.net.links(&mut self.proc, &found, now);
        snapshot.channels = self.net.channels();
        due.extend(self.net.due());
        self.due = due.into_iter().min();
    }
}

fn process(memo: &Memo, state: &ProcessState, role: Role) -> Process {
    Process {
        pid: memo.stat.pid,
        parent: memo.parent,
        start: memo.stat.start,
        cpu: memo.cpu.as_nanos() as u64,
        threads: memo.stat.threads,
        foreground: role == Role::Foreground,
        running: state.running || matches!(memo.stat.state, TaskState::Running | TaskState::Uninterruptible),
        listening: state.listening,
        closed: state.closed,
        unheard: state.unheard,
    }
}

/// A reader that may not be looked into.
fn unknown(pid: i32, threads: u32, cpu: Duration) -> Reader {
    Reader {
        pid,
        tid: pid,
        call: WaitCall::Hidden,
        woken_by: WakeSource::Unknown,
        limit: None,
        beside: Vec::new(),
        threads,
        job_control: false,
        clock: None,
        ran: cpu.as_nanos() as u64,
    }
}

fn reader(memo: &Memo, state: &ProcessState, role: Role, modes: Option<Modes>) -> Option<Reader> {
    let mut reader = unknown(memo.stat.pid, memo.stat.threads, memo.cpu);
    match &state.reader {
        None if state.closed && role == Role::Foreground && memo.stat.state == TaskState::Sleeping => {}
        None => return None,
        Some(found) => {
            reader.tid = found.tid;
            reader.call = found.call;
            reader.woken_by = found.woken_by;
            reader.ran = found.ran.unwrap_or(reader.ran);
            reader.job_control = found.job_control;
            reader.limit = found.limit.map(|limit| limit.as_millis() as u64);
            reader.beside = found.beside.iter().map(|&name| name.to_owned()).collect();
        }
    }
    reader.clock = state.clock.map(|clock| clock.as_millis() as u64);
    // VTIME ends a read of a raw terminal, whatever the call says.
    if let (WaitCall::Read, WakeSource::TtyOnly, Some(limit)) =
        (reader.call, reader.woken_by, modes.and_then(|m| m.limit))
    {
        reader.woken_by = WakeSource::Timer;
        reader.limit = Some(limit);
        reader.clock = Some(reader.clock.map_or(limit, |clock| clock.min(limit)));
    }
    Some(reader)
}

fn modes(terminal: impl AsFd) -> Option<Modes> {
    let termios = tcgetattr(terminal).ok()?;
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
