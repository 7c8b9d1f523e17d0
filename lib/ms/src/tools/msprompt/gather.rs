//! What there is to say, from files: every live session but the one that this runs in, whose prompt the
//! indicator is for.

use ms_platform::time::Time;
use msession::format::error::Result;
use msession::format::name::SessionName;
use msession::format::status::{Kind, Status};
use msession::query::catalog::{self, Brief};
use msession::store::session::{Runtime, SessionDir};

/// What is told of a session.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Session {
    pub(super) name: SessionName,
    pub(super) status: Status,
    pub(super) kind: Option<Kind>,
    pub(super) since: Time,
    pub(super) message: Option<String>,
}

impl From<Brief> for Session {
    fn from(Brief { name, doing }: Brief) -> Session {
        Session { name, status: doing.status, kind: doing.kind, since: doing.since, message: doing.message }
    }
}

/// All of them, in the order in which they began what they do.
pub(super) fn sessions() -> Result<Vec<Session>> {
    let Some(runtime) = Runtime::open()? else { return Ok(Vec::new()) };
    let own = catalog::inside(&runtime)?;
    others(&runtime, own.as_ref())
}

/// As [`sessions`], for one who knows which session this is.
pub(super) fn others(runtime: &Runtime, own: Option<&SessionDir>) -> Result<Vec<Session>> {
    let mut all: Vec<Session> = catalog::briefs(runtime)?.into_iter().map(Session::from).collect();
    all.retain(|session| own.is_none_or(|own| *own.name() != session.name));
    sort(&mut all);
    Ok(all)
}

/// The longest wait first.
pub(super) fn sort(sessions: &mut [Session]) {
    sessions.sort_by(|a, b| (a.since, &a.name).cmp(&(b.since, &b.name)));
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Sessions with these names and statuses.
    pub(in crate::tools::msprompt) fn sessions(all: &[(&str, Status)]) -> Vec<Session> {
        let one = |(name, status): &(&str, Status)| Session {
            name: SessionName::new(name).unwrap(),
            status: *status,
            kind: None,
            since: Time(0),
            message: None,
        };
        all.iter().map(one).collect()
    }
}
