//! Every number of the judgement, in one table. Each was measured on real programs; a person's
//! configuration may replace those in [`super::config::Thresholds`].

use std::time::Duration;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

// When to look.

/// After an edge, so that the program has come to rest when it printed its last.
pub(super) const SETTLE: Duration = ms(20);
/// Never two looks nearer than this.
pub(super) const APART: Duration = ms(100);
/// After an edge, looks follow with these gaps; the last one repeats.
pub(super) const GAPS: [Duration; 6] = [ms(100), ms(200), ms(400), ms(800), ms(1600), ms(2000)];
/// While processing, at least so often; it grows to the last gap when nothing moves.
pub(super) const GAP_PROCESSING: Duration = ms(500);
/// While active, at least so often; it grows to the last gap when nothing moves.
pub(super) const GAP_ACTIVE: Duration = ms(1000);

// Readers.

/// A reader of the terminal alone is believed once its clock stood still this long.
pub(super) const STILL: Duration = ms(100);
/// A wait ends when nobody has read for this long.
pub(super) const GONE: Duration = ms(200);
/// Without a reader that can be looked into, so much quiet and a caret are a doubtful wait.
pub(super) const QUIET_UNKNOWN: Duration = ms(1500);
/// A write to the terminal that is blocked this long waits for a person (Ctrl-S).
pub(super) const WRITING: Duration = ms(1000);

// Work.

/// CPU is measured over this time.
pub(super) const CPU_WINDOW: Duration = ms(1000);
/// Share of a core at which an exclusive reader with threads is at work.
pub(super) const CPU_EXCL: f64 = 0.50;
/// Share of a core at which a reader that other things wake is at work.
pub(super) const CPU_LOOP: f64 = 0.15;
/// Share of a core at which a program that does not read is at work.
pub(super) const CPU_NONE: f64 = 0.10;
/// The same while a thread runs or cannot be interrupted.
pub(super) const CPU_RUNNING: f64 = 0.02;
/// After a key, CPU and animation are the answer to it for this long.
pub(super) const ANSWERING: Duration = ms(800);
/// Before it changes between processing and active.
pub(super) const SWITCH: Duration = ms(500);

// The screen.

/// With a reader that other things wake, so much quiet is a wait.
pub(super) const QUIET: Duration = ms(800);
/// A change this soon after a key is its echo.
pub(super) const ECHO: Duration = ms(300);
/// A change this soon after a resize or an attach is its repaint.
pub(super) const REPAINT: Duration = ms(500);
/// More output than this between looks is not made into a picture.
pub(super) const FLOOD: u64 = 64 * 1024;
/// Animation is judged over this many quarter-seconds.
pub(super) const QUARTERS: u32 = 6;
/// In so many of them something must have changed.
pub(super) const ANIMATED: u32 = 4;
/// And the last change must be as fresh as this.
pub(super) const FRESH: Duration = ms(400);
