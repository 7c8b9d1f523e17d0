//! Everything behind the ms tools. Arrows point down only:
//!
//! tools → client, server → detect, screen, scan, names → session, ring, history, limits, rundir
//! → status, record, frame, name, config, error, time → sys, procfs
//!
//! `ARCHITECTURE.md` has the map; each module's header says why it exists and what it will never do.
#![deny(unsafe_code)]

// Tools.
pub mod cli;
pub mod tools;

// The two sides of a session's socket: the person's terminal and the program's.
pub mod client;
mod server;

// Judgement.
pub mod detect;
pub mod names;
pub mod scan;
pub mod screen;

// State: files.
mod alive;
mod burial;
pub mod catalog;
pub mod elsewhere;
mod files;
pub(crate) mod halves;
pub mod history;
mod holder;
pub mod limits;
mod mounts;
mod notify;
pub mod output;
pub mod ring;
pub mod roster;
pub mod rundir;
pub mod session;
pub mod usage;
pub mod watch;

// Formats: what is written in files and on sockets. No I/O.
pub mod columns;
pub mod config;
pub mod error;
pub mod frame;
pub mod id;
pub mod keyboard;
pub mod name;
pub mod near;
pub mod record;
pub mod safe;
pub mod size;
pub mod status;
pub mod time;

// Tests only: steps that are made to fail.
pub mod faults;

// Platform: /proc, and the only unsafe code.
pub mod procfs;
pub mod sys;

// What reading costs, of all readers together.
#[cfg(test)]
#[path = "../tests/cost/mod.rs"]
mod cost;
