//! How often commands may begin: at most so many in any span of a given length.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::str::FromStr;
use std::time::Duration;

use ms_platform::time::{Time, parse_span};

/// The file of the last starts.
pub(super) const STARTS: &str = "starts";
/// The most starts that are remembered.
const MAX_COUNT: u32 = 10_000;
/// A line is a number of at most 20 digits.
const MAX_LINE: u64 = 21;

/// At most `count` starts in any `span`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    span: Duration,
}

impl FromStr for Rate {
    type Err = String;

    /// Reads `30/min`, `5/s`, `100/2h`.
    fn from_str(text: &str) -> Result<Rate, String> {
        let wrong = || format!("{text:?} is no rate such as 30/min, 5/s or 100/2h");
        let (count, span) = text.split_once('/').ok_or_else(wrong)?;
        let count: u32 = count.trim().parse().map_err(|_| wrong())?;
        let span = parse_span(span).or_else(|| parse_span(&format!("1{}", span.trim()))).ok_or_else(wrong)?;
        match count {
            1..=MAX_COUNT if !span.is_zero() => Ok(Rate { count, span }),
            1..=MAX_COUNT => Err(wrong()),
            _ => Err(format!("{text:?}: between 1 and {MAX_COUNT} starts can be counted")),
        }
    }
}

impl Rate {
    /// How long the next start must wait; none if it may be now. A start that lies ahead is of a clock that
    /// was set back since, and does not count.
    pub(super) fn wait(self, starts: &File, now: Time) -> io::Result<Option<Duration>> {
        let starts = read(starts)?;
        let counted: Vec<Time> = starts.into_iter().filter(|start| *start <= now).collect();
        let Some(first) = counted.len().checked_sub(self.count as usize) else { return Ok(None) };
        Ok(self.span.checked_sub(counted[first].until(now)).filter(|left| !left.is_zero()))
    }

    /// Adds a start; those that no longer matter go.
    pub(super) fn note(self, file: &File, now: Time) -> io::Result<()> {
        let mut starts = read(file)?;
        starts.retain(|start| *start <= now);
        starts.push(now);
        let kept = starts.len().saturating_sub(self.count as usize);
        let text: String = starts[kept..].iter().map(|start| format!("{}\n", start.0)).collect();
        file.write_all_at(text.as_bytes(), 0)?;
        file.set_len(text.len() as u64)
    }
}

/// The starts, the oldest first; lines that are none are passed over.
fn read(mut file: &File) -> io::Result<Vec<Time>> {
    let mut text = String::new();
    io::Seek::rewind(&mut file)?;
    file.take(u64::from(MAX_COUNT) * MAX_LINE).read_to_string(&mut text)?;
    Ok(text.lines().filter_map(|line| line.parse().ok().map(Time)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    #[test]
    fn rates_are_a_number_and_a_span() {
        let of = |count, seconds| Rate { count, span: Duration::from_secs(seconds) };
        for (text, expected) in
            [("30/min", of(30, 60)), ("5/s", of(5, 1)), ("100/2h", of(100, 7200)), ("1 / 10s", of(1, 10))]
        {
            assert_eq!(rate(text), expected, "{text}");
        }
        for bad in ["", "5", "0/s", "/s", "5/", "-1/s", "5/0s", "1.5/s", "5/soon", "99999999/s"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_span_sees_more_starts_than_the_rate_and_none_waits_longer_than_it_must() {
        let file = tempfile::tempfile().unwrap();
        let rate = rate("3/s");
        let mut starts: Vec<u64> = Vec::new();
        let mut now = 1_000_000;
        for step in 0..60 {
            now += [0, 7, 400, 90, 1500][step % 5];
            if let Some(wait) = rate.wait(&file, Time(now)).unwrap() {
                assert!(wait <= Duration::from_secs(1));
                now += wait.as_millis() as u64;
                assert_eq!(rate.wait(&file, Time(now)).unwrap(), None);
                assert!(rate.wait(&file, Time(now - 1)).unwrap().is_some(), "it waited too long");
            }
            rate.note(&file, Time(now)).unwrap();
            starts.push(now);
        }
        assert!(starts.windows(4).all(|four| four[3] - four[0] >= 1000), "{starts:?}");
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nobody_up() {
        let file = tempfile::tempfile().unwrap();
        let rate = rate("1/h");
        rate.note(&file, Time(10_000_000_000)).unwrap();
        assert!(rate.wait(&file, Time(10_000_000_001)).unwrap().is_some());
        assert_eq!(rate.wait(&file, Time(5_000_000_000)).unwrap(), None);
        file.write_all_at(b"what\n\xff\n", 0).unwrap();
        assert!(rate.wait(&file, Time(0)).is_err(), "not text");
    }
}
