//! Whether the process lives that a record names as its session's server. A free lock, a missing file
//! and an error say nothing of that: a lock file can be removed, a directory unmounted. It is asked
//! only where the lock is not held.

use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::format::error::{Error, Result};
use crate::format::session_record::SessionRecord;
use ms_platform::procfs::{Proc, Stat, TaskState};
use ms_platform::sys::process::pidfd_open;
use ms_platform::time::Time;

/// Clock ticks in a second, as /proc counts them (USER_HZ, the same on every Linux machine).
const TICKS: u64 = 100;
/// A record of an older version does not say when its server began, but when its session did: a moment
/// later. The clock may have been set since.
const SLACK_MS: u64 = 10_000;

/// Whether the server of this session lives: its number is a process's that began when the record says.
/// What cannot be seen counts as living.
pub fn server_lives(record: &SessionRecord) -> bool {
    let pid = record.server_pid;
    let exists = || pid > 0 && kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH);
    exists()
        && match Proc::new().stat(pid) {
            Ok(stat) => stat.state != TaskState::Zombie && !is_ending(pid) && is_it(record, &stat),
            // It ended just now, or could not be read.
            Err(_) => exists(),
        }
}

/// The server of this session, by a descriptor that stands for it whatever its number comes to mean; none if it
/// is dead.
///
/// # Errors
/// There is no descriptor to be had: whether it lives is not known.
pub fn server(record: &SessionRecord) -> Result<Option<OwnedFd>> {
    // Opened first: from then on the number can't come to mean another process unseen.
    let server = match pidfd_open(record.server_pid) {
        Err(Errno::ESRCH | Errno::EINVAL) => return Ok(None),
        server => server.map_err(Error::errno(record.name.as_str()))?,
    };
    Ok(server_lives(record).then_some(server))
}

/// A process that ends gives up its program before its files, and so before its locks are free.
fn is_ending(pid: i32) -> bool {
    std::fs::read_link(format!("/proc/{pid}/exe"))
        .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// When a process began, in clock ticks since the machine started; none if that can't be seen.
pub fn start_of(pid: i32) -> Option<u64> {
    Proc::new().stat(pid).ok().map(|stat| stat.start)
}

fn is_it(record: &SessionRecord, stat: &Stat) -> bool {
    match record.server_start {
        Some(start) => start == stat.start,
        None => boot_ms().is_none_or(|boot| {
            let began = boot + stat.start * 1000 / TICKS;
            began.abs_diff(record.created.0) <= SLACK_MS
        }),
    }
}

/// When the machine started, in milliseconds since 1970.
fn boot_ms() -> Option<u64> {
    use nix::time::{ClockId, clock_gettime};
    let up = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    Time::now().0.checked_sub(std::time::Duration::from(up).as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::session_name::SessionName;
    use crate::format::session_record;

    fn record(pid: i32, start: Option<u64>, created: Time) -> SessionRecord {
        SessionRecord {
            format: session_record::FORMAT,
            id: "0abc".into(),
            name: SessionName::new("x").unwrap(),
            named: true,
            kind: String::new(),
            argv: vec!["cat".into()],
            cut: 0,
            cwd: "/".into(),
            created,
            server_pid: pid,
            child_pid: 0,
            buffer: 0,
            parent: None,
            server_start: start,
            runtime: None,
        }
    }

    #[test]
    fn a_process_is_known_by_its_number_and_its_beginning() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let (pid, now) = (child.id() as i32, Time::now());
        let start = start_of(pid).unwrap();
        let before = Time(now.0 - 3_600_000);
        let table = [
            (Some(start), now, true),
            (Some(start), before, true),
            (Some(start + 1), now, false),
            (None, now, true),
            (None, before, false),
        ];
        for (start, created, lives) in table {
            assert_eq!(server_lives(&record(pid, start, created)), lives, "{start:?} {created:?}");
        }
        child.kill().unwrap();
        // A zombie until it is waited for.
        while Proc::new().stat(pid).unwrap().state != TaskState::Zombie {
            std::thread::yield_now();
        }
        assert!(!server_lives(&record(pid, Some(start), now)));
        child.wait().unwrap();
        assert!(!server_lives(&record(pid, Some(start), now)));
        for never in [0, -1, i32::MIN, i32::MAX] {
            assert!(!server_lives(&record(never, Some(start), now)), "{never}");
        }
    }
}
