//! `/proc/PID/fd/FD`: what a descriptor is open on, as its link names it. A link's target is asked for
//! its device only where it may be a terminal: asking a file on a dead network mount would hang.

use nix::fcntl::readlink;
use nix::sys::stat::{SFlag, stat};
use std::os::unix::ffi::OsStrExt;

use super::{Seen, missing};

/// What a descriptor is open on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A character device.
    Device {
        /// The device itself: equal for every name of one terminal.
        rdev: u64,
        /// Inode of the name by which it was opened.
        ino: u64,
        /// Device of the file system of that name.
        dev: u64,
    },
    /// A pipe, by its inode; a named one has a path and is a [`Target::File`].
    Pipe(u64),
    /// A socket, by its inode.
    Socket(u64),
    /// An anonymous inode: `eventpoll`, `eventfd`, `signalfd`, `timerfd`, `pidfd`, `inotify`, `io_uring`, …
    Anonymous(String),
    /// Anything with a path: regular files, directories, named pipes.
    File(String),
}

/// Reads the link at `path`.
pub(super) fn target(path: &str) -> Seen<Target> {
    let link = readlink(path).map_err(missing)?;
    let parsed = parse(&String::from_utf8_lossy(link.as_bytes()));
    match &parsed {
        Target::File(name) if may_be_device(name) => Ok(device(path).unwrap_or(parsed)),
        _ => Ok(parsed),
    }
}

fn parse(link: &str) -> Target {
    let inode = |prefix| link.strip_prefix(prefix)?.strip_suffix(']')?.parse().ok();
    if let Some(ino) = inode("pipe:[") {
        Target::Pipe(ino)
    } else if let Some(ino) = inode("socket:[") {
        Target::Socket(ino)
    } else if let Some(name) = link.strip_prefix("anon_inode:") {
        Target::Anonymous(name.trim_matches(['[', ']']).to_owned())
    } else {
        Target::File(link.to_owned())
    }
}

/// Terminals are under /dev, or have a bare number when their mount is not in our name space.
fn may_be_device(name: &str) -> bool {
    let bare = name.strip_prefix('/').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    name.starts_with("/dev/") || name.starts_with("/pts/") || bare
}

fn device(path: &str) -> Option<Target> {
    let stat = stat(path).ok()?;
    let kind = SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits());
    let target = Target::Device { rdev: stat.st_rdev, ino: stat.st_ino, dev: stat.st_dev };
    (kind == SFlag::S_IFCHR).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn links_are_read_as_the_kernel_writes_them() {
        assert_eq!(parse("pipe:[1234]"), Target::Pipe(1234));
        assert_eq!(parse("socket:[99]"), Target::Socket(99));
        assert_eq!(parse("anon_inode:[eventpoll]"), Target::Anonymous("eventpoll".into()));
        assert_eq!(parse("anon_inode:inotify"), Target::Anonymous("inotify".into()));
        assert_eq!(parse("/tmp/pipe:[1]"), Target::File("/tmp/pipe:[1]".into()));
        assert_eq!(parse("pipe:[x]"), Target::File("pipe:[x]".into()));
    }

    #[test]
    fn a_terminal_is_known_by_its_device_and_a_file_by_its_path() {
        let pty = nix::pty::openpty(None, None).unwrap();
        let stat = nix::sys::stat::fstat(&pty.slave).unwrap();
        let path = |fd: i32| format!("/proc/self/fd/{fd}");
        let found = target(&path(pty.slave.as_raw_fd())).unwrap();
        assert_eq!(found, Target::Device { rdev: stat.st_rdev, ino: stat.st_ino, dev: stat.st_dev });
        let file = tempfile::tempfile().unwrap();
        assert!(matches!(target(&path(file.as_raw_fd())), Ok(Target::File(_))));
    }

    proptest! {
        #[test]
        fn any_link_is_read_without_a_panic(link: String) {
            let _ = (parse(&link), may_be_device(&link));
        }
    }
}
