//! A tool that runs for a slash command, beside the session: the tools themselves do what the command
//! line asks for, so that both say and refuse the same.

use std::env;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Child, Command, Stdio};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::signals::Signals;
use ms_terminal::safe::safe_bytes;
use msession::format::error::{Error, Result};

/// So much of what a tool prints is kept, in bytes.
const MAX_TEXT: usize = 64 << 10;

/// What is to happen when a tool has succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Go to the session whose name it printed.
    Go,
    /// Nothing but saying what it printed.
    Say,
}

/// A tool that runs.
#[derive(Debug)]
pub(crate) struct Job {
    child: Child,
    output: std::io::PipeReader,
    text: Vec<u8>,
    /// What comes next.
    pub(crate) then: Then,
}

impl Job {
    /// Starts a tool.
    ///
    /// # Errors
    /// What kept it from being started: it is not there, or no process can be had.
    pub(crate) fn start(signals: &Signals, tool: &str, arguments: &[&str], then: Then) -> Result<Job> {
        let failed = || Error::system(tool);
        let (output, input) = std::io::pipe().map_err(failed())?;
        fcntl(&output, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(Error::errno(tool))?;
        // The one in our own directory, else by PATH.
        let ours = env::current_exe().ok().map(|path| path.with_file_name(tool)).filter(|path| path.exists());
        let mut command = Command::new(ours.unwrap_or_else(|| tool.into()));
        command.args(arguments).stdin(Stdio::null());
        command.stdout(input.try_clone().map_err(failed())?).stderr(input);
        let child = signals.as_before(|| command.spawn()).map_err(failed())?;
        Ok(Job { child, output, text: Vec::new(), then })
    }

    /// Takes what it printed; once it has ended, its last line, and whether it succeeded.
    pub(crate) fn take(&mut self) -> Option<(bool, String)> {
        let mut buffer = [0; 4096];
        loop {
            match self.output.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) if self.text.len() < MAX_TEXT => self.text.extend_from_slice(&buffer[..count]),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return None,
                Err(_) => break,
            }
        }
        let succeeded = self.child.wait().is_ok_and(|status| status.success());
        let last = self.text.trim_ascii().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        Some((succeeded, safe_bytes(last, 300)))
    }
}

impl AsFd for Job {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    fn run(arguments: &[&str]) -> (bool, String) {
        let signals = Signals::take().unwrap();
        let mut job = Job::start(&signals, "sh", arguments, Then::Say).unwrap();
        loop {
            if let Some(done) = job.take() {
                return done;
            }
            poll(&mut [PollFd::new(job.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE).unwrap();
        }
    }

    #[test]
    fn a_tool_s_last_line_and_success_are_told() {
        assert_eq!(run(&["-c", "echo warning >&2; echo name"]), (true, "name".into()));
        assert_eq!(run(&["-c", "printf 'a\\033[31mb' >&2; exit 3"]), (false, "a[31mb".into()));
    }

    #[test]
    fn a_tool_that_is_not_there_is_an_error() {
        let signals = Signals::take().unwrap();
        assert!(Job::start(&signals, "ms-no-such-tool", &[], Then::Go).is_err());
    }
}
