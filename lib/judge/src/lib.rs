#![doc = include_str!("../README.md")]
//! # The parts
//!
//! - `probe` gathers what the kernel says, `screen_diff` what the screen shows, `input` that keys were typed
//! - `facts` is what they found, and can be recorded (`facts_file`) and judged again
//! - `signs` keeps, for each source of evidence, what its facts mean over time
//! - `verdict` has the rules: a pure function from the signs of a moment to a decision
//! - `kind` says what is waited for, `evidence` why, in the `words` of a verdict
//! - `engine` joins the pure parts, `judge` all of them; `constants` has every number
#![forbid(unsafe_code)]

mod config;
mod constants;
mod engine;
mod evidence;
pub mod facts;
mod facts_file;
mod input;
mod judge;
mod kind;
mod page;
mod probe;
#[cfg(test)]
mod rules_table;
mod screen_diff;
mod signs;
mod source;
mod verdict;
mod words;

pub use config::{DetectConfig, Pattern};
pub use facts_file::{FactsFile, FactsWriter, Taken, Unreadable, VerdictLine, replay};
pub use judge::{Edge, Judge};
pub use page::Page;
pub use probe::{Reading, Refusal, Watched};
pub use source::Source;
pub use verdict::{Sign, Verdict};
pub use words::{Confidence, Kind, Mark, Status, UnknownWord};
