//! The loop of a terminal that is on a session: what it waits for, and who is told. It sleeps until
//! something happens or is due, and writes to the terminal in one place (`relay`).

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use super::attached::{AttachOptions, Attached, ServerEvent};
use super::commands::Which;
use super::indicator::Indicator;
use super::job::Job;
use super::keys::typed::{Key, Typed};
use super::keys::{Keys, Prefix};
use super::overlay::Overlay;
use super::pager::Pager;
use super::relay::{Relay, Sink};
use super::signals::{Signals, stop_self};
use super::terminal::Terminal;
use super::{Left, Options, Replay, visits};
use msession::format::error::{Error, Result};
use msession::format::name::SessionName;
use msession::query::elsewhere;
use msession::query::watch::Watch;
use msession::store::session::{Runtime, SessionDir};

/// A sequence that is cut at the end of a read is completed within this, or never.
const COMPLETED_WITHIN: Duration = Duration::from_millis(20);
/// More bytes than this at once are a paste, not keys.
const FEW_KEYS: usize = 256;
/// From this many typed bytes on that the server has not taken, nothing more is read from the terminal: the
/// client's own keys stand behind them.
const MAX_UNTAKEN: usize = 64 << 20;

/// A terminal on a session.
pub(super) struct Client {
    pub(super) runtime: Runtime,
    pub(super) options: Options,
    pub(super) prefix: Option<Prefix>,
    pub(super) signals: Signals,
    pub(super) terminal: Terminal,
    pub(super) at: Attached,
    pub(super) relay: Relay,
    pub(super) overlay: Overlay,
    /// The pager that has the terminal.
    pub(super) pager: Option<Pager>,
    pub(super) indicator: Indicator,
    /// When a bar may come back that something else has displaced.
    pub(super) bar_due: Option<Instant>,
    pub(super) watch: Option<Watch>,
    pub(super) jobs: Vec<Job>,
    /// Ids of the sessions that the terminal came from, the last one last.
    pub(super) came_from: Vec<String>,
    /// Which sessions the list shows.
    pub(super) listed: Which,
    /// What the server said last while a pager has the terminal: the session is over, or goes elsewhere.
    pub(super) held: Option<Result<ServerEvent>>,
    /// Bytes that were typed for a pager and read before it was there.
    pub(super) not_paged: usize,
    /// How it ends, once it does.
    pub(super) left: Option<Left>,
    keys: Keys,
    /// Keys of a client that only looks.
    idle_keys: Typed,
    flush_at: Option<Instant>,
}

/// What happened.
#[derive(Debug, Default)]
struct Ready {
    typed: bool,
    signal: bool,
    sessions: bool,
    job: bool,
    pager: bool,
}

impl Client {
    /// Puts the terminal on the session; errors leave the terminal as it is.
    pub(super) fn begin(runtime: Runtime, name: &SessionName, options: Options) -> Result<Client> {
        let terminal = Terminal::open()?;
        let signals = Signals::take()?;
        let at = Attached::open(&runtime, name, attach_options(&options, &terminal))?;
        let indicator = Indicator::new(options.show, terminal.is_plain());
        let mut client = Client {
            prefix: options.prefix,
            keys: Keys::new(options.prefix),
            idle_keys: Typed::default(),
            relay: Relay::new(&at.welcome, options.replay, indicator.show()),
            indicator,
            runtime,
            options,
            signals,
            terminal,
            at,
            overlay: Overlay::default(),
            pager: None,
            bar_due: None,
            watch: None,
            jobs: Vec::new(),
            came_from: Vec::new(),
            listed: Which::Live,
            held: None,
            not_paged: 0,
            left: None,
            flush_at: None,
        };
        client.terminal.enter()?;
        client.arrive();
        client.look_out()?;
        Ok(client)
    }

    /// Goes on until the terminal leaves; it is as it was before then.
    pub(super) fn run(&mut self) -> Result<Left> {
        let left = self.turns();
        self.terminal.leave();
        left
    }

    fn turns(&mut self) -> Result<Left> {
        loop {
            // Before sleeping: the answer to HELLO brings more frames along.
            self.take_events()?;
            self.do_what_is_due()?;
            self.pass()?;
            if self.at.has_moved() {
                self.renew_runtime();
            }
            // A server that is gone may have said why: reading tells.
            self.at.flush();
            if let Some(left) = self.left.take() {
                self.at.detach();
                return Ok(left);
            }
            let ready = self.wait()?;
            if ready.signal {
                self.take_signals()?;
            }
            if ready.pager {
                self.leave_pager()?;
            }
            if ready.typed {
                self.take_typed()?;
                // A key does not wait for anything else that this turn does.
                self.at.flush();
            }
            if ready.sessions {
                self.take_changes()?;
            }
            if ready.job {
                self.take_jobs();
            }
        }
    }

    /// Sleeps until something happens or is due.
    fn wait(&self) -> Result<Ready> {
        let flags = |reads: bool, writes: bool| {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::POLLIN, reads);
            flags.set(PollFlags::POLLOUT, writes);
            flags
        };
        let may_type = !self.has_pager() && (self.at.untaken() < MAX_UNTAKEN || self.overlay.has_keyboard());
        let mut fds = vec![
            PollFd::new(self.terminal.as_fd(), flags(may_type, self.relay.has_unwritten())),
            PollFd::new(self.at.as_fd(), flags(self.held.is_none(), self.at.has_unsent())),
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
        ];
        let others: Vec<BorrowedFd<'_>> = self.watch.iter().map(AsFd::as_fd).collect();
        let watched = others.len();
        let pager: Vec<BorrowedFd<'_>> = self.pager.iter().map(AsFd::as_fd).collect();
        let pagers = pager.len();
        fds.extend(others.into_iter().chain(pager).map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        // What a tool has to say waits for a last row that is free.
        let jobs = self.jobs.iter().filter(|_| !self.overlay.has_keyboard());
        fds.extend(jobs.map(|job| PollFd::new(job.as_fd(), PollFlags::POLLIN)));
        match poll(&mut fds, self.timeout()) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("poll")(errno)),
        }
        let readable = |fd: &PollFd<'_>| fd.revents().is_some_and(|seen| seen.intersects(READABLE));
        Ok(Ready {
            typed: readable(&fds[0]),
            signal: readable(&fds[2]),
            sessions: fds[3..3 + watched].iter().any(readable),
            pager: fds[3 + watched..][..pagers].iter().any(readable),
            job: fds[3 + watched + pagers..].iter().any(readable),
        })
    }

    fn timeout(&self) -> PollTimeout {
        if self.relay.has_more() {
            return PollTimeout::ZERO;
        }
        let due = [self.flush_at, self.bar_due, self.overlay.due(), self.relay.due()];
        let Some(due) = due.into_iter().flatten().min() else { return PollTimeout::NONE };
        let left = due.saturating_duration_since(Instant::now()).as_micros().div_ceil(1000);
        PollTimeout::try_from(left.min(60_000) as i32).unwrap_or(PollTimeout::ZERO)
    }

    fn do_what_is_due(&mut self) -> Result<()> {
        let now = Instant::now();
        if self.flush_at.is_some_and(|due| due <= now) {
            self.flush_keys();
        }
        if self.bar_due.is_some_and(|due| due <= now) {
            self.bar_due = None;
            self.show_bar();
        }
        self.look_after_overlay(now)
    }

    fn take_signals(&mut self) -> Result<()> {
        while let Some(signal) = self.signals.next() {
            match signal {
                Signal::SIGWINCH => self.resized(),
                // The keyboard is the pager's, and stops all of us.
                Signal::SIGTSTP if self.has_pager() => stop_self(),
                Signal::SIGCONT | Signal::SIGINT | Signal::SIGQUIT if self.has_pager() => {}
                Signal::SIGTSTP => self.suspend()?,
                Signal::SIGCONT => self.come_back()?,
                signal => {
                    self.stop_pager()?;
                    self.left = Some(Left::Signal(signal));
                }
            }
        }
        Ok(())
    }

    /// Stops as Ctrl-Z would have it, with the terminal given back meanwhile.
    fn suspend(&mut self) -> Result<()> {
        self.terminal.leave();
        stop_self();
        self.come_back()
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

    fn take_events(&mut self) -> Result<()> {
        loop {
            let paged = self.has_pager();
            let event = match self.held.take() {
                None => self.at.next_event(),
                held if paged => {
                    self.held = held;
                    return Ok(());
                }
                Some(held) => held.map(Some),
            };
            match event {
                Ok(None) => return Ok(()),
                Ok(Some(event @ (ServerEvent::Ended(_) | ServerEvent::Goto(_)))) if paged => {
                    self.held = Some(Ok(event))
                }
                Err(error) if paged => self.held = Some(Err(error)),
                Ok(Some(event)) => self.take(event)?,
                Err(error) => return self.lose(error),
            }
            if self.left.is_some() {
                return Ok(());
            }
        }
    }

    fn take(&mut self, event: ServerEvent) -> Result<()> {
        match event {
            ServerEvent::Output => self.output_came(),
            ServerEvent::Painted(paint) => self.painted(paint)?,
            ServerEvent::Screen(reply) => self.relay.show_text(&reply),
            ServerEvent::Ended(ended) => {
                self.finish()?;
                let name = self.at.name();
                if !self.go_back(&format!("{name} ended: {}", ended.exit)) {
                    self.left = Some(Left::Ended(name, ended.exit));
                }
            }
            ServerEvent::Goto(to) => self.go_by_name(&to),
            ServerEvent::Size => self.fit(),
            ServerEvent::Dropped(bytes) => {
                self.notice(&format!("{bytes} bytes of what was typed were dropped"))
            }
        }
        Ok(())
    }

    /// The server is gone or refuses: what the program still printed is shown, then that is the end.
    fn lose(&mut self, error: Error) -> Result<()> {
        self.finish()?;
        if self.go_back(&error.to_string()) { Ok(()) } else { Err(error) }
    }

    fn take_typed(&mut self) -> Result<()> {
        // The kernel gives at most 4095 bytes of a terminal at once.
        let mut buffer = [0; 4 << 10];
        match self.read_typed(&mut buffer) {
            Ok(0) => self.left = Some(Left::Signal(Signal::SIGHUP)),
            Ok(count) => self.route(&buffer[..count])?,
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("terminal")(errno)),
        }
        Ok(())
    }

    /// Reads what was typed. Of a few keys it reads up to one that is the client's, as that may open a pager,
    /// which reads what is behind it.
    fn read_typed(&self, buffer: &mut [u8]) -> nix::Result<usize> {
        let waiting = self.terminal.unread();
        if waiting > FEW_KEYS {
            return self.terminal.read(buffer);
        }
        let (mut keys, mut count) = (self.keys.clone(), 0);
        while count < waiting.max(1) {
            match self.terminal.read(&mut buffer[count..count + 1]) {
                Ok(1) => count += 1,
                _ if count > 0 => break,
                ended => return ended,
            }
            if self.overlay.has_keyboard()
                || keys.feed(&buffer[count - 1..count], &mut Vec::new()).1.is_some()
            {
                break;
            }
        }
        Ok(count)
    }

    /// Hands keys to whoever has the keyboard.
    pub(super) fn route(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.close_bar();
        while !bytes.is_empty() && self.left.is_none() {
            if self.overlay.has_keyboard() {
                return self.type_into_modal(bytes);
            }
            let mut pass = Vec::new();
            let (taken, command) = self.keys.feed(bytes, &mut pass);
            self.send_input(&pass);
            bytes = &bytes[taken..];
            if let Some(command) = command {
                self.obey(command)?;
            }
        }
        self.settle_keys();
        Ok(())
    }

    fn settle_keys(&mut self) {
        let mut pass = Vec::new();
        let waits = self.keys.settle(self.terminal.modes().keyboard_protocol(), &mut pass);
        self.send_input(&pass);
        self.flush_at = waits.then(|| Instant::now() + COMPLETED_WITHIN);
    }

    fn flush_keys(&mut self) {
        self.flush_at = None;
        if self.overlay.has_keyboard() {
            return self.flush_modal();
        }
        let mut pass = Vec::new();
        self.keys.flush(&mut pass);
        self.send_input(&pass);
    }

    /// Asks for [`Client::flush_keys`] in time.
    pub(super) fn flush_soon(&mut self) {
        self.flush_at = Some(Instant::now() + COMPLETED_WITHIN);
    }

    fn send_input(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if !self.options.read_only {
            return self.at.input(bytes);
        }
        // Nobody else has a use for Ctrl-C there.
        let mut keys = Vec::new();
        self.idle_keys.feed(bytes, &mut keys);
        if keys.contains(&Key::Ctrl('c')) {
            self.left = Some(Left::Detached(self.at.name()));
        }
    }

    /// Puts the terminal on another session.
    pub(super) fn switch_to(&mut self, name: &SessionName) -> Result<()> {
        let next = Attached::open(&self.runtime, name, attach_options(&self.options, &self.terminal))?;
        self.at.detach();
        let lost = self.at.lost_input();
        self.relay.switch(&next.welcome, self.terminal.start_over());
        self.at = next;
        self.overlay.drop_layer();
        self.arrive();
        if lost > 0 {
            self.notice(&format!("{lost} bytes of what was typed before were never taken and are lost"));
        }
        Ok(())
    }

    fn arrive(&mut self) {
        // Without the memory of it `-` means something older; that must not keep anybody out.
        let _ = visits::remember(&self.runtime, self.at.id(), self.terminal.device());
        let (name, status) = (self.at.name(), self.at.status());
        self.indicator.visit(&name, status.as_ref());
        self.tell_of_waits(false);
        let effects = self.relay.arrive(&self.at, &self.terminal);
        self.tell_server(effects);
    }

    /// Watches the other sessions; what they need already is no news.
    fn look_out(&mut self) -> Result<()> {
        if !self.indicator.is_wanted() {
            return Ok(());
        }
        let watch = Watch::open(&self.runtime)?;
        for session in watch.sessions() {
            let here = *session.name() == self.at.name();
            self.indicator.update(session.name(), session.status().ok().as_ref(), here);
        }
        self.tell_of_waits(false);
        self.watch = Some(watch);
        Ok(())
    }

    /// Takes the runtime directory that there is now, where the one that was is gone.
    pub(super) fn renew_runtime(&mut self) {
        if self.runtime.is_current() {
            return;
        }
        let own = elsewhere::find_again(self.at.id()).ok().flatten();
        if let Some(Ok(runtime)) = own.map(|session| session.runtime()) {
            self.runtime = runtime;
            let _ = self.look_out();
        }
    }

    fn take_changes(&mut self) -> Result<()> {
        let Some(watch) = &mut self.watch else { return Ok(()) };
        let Ok(changes) = watch.take(&self.runtime) else {
            // The directory is gone, or the user's watches are all taken: there may be another way.
            self.watch = None;
            let _ = self.look_out();
            return Ok(());
        };
        let here = self.at.name();
        let mut news = false;
        if changes.sessions {
            let names: Vec<&SessionName> = watch.sessions().map(SessionDir::name).collect();
            self.indicator.keep(&names);
        }
        for name in &changes.statuses {
            let status = self.runtime.session(name).and_then(|session| session.status()).ok();
            news |= self.indicator.update(name, status.as_ref(), *name == here);
        }
        self.tell_of_waits(news);
        self.renew_list();
        Ok(())
    }
}

const READABLE: PollFlags = PollFlags::POLLIN.union(PollFlags::POLLHUP).union(PollFlags::POLLERR);

fn attach_options(options: &Options, terminal: &Terminal) -> AttachOptions {
    let paint = options.replay != Replay::None && !terminal.is_plain();
    AttachOptions { read_only: options.read_only, paint, size: terminal.size() }
}
