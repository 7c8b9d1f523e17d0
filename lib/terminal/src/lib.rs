#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod did_you_mean;
pub mod keyboard;
pub mod modes;
pub mod safe;
pub mod scan;
pub mod screen;
pub mod text_table;
pub mod tokens;

// What reading costs, of all readers together.
#[cfg(test)]
#[path = "../tests/cost/mod.rs"]
mod cost;
