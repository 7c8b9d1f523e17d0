//! The process that runs one command and waits for it: with a time limit, without a terminal, and with nothing
//! of the server's but the word that it hands back. What the command left behind when it ended stays this
//! process's, so it never becomes the session's.

use std::ffi::{CString, OsString};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, killpg, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{self, ForkResult, Pid, pipe2};

use super::{Ended, Job};
use crate::server::now;
use ms_platform::sys;
use ms_platform::sys::process::ForkedChild;
use ms_terminal::safe::safe_text;
use msession::format::status::Exit;
use msession::store::rundir;

/// The longest word that is handed back, in bytes: what a pipe takes whole.
pub(super) const WORD: usize = 512;
/// So much of what a command says of its failure is kept, in bytes.
const SAID: usize = 300;
/// What a process that is killed needs to be gone.
const DIES_WITHIN: Duration = Duration::from_secs(1);
const DONE: &[u8] = b"done";

/// A command, how long it may take, and the end of which other is waited for before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Runner<'a> {
    pub(super) job: &'a Job,
    pub(super) limit: Duration,
    pub(super) after: Option<&'a OwnedFd>,
}

/// Hands back how a command ended.
pub(super) fn write_word(tell: &OwnedFd, ended: &Ended) {
    let word = match ended {
        Ok(()) => DONE,
        Err(why) => &why.as_bytes()[..why.len().min(WORD)],
    };
    let _ = unistd::write(tell, word);
}

/// Reads what [`write_word`] wrote.
pub(super) fn read_word(word: &[u8]) -> Ended {
    if word == DONE { Ok(()) } else { Err(String::from_utf8_lossy(word).into_owned()) }
}

impl Runner<'_> {
    /// Starts the process, with these descriptors and no other; `tell` is called there with how it went.
    pub(super) fn start(self, kept: &[BorrowedFd<'_>], tell: impl FnOnce(Ended)) -> nix::Result<Pid> {
        sys::process::fork_child(|child| {
            let ended = self.apart(child, kept).map_err(|errno| errno.to_string()).and_then(|()| {
                self.after.into_iter().for_each(|other| wait_for(other, self.limit));
                self.run()
            });
            tell(ended);
            child.keep_only(&[]);
            // What the command left behind is waited for.
            while waitpid(None, None) != Err(Errno::ECHILD) {}
            0
        })
    }

    /// Leaves the server: no descriptor of its, no group, and orphans that come here.
    fn apart(&self, child: &ForkedChild, kept: &[BorrowedFd<'_>]) -> nix::Result<()> {
        child.keep_only(kept);
        unistd::setsid()?;
        nix::sys::prctl::set_child_subreaper(true)?;
        sys::title::show(&format!("ms: [on] {}", self.job.occasion));
        sys::process::reset_signals();
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        // The server may be gone when its word is written.
        mask.add(Signal::SIGPIPE);
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&mask), None)
    }

    fn run(&self) -> Ended {
        let wrong = |errno: Errno| errno.to_string();
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC);
        let signals = signals.map_err(wrong)?;
        let (said, says) = pipe2(OFlag::O_CLOEXEC).map_err(wrong)?;
        fcntl(&said, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(wrong)?;
        let shell = match sys::process::fork_single_threaded().map_err(wrong)? {
            ForkResult::Child => self.become_shell(says),
            ForkResult::Parent { child } => child,
        };
        drop(says);
        // Here, too: the group is there whoever comes first.
        let _ = unistd::setpgid(shell, shell);
        let mut family = Family { shell, exit: None, said: Some(said), text: Vec::new() };
        let in_time = family.wait(&signals, now() + self.limit);
        if !in_time {
            let _ = killpg(shell, Signal::SIGKILL);
            family.wait(&signals, now() + DIES_WITHIN);
        }
        family.ended(in_time, self.limit)
    }

    /// In the child.
    fn become_shell(&self, says: OwnedFd) -> ! {
        let _ = unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0));
        let _ = unistd::dup2_stderr(&says);
        let env = self.environment();
        let home = env.iter().find(|(key, _)| key == "HOME").map(|(_, value)| Path::new(value));
        if home.is_none_or(|home| !home.is_absolute() || unistd::chdir(home).is_err()) {
            let _ = unistd::chdir("/");
        }
        sys::process::reset_signals();
        let text = |bytes: Vec<u8>| CString::new(bytes).unwrap_or_default();
        let pair =
            |(key, value): &(OsString, OsString)| text([key.as_bytes(), b"=", value.as_bytes()].concat());
        let env: Vec<CString> = env.iter().map(pair).collect();
        let command = text(self.job.command.clone().into_bytes());
        let Err(errno) = unistd::execve(c"/bin/sh", &[c"sh", c"-c", command.as_c_str()], &env);
        let _ = writeln!(File::from(says), "/bin/sh: {}", errno.desc());
        sys::process::exit_now(127)
    }

    /// What the server was started with, what the last terminal had, and what the command is told.
    fn environment(&self) -> Vec<(OsString, OsString)> {
        let own = |key: &OsString| self.job.env.iter().any(|(known, _)| known == key);
        let foreign = |key: &OsString| ["MS_SESSION", "COLUMNS", "LINES"].iter().any(|name| key == *name);
        let inherited = std::env::vars_os().filter(|(key, _)| !own(key) && !foreign(key));
        let absolute = |(key, value): (OsString, OsString)| match rundir::runtime_named() {
            Some(path) if key == "MS_RUNTIME_DIR" => (key, path.as_os_str().to_owned()),
            _ => (key, value),
        };
        inherited.map(absolute).chain(self.job.env.iter().cloned()).collect()
    }
}

/// The command's processes, and what they say on standard error.
struct Family {
    shell: Pid,
    exit: Option<Exit>,
    /// None once nobody can say anything any more.
    said: Option<OwnedFd>,
    text: Vec<u8>,
}

impl Family {
    /// Waits for all of the command's process group; `false` if they did not end in time.
    fn wait(&mut self, signals: &SignalFd, until: Duration) -> bool {
        loop {
            while let Ok(Some(_)) = signals.read_signal() {}
            self.reap();
            self.listen();
            if self.exit.is_some() && killpg(self.shell, None) == Err(Errno::ESRCH) {
                return true;
            }
            let left = until.saturating_sub(now());
            if left.is_zero() {
                return false;
            }
            let fds = std::iter::once(signals.as_fd()).chain(self.said.as_ref().map(AsFd::as_fd));
            let mut fds: Vec<PollFd<'_>> = fds.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
            let _ = poll(&mut fds, milliseconds(left));
        }
    }

    fn reap(&mut self) {
        while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            match status {
                WaitStatus::StillAlive => return,
                WaitStatus::Exited(pid, code) if pid == self.shell => self.exit = Some(Exit::Code { code }),
                WaitStatus::Signaled(pid, signal, core) if pid == self.shell => {
                    self.exit = Some(Exit::Signal { signal: signal as i32, core });
                }
                _ => {}
            }
        }
    }

    /// Takes what was said. More than is kept is taken, too, or who says it would wait.
    fn listen(&mut self) {
        let mut bytes = [0; 4096];
        while let Some(said) = &self.said {
            match unistd::read(said, &mut bytes) {
                Ok(0) => self.said = None,
                Ok(count) => {
                    let room = SAID.saturating_sub(self.text.len()).min(count);
                    self.text.extend(&bytes[..room]);
                }
                Err(_) => return,
            }
        }
    }

    fn ended(&self, in_time: bool, limit: Duration) -> Ended {
        let text = String::from_utf8_lossy(&self.text);
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let says = if line.is_empty() { String::new() } else { format!(": {}", safe_text(line, SAID)) };
        match self.exit {
            _ if !in_time => Err(format!("took longer than {limit:?} and was ended{says}")),
            Some(exit) if exit.is_success() => Ok(()),
            Some(exit) => Err(format!("{exit}{says}")),
            None => Err(format!("did not end{says}")),
        }
    }
}

/// Waits until another command's word has come, or its process is gone.
fn wait_for(other: &OwnedFd, limit: Duration) {
    let until = now() + limit + DIES_WITHIN;
    loop {
        let left = until.saturating_sub(now());
        match poll(&mut [PollFd::new(other.as_fd(), PollFlags::POLLIN)], milliseconds(left)) {
            Err(Errno::EINTR) if !left.is_zero() => {}
            _ => return,
        }
    }
}

/// Rounded up.
fn milliseconds(span: Duration) -> PollTimeout {
    PollTimeout::try_from(span + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_what_was_wrong_and_fits_into_a_pipe() {
        let (read, write) = pipe2(OFlag::O_CLOEXEC).unwrap();
        for ended in [Ok(()), Err("exit 1".to_owned())] {
            write_word(&write, &ended);
            let mut word = vec![0; WORD];
            let count = unistd::read(&read, &mut word).unwrap();
            assert_eq!(read_word(&word[..count]), ended);
        }
        write_word(&write, &Err("é".repeat(WORD)));
        let mut word = vec![0; 2 * WORD];
        assert_eq!(unistd::read(&read, &mut word), Ok(WORD));
    }

    #[test]
    fn what_is_said_of_a_failure_is_its_first_line() {
        let family = |exit, text: &str| Family {
            shell: Pid::from_raw(1),
            exit,
            said: None,
            text: text.as_bytes().to_vec(),
        };
        let limit = Duration::from_secs(30);
        let failed = Some(Exit::Code { code: 127 });
        assert_eq!(
            family(failed, "\n sh: x\x1b[2J\nmore").ended(true, limit).unwrap_err().find("more"),
            None
        );
        assert!(family(failed, "sh: x").ended(true, limit).unwrap_err().starts_with("exit 127: sh: x"));
        assert_eq!(family(failed, "").ended(true, limit), Err("exit 127".to_owned()));
        assert_eq!(family(Some(Exit::Code { code: 0 }), "warned").ended(true, limit), Ok(()));
        let late = family(None, "").ended(false, limit);
        assert_eq!(late, Err("took longer than 30s and was ended".to_owned()));
    }
}
