//! What the kernel says of a process: its memory, its sleep. Also a part of the library's tests, which have no
//! world.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Memory of a process in kB, of the kind that begins so in smaps_rollup(5): `Private_` for what is its own,
/// `Anonymous` for what is in no file (the pages of a ring are the file's, whoever maps them).
pub fn kilobytes(pid: impl std::fmt::Display, kind: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let lines = text.lines().filter(|line| line.starts_with(kind));
    lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
}

/// Waits until a process sleeps in poll(2) without a limit: only an event can wake it, however long one waits.
pub fn wait_asleep(pid: impl std::fmt::Display) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while poll_limit(&pid) != Some(-1) {
        assert!(Instant::now() < deadline, "process {pid} never sleeps until something happens");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How long the process sleeps in poll(2) if nothing happens, in milliseconds, -1 for ever; none if it does
/// something else. By the number and the arguments of the call that it is blocked in (proc_pid_syscall(5)).
pub fn poll_limit(pid: impl std::fmt::Display) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/syscall")).ok()?;
    let mut words = text.split_whitespace();
    let number: i64 = words.next()?.parse().ok()?;
    let limit = u64::from_str_radix(words.nth(2)?.trim_start_matches("0x"), 16).ok()?;
    match number {
        #[cfg(target_arch = "x86_64")]
        nix::libc::SYS_poll => Some(limit as i32),
        nix::libc::SYS_ppoll if limit == 0 => Some(-1),
        nix::libc::SYS_ppoll => timespec(&pid.to_string(), limit),
        _ => None,
    }
}

/// The milliseconds of a timespec in the memory of a process.
fn timespec(pid: &str, address: u64) -> Option<i32> {
    let bytes: [u8; 16] = ms_platform::sys::peek::array(pid.parse().ok()?, address).ok()?;
    let word = |at: usize| i64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    i32::try_from(word(0) * 1000 + word(8) / 1_000_000).ok()
}

/// How often a process went to sleep or was put aside: what never changes while it sleeps.
pub fn switches(pid: impl std::fmt::Display) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let lines = text.lines().filter(|line| line.contains("ctxt_switches"));
    lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
}

/// Time for others: as long as some processes take that do nothing. What is ready to run gets its turn
/// meanwhile.
pub fn others_go_on() {
    for _ in 0..20 {
        assert!(Command::new("true").status().unwrap().success());
    }
}

/// Whether the process is blocked: not running, nor ready to.
pub fn is_blocked(pid: impl std::fmt::Display) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") S "))
}

/// Every process whose runtime directory this is, by its environment; zombies have none.
pub fn of_runtime_dir(dir: &Path) -> Vec<i32> {
    let mark = format!("MS_RUNTIME_DIR={}\0", dir.display());
    let belongs = |pid: &i32| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.windows(mark.len()).any(|window| window == mark.as_bytes())
    };
    let pids = fs::read_dir("/proc").unwrap().flatten();
    pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(belongs).collect()
}

/// Ends every process whose runtime directory this is.
pub fn kill_all(dir: &Path) {
    for pid in of_runtime_dir(dir) {
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
    }
}
