//! `/proc/PID/fdinfo/FD`: proc_pid_fdinfo(5), one parser for the fields of all kinds of descriptor.

use super::decimal;

/// What is said of a descriptor; a field that its kind lacks is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FdInfo {
    /// Flags of open(2), from octal.
    pub flags: u32,
    /// For the master of a pty: the number of its slave, `/dev/pts/N`.
    pub tty_index: Option<u32>,
    /// For epoll: what it watches, in any order.
    pub watches: Vec<Watch>,
    /// For a timerfd: nanoseconds until it next expires, 0 if it is not armed.
    pub timer: Option<u64>,
    /// For a pidfd: the process.
    pub pid: Option<i32>,
    /// The exclusive lock of flock(2) is held through it.
    pub locked: bool,
    /// For io_uring: how many poll requests are armed.
    pub polls: u32,
}

/// One member of an epoll set: a `tfd:` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The descriptor's number when it was added; it may since mean something else.
    pub fd: i32,
    /// EPOLLIN and so on; a one-shot member that has fired has none.
    pub events: u32,
    /// Inode of the open file.
    pub ino: u64,
    /// Device of its file system, as stat(2) has it.
    pub dev: u64,
}

impl FdInfo {
    /// Reads the file's text, line by line; lines that are not known are passed over.
    pub(super) fn parse(text: &[u8]) -> FdInfo {
        let mut info = FdInfo::default();
        for line in text.split(|&b| b == b'\n').filter_map(|line| std::str::from_utf8(line).ok()) {
            match line.split_once(':') {
                Some((key, value)) => info.take(key.trim(), value.trim()),
                None => info.polls += u32::from(line.trim_start().starts_with("op=")),
            }
        }
        info
    }

    fn take(&mut self, key: &str, value: &str) {
        match key {
            "flags" => self.flags = u32::from_str_radix(value, 8).unwrap_or(0),
            "tty-index" => self.tty_index = value.parse().ok(),
            "tfd" => self.watches.extend(watch(value)),
            "it_value" => self.timer = timer(value),
            "Pid" => self.pid = value.parse().ok(),
            // 1: FLOCK  ADVISORY  WRITE 4711 00:1c:8345 0 EOF
            "lock" => self.locked |= value.contains("FLOCK") && value.contains(" WRITE "),
            _ => {}
        }
    }
}

/// `3 events:       19 data:                3  pos:0 ino:5b sdev:6`, all but the first in hexadecimal.
fn watch(value: &str) -> Option<Watch> {
    let fd = decimal(value.split_ascii_whitespace().next()?.as_bytes())?;
    let field = |name: &str| {
        let rest = value.split_once(name)?.1.trim_start();
        u64::from_str_radix(rest.split_ascii_whitespace().next()?, 16).ok()
    };
    let events = field("events:")? as u32;
    let (ino, sdev) = (field("ino:")?, field("sdev:")?);
    Some(Watch { fd, events, ino, dev: device(sdev) })
}

/// The kernel's own dev_t, 12 bits of major over 20 of minor, as stat(2) has it.
fn device(sdev: u64) -> u64 {
    nix::libc::makedev((sdev >> 20) as u32 & 0xfff, sdev as u32 & 0xf_ffff)
}

/// `(1, 999000000)`: seconds and nanoseconds.
fn timer(value: &str) -> Option<u64> {
    let (seconds, nanoseconds) = value.trim_matches(['(', ')']).split_once(',')?;
    let seconds: u64 = seconds.trim().parse().ok()?;
    Some(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lock_is_seen() {
        let text = |kind: &str| {
            format!("pos:\t0\nflags:\t0100002\nino:\t8345\nlock:\t1: {kind} 4711 00:1c:8345 0 EOF\n")
        };
        assert!(FdInfo::parse(text("FLOCK  ADVISORY  WRITE").as_bytes()).locked);
        for other in ["FLOCK  ADVISORY  READ ", "POSIX  ADVISORY  WRITE"] {
            assert!(!FdInfo::parse(text(other).as_bytes()).locked, "{other}");
        }
    }

    #[test]
    fn an_epoll_set_is_read() {
        let text = b"pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1038\n\
            tfd:        3 events:       19 data:                3  pos:0 ino:5b sdev:6\n\
            tfd:       14 events: 40000000 data: ffffffffffffffff  pos:0 ino:3 sdev:1a\n";
        let info = FdInfo::parse(text);
        let (devtmpfs, devpts) = (nix::libc::makedev(0, 6), nix::libc::makedev(0, 0x1a));
        assert_eq!(info.flags, 0o2000002);
        assert_eq!(
            info.watches,
            [
                Watch { fd: 3, events: 0x19, ino: 0x5b, dev: devtmpfs },
                Watch { fd: 14, events: 0x4000_0000, ino: 3, dev: devpts }
            ]
        );
    }

    #[test]
    fn timers_pids_ptys_and_armed_polls_are_read() {
        let timer = FdInfo::parse(
            b"clockid: 1\nticks: 0\nsettime flags: 00\nit_value: (1, 500000000)\nit_interval: (2, 0)\n",
        );
        assert_eq!(timer.timer, Some(1_500_000_000));
        assert_eq!(FdInfo::parse(b"Pid:\t42\nNSpid:\t42\n").pid, Some(42));
        assert_eq!(FdInfo::parse(b"flags:\t02100002\ntty-index:\t7\n").tty_index, Some(7));
        assert_eq!(
            FdInfo::parse(b"PollList:\n  op=6, task_works=0\n  op=6, task_works=0\nCqOverflowList:\n").polls,
            2
        );
    }

    #[test]
    fn malformed_lines_are_passed_over() {
        let info = FdInfo::parse(b"tfd: x events: 1\ntfd: 3\nit_value: (,)\nflags: 9\n\xff\xff:\n:\n");
        assert_eq!(info, FdInfo::default());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, value: String) {
            let _ = FdInfo::parse(&bytes);
            let _ = FdInfo::parse(format!("tfd: {value}\nit_value: {value}").as_bytes());
        }
    }
}
