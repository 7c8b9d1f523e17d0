//! Which session a terminal is to go to, and which terminal: this one, or the one around the session that
//! we run in.

use super::completed_session::CompletedSession;
use super::connect::Connection;
use super::navigate::{PREVIOUS, check_not_inside, most_urgent, previous};
use super::terminal::{self, Terminal};
use super::{Left, Options, run};
use ms_platform::procfs::Proc;
use msession::format::error::{Error, Result};
use msession::format::frame::Request;
use msession::format::session_name::SessionName;
use msession::format::status::Mode;
use msession::format::urgency::urgency;
use msession::query::catalog::{self, Item};
use msession::query::lookup;
use msession::store::history::History;
use msession::store::session::{Runtime, SessionDir};

/// Where a terminal is to go.
#[derive(Clone, Debug)]
pub enum Target {
    /// To this session.
    Named(SessionName),
    /// To the one that it was on before.
    Previous,
    /// To the one that needs somebody most.
    MostUrgent,
    /// To what this one wrote, which is over.
    Completed(Box<CompletedSession>),
}

/// Puts a terminal on a session. Inside a session that is the terminal around it: it is sent there, and
/// `None` comes back at once. Else it is ours, until it leaves. Of a session that is over it shows what that
/// wrote.
///
/// # Errors
/// There is no such session or no terminal, the session refuses, or what ended it though nobody left.
pub fn enter(runtime: Option<Runtime>, target: Target, options: Options) -> Result<Option<Left>> {
    let show = |over: &CompletedSession| over.show().map(|exit| Some(Left::Ended(over.name().clone(), exit)));
    if let Target::Completed(over) = &target {
        return show(over);
    }
    let Some(runtime) = runtime else {
        return match target {
            Target::MostUrgent => show(&unseen(None)?.ok_or_else(nobody)?),
            _ => Err(Error::Nobody("there is no previous session".into())),
        };
    };
    if let Some(own) = around(&runtime)? {
        return send_around(&runtime, &own, target).map(|()| None);
    }
    let name = match target {
        Target::Named(name) => name,
        Target::Previous => {
            previous(&runtime, Terminal::open().map_or(0, |terminal| terminal.device()), None)?
        }
        Target::MostUrgent | Target::Completed(_) => match unseen(Some(&runtime))? {
            Some(over) => return show(&over),
            None => most_urgent(&runtime, None, |_, _| false)?,
        },
    };
    check_not_inside(&runtime, &name)?;
    run(runtime, &name, options).map(Some)
}

/// The session that ended unseen and needs somebody more than any that lives, if there is one.
fn unseen(runtime: Option<&Runtime>) -> Result<Option<CompletedSession>> {
    let Some(history) = History::open()? else { return Ok(None) };
    let live = runtime.map_or(Ok(Vec::new()), catalog::live)?;
    let over = catalog::unseen(&history, &live)?;
    let key = |item: &Item| item.facts.as_ref().ok().map(|facts| urgency(&facts.status));
    let first = over.iter().filter(|item| item.facts.is_ok()).min_by_key(|item| (key(item), &item.name));
    let before = live.iter().filter_map(key).min();
    let first = first.filter(|first| before.is_none_or(|before| key(first) < Some(before)));
    let id = first.and_then(|item| item.facts.as_ref().ok()).map(|facts| facts.record.id.clone());
    id.map(|id| CompletedSession::of(&history.entry(&id)?)).transpose()
}

fn nobody() -> Error {
    Error::Nobody("no session needs you".into())
}

/// Whether there is a terminal to put on a session, our own or that of the session around us.
///
/// # Errors
/// There is no terminal, or it cannot be told.
pub fn check_place(runtime: Option<&Runtime>) -> Result<()> {
    match runtime.map(around).transpose()?.flatten() {
        Some(_) => Ok(()),
        None => terminal::find().map(drop),
    }
}

/// The session whose terminal is to go instead of ours: we run inside it. On a terminal that is not its
/// own (a terminal multiplexer's, say) only if somebody is on it; else we are not seen there.
fn around(runtime: &Runtime) -> Result<Option<SessionDir>> {
    let Some(own) = lookup::inside(runtime)? else { return Ok(None) };
    let seen = match own.status() {
        // It begins: nobody can be there yet.
        Err(error) if error.is_absence() => false,
        status => status?.mode == Mode::Foreground,
    };
    Ok(Some(own).filter(|own| seen || is_on_terminal_of(own)))
}

fn is_on_terminal_of(session: &SessionDir) -> bool {
    let mut proc = Proc::new();
    let mut terminal = |pid: i32| proc.stat(pid).map(|stat| stat.tty).unwrap_or(0);
    let ours = terminal(std::process::id() as i32);
    let its = session.record().map_or(0, |record| terminal(record.child_pid));
    ours != 0 && ours == its
}

/// Asks the server of the session around us to send its terminal there.
fn send_around(runtime: &Runtime, own: &SessionDir, target: Target) -> Result<()> {
    let to = match target {
        Target::Named(name) => name.to_string(),
        Target::Previous => PREVIOUS.to_owned(),
        Target::MostUrgent | Target::Completed(_) => {
            most_urgent(runtime, Some(&own.record()?.id), |_, _| false)?.to_string()
        }
    };
    Connection::ask(own, &Request::Switch { to }).map(drop)
}
