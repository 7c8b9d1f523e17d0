//! State: directories, locks, the ring, the history.

pub(crate) mod alive;
pub(crate) mod burial;
// Tests only: steps that are made to fail.
pub(crate) mod config_file;
pub mod faults;
pub(crate) mod files;
pub(crate) mod halves;
pub mod history;
pub mod limits;
pub mod ring;
pub mod rundir;
pub mod session;
