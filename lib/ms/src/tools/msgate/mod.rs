//! `msgate`: run a command when one of a few slots is free, first come first served.

mod list;
mod waiting_line;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use clap::Parser;

use crate::cli::{self, Outcome, Tool, seconds};
use msession::format::config::Config;
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::store::gate::{Gate, Holder, MAX_SLOTS, Rate, Wish};
use msession::store::session::Runtime;
use waiting_line::WaitingLine;

/// Run a command when a slot is free
///
/// At most SLOTS commands of a group run at once; the others wait their turn, first come first served. A
/// slot is free again when the command has ended, however it ends.
#[derive(Debug, Parser)]
#[command(name = "msgate", version, after_help = EXAMPLES)]
pub struct Msgate {
    /// How many may run at once; without it, what api_calls in the configuration says
    #[arg(short = 'n', long, value_name = "SLOTS",
        value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_SLOTS)))]
    slots: Option<u16>,
    /// The commands that take turns, a name; without it, "default" (with --list: all)
    // A name with a hyphen is a name that breaks the rule, and is told so.
    #[arg(short, long, value_name = "GROUP", allow_hyphen_values = true)]
    group: Option<String>,
    /// And at most so many begin in a span of time: 30/min, 5/s, 100/2h
    #[arg(long, value_name = "N/TIME")]
    rate: Option<Rate>,
    /// Give up after TIME without a slot
    #[arg(short, long, value_name = "TIME", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Show who holds slots, and who waits
    #[arg(short, long, conflicts_with_all = ["slots", "rate", "timeout", "command"])]
    list: bool,
    /// With --list: one JSON array
    #[arg(long, requires = "list", conflicts_with = "command")]
    json: bool,
    /// The program and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, required_unless_present = "list")]
    command: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  msgate -n 2 -g build -- make -j4
  msgate -g api --rate 30/min -- curl -s https://api.example/v1
  msgate --list";

/// The group of calls that name none.
const DEFAULT_GROUP: &str = "default";

impl Tool for Msgate {
    fn run(self) -> Result<Outcome> {
        let group = self.group.as_deref().map(SessionName::new).transpose()?;
        if self.list {
            return list::print(group.as_ref(), self.json);
        }
        let group = group.map_or_else(|| SessionName::new(DEFAULT_GROUP), Ok)?;
        let gate = Gate::make(&Runtime::make()?, group)?;
        // What a command with a slot runs needs none of its own: two that wait for each other would wait for ever.
        if gate.is_entered() {
            return Err(self.become_command());
        }
        let wish = Wish {
            slots: self.slots()?,
            rate: self.rate,
            holder: Holder::this(&self.command),
            deadline: cli::deadline(self.timeout),
        };
        let mut line = WaitingLine::new(&wish);
        let slot = gate.enter(&wish, &mut |gate| line.show(gate));
        line.clear();
        slot?.keep().map_err(Error::errno("the slot"))?;
        Err(self.become_command())
    }
}

impl Msgate {
    fn slots(&self) -> Result<u16> {
        match self.slots {
            Some(slots) => Ok(slots),
            None => Ok(Config::load()?.limits.api_calls.clamp(1, MAX_SLOTS.into()) as u16),
        }
    }

    /// Becomes the command: its exit code, signals and descriptors are its own. Comes back only with what kept
    /// it from that.
    fn become_command(&self) -> Error {
        let source = Command::new(&self.command[0]).args(&self.command[1..]).exec();
        Error::Exec { program: self.command[0].to_string_lossy().into_owned(), source }
    }
}
