//! What the judge is told, when it looks, and what becomes of its verdicts: the part of `status.json`
//! that says who waits, and the log of waits. It will never judge by itself.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use crate::judge::{Edge, Judge, Reading, Refusal, Verdict, Watched, explain};
use crate::platform::time::Time;
use crate::session::format::config::Config;
use crate::session::format::frame::Mark;
use crate::session::format::record::SessionRecord;
use crate::session::format::status::{Status, Wait};
use crate::terminal::scan::Event;
use crate::terminal::screen::Picture;

use super::program::Running;
use super::{Server, now};

/// The judge, and whether it is to be asked.
pub(super) struct Judging {
    judge: Judge,
}

impl Judging {
    pub(super) fn new(config: &Config, record: &SessionRecord, running: &Running) -> Judging {
        let watched =
            Watched { child_pid: record.child_pid, server_pid: record.server_pid, tty_dev: running.tty_dev };
        let detect = config.types.get(&record.kind).map(|preset| preset.detect.clone()).unwrap_or_default();
        Judging { judge: Judge::new(&detect, watched) }
    }

    pub(super) fn due(&self) -> Option<Duration> {
        self.judge.next_look()
    }

    pub(super) fn output(&mut self, now: Duration, bytes: u64) {
        self.judge.note(now, Edge::Output { bytes });
    }

    pub(super) fn input(&mut self, now: Duration, bytes: &[u8], echo_off: bool) {
        self.judge.note(now, Edge::Input { bytes, echo_off });
    }

    /// Whether these bytes, typed now, send off what it waits for.
    pub(super) fn sends_off(&self, bytes: &[u8]) -> bool {
        self.judge.sends_off(bytes)
    }

    /// What the program said by a sequence.
    pub(super) fn event(&mut self, now: Duration, event: &Event) {
        self.judge.note(now, Edge::Scan(&event.what));
    }

    /// What `msmark` says, if it may.
    pub(super) fn mark(&mut self, now: Duration, mark: &Mark) -> Result<(), Refusal> {
        self.judge.mark(now, mark)
    }

    /// The answer to a query by OSC 7501.
    pub(super) fn program_status(&self) -> Vec<u8> {
        b"\x1b]7501;?\x1b\\".to_vec()
    }

    pub(super) fn child(&mut self, now: Duration) {
        self.judge.note(now, Edge::Child);
    }

    pub(super) fn resized(&mut self, now: Duration) {
        self.judge.note(now, Edge::Resize);
    }

    pub(super) fn attached(&mut self, now: Duration) {
        self.judge.note(now, Edge::Attach);
    }

    pub(super) fn detached(&mut self, now: Duration) {
        self.judge.note(now, Edge::Detach);
    }

    pub(super) fn paused(&mut self, now: Duration) {
        self.judge.note(now, Edge::Paused);
    }

    pub(super) fn resumed(&mut self, now: Duration) {
        self.judge.note(now, Edge::Resumed);
    }

    /// The verdict as it stands.
    pub(super) fn verdict(&self) -> &Verdict {
        self.judge.verdict()
    }

    /// When it was last drawn, and did not merely stand.
    pub(super) fn decided(&self) -> Duration {
        self.judge.decided()
    }

    /// Since when the reader rests, if somebody reads.
    pub(super) fn rests_since(&self) -> Option<Duration> {
        self.judge.rests_since()
    }

    /// Whether the reader waits for the terminal alone and has no other threads.
    pub(super) fn reads_alone(&self) -> bool {
        self.judge.reads_alone()
    }

    /// Who waits to be typed at now.
    pub(super) fn reading(&self, master: BorrowedFd<'_>) -> Reading {
        self.judge.reading(master)
    }

    /// The new verdict, if a look is due and it changed anything.
    fn look(
        &mut self,
        now: Duration,
        master: BorrowedFd<'_>,
        picture: &mut dyn FnMut() -> Picture,
    ) -> Option<Verdict> {
        if self.judge.next_look().is_none_or(|due| due > now) {
            return None;
        }
        self.judge.look(now, master, picture)
    }
}

impl Server {
    /// Looks if a look is due, and takes over what the judge says.
    pub(super) fn look(&mut self) {
        use std::os::fd::AsFd;
        let at = now();
        // Asked before the look, and only where there is one: it costs as much.
        let read = self.judging.due().is_some_and(|due| due <= at) && self.has_read();
        let Some(master) = &self.master else { return };
        let (view, ring) = (&mut self.view, &self.ring);
        let mut picture = || view.current(ring).picture();
        if let Some(verdict) = self.judging.look(at, master.as_fd(), &mut picture) {
            self.take_verdict(&verdict, at);
        }
        self.settle_answer(at, read);
    }

    /// Counts and logs a wait that ends now, if there is one.
    pub(super) fn end_wait(&mut self) {
        let record = &mut self.publisher.record;
        if record.status == Status::Waiting {
            let seconds = record.since.until(Time::now()).as_secs_f64();
            record.waits.count += 1;
            record.waits.seconds += seconds;
            let wait =
                Wait { since: record.since, seconds, kind: record.kind, message: record.message.clone() };
            self.home.log_wait(&wait);
        }
    }

    pub(super) fn take_verdict(&mut self, verdict: &Verdict, now: Duration) {
        // A pause ends by resuming, not by what was seen before it or in the middle of it.
        if self.pause.is_on() && verdict.status != Status::Paused {
            return;
        }
        if self.is_old_wait(verdict) {
            return;
        }
        let before = (self.publisher.record.status, self.publisher.record.kind);
        if verdict.status != Status::Waiting {
            self.end_wait();
        }
        let record = &mut self.publisher.record;
        record.answered = false;
        explain::write(verdict, record, now, Time::now());
        if before == (record.status, record.kind) {
            self.publisher.patient();
        } else {
            self.publisher.urgent();
        }
    }
}
