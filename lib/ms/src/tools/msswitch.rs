//! `msswitch`: put this terminal on a session.

use clap::{Parser, ValueEnum};

use crate::cli::{Outcome, Tool};
use crate::client::{self, CompletedSession, Left, Options, PREVIOUS, Replay, Target};
use msession::format::config::Config;
use msession::format::error::{Result, exit};
use msession::query::lookup::{self, Found};
use msession::store::session::Runtime;

/// Put this terminal on a session
///
/// Without NAME: on the one that needs somebody most. `-` is the session that this terminal was on before. Of a
/// session that is over, how it ended and what it wrote are shown in the pager.
/// Inside a session the terminal around it goes. Ctrl-\ and then d leaves, Ctrl-\ ? shows all keys.
#[derive(Debug, Parser)]
#[command(name = "msswitch", version, after_help = EXAMPLES)]
pub struct Msswitch {
    /// Only look: nothing that is typed reaches the program, and the size does not count
    #[arg(short, long)]
    read_only: bool,
    /// What is shown first
    #[arg(long, value_name = "WHAT", value_enum, default_value = "missed")]
    replay: Shown,
    /// Hand on the exit code of a program that ends
    #[arg(long)]
    exit_status: bool,
    /// The session, or - for the previous one
    #[arg(value_name = "NAME", allow_hyphen_values = false)]
    name: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  msswitch build
  msswitch -                   back to where this terminal was
  msls --needs-me | fzf | xargs msswitch";

/// What a terminal is shown when it comes to a session.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shown {
    /// Only what comes from now on
    None,
    /// The screen
    Screen,
    /// What was printed since a person last looked, then the screen
    Missed,
    /// All that is kept, then the screen
    All,
}

impl Tool for Msswitch {
    fn run(self) -> Result<Outcome> {
        let config = Config::load()?;
        let options = self.options(&config)?;
        let (runtime, target) = match self.name.as_deref() {
            Some(PREVIOUS) => (Runtime::open()?, Target::Previous),
            Some(name) => named(name)?,
            None => (Runtime::open()?, Target::MostUrgent),
        };
        Ok(client::enter(runtime, target, options)?.map_or(Outcome::DONE, |left| self.outcome(&left)))
    }
}

impl Msswitch {
    fn options(&self, config: &Config) -> Result<Options> {
        let replay = match self.replay {
            Shown::None => Replay::None,
            Shown::Screen => Replay::Screen,
            Shown::Missed => Replay::Missed,
            Shown::All => Replay::All,
        };
        Options::configured(config, replay, self.read_only)
    }

    fn outcome(&self, left: &Left) -> Outcome {
        match left {
            Left::Ended(_, how) if self.exit_status => Outcome(how.shell_code().unwrap_or(exit::SYSTEM)),
            Left::Detached(_) | Left::Ended(..) => Outcome::DONE,
            Left::Signal(signal) => Outcome(128 + *signal as u8),
        }
    }
}

/// The session of this name; of one that is over, what it wrote.
fn named(name: &str) -> Result<(Option<Runtime>, Target)> {
    match lookup::find(name)? {
        Found::Live(session) => Ok((Some(session.runtime()?), Target::Named(session.current_name()))),
        Found::Saved(entry) => {
            let runtime = Runtime::open()?;
            client::check_place(runtime.as_ref()).map_err(|_| lookup::completed_error(name, &entry))?;
            Ok((runtime, Target::Completed(Box::new(CompletedSession::of(&entry)?))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_previous_session_is_a_name_and_options_are_not() {
        assert_eq!(Msswitch::try_parse_from(["msswitch", "-"]).unwrap().name.as_deref(), Some("-"));
        assert!(Msswitch::try_parse_from(["msswitch", "-x"]).is_err());
        assert!(Msswitch::try_parse_from(["msswitch", "--replay", "some"]).is_err());
        assert!(Msswitch::try_parse_from(["msswitch", "a", "b"]).is_err());
    }
}
