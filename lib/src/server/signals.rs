//! Ending the session's processes. A program is asked to end as a terminal that hangs up does; one that
//! does not within the grace is killed with all that it started.

use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::{Server, now};
use crate::procfs::Proc;
use crate::status::Exit;
use crate::sys;

/// From SIGHUP to SIGKILL.
const GRACE: Duration = Duration::from_secs(3);

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
        self.judging.child(now());
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

    /// Kills the program and all that it started.
    pub(super) fn kill_tree(&mut self) {
        self.signalling.kill_at = None;
        for pid in self.tree() {
            let _ = kill(pid, Signal::SIGKILL);
        }
    }

    /// Kills a program that did not end within the grace.
    pub(super) fn escalate_signals(&mut self) {
        if self.signalling.kill_at.is_some_and(|at| at <= now()) {
            self.kill_tree();
        }
    }

    /// The program's process group and the one in front.
    fn groups(&self) -> Vec<Pid> {
        let mut groups = vec![self.child];
        let front = self.master.as_ref().and_then(|master| sys::tty::foreground_group(master).ok());
        groups.extend(front.filter(|group| *group > 0 && *group != self.child.as_raw()).map(Pid::from_raw));
        groups
    }

    /// All descendants of this process, parents first.
    fn tree(&self) -> Vec<Pid> {
        let mut tree = Vec::new();
        self.walk(&mut |_, pid| tree.push(Pid::from_raw(pid)));
        tree
    }

    /// Visits all descendants of this process, parents before their children. Sessions that were started
    /// from this one are not among them: their servers are our children only because orphans are.
    pub(super) fn walk(&self, visit: &mut dyn FnMut(&mut Proc, i32)) {
        let own = std::process::id() as i32;
        let others = crate::catalog::server_pids(self.home.runtime());
        let belongs = |pid| pid == own || !others.contains(&pid);
        crate::procfs::walk(&mut Proc::new(), own, &belongs, &mut |proc, pid| {
            if pid != own {
                visit(proc, pid);
            }
        });
    }
}
