//! Where to begin: an offset, a time, or where a script last typed.

use std::time::Duration;

use super::Source;
use crate::format::error::{Error, Result};
use crate::store::ring;
use ms_platform::time::{Time, parse_span};

/// What `--since` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Bytes since the session began.
    Offset(u64),
    /// A moment.
    At(Time),
    /// So long ago.
    Ago(Duration),
}

impl Since {
    /// Reads an offset (`4096`), a time (RFC 3339) or a span before now (`10m`, `1h 30m`).
    ///
    /// # Errors
    /// With the rule, for what is none of these.
    pub fn parse(text: &str) -> std::result::Result<Since, String> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text
                .parse()
                .map(Since::Offset)
                .map_err(|_| format!("{text}: no session wrote that much"));
        }
        if let Some(time) = Time::parse_zoned(text) {
            return Ok(Since::At(time));
        }
        let span = text.strip_suffix("ago").unwrap_or(text).trim();
        parse_span(span).map(Since::Ago).ok_or_else(|| {
            "neither an offset (4096), nor a time (2026-01-31T12:00:00Z), nor a span of time (10m)".into()
        })
    }
}

/// A place in the output, and how many bytes before it were asked for but are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Where to begin.
    pub offset: u64,
    /// So many bytes before it.
    pub gap: u64,
}

/// Where what was asked for begins.
///
/// # Errors
/// `Usage` for an offset that is not written yet, `Refused` where nothing was sent, `System` or `Damaged` if
/// the times of the output cannot be read.
pub fn start(source: &Source, since: Option<Since>, since_send: bool) -> Result<Start> {
    let (floor, name) = (source.range.floor, &source.record.name);
    let wanted = match since {
        _ if since_send => source
            .status
            .sent
            .ok_or_else(|| Error::Refused(format!("{name}: nothing was typed into it by mssend")))?,
        None => return Ok(Start { offset: floor, gap: 0 }),
        Some(Since::Offset(offset)) if offset > source.range.written => {
            let written = source.range.written;
            return Err(Error::Usage(format!("--since {offset}: {name} has written only {written} bytes")));
        }
        Some(Since::Offset(offset)) => offset,
        Some(Since::At(time)) => at(source, time)?,
        Some(Since::Ago(span)) => at(
            source,
            Time(Time::now().0.saturating_sub(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))),
        )?,
    };
    Ok(Start { offset: wanted.max(floor), gap: floor.saturating_sub(wanted) })
}

/// Offset of what was written at that time. Before what is kept there may have been more.
fn at(source: &Source, time: Time) -> Result<u64> {
    let now = Time::now();
    if time > now {
        let span = humantime::format_duration(Duration::from_secs(now.until(time).as_secs().max(1)));
        return Err(Error::Usage(format!("--since {time}: lies {span} in the future")));
    }
    if time <= source.record.created {
        return Ok(0);
    }
    let offset = ring::offset_at(&source.times()?, time).unwrap_or(source.range.written);
    Ok(offset.min(source.range.written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_times_and_spans_are_told_apart() {
        assert_eq!(Since::parse("4096"), Ok(Since::Offset(4096)));
        assert_eq!(Since::parse("1970-01-01T00:00:01Z"), Ok(Since::At(Time(1000))));
        assert_eq!(Since::parse("1970-01-01T02:00:01+02:00"), Ok(Since::At(Time(1000))));
        assert_eq!(Since::parse("10m"), Ok(Since::Ago(Duration::from_secs(600))));
        assert_eq!(Since::parse("1h 30m ago"), Ok(Since::Ago(Duration::from_secs(5400))));
        for bad in ["", "yesterday", "-5", "99999999999999999999999"] {
            assert!(Since::parse(bad).is_err(), "{bad}");
        }
    }
}
