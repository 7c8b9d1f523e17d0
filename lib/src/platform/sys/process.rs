//! Starting processes: fork(2) from a process with one thread, and what a new program must find.

use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::unistd::{ForkResult, fork};

/// Forks. The caller must be the only thread of its process; then the child may go on as if nothing
/// had happened (fork(2) limits only the children of processes with threads).
pub fn fork_single_threaded() -> nix::Result<ForkResult> {
    // SAFETY: no tool starts a thread before it forks, so no lock can be held by a thread that the
    // child lacks.
    unsafe { fork() }
}

/// Ends this process at once, without running what `main` left to be run.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: _exit takes no pointers and does not return.
    unsafe { libc::_exit(code) }
}

/// Gives a new program the signals as they are at a login: default dispositions, nothing blocked.
/// Rust ignores SIGPIPE, and callers may ignore others; both would be inherited across exec.
pub fn reset_signals() {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    for signal in Signal::iterator() {
        if !matches!(signal, Signal::SIGKILL | Signal::SIGSTOP) {
            // SAFETY: the default disposition runs no code of ours.
            let _ = unsafe { sigaction(signal, &default) };
        }
    }
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
}

/// Closes every descriptor from 3 on, except `keep`.
pub fn close_others(keep: &[BorrowedFd<'_>]) {
    let mut keep: Vec<RawFd> = keep.iter().map(AsRawFd::as_raw_fd).filter(|fd| *fd > 2).collect();
    keep.sort_unstable();
    let mut first = 3;
    for fd in keep {
        close_range(first, fd - 1);
        first = fd + 1;
    }
    close_range(first, RawFd::MAX);
}

fn close_range(first: RawFd, last: RawFd) {
    if first <= last {
        // SAFETY: takes no pointers; the callers own none of these descriptors any more (a server
        // that has just been forked, which names those that it keeps).
        unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    }
}

/// Leaves the closing of what is open to a child, which does so once this process is gone. For one that is
/// waited for and has an inotify instance: the kernel closes that only when every CPU has come by
/// (synchronize_srcu in fsnotify_wait_marks_destroyed, fs/notify/mark.c), which takes it 10 to 20 ms.
pub fn leave_closing() -> nix::Result<()> {
    let (end, ours) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    if fork_single_threaded()?.is_parent() {
        // Closed by this process's end, not before.
        std::mem::forget(ours);
        return Ok(());
    }
    drop(ours);
    close_range(0, 2);
    let _ = nix::unistd::read(&end, &mut [0]);
    exit_now(0)
}

/// Opens a pidfd: a descriptor that becomes readable when the process ends (pidfd_open(2)).
pub fn pidfd_open(pid: i32) -> nix::Result<std::os::fd::OwnedFd> {
    use std::os::fd::FromRawFd;
    // SAFETY: takes no pointers.
    let fd = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    // SAFETY: the kernel has just made this descriptor for us, with close-on-exec set.
    Ok(unsafe { std::os::fd::OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Sends a signal to the very process that the pidfd was opened for (pidfd_send_signal(2)).
pub fn pidfd_signal(process: &std::os::fd::OwnedFd, signal: Signal) -> nix::Result<()> {
    let (fd, none) = (process.as_raw_fd(), std::ptr::null::<libc::siginfo_t>());
    // SAFETY: the descriptor is open for the borrow's life; a null siginfo is what kill(2) sends.
    Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal as i32, none, 0) }).map(drop)
}
