//! Ending the session's processes. A program is asked to end as a terminal that hangs up does; one that
//! does not within the grace is killed with what belongs to its terminal. What has left the terminal stays.

use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::{Server, now};
use crate::judge::Edge;
use crate::platform::procfs::{Proc, Stat};
use crate::platform::sys;
use crate::session::format::status::Exit;

/// From SIGHUP to SIGKILL.
const GRACE: Duration = Duration::from_secs(3);

/// SIGHUP among the signals that a process ignores.
const SIGHUP_BIT: u64 = 1 << (Signal::SIGHUP as u64 - 1);

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Signalling {
    /// When the program is to be killed, if it was asked to end.
    kill_at: Option<Duration>,
    /// How the program ended.
    pub(super) exit: Option<Exit>,
}

impl Signalling {
    /// When something is to be done next.
    pub(super) fn due(&self) -> Option<Duration> {
        self.kill_at
    }
}

impl Server {
    /// Takes the signals that have arrived; `true` once the program has ended.
    pub(super) fn take_signals(&mut self) -> bool {
        while let Ok(Some(info)) = self.signals.read_signal() {
            if info.ssi_signo as i32 == Signal::SIGCHLD as i32 {
                self.reap();
            } else if info.ssi_signo as i32 == Signal::SIGUSR1 as i32 {
                self.home.look_at_once();
            } else {
                self.hang_up();
            }
        }
        self.signalling.exit.is_some()
    }

    /// Collects every child that has ended: the program, and orphans that this process inherits.
    fn reap(&mut self) {
        let flags = WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED | WaitPidFlag::WCONTINUED;
        loop {
            match waitpid(None, Some(flags)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => break,
                Ok(status) => self.note_change(status),
                Err(_) => {}
            }
        }
        self.judge.note(now(), Edge::Child);
    }

    fn note_change(&mut self, status: WaitStatus) {
        let exit = match status {
            WaitStatus::Exited(pid, code) if pid == self.child => Exit::Code { code },
            WaitStatus::Signaled(pid, signal, core) if pid == self.child => {
                Exit::Signal { signal: signal as i32, core }
            }
            _ => return self.note_stop(status),
        };
        self.signalling.exit = Some(exit);
    }

    /// Asks the program to end, as a terminal that hangs up does (SIGHUP, then SIGCONT for the stopped).
    /// What was paused elsewhere goes on after that, or it would stay stopped for ever.
    pub(super) fn hang_up(&mut self) {
        self.signalling.kill_at.get_or_insert(now() + GRACE);
        let groups = self.groups();
        for signal in [Signal::SIGHUP, Signal::SIGCONT] {
            for group in &groups {
                let _ = killpg(*group, signal);
            }
        }
        self.let_go();
    }

    /// Kills the program and all that belongs to its terminal.
    pub(super) fn kill_all(&mut self) {
        self.kill_those(|_| true);
        // What stays may have been paused with the rest.
        self.let_go();
    }

    /// Kills a program that did not end within the grace, and what belongs to its terminal; but not what
    /// ignores hang-ups behind it, which was meant to stay (nohup).
    pub(super) fn escalate_signals(&mut self) {
        if self.signalling.kill_at.is_none_or(|at| at > now()) {
            return;
        }
        // A job in front is the terminal's. Without job control all jobs are of the program's group.
        let front = self.master.as_ref().and_then(|master| sys::tty::foreground_group(master).ok());
        let front = front.filter(|group| *group != self.child.as_raw());
        self.kill_those(|stat| stat.ignored & SIGHUP_BIT == 0 || Some(stat.pgrp) == front);
    }

    /// Kills the program, and those of its kernel session that are meant. What has begun a session of its own
    /// (setsid, daemons) has left the terminal.
    fn kill_those(&mut self, meant: impl Fn(&Stat) -> bool) {
        self.signalling.kill_at = None;
        let program = self.child.as_raw();
        let mut doomed = vec![program];
        self.walk(&mut |proc, pid| {
            let stat = proc.stat(pid);
            doomed.extend(stat.ok().filter(|stat| stat.session == program && meant(stat)).map(|_| pid));
        });
        for pid in doomed {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }

    /// The program's process group and the one in front.
    fn groups(&self) -> Vec<Pid> {
        let mut groups = vec![self.child];
        let front = self.master.as_ref().and_then(|master| sys::tty::foreground_group(master).ok());
        groups.extend(front.filter(|group| *group > 0 && *group != self.child.as_raw()).map(Pid::from_raw));
        groups
    }

    /// Visits all descendants of this process, parents before their children. Sessions that were started
    /// from this one are not among them: their servers are our children only because orphans are.
    pub(super) fn walk(&self, visit: &mut dyn FnMut(&mut Proc, i32)) {
        let own = std::process::id() as i32;
        let others = crate::session::query::catalog::server_pids(self.home.runtime());
        let belongs = |pid| pid == own || !others.contains(&pid);
        crate::platform::procfs::walk(&mut Proc::new(), own, &belongs, &mut |proc, pid| {
            if pid != own {
                visit(proc, pid);
            }
        });
    }
}
