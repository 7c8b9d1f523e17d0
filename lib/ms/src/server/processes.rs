//! The session's processes, as the kernel has them: finding all of them, stopping them as one, and the
//! signals that `signaller` decides on. It will never decide who is signalled.

use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgid};

use super::now;
use super::signaller::Stopped;
use ms_platform::procfs::{Proc, Stat, TaskState};
use msession::store::session::Runtime;

/// A process that sleeps where no signal reaches it (for a disk) is not waited for any longer.
const STOPS_WITHIN: Duration = Duration::from_millis(20);
/// Nor are all of them together: the server serves others, too.
const ALL_WITHIN: Duration = Duration::from_millis(250);
/// Between two looks at a process that has not stopped yet.
const LOOK: Duration = Duration::from_micros(100);

/// Every child that has ended, stopped or gone on since the last call.
pub(super) fn changed_children() -> impl Iterator<Item = WaitStatus> {
    let flags = WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED | WaitPidFlag::WCONTINUED;
    std::iter::from_fn(move || {
        loop {
            match waitpid(None, Some(flags)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return None,
                Ok(status) => return Some(status),
                Err(_) => {}
            }
        }
    })
}

/// All descendants of this process, parents before their children, but for those children and what they run.
pub(super) fn all(runtime: &Runtime, but: &[Pid]) -> Vec<Stat> {
    let mut all = Vec::new();
    walk(runtime, but, &mut |proc, pid| all.extend(proc.stat(pid).ok()));
    all
}

/// Visits them. Sessions that were started from this one are not among them: their servers are our children
/// only because orphans are.
fn walk(runtime: &Runtime, but: &[Pid], visit: &mut dyn FnMut(&mut Proc, i32)) {
    let own = std::process::id() as i32;
    let others = msession::query::catalog::server_pids(runtime);
    let left_out = |pid| but.contains(&Pid::from_raw(pid));
    let belongs = |pid| pid == own || !others.contains(&pid) && !left_out(pid);
    ms_platform::procfs::walk(&mut Proc::new(), own, &belongs, &mut |proc, pid| {
        if pid != own {
            visit(proc, pid);
        }
    });
}

/// Stops all of them, parents before their children, so that no shell sees a job of its own stop. Again and
/// again until a whole round found nothing that still ran: an orphan may have come to us behind the walk's
/// back.
pub(super) fn stop_all(runtime: &Runtime, but: &[Pid]) -> Vec<Stopped> {
    let (mut stopped, until) = (Vec::new(), now() + ALL_WITHIN);
    while stop_round(runtime, but, &mut stopped, until) && now() < until {}
    stopped
}

/// One walk. A stopped process starts no others, so its children are all there when they are asked for.
/// Returns whether anything was found running.
fn stop_round(runtime: &Runtime, but: &[Pid], stopped: &mut Vec<Stopped>, until: Duration) -> bool {
    let mut found_running = false;
    walk(runtime, but, &mut |proc, pid| {
        let Ok(stat) = proc.stat(pid) else { return };
        if stands_still(&stat) {
            return;
        }
        found_running = true;
        if kill(Pid::from_raw(pid), Signal::SIGSTOP).is_ok() {
            let process = Stopped { pid, start: stat.start };
            if !stopped.contains(&process) {
                stopped.push(process);
            }
            wait_until_stopped(proc, pid, until.min(now() + STOPS_WITHIN));
        }
    });
    found_running
}

fn wait_until_stopped(proc: &mut Proc, pid: i32, until: Duration) {
    while proc.stat(pid).is_ok_and(|stat| !stands_still(&stat)) && now() < until {
        std::thread::sleep(LOOK);
    }
}

fn stands_still(stat: &Stat) -> bool {
    matches!(stat.state, TaskState::Stopped | TaskState::Traced | TaskState::Zombie)
}

/// Lets a process go on, if it is still the one that was stopped.
pub(super) fn go_on(stopped: Stopped) {
    if Proc::new().stat(stopped.pid).is_ok_and(|stat| stat.start == stopped.start) {
        let _ = kill(Pid::from_raw(stopped.pid), Signal::SIGCONT);
    }
}

/// Signals a process group. One that is gone needs no signal.
pub(super) fn signal_group(group: Pid, signal: Signal) {
    let _ = killpg(group, signal);
}

/// Signals the group that a process is in.
pub(super) fn signal_group_of(process: Pid, signal: Signal) {
    signal_group(getpgid(Some(process)).unwrap_or(process), signal);
}

/// Kills a process.
pub(super) fn kill_now(pid: i32) {
    let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
}
