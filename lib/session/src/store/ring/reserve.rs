//! Has the file system set room aside before a map touches it, so that a full one is an error here and
//! not a SIGBUS there. It takes little at a time: a quiet session costs a few pages.

use std::fs::File;

use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate, posix_fallocate};

/// The most that is set aside at once, in bytes.
const BLOCK: u64 = 64 << 10;
/// The first block of a track, in bytes: whole marks of any kind.
const FIRST: u64 = 8 << 10;

/// Sets room aside in one file.
#[derive(Debug)]
pub(super) struct Space {
    file: File,
    #[cfg(test)]
    pub(super) budget: std::cell::Cell<u64>,
}

impl Space {
    pub(super) fn new(file: File) -> Space {
        Space {
            file,
            #[cfg(test)]
            budget: std::cell::Cell::new(u64::MAX),
        }
    }

    /// What the file system says of the file.
    pub(super) fn metadata(&self) -> std::io::Result<std::fs::Metadata> {
        self.file.metadata()
    }

    /// The file again.
    pub(super) fn file(&self) -> std::io::Result<File> {
        self.file.try_clone()
    }

    /// Length of the file.
    pub(super) fn len(&self) -> std::io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Sets `len` unused bytes at `offset` aside. The file gets no longer: one that was cut short must
    /// not look whole again.
    pub(super) fn reserve(&self, offset: u64, len: u64) -> nix::Result<()> {
        #[cfg(test)]
        self.spend(len)?;
        loop {
            match self.allocate(offset as i64, len as i64) {
                Err(Errno::EINTR) => {}
                done => return done,
            }
        }
    }

    /// Where the file system can't, glibc writes zeros (posix_fallocate(3)).
    fn allocate(&self, offset: i64, len: i64) -> nix::Result<()> {
        match fallocate(&self.file, FallocateFlags::FALLOC_FL_KEEP_SIZE, offset, len) {
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => posix_fallocate(&self.file, offset, len),
            done => done,
        }
    }

    #[cfg(test)]
    fn spend(&self, len: u64) -> nix::Result<()> {
        let left = self.budget.get().checked_sub(len).ok_or(Errno::ENOSPC)?;
        self.budget.set(left);
        Ok(())
    }
}

/// How much to set aside next, if `reserved` of `limit` bytes are and `missing` more are needed.
pub(super) fn next_block(reserved: u64, missing: u64, limit: u64) -> u64 {
    let grown = reserved.clamp(FIRST, BLOCK).max(missing.next_multiple_of(FIRST));
    grown.min(limit - reserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_double_up_to_a_bound_and_end_at_the_limit() {
        let mut sizes = Vec::new();
        let mut reserved = 0;
        while reserved < 300_000 {
            let block = next_block(reserved, 1, 300_000);
            sizes.push(block);
            reserved += block;
        }
        assert_eq!(sizes, [8192, 8192, 16384, 32768, 65536, 65536, 65536, 37856]);
        assert_eq!(next_block(0, 20_000, 1 << 20), 24_576);
        assert_eq!(next_block(0, 1, 4096), 4096);
    }
}
