//! Keeping the facts of a session, and judging it again from them: for tests, and to find out why a
//! verdict was wrong. A recording holds no key that was typed, but what the screen showed.

use std::collections::VecDeque;
use std::time::Duration;

use super::config::DetectConfig;
use super::facts::{Event, Fact, Timed};
use super::mind::Mind;
use super::verdict::Verdict;

/// So many facts are kept; then the oldest go.
const MOST: usize = 20_000;

/// The facts so far.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    facts: VecDeque<Timed>,
}

impl Recorder {
    /// Keeps a fact. Output that follows output is one fact.
    pub(super) fn push(&mut self, new: Timed) {
        if let (
            Some(Timed { fact: Fact::Event(Event::Output { bytes }), .. }),
            Fact::Event(Event::Output { bytes: more }),
        ) = (self.facts.back_mut(), &new.fact)
        {
            *bytes += more;
            return;
        }
        if self.facts.len() >= MOST {
            self.facts.pop_front();
        }
        self.facts.push_back(new);
    }

    pub(super) fn facts(&self) -> impl Iterator<Item = &Timed> {
        self.facts.iter()
    }
}

/// Judges recorded facts: each verdict that differed from the one before it, with its moment.
pub fn replay<'a>(
    config: &DetectConfig,
    facts: impl IntoIterator<Item = &'a Timed>,
) -> Vec<(Duration, Verdict)> {
    let mut mind = Mind::new(config);
    let mut verdicts = Vec::new();
    for Timed { at, fact } in facts {
        if mind.take(*at, fact) {
            verdicts.push((*at, mind.verdict().clone()));
        }
    }
    verdicts
}
