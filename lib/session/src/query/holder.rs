//! Who holds a session's lock, and ending that when it does not end by itself: the last resort, for a server
//! that is stopped, speaks another language or answers with garbage. The kernel says who it is; a record may
//! be damaged, or name a number that means another process by now.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::stat::fstat;

use crate::format::error::{Error, Result};
use crate::format::session_name::SessionName;
use crate::format::session_record::SessionRecord;
use crate::query::catalog;
use crate::store::alive;
use crate::store::session::{Runtime, SessionDir, file};
use ms_platform::procfs::{self, Proc, TaskState};
use ms_platform::sys::process::{pidfd_open, pidfd_signal};

/// What was killed is gone within this, unless the kernel holds on to it.
const GONE_WITHIN: Duration = Duration::from_secs(5);
/// A server whose program was killed has saved what that printed within this.
const SAVED_WITHIN: Duration = Duration::from_secs(3);
/// More rounds than this do not find anything new.
const ROUNDS: usize = 20;

/// Kills the processes that hold the session's lock and what belongs to the session's terminal. What has begun
/// a kernel session of its own has left the terminal and stays, unless it can't be told which is the program's.
/// What they left is the next tool's to finish.
///
/// # Errors
/// `Damaged` if no process can be found that holds the lock, `TimedOut` or `System` if one does not end.
pub fn kill(runtime: &Runtime, session: &SessionDir) -> Result<()> {
    let mut holders = holders(session)?;
    if holders.is_empty()
        && let Ok(record) = session.record()
    {
        // Its lock was lost.
        holders.extend(alive::server(&record)?.map(|server| (record.server_pid, server)));
    }
    if holders.is_empty() {
        let why = "its lock is held by a process that can't be found (of another user, or another container)";
        return Err(Error::damaged(session.name().as_str(), why));
    }
    let others = catalog::server_pids(runtime);
    let program = session.record().map_or(0, |record| record.child_pid);
    for (pid, process) in &holders {
        // What is stopped starts nothing, and does not see its program's end.
        let _ = pidfd_signal(process, Signal::SIGSTOP);
        kill_below(*pid, program, &|child| !others.contains(&child));
        pidfd_signal(process, Signal::SIGKILL).map_err(Error::errno(session.name().as_str()))?;
    }
    holders.iter().try_for_each(|(_, process)| wait_for(process, session.name()))
}

/// Ends a session whose directory can't be reached: first its program and what belongs to the program's terminal,
/// so that the server saves what they printed; then the server itself, if it does not end by that. Whether the
/// record was finished is the caller's to look at.
///
/// # Errors
/// The server can't be signalled, or does not end.
pub fn end_unreached(record: &SessionRecord) -> Result<()> {
    let Some(server) = alive::server(record)? else { return Ok(()) };
    kill_below(record.server_pid, record.child_pid, &|_| true);
    if ends_within(&server, SAVED_WITHIN) {
        return Ok(());
    }
    pidfd_signal(&server, Signal::SIGKILL).map_err(Error::errno(record.name.as_str()))?;
    wait_for(&server, &record.name)
}

/// The processes that hold the lock, each by a descriptor that stands for it.
fn holders(session: &SessionDir) -> Result<Vec<(i32, OwnedFd)>> {
    let stat = fstat(session.open_file(file::LOCK)?).map_err(Error::errno(file::LOCK))?;
    let lock = (stat.st_dev, stat.st_ino);
    let mut proc = Proc::new();
    let own = std::process::id() as i32;
    let all = proc.every_process().unwrap_or_default();
    let holds = |pid: &i32| {
        // Opened first: from then on the number can't come to mean another process unseen.
        let process = pidfd_open(*pid).ok()?;
        has_locked(&mut proc, *pid, lock).then_some((*pid, process))
    };
    Ok(all.iter().filter(|pid| **pid != own).filter_map(holds).collect())
}

fn has_locked(proc: &mut Proc, pid: i32, lock: (u64, u64)) -> bool {
    let fds = proc.fds(pid).unwrap_or_default();
    fds.into_iter()
        .any(|fd| proc.opened(pid, fd) == Ok(lock) && proc.fdinfo(pid, fd).is_ok_and(|info| info.locked))
}

/// Kills those descendants that are of the program's kernel session, or all if it is not among them; again and
/// again until there is none that lives: one may just have been started.
fn kill_below(root: i32, program: i32, belongs: &dyn Fn(i32) -> bool) {
    let known = procfs::tree(&mut Proc::new(), root, belongs).contains(&program);
    for _ in 0..ROUNDS {
        let mut lives = false;
        procfs::walk(&mut Proc::new(), root, belongs, &mut |proc, pid| {
            let Ok(stat) = proc.stat(pid) else { return };
            if pid != root && stat.state != TaskState::Zombie && (!known || stat.session == program) {
                lives = true;
                let _ = pidfd_open(pid).map(|process| pidfd_signal(&process, Signal::SIGKILL));
            }
        });
        if !lives {
            return;
        }
    }
}

fn wait_for(process: &OwnedFd, name: &SessionName) -> Result<()> {
    match ends_within(process, GONE_WITHIN) {
        true => Ok(()),
        false => Err(Error::TimedOut(format!("{name}: was killed and does not end"))),
    }
}

fn ends_within(process: &OwnedFd, time: Duration) -> bool {
    let until = Instant::now() + time;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(1..) => return true,
            _ if left.is_zero() => return false,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn who_holds_a_lock_is_found_and_who_only_looks_is_not() {
        let dir = std::env::temp_dir().join(format!("ms-holder-{}", std::process::id()));
        let mut private = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut private, 0o700);
        private.create(&dir).unwrap();
        private.create(dir.join("x")).unwrap();
        let runtime = Runtime::at(&dir).unwrap();
        let name = crate::format::session_name::SessionName::new("x").unwrap();
        let session = runtime.session(&name).unwrap();
        std::fs::write(dir.join("x/lock"), "").unwrap();
        assert_eq!(holders(&session).unwrap().len(), 0);
        let script = "exec 8<lock 9>lock; flock 9 || exit 1; echo held; exec sleep 1000";
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(dir.join("x")).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut looker = Command::new("sleep")
            .arg("1000")
            .stdin(std::fs::File::open(dir.join("x/lock")).unwrap())
            .spawn()
            .unwrap();
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0; 5]).unwrap();
        let found: Vec<i32> = holders(&session).unwrap().iter().map(|(pid, _)| *pid).collect();
        assert_eq!(found, [child.id() as i32]);
        // Reaped meanwhile, as init does.
        let waiter = std::thread::spawn(move || child.wait().unwrap());
        kill(&runtime, &session).unwrap();
        assert!(!waiter.join().unwrap().success());
        assert!(looker.try_wait().unwrap().is_none(), "who only looks lives");
        looker.kill().unwrap();
        looker.wait().unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
