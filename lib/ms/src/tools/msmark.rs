//! `msmark`: say, from inside a session (a hook), what it is doing.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use clap::Parser;
use clap::builder::PossibleValuesParser;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::agents::{Agent, Event, Said};
use crate::cli::{Outcome, Tool};
use crate::client::connect::Connection;
use ms_judge::Mark;
use msession::format::error::{Error, Result};
use msession::format::frame::Request;
use msession::format::status::{Kind, Status};
use msession::query::lookup::{self, Found};
use msession::store::history::History;
use msession::store::session::{Runtime, SessionDir};

/// Longest message that is sent, in characters; the rest is cut.
const MAX_MESSAGE: usize = 500;
/// A hook is done by then, whatever its agent writes and the server says: the agent waits for it.
const HOOK_LIMIT: Duration = Duration::from_secs(2);
/// So much of an event is kept; what an agent writes beyond that is read, so that it is not told of a closed
/// pipe, and dropped.
const MAX_EVENT: usize = 8 << 20;

/// Say, from inside a session, what it is doing; or of any, that it was looked at
///
/// For hooks of programs that know better than anybody who looks at them.
#[derive(Debug, Parser)]
#[command(name = "msmark", version, after_help = EXAMPLES)]
pub struct Msmark {
    /// What it does; clear takes the last mark back; seen: a person has looked at what it did
    #[arg(value_name = "STATUS", required_unless_present = "hook",
          value_parser = PossibleValuesParser::new(["waiting", "processing", "active", "clear", "seen"]))]
    status: Option<String>,
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
    /// Say what an agent tells its hook on standard input; never fails, prints nothing
    #[arg(long, value_name = "AGENT", conflicts_with_all = ["status", "kind", "message"],
          value_parser = PossibleValuesParser::new(Agent::names()))]
    hook: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  msmark waiting -k permission -m 'run the tests?'
  msmark processing
  msmark clear
  msmark seen build";

impl Tool for Msmark {
    fn run(self) -> Result<Outcome> {
        if let Some(agent) = self.hook.as_deref().and_then(Agent::named) {
            // An agent may take a failure for a veto.
            let _ = hook(agent, Instant::now() + HOOK_LIMIT);
            return Ok(Outcome::DONE);
        }
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
        if self.status.as_deref() == Some("seen") {
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
        let session = match self.name.as_deref().map(lookup::find).transpose()? {
            Some(Found::Live(session)) => session,
            Some(Found::Saved(entry)) => {
                return History::open()?.map_or(Ok(()), |history| history.seen(entry.id()));
            }
            None => inside(runtime.as_ref())?,
        };
        Connection::ask(&session, &Request::Seen).map(drop)
    }

    fn request(&self) -> Result<Mark> {
        let status = match self.status.as_deref() {
            None | Some("clear") => None,
            Some(word) => Some(word.parse::<Status>()?),
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

/// The session that this runs in.
fn inside(runtime: Option<&Runtime>) -> Result<SessionDir> {
    let session = runtime.map(lookup::inside).transpose()?.flatten();
    session.ok_or_else(|| Error::Refused("not inside a session".into()))
}

/// Says what an agent tells.
fn hook(agent: &Agent, deadline: Instant) -> Result<()> {
    // Read outside of a session too: an agent may report a hook that closes its pipe.
    let text = if agent.tells_by_input() { event(deadline)? } else { Vec::new() };
    let runtime = Runtime::open()?;
    let session = inside(runtime.as_ref())?;
    let Some(Said { status, kind, message }) = Event::read(&text).said(agent) else { return Ok(()) };
    let mark = Mark { status, kind, message, pid: std::process::id() as i32 };
    let left = deadline.saturating_duration_since(Instant::now());
    Connection::ask_within(&session, &Request::Mark(mark), left).map(drop)
}

/// What stands on standard input, up to its end or the deadline.
fn event(deadline: Instant) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    if io::stdin().is_terminal() {
        return Ok(text);
    }
    let mut part = vec![0; 64 << 10];
    while let length @ 1.. = read_by(deadline, &mut part)? {
        let room = MAX_EVENT - text.len();
        text.extend_from_slice(&part[..length.min(room)]);
    }
    Ok(text)
}

/// Reads what there is on standard input; nothing at its end and once the deadline is over.
fn read_by(deadline: Instant, part: &mut [u8]) -> Result<usize> {
    let stdin = io::stdin();
    let left = deadline.saturating_duration_since(Instant::now());
    let limit = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
    let mut polled = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    match poll(&mut polled, limit).map_err(Error::errno("standard input"))? {
        0 => Ok(0),
        _ => nix::unistd::read(stdin.as_fd(), part).map_err(Error::errno("standard input")),
    }
}
