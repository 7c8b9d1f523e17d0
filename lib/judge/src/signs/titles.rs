//! Titles that move: a program that changes its title again and again is at work.

use std::collections::VecDeque;
use std::time::Duration;

use crate::constants::{REGULAR, TITLE_AFTER, TITLE_CHANGES, TITLE_SPAN, TITLE_SPINNER};

/// The title and its changes.
#[derive(Debug, Default)]
pub(crate) struct Titles {
    title: String,
    changes: VecDeque<Duration>,
    /// The last two turns of a sign before an otherwise equal title.
    turns: VecDeque<Duration>,
}

impl Titles {
    /// A title was set.
    pub(crate) fn note(&mut self, at: Duration, title: &str) {
        if title == self.title {
            return;
        }
        if turned(&self.title, title) {
            push(&mut self.turns, at, 2);
        } else {
            self.turns.clear();
        }
        push(&mut self.changes, at, TITLE_CHANGES);
        title.clone_into(&mut self.title);
    }

    /// Another program came to the front: what was set up to `looked`, the look before, was not by it.
    pub(crate) fn new_program(&mut self, looked: Duration) {
        self.changes.retain(|at| *at > looked);
        self.turns.retain(|at| *at > looked);
    }

    /// When the title last moved, if it moves.
    pub(crate) fn moving(&self, now: Duration) -> Option<Duration> {
        let until = self.until()?;
        (now < until).then(|| self.changes.back().copied()).flatten()
    }

    /// How long the title has stood still.
    pub(crate) fn still(&self, now: Duration) -> Duration {
        self.changes.back().map_or(now, |last| now.saturating_sub(*last))
    }

    /// When time alone changes what holds.
    pub(crate) fn moments(&self) -> Option<Duration> {
        self.until()
    }

    /// Until when the title moves, for all that is known.
    fn until(&self) -> Option<Duration> {
        let (first, last) = (*self.changes.front()?, *self.changes.back()?);
        let often = self.changes.len() == TITLE_CHANGES && last - first <= TITLE_SPAN;
        let often = often.then(|| last + TITLE_AFTER);
        let turns = self.turns.back().filter(|_| self.turns.len() == 2).and_then(|last| {
            let gap = *last - self.turns[0];
            (gap <= TITLE_SPINNER).then(|| *last + gap.mul_f64(REGULAR).max(TITLE_AFTER))
        });
        often.max(turns)
    }
}

fn push(moments: &mut VecDeque<Duration>, at: Duration, most: usize) {
    moments.push_back(at);
    if moments.len() > most {
        moments.pop_front();
    }
}

/// Whether only the sign before the text has changed, from one sign to another.
fn turned(old: &str, new: &str) -> bool {
    let split = |title: &str| {
        let first = title.chars().next()?;
        let sign = !first.is_alphanumeric() && !first.is_whitespace();
        sign.then(|| (first, title[first.len_utf8()..].to_owned()))
    };
    match (split(old), split(new)) {
        (Some((before, rest)), Some((after, same))) => before != after && rest == same,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn three_changes_in_a_moment_are_work_until_a_moment_after() {
        let mut titles = Titles::default();
        titles.note(at(0), "one");
        titles.note(at(400), "two");
        assert_eq!(titles.moving(at(400)), None);
        titles.note(at(800), "three");
        titles.note(at(900), "three");
        assert_eq!(titles.moving(at(1000)), Some(at(800)));
        assert_eq!(titles.moving(at(1600)), None);
        titles.note(at(9000), "four");
        assert_eq!(titles.moving(at(9000)), None);
    }

    #[test]
    fn a_sign_that_turns_slowly_is_a_spinner() {
        let mut titles = Titles::default();
        titles.note(at(0), "⠂ fix");
        titles.note(at(960), "⠐ fix");
        assert_eq!(titles.moving(at(1000)), None);
        titles.note(at(1920), "⠂ fix");
        assert!(titles.moving(at(3000)).is_some());
        titles.note(at(3100), "✳ fix");
        titles.note(at(3200), "fix");
        assert_eq!(titles.moving(at(4500)), None);
    }
}
