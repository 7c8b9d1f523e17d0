//! What the program and its processes do, and what is done to them: output, input, looks, signals; and the
//! effects that the parts return, carried out.

use nix::sys::signal::Signal;

use super::Server;
use crate::server::answer::Looked;
use crate::server::{Moment, now, processes, query_router, session_status, signaller};
use ms_judge::Edge;
use ms_platform::time::Time;
use ms_terminal::scan::{Event, EventKind};

/// Bytes that are read before others are served again.
const BURST: u64 = 512 << 10;
/// A read that gives fewer bytes has left nothing behind that poll(2) would not tell of: a flood fills
/// the 4095 bytes that a terminal gives at most (n_tty).
const DRAINED: usize = 2 << 10;

impl Server {
    /// Reads what the program wrote, up to a burst.
    pub(super) fn take_output(&mut self) {
        let start = self.intake.written();
        while self.intake.written() - start < BURST && self.wants_output() {
            let (count, events) = self.intake.read(&mut self.terminal);
            events.iter().for_each(|event| self.take_event(event));
            self.intake.keep(events);
            if count < DRAINED {
                break;
            }
        }
        let bytes = self.intake.written() - start;
        if bytes > 0 {
            self.judge.note(self.intake.wrote(), Edge::Output { bytes });
            self.mend_ring();
        }
        self.intake.catch_up();
    }

    /// Whether the program's output is to be read now. It is held back only while the terminal in front is
    /// far behind and makes progress.
    pub(super) fn wants_output(&self) -> bool {
        let held = self.clients.hold_until(self.intake.written(), now());
        self.terminal.master().is_some() && held.is_none()
    }

    fn take_event(&mut self, event: &Event) {
        match &event.what {
            EventKind::Query(query) => {
                let effect = self.queries.asked(now(), event.end, query, self.clients.asked());
                self.route(effect);
            }
            EventKind::Title { window: true, text } => self.status.titled(text),
            _ => {}
        }
        self.judge.note(now(), Edge::Scan(&event.what));
    }

    /// Goes on in a new file if somebody cut the old one short. If that fails it is tried again with the
    /// next output; the session lives.
    pub(super) fn mend_ring(&mut self) {
        if self.intake.ring().is_damaged() && self.dir.renew_output(self.intake.ring_mut()).is_ok() {
            let floor = self.intake.ring().floor();
            self.status.warn(format!("the output was cut short: what came before {floor} is lost"));
        }
    }

    /// Writes what the terminal takes now.
    pub(super) fn type_input(&mut self) {
        let Some(master) = self.terminal.master() else {
            // Nobody will ever read what waits.
            if !self.input.queue().is_empty() {
                self.drop_input("the program has let go of its terminal");
            }
            return;
        };
        // EIO: the program's side is gone; its end is on the way.
        if self.input.queue_mut().write_to(master).is_ok_and(|count| count > 0) {
            self.status.terminal_took(now());
        }
        let receipts = self.input.queue_mut().receipts();
        if !receipts.is_empty() {
            self.status.script_done(Time::now());
        }
        self.clients.tell_taken(receipts, self.intake.written(), self.input.queue());
    }

    /// Looks if a look is due, and takes over what the judge says.
    pub(super) fn look(&mut self) {
        let at = now();
        let due = self.judge.next_look().is_some_and(|due| due <= at);
        // Asked before the look, and only where there is one: it costs as much.
        let read = due && self.has_read();
        let Some(master) = self.terminal.master() else { return };
        let mut picture = || self.intake.screen().picture();
        let verdict = if due { self.judge.look(at, master, &mut picture) } else { None };
        if let Some(verdict) = verdict {
            let moment = Moment { at, wall: Time::now() };
            let effects = self.status.judged(&verdict, self.signaller.is_paused(), moment);
            self.follow_status(effects);
        }
        let looked = Looked {
            at,
            now: now(),
            verdict: self.judge.verdict(),
            decided: self.judge.decided(),
            rests_since: self.judge.rests_since(),
            next: self.judge.next_look(),
            read,
            all_typed: self.input.queue().is_empty(),
            work: self.intake.work(self.judge.reads_alone()),
        };
        let effects = self.status.settle(&looked, self.signaller.is_paused(), Time::now());
        self.follow_status(effects);
    }

    /// Whether nothing that a script typed is left for the program to read.
    fn has_read(&self) -> bool {
        if !self.status.awaits_answer() || !self.input.queue().is_empty() {
            return false;
        }
        let Some(master) = self.terminal.master() else { return true };
        let held = self.terminal.unread().is_some_and(|count| count > 0);
        !held && self.judge.reading(master).behind == 0
    }

    /// Does what follows from a change of the status.
    pub(super) fn follow_status(&mut self, effects: Vec<session_status::Effect>) {
        use session_status::Effect;
        for effect in effects {
            match effect {
                Effect::LogWait(wait) => self.dir.log_wait(&wait),
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
                    let answer = self.queries.answer(&query, self.intake.screen_as_of(end));
                    answer.iter().for_each(|answer| self.input.queue_mut().answer(answer));
                }
                Effect::Say(answer) => self.input.queue_mut().answer(answer),
                Effect::GiveUp(id) => {
                    self.clients.get(id).into_iter().for_each(|client| client.lagging = true);
                }
            }
        }
    }

    /// Signals processes, and shows what comes of that.
    pub(super) fn signal(&mut self, effects: Vec<signaller::Effect>) {
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
                    self.follow_status(effects);
                }
                Effect::Resumed => {
                    self.judge.note(now(), Edge::Resumed);
                    let effects = self.status.resumed(self.judge.verdict(), Moment::now());
                    self.follow_status(effects);
                }
            }
        }
    }

    /// Takes the signals that have arrived; `true` once the program has ended.
    pub(super) fn take_signals(&mut self) -> bool {
        while let Ok(Some(info)) = self.signals.read_signal() {
            match Signal::try_from(info.ssi_signo as i32) {
                Ok(Signal::SIGCHLD) => self.children_changed(),
                Ok(Signal::SIGUSR1) => self.dir.look_at_once(),
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
            self.on.child_changed(status);
            let effects = self.signaller.child_changed(status);
            self.signal(effects);
        }
        self.judge.note(now(), Edge::Child);
    }

    /// Kills a program that did not end within its grace.
    pub(super) fn kill_late(&mut self) {
        if self.signaller.due().is_some_and(|at| at <= now()) {
            let processes = processes::all(self.dir.runtime(), self.on.runners());
            let effects = self.signaller.kill_late(self.terminal.front_group(), &processes);
            self.signal(effects);
        }
    }
}
