//! The scanner (see `machine`).
pub mod machine;
