//! The indicator again whenever it is another: printed for a status bar, or told to a shell that shows it
//! in a prompt that stands already. It is told by the kernel, and never polls.

use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::ends::{self, Listener};
use super::format::Format;
use super::gather::{self, Session};
use super::template::Template;
use crate::cli::Out;
use msession::format::error::{Error, Result};
use msession::query::roster::{Known, Roster};
use msession::store::session::Runtime;

/// At least so long from one to the next: what changes faster cannot be read.
const GAP: Duration = Duration::from_millis(100);

/// Follows until nobody reads any more or the shell is over.
pub(super) fn run(template: &Template, format: Format, end: Option<(i32, bool)>) -> Result<()> {
    let listener = end.map(|(pid, signal)| Listener::open(pid, signal)).transpose()?;
    let own = own();
    let follow = |listener| follow(template, format, own, listener);
    match listener {
        Some(listener) => ends::leave(listener, |listener| follow(Some(listener))),
        None => follow(None),
    }
}

fn follow(
    template: &Template,
    format: Format,
    own: Option<String>,
    listener: Option<Listener>,
) -> Result<()> {
    let mut roster = Roster::open()?;
    let mut teller = Teller { listener, out: Out::new(), last: None };
    while teller.tell(format.show(template, &sessions(&roster, own.as_deref())))? {
        if !teller.sleep(None, PollTimeout::try_from(GAP).unwrap_or(PollTimeout::NONE))?
            || !teller.sleep(Some(&roster), PollTimeout::NONE)?
        {
            break;
        }
        roster.refresh()?;
    }
    Ok(())
}

/// The id of the session that this runs in.
fn own() -> Option<String> {
    let runtime = Runtime::open().ok()??;
    Some(msession::query::lookup::inside(&runtime).ok()??.record().ok()?.id)
}

fn sessions(roster: &Roster, own: Option<&str>) -> Vec<Session> {
    let others = roster.sessions().filter(|(id, known)| Some(id.as_str()) != own && !known.is_over());
    let mut all: Vec<Session> = others.map(|(_, known)| session(known)).collect();
    all.extend(gather::unseen());
    gather::sort(&mut all);
    all
}

fn session(known: &Known) -> Session {
    let status = &known.status;
    Session {
        name: known.name.clone(),
        status: status.status,
        kind: status.kind,
        attention: status.attention(),
        since: status.since,
        message: status.message.clone(),
        exit: status.exit,
    }
}

struct Teller {
    listener: Option<Listener>,
    out: Out,
    last: Option<String>,
}

impl Teller {
    /// Tells a line if it is another than the last; false if there is nobody to tell.
    fn tell(&mut self, line: String) -> Result<bool> {
        if self.last.as_ref() == Some(&line) {
            return Ok(true);
        }
        let told = match &self.listener {
            Some(listener) if listener.by_signal => listener.signal(),
            _ => {
                self.out.line(&line)?;
                self.out.flush()?;
                true
            }
        };
        self.last = Some(line);
        Ok(told)
    }

    /// Sleeps until there is a change or the time is over; false if there is nobody left to tell.
    fn sleep(&self, roster: Option<&Roster>, timeout: PollTimeout) -> Result<bool> {
        let stdout = std::io::stdout();
        let mut fds = vec![PollFd::new(stdout.as_fd(), PollFlags::empty())];
        fds.extend(self.listener.as_ref().map(|it| PollFd::new(it.as_fd(), PollFlags::POLLIN)));
        let ends = fds.len();
        fds.extend(roster.map(|roster| PollFd::new(roster.as_fd(), PollFlags::POLLIN)));
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("poll")(errno)),
        }
        Ok(!fds[..ends].iter().any(|fd| fd.any() == Some(true)))
    }
}
