//! The kernel's word that a file system was mounted or unmounted: `/proc/self/mountinfo` has POLLPRI then
//! (proc_pid_mountinfo(5)). A directory that is unmounted lazily, or covered by a new mount, tells no
//! watcher of its own. Each asking, poll(2) or epoll_wait(2), takes the word with it.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};

/// Told of changes in the table of mounts.
#[derive(Debug)]
pub struct Mounts(File);

impl Mounts {
    /// Begins to listen; none where there is no /proc.
    pub fn open() -> Option<Mounts> {
        File::open("/proc/self/mountinfo").ok().map(Mounts)
    }
}

impl AsFd for Mounts {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
