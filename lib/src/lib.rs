//! Everything behind the ms tools, in layers: each sees only what stands below it.
//!
//! ms → session → judge → terminal → platform
//!
//! `ARCHITECTURE.md` has the map; each module's header says why it exists and what it will never do.
#![deny(unsafe_code)]

pub mod judge;
pub mod ms;
pub mod platform;
pub mod session;
pub mod terminal;

// What reading costs, of all readers together.
#[cfg(test)]
#[path = "../tests/cost/mod.rs"]
mod cost;
