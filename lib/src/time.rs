//! Wall-clock times as the files have them: milliseconds since 1970, written as RFC 3339 in UTC.
//! Measuring durations is not its business: that is the monotonic clock's.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The present moment.
    pub fn now() -> Time {
        Time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64)
    }

    /// The present moment as of the last tick of the kernel's clock: up to 10 ms early (`CONFIG_HZ`), for
    /// a fifth of the price (clock_gettime(2), `CLOCK_REALTIME_COARSE`).
    pub fn coarse_now() -> Time {
        match clock_gettime(ClockId::CLOCK_REALTIME_COARSE) {
            Ok(now) => Time(Duration::from(now).as_millis() as u64),
            Err(_) => Time::now(),
        }
    }

    /// How long ago this was at `now`; zero if it lies ahead.
    pub fn until(self, now: Time) -> Duration {
        Duration::from_millis(now.0.saturating_sub(self.0))
    }

    /// Reads RFC 3339, e.g. `2026-01-31T12:00:00.000Z`.
    pub fn parse(text: &str) -> Option<Time> {
        let system = humantime::parse_rfc3339_weak(text).ok()?;
        Some(Time(system.duration_since(UNIX_EPOCH).ok()?.as_millis() as u64))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // humantime refuses years above 9999, a damaged file may have one.
        let capped = self.0.min(253_402_300_799_000);
        humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(capped)).fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Time::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not an RFC 3339 time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarse_clock_is_hardly_early_and_never_late() {
        let coarse = Time::coarse_now();
        let now = Time::now();
        assert!(coarse <= now, "{coarse} {now}");
        let before = Time::now();
        assert!(Time::coarse_now().until(before) <= Duration::from_millis(10));
    }

    #[test]
    fn times_are_rfc_3339_with_milliseconds() {
        let time = Time(1_769_860_800_042);
        assert_eq!(time.to_string(), "2026-01-31T12:00:00.042Z");
        assert_eq!(Time::parse("2026-01-31T12:00:00.042Z"), Some(time));
        assert_eq!(Time::parse("yesterday"), None);
        assert!(!Time(u64::MAX).to_string().is_empty());
    }
}
