//! What the session wrote, in the person's pager, over the terminal. A child of our own makes the text,
//! since there may be much of it and the session must not wait; another child is the pager. Both
//! are in our process group, as with `git log`: the shell stops and continues all of us together. The server's
//! word that the session is over, or goes elsewhere, waits until the pager has ended.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{PipeWriter, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid};

use super::attached::ServerEvent;
use super::completed_session::CompletedSession;
use super::replay::{self, Stretch};
use super::signals::Signals;
use super::terminal::Terminal;
use ms_platform::procfs::{Proc, tree};
use ms_platform::sys::process::{exit_now, fork_single_threaded, pidfd_open, pidfd_signal, reset_signals};
use msession::format::error::{Error, Result};
use msession::store::ring;

/// The pager of those who have named none.
const DEFAULT: &str = "less -R";
/// A pager that was told to end is killed after this.
const ENDS_WITHIN: Duration = Duration::from_millis(500);

/// A pager that has the terminal, or is about to, and what waits for its end.
#[derive(Debug, Default)]
pub(super) struct Paging {
    /// The session that is over and whose output it shows next; none: the one that the terminal is on.
    over: Option<Box<CompletedSession>>,
    pager: Option<Pager>,
    /// What the server said last: the session is over, or goes elsewhere.
    held: Option<Result<ServerEvent>>,
    /// Bytes that were typed for a pager and read before it was there.
    lost: usize,
}

impl Paging {
    /// The next one shows what this session wrote, which is over.
    pub(super) fn shows_next(&mut self, over: Option<Box<CompletedSession>>) {
        self.over = over;
    }

    /// Lends the terminal to the pager and starts it, with all that is in the ring now, or with what the one
    /// wrote that is over: that is returned. Whether the program shows the alternate screen now (`alternate`)
    /// tells how to read what is in the ring.
    ///
    /// # Errors
    /// What kept it from being started. The terminal is lent all the same.
    pub(super) fn start(
        &mut self,
        signals: &Signals,
        terminal: &mut Terminal,
        (ring, alternate): (&ring::Reader, bool),
    ) -> Result<Option<Box<CompletedSession>>> {
        let over = self.over.take();
        let to = ring.snapshot()?.written;
        terminal.lend();
        let stretch = Stretch { from: 0, to, alternate, seen: false, last: true, all: true };
        let text = || over.as_ref().map_or_else(|| replay::text(ring, stretch), |over| over.text());
        self.pager = Some(Pager::start(signals, terminal, text)?);
        Ok(over)
    }

    /// Whether it runs.
    pub(super) fn runs(&self) -> bool {
        self.pager.is_some()
    }

    /// What is readable once it has ended.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.pager.as_ref().map(|pager| pager.ended.as_fd())
    }

    /// Has it end.
    pub(super) fn stop(&self) {
        self.pager.iter().for_each(Pager::stop);
    }

    /// Waits for its end; what went wrong, as a sentence.
    pub(super) fn finish(&mut self) -> Option<String> {
        let trouble = self.pager.take().and_then(Pager::finish);
        let lost = std::mem::take(&mut self.lost);
        let late = || format!("{lost} bytes of what was typed for the pager came too fast");
        trouble.or_else(|| (lost > 0).then(late))
    }

    /// These were read in one with the key that opened it, and cannot be given back.
    pub(super) fn lose(&mut self, bytes: usize) {
        self.lost += bytes;
    }

    /// Whether what the server says next is to be heard.
    pub(super) fn hears(&self) -> bool {
        self.held.is_none()
    }

    /// The next thing that the server said (`next`), unless that has to wait while a pager has the terminal
    /// (`paged`).
    ///
    /// # Errors
    /// The error that the server gave, or that its connection ended with.
    pub(super) fn heard(
        &mut self,
        paged: bool,
        next: impl FnOnce() -> Result<Option<ServerEvent>>,
    ) -> Result<Option<ServerEvent>> {
        if self.held.is_none() {
            match next() {
                Ok(Some(event @ (ServerEvent::Ended(_) | ServerEvent::Goto(_)))) if paged => {
                    self.held = Some(Ok(event));
                }
                Err(error) if paged => self.held = Some(Err(error)),
                event => return event,
            }
        }
        if paged { Ok(None) } else { self.held.take().transpose() }
    }
}

/// A pager that runs.
#[derive(Debug)]
struct Pager {
    command: String,
    child: Child,
    ended: OwnedFd,
    writer: Pid,
}

impl Pager {
    fn start(
        signals: &Signals,
        terminal: &Terminal,
        make: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Pager> {
        let command = named(env::var("PAGER").ok());
        let failed = || Error::system("pager");
        let (text, input) = std::io::pipe().map_err(failed())?;
        let tty = reopen(terminal)?;
        let errors = tty.try_clone().map_err(failed())?;
        let mut pager = Command::new("sh");
        pager.args(["-c", &command]).stdin(text).stdout(tty).stderr(errors);
        let child = signals.as_before(|| pager.spawn()).map_err(failed())?;
        // The builder holds an end of the text's pipe, which would keep it open.
        drop(pager);
        let ended = pidfd_open(child.id() as i32).map_err(Error::errno("pager"))?;
        let writer = write_aside(make, input)?;
        Ok(Pager { command, child, ended, writer })
    }

    fn finish(mut self) -> Option<String> {
        let status = self.child.wait();
        let _ = kill(self.writer, Signal::SIGKILL);
        let _ = waitpid(self.writer, None);
        status.map_or_else(|error| Some(error.to_string()), |status| trouble(&self.command, status))
    }

    /// Has it end, and all that it has started; what does not end soon is killed.
    fn stop(&self) {
        let all = tree(&mut Proc::new(), self.child.id() as i32, &|_| true);
        let mut left: Vec<OwnedFd> = all.into_iter().filter_map(|pid| pidfd_open(pid).ok()).collect();
        let tell = |left: &[OwnedFd], signal| {
            for one in left {
                // It may have ended by now.
                let _ = pidfd_signal(one, signal);
            }
        };
        // One that is stopped takes it once it goes on.
        [Signal::SIGTERM, Signal::SIGCONT].into_iter().for_each(|signal| tell(&left, signal));
        let deadline = Instant::now() + ENDS_WITHIN;
        while !left.is_empty() && Instant::now() < deadline {
            left = await_one(left, deadline);
        }
        tell(&left, Signal::SIGKILL);
    }
}

/// Waits until one of the processes has ended; those that have not.
fn await_one(left: Vec<OwnedFd>, deadline: Instant) -> Vec<OwnedFd> {
    let mut fds: Vec<_> = left.iter().map(|one| PollFd::new(one.as_fd(), PollFlags::POLLIN)).collect();
    let within = deadline.saturating_duration_since(Instant::now());
    let _ = poll(&mut fds, PollTimeout::try_from(within).unwrap_or(PollTimeout::ZERO));
    let ended: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(false)).collect();
    left.into_iter().zip(ended).filter(|(_, ended)| !ended).map(|(one, _)| one).collect()
}

/// The command: what the person has named, unless that is no pager.
fn named(pager: Option<String>) -> String {
    pager.filter(|pager| !matches!(pager.trim(), "" | "cat")).unwrap_or_else(|| DEFAULT.into())
}

/// The terminal for a program that expects its reads and writes to wait.
fn reopen(terminal: &Terminal) -> Result<File> {
    let path = format!("/proc/self/fd/{}", terminal.as_fd().as_raw_fd());
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOCTTY);
    options.open(path).map_err(Error::system("terminal"))
}

/// Runs one where this runs, with the text that `make` makes, until it ends.
///
/// # Errors
/// What the system refused, or how the pager ended if not well.
pub(super) fn run(signals: &Signals, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<()> {
    let command = named(env::var("PAGER").ok());
    let failed = || Error::system("pager");
    let (text, input) = std::io::pipe().map_err(failed())?;
    let mut pager = Command::new("sh");
    pager.args(["-c", &command]).stdin(text);
    let mut child = signals.as_before(|| pager.spawn()).map_err(failed())?;
    drop(pager);
    let writer = write_aside(make, input)?;
    let status = child.wait().map_err(failed())?;
    // One that is left early has not read all of it.
    let _ = kill(writer, Signal::SIGKILL);
    let _ = waitpid(writer, None);
    trouble(&command, status).map_or(Ok(()), |trouble| Err(Error::Refused(trouble)))
}

/// Has a child make the text and write it into the pipe.
fn write_aside(make: impl FnOnce() -> Result<Vec<u8>>, mut input: PipeWriter) -> Result<Pid> {
    match fork_single_threaded().map_err(Error::errno("pager"))? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            reset_signals();
            let text = make().unwrap_or_else(|error| error.to_string().into_bytes());
            exit_now(i32::from(input.write_all(&text).is_err()))
        }
    }
}

fn trouble(command: &str, status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(126 | 127), _) => Some(format!(
            "{command}: this pager cannot be run; PAGER names another, msbuf prints it without one"
        )),
        (Some(code), _) => Some(format!("{command}: the pager ended with exit status {code}")),
        (None, signal) => {
            let signal = signal.and_then(|signal| Signal::try_from(signal).ok());
            Some(format!("{command}: the pager was ended by {}", signal.map_or("a signal", Signal::as_str)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pager_is_not_taken_for_one() {
        for (pager, command) in
            [(None, DEFAULT), (Some(""), DEFAULT), (Some(" cat "), DEFAULT), (Some("most -s"), "most -s")]
        {
            assert_eq!(named(pager.map(str::to_owned)), command);
        }
    }

    #[test]
    fn every_end_but_a_good_one_is_a_sentence() {
        let end = |code: i32| trouble("less -R", ExitStatus::from_raw(code));
        assert_eq!(end(0), None);
        assert!(end(127 << 8).unwrap().contains("less -R: this pager cannot be run"));
        assert!(end(3 << 8).unwrap().contains("exit status 3"));
        assert!(end(9).unwrap().contains("SIGKILL"));
    }

    #[test]
    fn what_ends_the_session_waits_for_the_pager_and_the_rest_does_not() {
        let mut paging = Paging::default();
        let output = paging.heard(true, || Ok(Some(ServerEvent::Output)));
        assert!(matches!(output, Ok(Some(ServerEvent::Output))) && paging.hears());
        let goes = || Ok(Some(ServerEvent::Goto("api".into())));
        assert!(matches!(paging.heard(true, goes), Ok(None)) && !paging.hears());
        let unasked = || -> Result<Option<ServerEvent>> { panic!("it is not to be heard") };
        assert!(matches!(paging.heard(true, unasked), Ok(None)));
        assert!(matches!(paging.heard(false, unasked), Ok(Some(ServerEvent::Goto(to))) if to == "api"));
        assert!(paging.hears());
        let fails = || Err(Error::Refused("over".into()));
        assert!(matches!(paging.heard(true, fails), Ok(None)) && !paging.hears());
        assert!(paging.heard(false, unasked).unwrap_err().to_string().contains("over"));
        assert!(paging.heard(false, fails).is_err(), "without a pager nothing waits");
    }

    #[test]
    fn what_was_typed_too_early_is_said_once() {
        let mut paging = Paging::default();
        assert_eq!(paging.finish(), None);
        paging.lose(3);
        paging.lose(4);
        assert!(paging.finish().unwrap().starts_with("7 bytes"));
        assert_eq!(paging.finish(), None);
    }
}
