//! Stopping the session's processes as one, and letting them go on as they were. Stopped are all
//! descendants, in whatever process group or session; a process that was stopped before stays so when
//! the others go on. Parents stop before their children and go on after them, so that no shell sees a
//! job of its own stop.

use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::WaitStatus;
use nix::unistd::{Pid, getpgid};

use super::{Moment, Server, now};
use crate::judge::Edge;
use crate::platform::procfs::{Proc, State};
use crate::platform::time::Time;

/// A process that sleeps where no signal reaches it (for a disk) is not waited for any longer.
const STOPS_WITHIN: Duration = Duration::from_millis(20);
/// Nor are all of them together: the server serves others, too.
const ALL_WITHIN: Duration = Duration::from_millis(250);
/// Between two looks at a process that has not stopped yet.
const LOOK: Duration = Duration::from_micros(100);

/// What is stopped, and why.
#[derive(Debug, Default)]
pub(super) struct Pause {
    /// Somebody asked for it.
    asked: bool,
    /// The program stopped, and nobody had asked.
    itself: bool,
    /// What was stopped here, parents first, each with its start time.
    stopped: Vec<(i32, u64)>,
}

impl Pause {
    /// Whether the session is stopped as a whole.
    pub(super) fn is_on(&self) -> bool {
        self.asked || self.itself
    }

    fn stopped_here(&self, process: Pid) -> bool {
        self.stopped.iter().any(|(pid, _)| *pid == process.as_raw())
    }
}

impl Server {
    /// Stops every process of the session.
    pub(super) fn pause(&mut self) {
        let mut stopped = std::mem::take(&mut self.pause.stopped);
        self.stop_all(&mut stopped);
        self.pause.stopped = stopped;
        self.pause.asked = true;
        self.show_paused("the session was paused");
    }

    /// Lets go on what was stopped.
    pub(super) fn resume(&mut self) {
        if self.pause.is_on() {
            self.let_go();
            self.show_resumed();
        }
    }

    /// The program stopped by itself or by another's hand, or was told to go on by another's.
    pub(super) fn note_stop(&mut self, status: WaitStatus) {
        match status {
            WaitStatus::Stopped(pid, _) if pid == self.child && !self.pause.stopped_here(pid) => {
                let known = self.pause.is_on();
                self.pause.itself = true;
                if !known {
                    self.show_paused("the program stopped itself");
                }
            }
            WaitStatus::Continued(pid) if pid == self.child => self.resume(),
            _ => {}
        }
    }

    /// Continues what was stopped here, the youngest first, and the program if it had stopped itself.
    pub(super) fn let_go(&mut self) {
        let mut proc = Proc::new();
        let pause = std::mem::take(&mut self.pause);
        for (pid, start) in pause.stopped.into_iter().rev() {
            if proc.stat(pid).is_ok_and(|stat| stat.start == start) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGCONT);
            }
        }
        if pause.itself {
            let group = getpgid(Some(self.child)).unwrap_or(self.child);
            let _ = killpg(group, Signal::SIGCONT);
        }
    }

    /// Again and again until a whole round found nothing that still ran: an orphan may have come to us
    /// behind the walk's back.
    fn stop_all(&self, stopped: &mut Vec<(i32, u64)>) {
        let until = now() + ALL_WITHIN;
        while self.stop_round(stopped, until) && now() < until {}
    }

    /// One walk from parents to children. A stopped process starts no others, so its children are all
    /// there when they are asked for. Returns whether anything was found running.
    fn stop_round(&self, stopped: &mut Vec<(i32, u64)>, until: Duration) -> bool {
        let mut found_running = false;
        self.walk(&mut |proc, pid| {
            let Ok(stat) = proc.stat(pid) else { return };
            if matches!(stat.state, State::Stopped | State::Traced | State::Zombie) {
                return;
            }
            found_running = true;
            if kill(Pid::from_raw(pid), Signal::SIGSTOP).is_ok() {
                if !stopped.contains(&(pid, stat.start)) {
                    stopped.push((pid, stat.start));
                }
                wait_until_stopped(proc, pid, until.min(now() + STOPS_WITHIN));
            }
        });
        found_running
    }

    fn show_paused(&mut self, says: &str) {
        self.judge.note(now(), Edge::Paused);
        let effects = self.status.paused(says, Time::now());
        self.carry_out(effects);
    }

    fn show_resumed(&mut self) {
        self.judge.note(now(), Edge::Resumed);
        let effects = self.status.resumed(self.judge.verdict(), Moment::now());
        self.carry_out(effects);
    }
}

fn wait_until_stopped(proc: &mut Proc, pid: i32, until: Duration) {
    let runs = |proc: &mut Proc| {
        proc.stat(pid).is_ok_and(|stat| !matches!(stat.state, State::Stopped | State::Traced | State::Zombie))
    };
    while runs(proc) && now() < until {
        std::thread::sleep(LOOK);
    }
}
