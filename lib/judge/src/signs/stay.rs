//! What was begun after something was entered, and stays: a child, a socket. It is work while it may be what is
//! waited for; once the program has shown something since and all has rested, it is a helper that stays.

use std::time::Duration;

use crate::constants::{INCOMING_ENTERED, STAYS, STAYS_PROMPT, STAYS_SILENT};

/// One such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    /// It was begun then, and may be work.
    Begun(Duration),
    /// It was there before, or stays while all rests.
    Helper,
}

impl Stay {
    pub(crate) fn begun(at: Duration) -> Stay {
        Stay::Begun(at)
    }

    /// Since when it may be work, if it may.
    pub(crate) fn since(self) -> Option<Duration> {
        match self {
            Stay::Begun(since) => Some(since),
            Stay::Helper => None,
        }
    }

    /// The screen has moved so much later that what was asked may be answered.
    pub(crate) fn is_answered(self, moved: Duration) -> bool {
        self.since().is_some_and(|since| moved >= since + INCOMING_ENTERED)
    }

    /// At `at` nothing else shows work; the screen moved last at `moved`, and the program `prompts` again or not.
    /// What prints to nobody (`unheard`) is awaited no longer.
    pub(crate) fn rest(&mut self, at: Duration, moved: Duration, prompts: bool, unheard: bool) {
        if self.moment(moved, prompts, unheard).is_some_and(|moment| moment <= at) {
            *self = Stay::Helper;
        }
    }

    /// When it is work no longer, if all rests until then.
    pub(crate) fn moment(self, moved: Duration, prompts: bool, unheard: bool) -> Option<Duration> {
        let since = self.since()?;
        let shown = moved > since;
        let patience = match (prompts, shown || unheard) {
            (true, _) => STAYS_PROMPT,
            (false, true) => STAYS,
            (false, false) => STAYS_SILENT,
        };
        Some(moved.max(since) + patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn it_is_awaited_longest_while_nothing_was_shown_since_it_began() {
        let begun = Stay::begun(at(1000));
        assert_eq!(begun.moment(at(500), false, false), Some(at(1000) + STAYS_SILENT));
        assert_eq!(begun.moment(at(500), false, true), Some(at(1000) + STAYS));
        assert_eq!(begun.moment(at(3000), false, true), Some(at(3000) + STAYS));
        assert_eq!(begun.moment(at(3000), true, true), Some(at(3000) + STAYS_PROMPT));
        assert_eq!(Stay::Helper.moment(at(3000), true, true), None);
    }
}
