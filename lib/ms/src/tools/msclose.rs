//! `msclose`: end sessions.

use std::time::{Duration, Instant};

use crate::cli::{Outcome, Tool, for_each_name};
use crate::client::connect::Connection;
use clap::Parser;
use ms_platform::time::Time;
use msession::format::error::{Error, Result};
use msession::format::frame::{Ended, Hello, Request, Type};
use msession::format::status::{Exit, Status};
use msession::query::catalog;
use msession::query::elsewhere;
use msession::query::holder;
use msession::query::lookup;
use msession::store::history::History;
use msession::store::session::{Life, Runtime, SessionDir};
use serde_json::Value;

/// Longer than the server's own grace, in which it kills what does not end by itself.
const PATIENCE: Duration = Duration::from_secs(10);
/// A server that was asked to kill at once is done within this, or it is killed itself.
const FORCED_WITHIN: Duration = Duration::from_secs(2);
/// How often the lock of a server that was killed is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// End sessions
///
/// Hangs up on each session's program, as a terminal that is closed does, kills it if it has not ended three
/// seconds later, and returns when the sessions are over. What they printed stays readable (msbuf). A session
/// that is completed already is forgotten, with what it printed.
#[derive(Debug, Parser)]
#[command(name = "msclose", version, after_help = EXAMPLES)]
pub struct Msclose {
    /// Kill what belongs to the terminal at once
    #[arg(short, long)]
    force: bool,
    /// All sessions
    #[arg(long, conflicts_with_all = ["names", "this"])]
    all: bool,
    /// The session that this runs in
    #[arg(long = "self")]
    this: bool,
    /// Sessions, whole names only
    #[arg(value_name = "NAME", required_unless_present_any = ["all", "this"])]
    names: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  msclose build
  msls --status active | xargs msclose";

impl Tool for Msclose {
    fn run(self) -> Result<Outcome> {
        let runtime = match Runtime::open() {
            // One that is named may live all the same: its record says where its server is.
            Err(_) if self.force && !self.all && !self.this => None,
            runtime => runtime?,
        };
        let names = self.targets(runtime.as_ref())?;
        Ok(for_each_name("msclose", names, |name| match lookup::find_running(runtime.as_ref(), name) {
            Ok(session) => close(&session, self.force),
            // Where the runtime directory can't be used, that is what is wrong, and nothing is known to be over.
            Err(absent @ Error::NoSession { .. }) => Runtime::open().and_then(|_| forget(name, absent)),
            Err(unreached @ Error::Refused(_)) if self.force => end_unreached(name, unreached),
            Err(error) => Err(error),
        }))
    }
}

impl Msclose {
    fn targets(&self, runtime: Option<&Runtime>) -> Result<Vec<String>> {
        let mut names = self.names.clone();
        let Some(runtime) = runtime else { return Ok(names) };
        if self.all {
            names.extend(catalog::live_names(runtime)?.iter().map(ToString::to_string));
        }
        if self.this {
            let session = lookup::inside(runtime)?;
            let session = session.ok_or_else(|| Error::Refused("--self: not inside a session".into()))?;
            names.push(session.name().to_string());
        }
        Ok(names)
    }
}

/// Forgets a completed session and what it printed.
fn forget(name: &str, absent: Error) -> Result<()> {
    let Some(history) = History::open()? else { return Err(absent) };
    let entry = lookup::find_saved(&history, name)?.ok_or(absent)?;
    if !history.is_over(entry.id()) {
        return Err(Error::Refused(format!("{name}: still runs, but not in this runtime directory")));
    }
    history.forget(entry.id())
}

/// Ends a session that lives where it can't be reached, and finishes its record if its server did not.
fn end_unreached(name: &str, unreached: Error) -> Result<()> {
    let record = elsewhere::find_unreached(name)?.ok_or(unreached)?;
    holder::end_unreached(&record)?;
    let entry = History::make()?.entry(&record.id)?;
    let mut status = entry.status()?;
    if status.status != Status::Completed {
        status.complete(Exit::LOST, Time::now());
        entry.complete(&status)?;
    }
    Ok(())
}

/// Ends a session and waits until it is over; nobody need be told of that.
///
/// # Errors
/// `TimedOut` if it does not end, `Told` with what its server refused, `System` if it cannot be reached.
pub fn close(session: &SessionDir, force: bool) -> Result<()> {
    end(session, force)?;
    if let Ok(record) = session.record()
        && let Some(history) = History::open()?
    {
        // Its server may not have lived to hear of it.
        let _ = history.seen(&record.id);
    }
    Ok(())
}

fn end(session: &SessionDir, force: bool) -> Result<()> {
    if force {
        return close_by_force(session);
    }
    match ask(session, Request::Close { force }, PATIENCE) {
        // It ended by itself meanwhile: just what was asked for.
        Err(Error::Refused(_)) if session.life()? == Life::Free => clear_away(session, false),
        // Its server could not finish the record: said, and done again, by who comes next.
        Ok(()) if session.is_complete() => {
            wait_until_free(session, PATIENCE)?;
            clear_away(session, false)
        }
        done => done,
    }
}

/// Whatever its server says or speaks: while its lock is held the session is not over.
fn close_by_force(session: &SessionDir) -> Result<()> {
    let asked = ask(session, Request::Close { force: true }, FORCED_WITHIN);
    let ended = asked.is_ok() && wait_until_free(session, FORCED_WITHIN).is_ok();
    if !ended && session.life()? == Life::Alive {
        return kill_server(session);
    }
    match asked {
        Ok(()) if session.is_complete() => clear_away(session, false),
        Ok(()) => Ok(()),
        Err(_) => clear_away(session, true),
    }
}

fn ask(session: &SessionDir, request: Request, patience: Duration) -> Result<()> {
    let (mut connection, _) = Connection::open(session, &Hello::default())?;
    connection.send_json(Type::Request, &request);
    let deadline = Instant::now() + patience;
    connection.flush_until(deadline)?;
    let _: Ended = connection.wait_for(Type::Ended, deadline)?;
    // The server closes the connection as its last act.
    match connection.wait_for::<Value>(Type::Ended, deadline) {
        Err(Error::Refused(_)) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Finishes the record of a session whose server is dead. One that is too damaged for that goes only
/// by force.
fn clear_away(session: &SessionDir, force: bool) -> Result<()> {
    let Some(runtime) = Runtime::open()? else { return Ok(()) };
    let finished = catalog::finish_dead(&runtime);
    match runtime.open_session(session.name())? {
        Some(rest) if rest.life()? == Life::Free && force => rest.remove(&runtime),
        Some(rest) if rest.life()? == Life::Free => Err(finished.err().unwrap_or_else(|| {
            let why = "it is over but can't be saved; from now on --force removes it";
            Error::damaged(session.name().as_str(), why)
        })),
        _ => Ok(()),
    }
}

/// For a server that does not answer, can't be reached or makes no sense. What it left is finished as that
/// of any dead one.
fn kill_server(session: &SessionDir) -> Result<()> {
    let Some(runtime) = Runtime::open()? else { return Ok(()) };
    holder::kill(&runtime, session)?;
    wait_until_free(session, PATIENCE)?;
    clear_away(session, false)
}

fn wait_until_free(session: &SessionDir, patience: Duration) -> Result<()> {
    let deadline = Instant::now() + patience;
    while session.life()? == Life::Alive {
        if Instant::now() > deadline {
            return Err(Error::TimedOut(format!("{}: does not end", session.name())));
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}
