//! The loop: what a server waits for, and the order in which things are done. Each round asks every part for
//! the moment at which it next wants to act; when none names one, the server sleeps until something happens.
//! The loop alone knows all parts; it carries out what they return.

mod commands;
mod ending;
mod outside;
mod program;

use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signalfd::SignalFd;

use super::clients::Clients;
use super::facts_readers::FactsReaders;
use super::history_entry::HistoryEntry;
use super::input::TypedInput;
use super::intake::Intake;
use super::now;
use super::on::OnCommands;
use super::owned_session_dir::{Kept, OwnedSessionDir};
use super::query_router::QueryRouter;
use super::session_status::SessionStatus;
use super::signaller::Signaller;
use super::terminal::ProgramTerminal;
use ms_judge::Judge;
use msession::format::error::{Error, Result};
use msession::format::session_record::SessionRecord;

/// A session's server: its parts.
pub(super) struct Server {
    pub(super) dir: OwnedSessionDir,
    pub(super) history: HistoryEntry,
    pub(super) record: SessionRecord,
    pub(super) signals: SignalFd,
    pub(super) terminal: ProgramTerminal,
    pub(super) intake: Intake,
    pub(super) input: TypedInput,
    pub(super) queries: QueryRouter,
    pub(super) judge: Judge,
    pub(super) facts_readers: FactsReaders,
    pub(super) status: SessionStatus,
    pub(super) signaller: Signaller,
    pub(super) on: OnCommands,
    pub(super) clients: Clients,
}

/// What happened, by the place that was waited for.
#[derive(Debug)]
struct Happened {
    signal: bool,
    connection: bool,
    /// The directory, or mounts.
    dir: bool,
    mounts: bool,
    master: PollFlags,
    /// A command that ran outside a terminal.
    outside: bool,
    /// Ids of connections with something to read, or that are over.
    readable: Vec<u64>,
}

impl Server {
    /// Serves until the program has ended and its end is recorded.
    pub(super) fn run(mut self) -> Result<()> {
        loop {
            let happened = self.wait()?;
            self.clients.begin_round();
            if happened.dir {
                self.dir.hear(happened.mounts, now());
            }
            if self.dir.due().is_some_and(|due| due <= now()) {
                self.look_after_dir();
            }
            if happened.connection {
                self.dir.show_name();
            }
            if happened.master.intersects(PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR) {
                self.take_output();
            }
            // Those that are over make room.
            self.serve(&happened.readable);
            if happened.connection {
                self.let_in();
            }
            self.clients.cut_silent(now());
            self.type_input();
            if happened.signal && self.take_signals() {
                return self.end();
            }
            self.kill_late();
            let effects = self.queries.overdue(now());
            self.route(effects);
            self.clients.ring_doorbells(self.intake.written(), now());
            // Somebody may sit there and wait for the echo of a key: before looking and writing files.
            self.clients.flush_terminals(now());
            self.look();
            self.facts_readers.tell(&mut self.judge, &mut self.clients);
            self.write_files();
            self.run_outside(happened.outside);
            // What a tool asked for stands in the files when it has its reply.
            let over = self.clients.flush(now());
            if !over.is_empty() {
                self.left(&over);
            }
        }
    }

    /// Puts back what is missing of the session's directory.
    fn look_after_dir(&mut self) {
        // Who has connected by the old socket would be forgotten with it.
        self.let_in();
        let kept = Kept {
            ring: self.intake.ring_mut(),
            listener: self.clients.listener_mut(),
            record: &self.record,
            status: self.status.record(),
            history: self.history.history(),
        };
        self.dir.look_after(kept, now());
    }

    /// Writes `status.json` and begins the record in the history, where that is due. A full disk must not end
    /// the session, nor must one that can't be recorded: the first stays due, and the second is said.
    fn write_files(&mut self) {
        if self.intake.ring().shortened() {
            self.status.warn_at_last("no room left: less output is kept than was asked for");
        }
        let _ = self.status.write_if_due(self.dir.session(), now());
        // Of files that were written just now: no news that would wake us.
        self.dir.hear(false, now());
        let name = || self.dir.name();
        if let Err(error) = self.history.begin_if_due(&self.record, self.status.record(), name, now()) {
            self.status.warn(format!("not in the history yet: {error}"));
        }
        self.history.does(&self.record.id, self.status.record(), now());
    }

    /// Sleeps until something happens or is due.
    fn wait(&mut self) -> Result<Happened> {
        let timeout = self.timeout();
        let mut door = PollFlags::empty();
        door.set(PollFlags::POLLIN, self.clients.is_open(now()));
        let mut fds = vec![
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.clients.listener().as_fd(), door),
        ];
        fds.extend(self.dir.fds().map(|(fd, events)| PollFd::new(fd, events)));
        let master = fds.len();
        fds.extend(self.terminal.master().map(|master| PollFd::new(master, self.master_events())));
        let first_client = fds.len();
        fds.extend(self.clients.list.iter().map(|client| {
            let mut events = PollFlags::empty();
            events.set(PollFlags::POLLIN, client.is_heard(self.input.queue().share(client.id)));
            events.set(PollFlags::POLLOUT, client.has_unsent());
            PollFd::new(client.as_fd(), events)
        }));
        let outside = fds.len();
        fds.extend(self.on.fd().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("poll")(errno)),
        }
        let seen = |at: usize| fds.get(at).and_then(PollFd::revents).unwrap_or(PollFlags::empty());
        let over = PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR;
        let readable = self.clients.list.iter().enumerate();
        let readable =
            readable.filter(|(at, _)| seen(first_client + at).intersects(over)).map(|(_, c)| c.id).collect();
        Ok(Happened {
            signal: !seen(0).is_empty(),
            connection: !seen(1).is_empty(),
            dir: (2..master).any(|at| !seen(at).is_empty()),
            mounts: seen(master - 1).contains(PollFlags::POLLPRI),
            outside: !seen(outside).is_empty(),
            master: if first_client > master { seen(master) } else { PollFlags::empty() },
            readable,
        })
    }

    fn master_events(&self) -> PollFlags {
        let mut events = PollFlags::empty();
        events.set(PollFlags::POLLIN, self.wants_output());
        events.set(PollFlags::POLLOUT, !self.input.queue().is_empty());
        events
    }

    /// Until the earliest moment that any part has named; without one, for ever.
    fn timeout(&self) -> PollTimeout {
        let now = now();
        let paints = !self.clients.is_crowded();
        if self.clients.list.iter().any(|client| client.can_go_on(paints)) {
            return PollTimeout::ZERO;
        }
        let work = self.intake.work(self.judge.reads_alone());
        let due = [
            self.clients.due(),
            self.judge.next_look(),
            self.status.write_due(),
            self.history.due(),
            self.dir.due(),
            self.signaller.due(),
            self.queries.due(),
            self.clients.hold_until(self.intake.written(), now),
            self.status.settle_due(self.judge.verdict(), &work, now),
        ];
        match due.into_iter().flatten().min() {
            Some(due) => milliseconds(due.saturating_sub(now)),
            None => PollTimeout::NONE,
        }
    }
}

/// Rounded up, so that what was due is due when poll(2) returns.
fn milliseconds(span: Duration) -> PollTimeout {
    let rounded = span.as_micros().div_ceil(1000);
    PollTimeout::try_from(i32::try_from(rounded).unwrap_or(i32::MAX)).unwrap_or(PollTimeout::MAX)
}
