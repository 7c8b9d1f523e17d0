//! After a script has typed, the wait that it answered is over, whatever the judge has yet seen: for
//! `mssend … && mswait …` to mean anything, a session must not be called waiting before it waits again.
//! So from then on a wait counts only if it was seen after the program had read what was typed.

use std::time::Duration;

use super::{Server, now};
use crate::detect::Verdict;
use crate::status::{Confidence, Evidence, Status};
use crate::sys::tty;
use crate::time::Time;

/// A program that has not read by then does not mean to: it waits as before.
const READS_WITHIN: Duration = Duration::from_secs(1);

impl Server {
    /// A script has typed.
    pub(super) fn await_answer(&mut self) {
        self.answer = Some(now());
        self.end_wait();
        let record = &mut self.publisher.record;
        if record.status == Status::Waiting {
            let now = Time::now();
            (record.status, record.since, record.confidence) = (Status::Processing, now, Confidence::Low);
            (record.kind, record.message) = (None, None);
            let says = "a script has typed".into();
            record.evidence = vec![Evidence { source: "input".into(), says, seen: now, decided: true }];
            self.publisher.urgent();
        }
    }

    /// Whether the verdict may be of the wait that was answered.
    pub(super) fn is_old_wait(&self, verdict: &Verdict) -> bool {
        verdict.status == Status::Waiting && self.answer.is_some()
    }

    /// Takes over the verdict once it is of a new wait.
    pub(super) fn settle_answer(&mut self) {
        let (Some(typed), now) = (self.answer, now()) else { return };
        let verdict = self.judging.verdict();
        if verdict.status != Status::Waiting || self.pause.is_on() {
            return;
        }
        let seen = self.judging.decided() > typed && self.input.is_empty();
        if seen && (self.has_read() || now >= typed + READS_WITHIN) {
            let verdict = verdict.clone();
            self.answer = None;
            self.take_verdict(&verdict, now);
        } else if self.judging.due().is_none() {
            self.judging.child(now);
        }
    }

    /// Whether nothing that was typed is left for the program to read.
    fn has_read(&self) -> bool {
        let slave = self.master.as_ref().and_then(|master| tty::peer(master).ok());
        slave.is_none_or(|slave| tty::unread(&slave).is_ok_and(|count| count == 0))
    }
}
