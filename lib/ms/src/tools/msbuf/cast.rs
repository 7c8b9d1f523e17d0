//! Output as an asciicast, version 2 or 3 (docs.asciinema.org/manual/asciicast/v2 and v3): a header, then
//! one event a line, `[seconds, code, data]`, with `o` for output, `r` for a resize, and in version 3 `x` for
//! the program's end. Seconds count from the beginning in version 2, from the event before in version 3.

use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use crate::cli::Out;
use ms_platform::time::Time;
use ms_terminal::screen::replay::safe_start;
use ms_terminal::tokens::incomplete_utf8;
use msession::format::error::Result;
use msession::format::status::Exit;
use msession::query::output::Source;
use msession::query::output::Start;
use msession::store::ring::{SizeMark, TimeMark};

/// A version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Version {
    /// What every player reads
    #[value(name = "2")]
    Two,
    /// What asciinema reads and writes from its own version 3 on
    #[value(name = "3")]
    Three,
}

/// Prints the recording of what was written from `start` on.
pub(super) fn print(source: &mut Source, start: Start, version: Version, out: &mut Out) -> Result<()> {
    let times = source.times()?;
    let (size, later) = source.sizes_from(start.offset)?;
    let first = times.iter().rfind(|mark| mark.offset <= start.offset).or(times.first());
    let began = first.map_or(source.record.created, |mark| mark.time);
    let mut cast = Cast { out, version, began, clock: began, held: Vec::new() };
    cast.header(source, size)?;
    if start.offset > source.range.floor {
        let mut screen = super::screen::replayed(source, Some(start.offset))?.dump();
        cast.output(&mut screen, began)?;
    }
    let mut player =
        Player { cast, times: &times, sizes: &later, cut_off: start.offset == source.range.floor };
    let end = source.range.written;
    source.copy(start.offset, end, |offset, bytes| player.play(offset, bytes))?;
    player.end(source)
}

/// What programs of a session take their terminal to be.
const TERM: &str = "xterm-256color";

/// Writes events.
struct Cast<'a> {
    out: &'a mut Out,
    version: Version,
    began: Time,
    /// The time of the last event.
    clock: Time,
    /// The beginning of a character that is not complete: data is text.
    held: Vec<u8>,
}

impl Cast<'_> {
    fn header(&mut self, source: &Source, (cols, rows): (u16, u16)) -> Result<()> {
        let (command, title) = (source.record.argv.join(" "), &source.record.name);
        let timestamp = self.began.0 / 1000;
        self.out.json(&match self.version {
            Version::Two => json!({
                "version": 2,
                "width": cols,
                "height": rows,
                "timestamp": timestamp,
                "command": command,
                "title": title,
                "env": { "TERM": TERM },
            }),
            Version::Three => json!({
                "version": 3,
                "term": { "cols": cols, "rows": rows, "type": TERM },
                "timestamp": timestamp,
                "command": command,
                "title": title,
            }),
        })
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
        let since = match self.version {
            Version::Two => self.began,
            Version::Three => self.clock,
        };
        self.clock = time;
        self.out.json(&Event(since.until(time).as_secs_f64(), code, data))
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
            (Some(code), Some(ended)) if self.cast.version == Version::Three => {
                self.cast.event(ended, "x", &code.to_string())
            }
            _ => Ok(()),
        }
    }
}
