//! `mswait`: block until sessions reach a state, by the kernel's word alone.

mod candidate;
mod changes;
mod conditions;
pub(crate) mod fragments;
mod until;
mod waiting;

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use clap::Parser;

use crate::cli::{Outcome, Tool, note, seconds};
use candidate::From;
use changes::Changes;
use conditions::Conditions;
use ms_platform::sys;
use msession::format::error::{Error, Result, exit};
use msession::format::status::{Exit, Status, StatusRecord};
use msession::query::lookup;
use msession::query::output::Since;
use until::Until;
use waiting::{Ended, Waiting};

/// Wait until sessions reach a state
///
/// Returns at once if it is so already, else as soon as it is, and prints the names of sessions as they
/// come true. Without a condition: until one needs somebody (asks, done), the most urgent first; with names,
/// until these wait. With several conditions, until all of them hold for a session. With names, all of these
/// must come true; without, any of the sessions that there are or that begin meanwhile.
#[derive(Debug, Parser)]
#[command(name = "mswait", version, after_help = EXAMPLES)]
pub struct Mswait {
    /// Until it is one of these: active, processing, waiting, paused, completed; asks, done, idle
    #[arg(short, long, value_name = "STATE", value_delimiter = ',')]
    until: Vec<Until>,
    /// Until REGEX matches in what it wrote or writes, or on its screen
    #[arg(long, value_name = "REGEX")]
    text: Option<String>,
    /// With --text: only in what was written from there on (an offset, a time, or a span such as 10m)
    #[arg(long, value_name = "WHERE", value_parser = Since::parse, requires = "text", conflicts_with = "since_send")]
    since: Option<Since>,
    /// With --text: only in what was written since mssend last began to type; with --quiet: only the silence
    /// after it has typed, which is so by itself where it has
    #[arg(long)]
    since_send: bool,
    /// Until it has written nothing for TIME (2, 0.5, 300ms, 1m)
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    quiet: Option<Duration>,
    /// Until its status, or what it waits for, is another than now
    #[arg(long)]
    changed: bool,
    /// One of them is enough
    #[arg(long, conflicts_with = "all")]
    any: bool,
    /// All of them
    #[arg(short, long)]
    all: bool,
    /// Give up after TIME
    #[arg(short, long, value_name = "TIME", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Exit as the program did, 128+n after signal n; without a condition, wait until it is over
    #[arg(short = 'e', long)]
    exit_status: bool,
    /// Print a line for each change, until nobody reads them
    #[arg(short, long, conflicts_with_all = ["text", "quiet", "changed", "any", "all", "timeout", "exit_status"])]
    follow: bool,
    /// With --follow: an object a line
    #[arg(long, requires = "follow")]
    json: bool,
    /// Sessions; without one, all that there are
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  mswait --any | xargs msswitch
  mswait --exit-status build && ./deploy
  mswait --text 'listening on .*:8080' -t 30 api
  mswait --quiet 5 build
  mswait --all --until completed one two three
  mswait --follow --json | jq --unbuffered -r 'select(.status == \"waiting\").name'";

impl Tool for Mswait {
    fn run(self) -> Result<Outcome> {
        let names = self.names.clone();
        match self.wait() {
            Err(refused @ Error::Refused(_)) => match lookup::common_place(&names)? {
                Some(place) => Err(begin_again_in(&place)),
                None => Err(refused),
            },
            done => done,
        }
    }
}

/// Begins anew in the runtime directory where the sessions live: all that is followed is there. Comes back
/// only with what kept it from that.
fn begin_again_in(place: &Path) -> Error {
    let mut arguments = std::env::args_os();
    let tool = arguments.next().unwrap_or_else(|| "mswait".into());
    let mut again = Command::new("/proc/self/exe");
    again.arg0(tool).args(arguments).env("MS_RUNTIME_DIR", place);
    Error::system(place.display().to_string())(again.exec())
}

impl Mswait {
    fn wait(mut self) -> Result<Outcome> {
        if self.follow {
            Changes::of(&self.names, self.until, self.json)?.tell()?;
            return Ok(Outcome::DONE);
        }
        self.choose_default();
        if self.since_send && self.text.is_none() && self.quiet.is_none() {
            return Err(Error::Usage(
                "--since-send says where --text looks or from when --quiet counts".into(),
            ));
        }
        let from = From { since: self.since, since_send: self.since_send };
        let all = self.all || !self.any && !self.names.is_empty();
        let conditions = self.conditions()?;
        let mut waiting = Waiting::begin(&self.names, all, conditions, from, self.timeout)?;
        if waiting.is_empty() && !all {
            note("mswait", &"no sessions yet: waiting for one to begin");
        }
        let ended = waiting.run();
        // Somebody waits for this to end. Without a process to spare it takes a moment longer.
        let _ = sys::process::leave_closing();
        let ended = ended?;
        if let Ended::Unmet(names) = &ended {
            self.tell_unmet(names);
        }
        match waiting.exit_status().filter(|_| self.exit_status) {
            Some(status) => handed_on(status),
            None if matches!(ended, Ended::Unmet(_)) => Ok(Outcome::NO),
            None => Ok(Outcome::DONE),
        }
    }

    fn choose_default(&mut self) {
        if self.until.is_empty() && self.text.is_none() && self.quiet.is_none() && !self.changed {
            self.until = match (self.exit_status, self.names.is_empty()) {
                (true, _) => vec![Until::Status(Status::Completed)],
                // Whoever names a session has a script go on once it waits, seen or not.
                (false, false) => vec![Until::Status(Status::Waiting)],
                (false, true) => Until::NEEDED.to_vec(),
            };
        }
    }

    fn conditions(&self) -> Result<Conditions> {
        let text = self.text.as_deref().map(conditions::pattern).transpose()?;
        Ok(Conditions { until: self.until.clone(), text, quiet: self.quiet, changed: self.changed })
    }

    fn tell_unmet(&self, names: &[String]) {
        if !self.exit_status {
            let (names, verb) = (names.join(", "), if names.len() == 1 { "has" } else { "have" });
            note("mswait", &format_args!("{names}: {verb} ended before that"));
        }
    }
}

/// The program's own code.
fn handed_on(status: &StatusRecord) -> Result<Outcome> {
    match status.exit.unwrap_or(Exit::LOST).shell_code() {
        Some(code) => Ok(Outcome(code)),
        None => Err(Error::Told { code: exit::SYSTEM, message: "how it ended is not known".into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msession::format::attention::Attention;

    #[test]
    fn without_a_condition_it_is_a_wait_for_a_person() {
        let parse = |args: &[&str]| {
            let mut tool = Mswait::try_parse_from([&["mswait"], args].concat()).unwrap();
            tool.choose_default();
            tool.until
        };
        assert_eq!(parse(&[]), Until::NEEDED);
        assert_eq!(parse(&["--any"]), Until::NEEDED);
        assert_eq!(parse(&["a"]), [Until::Status(Status::Waiting)]);
        assert_eq!(parse(&["--exit-status"]), [Until::Status(Status::Completed)]);
        assert_eq!(parse(&["--quiet", "1"]), []);
        let named = parse(&["--until", "paused,asks"]);
        assert_eq!(named, [Until::Status(Status::Paused), Until::Attention(Attention::Asks)]);
    }
}
