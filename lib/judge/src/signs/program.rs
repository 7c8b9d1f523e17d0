//! Which program is in front, and what it has taught. What was learned of one does not hold for the next.

use std::time::Duration;

use crate::constants::{LEARN, UNLEARN};
use crate::facts::KernelSnapshot;

/// The program in front.
#[derive(Debug, Default)]
pub(crate) struct Program {
    group: i32,
    reader: Option<i32>,
}

impl Program {
    /// Takes a look in; true if another program is in front than before.
    pub(crate) fn note(&mut self, snapshot: &KernelSnapshot) -> bool {
        let reader = snapshot.readers.first().map(|reader| reader.pid);
        let other_reader = matches!((self.reader, reader), (Some(old), Some(new)) if old != new);
        let other = self.group != snapshot.foreground || other_reader;
        self.group = snapshot.foreground;
        self.reader = if other { reader } else { reader.or(self.reader) };
        other
    }
}

/// One way of moving: on the screen, or in the title. A program that moves while it works, and now stands
/// still, does not work, even if a request of its own is still out or a child is still there: agents fetch
/// ahead while they are idle, and keep a request open while they ask.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    moved: Duration,
    last: Option<Duration>,
}

impl Learned {
    /// Takes a look in: whether it moves while a request or a child is busy.
    pub(crate) fn note(&mut self, at: Duration, busy_and_moving: bool) {
        if let Some(last) = self.last.filter(|_| busy_and_moving) {
            self.moved += at.saturating_sub(last);
        }
        self.last = busy_and_moving.then_some(at);
    }

    /// Another program came to the front.
    pub(crate) fn new_program(&mut self) {
        *self = Learned::default();
    }

    /// Whether requests and children count no longer, if it has stood still for so long.
    pub(crate) fn discounts(&self, still: Duration) -> bool {
        self.moved >= LEARN && still >= UNLEARN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_learned_after_some_time_and_forgotten_with_the_program() {
        let mut learned = Learned::default();
        for step in 0..20 {
            learned.note(Duration::from_millis(step * 100), step < 15);
        }
        assert!(!learned.discounts(UNLEARN));
        learned.note(Duration::from_millis(2000), true);
        learned.note(Duration::from_millis(2100), true);
        assert!(learned.discounts(UNLEARN) && !learned.discounts(UNLEARN / 2));
        learned.new_program();
        assert!(!learned.discounts(UNLEARN));
    }
}
