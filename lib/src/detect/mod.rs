//! The judgement of who waits for a person: evidence in, a verdict out, for any program and without a
//! rule for any. `probe` gathers what the kernel says, `picture` what the screen shows; `mind` and
//! `verdict` are pure and are fed recorded facts in tests.

mod config;
mod constants;
pub mod facts;
mod input;
mod judge;
mod mind;
mod picture;
mod probe;
mod verdict;

pub use config::DetectConfig;
pub use judge::{Edge, Judge, Watched};
pub use picture::{Cell, Picture};
pub use verdict::{Sign, Verdict};
