//! Starting processes: fork(2) from a process with one thread, and what a new program must find.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::libc;
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::unistd::{ForkResult, Pid, fork};

use super::errno;

/// The kernel counts a thread for a moment after it was joined (pthread_join(3) waits for less).
const THREADS_END_WITHIN: Duration = Duration::from_secs(1);

/// Forks, if the caller is the only thread of its process: then the child may go on as if nothing had
/// happened (fork(2) limits only the children of processes with threads). That is looked at, so nobody
/// has to promise it.
///
/// # Errors
///
/// `EDEADLK` if there are other threads, else what fork(2) says.
pub fn fork_single_threaded() -> nix::Result<ForkResult> {
    let deadline = Instant::now() + THREADS_END_WITHIN;
    while !is_only_thread()? {
        if Instant::now() >= deadline {
            return Err(Errno::EDEADLK);
        }
        std::thread::yield_now();
    }
    // SAFETY: this is the only thread, and no other could begin one since it was looked at: no lock can
    // be held by a thread that the child lacks.
    unsafe { fork() }
}

/// Whether this process has one thread. Its directory of threads has two links more than threads
/// (proc_task_getattr in fs/proc/base.c); without /proc, a process with threads may not part from what they
/// share (unshare(2)), which for one without changes nothing.
fn is_only_thread() -> nix::Result<bool> {
    if let Ok(threads) = nix::sys::stat::stat("/proc/self/task") {
        return Ok(threads.st_nlink <= 3);
    }
    match unshare(CloneFlags::CLONE_THREAD) {
        Err(Errno::EINVAL) => Ok(false),
        done => done.map(|()| true),
    }
}

/// Ends this process at once, without running what `main` left to be run. By hand: nix and rustix have no
/// _exit(2).
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

/// Forks a child that runs `body`, and ends with the code that this returns: it never goes back to where it was
/// forked, by a panic neither.
///
/// # Errors
/// As [`fork_single_threaded`].
pub fn fork_child(body: impl FnOnce(&ForkedChild) -> i32) -> nix::Result<Pid> {
    /// Ends the process whatever happens to what runs before.
    struct EndsHere(i32);
    impl Drop for EndsHere {
        fn drop(&mut self) {
            exit_now(self.0);
        }
    }
    match fork_single_threaded()? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            let mut end = EndsHere(PANICKED);
            end.0 = body(&ForkedChild(()));
            drop(end);
            unreachable!("a child ends with its body")
        }
    }
}

/// The exit code of a process that panicked, as Rust gives it.
const PANICKED: i32 = 101;

/// Says that this process was forked by [`fork_child`], and ends with what runs now.
#[derive(Debug)]
pub struct ForkedChild(());

impl ForkedChild {
    /// Closes every descriptor from 3 on that this process has from its parent or opened since, except `kept`:
    /// what runs now must name each that it still uses, or finds it closed. By hand: neither nix nor rustix has
    /// close_range(2).
    pub fn keep_only(&self, kept: &[BorrowedFd<'_>]) {
        let mut kept: Vec<RawFd> = kept.iter().map(AsRawFd::as_raw_fd).filter(|fd| *fd > 2).collect();
        kept.sort_unstable();
        let mut first = 3;
        for fd in kept.into_iter().chain([RawFd::MAX]) {
            // SAFETY: this process is a copy that was made to run one function and ends with it (`fork_child`), so
            // who owned a descriptor where it was forked neither uses nor closes it here. What the function itself
            // uses it has named.
            unsafe { close_range(first, fd.saturating_sub(1)) };
            first = fd.saturating_add(1);
        }
    }
}

/// Closes the descriptors `first` to `last`.
///
/// # Safety
///
/// Nothing in this process uses or closes them from now on.
unsafe fn close_range(first: RawFd, last: RawFd) {
    if first <= last {
        // SAFETY: takes no pointers; that nobody has the descriptors is the caller's promise.
        unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    }
}

/// Leaves the closing of what is open to a child, which does so once this process is gone. For one that is
/// waited for and has an inotify instance: the kernel closes that only when every CPU has come by
/// (synchronize_srcu in fsnotify_wait_marks_destroyed, fs/notify/mark.c), which takes it 10 to 20 ms.
///
/// # Errors
/// Those of pipe(2) and fork(2); nothing is left to anybody then.
pub fn leave_closing() -> nix::Result<()> {
    let (end, ours) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    if fork_single_threaded()?.is_parent() {
        // Closed by this process's end, not before.
        std::mem::forget(ours);
        return Ok(());
    }
    drop(ours);
    // SAFETY: in this child nothing runs but the next two lines, which use none of the three.
    unsafe { close_range(0, 2) };
    let _ = nix::unistd::read(&end, &mut [0]);
    exit_now(0)
}

/// Opens a pidfd: a descriptor that becomes readable when the process ends (pidfd_open(2)).
///
/// # Errors
/// ESRCH if the process is gone, EINVAL for a number that is none of a process, EMFILE.
pub fn pidfd_open(pid: i32) -> nix::Result<OwnedFd> {
    let pid = rustix::process::Pid::from_raw(pid.max(0)).ok_or(Errno::EINVAL)?;
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).map_err(errno)
}

/// Sends a signal to the very process that the pidfd was opened for (pidfd_send_signal(2)).
///
/// # Errors
/// ESRCH if the process is gone, EPERM if it belongs to another user, EINVAL for a signal without a name.
pub fn pidfd_signal(process: &OwnedFd, signal: Signal) -> nix::Result<()> {
    let signal = rustix::process::Signal::from_named_raw(signal as i32).ok_or(Errno::EINVAL)?;
    rustix::process::pidfd_send_signal(process.as_fd(), signal).map_err(errno)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_threads_does_not_fork() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || held.recv());
        assert_eq!(is_only_thread(), Ok(false));
        assert_eq!(unshare(CloneFlags::CLONE_THREAD), Err(Errno::EINVAL));
        assert_eq!(fork_single_threaded().err(), Some(Errno::EDEADLK));
        drop(hold);
        assert!(other.join().is_ok());
    }

    #[test]
    fn a_pidfd_is_of_a_process_that_there_is() {
        let own = std::process::id() as i32;
        let process = pidfd_open(own).unwrap();
        assert_eq!(pidfd_signal(&process, Signal::SIGCONT), Ok(()));
        assert_eq!(pidfd_open(0).err(), Some(Errno::EINVAL));
        assert_eq!(pidfd_open(-1).err(), Some(Errno::EINVAL));
        assert_eq!(pidfd_open(i32::MAX - 7).err(), Some(Errno::ESRCH));
    }
}
