//! Sessions as files: what is written in them and on sockets, where they are kept, and who looks at them.
#![forbid(unsafe_code)]

pub mod format;
pub mod query;
pub mod store;
