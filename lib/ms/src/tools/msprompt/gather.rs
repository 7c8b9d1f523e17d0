//! What there is to say, from files: every live session but the one that this runs in, whose prompt the
//! indicator is for.

use ms_platform::time::Time;
use msession::format::attention::Attention;
use msession::format::error::Result;
use msession::format::session_name::SessionName;
use msession::format::status::{Doing, Exit, Kind, Status, StatusRecord};
use msession::format::urgency::urgency_of;
use msession::query::catalog::{self, Brief};
use msession::query::lookup;
use msession::store::history::History;
use msession::store::session::{Runtime, SessionDir};

/// What is told of a session.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Session {
    pub(super) name: SessionName,
    pub(super) status: Status,
    pub(super) kind: Option<Kind>,
    pub(super) attention: Option<Attention>,
    pub(super) since: Time,
    pub(super) message: Option<String>,
    /// How it ended, if it has.
    pub(super) exit: Option<Exit>,
}

impl Session {
    pub(super) fn needs_somebody(&self) -> bool {
        self.attention.is_some_and(Attention::needs_somebody)
    }

    pub(super) fn asks(&self) -> bool {
        self.attention == Some(Attention::Asks)
    }

    fn over(name: SessionName, status: StatusRecord) -> Session {
        let StatusRecord { attention, since, message, exit, .. } = status;
        Session { name, status: status.status, kind: None, attention, since, message, exit }
    }

    pub(super) fn works(&self) -> bool {
        self.status == Status::Processing
    }
}

impl From<Brief> for Session {
    fn from(Brief { name, doing }: Brief) -> Session {
        let attention = doing.attention();
        let Doing { status, kind, since, message, .. } = doing;
        Session { name, status, kind, attention, since, message, exit: None }
    }
}

/// All of them, those that need somebody first.
pub(super) fn sessions() -> Result<Vec<Session>> {
    let runtime = Runtime::open()?;
    let own = runtime.as_ref().map(lookup::inside).transpose()?.flatten();
    others(runtime.as_ref(), own.as_ref())
}

/// As [`sessions`], for one who knows which session this is.
pub(super) fn others(runtime: Option<&Runtime>, own: Option<&SessionDir>) -> Result<Vec<Session>> {
    let briefs = runtime.map_or(Ok(Vec::new()), catalog::briefs)?;
    let mut all: Vec<Session> = briefs.into_iter().map(Session::from).collect();
    all.retain(|session| own.is_none_or(|own| *own.name() != session.name));
    all.extend(unseen());
    sort(&mut all);
    Ok(all)
}

/// Those that ended unseen. Without them the others are told all the same.
pub(super) fn unseen() -> Vec<Session> {
    let history = History::open().ok().flatten();
    let unseen = history.and_then(|history| catalog::unseen(&history, &[]).ok()).unwrap_or_default();
    unseen.into_iter().filter_map(|item| Some(Session::over(item.name, item.facts.ok()?.status))).collect()
}

/// Those that need somebody first, then the longest wait.
pub(super) fn sort(sessions: &mut [Session]) {
    sessions
        .sort_by_cached_key(|it| (urgency_of(it.attention, it.since, it.exit), it.since, it.name.clone()));
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
            attention: (*status == Status::Waiting).then_some(Attention::Asks),
            since: Time(0),
            message: None,
            exit: None,
        };
        all.iter().map(one).collect()
    }
}
