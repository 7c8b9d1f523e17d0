//! System calls that block, by number: which of them a thread is in, what it waits for there and for
//! how long. Numbers are this architecture's; on x86-64 also those of i386 programs.

use std::time::Duration;

use nix::libc;

use crate::facts::WaitCall;
use ms_platform::procfs::{Call, Word};
use ms_platform::sys::{clock, peek};

/// What a blocked thread waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Descriptors to read from, or events on others.
    Fds {
        /// By which call.
        call: WaitCall,
        /// Descriptors that it would read from.
        read: Vec<i32>,
        /// Descriptors of which it awaits something else.
        other: Vec<i32>,
        /// For so long; none is without end.
        limit: Option<Duration>,
    },
    /// The members of an epoll set.
    Epoll {
        /// The set.
        fd: i32,
        /// For so long.
        limit: Option<Duration>,
    },
    /// Completions of an io_uring.
    Uring {
        /// The ring.
        fd: i32,
    },
    /// Room to write.
    Write {
        /// Where.
        fd: i32,
    },
    /// Nothing but time, for so long where that is known.
    Sleep {
        /// The rest of it, or all of it.
        limit: Option<Duration>,
    },
    /// A lock or another thread, for so long at most.
    Lock {
        /// None is without end.
        limit: Option<Duration>,
    },
    /// A poll, a sleep or a lock that was interrupted and goes on: the kernel names it no longer.
    Restarted {
        /// The arguments of the call that it was.
        args: [u64; 6],
    },
    /// A child's end, a lock, a signal, or anything else.
    Other,
}

/// The most descriptors of one set that are looked at.
const MOST: u64 = 4096;

/// The calls that matter here.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "some are of calls that only x86-64 has"))]
#[derive(Clone, Copy)]
enum Name {
    Read,
    Write,
    Select(Clock),
    Poll,
    Ppoll(Clock),
    EpollWait,
    EpollPwait2,
    Uring,
    SendFile,
    Sleep,
    ClockSleep,
    Futex,
    Restart,
}

/// How a time limit is laid out in memory.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "some are of calls that only x86-64 has"))]
#[derive(Clone, Copy)]
enum Clock {
    /// Seconds and nanoseconds.
    Nanos,
    /// Seconds and microseconds.
    Micros,
    /// The same in 32-bit words.
    NarrowNanos,
    /// The same in 32-bit words.
    NarrowMicros,
}

/// What `call` of a thread of `pid` waits for; none if the thread is not blocked in a call.
pub(super) fn block(pid: i32, call: &Call) -> Option<Block> {
    let Call::Blocked { number, args, word } = *call else { return None };
    let found = match word {
        Word::Wide => wide(number),
        Word::Narrow => narrow(number),
    };
    found.map_or(Some(Block::Other), |name| Some(decode(pid, name, args).unwrap_or(Block::Other)))
}

/// The members of what was poll(2) before it was interrupted.
pub(super) fn restarted_poll(pid: i32, args: [u64; 6]) -> Option<Block> {
    poll(pid, args, millis(args[2]))
}

fn decode(pid: i32, name: Name, args: [u64; 6]) -> Option<Block> {
    match name {
        Name::Read => Some(fds(WaitCall::Read, vec![args[0] as i32], None)),
        Name::SendFile => Some(fds(WaitCall::Read, vec![args[1] as i32], None)),
        Name::Write => Some(Block::Write { fd: args[0] as i32 }),
        Name::Select(clock) => select(pid, args, time(pid, args[4], clock)?),
        Name::Poll => poll(pid, args, millis(args[2])),
        Name::Ppoll(clock) => poll(pid, args, time(pid, args[2], clock)?),
        Name::EpollWait => Some(Block::Epoll { fd: args[0] as i32, limit: millis(args[3]) }),
        Name::EpollPwait2 => {
            Some(Block::Epoll { fd: args[0] as i32, limit: time(pid, args[3], Clock::Nanos)? })
        }
        Name::Uring => Some(Block::Uring { fd: args[0] as i32 }),
        Name::Sleep => Some(Block::Sleep { limit: time(pid, args[0], Clock::Nanos)? }),
        Name::ClockSleep => Some(Block::Sleep { limit: clock_sleep(pid, args) }),
        Name::Futex => Some(Block::Lock { limit: futex(pid, args)? }),
        Name::Restart => Some(Block::Restarted { args }),
    }
}

fn fds(call: WaitCall, read: Vec<i32>, limit: Option<Duration>) -> Block {
    Block::Fds { call, read, other: Vec::new(), limit }
}

/// select(2): bit maps of descriptors in the caller's memory.
fn select(pid: i32, args: [u64; 6], limit: Option<Duration>) -> Option<Block> {
    let count = args[0].min(MOST);
    let read = bits(pid, args[1], count)?;
    let mut other = bits(pid, args[2], count)?;
    other.extend(bits(pid, args[3], count)?);
    Some(Block::Fds { call: WaitCall::Select, read, other, limit })
}

/// The descriptors whose bits are set; the map is of whole words.
fn bits(pid: i32, address: u64, count: u64) -> Option<Vec<i32>> {
    if address == 0 || count == 0 {
        return Some(Vec::new());
    }
    let mut map = vec![0u8; count.div_ceil(8) as usize];
    peek::read(pid, address, &mut map).ok()?;
    let is_set = |fd: &i32| map[*fd as usize / 8] & (1 << (fd % 8)) != 0;
    Some((0..count as i32).filter(is_set).collect())
}

/// poll(2): an array of `{int fd; short events; short revents}`.
fn poll(pid: i32, args: [u64; 6], limit: Option<Duration>) -> Option<Block> {
    const READ: i16 = libc::POLLIN | libc::POLLPRI | libc::POLLRDNORM | libc::POLLRDBAND;
    let mut array = vec![0u8; args[1].min(MOST) as usize * 8];
    peek::read(pid, args[0], &mut array).ok()?;
    let (mut read, mut other) = (Vec::new(), Vec::new());
    for entry in array.chunks_exact(8) {
        let fd = i32::from_ne_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let events = i16::from_ne_bytes([entry[4], entry[5]]);
        match fd {
            ..0 => {}
            _ if events & READ != 0 => read.push(fd),
            _ => other.push(fd),
        }
    }
    Some(Block::Fds { call: WaitCall::Poll, read, other, limit })
}

/// A limit in milliseconds; negative is none.
fn millis(argument: u64) -> Option<Duration> {
    u64::try_from(argument as i32).ok().map(Duration::from_millis)
}

/// A limit behind a pointer; a null pointer is none. The outer option is whether it could be read.
fn time(pid: i32, address: u64, clock: Clock) -> Option<Option<Duration>> {
    if address == 0 {
        return Some(None);
    }
    let (seconds, fraction) = match clock {
        Clock::Nanos | Clock::Micros => {
            let bytes: [u8; 16] = peek::array(pid, address).ok()?;
            let (seconds, fraction) = bytes.split_at(8);
            (i64::from_ne_bytes(seconds.try_into().ok()?), i64::from_ne_bytes(fraction.try_into().ok()?))
        }
        Clock::NarrowNanos | Clock::NarrowMicros => {
            let bytes: [u8; 8] = peek::array(pid, address).ok()?;
            let (seconds, fraction) = bytes.split_at(4);
            let word = |half: &[u8]| half.try_into().map(|w| i64::from(i32::from_ne_bytes(w))).ok();
            (word(seconds)?, word(fraction)?)
        }
    };
    let (seconds, fraction) = (u64::try_from(seconds).ok()?, u64::try_from(fraction).ok()?);
    let fraction = match clock {
        Clock::Nanos | Clock::NarrowNanos => Duration::from_nanos(fraction),
        Clock::Micros | Clock::NarrowMicros => Duration::from_micros(fraction),
    };
    Some(Duration::from_secs(seconds).checked_add(fraction))
}

/// clock_nanosleep(2): a span, or, with TIMER_ABSTIME, a moment.
fn clock_sleep(pid: i32, args: [u64; 6]) -> Option<Duration> {
    let given = time(pid, args[2], Clock::Nanos)??;
    match args[1] as i32 & libc::TIMER_ABSTIME {
        0 => Some(given),
        _ => (args[0] as i32 == libc::CLOCK_MONOTONIC).then(|| given.saturating_sub(clock::monotonic())),
    }
}

/// futex(2): FUTEX_WAIT with a span, FUTEX_WAIT_BITSET with a moment; of the latter's clocks only the
/// monotonic one is read. The outer option is whether it waits at all.
fn futex(pid: i32, args: [u64; 6]) -> Option<Option<Duration>> {
    const REALTIME: u64 = libc::FUTEX_CLOCK_REALTIME as u64;
    let given = time(pid, args[3], Clock::Nanos)?;
    match args[1] as i32 & libc::FUTEX_CMD_MASK {
        libc::FUTEX_WAIT => Some(given),
        libc::FUTEX_WAIT_BITSET if args[1] & REALTIME != 0 => Some(None),
        libc::FUTEX_WAIT_BITSET => Some(given.map(|moment| moment.saturating_sub(clock::monotonic()))),
        _ => None,
    }
}

fn wide(number: i64) -> Option<Name> {
    common(number).or_else(|| older(number))
}

/// Calls that every 64-bit architecture has.
fn common(number: i64) -> Option<Name> {
    Some(match number {
        libc::SYS_read | libc::SYS_readv | libc::SYS_preadv2 | libc::SYS_splice => Name::Read,
        libc::SYS_write | libc::SYS_writev => Name::Write,
        libc::SYS_sendfile => Name::SendFile,
        libc::SYS_pselect6 => Name::Select(Clock::Nanos),
        libc::SYS_ppoll => Name::Ppoll(Clock::Nanos),
        libc::SYS_epoll_pwait => Name::EpollWait,
        libc::SYS_epoll_pwait2 => Name::EpollPwait2,
        libc::SYS_io_uring_enter => Name::Uring,
        libc::SYS_nanosleep => Name::Sleep,
        libc::SYS_clock_nanosleep => Name::ClockSleep,
        libc::SYS_futex => Name::Futex,
        libc::SYS_restart_syscall => Name::Restart,
        _ => return None,
    })
}

/// Calls that only x86-64 still has.
#[cfg(target_arch = "x86_64")]
fn older(number: i64) -> Option<Name> {
    Some(match number {
        libc::SYS_select => Name::Select(Clock::Micros),
        libc::SYS_poll => Name::Poll,
        libc::SYS_epoll_wait => Name::EpollWait,
        _ => return None,
    })
}

#[cfg(not(target_arch = "x86_64"))]
fn older(_number: i64) -> Option<Name> {
    None
}

/// Calls of an i386 program: arch/x86/entry/syscalls/syscall_32.tbl.
#[cfg(target_arch = "x86_64")]
fn narrow(number: i64) -> Option<Name> {
    Some(match number {
        3 | 145 | 313 | 378 => Name::Read,
        4 | 146 => Name::Write,
        187 | 239 => Name::SendFile,
        142 => Name::Select(Clock::NarrowMicros),
        308 => Name::Select(Clock::NarrowNanos),
        413 => Name::Select(Clock::Nanos),
        168 => Name::Poll,
        309 => Name::Ppoll(Clock::NarrowNanos),
        414 => Name::Ppoll(Clock::Nanos),
        256 | 319 => Name::EpollWait,
        441 => Name::EpollPwait2,
        426 => Name::Uring,
        407 => Name::ClockSleep,
        422 => Name::Futex,
        0 => Name::Restart,
        _ => return None,
    })
}

/// Nothing is known of other architectures' 32-bit programs.
#[cfg(not(target_arch = "x86_64"))]
fn narrow(_number: i64) -> Option<Name> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> i32 {
        std::process::id() as i32
    }

    fn call(number: i64, args: [u64; 6]) -> Call {
        Call::Blocked { number, args, word: Word::Wide }
    }

    #[test]
    fn a_thread_that_is_not_blocked_waits_for_nothing() {
        assert_eq!(block(own(), &Call::Running), None);
        assert_eq!(block(own(), &Call::Elsewhere), None);
    }

    #[test]
    fn a_read_names_its_descriptor() {
        let found = block(own(), &call(libc::SYS_read, [7, 0, 0, 0, 0, 0]));
        assert_eq!(found, Some(fds(WaitCall::Read, vec![7], None)));
    }

    #[test]
    fn a_select_s_maps_and_limit_are_read_from_memory() {
        let mut map = [0u8; 128];
        map[0] = 0b101;
        map[8] = 1;
        let limit: [i64; 2] = [1, 500_000_000];
        let args = [65, map.as_ptr() as u64, 0, 0, limit.as_ptr() as u64, 0];
        let found = block(own(), &call(libc::SYS_pselect6, args));
        assert_eq!(found, Some(fds_select(vec![0, 2, 64], Some(Duration::from_millis(1500)))));
    }

    fn fds_select(read: Vec<i32>, limit: Option<Duration>) -> Block {
        Block::Fds { call: WaitCall::Select, read, other: Vec::new(), limit }
    }

    #[test]
    fn a_poll_s_array_is_read_and_its_writers_are_not_readers() {
        let array = [
            libc::pollfd { fd: 0, events: libc::POLLIN, revents: 0 },
            libc::pollfd { fd: 5, events: libc::POLLOUT, revents: 0 },
            libc::pollfd { fd: -1, events: libc::POLLIN, revents: 0 },
        ];
        let args = [array.as_ptr() as u64, 3, 0, 0, 0, 0];
        let found = block(own(), &call(libc::SYS_ppoll, args));
        assert_eq!(
            found,
            Some(Block::Fds { call: WaitCall::Poll, read: vec![0], other: vec![5], limit: None })
        );
        let again = restarted_poll(own(), [array.as_ptr() as u64, 1, u64::from(u32::MAX), 0, 0, 0]);
        assert_eq!(
            again,
            Some(Block::Fds { call: WaitCall::Poll, read: vec![0], other: vec![], limit: None })
        );
    }

    #[test]
    fn memory_that_cannot_be_read_is_some_other_call() {
        assert_eq!(block(own(), &call(libc::SYS_ppoll, [8, 3, 0, 0, 0, 0])), Some(Block::Other));
        assert_eq!(block(own(), &call(libc::SYS_pselect6, [3, 8, 0, 0, 0, 0])), Some(Block::Other));
        assert_eq!(block(own(), &call(999_999, [0; 6])), Some(Block::Other));
    }

    #[test]
    fn sleeps_and_locks_have_their_limits() {
        let span: [i64; 2] = [2, 500_000_000];
        let at = span.as_ptr() as u64;
        let limit = Some(Duration::from_millis(2500));
        assert_eq!(
            block(own(), &call(libc::SYS_nanosleep, [at, 0, 0, 0, 0, 0])),
            Some(Block::Sleep { limit })
        );
        let wait = [0, libc::FUTEX_WAIT as u64, 0, at, 0, 0];
        assert_eq!(block(own(), &call(libc::SYS_futex, wait)), Some(Block::Lock { limit }));
        let soon = clock::monotonic() + Duration::from_secs(60);
        let moment: [i64; 2] = [soon.as_secs() as i64, 0];
        let wait = [0, libc::FUTEX_WAIT_BITSET as u64, 0, moment.as_ptr() as u64, 0, 0];
        let Some(Block::Lock { limit: Some(left) }) = block(own(), &call(libc::SYS_futex, wait)) else {
            panic!()
        };
        assert!((50..=60).contains(&left.as_secs()), "{left:?}");
        let forever = [0, libc::FUTEX_WAIT as u64, 0, 0, 0, 0];
        assert_eq!(block(own(), &call(libc::SYS_futex, forever)), Some(Block::Lock { limit: None }));
    }

    #[test]
    fn limits_are_read() {
        assert_eq!(millis(u64::from(u32::MAX)), None);
        assert_eq!(millis(250), Some(Duration::from_millis(250)));
        let found = block(own(), &call(libc::SYS_epoll_pwait, [4, 0, 0, 100, 0, 0]));
        assert_eq!(found, Some(Block::Epoll { fd: 4, limit: Some(Duration::from_millis(100)) }));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn an_i386_program_s_numbers_are_its_own() {
        let call = Call::Blocked { number: 3, args: [0; 6], word: Word::Narrow };
        assert_eq!(block(own(), &call), Some(fds(WaitCall::Read, vec![0], None)));
    }
}
