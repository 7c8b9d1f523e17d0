//! State: directories, locks, the ring, the history.

pub mod alive;
pub mod finalize;
// Tests only: steps that are made to fail.
pub mod config_file;
pub mod faults;
pub mod files;
pub mod gate;
pub mod halves;
pub mod history;
pub mod limits;
pub mod ring;
pub mod rundir;
pub mod session;
pub mod unseen;
