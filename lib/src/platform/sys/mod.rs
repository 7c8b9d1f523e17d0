//! System calls that nix lacks or leaves unsafe: the only module with `unsafe`. Each block says why it
//! is sound; nothing here decides anything.
#![allow(unsafe_code)]

pub mod clock;
pub(crate) mod dnotify;
mod guard;
pub mod lock;
pub(crate) mod map;
pub mod peek;
pub mod process;
pub mod sockdiag;
pub mod sockname;
pub(crate) mod title;
pub mod tty;

/// Bytes in a page of memory.
pub fn page_size() -> u64 {
    // SAFETY: takes no pointers.
    let size = unsafe { nix::libc::sysconf(nix::libc::_SC_PAGESIZE) };
    u64::try_from(size).unwrap_or(4096)
}
