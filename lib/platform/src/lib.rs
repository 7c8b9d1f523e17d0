//! What the kernel offers: system calls (the only unsafe code), /proc, watches of directories, clocks.

pub mod mounts;
pub mod notify;
pub mod procfs;
pub mod sys;
pub mod time;
pub mod usage;
