//! What a server waits for, and the order in which things are done. Each round asks every part for the
//! moment at which it next wants to act; when none names one, the server sleeps until something happens.

use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use serde_json::Value;

use super::answer::{self, Looked, ScriptTyped, Work};
use super::home::Kept;
use super::{Moment, Server, now, processes, query_router, session_status, signaller};
use crate::judge::Edge;
use crate::platform::time::Time;
use crate::session::format::error::{Error, Result};

/// What happened, by the place that was waited for.
#[derive(Debug)]
struct Happened {
    signal: bool,
    connection: bool,
    /// The directory, or mounts.
    home: bool,
    mounts: bool,
    master: PollFlags,
    /// Ids of connections with something to read, or that are over.
    readable: Vec<u64>,
}

impl Server {
    /// Serves until the program has ended and its end is recorded.
    pub(super) fn run(mut self) -> Result<()> {
        loop {
            let happened = self.wait()?;
            self.painted_for = Duration::ZERO;
            if happened.home {
                self.home.hear(happened.mounts, now());
            }
            if self.home.due().is_some_and(|due| due <= now()) {
                self.look_after_home();
            }
            if happened.connection {
                self.home.show_name();
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
            self.ring_doorbells();
            // Somebody may sit there and wait for the echo of a key: before looking and writing files.
            self.clients.flush_terminals(now());
            self.look();
            self.publish();
            // Of files that were written just now: no news that would wake us.
            self.home.hear(false, now());
            self.record_if_due();
            // What a tool asked for stands in the files when it has its reply.
            let over = self.clients.flush(now());
            if !over.is_empty() {
                self.left(&over);
            }
        }
    }

    /// Puts back what is missing of the session's directory.
    pub(super) fn look_after_home(&mut self) {
        // Who has connected by the old socket would be forgotten with it.
        self.let_in();
        let kept = Kept {
            ring: &mut self.ring,
            listener: &mut self.listener,
            record: &self.record,
            status: self.status.record(),
            history: &self.history,
        };
        self.home.look_after(kept, now());
    }

    /// Lets in who has connected. Each is heard at once: one that has said who it is stays when there is no
    /// room for the next.
    fn let_in(&mut self) {
        while let Some(came) = self.clients.accept(&self.listener, now()) {
            came.into_iter().for_each(|id| self.serve(&[id]));
        }
    }

    /// Looks if a look is due, and takes over what the judge says.
    fn look(&mut self) {
        let at = now();
        let due = self.judge.next_look().is_some_and(|due| due <= at);
        // Asked before the look, and only where there is one: it costs as much.
        let read = due && self.has_read();
        let Some(master) = self.terminal.master() else { return };
        let (view, ring) = (&mut self.view, &self.ring);
        let mut picture = || view.current(ring).picture();
        let verdict = if due { self.judge.look(at, master, &mut picture) } else { None };
        if let Some(verdict) = verdict {
            let moment = Moment { at, wall: Time::now() };
            let effects = self.status.judged(&verdict, self.signaller.is_paused(), moment);
            self.carry_out(effects);
        }
        self.settle_answer(at, read);
    }

    /// Tells the status what bears on what a script typed, after a look at `at` or without one.
    fn settle_answer(&mut self, at: Duration, read: bool) {
        let looked = Looked {
            at,
            now: now(),
            verdict: self.judge.verdict(),
            decided: self.judge.decided(),
            rests_since: self.judge.rests_since(),
            next: self.judge.next_look(),
            read,
            all_typed: self.input.is_empty(),
            work: self.work(),
        };
        let effects = self.status.settle(&looked, self.signaller.is_paused(), Time::now());
        self.carry_out(effects);
    }

    fn work(&self) -> Work {
        let (written, wrote_at) = (self.ring.written(), self.wrote_at);
        Work { written, wrote_at, reads_alone: self.judge.reads_alone() }
    }

    /// Whether nothing that a script typed is left for the program to read.
    fn has_read(&self) -> bool {
        if !self.status.awaits_answer() || !self.input.is_empty() {
            return false;
        }
        let Some(master) = self.terminal.master() else { return true };
        let held = self.terminal.unread().is_some_and(|count| count > 0);
        !held && self.judge.reading(master).behind == 0
    }

    /// A script has typed this. The file says so before the script is told that it was taken.
    pub(super) fn script_typed(&mut self, bytes: &[u8]) {
        let echoes = self.terminal.line_modes().is_some_and(|modes| modes.echo);
        let typed = ScriptTyped {
            at: now(),
            sends_off: self.judge.sends_off(bytes),
            written: self.ring.written(),
            echoed: if echoes { answer::echo_length(bytes) } else { 0 },
        };
        let effects = self.status.script_typed(&typed, Time::now());
        self.carry_out(effects);
    }

    /// Does what follows from a change of the status.
    pub(super) fn carry_out(&mut self, effects: Vec<session_status::Effect>) {
        use session_status::Effect;
        for effect in effects {
            match effect {
                Effect::LogWait(wait) => self.home.log_wait(&wait),
                Effect::LookAgain => self.judge.note(now(), Edge::Child),
            }
        }
    }

    /// Does what is due about queries.
    pub(super) fn route(&mut self, effects: impl IntoIterator<Item = query_router::Effect>) {
        use query_router::Effect;
        for effect in effects {
            match effect {
                Effect::Answer(end, query) => {
                    let screen = self.view.as_of(&self.ring, end);
                    self.queries.answer(&query, screen).iter().for_each(|answer| self.input.answer(answer));
                }
                Effect::Say(answer) => self.input.answer(answer),
                Effect::GiveUp(id) => {
                    self.clients.get(id).into_iter().for_each(|client| client.lagging = true);
                }
            }
        }
    }

    /// Signals processes, and shows what comes of that.
    pub(super) fn signal(&mut self, effects: Vec<signaller::Effect>) -> Value {
        use signaller::Effect;
        for effect in effects {
            match effect {
                Effect::ToGroup(group, signal) => processes::signal_group(group, signal),
                Effect::ToGroupOf(process, signal) => processes::signal_group_of(process, signal),
                Effect::Kill(pid) => processes::kill_now(pid),
                Effect::GoOn(stopped) => processes::go_on(stopped),
                Effect::Paused(says) => {
                    self.judge.note(now(), Edge::Paused);
                    let effects = self.status.paused(says, Time::now());
                    self.carry_out(effects);
                }
                Effect::Resumed => {
                    self.judge.note(now(), Edge::Resumed);
                    let effects = self.status.resumed(self.judge.verdict(), Moment::now());
                    self.carry_out(effects);
                }
            }
        }
        Value::Null
    }

    /// Takes the signals that have arrived; `true` once the program has ended.
    fn take_signals(&mut self) -> bool {
        while let Ok(Some(info)) = self.signals.read_signal() {
            match Signal::try_from(info.ssi_signo as i32) {
                Ok(Signal::SIGCHLD) => self.children_changed(),
                Ok(Signal::SIGUSR1) => self.home.look_at_once(),
                _ => {
                    let effects = self.signaller.hang_up(self.terminal.front_group(), now());
                    self.signal(effects);
                }
            }
        }
        self.signaller.exit().is_some()
    }

    fn children_changed(&mut self) {
        for status in processes::changed_children() {
            let effects = self.signaller.child_changed(status);
            self.signal(effects);
        }
        self.judge.note(now(), Edge::Child);
    }

    /// Kills a program that did not end within its grace.
    fn kill_late(&mut self) {
        if self.signaller.due().is_some_and(|at| at <= now()) {
            let processes = processes::all(self.home.runtime());
            let effects = self.signaller.kill_late(self.terminal.front_group(), &processes);
            self.signal(effects);
        }
    }

    /// Writes `status.json` if that is due. A full disk must not end the session: it stays due.
    fn publish(&mut self) {
        if self.ring.shortened() {
            self.status.warn_at_last("no room left: less output is kept than was asked for");
        }
        let _ = self.status.write_if_due(self.home.session(), now());
    }

    /// Sleeps until something happens or is due.
    fn wait(&mut self) -> Result<Happened> {
        let timeout = self.timeout();
        let wants_output = self.wants_output();
        let mut door = PollFlags::empty();
        door.set(PollFlags::POLLIN, self.clients.is_open(now()));
        let mut fds = vec![
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.listener.as_fd(), door),
        ];
        fds.extend(self.home.fds().map(|(fd, events)| PollFd::new(fd, events)));
        let master = fds.len();
        let masters =
            self.terminal.master().map(|master| PollFd::new(master, self.master_events(wants_output)));
        fds.extend(masters);
        let first_client = fds.len();
        fds.extend(self.clients.list.iter().map(|client| {
            let mut events = PollFlags::empty();
            events.set(PollFlags::POLLIN, client.is_heard(self.input.share(client.id)));
            events.set(PollFlags::POLLOUT, client.has_unsent());
            PollFd::new(client.as_fd(), events)
        }));
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
            home: (2..master).any(|at| !seen(at).is_empty()),
            mounts: seen(master - 1).contains(PollFlags::POLLPRI),
            master: if first_client > master { seen(master) } else { PollFlags::empty() },
            readable,
        })
    }

    fn master_events(&self, wants_output: bool) -> PollFlags {
        let mut events = PollFlags::empty();
        events.set(PollFlags::POLLIN, wants_output);
        events.set(PollFlags::POLLOUT, !self.input.is_empty());
        events
    }

    /// Until the earliest moment that any part has named; without one, for ever.
    fn timeout(&self) -> PollTimeout {
        let now = now();
        let paints = !self.clients.is_crowded();
        if self.clients.list.iter().any(|client| client.can_go_on(paints)) {
            return PollTimeout::ZERO;
        }
        let due = [
            self.clients.due(),
            self.judge.next_look(),
            self.status.write_due(),
            self.history_due,
            self.home.due(),
            self.signaller.due(),
            self.queries.due(),
            self.hold_until(now),
            self.status.settle_due(self.judge.verdict(), &self.work(), now),
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
