//! Evidence over time: each source in a module of its own, which takes facts in and says what holds at a
//! moment. All of them are pure and know nothing of each other.

pub(super) mod channels;
pub(super) mod children;
pub(super) mod cpu;
mod decor;
pub(super) mod keys;
pub(super) mod network;
pub(super) mod program;
pub(super) mod readers;
mod reports;
pub(super) mod said;
pub(super) mod screen;
pub(super) mod stay;
pub(super) mod titles;

use std::time::Duration;

/// Whether `moment` lies less than `span` before `now`.
pub(super) fn within(now: Duration, moment: Option<Duration>, span: Duration) -> bool {
    moment.is_some_and(|moment| now.saturating_sub(moment) < span)
}
