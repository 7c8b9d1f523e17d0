//! Reading another process's memory: process_vm_readv(2). It copies bytes and knows nothing of what
//! they mean; what the other process may not be looked at for is an error like any other.

use std::io::IoSliceMut;

use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// Fills `into` from `address` in `pid`'s memory.
///
/// # Errors
/// EFAULT if not all of it could be read, ESRCH if the process is gone, EPERM if it may not be looked at.
pub fn read(pid: i32, address: u64, into: &mut [u8]) -> nix::Result<()> {
    if into.is_empty() {
        return Ok(());
    }
    let base = usize::try_from(address).map_err(|_| Errno::EFAULT)?;
    let length = into.len();
    let remote = [RemoteIoVec { base, len: length }];
    match process_vm_readv(Pid::from_raw(pid), &mut [IoSliceMut::new(into)], &remote)? {
        read if read == length => Ok(()),
        _ => Err(Errno::EFAULT),
    }
}

/// The `N` bytes at `address` in `pid`'s memory.
///
/// # Errors
/// As [`read`].
pub fn array<const N: usize>(pid: i32, address: u64) -> nix::Result<[u8; N]> {
    let mut bytes = [0; N];
    read(pid, address, &mut bytes).map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_s_own_memory_can_be_read_and_nothing_else_is_an_error() {
        let own = std::process::id() as i32;
        let secret = *b"interactive";
        assert_eq!(array(own, secret.as_ptr() as u64), Ok(secret));
        assert_eq!(array::<8>(own, 8), Err(Errno::EFAULT));
        assert_eq!(array::<8>(i32::MAX - 7, secret.as_ptr() as u64), Err(Errno::ESRCH));
    }
}
