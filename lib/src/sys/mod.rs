//! System calls that nix lacks or leaves unsafe: the only module with `unsafe`. Each block says why it
//! is sound; nothing here decides anything.
#![allow(unsafe_code)]

pub mod clock;
pub mod lock;
pub(crate) mod map;
pub mod peek;
pub mod process;
pub mod tty;
