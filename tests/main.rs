//! Tests across the tools, in private worlds and through real ptys. One binary, one file per subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, missing_docs)]

#[path = "../lib/terminal/tests/outer/mod.rs"]
mod outer;
mod world;

mod again;
mod agents;
mod asking;
mod attention;
mod away;
mod completions;
mod control;
mod cropping;
mod ending;
#[cfg(feature = "faults")]
mod faulty;
mod files;
mod gating;
mod hooks;
mod idioms;
mod judging;
mod keeping;
mod keys;
mod lifecycle;
mod limits;
mod listing;
mod marking;
mod mistakes;
mod moving;
mod names;
mod on;
mod pager;
mod pages;
mod pausing;
mod picking;
mod programs;
mod prompts;
mod protocol;
mod queries;
mod reading;
mod restoring;
mod returning;
mod safety;
mod sending;
mod starting;
mod switching;
mod trying;
mod typing;
mod unseen;
mod waiting;
