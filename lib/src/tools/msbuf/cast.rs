//! Output as an asciicast, version 3 (docs.asciinema.org/manual/asciicast/v3): a header, then one event a
//! line, `[seconds since the one before, code, data]`, with `o` for output, `r` for a resize, `x` for the
//! program's end.

use serde::Serialize;
use serde_json::json;

use crate::cli::Out;
use crate::error::{Error, Result};
use crate::output::Source;
use crate::output::Start;
use crate::ring::{SizeMark, TimeMark};
use crate::scan::machine::incomplete_utf8;
use crate::screen::replay::safe_start;
use crate::status::Exit;
use crate::time::Time;

/// Prints the recording of what was written from `start` on.
pub(super) fn print(source: &mut Source, start: Start, out: &mut Out) -> Result<()> {
    let times = source.times()?;
    let (size, later) = source.sizes_from(start.offset)?;
    let first = times.iter().rfind(|mark| mark.offset <= start.offset).or(times.first());
    let began = first.map_or(source.record.created, |mark| mark.time);
    let mut cast = Cast { out, clock: began, held: Vec::new() };
    cast.header(source, size, began)?;
    if start.offset > source.place.floor {
        let mut screen = super::screen::replayed(source, Some(start.offset))?.dump();
        cast.output(&mut screen, began)?;
    }
    let mut player =
        Player { cast, times: &times, sizes: &later, cut_off: start.offset == source.place.floor };
    let end = source.place.written;
    source.copy(start.offset, end, |offset, bytes| player.play(offset, bytes))?;
    player.end(source)
}

/// Writes events.
struct Cast<'a> {
    out: &'a mut Out,
    /// The time of the last event.
    clock: Time,
    /// The beginning of a character that is not complete: data is text.
    held: Vec<u8>,
}

impl Cast<'_> {
    fn header(&mut self, source: &Source, (cols, rows): (u16, u16), began: Time) -> Result<()> {
        let header = json!({
            "version": 3,
            "term": { "cols": cols, "rows": rows, "type": "xterm-256color" },
            "timestamp": began.0 / 1000,
            "command": source.record.argv.join(" "),
            "title": source.record.name,
        });
        self.out.line(header)
    }

    fn output(&mut self, bytes: &mut Vec<u8>, time: Time) -> Result<()> {
        let mut text = std::mem::take(&mut self.held);
        text.append(bytes);
        self.held = text.split_off(text.len() - incomplete_utf8(&text));
        if text.is_empty() { Ok(()) } else { self.event(time, "o", &String::from_utf8_lossy(&text)) }
    }

    fn event(&mut self, time: Time, code: &str, data: &str) -> Result<()> {
        // A clock that was set back is no time travel.
        let time = time.max(self.clock);
        let passed = self.clock.until(time).as_secs_f64();
        self.clock = time;
        let line = serde_json::to_string(&Event(passed, code, data));
        self.out.line(line.map_err(|why| Error::damaged("event", why))?)
    }
}

#[derive(Serialize)]
struct Event<'a>(f64, &'a str, &'a str);

/// Cuts output where the time or the size changes.
struct Player<'a, 'b> {
    cast: Cast<'a>,
    times: &'b [TimeMark],
    sizes: &'b [SizeMark],
    /// What comes first may be the end of a sequence whose beginning is gone.
    cut_off: bool,
}

impl Player<'_, '_> {
    fn play(&mut self, mut offset: u64, mut bytes: &[u8]) -> Result<()> {
        if std::mem::take(&mut self.cut_off) && offset > 0 {
            let skip = safe_start(bytes);
            (offset, bytes) = (offset + skip as u64, &bytes[skip..]);
        }
        while !bytes.is_empty() {
            self.resize(offset)?;
            let time = self.time(offset);
            let next = self.times.first().map(|mark| mark.offset);
            let next = next.into_iter().chain(self.sizes.first().map(|mark| mark.offset)).min();
            let len = next.map_or(bytes.len(), |next| bytes.len().min((next - offset) as usize));
            let (now, rest) = bytes.split_at(len);
            self.cast.output(&mut now.to_vec(), time)?;
            (offset, bytes) = (offset + len as u64, rest);
        }
        Ok(())
    }

    /// When the byte at `offset` was written; the marks that are left come after it.
    fn time(&mut self, offset: u64) -> Time {
        let passed = self.times.iter().take_while(|mark| mark.offset <= offset).count();
        let time = passed.checked_sub(1).map_or(self.cast.clock, |last| self.times[last].time);
        self.times = &self.times[passed..];
        time
    }

    fn resize(&mut self, offset: u64) -> Result<()> {
        while let Some((mark, rest)) = self.sizes.split_first().filter(|(mark, _)| mark.offset <= offset) {
            self.sizes = rest;
            self.cast.event(mark.time, "r", &format!("{}x{}", mark.cols, mark.rows))?;
        }
        Ok(())
    }

    fn end(mut self, source: &Source) -> Result<()> {
        if !self.cast.held.is_empty() {
            let rest = String::from_utf8_lossy(&std::mem::take(&mut self.cast.held)).into_owned();
            self.cast.event(self.cast.clock, "o", &rest)?;
        }
        self.resize(u64::MAX)?;
        let code = source.status.exit.and_then(Exit::shell_code);
        match (code, source.status.ended) {
            (Some(code), Some(ended)) => self.cast.event(ended, "x", &code.to_string()),
            _ => Ok(()),
        }
    }
}
