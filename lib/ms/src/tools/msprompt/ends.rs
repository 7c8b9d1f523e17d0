//! One that tells a shell in the background: out of the shell's jobs, groups and terminal, and no longer
//! there than the shell.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use nix::unistd;

use ms_platform::sys::process::{exit_now, fork_child, pidfd_open, pidfd_signal};
use msession::format::error::{Error, Result};

/// The shell that is told.
#[derive(Debug)]
pub(super) struct Listener {
    pid: i32,
    process: OwnedFd,
    /// What the kernel gave its program at exec: another one after another exec.
    program: Vec<u8>,
    /// It is told by a signal.
    pub(super) by_signal: bool,
}

impl Listener {
    /// The process `pid`.
    pub(super) fn open(pid: i32, by_signal: bool) -> Result<Listener> {
        let process = pidfd_open(pid).map_err(Error::errno(format!("process {pid}")))?;
        Ok(Listener { pid, process, program: program(pid), by_signal })
    }

    /// Whether the process runs the program that it ran: not the one that it has become by exec.
    pub(super) fn is_same(&self) -> bool {
        program(self.pid) == self.program
    }

    /// Sends SIGURG, which whoever does not expect it never notices; false if there is nobody left.
    pub(super) fn signal(&self) -> bool {
        self.is_same() && pidfd_signal(&self.process, nix::sys::signal::Signal::SIGURG).is_ok()
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.process.as_fd()
    }
}

fn program(pid: i32) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/auxv")).unwrap_or_default()
}

/// Goes on with `body` as a process of its own session, with nothing of the caller's but standard output: the
/// other end of that among what was inherited would hide that nobody reads. The caller ends here.
pub(super) fn leave(listener: Listener, body: impl FnOnce(Listener) -> Result<()>) -> Result<()> {
    let forked = fork_child(|child| {
        child.keep_only(&[listener.as_fd()]);
        let _ = unistd::setsid();
        let forked = fork_child(|_| {
            let _ = unistd::setsid();
            i32::from(be_quiet().and_then(|()| body(listener)).is_err())
        });
        i32::from(forked.is_err())
    });
    forked.map_err(Error::errno("fork"))?;
    exit_now(0)
}

fn be_quiet() -> Result<()> {
    let null = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())
        .map_err(Error::errno("/dev/null"))?;
    let quiet = unistd::dup2_stdin(&null).and_then(|()| unistd::dup2_stderr(&null));
    quiet.and_then(|()| unistd::chdir("/")).map_err(Error::errno("/dev/null"))
}
