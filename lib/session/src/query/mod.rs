//! Looking at all sessions: lists, watches, output; and who holds a lock.

pub mod catalog;
pub mod elsewhere;
pub mod holder;
pub mod lookup;
pub mod output;
pub mod roster;
pub mod watch;
