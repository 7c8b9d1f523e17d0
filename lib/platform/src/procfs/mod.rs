//! The only reader of /proc. Each file has its own parser from text to a plain type, tested against
//! literal text of `proc(5)`; an entry that vanishes or may not be read is an answer, not an error.
//! Nothing here decides anything, and nothing here ever scans all of /proc but [`Proc::every_process`].

mod fd;
mod fdinfo;
mod stat;
mod syscall;
mod tree;

use std::fmt::Write as _;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;

pub use fd::Target;
pub use fdinfo::{FdInfo, Watch};
pub use stat::{Stat, TaskState};
pub use syscall::{Call, Word};
pub use tree::{ancestors, tree, walk};

/// Why nothing could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The process, thread or descriptor is no longer there.
    Gone,
    /// We may not look: another user's, setuid, not dumpable, or `hidepid`.
    Denied,
}

/// Memory of a process in bytes: what it shares with others counts in part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proportional {
    /// All of it.
    pub all: u64,
    /// That in files of a tmpfs, such as a session's ring.
    pub in_memory_files: u64,
}

/// The answer of every question here.
pub type Seen<T> = Result<T, Missing>;

/// The longest text that is read of one file; an `fdinfo` of a large epoll set is cut there.
const LONGEST: usize = 256 * 1024;

/// Reads /proc with one buffer for paths and one for text, so that a look allocates little.
#[derive(Debug, Default)]
pub struct Proc {
    path: String,
    text: Vec<u8>,
}

impl Proc {
    /// A reader with empty buffers.
    pub fn new() -> Proc {
        Proc::default()
    }

    /// `/proc/PID/stat`: readable for every process, whoever owns it (unless `hidepid`).
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn stat(&mut self, pid: i32) -> Seen<Stat> {
        self.read(format_args!("/proc/{pid}/stat"))?;
        Stat::parse(&self.text).ok_or(Missing::Gone)
    }

    /// The call that a thread is blocked in: `/proc/PID/task/TID/syscall`.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn syscall(&mut self, pid: i32, tid: i32) -> Seen<Call> {
        self.read(format_args!("/proc/{pid}/task/{tid}/syscall"))?;
        Call::parse(&self.text).ok_or(Missing::Gone)
    }

    /// The kernel function in which a thread sleeps: `/proc/PID/task/TID/wchan`; "0" if there is none.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn wchan(&mut self, pid: i32, tid: i32) -> Seen<String> {
        self.read(format_args!("/proc/{pid}/task/{tid}/wchan"))?;
        Ok(String::from_utf8_lossy(&self.text).into_owned())
    }

    /// CPU time of one thread in nanoseconds: the first number of `/proc/PID/task/TID/schedstat` (kernel
    /// with CONFIG_SCHED_INFO).
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn thread_cpu(&mut self, pid: i32, tid: i32) -> Seen<u64> {
        self.read(format_args!("/proc/{pid}/task/{tid}/schedstat"))?;
        self.text.split(|b| !b.is_ascii_digit()).next().and_then(decimal).ok_or(Missing::Gone)
    }

    /// The children of one thread: `/proc/PID/task/TID/children` (kernel with CONFIG_PROC_CHILDREN).
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn children(&mut self, pid: i32, tid: i32) -> Seen<Vec<i32>> {
        self.read(format_args!("/proc/{pid}/task/{tid}/children"))?;
        Ok(numbers(&self.text))
    }

    /// The threads of a process.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn threads(&mut self, pid: i32) -> Seen<Vec<i32>> {
        self.list(format_args!("/proc/{pid}/task"))
    }

    /// The open descriptors of a process.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn fds(&mut self, pid: i32) -> Seen<Vec<i32>> {
        self.list(format_args!("/proc/{pid}/fd"))
    }

    /// Every process that /proc shows. Milliseconds on a busy machine: see who may call it.
    ///
    /// # Errors
    /// [`Missing`], if there is no /proc, or it may not be read.
    pub fn every_process(&mut self) -> Seen<Vec<i32>> {
        self.list(format_args!("/proc"))
    }

    /// What a descriptor is open on.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn target(&mut self, pid: i32, fd: i32) -> Seen<Target> {
        self.set_path(format_args!("/proc/{pid}/fd/{fd}"));
        fd::target(&self.path)
    }

    /// What `/proc/PID/fdinfo/FD` says of a descriptor.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn fdinfo(&mut self, pid: i32, fd: i32) -> Seen<FdInfo> {
        self.read(format_args!("/proc/{pid}/fdinfo/{fd}"))?;
        Ok(FdInfo::parse(&self.text))
    }

    /// The protocol of a socket: `TCP`, `UNIX` and so on, as the kernel names it.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn protocol(&mut self, pid: i32, fd: i32) -> Seen<String> {
        self.set_path(format_args!("/proc/{pid}/fd/{fd}\0"));
        let path = std::ffi::CStr::from_bytes_with_nul(self.path.as_bytes()).map_err(|_| Missing::Gone)?;
        crate::sys::sockname::protocol(path).map_err(missing)
    }

    /// The user that a process acts as: the second number of `Uid` in `/proc/PID/status`.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn user(&mut self, pid: i32) -> Seen<u32> {
        self.read(format_args!("/proc/{pid}/status"))?;
        user(&self.text).ok_or(Missing::Gone)
    }

    /// The signals that a process blocks, one bit each from bit 0 for signal 1: `SigBlk` in
    /// `/proc/PID/status`.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn blocked(&mut self, pid: i32) -> Seen<u64> {
        self.read(format_args!("/proc/{pid}/status"))?;
        blocked(&self.text).ok_or(Missing::Gone)
    }

    /// Yama's `kernel.yama.ptrace_scope`; gone where the kernel has no Yama.
    ///
    /// # Errors
    /// [`Missing`], if the kernel has no such restriction.
    pub fn ptrace_scope(&mut self) -> Seen<u8> {
        self.read(format_args!("/proc/sys/kernel/yama/ptrace_scope"))?;
        decimal(self.text.trim_ascii()).ok_or(Missing::Gone)
    }

    /// The mapped files of a process whose name ends in `name`: first address, length and offset.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn maps(&mut self, pid: i32, name: &str) -> Seen<Vec<(u64, u64, u64)>> {
        self.read(format_args!("/proc/{pid}/maps"))?;
        let lines = self.text.split(|&b| b == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
        Ok(lines.filter(|line| line.ends_with(name)).filter_map(map).collect())
    }

    /// The file that a process runs: device and inode, so that two names of one program are equal.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn program(&mut self, pid: i32) -> Seen<(u64, u64)> {
        self.set_path(format_args!("/proc/{pid}/exe"));
        let stat = nix::sys::stat::stat(self.path.as_str()).map_err(missing)?;
        Ok((stat.st_dev, stat.st_ino))
    }

    /// The file that a descriptor of a process is open on: device and inode.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn opened(&mut self, pid: i32, fd: i32) -> Seen<(u64, u64)> {
        self.set_path(format_args!("/proc/{pid}/fd/{fd}"));
        let stat = nix::sys::stat::stat(self.path.as_str()).map_err(missing)?;
        Ok((stat.st_dev, stat.st_ino))
    }

    /// Resident memory of a process in bytes: the second number of `/proc/PID/statm`, in pages.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn resident(&mut self, pid: i32) -> Seen<u64> {
        self.read(format_args!("/proc/{pid}/statm"))?;
        let pages: u64 = self.text.split(|b| *b == b' ').nth(1).and_then(decimal).ok_or(Missing::Gone)?;
        Ok(pages * crate::sys::page_size())
    }

    /// Memory of a process in bytes, with what it shares with others counted in part, and how much of that is
    /// memory of files that live in memory (smaps_rollup(5)). It may be asked of one's own processes alone.
    ///
    /// # Errors
    /// [`Missing`], if it is gone or may not be looked into.
    pub fn proportional(&mut self, pid: i32) -> Seen<Proportional> {
        self.read(format_args!("/proc/{pid}/smaps_rollup"))?;
        let line = |key: &[u8]| {
            let rest = self.text.split(|b| *b == b'\n').find_map(|line| line.strip_prefix(key))?;
            decimal(rest.trim_ascii().split(|b| *b == b' ').next()?)
        };
        let all: u64 = line(b"Pss:").ok_or(Missing::Gone)?;
        Ok(Proportional { all: all << 10, in_memory_files: line(b"Pss_Shmem:").unwrap_or(0) << 10 })
    }

    fn set_path(&mut self, path: std::fmt::Arguments<'_>) {
        self.path.clear();
        // Writing to a String cannot fail.
        let _ = self.path.write_fmt(path);
    }

    fn read(&mut self, path: std::fmt::Arguments<'_>) -> Seen<()> {
        self.set_path(path);
        let file =
            open(self.path.as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty()).map_err(missing)?;
        fill(&file, &mut self.text).map_err(missing)
    }

    fn list(&mut self, path: std::fmt::Arguments<'_>) -> Seen<Vec<i32>> {
        self.set_path(path);
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let mut dir = nix::dir::Dir::open(self.path.as_str(), flags, Mode::empty()).map_err(missing)?;
        let names = dir.iter().map_while(Result::ok);
        let mut found: Vec<i32> =
            names.filter_map(|entry| entry.file_name().to_str().ok()?.parse().ok()).collect();
        found.sort_unstable();
        Ok(found)
    }
}

/// Reads a file to its end, or to [`LONGEST`].
fn fill(file: impl AsFd, text: &mut Vec<u8>) -> nix::Result<()> {
    text.resize(text.capacity().max(1024), 0);
    let mut length = 0;
    loop {
        match nix::unistd::read(&file, &mut text[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(errno),
        }
        if length == text.len() {
            if length >= LONGEST {
                break;
            }
            text.resize(length * 2, 0);
        }
    }
    text.truncate(length);
    Ok(())
}

/// What an error number of /proc means. A task that ends while it is read gives ESRCH.
fn missing(errno: Errno) -> Missing {
    match errno {
        Errno::EACCES | Errno::EPERM => Missing::Denied,
        _ => Missing::Gone,
    }
}

/// The line `Uid:\t1000\t0\t0\t0` of proc_pid_status(5): real, effective, saved and file system's.
fn user(text: &[u8]) -> Option<u32> {
    let line = text.split(|&b| b == b'\n').find_map(|line| line.strip_prefix(b"Uid:"))?;
    decimal(line.split(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty()).nth(1)?)
}

/// The line `SigBlk:\t0000000000000200` of proc_pid_status(5).
fn blocked(text: &[u8]) -> Option<u64> {
    let line = text.split(|&b| b == b'\n').find_map(|line| line.strip_prefix(b"SigBlk:"))?;
    u64::from_str_radix(std::str::from_utf8(line.trim_ascii()).ok()?, 16).ok()
}

/// A line of proc_pid_maps(5): `START-END PERMS OFFSET DEV INODE NAME`, the first three in hexadecimal.
fn map(line: &str) -> Option<(u64, u64, u64)> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let hex = |text| u64::from_str_radix(text, 16).ok();
    let (start, end) = (hex(start)?, hex(end)?);
    Some((start, end.checked_sub(start)?, hex(words.nth(1)?)?))
}

/// Decimal numbers with anything between them.
fn numbers(text: &[u8]) -> Vec<i32> {
    text.split(|b| !b.is_ascii_digit()).filter_map(decimal).collect()
}

/// One decimal number.
fn decimal<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_gone_and_never_an_error() {
        let mut proc = Proc::new();
        let nobody = i32::MAX - 7;
        assert_eq!(proc.stat(nobody), Err(Missing::Gone));
        assert_eq!(proc.syscall(nobody, nobody), Err(Missing::Gone));
        assert_eq!(proc.children(nobody, nobody), Err(Missing::Gone));
        assert_eq!(proc.threads(nobody), Err(Missing::Gone));
        assert_eq!(proc.fds(nobody), Err(Missing::Gone));
        assert_eq!(proc.fdinfo(nobody, 0), Err(Missing::Gone));
        assert!(matches!(proc.target(nobody, 0), Err(Missing::Gone)));
        assert_eq!(proc.program(nobody), Err(Missing::Gone));
    }

    #[test]
    fn one_s_own_entries_can_be_read() {
        let mut proc = Proc::new();
        let own = std::process::id() as i32;
        let stat = proc.stat(own).unwrap();
        assert_eq!(stat.pid, own);
        assert_eq!(stat.ppid, nix::unistd::getppid().as_raw());
        assert!(proc.threads(own).unwrap().contains(&own));
        assert!(proc.every_process().unwrap().contains(&own));
        assert!(proc.program(own).is_ok());
        assert!(proc.thread_cpu(own, own).unwrap() > 0);
    }

    #[test]
    fn a_child_that_ended_but_was_not_awaited_has_a_stat_and_little_else() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id() as i32;
        let mut proc = Proc::new();
        while proc.stat(pid).unwrap().state != TaskState::Zombie {
            std::thread::yield_now();
        }
        assert!(proc.fds(pid).is_err() || proc.fds(pid) == Ok(Vec::new()));
        assert!(!matches!(proc.syscall(pid, pid), Ok(Call::Blocked { .. })));
        child.wait().unwrap();
        assert_eq!(proc.stat(pid), Err(Missing::Gone));
    }

    #[test]
    fn status_and_maps_are_read_as_the_man_pages_have_them() {
        assert_eq!(user(b"Name:\tsu\nUid:\t1000\t0\t0\t0\nGid:\t5\t6\t7\t8\n"), Some(0));
        assert_eq!(Proc::new().user(std::process::id() as i32), Ok(nix::unistd::geteuid().as_raw()));
        let line = "7f12a000-7f12c000 rw-s 10000000 00:0e 1035   anon_inode:[io_uring]";
        assert_eq!(map(line), Some((0x7f12a000, 0x2000, 0x1000_0000)));
        for line in ["", "7f-", "7f12c000-7f12a000 r 0", "x-y z 0"] {
            assert_eq!(map(line), None, "{line}");
        }
    }

    #[test]
    fn children_are_listed() {
        let mut child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut proc = Proc::new();
        let own = std::process::id() as i32;
        let tids = proc.threads(own).unwrap();
        let found =
            tids.iter().any(|&tid| proc.children(own, tid).is_ok_and(|c| c.contains(&(child.id() as i32))));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(found);
    }
}
