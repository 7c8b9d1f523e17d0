#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod columns;
pub mod keyboard;
pub mod modes;
pub mod near;
pub mod safe;
pub mod scan;
pub mod screen;
pub mod tokens;

// What reading costs, of all readers together.
#[cfg(test)]
#[path = "../tests/cost/mod.rs"]
mod cost;
