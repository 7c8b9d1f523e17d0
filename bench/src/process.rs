//! Running commands and waiting, always with a limit.

use std::io::Read;
use std::os::fd::BorrowedFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ms_platform::procfs::{Proc, TaskState};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Result;

/// Nothing that works takes as long as this.
pub const LIMIT: Duration = Duration::from_secs(20);

/// From now to the limit.
pub fn deadline() -> Instant {
    Instant::now() + LIMIT
}

/// Waits for one descriptor.
pub fn wait_for(fd: BorrowedFd<'_>, events: PollFlags, deadline: Instant) -> Result<()> {
    wait_for_any(&mut [PollFd::new(fd, events)], deadline)
}

/// Waits for one of several descriptors.
pub fn wait_for_any(fds: &mut [PollFd<'_>], deadline: Instant) -> Result<()> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match poll(fds, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Ok(0) if Instant::now() >= deadline => return Err("nothing came within the limit".into()),
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(()),
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Runs a command that must succeed; returns what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let ran = command.stdin(Stdio::null()).output()?;
    if ran.status.success() {
        return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
    }
    Err(format!("{}: {}: {}", shown(command), ran.status, String::from_utf8_lossy(&ran.stderr).trim()).into())
}

/// Milliseconds from a command's start until it has ended and everything it printed was read; a failure
/// is an error.
pub fn time_to_end(command: &mut Command) -> Result<f64> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn()?;
    let mut printed = [0; 64 << 10];
    if let Some(out) = &mut child.stdout {
        while out.read(&mut printed)? > 0 {}
    }
    let status = child.wait()?;
    let spent = milliseconds(start.elapsed());
    if status.success() { Ok(spent) } else { Err(format!("{}: {status}", shown(command)).into()) }
}

/// A command as a person would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// A span in milliseconds.
pub fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

/// Waits, looking again and again, until this holds; for what gives no event, between measurements.
pub fn until(mut holds: impl FnMut() -> bool) -> Result<()> {
    let deadline = deadline();
    while !holds() {
        if Instant::now() > deadline {
            return Err("it did not come about within the limit".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Kills a process that is not our child and waits until it has ended, whether or not anybody has
/// asked how.
pub fn kill_and_wait(pid: i32) -> Result<()> {
    let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    until(|| Proc::new().stat(pid).is_ok_and(|stat| stat.state == TaskState::Zombie) || !lives(pid))
}

fn lives(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}
