//! Which session a terminal is to go to, and which terminal: this one, or the one around the session that
//! we run in.

use super::completed_session::CompletedSession;
use super::connect::Connection;
use super::navigate::{Goal, PREVIOUS, check_not_inside, most_urgent, no_previous, previous};
use super::signals::Signals;
use super::terminal::{self, Terminal};
use super::{Left, Options, pager, run};
use ms_platform::procfs::Proc;
use msession::format::error::Result;
use msession::format::frame::Request;
use msession::format::session_name::SessionName;
use msession::format::status::Mode;
use msession::query::lookup;
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
    let around = runtime.as_ref().map(around).transpose()?.flatten();
    let goal = match target {
        Target::MostUrgent => {
            let own = around.as_ref().map(SessionDir::record).transpose()?;
            Some(most_urgent(runtime.as_ref(), own.as_ref().map(|own| own.id.as_str()), |_, _| false)?)
        }
        Target::Named(name) => Some(Goal::Live(name)),
        Target::Completed(over) => Some(Goal::Completed(over)),
        Target::Previous => None,
    };
    let name = match goal {
        Some(Goal::Completed(over)) => return show(&over).map(Some),
        Some(Goal::Live(name)) => Some(name),
        None => None,
    };
    let runtime = runtime.ok_or_else(no_previous)?;
    if let Some(around) = around {
        let to = name.map_or_else(|| PREVIOUS.to_owned(), |name| name.to_string());
        return Connection::ask(&around, &Request::Switch { to }).map(|_| None);
    }
    let terminal = || Terminal::open().map_or(0, |terminal| terminal.device());
    let name = name.map_or_else(|| previous(&runtime, terminal(), None), Ok)?;
    check_not_inside(&runtime, &name)?;
    run(runtime, &name, options).map(Some)
}

/// Shows what one wrote that is over, on the terminal that this runs on, until the pager ends.
fn show(over: &CompletedSession) -> Result<Left> {
    terminal::find()?;
    pager::run(&Signals::take()?, || over.text())?;
    over.seen()?;
    Ok(Left::Ended(over.name().clone(), over.exit()))
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
