//! What moves on the screen while a program rests: a clock, tips in turn, a status line. It moves so while the
//! program works too, and says nothing then. Told by where it is, and by how fast.

use std::time::Duration;

use crate::constants::{DECOR_GAP, DECOR_ROWS, RESTED, RESTS};

/// So many places are remembered.
const MOST: usize = 8;

/// Rows, counted up from the last one with text.
pub(super) type Rows = (i32, i32);

/// What is known of how a program decorates itself.
#[derive(Debug, Default)]
pub(super) struct Decor {
    places: Vec<MovingRows>,
    /// Since when it rests, and how long it has rested before.
    since: Option<Duration>,
    rested: Duration,
}

/// A place that moves at rest.
#[derive(Debug)]
struct MovingRows {
    rows: Rows,
    last: Duration,
    /// The shortest gap at rest; none of one that moved once.
    gap: Option<Duration>,
}

impl Decor {
    /// Whether the program rests from now on.
    pub(super) fn resting(&mut self, at: Duration, rests: bool) {
        match (self.since, rests) {
            (None, true) => self.since = Some(at),
            (Some(since), _) => {
                self.rested += at.saturating_sub(since);
                self.since = rests.then_some(at);
            }
            (None, false) => {}
        }
    }

    /// Whether it has rested for so long that all that moves then was seen.
    pub(super) fn is_known(&self) -> bool {
        self.rested >= RESTED
    }

    /// Takes a change in, which is learned if the program rests; true if the change is decoration.
    pub(super) fn note(&mut self, at: Duration, rows: Rows, rests: bool) -> bool {
        if rows.1 - rows.0 >= DECOR_ROWS {
            return false;
        }
        let within = |place: &&mut MovingRows| place.rows.0 <= rows.0 && rows.1 <= place.rows.1;
        let Some(place) = self.places.iter_mut().find(within) else {
            self.learn(at, rows, rests);
            return false;
        };
        let gap = at.saturating_sub(place.last);
        let decorates = gap >= place.gap.map_or(RESTS, |least| least.mul_f64(DECOR_GAP).max(RESTS));
        place.last = at;
        // What moves quickly at rest may be work that begins by itself.
        if rests && gap >= RESTS {
            place.gap = Some(place.gap.map_or(gap, |least| least.min(gap)));
        }
        decorates
    }

    fn learn(&mut self, at: Duration, rows: Rows, rests: bool) {
        if rests {
            self.places.truncate(MOST - 1);
            self.places.insert(0, MovingRows { rows, last: at, gap: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_moves_at_rest_is_decoration_in_its_place_and_at_its_pace() {
        let mut decor = Decor::default();
        assert!(!decor.note(at(1000), (0, 0), true));
        assert!(decor.note(at(3000), (0, 0), true));
        assert!(decor.note(at(5000), (0, 0), false), "at work too");
        assert!(!decor.note(at(5100), (0, 0), false), "but no faster");
        assert!(!decor.note(at(5200), (0, 0), true), "nor quickly at rest");
        assert!(!decor.note(at(6000), (4, 4), false), "and nowhere else");
        assert!(!decor.note(at(7000), (4, 4), false), "unless it rests");
        assert!(!decor.note(at(9000), (0, 9), true), "nor all of the screen");
    }

    #[test]
    fn how_a_program_rests_is_known_once_it_has_rested_for_a_while() {
        let mut decor = Decor::default();
        decor.resting(at(0), true);
        decor.resting(at(1000), false);
        decor.resting(at(9000), true);
        assert!(!decor.is_known());
        decor.resting(at(9000) + RESTED, true);
        assert!(decor.is_known());
    }
}
