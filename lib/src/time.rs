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

impl Time {
    /// Reads RFC 3339 with any offset from UTC, as `date -Is` prints it.
    pub fn parse_zoned(text: &str) -> Option<Time> {
        let at = text.len().checked_sub(6)?;
        let Some((time, zone)) = text.split_at_checked(at).filter(|(_, zone)| zone.starts_with(['+', '-']))
        else {
            return Time::parse(text);
        };
        let (hours, minutes) = zone[1..].split_once(':')?;
        let (hours, minutes) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
        let shift =
            (hours.checked_mul(60)? + minutes).checked_mul(60_000).filter(|_| hours < 24 && minutes < 60)?;
        // A date alone may end as a zone would.
        let local = Time::parse(&format!("{time}Z")).filter(|_| time.contains(['T', 't', ' ']))?;
        let time =
            if zone.starts_with('+') { local.0.checked_sub(shift)? } else { local.0.checked_add(shift)? };
        Some(Time(time))
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
        for text in
            ["2026-01-31T12:00:00.042Z", "2026-01-31T13:30:00.042+01:30", "2026-01-31 10:00:00.042-02:00"]
        {
            assert_eq!(Time::parse_zoned(text), Some(time), "{text}");
        }
        for bad in ["", "yesterday", "2026-01-31T12:00:00+1:00", "2026-01-31T12:00:00+99:00", "2026-01-31"] {
            assert_eq!(Time::parse_zoned(bad), None, "{bad}");
        }
        assert!(!Time(u64::MAX).to_string().is_empty());
    }
}
