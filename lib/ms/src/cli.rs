//! What all tools share on the way in and out: arguments, messages, exit codes, output that survives
//! a closed pipe. The only place that prints; what to print is each tool's business.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use clap::error::ErrorKind;
use serde::Serialize;

use ms_platform::sys;
use ms_terminal::safe;
use msession::format::error::{Error, Result, exit};
use msession::store::rundir;

/// The width of a terminal that tells none, in columns.
const DEFAULT_WIDTH: usize = 80;

/// A tool: its arguments, as clap parsed them, and what it does with them.
pub trait Tool: Parser {
    /// Whether it says so when it can't use the runtime directory that the environment names.
    const TELLS_PLACE: bool = true;

    /// Does the tool's one job.
    ///
    /// # Errors
    /// Whatever the tool could not do: [`main`] prints it, and exits with its code.
    fn run(self) -> Result<Outcome>;
}

/// How a tool that did not fail ends: an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome(pub u8);

impl Outcome {
    /// Done.
    pub const DONE: Outcome = Outcome(exit::DONE);
    /// The answer is no.
    pub const NO: Outcome = Outcome(exit::NO);
}

/// A binary's `main`.
pub fn main<T: Tool>() -> ExitCode {
    ExitCode::from(match T::try_parse_from(std::env::args_os()) {
        Ok(tool) => {
            if T::TELLS_PLACE {
                rundir::tell_with(|why| note(&tool_name::<T>(), &why));
            }
            finish::<T>(tool.run())
        }
        Err(error) => refuse_arguments::<T>(&error),
    })
}

/// Turns a result into an exit code, with a message where there is something to say.
fn finish<T: Tool>(result: Result<Outcome>) -> u8 {
    match result {
        Ok(Outcome(code)) => code,
        Err(error) if is_closed_pipe(&error) => exit::DONE,
        Err(error) => {
            complain(&tool_name::<T>(), &error);
            error.exit_code()
        }
    }
}

fn tool_name<T: Tool>() -> String {
    T::command().get_name().to_owned()
}

/// Whether the reader of our output went away: not a failure of ours.
fn is_closed_pipe(error: &Error) -> bool {
    matches!(error, Error::System { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
}

/// Prints clap's own words: help and version to stdout, mistakes to stderr with the tool's name.
fn refuse_arguments<T: Tool>(error: &clap::Error) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let printed = error.print().and_then(|()| io::stdout().flush());
        return finish::<T>(printed.map(|()| Outcome::DONE).map_err(Error::system("standard output")));
    }
    let text = error.to_string();
    note(&tool_name::<T>(), &text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    exit::USAGE
}

/// Prints `tool: error` to stderr; nothing for an answer that is no.
pub fn complain(tool: &str, error: &Error) {
    if !matches!(error, Error::No) {
        note(tool, error);
    }
}

/// Prints `tool: text` to stderr, made safe.
pub fn note(tool: &str, text: &dyn fmt::Display) {
    let text = with_arguments_on_one_line(text.to_string(), std::env::args_os());
    let _ = writeln!(io::stderr(), "{tool}: {}", safe::escaped(&text));
}

/// A message whose lines are all ms's own: an argument that it repeats could begin one otherwise.
fn with_arguments_on_one_line(text: String, arguments: impl IntoIterator<Item = OsString>) -> String {
    arguments.into_iter().fold(text, |text, argument| {
        let argument = argument.to_string_lossy();
        if !argument.contains(['\n', '\t']) {
            return text;
        }
        // Of `--option=VALUE` the value is repeated alone.
        let value = argument.split_once('=').map_or("", |(_, value)| value);
        [&argument, value]
            .into_iter()
            .filter(|part| part.contains(['\n', '\t']))
            .fold(text, |text, part| text.replace(part, &safe::one_line(part)))
    })
}

/// Standard output: buffered, flushed by [`Out::done`], aware of whether a person sees it.
#[derive(Debug)]
pub struct Out {
    inner: BufWriter<StdoutLock<'static>>,
    terminal: bool,
}

impl Out {
    /// Takes standard output.
    pub fn new() -> Out {
        let stdout = io::stdout().lock();
        let terminal = stdout.is_terminal();
        Out { inner: BufWriter::with_capacity(64 << 10, stdout), terminal }
    }

    /// Whether it is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// The columns that a line has room for; without an end where no terminal shows it.
    pub fn width(&self) -> usize {
        if self.terminal { width_of(io::stdout()) } else { usize::MAX }
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// `System` if they cannot be written: a closed pipe, too.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.inner.write_all(bytes).map_err(Error::system("standard output"))
    }

    /// Writes text, made safe, and a newline.
    ///
    /// # Errors
    /// `System` if it cannot be written: a closed pipe, too.
    pub fn line(&mut self, text: impl fmt::Display) -> Result<()> {
        self.raw_line(&safe::escaped(&text.to_string()))
    }

    /// Writes text as it is, and a newline.
    ///
    /// # Errors
    /// `System` if it cannot be written: a closed pipe, too.
    pub fn raw_line(&mut self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())?;
        self.bytes(b"\n")
    }

    /// Writes a value as a line of JSON.
    ///
    /// # Errors
    /// `System` if it cannot be written: a closed pipe, too.
    pub fn json(&mut self, value: &impl Serialize) -> Result<()> {
        let text = safe::json(value).map_err(|why| Error::damaged("standard output", why))?;
        self.bytes(&text)?;
        self.bytes(b"\n")
    }

    /// Hands on what is buffered now.
    ///
    /// # Errors
    /// `System` if it cannot be written: a closed pipe, too.
    pub fn flush(&mut self) -> Result<()> {
        self.inner.flush().map_err(Error::system("standard output"))
    }

    /// Ends the output: what could not be written is an error.
    ///
    /// # Errors
    /// `System` if what is buffered cannot be written: a closed pipe, too.
    pub fn done(mut self) -> Result<Outcome> {
        self.flush()?;
        Ok(Outcome::DONE)
    }
}

/// The columns of a terminal.
pub fn width_of(terminal: impl AsFd) -> usize {
    match sys::tty::size(terminal) {
        Ok((cols, _)) if cols > 0 => usize::from(cols),
        _ => DEFAULT_WIDTH,
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Default for Out {
    fn default() -> Out {
        Out::new()
    }
}

/// Runs `each` on every name, complains about those that fail, and returns the first failure's code.
pub fn for_each_name<N: fmt::Display>(
    tool: &str,
    names: impl IntoIterator<Item = N>,
    mut each: impl FnMut(&N) -> Result<()>,
) -> Outcome {
    let mut code = exit::DONE;
    for name in names {
        if let Err(error) = each(&name) {
            complain(tool, &error);
            code = if code == exit::DONE { error.exit_code() } else { code };
        }
    }
    Outcome(code)
}

/// A span of time as an argument: seconds (`30`, `1.5`) or with a unit (`500ms`, `2m`, `1h 30m`).
///
/// # Errors
/// With the rule, for what is no span of time.
pub fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let plain = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    plain
        .or_else(|| ms_platform::time::parse_span(text))
        .ok_or_else(|| format!("{text:?} is not a span of time (seconds, or with a unit: 500ms, 2m, 1h)"))
}

/// The moment at which a span that begins now is over; none for one that no clock sees the end of.
pub fn deadline(span: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(span?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_begins_no_line_of_a_message() {
        let message = |arguments: &[&str], text: &str| {
            with_arguments_on_one_line(text.to_owned(), arguments.iter().map(OsString::from))
        };
        assert_eq!(message(&["a\nms: b"], "bad 'a\nms: b'\n\nUsage:"), "bad 'a\\nms: b'\n\nUsage:");
        assert_eq!(message(&["--x=a\nb", "c"], "bad 'a\nb': c"), "bad 'a\\nb': c");
        assert_eq!(message(&["a", ""], "one\ntwo"), "one\ntwo");
    }

    #[test]
    fn spans_of_time_are_seconds_or_have_a_unit() {
        assert_eq!(seconds("30"), Ok(Duration::from_secs(30)));
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        assert_eq!(seconds("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("1h 30m"), Ok(Duration::from_secs(5400)));
        for bad in ["", "-1", "soon", "1e99", "nan", "inf"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
