//! When a person typed: never what.

use std::time::Duration;

use super::within;
use crate::constants::{ANSWERING, ECHO, INCOMING_ANSWER, INCOMING_ENTERED};

/// Keys so far.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    last: Option<Duration>,
    enter: Option<Duration>,
    /// The last Enter, whatever was typed after it.
    entered: Option<Duration>,
    /// Something was typed since the program came to the front.
    typed: bool,
    /// When typing began, of keys that sent nothing off yet, and whether they were several.
    draft: Option<(Duration, bool)>,
    /// Something was written before the last Enter.
    sent: bool,
}

impl Keys {
    /// A key was typed.
    pub(crate) fn note(&mut self, at: Duration, enter: bool, several: bool) {
        self.last = Some(at);
        self.typed = true;
        if enter {
            self.sent = several || self.draft.is_some();
        }
        self.draft = match self.draft {
            _ if enter => None,
            Some((since, _)) => Some((since, true)),
            None => Some((at, several)),
        };
        // What is typed after Enter is no longer what was sent.
        self.enter = enter.then_some(at);
        self.entered = self.enter.or(self.entered);
    }

    /// Another program came to the front.
    pub(crate) fn new_program(&mut self) {
        self.typed = false;
        self.draft = None;
    }

    /// Since when a person writes something that was not sent off yet: more than one key, as one alone
    /// may be an answer.
    pub(crate) fn drafting(&self) -> Option<Duration> {
        self.draft.filter(|(_, several)| *several).map(|(since, _)| since)
    }

    /// The last key.
    pub(crate) fn last(&self) -> Option<Duration> {
        self.last
    }

    /// The last key, if it was Enter.
    pub(crate) fn enter(&self) -> Option<Duration> {
        self.enter
    }

    /// The last Enter, even if more was typed after it.
    pub(crate) fn entered(&self) -> Option<Duration> {
        self.entered
    }

    /// The last Enter sent off something that was written, and was not Enter alone.
    pub(crate) fn sent(&self) -> bool {
        self.sent
    }

    /// The program in front has had input.
    pub(crate) fn typed(&self) -> bool {
        self.typed
    }

    /// What the program does now is its answer to a key that sends nothing.
    pub(crate) fn answering(&self, now: Duration) -> bool {
        self.enter.is_none() && within(now, self.last, ANSWERING)
    }

    /// What was received at `moment` is the echo of the last key, or the quick answer to it.
    pub(crate) fn echoes(&self, moment: Duration) -> bool {
        let span = if self.enter.is_some() { INCOMING_ENTERED } else { INCOMING_ANSWER };
        self.last.is_some_and(|last| moment < last + span)
    }

    /// A change now would be the echo of a key.
    pub(crate) fn echoing(&self, now: Duration) -> bool {
        self.enter.is_none() && within(now, self.last, ECHO)
    }

    /// When time alone changes what holds.
    pub(crate) fn moments(&self) -> Option<Duration> {
        self.last.map(|last| last + ANSWERING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_may_be_an_answer_and_several_are_a_draft_until_enter() {
        let at = Duration::from_millis;
        let mut keys = Keys::default();
        keys.note(at(100), false, false);
        assert_eq!(keys.drafting(), None);
        keys.note(at(200), false, false);
        assert_eq!(keys.drafting(), Some(at(100)));
        keys.note(at(300), true, false);
        assert_eq!(keys.drafting(), None);
        keys.note(at(400), false, true);
        assert_eq!(keys.drafting(), Some(at(400)));
        keys.new_program();
        assert_eq!(keys.drafting(), None);
    }
}
