//! After a script has typed, the wait that it answered may be over, whatever the judge has yet seen: for
//! `mssend … && mswait …` to mean anything, a session must not pass for waiting before it waits again.
//! So from then on a wait counts only if it was seen after the program had read what was typed, and had
//! begun on it. What sends an answer off ends the wait at once; a key that may be one of many leaves it
//! standing, as `answered`.
//!
//! A thread that waits for the terminal and for nothing else, the only one of its program, has begun and
//! ended when it waits again. In any other program the one that reads hands on to one that works: whether
//! that has begun shows only a moment later.

use std::os::fd::AsFd;
use std::time::Duration;

use super::{Server, now};
use crate::judge::Verdict;
use crate::platform::sys::tty;
use crate::platform::time::Time;
use crate::session::format::status::{Confidence, Evidence, Status};

/// A program that did not run by then has got nothing that it could read (half a line): it waits as before.
const RUNS_WITHIN: Duration = Duration::from_secs(1);
/// A program that has not read by then does not mean to: it waits as before.
const READS_WITHIN: Duration = Duration::from_secs(10);
/// Work beside the thread that reads shows within this time: as load, as a child, on the screen.
const BEGINS_WITHIN: Duration = Duration::from_millis(600);
/// A program that has said nothing at all by then has nothing to say.
const SAYS_WITHIN: Duration = Duration::from_secs(3);

/// Where time alone was missing, looks are no further apart than this.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What was typed, and what is known of what came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    /// When the terminal last took some of it.
    pub(super) typed: Duration,
    /// It sends something off.
    enter: bool,
    /// Where the output stands once the kernel has echoed all of it: more is the program's.
    echoed: u64,
    /// It was typed ahead, to a program that did not wait yet: what that says before it reads is no answer.
    ahead: bool,
    /// Where the output stood when it was seen that all was read.
    read_from: Option<u64>,
}

impl Server {
    /// A script has typed this. The file says so before the script is told that it was taken.
    pub(super) fn await_answer(&mut self, bytes: &[u8]) {
        let sends_off = self.judging.sends_off(bytes);
        let so_far = self.answer.map_or(0, |answer| answer.echoed).max(self.ring.written());
        let echoes = self.termios().is_some_and(|(_, echo)| echo);
        let echoed = so_far + if echoes { echo_length(bytes) } else { 0 };
        let ahead = self.publisher.record.status != Status::Waiting;
        // The parts of what one script types belong together.
        let ahead = self.answer.map_or(ahead, |answer| answer.ahead);
        self.answer = Some(Answer { typed: now(), enter: sends_off, echoed, ahead, read_from: None });
        if self.publisher.record.status != Status::Waiting {
            return;
        }
        if sends_off {
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
        let (Some(answer), now) = (&mut self.answer, now()) else { return };
        // The kernel hands over what is typed a moment later: who has not run since has not read it.
        let ran = self.judging.rests_since().is_none_or(|since| since > answer.typed);
        if read && ran {
            answer.read_from.get_or_insert(self.ring.written());
        }
        let answer = *answer;
        let verdict = self.judging.verdict();
        if verdict.status != Status::Waiting || self.pause.is_on() {
            return;
        }
        let over = match (read, ran) {
            (true, true) => now >= self.begun_by(&answer),
            (true, false) => now >= answer.typed + RUNS_WITHIN,
            (false, _) => now >= answer.typed + READS_WITHIN,
        };
        // A look that found the reader gone left the verdict of an earlier one standing.
        let seen = self.judging.decided() >= looked.max(answer.typed) && self.input.is_empty();
        if seen && over {
            let verdict = verdict.clone();
            self.answer = None;
            self.publisher.urgent();
            self.take_verdict(&verdict, now);
        } else if self.judging.due().is_none_or(|due| due > now + LOOK_AGAIN && now >= self.begun_by(&answer))
        {
            self.judging.child(now);
        }
    }

    /// When work on what was typed would have been seen.
    fn begun_by(&self, answer: &Answer) -> Duration {
        if self.judging.reads_alone() {
            return answer.typed;
        }
        let from = if answer.ahead { answer.read_from.unwrap_or(u64::MAX) } else { 0 };
        match self.ring.written() > answer.echoed.max(from) {
            true => answer.typed.max(self.wrote_at) + BEGINS_WITHIN,
            false if answer.enter => answer.typed + SAYS_WITHIN,
            false => answer.typed + BEGINS_WITHIN,
        }
    }

    /// When a wait that stands may count, if time alone is missing.
    pub(super) fn answer_due(&self, now: Duration) -> Option<Duration> {
        let answer = self.answer.filter(|_| self.judging.verdict().status == Status::Waiting)?;
        let due = self.begun_by(&answer);
        (due > now).then_some(due)
    }

    /// Whether nothing that a script typed is left for the program to read.
    pub(super) fn has_read(&self) -> bool {
        if self.answer.is_none() || !self.input.is_empty() {
            return false;
        }
        let Some(master) = &self.master else { return true };
        let held = tty::peer(master).is_ok_and(|slave| tty::unread(&slave).is_ok_and(|count| count > 0));
        !held && self.judging.reading(master.as_fd()).behind == 0
    }
}

/// Bytes that the kernel echoes for these: termios(3), ECHO and ECHOCTL.
fn echo_length(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| if *byte < 0x20 || *byte == 0x7f { 2 } else { 1 }).sum()
}
