//! Requests that are out, and bytes that come in.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::constants::*;
use crate::facts::Link;

/// The connections so far.
#[derive(Debug, Default)]
pub(crate) struct Network {
    links: BTreeMap<u64, LinkState>,
    /// When a connection with a request on it was last gone: it was answered and closed at once.
    answered: Option<Duration>,
}

/// One connection.
#[derive(Clone, Copy, Debug)]
struct LinkState {
    sent: u64,
    received: u64,
    /// What had been sent when something was last received.
    answered: u64,
    /// What had been sent when so much was last received that it answers.
    settled: Settled,
    last_sent: Duration,
    last_received: Option<Duration>,
    connecting: bool,
    inside: bool,
}

/// Up to where a connection's requests were answered, and not only acknowledged.
#[derive(Clone, Copy, Debug)]
struct Settled {
    sent: u64,
    received: u64,
    /// When some bytes came that may be no answer.
    acknowledged: Option<Duration>,
}

/// A request that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// When it was sent.
    pub(crate) at: Duration,
    /// When it was acknowledged by some bytes that may be all there is to come.
    pub(crate) acknowledged: Option<Duration>,
}

impl Network {
    /// Takes a look in.
    pub(crate) fn note(&mut self, at: Duration, links: &[Link]) {
        let old = std::mem::take(&mut self.links);
        let gone = |(id, state): (&u64, &LinkState)| {
            state.sent > state.answered && !links.iter().any(|link| link.id == *id)
        };
        if old.iter().any(gone) {
            self.answered = Some(at);
        }
        self.links = links.iter().map(|link| (link.id, next(at, link, old.get(&link.id)))).collect();
    }

    /// The last request that is out, if one is. One that was only acknowledged is answered by what the program
    /// shows after that, on a screen that moved last at `moved`; `entered` is when something was last sent off.
    pub(crate) fn request(
        &self,
        now: Duration,
        moved: Duration,
        entered: Option<Duration>,
    ) -> Option<Request> {
        let out = |state: &LinkState| state.request(now, moved, entered);
        self.links.values().filter_map(out).max_by_key(|request| request.at)
    }

    /// When something was asked that is not answered, however short it is: for who waits for nothing else, and so
    /// sends no keep-alives.
    pub(crate) fn asked(&self, now: Duration) -> Option<Duration> {
        let out = |state: &&LinkState| {
            let recent = now.saturating_sub(state.last_sent) < REQUEST_LIMIT;
            state.connecting || (state.sent > state.answered && recent)
        };
        self.links.values().filter(out).map(|state| state.last_sent).max()
    }

    /// When an answer came that ended its connection, if that was a moment ago.
    pub(crate) fn closed(&self, now: Duration) -> Option<Duration> {
        self.answered.filter(|at| now.saturating_sub(*at) < ANSWERED)
    }

    /// When bytes last came in, if that was a moment ago.
    pub(crate) fn incoming(&self, now: Duration) -> Option<Duration> {
        let outside = self.links.values().filter(|state| !state.inside);
        let last = outside.filter_map(|state| state.last_received).max()?;
        (now.saturating_sub(last) < INCOMING).then_some(last)
    }

    /// When time alone changes what holds.
    pub(crate) fn moments(&self) -> [Option<Duration>; 3] {
        let received = self.links.values().filter_map(|state| state.last_received).max();
        let doubtful =
            self.links.values().filter(|state| state.sent > state.answered.min(state.settled.sent));
        let doubtful = doubtful.map(|state| state.last_sent + REQUEST_DOUBTFUL).max();
        [received.map(|last| last + INCOMING), self.answered.map(|at| at + ANSWERED), doubtful]
    }
}

impl LinkState {
    fn request(&self, now: Duration, moved: Duration, entered: Option<Duration>) -> Option<Request> {
        let age = now.saturating_sub(self.last_sent);
        let out = |acknowledged| Some(Request { at: self.last_sent, acknowledged });
        if self.connecting
            || (self.sent.saturating_sub(self.answered) >= REQUEST_BYTES && age < REQUEST_LIMIT)
        {
            return out(None);
        }
        if age >= REQUEST_DOUBTFUL {
            return None;
        }
        // What it shows right after Enter is the echo of that.
        let echo = |at: Duration| entered.is_some_and(|entered| at < entered + INCOMING_ENTERED);
        let shown = |at: Duration| moved > at + if echo(at) { ECHO } else { Duration::ZERO };
        let acknowledged = self.settled.acknowledged.filter(|at| !shown(*at));
        let unsettled = self.sent.saturating_sub(self.settled.sent) >= REQUEST_BYTES;
        if let Some(at) = acknowledged.filter(|_| unsettled) {
            return out(Some(at));
        }
        let soon = |entered: Duration| {
            self.last_sent + TICKS >= entered && self.last_sent < entered + REQUEST_ENTERED
        };
        if self.sent > self.answered && entered.is_some_and(soon) { out(None) } else { None }
    }
}

impl Settled {
    /// Goes on from what was settled before, `answered` being what the last bytes received would answer.
    fn next(self, at: Duration, link: &Link, answered: u64) -> Settled {
        let asks = answered.saturating_sub(self.sent) >= REQUEST_BYTES;
        let came = link.received.saturating_sub(self.received);
        match (came, asks) {
            (0, _) => self,
            (..ACKNOWLEDGED, true) => Settled { acknowledged: self.acknowledged.or(Some(at)), ..self },
            _ => Settled { sent: answered, received: link.received, acknowledged: None },
        }
    }
}

fn next(at: Duration, link: &Link, old: Option<&LinkState>) -> LinkState {
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
    let received = ago(link.received_ago);
    let fresh = Settled { sent: 0, received: 0, acknowledged: None };
    LinkState {
        sent: link.sent,
        received: link.received,
        answered,
        settled: old.map_or(fresh, |old| old.settled).next(received, link, answered),
        last_sent: ago(link.sent_ago),
        last_received: if came { Some(received) } else { old.and_then(|old| old.last_received) },
        connecting: link.connecting,
        inside: link.inside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(sent: u64, received: u64, sent_ago: u32, received_ago: u32) -> Link {
        Link { id: 1, sent, received, sent_ago, received_ago, ..Link::default() }
    }

    impl Network {
        /// When a request was sent that is out, at a screen that never moved, with nothing entered.
        fn out(&self, now: Duration) -> Option<Duration> {
            self.request(now, Duration::ZERO, None).map(|request| request.at)
        }
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_request_is_out_until_something_comes_back() {
        let mut network = Network::default();
        network.note(at(0), &[link(500, 900, 5000, 4000)]);
        assert_eq!(network.out(at(0)), None);
        network.note(at(1000), &[link(800, 900, 10, 5000)]);
        assert_eq!(network.out(at(1000)), Some(at(990)));
        network.note(at(1500), &[link(800, 1900, 510, 100)]);
        assert_eq!((network.out(at(1500)), network.incoming(at(1500))), (None, Some(at(1400))));
        assert_eq!(network.incoming(at(2200)), None);
    }

    #[test]
    fn a_keep_alive_is_no_request_and_a_request_is_given_up() {
        let mut network = Network::default();
        network.note(at(0), &[link(500, 900, 5000, 4000)]);
        network.note(at(1000), &[link(540, 900, 10, 5000)]);
        assert_eq!(network.out(at(1000)), None);
        network.note(at(2000), &[link(900, 900, 10, 6000)]);
        assert!(network.out(at(2000)).is_some());
        assert_eq!(network.out(at(700_000)), None);
    }

    #[test]
    fn some_bytes_that_acknowledge_a_request_do_not_answer_it() {
        let mut network = Network::default();
        network.note(at(0), &[link(500, 900, 5000, 4000)]);
        network.note(at(1000), &[link(800, 900, 10, 5000)]);
        network.note(at(1100), &[link(800, 909, 110, 20)]);
        assert_eq!(network.out(at(1200)), Some(at(990)));
        // Nor does the acknowledgement of that.
        network.note(at(1200), &[link(809, 922, 20, 40)]);
        assert!(network.out(at(1300)).is_some());
        // What the program shows after it does, and so does time.
        assert_eq!(network.request(at(1300), at(1250), None), None);
        assert_eq!(network.out(at(1300) + REQUEST_DOUBTFUL), None);
        network.note(at(4000), &[link(809, 1400, 2800, 10)]);
        assert_eq!(network.out(at(4000)), None);
    }

    #[test]
    fn a_connection_whose_first_request_was_acknowledged_before_it_was_met_has_asked() {
        let mut network = Network::default();
        network.note(at(1000), &[link(400, 45, 60, 20)]);
        assert!(network.out(at(1000)).is_some());
        let mut other = Network::default();
        other.note(at(1000), &[link(400, 900, 60, 20)]);
        assert_eq!(other.out(at(1000)), None);
    }

    #[test]
    fn something_short_is_a_request_right_after_enter() {
        let mut network = Network::default();
        network.note(at(0), &[link(500, 900, 5000, 4000)]);
        network.note(at(1000), &[link(530, 900, 10, 5000)]);
        assert!(network.request(at(1000), at(0), Some(at(900))).is_some());
        assert_eq!(network.request(at(6000), at(0), Some(at(5000))), None);
        network.note(at(1500), &[link(530, 905, 510, 10)]);
        assert_eq!(network.request(at(1500), at(0), Some(at(900))), None);
    }

    #[test]
    fn what_a_helper_sends_is_no_answer_from_outside() {
        let mut network = Network::default();
        let inside = |received| Link { inside: true, ..link(500, received, 5000, 10) };
        network.note(at(0), &[inside(900)]);
        network.note(at(1000), &[inside(1900)]);
        assert_eq!(network.incoming(at(1000)), None);
    }

    #[test]
    fn who_waits_for_nothing_else_has_asked_however_little() {
        let mut network = Network::default();
        network.note(at(0), &[link(500, 900, 5000, 4000)]);
        network.note(at(1000), &[link(540, 900, 10, 5000)]);
        assert_eq!((network.out(at(1000)), network.asked(at(1000))), (None, Some(at(990))));
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
        assert!(network.out(at(0)).is_some());
        network.note(at(100), &[]);
        assert_eq!(network.out(at(100)), None);
        network.note(at(200), &[Link { connecting: true, ..link(0, 0, 0, 0) }]);
        assert!(network.out(at(200)).is_some());
    }
}
