//! Everything behind the ms tools. Arrows point down only:
//!
//! tools → client, server → detect, screen, scan, names → session, ring, history, limits, rundir
//! → status, record, frame, name, config, error, time → sys, procfs
//!
//! `ARCHITECTURE.md` has the map; each module's header says why it exists and what it will never do.
#![deny(unsafe_code)]

// Tools.
pub mod cli;

// The person's terminal.
pub mod client;

// Judgement.
pub mod detect;
pub mod scan;
pub mod screen;

// State: files.
pub mod history;
pub mod limits;
pub mod ring;
pub mod rundir;
pub mod session;

// Formats: what is written in files and on sockets. No I/O.
pub mod config;
pub mod error;
pub mod frame;
pub mod id;
pub mod name;
pub mod near;
pub mod record;
pub mod safe;
pub mod size;
pub mod status;
pub mod time;

// Platform: /proc, and the only unsafe code.
pub mod procfs;
pub mod sys;
