//! Terminals: bytes in, bytes out. No I/O.

pub mod columns;
pub mod keyboard;
pub(crate) mod modes;
pub mod near;
pub mod safe;
pub mod scan;
pub mod screen;
pub mod tokens;
