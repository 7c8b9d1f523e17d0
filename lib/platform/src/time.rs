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

/// Units of [`parse_span`], in nanoseconds. A month is a twelfth of a year, a year 365.25 days.
const UNITS: [(&[&str], u128); 10] = [
    (&["ns", "nsec"], 1),
    (&["us", "usec", "µs"], 1_000),
    (&["ms", "msec"], 1_000_000),
    (&["s", "sec", "second", "seconds"], SECOND),
    (&["m", "min", "minute", "minutes"], 60 * SECOND),
    (&["h", "hr", "hour", "hours"], 3600 * SECOND),
    (&["d", "day", "days"], 86_400 * SECOND),
    (&["w", "week", "weeks"], 7 * 86_400 * SECOND),
    (&["M", "month", "months"], 2_630_016 * SECOND),
    (&["y", "year", "years"], 31_557_600 * SECOND),
];
const SECOND: u128 = 1_000_000_000;

/// Reads a span of time with its units, e.g. `500ms`, `1h 30m`, `1.5days`; none for one that is no such
/// text, or too long to be counted.
pub fn parse_span(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut sum: u128 = 0;
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    loop {
        let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, behind) = rest.split_at(number);
        let behind = behind.trim_start();
        let unit = behind.find(|c: char| !c.is_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit);
        sum = sum.checked_add(nanoseconds(number, unit)?)?;
        rest = behind.trim_start();
        if rest.is_empty() {
            let seconds = u64::try_from(sum / SECOND).ok()?;
            return Some(Duration::new(seconds, (sum % SECOND) as u32));
        }
    }
}

/// What a number of a unit is; what is below a nanosecond is not counted.
fn nanoseconds(number: &str, unit: &str) -> Option<u128> {
    let (_, unit) = UNITS.into_iter().find(|(names, _)| names.contains(&unit))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole: u64 = whole.parse().ok()?;
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // No more digits than make a difference to the longest unit.
    let digits = &fraction[..fraction.len().min(18)];
    let part = digits.parse::<u128>().ok()? * unit / 10u128.pow(digits.len() as u32);
    u128::from(whole).checked_mul(unit)?.checked_add(part)
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
    fn spans_have_units_and_are_never_too_long_to_count() {
        let ms = Duration::from_millis;
        for (text, span) in [
            ("0", ms(0)),
            ("500ms", ms(500)),
            ("1h 30m", ms(5_400_000)),
            ("1h30min", ms(5_400_000)),
            ("30days", ms(30 * 86_400_000)),
            ("1.5 s", ms(1500)),
            ("2 weeks 1 d", ms(15 * 86_400_000)),
            ("1µs 1ns", Duration::from_nanos(1001)),
            ("1M", ms(2_630_016_000)),
            ("18446744073709551615s", Duration::from_secs(u64::MAX)),
            ("18446744073709551615s 999999999ns", Duration::MAX),
        ] {
            assert_eq!(parse_span(text), Some(span), "{text}");
        }
        for bad in [
            "",
            "5",
            "s",
            "1.s",
            ".5s",
            "1..5s",
            "-1s",
            "1h-3m",
            "1 mile",
            "18446744073709551615s 1000000000ns",
            "18446744073709551616s",
            "18446744073709551615y",
            "1m 5",
            "١s",
        ] {
            assert_eq!(parse_span(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_much_for_a_span_or_a_time(
            numbers in proptest::collection::vec((proptest::num::u64::ANY, "[.]?[0-9]{0,20}", "ns|us|ms|s|m|h|d|w|M|y| |é|[+:-]"), 0..4),
            text in proptest::string::string_regex("[0-9T:Z+. -]{0,30}|.{0,12}").unwrap(),
        ) {
            let numbers: Vec<String> = numbers.iter().map(|(n, part, unit)| format!("{n}{part}{unit}")).collect();
            for text in [numbers.join(" "), numbers.concat(), text] {
                let _ = parse_span(&text);
                let _ = Time::parse_zoned(&text).map(|time| time.to_string());
            }
        }
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
