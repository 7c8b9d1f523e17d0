//! Which session comes first, in every list of those that need somebody.

use std::cmp::Reverse;

use super::attention::Attention;
use super::status::{Exit, StatusRecord};
use ms_platform::time::Time;

/// How urgently a session needs somebody: the smaller, the more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency(usize, Reverse<bool>, Option<Time>);

/// The order in which sessions need somebody, the smallest first: those that ask, then those that are done,
/// a failed end before the others, of two alike the one that has been so for longer; then those that rest,
/// then the others, none before another.
pub fn urgency(status: &StatusRecord) -> Urgency {
    urgency_of(status.attention(), status.since, status.exit)
}

/// As [`urgency`], of one that is needed so since then, and ended so if it has.
pub fn urgency_of(attention: Option<Attention>, since: Time, exit: Option<Exit>) -> Urgency {
    let rank = attention.map_or(Attention::ALL.len(), |attention| attention as usize);
    let failed = attention == Some(Attention::Done) && exit.is_some_and(|exit| !exit.is_success());
    Urgency(rank, Reverse(failed), attention.filter(|it| it.needs_somebody()).map(|_| since))
}
