//! A person's terminal on a session (`msswitch`). Bytes pass through untouched: this module will
//! never render, and writes of its own only what a key of its own asked for, at places where no
//! sequence of the program is open.

pub mod connect;
pub mod keys;
