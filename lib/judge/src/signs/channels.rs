//! Channels of which nothing is seen but that they are there: Unix sockets, and sockets of datagrams. One that was
//! opened after something was entered is asked by; one that stays while all rests is there for another time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::stay::Stay;
use crate::constants::BEGUN;

/// The channels that were seen, with those that are asked by.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    seen: BTreeMap<u64, Stay>,
}

impl Channels {
    /// Another program came to the front: what is there is there from the beginning.
    pub(crate) fn new_program(&mut self) {
        self.seen.clear();
    }

    /// Takes a look in; `entered` is when something was last sent off.
    pub(crate) fn note(&mut self, at: Duration, channels: &[u64], entered: Option<Duration>) {
        let begun = entered.is_some_and(|entered| at.saturating_sub(entered) < BEGUN);
        let new = if begun { Stay::begun(at) } else { Stay::Helper };
        let known = |id: &u64| self.seen.get(id).copied().unwrap_or(new);
        self.seen = channels.iter().map(|id| (*id, known(id))).collect();
    }

    /// All rests for so long, since the screen moved at `moved`: what stays through that is no work.
    pub(crate) fn rest(&mut self, at: Duration, moved: Duration, prompts: bool) {
        self.seen
            .values_mut()
            .for_each(|stay| stay.rest(at, moved, prompts || stay.is_answered(moved), false));
    }

    /// Since when one is asked by.
    pub(crate) fn asked(&self) -> Option<Duration> {
        self.seen.values().filter_map(|stay| stay.since()).min()
    }

    /// Something may be asked that nobody sees.
    pub(crate) fn any(&self) -> bool {
        !self.seen.is_empty()
    }

    /// When time alone changes what holds.
    pub(crate) fn moments(&self, moved: Duration, prompts: bool) -> Option<Duration> {
        let moment = |stay: &Stay| stay.moment(moved, prompts || stay.is_answered(moved), false);
        self.seen.values().filter_map(moment).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::STAYS_PROMPT;

    #[test]
    fn one_that_is_opened_after_enter_is_asked_by_until_it_is_gone_or_stays_at_rest() {
        let at = Duration::from_secs;
        let mut channels = Channels::default();
        channels.note(at(1), &[7], None);
        assert_eq!((channels.asked(), channels.any()), (None, true));
        channels.note(at(11), &[7, 8], Some(at(10)));
        assert_eq!(channels.asked(), Some(at(11)));
        channels.note(at(14), &[7], Some(at(10)));
        assert_eq!(channels.asked(), None);
        channels.note(at(21), &[7, 9], Some(at(20)));
        channels.rest(at(25), at(21), false);
        assert_eq!(channels.asked(), Some(at(21)));
        channels.rest(at(24) + STAYS_PROMPT, at(24), false);
        assert_eq!(channels.asked(), None);
    }
}
