//! Requests that are out, and bytes that come in.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::constants::{ANSWERED, INCOMING, REQUEST_BYTES, REQUEST_LIMIT};
use crate::facts::Link;

/// The connections so far.
#[derive(Debug, Default)]
pub(crate) struct Network {
    links: BTreeMap<u64, State>,
    /// When a connection with a request on it was last gone: it was answered and closed at once.
    answered: Option<Duration>,
}

/// One connection.
#[derive(Clone, Copy, Debug)]
struct State {
    sent: u64,
    received: u64,
    /// What had been sent when something was last received.
    answered: u64,
    last_sent: Duration,
    last_received: Option<Duration>,
    connecting: bool,
}

impl Network {
    /// Takes a look in.
    pub(crate) fn note(&mut self, at: Duration, links: &[Link]) {
        let old = std::mem::take(&mut self.links);
        let gone = |(id, state): (&u64, &State)| {
            state.sent > state.answered && !links.iter().any(|link| link.id == *id)
        };
        if old.iter().any(gone) {
            self.answered = Some(at);
        }
        self.links = links.iter().map(|link| (link.id, next(at, link, old.get(&link.id)))).collect();
    }

    /// Since when a request is out, if one is.
    pub(crate) fn request(&self, now: Duration) -> Option<Duration> {
        self.unanswered(now, REQUEST_BYTES)
    }

    /// The same, however short it is: for who waits for nothing else, and so sends no keep-alives.
    pub(crate) fn asked(&self, now: Duration) -> Option<Duration> {
        self.unanswered(now, 1)
    }

    fn unanswered(&self, now: Duration, bytes: u64) -> Option<Duration> {
        let out = |state: &&State| {
            let unanswered = state.sent.saturating_sub(state.answered) >= bytes;
            state.connecting || (unanswered && now.saturating_sub(state.last_sent) < REQUEST_LIMIT)
        };
        self.links.values().filter(out).map(|state| state.last_sent).max()
    }

    /// When an answer came that ended its connection, if that was a moment ago.
    pub(crate) fn closed(&self, now: Duration) -> Option<Duration> {
        self.answered.filter(|at| now.saturating_sub(*at) < ANSWERED)
    }

    /// When bytes last came in, if that was a moment ago.
    pub(crate) fn incoming(&self, now: Duration) -> Option<Duration> {
        let last = self.links.values().filter_map(|state| state.last_received).max()?;
        (now.saturating_sub(last) < INCOMING).then_some(last)
    }

    /// When time alone changes what holds.
    pub(crate) fn moments(&self) -> [Option<Duration>; 2] {
        let received = self.links.values().filter_map(|state| state.last_received).max();
        [received.map(|last| last + INCOMING), self.answered.map(|at| at + ANSWERED)]
    }
}

fn next(at: Duration, link: &Link, old: Option<&State>) -> State {
    let ago = |ms: u32| at.saturating_sub(Duration::from_millis(ms.into()));
    let sent_last = link.sent_ago < link.received_ago || link.received == 0;
    let (answered, came) = match old {
        // Met in the middle: if it spoke last, all that it said may be the question.
        None if sent_last => (0, false),
        None => (link.sent, false),
        Some(old) if link.received == old.received => (old.answered, false),
        // Between two looks it was answered and asked again.
        Some(old) if sent_last => (old.sent, true),
        Some(_) => (link.sent, true),
    };
    State {
        sent: link.sent,
        received: link.received,
        answered,
        last_sent: ago(link.sent_ago),
        last_received: if came {
            Some(ago(link.received_ago))
        } else {
            old.and_then(|old| old.last_received)
        },
        connecting: link.connecting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(sent: u64, received: u64, sent_ago: u32, received_ago: u32) -> Link {
        Link { id: 1, sent, received, sent_ago, received_ago, connecting: false }
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_request_is_out_until_something_comes_back() {
        let mut network = Network::default();
        network.note(at(0), &[link(500, 900, 5000, 4000)]);
        assert_eq!(network.request(at(0)), None);
        network.note(at(1000), &[link(800, 900, 10, 5000)]);
        assert_eq!(network.request(at(1000)), Some(at(990)));
        network.note(at(1500), &[link(800, 1900, 510, 100)]);
        assert_eq!((network.request(at(1500)), network.incoming(at(1500))), (None, Some(at(1400))));
        assert_eq!(network.incoming(at(2200)), None);
    }

    #[test]
    fn a_keep_alive_is_no_request_and_a_request_is_given_up() {
        let mut network = Network::default();
        network.note(at(0), &[link(500, 900, 5000, 4000)]);
        network.note(at(1000), &[link(540, 900, 10, 5000)]);
        assert_eq!(network.request(at(1000)), None);
        network.note(at(2000), &[link(900, 900, 10, 6000)]);
        assert!(network.request(at(2000)).is_some());
        assert_eq!(network.request(at(700_000)), None);
    }

    #[test]
    fn who_waits_for_nothing_else_has_asked_however_little() {
        let mut network = Network::default();
        network.note(at(0), &[link(500, 900, 5000, 4000)]);
        network.note(at(1000), &[link(540, 900, 10, 5000)]);
        assert_eq!((network.request(at(1000)), network.asked(at(1000))), (None, Some(at(990))));
        network.note(at(1500), &[link(540, 950, 510, 10)]);
        assert_eq!(network.asked(at(1500)), None);
    }

    #[test]
    fn a_connection_that_ends_with_its_answer_is_worked_on_for_a_moment() {
        let mut network = Network::default();
        network.note(at(0), &[link(300, 0, 10, 0)]);
        network.note(at(500), &[]);
        assert_eq!((network.closed(at(600)), network.closed(at(900))), (Some(at(500)), None));
        let mut idle = Network::default();
        idle.note(at(0), &[link(500, 900, 5000, 4000)]);
        idle.note(at(500), &[]);
        assert_eq!(idle.closed(at(600)), None);
    }

    #[test]
    fn a_new_connection_that_spoke_last_has_asked() {
        let mut network = Network::default();
        network.note(at(0), &[link(300, 0, 10, 0)]);
        assert!(network.request(at(0)).is_some());
        network.note(at(100), &[]);
        assert_eq!(network.request(at(100)), None);
        network.note(at(200), &[Link { connecting: true, ..link(0, 0, 0, 0) }]);
        assert!(network.request(at(200)).is_some());
    }
}
