//! The tools, and the two sides of a session's socket: the person's terminal and the program's.
#![forbid(unsafe_code)]

pub mod cli;
pub mod client;
pub(crate) mod server;
pub mod tools;
