//! A person's terminal on a session (`msswitch`). Bytes pass through untouched: this module will
//! never render, and writes of its own only what a key of its own asked for, at places where no
//! sequence of the program is open.
#![allow(dead_code)] // Until the loop stands.

mod attached;
pub mod commands;
pub mod connect;
mod cover;
mod job;
pub mod keys;
mod modes;
mod replay;
mod signals;
mod terminal;
mod visits;
