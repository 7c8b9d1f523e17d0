//! `mspause`: stop the programs of sessions, and let them go on.

use clap::Parser;

use crate::cli::{Outcome, Tool, for_each_name};
use crate::client::connect::Connection;
use msession::format::frame::Request;
use msession::query::lookup;
use msession::store::session::Runtime;

/// Stop the programs of sessions, and let them go on
///
/// Stops everything that runs in a session (SIGSTOP), in whatever process group it is. The session is
/// `paused` until it is resumed or ended; what it printed stays readable, and what is typed meanwhile
/// waits. A job that was stopped before stays stopped when the session is resumed.
#[derive(Debug, Parser)]
#[command(name = "mspause", version, after_help = EXAMPLES)]
pub struct Mspause {
    /// Let them go on
    #[arg(short, long)]
    resume: bool,
    /// Sessions
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  mspause build
  mspause --resume build
  msls --status processing | xargs -r mspause";

impl Tool for Mspause {
    fn run(self) -> msession::format::error::Result<Outcome> {
        let runtime = Runtime::open()?;
        let request = if self.resume { Request::Resume } else { Request::Pause };
        Ok(for_each_name("mspause", self.names, |name| {
            let session = lookup::find_live(runtime.as_ref(), name)?;
            Connection::ask(&session, &request).map(drop)
        }))
    }
}
