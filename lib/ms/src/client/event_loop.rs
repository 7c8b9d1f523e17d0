//! The loop of a terminal that is on a session: what it waits for, and the order in which things are done. It
//! sleeps until something happens or is due. The loop alone knows all parts; it carries out what they return.

mod commands;
mod overlay;
mod session;
mod typing;

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use super::attached::{AttachOptions, Attached};
use super::indicator::Indicator;
use super::job::Job;
use super::keyboard::Keyboard;
use super::navigate::Navigation;
use super::overlay::Overlay;
use super::pager::Paging;
use super::relay::{Relay, Sink};
use super::signals::{Signals, stop_self};
use super::terminal::Terminal;
use super::{Left, Options, Replay};
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::store::session::Runtime;

/// So many typed bytes may wait for the server. Up to then the terminal is read on, since the client's own keys may
/// stand behind them.
const MAX_UNTAKEN: usize = 64 << 20;

/// A terminal on a session: its parts.
pub(super) struct Client {
    pub(super) options: Options,
    pub(super) signals: Signals,
    pub(super) terminal: Terminal,
    pub(super) keyboard: Keyboard,
    /// The session that it is on.
    pub(super) at: Attached,
    pub(super) relay: Relay,
    pub(super) overlay: Overlay,
    pub(super) paging: Paging,
    pub(super) indicator: Indicator,
    pub(super) navigation: Navigation,
    /// Tools that run for it.
    pub(super) jobs: Vec<Job>,
    /// How it ends, once it does.
    pub(super) left: Option<Left>,
}

/// What happened, by the place that was waited for.
#[derive(Debug, Default)]
struct Happened {
    typed: bool,
    sessions: bool,
    job: bool,
    pager: bool,
}

impl Client {
    /// Puts the terminal on the session; errors leave the terminal as it is.
    ///
    /// # Errors
    /// What keeps the terminal from being used, or the session from being reached.
    pub(super) fn begin(runtime: Runtime, name: &SessionName, options: Options) -> Result<Client> {
        let terminal = Terminal::open()?;
        let signals = Signals::take()?;
        let at = Attached::open(&runtime, name, attach_options(&options, &terminal))?;
        let indicator = Indicator::new(options.show, terminal.is_plain());
        let mut client = Client {
            keyboard: Keyboard::new(options.prefix, options.read_only),
            relay: Relay::new(&at.welcome, options.replay, indicator.show()),
            overlay: Overlay::default(),
            paging: Paging::default(),
            navigation: Navigation::new(runtime),
            jobs: Vec::new(),
            left: None,
            options,
            signals,
            terminal,
            at,
            indicator,
        };
        client.terminal.enter()?;
        client.arrive();
        client.look_out()?;
        Ok(client)
    }

    /// Goes on until the terminal leaves; it is as it was before then.
    ///
    /// # Errors
    /// What ended it though nobody left and no session ended.
    pub(super) fn run(&mut self) -> Result<Left> {
        let left = self.rounds();
        self.terminal.leave();
        left
    }

    fn rounds(&mut self) -> Result<Left> {
        loop {
            // Frames that came along with the answer to HELLO were read with it: poll(2) does not tell of them.
            self.hear_server()?;
            self.do_what_is_due()?;
            // Who was stopped in the middle of a round owes no terminal what was answered meanwhile.
            self.take_signals()?;
            self.pass()?;
            if self.at.has_moved() {
                self.renew_runtime();
            }
            // If the server is gone, the next read says why.
            self.at.flush();
            if let Some(left) = self.left.take() {
                self.at.detach();
                return Ok(left);
            }
            let happened = self.wait()?;
            if happened.pager {
                self.leave_pager()?;
            }
            if happened.typed {
                self.take_typed()?;
                // A key does not wait for anything else that this round does.
                self.at.flush();
            }
            if happened.sessions {
                self.take_changes();
            }
            if happened.job {
                self.take_jobs();
            }
        }
    }

    /// Sleeps until something happens or is due.
    fn wait(&self) -> Result<Happened> {
        let flags = |reads: bool, writes: bool| {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::POLLIN, reads);
            flags.set(PollFlags::POLLOUT, writes);
            flags
        };
        let covered = self.overlay.has_keyboard();
        let may_type = !self.overlay.has_pager() && (self.at.untaken() < MAX_UNTAKEN || covered);
        let mut fds = vec![
            PollFd::new(self.terminal.as_fd(), flags(may_type, self.relay.has_unwritten())),
            PollFd::new(self.at.as_fd(), flags(self.paging.hears(), self.at.has_unsent())),
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
        ];
        let watched: Vec<BorrowedFd<'_>> = self.navigation.fd().into_iter().collect();
        let pager: Vec<BorrowedFd<'_>> = self.paging.fd().into_iter().collect();
        let (sessions, jobs) = (3..3 + watched.len(), 3 + watched.len() + pager.len());
        fds.extend(watched.into_iter().chain(pager).map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        // What a tool has to say waits for a last row that is free.
        let told = self.jobs.iter().filter(|_| !covered);
        fds.extend(told.map(|job| PollFd::new(job.as_fd(), PollFlags::POLLIN)));
        match poll(&mut fds, self.timeout()) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("poll")(errno)),
        }
        let over = PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR;
        let readable = |fd: &PollFd<'_>| fd.revents().is_some_and(|seen| seen.intersects(over));
        Ok(Happened {
            typed: readable(&fds[0]),
            sessions: fds[sessions.clone()].iter().any(readable),
            pager: fds[sessions.end..jobs].iter().any(readable),
            job: fds[jobs..].iter().any(readable),
        })
    }

    /// Until the earliest moment that any part has named; without one, for ever.
    fn timeout(&self) -> PollTimeout {
        if self.relay.has_more() {
            return PollTimeout::ZERO;
        }
        let due = [self.keyboard.due(), self.overlay.due(), self.relay.due()];
        let Some(due) = due.into_iter().flatten().min() else { return PollTimeout::NONE };
        let left = due.saturating_duration_since(Instant::now()).as_micros().div_ceil(1000);
        PollTimeout::try_from(left.min(60_000) as i32).unwrap_or(PollTimeout::ZERO)
    }

    fn do_what_is_due(&mut self) -> Result<()> {
        let now = Instant::now();
        if self.keyboard.take_due(now) {
            self.end_key()?;
        }
        if self.overlay.take_due_bar(now) {
            self.show_bar();
        }
        let was_up = self.overlay.is_up();
        let effects = self.overlay.look_after(now, self.relay.ground(&self.terminal));
        if was_up && self.overlay.is_empty() {
            self.bring_bar_back();
        }
        self.carry_out(effects)
    }

    fn take_signals(&mut self) -> Result<()> {
        let has_pager = |client: &Client| client.overlay.has_pager();
        while let Some(signal) = self.signals.next() {
            match signal {
                Signal::SIGWINCH => self.resized(),
                // The pager has the keyboard: Ctrl-Z stops the whole process group there.
                Signal::SIGTSTP if has_pager(self) => stop_self(),
                Signal::SIGCONT | Signal::SIGINT | Signal::SIGQUIT if has_pager(self) => {}
                Signal::SIGTSTP => {
                    // As Ctrl-Z would have it, with the terminal given back meanwhile.
                    self.terminal.leave();
                    stop_self();
                    self.come_back()?;
                }
                Signal::SIGCONT => self.come_back()?,
                signal => {
                    self.stop_pager()?;
                    self.left = Some(Left::Signal(signal));
                }
            }
        }
        Ok(())
    }

    /// Something else may have had the terminal: everything is done anew.
    fn come_back(&mut self) -> Result<()> {
        self.terminal.enter()?;
        self.relay.forget_shown();
        self.overlay.drop_layer();
        self.resized();
        self.ask_for_screen();
        Ok(())
    }

    /// The terminal has another size: what was kept no longer fits.
    fn resized(&mut self) {
        self.at.resize(self.terminal.size());
        if self.relay.draws() {
            self.close_bar();
            self.relay.draw_anew(Instant::now());
        }
        let effects = self.overlay.resized();
        // Nothing is read for these, so nothing can fail.
        let _ = self.carry_out(effects);
    }
}

/// How a terminal is on a session.
fn attach_options(options: &Options, terminal: &Terminal) -> AttachOptions {
    let paint = options.replay != Replay::None && !terminal.is_plain();
    AttachOptions { read_only: options.read_only, paint, size: terminal.size() }
}
