//! What an io_uring waits for. The kernel says how many polls are armed; which descriptors they are of
//! stands only in the submission entries, in memory that the program shares with the kernel and that
//! keeps old entries, so this is a good guess and no more.

use ms_platform::procfs::Proc;
use ms_platform::sys::peek;

/// Where the array of submission entries is mapped: IORING_OFF_SQES, include/uapi/linux/io_uring.h.
const ENTRIES_OFFSET: u64 = 0x1000_0000;
/// Length of an entry, `struct io_uring_sqe`.
const ENTRY: usize = 64;
/// The most memory that is read of the array.
const MOST: u64 = 256 * 1024;
/// IORING_OP_READV, READ_FIXED, POLL_ADD, READ, READ_MULTISHOT; what a read of a terminal is.
const READS: [u8; 5] = [1, 4, 6, 22, 49];
/// IORING_OP_TIMEOUT.
const TIMEOUT: u8 = 11;
/// IOSQE_FIXED_FILE: the descriptor is an index of another table.
const FIXED: u8 = 1;

/// What the entries of a ring ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ring {
    /// Descriptors that are read or polled.
    pub(super) fds: Vec<i32>,
    /// A clock is among them.
    pub(super) timed: bool,
    /// Polls that are armed now.
    pub(super) polls: u32,
}

/// What ring `fd` of `pid` waits for.
pub(super) fn ring(proc: &mut Proc, pid: i32, fd: i32) -> Ring {
    let polls = proc.fdinfo(pid, fd).map_or(0, |info| info.polls);
    let maps = proc.maps(pid, "anon_inode:[io_uring]").unwrap_or_default();
    let mut ring = Ring { polls, ..Ring::default() };
    for (start, length, _) in maps.into_iter().filter(|(_, _, offset)| *offset == ENTRIES_OFFSET) {
        let mut bytes = vec![0; length.min(MOST) as usize];
        if peek::read(pid, start, &mut bytes).is_ok() {
            entries(&bytes, &mut ring);
        }
    }
    ring.fds.sort_unstable();
    ring.fds.dedup();
    ring
}

fn entries(bytes: &[u8], ring: &mut Ring) {
    for entry in bytes.chunks_exact(ENTRY) {
        let (operation, flags) = (entry[0], entry[1]);
        ring.timed |= operation == TIMEOUT;
        if READS.contains(&operation) && flags & FIXED == 0 {
            ring.fds.push(i32::from_ne_bytes([entry[4], entry[5], entry[6], entry[7]]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_polls_are_found_among_entries() {
        let mut bytes = vec![0u8; ENTRY * 4];
        (bytes[0], bytes[4]) = (22, 5);
        (bytes[ENTRY], bytes[ENTRY + 4]) = (TIMEOUT, 9);
        (bytes[2 * ENTRY], bytes[2 * ENTRY + 1], bytes[2 * ENTRY + 4]) = (6, FIXED, 7);
        let mut ring = Ring::default();
        entries(&bytes, &mut ring);
        assert_eq!(ring, Ring { fds: vec![5], timed: true, polls: 0 });
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            entries(&bytes, &mut Ring::default());
        }
    }
}
