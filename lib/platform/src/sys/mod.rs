//! System calls as the rest needs them: the only module with `unsafe`. What nix, rustix or memmap2 offers
//! safely is theirs; what is done by hand says why in a line, and each block why it is sound. Nothing here
//! decides anything.
#![allow(unsafe_code)]

pub mod clock;
pub mod dnotify;
mod guard;
pub mod lock;
pub mod map;
pub mod peek;
pub mod process;
pub mod sockdiag;
pub mod sockname;
pub mod title;
pub mod tty;

/// Bytes in a page of memory.
pub fn page_size() -> u64 {
    let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE);
    size.ok().flatten().and_then(|size| size.try_into().ok()).unwrap_or(4096)
}

/// One library's error as the other has it, and all of ms with it.
fn errno(error: rustix::io::Errno) -> nix::errno::Errno {
    nix::errno::Errno::from_raw(error.raw_os_error())
}
