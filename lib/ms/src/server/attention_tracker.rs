//! Whether a person is needed, from what the session does, what it was given to do, and who has looked.
//! Pure: it is told, and says the word.

use std::time::Duration;

use ms_platform::time::Time;
use msession::format::attention::{self, Attention};
use msession::format::status::{Kind, Status};

/// Who was busy for so long has worked.
const WORK: Duration = Duration::from_secs(1);
/// So long after a key the status shows what came of it.
const SHOWS_WITHIN: Duration = Duration::from_secs(1);

/// What the status says, as far as attention goes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// It works, runs, or was paused.
    Busy,
    /// It waits for an answer, is stopped in front or held back.
    Asking,
    /// It waits at a prompt.
    Resting,
}

impl Activity {
    /// `halted`: what is in front is stopped, or its output held back.
    pub(super) fn of(status: Status, kind: Option<Kind>, halted: bool) -> Activity {
        match status {
            Status::Waiting if halted || kind.is_some_and(attention::is_question) => Activity::Asking,
            Status::Waiting => Activity::Resting,
            _ => Activity::Busy,
        }
    }
}

/// What nobody has seen yet.
#[derive(Debug)]
pub(super) struct AttentionTracker {
    activity: Activity,
    busy_since: Time,
    /// It was given something to do, or has worked, and nobody has seen what became of that.
    owes: bool,
    /// It has come to rest since.
    rested: bool,
    looking: bool,
    typed: Option<Time>,
    /// It has come to rest at least once.
    has_rested: bool,
    on_purpose: bool,
}

impl AttentionTracker {
    /// A session that has just begun.
    pub(super) fn new(now: Time) -> AttentionTracker {
        AttentionTracker {
            activity: Activity::Busy,
            busy_since: now,
            owes: false,
            rested: false,
            looking: false,
            typed: None,
            has_rested: false,
            on_purpose: false,
        }
    }

    /// It was looked at what the session does, and this is so.
    pub(super) fn does(&mut self, activity: Activity, now: Time) {
        let before = std::mem::replace(&mut self.activity, activity);
        match (before, activity) {
            (Activity::Busy, Activity::Busy) => return,
            (_, Activity::Busy) => self.busy_since = now,
            (Activity::Busy, _) => self.owes |= self.busy_since.until(now) >= WORK,
            _ => {}
        }
        // A question that goes away by itself has not been seen.
        self.owes |= activity == Activity::Asking;
        self.rested = activity == Activity::Resting;
        self.has_rested |= activity != Activity::Busy;
        self.settle();
    }

    /// Something was typed.
    pub(super) fn typed(&mut self, now: Time) {
        (self.owes, self.rested, self.typed) = (true, false, Some(now));
    }

    /// A person's terminal is on it, or none is any more.
    pub(super) fn looked_at(&mut self, looking: bool, now: Time) {
        // Who leaves has seen that nothing came of the last key.
        let shown = self.typed.is_none_or(|typed| typed.until(now) >= SHOWS_WITHIN);
        if self.looking && !looking && self.activity == Activity::Resting && shown {
            self.owes = false;
        }
        self.looking = looking;
        self.settle();
    }

    /// A person says that they have seen it.
    pub(super) fn seen(&mut self) {
        if self.activity == Activity::Resting {
            (self.owes, self.rested) = (false, true);
        }
    }

    /// Somebody has it end.
    pub(super) fn ends_on_purpose(&mut self) {
        self.on_purpose = true;
    }

    /// Whether somebody has it end.
    pub(super) fn ends_so_on_purpose(&self) -> bool {
        self.on_purpose
    }

    /// It has ended; whether anybody is needed. A program that never rested has done what it was started for,
    /// however short that was.
    pub(super) fn ended(&self, now: Time) -> Option<Attention> {
        let worked = match self.activity {
            Activity::Busy => !self.has_rested || self.busy_since.until(now) >= WORK,
            Activity::Asking => true,
            Activity::Resting => false,
        };
        let unseen = (self.owes || worked) && !self.looking && !self.on_purpose;
        unseen.then_some(Attention::Done)
    }

    fn settle(&mut self) {
        if self.looking && self.activity == Activity::Resting && self.rested {
            self.owes = false;
        }
    }

    /// Who is needed now.
    pub(super) fn attention(&self) -> Option<Attention> {
        match self.activity {
            Activity::Busy => None,
            Activity::Asking => Some(Attention::Asks),
            Activity::Resting if self.owes && self.rested => Some(Attention::Done),
            Activity::Resting => Some(Attention::Idle),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Time {
        Time(milliseconds)
    }

    /// What it was given to do before it came to where it is.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Given {
        Nothing,
        ShortWork,
        Work,
        Input,
    }

    /// Who looks at it.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Look {
        Never,
        Before,
        Throughout,
        After,
        Marked,
    }

    const GIVEN: [Given; 4] = [Given::Nothing, Given::ShortWork, Given::Work, Given::Input];
    const LOOKS: [Look; 5] = [Look::Never, Look::Before, Look::Throughout, Look::After, Look::Marked];

    /// It starts and rests, is given something, and then does `doing`.
    fn story(activity: Activity, given: Given, look: Look) -> AttentionTracker {
        let mut tracker = AttentionTracker::new(at(0));
        tracker.does(Activity::Resting, at(100));
        tracker.looked_at(matches!(look, Look::Before | Look::Throughout), at(200));
        if given == Given::Input {
            tracker.typed(at(300));
        }
        if given != Given::Nothing {
            tracker.does(Activity::Busy, at(310));
        }
        tracker.looked_at(look == Look::Throughout, at(320));
        let end = if given == Given::Work { at(1310) } else { at(700) };
        tracker.does(activity, end);
        tracker.looked_at(matches!(look, Look::After | Look::Throughout), at(2000));
        if look == Look::Marked {
            tracker.seen();
        }
        tracker
    }

    #[test]
    fn every_state_with_all_that_was_given_and_all_who_looked() {
        for given in GIVEN {
            for look in LOOKS {
                let attention = |activity| story(activity, given, look).attention();
                let seen = matches!(look, Look::Throughout | Look::After | Look::Marked);
                let rest = match given {
                    Given::Work | Given::Input if !seen => Attention::Done,
                    _ => Attention::Idle,
                };
                assert_eq!(attention(Activity::Resting), Some(rest), "{given:?} {look:?}");
                assert_eq!(attention(Activity::Asking), Some(Attention::Asks), "{given:?} {look:?}");
                assert_eq!(attention(Activity::Busy), None, "{given:?} {look:?}");
            }
        }
    }

    /// Every status and kind; what it was given (nothing, work) and whether anybody has looked since; and the
    /// attention that is right then.
    const TABLE: &str = "
        active      -           -     -     -     -
        processing  -           -     -     -     -
        paused      -           -     -     -     -
        waiting     password    asks  asks  asks  asks
        waiting     confirm     asks  asks  asks  asks
        waiting     line        asks  asks  asks  asks
        waiting     menu        asks  asks  asks  asks
        waiting     permission  asks  asks  asks  asks
        waiting     question    asks  asks  asks  asks
        waiting     auth        asks  asks  asks  asks
        waiting     shell       idle  idle  done  idle
        waiting     repl        idle  idle  done  idle
        waiting     turn        idle  idle  done  idle
        waiting     pager       idle  idle  done  idle
        waiting     editor      idle  idle  done  idle
        waiting     unknown     idle  idle  done  idle
        waiting     stopped     asks  asks  asks  asks
        completed   -           -     -     done  -
    ";

    #[test]
    fn the_whole_table_of_status_given_and_looked_at() {
        let word = |attention: Option<Attention>| attention.map_or("-", Attention::as_str);
        let mut covered = std::collections::BTreeSet::new();
        for row in TABLE.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()) {
            let [status, kind, right @ ..] = row.as_slice() else { continue };
            covered.insert((*status, *kind));
            let is = |given, look| match status.parse().unwrap() {
                Status::Completed => story(Activity::Resting, given, look).ended(at(2010)),
                status => {
                    let activity = Activity::of(status, kind.parse().ok(), *kind == "stopped");
                    story(activity, given, look).attention()
                }
            };
            for (given, columns) in [(Given::Nothing, &right[..2]), (Given::Work, &right[2..])] {
                let ways = [(Look::Never, columns[0]), (Look::Before, columns[0])];
                let seen = [Look::After, Look::Throughout, Look::Marked].map(|look| (look, columns[1]));
                for (look, right) in ways.into_iter().chain(seen) {
                    assert_eq!(word(is(given, look)), right, "{status} {kind} {given:?} {look:?}");
                }
            }
        }
        let statuses = Status::ALL.into_iter().filter(|status| *status != Status::Waiting);
        assert!(statuses.map(Status::as_str).all(|status| covered.contains(&(status, "-"))));
        assert!(Kind::ALL.into_iter().all(|kind| covered.contains(&("waiting", kind.as_str()))));
    }

    #[test]
    fn every_end_with_all_that_was_given_and_all_who_looked() {
        for given in GIVEN {
            for look in LOOKS {
                let ended = |activity| story(activity, given, look).ended(at(2010));
                let there = matches!(look, Look::Throughout | Look::After);
                let seen = there || look == Look::Marked;
                let done = |owes: bool| owes.then_some(Attention::Done);
                let owes = matches!(given, Given::Work | Given::Input);
                assert_eq!(ended(Activity::Resting), done(owes && !seen), "{given:?} {look:?}");
                assert_eq!(ended(Activity::Asking), done(!there), "{given:?} {look:?}");
                // Whoever says that they have seen it work has not seen it end.
                assert_eq!(ended(Activity::Busy), done(!there), "{given:?} {look:?}");
                let mut closed = story(Activity::Busy, given, look);
                closed.ends_on_purpose();
                assert_eq!(closed.ended(at(2010)), None, "{given:?} {look:?}");
            }
        }
    }

    #[test]
    fn a_program_that_ends_at_once_has_done_what_it_was_started_for() {
        let mut tracker = AttentionTracker::new(at(0));
        assert_eq!(tracker.ended(at(10)), Some(Attention::Done));
        tracker.does(Activity::Resting, at(20));
        assert_eq!(tracker.ended(at(30)), None, "it was given nothing");
        tracker.does(Activity::Busy, at(40));
        assert_eq!(tracker.ended(at(50)), None, "nor has it worked");
        assert_eq!(tracker.ended(at(1040)), Some(Attention::Done));
        tracker.looked_at(true, at(1050));
        assert_eq!(tracker.ended(at(1060)), None, "somebody sees it end");
    }

    #[test]
    fn each_status_and_kind_is_one_of_three() {
        for status in Status::ALL {
            assert_eq!(Activity::of(status, None, false) == Activity::Busy, status != Status::Waiting);
        }
        let asking: Vec<&str> = Kind::ALL
            .into_iter()
            .filter(|kind| Activity::of(Status::Waiting, Some(*kind), false) == Activity::Asking)
            .map(Kind::as_str)
            .collect();
        assert_eq!(asking, ["password", "confirm", "line", "menu", "permission", "question", "auth"]);
        assert_eq!(
            Activity::of(Status::Waiting, Some(Kind::Shell), true),
            Activity::Asking,
            "stopped in front"
        );
        assert_eq!(Activity::of(Status::Waiting, None, false), Activity::Resting);
    }

    #[test]
    fn a_key_that_changes_nothing_owes_nothing_to_who_saw_that() {
        let mut tracker = AttentionTracker::new(at(0));
        tracker.does(Activity::Resting, at(100));
        tracker.looked_at(true, at(200));
        tracker.typed(at(1000));
        assert_eq!(tracker.attention(), Some(Attention::Idle), "no word for each key");
        tracker.looked_at(false, at(2000));
        tracker.does(Activity::Resting, at(9000));
        assert_eq!(tracker.attention(), Some(Attention::Idle));
    }

    #[test]
    fn who_leaves_at_once_has_not_seen_what_comes_of_the_last_key() {
        let mut tracker = AttentionTracker::new(at(0));
        tracker.does(Activity::Resting, at(100));
        tracker.looked_at(true, at(200));
        tracker.typed(at(1000));
        tracker.looked_at(false, at(1100));
        tracker.does(Activity::Busy, at(1110));
        tracker.does(Activity::Resting, at(1200));
        assert_eq!(tracker.attention(), Some(Attention::Done));
        tracker.looked_at(true, at(1300));
        assert_eq!(tracker.attention(), Some(Attention::Idle));
    }

    #[test]
    fn a_question_that_went_away_unseen_is_something_to_look_at() {
        let mut tracker = AttentionTracker::new(at(0));
        tracker.does(Activity::Asking, at(100));
        tracker.does(Activity::Resting, at(30_000));
        assert_eq!(tracker.attention(), Some(Attention::Done));
    }

    #[test]
    fn a_question_is_one_however_long_somebody_looks() {
        let mut tracker = AttentionTracker::new(at(0));
        tracker.looked_at(true, at(10));
        tracker.does(Activity::Asking, at(100));
        tracker.seen();
        assert_eq!(tracker.attention(), Some(Attention::Asks));
    }

    #[test]
    fn a_start_that_took_its_time_is_work() {
        let mut tracker = AttentionTracker::new(at(0));
        tracker.does(Activity::Resting, at(1500));
        assert_eq!(tracker.attention(), Some(Attention::Done));
    }
}
