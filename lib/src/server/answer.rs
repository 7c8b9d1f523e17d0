//! After a script has typed, the wait that it answered may be over, whatever the judge has yet seen: for
//! `mssend … && mswait …` to mean anything, a session must not pass for waiting before it waits again.
//! So from then on a wait counts only if it was seen after the program had read what was typed. What sends
//! an answer off ends the wait at once; a key that may be one of many leaves it standing, as `answered`.

use std::time::Duration;

use super::{Server, now};
use crate::detect::Verdict;
use crate::status::{Confidence, Evidence, Status};
use crate::sys::tty;
use crate::time::Time;

/// A program that has not read by then does not mean to: it waits as before.
const READS_WITHIN: Duration = Duration::from_secs(1);

impl Server {
    /// A script has typed this. The file says so before the script is told that it was taken.
    pub(super) fn await_answer(&mut self, bytes: &[u8]) {
        self.answer = Some(now());
        if self.publisher.record.status != Status::Waiting {
            return;
        }
        if self.judging.sends_off(bytes) {
            self.leave_wait();
        } else {
            self.publisher.record.answered = true;
        }
        self.publisher.urgent();
    }

    fn leave_wait(&mut self) {
        self.end_wait();
        let record = &mut self.publisher.record;
        let now = Time::now();
        (record.status, record.since, record.confidence) = (Status::Processing, now, Confidence::Low);
        (record.kind, record.message, record.answered) = (None, None, false);
        record.rule = Some("what it waited for was typed".into());
        record.until = Some("the next look".into());
        let says = "a script has typed".into();
        record.evidence = vec![Evidence { source: "input".into(), says, seen: now, decided: true }];
    }

    /// Whether the verdict may be of the wait that was answered.
    pub(super) fn is_old_wait(&self, verdict: &Verdict) -> bool {
        verdict.status == Status::Waiting && self.answer.is_some()
    }

    /// Takes over the verdict once it is of a new wait, drawn by a look at `looked`. `read`: before that look
    /// nothing that was typed was left to be read.
    pub(super) fn settle_answer(&mut self, looked: Duration, read: bool) {
        let (Some(typed), now) = (self.answer, now()) else { return };
        let verdict = self.judging.verdict();
        if verdict.status != Status::Waiting || self.pause.is_on() {
            return;
        }
        // The kernel hands over what is typed a moment later: who has not run since has not read it.
        let ran = self.judging.rests_since().is_none_or(|since| since > typed);
        // A look that found the reader gone left the verdict of an earlier one standing.
        let seen = self.judging.decided() >= looked.max(typed) && self.input.is_empty();
        if seen && (read && ran || now >= typed + READS_WITHIN) {
            let verdict = verdict.clone();
            self.answer = None;
            self.publisher.urgent();
            self.take_verdict(&verdict, now);
        } else if self.judging.due().is_none() {
            self.judging.child(now);
        }
    }

    /// Whether nothing that a script typed is left for the program to read.
    pub(super) fn has_read(&self) -> bool {
        if self.answer.is_none() || !self.input.is_empty() {
            return false;
        }
        let slave = self.master.as_ref().and_then(|master| tty::peer(master).ok());
        slave.is_none_or(|slave| tty::unread(&slave).is_ok_and(|count| count == 0))
    }
}
