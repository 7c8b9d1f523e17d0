//! After a script has typed, the wait that it answered may be over, whatever the judge has yet seen: for
//! `mssend … && mswait …` to mean anything, a session must not pass for waiting before it waits again.
//! So from then on a wait counts only if it was seen after the program had read what was typed, and had
//! begun on it. Pure: what is to be known is told.
//!
//! A thread that waits for the terminal and for nothing else, the only one of its program, has begun and
//! ended when it waits again. In any other program the one that reads hands on to one that works: whether
//! that has begun shows only a moment later.

use std::time::Duration;

use ms_judge::{Source, Verdict};
use msession::format::status::Status;

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

/// What a script has typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScriptTyped {
    /// When.
    pub(super) at: Duration,
    /// It sends off what the program waits for.
    pub(super) sends_off: bool,
    /// Where the output stood.
    pub(super) written: u64,
    /// Bytes that the kernel echoes of it.
    pub(super) echoed: u64,
}

/// What the program has done since, as far as that is known at some moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    /// Where the output stands.
    pub(super) written: u64,
    /// When the program last wrote.
    pub(super) wrote_at: Duration,
    /// The reader waits for the terminal alone and has no other threads.
    pub(super) reads_alone: bool,
}

/// What a look has found, or the last one before now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looked<'a> {
    /// The moment before it.
    pub(super) at: Duration,
    pub(super) now: Duration,
    /// The verdict as it stands.
    pub(super) verdict: &'a Verdict,
    /// When that was last drawn, and did not merely stand.
    pub(super) decided: Duration,
    /// Since when the reader rests, if somebody reads.
    pub(super) rests_since: Option<Duration>,
    /// When the next look is due.
    pub(super) next: Option<Duration>,
    /// Before it nothing that was typed was left to be read.
    pub(super) read: bool,
    /// Nothing waits to be typed.
    pub(super) all_typed: bool,
    pub(super) work: Work,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// That has not been seen yet.
    Open,
    /// Nor will it without another look soon.
    LookAgain,
    /// The wait that stands is a new one.
    WaitsAnew,
}

/// What was typed, and what is known of what came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    /// When the terminal last took some of it.
    typed: Duration,
    /// It sends something off.
    enter: bool,
    /// Where the output stands once the kernel has echoed all of it: more is the program's.
    echoed: u64,
    /// It was typed ahead, to a program that did not wait yet: what that says before it reads is no answer.
    ahead: bool,
    /// Where the output stood when it was seen that all was read.
    read_from: Option<u64>,
}

impl Answer {
    /// Typed now, to a program that waits or does not. The parts of what one script types belong together.
    pub(super) fn new(before: Option<&Answer>, typed: &ScriptTyped, waits: bool) -> Answer {
        let so_far = before.map_or(0, |answer| answer.echoed).max(typed.written);
        Answer {
            typed: typed.at,
            enter: typed.sends_off,
            echoed: so_far + typed.echoed,
            ahead: before.map_or(!waits, |answer| answer.ahead),
            read_from: None,
        }
    }

    /// The terminal has taken some of it.
    pub(super) fn taken(&mut self, now: Duration) {
        self.typed = now;
    }

    /// What is known of it after a look.
    pub(super) fn outcome(&mut self, looked: &Looked<'_>, paused: bool) -> Outcome {
        let (now, read) = (looked.now, looked.read);
        // The kernel hands over what is typed a moment later: who has not run since has not read it.
        let ran = looked.rests_since.is_none_or(|since| since > self.typed);
        if read && ran {
            self.read_from.get_or_insert(looked.work.written);
        }
        if looked.verdict.status != Status::Waiting || paused {
            return Outcome::Open;
        }
        if self.is_said(looked.verdict) {
            return Outcome::WaitsAnew;
        }
        let begun_by = self.begun_by(&looked.work);
        let over = match (read, ran) {
            (true, true) => now >= begun_by,
            (true, false) => now >= self.typed + RUNS_WITHIN,
            (false, _) => now >= self.typed + READS_WITHIN,
        };
        // A look that found the reader gone left the verdict of an earlier one standing.
        if looked.decided >= looked.at.max(self.typed) && looked.all_typed && over {
            Outcome::WaitsAnew
        } else if looked.next.is_none_or(|next| next > now + LOOK_AGAIN && now >= begun_by) {
            Outcome::LookAgain
        } else {
            Outcome::Open
        }
    }

    /// The program, or a hook of it, has said since that it waits: that needs no guess.
    fn is_said(&self, verdict: &Verdict) -> bool {
        let said = [Source::Mark, Source::Report];
        verdict
            .evidence
            .iter()
            .any(|sign| sign.decided && said.contains(&sign.source) && sign.seen > self.typed)
    }

    /// When work on what was typed would have been seen.
    pub(super) fn begun_by(&self, work: &Work) -> Duration {
        if work.reads_alone {
            return self.typed;
        }
        let from = if self.ahead { self.read_from.unwrap_or(u64::MAX) } else { 0 };
        match work.written > self.echoed.max(from) {
            // What it goes on to write may be a clock, and is no answer.
            true => work.wrote_at.clamp(self.typed, self.typed + SAYS_WITHIN) + BEGINS_WITHIN,
            false if self.enter => self.typed + SAYS_WITHIN,
            false => self.typed + BEGINS_WITHIN,
        }
    }
}

/// Bytes that the kernel echoes for these: termios(3), ECHO and ECHOCTL.
pub(super) fn echo_length(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| if *byte < 0x20 || *byte == 0x7f { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_judge::{Sign, Verdict};
    use msession::format::status::Confidence;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn verdict(status: Status) -> Verdict {
        let (kind, message, evidence) = (None, None, Vec::new());
        let since = Duration::ZERO;
        Verdict { status, kind, confidence: Confidence::Low, message, since, rule: "", until: "", evidence }
    }

    #[test]
    fn a_wait_that_the_program_reports_after_it_needs_no_guess() {
        for (source, seen, outcome) in [
            (Source::Report, 1100, Outcome::WaitsAnew),
            (Source::Mark, 1100, Outcome::WaitsAnew),
            (Source::Report, 900, Outcome::Open),
            (Source::Reader, 1100, Outcome::Open),
        ] {
            let sign = Sign { source, says: String::new(), seen: at(seen), decided: true };
            let waits = Verdict { evidence: vec![sign], ..verdict(Status::Waiting) };
            assert_eq!(enter().outcome(&looked(&waits, 1120, 60), false), outcome, "{source:?} at {seen}");
        }
    }

    /// An Enter at 1000 ms, with the output at 50 of which 2 bytes are its echo.
    fn enter() -> Answer {
        let typed = ScriptTyped { at: at(1000), sends_off: true, written: 50, echoed: 2 };
        Answer::new(None, &typed, true)
    }

    /// A look at `now` by which all was typed and read, and that found the program waiting.
    fn looked(verdict: &Verdict, now: u64, written: u64) -> Looked<'_> {
        Looked {
            at: at(now),
            now: at(now),
            verdict,
            decided: at(now),
            rests_since: Some(at(now)),
            next: Some(at(now + 100)),
            read: true,
            all_typed: true,
            work: Work { written, wrote_at: at(1100), reads_alone: false },
        }
    }

    #[test]
    fn a_thread_alone_that_waits_again_waits_anew() {
        let waits = verdict(Status::Waiting);
        let mut look = looked(&waits, 1001, 50);
        look.work.reads_alone = true;
        assert_eq!(enter().outcome(&look, false), Outcome::WaitsAnew);
        assert_eq!(enter().outcome(&look, true), Outcome::Open, "not while it is paused");
        look.read = false;
        assert_eq!(enter().outcome(&look, false), Outcome::Open, "it has not read yet");
    }

    #[test]
    fn others_are_given_time_to_begin_and_more_of_it_to_say_anything() {
        let waits = verdict(Status::Waiting);
        let cases = [
            (1699, 60, Outcome::Open),
            (1700, 60, Outcome::WaitsAnew),
            (3999, 52, Outcome::Open),
            (4000, 52, Outcome::WaitsAnew),
        ];
        let clock = Looked {
            work: Work { wrote_at: at(9000), ..looked(&waits, 9010, 60).work },
            ..looked(&waits, 9010, 60)
        };
        assert_eq!(enter().outcome(&clock, false), Outcome::WaitsAnew, "it draws a clock");
        for (now, written, outcome) in cases {
            assert_eq!(enter().outcome(&looked(&waits, now, written), false), outcome, "{now} {written}");
        }
    }

    #[test]
    fn who_does_not_run_or_does_not_read_waits_as_before_in_the_end() {
        let waits = verdict(Status::Waiting);
        for (now, read, outcome) in [
            (1999, true, Outcome::Open),
            (2000, true, Outcome::WaitsAnew),
            (10_999, false, Outcome::Open),
            (11_000, false, Outcome::WaitsAnew),
        ] {
            let look = Looked { read, rests_since: Some(at(900)), ..looked(&waits, now, 50) };
            assert_eq!(enter().outcome(&look, false), outcome, "{now} {read}");
        }
    }

    #[test]
    fn no_verdict_of_before_counts_nor_one_with_something_still_to_be_typed() {
        let (waits, works) = (verdict(Status::Waiting), verdict(Status::Processing));
        let over = looked(&waits, 5000, 60);
        assert_eq!(enter().outcome(&Looked { decided: at(4999), ..over }, false), Outcome::Open);
        assert_eq!(enter().outcome(&Looked { all_typed: false, ..over }, false), Outcome::Open);
        assert_eq!(enter().outcome(&Looked { verdict: &works, ..over }, false), Outcome::Open);
        let unseen = Looked { decided: at(900), next: None, ..over };
        assert_eq!(enter().outcome(&unseen, false), Outcome::LookAgain, "nothing else would look");
    }

    #[test]
    fn what_is_said_before_what_was_typed_ahead_is_read_is_no_answer_to_it() {
        let typed = ScriptTyped { at: at(1000), sends_off: true, written: 50, echoed: 2 };
        let mut ahead = Answer::new(None, &typed, false);
        let work = |written| Work { written, wrote_at: at(1100), reads_alone: false };
        assert_eq!(ahead.begun_by(&work(500)), at(4000));
        let waits = verdict(Status::Waiting);
        let _ = ahead.outcome(&looked(&waits, 1200, 500), false);
        assert_eq!(ahead.begun_by(&work(500)), at(4000));
        assert_eq!(ahead.begun_by(&work(501)), at(1700));
        let more = Answer::new(Some(&ahead), &typed, true);
        assert!(more.ahead && more.echoed == 54, "the parts belong together: {more:?}");
    }

    #[test]
    fn control_characters_are_echoed_as_two() {
        assert_eq!(echo_length(b"ab\r\x7f"), 6);
    }
}
