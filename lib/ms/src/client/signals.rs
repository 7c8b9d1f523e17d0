//! Signals of the client, taken from a descriptor: the loop waits for them beside everything else, and
//! no handler runs while the terminal is in some state between two.

use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;

use msession::format::error::{Error, Result};

/// Those that the client answers to.
const TAKEN: [Signal; 7] = [
    Signal::SIGWINCH,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTSTP,
    Signal::SIGCONT,
];

/// The descriptor; the signals are as before once it is dropped.
#[derive(Debug)]
pub(crate) struct Signals {
    fd: SignalFd,
    before: SigSet,
}

impl Signals {
    /// Takes the signals from now on. To be called before a thread is started.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn take() -> Result<Signals> {
        let taken: SigSet = TAKEN.into_iter().collect();
        let mut before = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&taken), Some(&mut before))
            .map_err(Error::errno("signals"))?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let fd = SignalFd::with_flags(&taken, flags).map_err(Error::errno("signalfd"))?;
        Ok(Signals { fd, before })
    }

    /// The next one that came; none if none did.
    pub(crate) fn next(&self) -> Option<Signal> {
        let info = self.fd.read_signal().ok().flatten()?;
        Signal::try_from(info.ssi_signo as i32).ok()
    }

    /// Does something with the signals as they were before, such as starting another program.
    pub(crate) fn as_before<T>(&self, act: impl FnOnce() -> T) -> T {
        let mut ours = SigSet::empty();
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), Some(&mut ours));
        let done = act();
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&ours), None);
        done
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        // What came meanwhile was meant for the client, which is leaving.
        while self.next().is_some() {}
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None);
    }
}

/// Stops this process, as Ctrl-Z would; returns when it goes on.
pub(crate) fn stop_self() {
    let _ = kill(Pid::this(), Signal::SIGSTOP);
}
