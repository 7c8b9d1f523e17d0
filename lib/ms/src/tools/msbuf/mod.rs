//! `msbuf`: print what a session wrote, live or completed, from files alone.

mod cast;
mod follow;
mod json;
mod render;
mod screen;

use std::io::IsTerminal;

use clap::Parser;

use crate::cli::{Out, Outcome, Tool, complain, note};
use follow::{Lines, Sink};
use json::Last;
use msession::format::attention::Attention;
use msession::format::error::{Error, Result};
use msession::query::output::{self, Since, Source, Start};
use msession::store::history::History;
use render::Form;

/// Print what a session wrote
///
/// Prints all of it that is kept as plain lines: escape sequences interpreted, progress bars as their last
/// state. It reads files and needs no answer from the session, which may be busy, stopped or completed.
#[derive(Debug, Parser)]
#[command(name = "msbuf", version, after_help = EXAMPLES)]
pub struct Msbuf {
    /// What is on its screen now
    #[arg(short, long, group = "form", conflicts_with_all = ["follow", "since", "since_send", "lines", "bytes"])]
    screen: bool,
    /// Plain lines; so it is if nothing else is said
    #[arg(long, group = "form")]
    text: bool,
    /// The bytes as the program wrote them
    #[arg(short, long, group = "form", conflicts_with = "screen")]
    raw: bool,
    /// With colours, but without what a terminal would answer to or be changed by; also with --screen
    #[arg(short, long)]
    ansi: bool,
    /// A recording for asciinema players, in this version of their format (default: 2)
    #[arg(long, value_name = "VERSION", num_args = 0..=1, require_equals = true, default_missing_value = "2",
          group = "form", conflicts_with_all = ["ansi", "follow", "lines", "bytes", "json"])]
    cast: Option<cast::Version>,
    /// Go on as more is written, until the session is over
    #[arg(short, long)]
    follow: bool,
    /// Only the last LINES lines
    #[arg(short = 'n', long, value_name = "LINES", conflicts_with = "bytes")]
    lines: Option<usize>,
    /// Only the last BYTES bytes
    #[arg(short = 'c', long, value_name = "BYTES")]
    bytes: Option<usize>,
    /// Only what was written from there on: an offset, a time (RFC 3339), or a span before now (10m)
    #[arg(long, value_name = "WHERE", value_parser = Since::parse, conflicts_with = "since_send")]
    since: Option<Since>,
    /// Only what was written since mssend last began to type
    #[arg(long)]
    since_send: bool,
    /// An object with the text, its offset, how much is missing before it (gap) and where to go on (next)
    #[arg(long)]
    json: bool,
    /// The session; inside one, that one
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  msbuf -n 20 build
  msbuf --follow build | grep --line-buffered error
  msbuf --screen --ansi editor
  msbuf --since 10m build
  msbuf --cast build >build.cast";

impl Tool for Msbuf {
    fn run(self) -> Result<Outcome> {
        let mut source = Source::find(self.name.as_deref())?;
        if let Some(damage) = &source.damage {
            complain("msbuf", &Error::damaged(source.record.name.as_str(), damage));
        }
        if self.screen {
            return self.print_screen(&mut source);
        }
        let mut out = Out::new();
        let start = output::start(&source, self.since, self.since_send)?;
        if !self.json {
            tell_gap(&source, start.gap);
        }
        if let Some(version) = self.cast {
            cast::print(&mut source, start, version, &mut out)?;
        } else if self.follow {
            self.follow(&mut source, start, out)?;
            return Ok(Outcome::DONE);
        } else if self.json {
            out.json(&json::all(&mut source, self.form(), start, self.last())?)?;
        } else {
            self.print(&mut source, start, &mut out)?;
        }
        let done = out.done()?;
        looked_at(&source);
        Ok(done)
    }
}

/// A person who has read what a session wrote that is over need not be told of it any more.
fn looked_at(source: &Source) {
    let unseen = source.session().is_none() && source.status.attention == Some(Attention::Done);
    if unseen
        && std::io::stdout().is_terminal()
        && let Ok(Some(history)) = History::open()
    {
        // Where that can't be kept, they are told again.
        let _ = history.seen(&source.record.id);
    }
}

impl Msbuf {
    fn form(&self) -> Form {
        match (self.raw, self.ansi) {
            (true, _) => Form::Raw,
            (_, true) => Form::Ansi,
            _ => Form::Text,
        }
    }

    fn last(&self) -> Last {
        Last { lines: self.lines, bytes: self.bytes }
    }

    fn print_screen(&self, source: &mut Source) -> Result<Outcome> {
        let mut out = Out::new();
        let reply = screen::of(source)?;
        if self.json {
            out.json(&screen::to_json(source, &reply))?;
        } else {
            screen::print(&reply, self.ansi, &mut out)?;
        }
        let done = out.done()?;
        looked_at(source);
        Ok(done)
    }

    fn print(&self, source: &mut Source, start: Start, out: &mut Out) -> Result<()> {
        let to = source.range.written;
        let last = self.last();
        let lost = if self.lines.is_some() || self.bytes.is_some() {
            let mut text = Vec::new();
            let start = self.near_the_end(start, to);
            let lost = render::print(source, self.form(), start, to, &mut text)?;
            out.bytes(last.of(&text))?;
            lost
        } else {
            render::print(source, self.form(), start, to, out)?
        };
        tell_gap(source, lost);
        Ok(())
    }

    /// The last bytes as they were written are found without reading those before them.
    fn near_the_end(&self, start: Start, to: u64) -> Start {
        match self.bytes {
            Some(bytes) if self.form() == Form::Raw => {
                Start { offset: start.offset.max(to.saturating_sub(bytes as u64)), ..start }
            }
            _ => start,
        }
    }

    fn follow(&self, source: &mut Source, start: Start, mut out: Out) -> Result<()> {
        let mut start = start;
        if self.lines.is_some() || self.bytes.is_some() {
            let to = source.range.written;
            if self.json {
                out.json(&json::all(source, self.form(), start, self.last())?)?;
            } else {
                self.print(source, start, &mut out)?;
            }
            out.flush()?;
            start = Start { offset: to, gap: 0 };
        }
        if self.json {
            return follow::run(source, start, &mut json::Objects::new(self.form(), out));
        }
        follow::run(source, start, &mut Printed(Lines::new(self.form(), out)))
    }
}

/// What follows, printed.
struct Printed(Lines<Out>);

impl Sink for Printed {
    fn take(&mut self, source: &Source, offset: u64, bytes: &[u8], gap: u64) -> Result<()> {
        tell_gap(source, gap);
        self.0.feed(source, offset, bytes)
    }

    fn end(&mut self, source: &Source) -> Result<()> {
        self.0.finish(source)
    }
}

fn tell_gap(source: &Source, gap: u64) {
    if gap > 0 {
        let name = &source.record.name;
        note("msbuf", &format_args!("{name}: {gap} bytes of what was asked for are no longer kept"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_exclude_each_other_are_wrong_use() {
        let parse = |args: &[&str]| Msbuf::try_parse_from([&["msbuf", "x"], args].concat());
        for bad in [
            &["--raw", "--text"][..],
            &["--screen", "--follow"],
            &["--cast", "--json"],
            &["--cast=1"],
            &["--cast=3", "--follow"],
            &["-n", "1", "-c", "1"],
            &["--since", "5", "--since-send"],
            &["--since", "whenever"],
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        for good in [
            &["--screen", "--ansi"][..],
            &["-f", "-n", "5"],
            &["--json", "--since", "7"],
            &["--cast"],
            &["--cast=3"],
        ] {
            assert!(parse(good).is_ok(), "{good:?}");
        }
    }
}
