//! `msmark`: say, from inside a session (a hook), what it is doing.

use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::cli::{Outcome, Tool};
use crate::client::connect::Connection;
use ms_judge::Mark;
use msession::format::error::{Error, Result};
use msession::format::frame::Request;
use msession::format::status::{Kind, Status};
use msession::query::lookup;
use msession::store::session::{Runtime, SessionDir};

/// Longest message that is sent, in characters; the rest is cut.
const MAX_MESSAGE: usize = 500;

/// Say, from inside a session, what it is doing; or of any, that it was looked at
///
/// For hooks of programs that know better than anybody who looks at them.
#[derive(Debug, Parser)]
#[command(name = "msmark", version, after_help = EXAMPLES)]
pub struct Msmark {
    /// What it does; clear takes the last mark back; seen: a person has looked at what it did
    #[arg(value_name = "STATUS", value_parser = PossibleValuesParser::new(["waiting", "processing", "active", "clear", "seen"]))]
    status: String,
    /// With seen: the session; without one, the one that this runs in
    #[arg(value_name = "NAME")]
    name: Option<String>,
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
  msmark clear
  msmark seen build";

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
        if self.status == "seen" {
            return self.see();
        }
        if self.name.is_some() {
            return Err(Error::Usage("a name goes with seen alone: a mark is of the session around".into()));
        }
        let mark = self.request()?;
        let runtime = Runtime::open()?;
        let session = inside(runtime.as_ref())?;
        Connection::ask(&session, &Request::Mark(mark)).map(drop)
    }

    /// Tells the server that a person has looked.
    fn see(&self) -> Result<()> {
        if self.kind.is_some() || self.message.is_some() {
            return Err(Error::Usage("seen takes neither a kind nor a message".into()));
        }
        let runtime = Runtime::open()?;
        let session = match &self.name {
            Some(name) => lookup::find_live(runtime.as_ref(), name)?,
            None => inside(runtime.as_ref())?,
        };
        Connection::ask(&session, &Request::Seen).map(drop)
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

fn inside(runtime: Option<&Runtime>) -> Result<SessionDir> {
    let session = runtime.map(lookup::inside).transpose()?.flatten();
    session.ok_or_else(|| Error::Refused("not inside a session".into()))
}
