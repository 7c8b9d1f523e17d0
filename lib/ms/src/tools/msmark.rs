//! `msmark`: say, from inside a session (a hook), what it is doing.

use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::cli::{Outcome, Tool};
use crate::client::connect::Connection;
use ms_judge::Mark;
use msession::format::error::{Error, Result};
use msession::format::frame::Request;
use msession::format::status::{Kind, Status};
use msession::query::catalog;
use msession::store::session::Runtime;

/// Longest message that is sent, in characters; the rest is cut.
const MAX_MESSAGE: usize = 500;

/// Say, from inside a session, what it is doing
///
/// For hooks of programs that know better than anybody who looks at them.
#[derive(Debug, Parser)]
#[command(name = "msmark", version, after_help = EXAMPLES)]
pub struct Msmark {
    /// What it does; clear takes the last mark back
    #[arg(value_name = "STATUS", value_parser = PossibleValuesParser::new(["waiting", "processing", "active", "clear"]))]
    status: String,
    /// What it waits for
    #[arg(short, long, value_name = "KIND", value_parser = PossibleValuesParser::new(Kind::ALL.map(Kind::as_str)))]
    kind: Option<String>,
    /// A line for a person
    #[arg(short, long, value_name = "MESSAGE")]
    message: Option<String>,
    /// Do nothing, silently, where there is no session or nothing may be said
    #[arg(short, long)]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  msmark waiting -k permission -m 'run the tests?'
  msmark processing
  msmark clear";

impl Tool for Msmark {
    fn run(self) -> Result<Outcome> {
        match self.mark() {
            Err(Error::NoSession { .. } | Error::Refused(_) | Error::Told { .. }) if self.quiet => {
                Ok(Outcome::DONE)
            }
            done => done.map(|()| Outcome::DONE),
        }
    }
}

impl Msmark {
    fn mark(&self) -> Result<()> {
        let mark = self.request()?;
        let runtime = Runtime::open()?;
        let session = runtime.as_ref().map(catalog::inside).transpose()?.flatten();
        let session = session.ok_or_else(|| Error::Refused("not inside a session".into()))?;
        Connection::ask(&session, &Request::Mark(mark)).map(drop)
    }

    fn request(&self) -> Result<Mark> {
        let status = match self.status.as_str() {
            "clear" => None,
            word => Some(word.parse::<Status>()?),
        };
        if self.kind.is_some() && status != Some(Status::Waiting) {
            return Err(Error::Usage("-k says what is waited for: only with waiting".into()));
        }
        let cut = |text: &String| text.chars().take(MAX_MESSAGE).collect();
        Ok(Mark {
            status,
            kind: self.kind.as_deref().map(str::parse).transpose()?,
            message: self.message.as_ref().map(cut),
            pid: std::process::id() as i32,
        })
    }
}
