//! What moves on the screen, and what only seems to: a drawn cursor that blinks, a clock, the echo of
//! keys, the repaint after a resize, and redraws that leave a visible caret alone.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::decor::Decor;
use super::keys::Keys;
use super::within;
use crate::constants::*;
use crate::facts::ScreenSnapshot;

/// Quarter-seconds, in milliseconds.
const QUARTER: u128 = 250;

/// The screen so far.
#[derive(Debug)]
pub(crate) struct Screen {
    snapshot: Arc<ScreenSnapshot>,
    /// The first look: before it nothing was quiet.
    begun: Option<Duration>,
    /// The last change that breaks the quiet.
    changed: Duration,
    /// The last change that moves, and the one before it of any kind.
    moved: Duration,
    last: Duration,
    /// The last two pictures.
    pictures: [u64; 2],
    quarters: VecDeque<u128>,
    animated_since: Option<Duration>,
    /// The last changes that move.
    moves: VecDeque<Duration>,
    /// Gaps between redraws.
    gaps: VecDeque<Duration>,
    mended: Option<Duration>,
    /// What moves while the program rests.
    decor: Decor,
    /// The program rests, for all that was seen up to now.
    rests: bool,
    /// The last two small changes that came no faster than a clock's, where nothing moved before.
    counts: [Option<Duration>; 2],
    has_counted: bool,
}

impl Default for Screen {
    /// Nothing was printed yet: a cursor on an empty line.
    fn default() -> Screen {
        Screen {
            snapshot: Arc::new(ScreenSnapshot {
                visible: true,
                empty_line: true,
                ..ScreenSnapshot::default()
            }),
            begun: None,
            changed: Duration::ZERO,
            moved: Duration::ZERO,
            last: Duration::ZERO,
            pictures: [0; 2],
            quarters: VecDeque::new(),
            animated_since: None,
            moves: VecDeque::new(),
            gaps: VecDeque::new(),
            mended: None,
            decor: Decor::default(),
            rests: false,
            counts: [None; 2],
            has_counted: false,
        }
    }
}

impl Screen {
    /// The terminal was resized or attached to: what comes now is a repaint.
    pub(crate) fn mend(&mut self, at: Duration) {
        self.mended = Some(at);
    }

    /// Another program came to the front.
    pub(crate) fn new_program(&mut self) {
        self.gaps.clear();
        self.decor = Decor::default();
        self.counts = [None; 2];
        self.has_counted = false;
    }

    /// Whether the program rests from now on: what moves then is decoration.
    pub(crate) fn resting(&mut self, at: Duration, rests: bool) {
        self.decor.resting(at, rests);
        self.rests = rests;
    }

    /// Something was sent off: what counts after it did not before.
    pub(crate) fn sent_off(&mut self) {
        self.counts = [None; 2];
        self.gaps.clear();
        self.rests = false;
    }

    /// Whether the program was seen to count seconds when it works.
    pub(crate) fn has_counted(&self) -> bool {
        self.has_counted
    }

    /// Takes a picture in.
    pub(crate) fn note(&mut self, at: Duration, snapshot: &ScreenSnapshot, keys: &Keys) {
        if snapshot.changed > 0 || snapshot.flood {
            self.change(at, snapshot, keys);
        }
        if snapshot.flood {
            // Nothing but the change is known: the cursor runs with the text.
            let alternate = self.snapshot.alternate;
            self.snapshot = Arc::new(ScreenSnapshot { flood: true, alternate, ..ScreenSnapshot::default() });
        } else {
            self.snapshot = Arc::new(snapshot.clone());
        }
    }

    fn change(&mut self, at: Duration, snapshot: &ScreenSnapshot, keys: &Keys) {
        let since_last = at.saturating_sub(self.last);
        let blinks = snapshot.changed <= BLINK_CELLS
            && snapshot.picture == self.pictures[0]
            && since_last >= BLINK_GAP;
        let small = snapshot.changed <= TICKING_CELLS && since_last >= TICKING_GAP;
        let caused = keys.echoing(at) || within(at, self.mended, REPAINT);
        let decor = !snapshot.flood && self.decorates(at, snapshot, caused || blinks);
        let ticks = small && !caused && !blinks && !decor;
        self.last = at;
        self.pictures = [self.pictures[1], snapshot.picture];
        if ticks && self.decor.is_known() && !self.rests {
            self.counts = [self.counts[1], Some(at)];
            self.has_counted |= self.counts[0].is_some();
        }
        if snapshot.flood || !(blinks || small || caused || decor) {
            self.moves(at);
            if !self.leaves_the_caret(snapshot) {
                self.redraw(at, keys);
                self.changed = at;
            }
        }
    }

    /// Whether this moves as it does while the program rests.
    fn decorates(&mut self, at: Duration, snapshot: &ScreenSnapshot, caused: bool) -> bool {
        let Some((first, last)) = snapshot.rows.filter(|_| !caused) else { return false };
        // Rows are told from the foot: what is above it comes and goes.
        let foot = i32::from(snapshot.foot.unwrap_or(0));
        let at_caret = snapshot.at_cursor && snapshot.visible;
        self.decor.note(at, (foot - i32::from(last), foot - i32::from(first)), self.rests && !at_caret)
    }

    fn moves(&mut self, at: Duration) {
        // After a rest it must show anew that it moves steadily.
        if at.saturating_sub(self.moved) >= RESTS {
            self.quarters.clear();
        }
        self.moved = at;
        self.moves.push_back(at);
        if self.moves.len() > ANSWER_CHANGES {
            self.moves.pop_front();
        }
        let quarter = at.as_millis() / QUARTER;
        if self.quarters.back() != Some(&quarter) {
            self.quarters.push_back(quarter);
        }
        if self.quarters.len() > QUARTERS as usize {
            self.quarters.pop_front();
        }
    }

    /// Whether a visible caret stands where it stood, and nothing changed on its line.
    fn leaves_the_caret(&self, snapshot: &ScreenSnapshot) -> bool {
        let stands = snapshot.caret && self.snapshot.caret && snapshot.cursor == self.snapshot.cursor;
        stands && !snapshot.at_cursor && !snapshot.flood
    }

    /// A redraw in the program's own rhythm: none that a key has called for.
    fn redraw(&mut self, at: Duration, keys: &Keys) {
        if keys.last().is_some_and(|key| key >= self.changed) {
            self.gaps.clear();
            return;
        }
        let gap = at.saturating_sub(self.changed);
        if gap >= ONE_REDRAW {
            self.gaps.push_back(gap);
            if self.gaps.len() > REGULAR_GAPS {
                self.gaps.pop_front();
            }
        }
    }

    /// Marks the beginning and end of an animation; after each look.
    pub(crate) fn settle(&mut self, at: Duration) {
        if self.begun.is_none() {
            self.begun = Some(at);
            (self.changed, self.moved) = (self.changed.max(at), self.moved.max(at));
        }
        self.animated_since = self.animated(at).then(|| self.animated_since.unwrap_or(at));
    }

    /// The last picture.
    pub(crate) fn snapshot(&self) -> &Arc<ScreenSnapshot> {
        &self.snapshot
    }

    /// How long nothing has changed that breaks the quiet.
    pub(crate) fn quiet(&self, now: Duration) -> Duration {
        now.saturating_sub(self.changed)
    }

    /// How long nothing has moved.
    pub(crate) fn still(&self, now: Duration) -> Duration {
        now.saturating_sub(self.moved)
    }

    /// Whether it moves steadily.
    pub(crate) fn animated(&self, now: Duration) -> bool {
        let quarter = now.as_millis() / QUARTER;
        let recent = self.quarters.iter().filter(|q| **q + u128::from(QUARTERS) > quarter).count();
        recent >= ANIMATED && self.still(now) < FRESH
    }

    /// Whether it has changed again and again after a key at `key`, beyond its echo.
    pub(crate) fn answers(&self, now: Duration, key: Duration) -> bool {
        let after = self.moves.iter().filter(|at| **at >= key + ECHO / 2).count();
        let late = self.moves.back().is_some_and(|at| *at >= key + ECHO);
        after >= ANSWER_CHANGES && late && self.still(now) < FRESH
    }

    /// How long it has moved steadily; zero if it does not.
    pub(crate) fn animated_for(&self, now: Duration) -> Duration {
        self.animated_since.map_or(Duration::ZERO, |since| now.saturating_sub(since))
    }

    /// The gap of a regular redraw, if there is one.
    pub(crate) fn regular(&self) -> Option<Duration> {
        let (least, most) = (self.gaps.iter().min()?, self.gaps.iter().max()?);
        let alike = most.as_secs_f64() <= least.as_secs_f64() * (1.0 + REGULAR_SPREAD);
        (self.gaps.len() == REGULAR_GAPS && alike).then_some(*most)
    }

    /// Whether it moved twice within a moment: something shows itself.
    pub(crate) fn stirs(&self, now: Duration) -> bool {
        self.moves.len() >= ANSWER_CHANGES && self.moves.iter().all(|at| now.saturating_sub(*at) < STIRS)
    }

    /// When it last moved.
    pub(crate) fn moved(&self) -> Duration {
        self.moved
    }

    /// Since when it moves steadily, if it does.
    pub(crate) fn animated_since(&self) -> Option<Duration> {
        self.animated_since
    }

    /// When something small last changed as seconds that are counted do, which was not so while the program
    /// rested, and until when the next change is awaited.
    pub(crate) fn counts(&self, now: Duration) -> Option<Duration> {
        let last = self.counts[1]?;
        (now < self.counts_until()?).then_some(last)
    }

    fn counts_until(&self) -> Option<Duration> {
        let last = self.counts[1]?;
        let gap = self.counts[0].map_or(COUNTS, |before| (last - before).min(COUNTS_SLOW));
        Some(last + gap.mul_f64(REGULAR).max(COUNTS))
    }

    /// When time alone changes what holds, given the quiet that is needed.
    pub(crate) fn moments(&self, quiet: Duration) -> [Option<Duration>; 5] {
        let alone = self.animated_since.map(|since| since + ALONE);
        let counts = self.counts_until();
        [Some(self.changed + quiet), Some(self.moved + FRESH), Some(self.moved + UNLEARN), alone, counts]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn snapshot(picture: u64, changed: u32) -> ScreenSnapshot {
        ScreenSnapshot { picture, changed, at_cursor: true, ..ScreenSnapshot::default() }
    }

    fn feed(screen: &mut Screen, changes: &[(u64, ScreenSnapshot)]) {
        for (ms, snapshot) in changes {
            screen.note(at(*ms), snapshot, &Keys::default());
        }
    }

    #[test]
    fn a_change_breaks_the_quiet() {
        let mut screen = Screen::default();
        feed(&mut screen, &[(1000, snapshot(1, 40)), (1100, snapshot(1, 0))]);
        assert_eq!(screen.quiet(at(1500)), at(500));
    }

    #[test]
    fn a_drawn_cursor_that_blinks_does_not() {
        let mut screen = Screen::default();
        let blinks: Vec<_> = (2..20).map(|step| (step * 500, snapshot(step % 2, 1))).collect();
        feed(&mut screen, &[(100, snapshot(9, 400))]);
        feed(&mut screen, &blinks);
        assert!(screen.quiet(at(10_000)) > at(8000), "{:?}", screen.quiet(at(10_000)));
        assert!(!screen.animated(at(9600)));
    }

    #[test]
    fn a_clock_does_not_but_a_spinner_does() {
        let mut screen = Screen::default();
        let clock: Vec<_> = (1..10).map(|step| (step * 1000, snapshot(step, 2))).collect();
        feed(&mut screen, &clock);
        assert!(screen.quiet(at(9500)) > at(8000));
        let mut screen = Screen::default();
        let spinner: Vec<_> = (1..30).map(|step| (step * 100, snapshot(step, 1))).collect();
        feed(&mut screen, &spinner);
        assert!(screen.quiet(at(3000)) < at(200) && screen.animated(at(3000)));
        assert!(!screen.animated(at(3500)));
    }

    #[test]
    fn a_redraw_elsewhere_leaves_the_quiet_but_moves() {
        let mut screen = Screen::default();
        let with_caret = |picture| ScreenSnapshot {
            picture,
            changed: 20,
            caret: true,
            visible: true,
            cursor: (4, 9),
            at_cursor: false,
            ..ScreenSnapshot::default()
        };
        let changes: Vec<_> = (1..30).map(|step| (step * 100, with_caret(step))).collect();
        feed(&mut screen, &changes);
        assert!(screen.quiet(at(3000)) >= at(2800) && screen.animated(at(3000)));
    }

    #[test]
    fn echoes_and_repaints_do_not_break_the_quiet() {
        let mut screen = Screen::default();
        let mut keys = Keys::default();
        screen.note(at(100), &snapshot(1, 50), &keys);
        keys.note(at(5000), false, false);
        screen.note(at(5100), &snapshot(2, 1), &keys);
        screen.mend(at(6000));
        screen.note(at(6100), &snapshot(3, 1900), &keys);
        assert_eq!(screen.quiet(at(7000)), at(6900));
        keys.note(at(8000), true, false);
        screen.note(at(8100), &snapshot(4, 50), &keys);
        assert_eq!(screen.quiet(at(8200)), at(100));
    }

    #[test]
    fn a_regular_redraw_is_known_by_its_gaps() {
        let mut screen = Screen::default();
        let redraws: Vec<_> = (1..6).map(|step| (step * 3000, snapshot(step, 300))).collect();
        feed(&mut screen, &redraws);
        assert_eq!(screen.regular(), Some(at(3000)));
        feed(&mut screen, &[(30_000, snapshot(99, 300))]);
        assert_eq!(screen.regular(), None);
    }
}
