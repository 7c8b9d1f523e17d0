//! The CPU clock of any process, and the monotonic clock: clock_gettime(2). Half a microsecond, and no
//! privilege is needed. It will never say whether a process still is the one that was meant.

use std::time::Duration;

use nix::libc;
use nix::time::{ClockId, clock_gettime};

/// CPU time that all threads of `pid` have used since it began; none if there is no such process.
///
/// The clock's number is `(~pid << 3) | CPUCLOCK_SCHED` (kernel: include/linux/posix-timers_types.h),
/// what clock_getcpuclockid(3) computes.
pub fn cpu_time(pid: i32) -> Option<Duration> {
    const CPUCLOCK_SCHED: libc::clockid_t = 2;
    let clock = ClockId::from_raw((!pid << 3) | CPUCLOCK_SCHED);
    clock_gettime(clock).ok().map(Duration::from)
}

/// The present moment on CLOCK_MONOTONIC, which stands still while the machine is suspended.
pub fn monotonic() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_s_own_clock_advances_and_a_missing_process_has_none() {
        let own = std::process::id() as i32;
        let before = cpu_time(own).unwrap();
        let mut sum = 0u64;
        while cpu_time(own).unwrap() < before + Duration::from_millis(2) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert_eq!(cpu_time(i32::MAX - 7), None);
    }
}
