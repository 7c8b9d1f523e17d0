//! Keeping the facts of a session, and judging it again from them: for tests, and to find out why a
//! verdict was wrong. A recording holds no key that was typed, but what the screen showed.

use std::collections::VecDeque;
use std::time::Duration;

use super::config::DetectConfig;
use super::engine::Engine;
use super::facts::{Event, Fact, Timed};
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
    let mut engine = Engine::new(config);
    let mut verdicts = Vec::new();
    for Timed { at, fact } in facts {
        if engine.take(*at, fact) {
            verdicts.push((*at, engine.verdict().clone()));
        }
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::super::facts::{
        KernelSnapshot, Link, Look, Modes, Reader, ScreenSnapshot, WaitCall, WakeSource,
    };
    use super::*;
    use crate::words::Status;

    /// A program that reads keys and hears from a server, which has sent so much by now.
    fn listens(received: u64) -> KernelSnapshot {
        let reader = Reader {
            pid: 7,
            tid: 7,
            call: WaitCall::Epoll,
            woken_by: WakeSource::Other,
            limit: None,
            clock: None,
            beside: vec!["a socket".into()],
            threads: 1,
            job_control: false,
            ran: received,
        };
        let link = Link { id: 1, sent: 500, received, sent_ago: 0, received_ago: 0, connecting: false };
        KernelSnapshot {
            foreground: 7,
            modes: Some(Modes { canonical: false, echo: false, limit: None }),
            readers: vec![reader],
            links: vec![link],
            ..KernelSnapshot::default()
        }
    }

    fn at(millis: u64, kernel: Option<KernelSnapshot>, picture: Option<u64>) -> Timed {
        let screen = picture.map(|picture| ScreenSnapshot {
            picture,
            changed: 40,
            rows: Some((3, 4)),
            visible: true,
            size: (80, 24),
            text: vec![format!("line {picture}")],
            line: Some(0),
            ..ScreenSnapshot::default()
        });
        let look = Look { kernel, screen };
        Timed { at: Duration::from_millis(millis), fact: Fact::Look(Box::new(look)) }
    }

    #[test]
    fn a_reason_does_not_outlive_what_it_tells_of() {
        let comes = (0..20).map(|step| at(1000 + step * 100, Some(listens(step * 5000)), Some(step)));
        let silence = (0..60).map(|step| at(3000 + step * 100, None, None));
        let patient = DetectConfig { quiet: Some(Duration::from_secs(4)), ..DetectConfig::default() };
        let verdicts = replay(&patient, &comes.chain(silence).collect::<Vec<_>>());
        let told: Vec<(u64, Status, &str)> = verdicts
            .iter()
            .map(|(at, verdict)| (at.as_millis() as u64, verdict.status, verdict.rule))
            .collect();
        let last_work = told.iter().rposition(|(_, status, _)| *status == Status::Processing).unwrap();
        let (moment, _, rule) = told[last_work];
        assert_eq!(rule, "nothing certain was seen since", "{told:?}");
        // The last bytes came at 2900.
        assert!(moment < 4500, "{told:?}");
        assert_eq!(told[last_work - 1].1, Status::Processing, "{told:?}");
        assert!(told[last_work + 1..].iter().any(|(_, status, _)| *status == Status::Waiting), "{told:?}");
        for (_, verdict) in &verdicts {
            assert!(verdict.evidence.iter().any(|sign| sign.decided), "{verdict:?}");
        }
    }
}
