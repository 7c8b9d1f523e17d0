//! What a descriptor in a waiting set is: the terminal, something of the program's own, a clock, or
//! something outside that can wake it.

use std::time::Duration;

use super::net::Net;
use ms_platform::procfs::{FdInfo, Proc, Target, Watch};

/// Major and minor number of /dev/tty and /dev/ptmx: Documentation/admin-guide/devices.txt.
const CONTROLLING: (u32, u32) = (5, 0);
const PTMX: (u32, u32) = (5, 2);
/// Memory devices such as /dev/null: always ready, so never what is waited for.
const MEMORY_MAJOR: u32 = 1;
/// Access mode of open(2)'s flags: not 0 if the descriptor can be written to.
const ACCESS: u32 = 3;
/// Sets within sets are followed so deep (the kernel allows 5).
const DEEPEST: u32 = 3;
/// Events that a one-shot member has lost once it fired: all but EPOLLET and its like.
const WAKING: u32 = 0xffff;

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// The terminal that is judged.
    Terminal,
    /// A clock that will ring after this.
    Clock(Duration),
    /// The program's own: it wakes only itself by it.
    Internal,
    /// Something outside, in a word.
    External(&'static str),
}

/// The words for what a relay between two terminals waits for.
pub(super) const PTY: &str = "a pty";
pub(super) const PIPE: &str = "a pipe";
pub(super) const SOCKET: &str = "a socket";

/// Looks at the descriptors of one process.
pub(super) struct Members<'a> {
    pub(super) proc: &'a mut Proc,
    pub(super) net: &'a mut Net,
    pub(super) pid: i32,
    /// The device of the terminal that is judged.
    pub(super) device: u64,
    /// The process's controlling terminal.
    pub(super) controlling: u64,
    /// All its descriptors, once they were needed.
    pub(super) table: Option<Vec<(i32, Target)>>,
}

impl Members<'_> {
    /// What descriptor `fd` is.
    pub(super) fn of(&mut self, fd: i32) -> Member {
        match self.proc.target(self.pid, fd) {
            Ok(target) => self.classify(fd, &target, 0),
            Err(_) => Member::External("a descriptor"),
        }
    }

    /// Whether descriptor `fd` is the terminal.
    pub(super) fn is_terminal(&mut self, fd: i32) -> bool {
        self.proc.target(self.pid, fd).is_ok_and(|target| self.is_tty(&target))
    }

    /// Whether descriptor `fd` is a pipe or a socket, as the input of a helper is.
    pub(super) fn is_channel(&mut self, fd: i32) -> bool {
        matches!(self.proc.target(self.pid, fd), Ok(Target::Pipe(_) | Target::Socket(_)))
    }

    /// Whether what is written to descriptor `fd` is read by somebody: it is a terminal, a pipe or a socket.
    pub(super) fn is_heard(&mut self, fd: i32) -> bool {
        match self.proc.target(self.pid, fd) {
            Ok(Target::Device { rdev, .. }) => number(rdev).0 != MEMORY_MAJOR,
            Ok(Target::Pipe(_) | Target::Socket(_)) => true,
            _ => false,
        }
    }

    /// What the members of epoll set `fd` are; of those that fired once and sleep, nothing.
    pub(super) fn of_set(&mut self, fd: i32) -> Vec<(Watch, Member)> {
        self.set(fd, 0)
    }

    fn set(&mut self, fd: i32, depth: u32) -> Vec<(Watch, Member)> {
        let watches = self.proc.fdinfo(self.pid, fd).map(|info| info.watches).unwrap_or_default();
        let awake = watches.into_iter().filter(|watch| watch.events & WAKING != 0);
        awake.map(|watch| (watch, self.watched(&watch, depth))).collect()
    }

    /// A member of an epoll set. Its descriptor's number may since mean another file, so it is believed
    /// only if inode and device agree; those are the file's own.
    fn watched(&mut self, watch: &Watch, depth: u32) -> Member {
        let target = self.proc.target(self.pid, watch.fd).ok().filter(|target| agrees(target, watch));
        let target = target.or_else(|| self.find(watch));
        target.map_or(Member::External("a descriptor"), |target| self.classify(watch.fd, &target, depth))
    }

    /// The open file that an epoll set means, under whatever number it has now.
    fn find(&mut self, watch: &Watch) -> Option<Target> {
        self.table().iter().find(|(_, target)| agrees(target, watch)).map(|(_, target)| target.clone())
    }

    fn classify(&mut self, fd: i32, target: &Target, depth: u32) -> Member {
        match target {
            _ if self.is_tty(target) => Member::Terminal,
            Target::Device { rdev, .. } if number(*rdev) == PTMX => Member::External(PTY),
            Target::Device { rdev, .. } if number(*rdev).0 == MEMORY_MAJOR => Member::Internal,
            Target::Device { .. } => Member::External("a device"),
            Target::Pipe(ino) if self.owns_both_ends(*ino) => Member::Internal,
            Target::Pipe(_) => Member::External(PIPE),
            Target::Socket(ino) if self.owns_pair(fd, *ino) => Member::Internal,
            Target::Socket(_) => Member::External(SOCKET),
            Target::File(_) => Member::External("a file"),
            Target::Anonymous(name) => self.anonymous(fd, name, depth),
        }
    }

    fn is_tty(&self, target: &Target) -> bool {
        let Target::Device { rdev, .. } = target else { return false };
        *rdev == self.device || (number(*rdev) == CONTROLLING && self.controlling == self.device)
    }

    fn anonymous(&mut self, fd: i32, name: &str, depth: u32) -> Member {
        match name {
            "eventfd" | "signalfd" | "io_uring" => Member::Internal,
            "timerfd" => match self.proc.fdinfo(self.pid, fd) {
                Ok(FdInfo { timer: Some(left @ 1..), .. }) => Member::Clock(Duration::from_nanos(left)),
                _ => Member::Internal,
            },
            "eventpoll" if depth < DEEPEST => sum(self.set(fd, depth + 1)),
            "inotify" => Member::External("inotify"),
            "pidfd" => Member::External("a process"),
            _ => Member::External("a descriptor"),
        }
    }

    /// Whether this process can write to the pipe that it reads.
    fn owns_both_ends(&mut self, ino: u64) -> bool {
        let ends = self.table().iter().filter(|(_, target)| *target == Target::Pipe(ino));
        let ends: Vec<i32> = ends.map(|(fd, _)| *fd).collect();
        let pid = self.pid;
        ends.into_iter().any(|fd| self.proc.fdinfo(pid, fd).is_ok_and(|info| info.flags & ACCESS != 0))
    }

    /// Whether this process has the other end of a Unix socket too.
    fn owns_pair(&mut self, fd: i32, ino: u64) -> bool {
        let Some(peer) = self.net.unix_peer(self.proc, self.pid, fd, ino) else { return false };
        self.table().iter().any(|(_, target)| *target == Target::Socket(peer))
    }

    /// All descriptors of the process, read once.
    fn table(&mut self) -> &[(i32, Target)] {
        if self.table.is_none() {
            let fds = self.proc.fds(self.pid).unwrap_or_default();
            let targets = fds.into_iter().filter_map(|fd| Some((fd, self.proc.target(self.pid, fd).ok()?)));
            self.table = Some(targets.collect());
        }
        self.table.as_deref().unwrap_or_default()
    }
}

/// What a set within a set is to the outer one.
fn sum(members: Vec<(Watch, Member)>) -> Member {
    let rank = |member: &Member| match member {
        Member::Internal => 0,
        Member::Clock(_) => 1,
        Member::External(_) => 2,
        Member::Terminal => 3,
    };
    members.into_iter().map(|(_, member)| member).max_by_key(rank).unwrap_or(Member::Internal)
}

fn number(rdev: u64) -> (u32, u32) {
    (nix::libc::major(rdev), nix::libc::minor(rdev))
}

/// Whether a descriptor is the file that an epoll set means. Anonymous inodes all share one inode.
fn agrees(target: &Target, watch: &Watch) -> bool {
    match target {
        Target::Device { ino, dev, .. } => *ino == watch.ino && *dev == watch.dev,
        Target::Pipe(ino) | Target::Socket(ino) => *ino == watch.ino,
        Target::Anonymous(_) | Target::File(_) => true,
    }
}
