//! What a name or an id means: a live session here or elsewhere, or a completed one; and the session that this
//! process is in. It lists nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::format::error::{Error, Result};
use crate::format::id;
use crate::format::session_name::SessionName;
use crate::query::catalog::{self, Item};
use crate::query::elsewhere;
use crate::store::history::{Entry, History};
use crate::store::session::{Life, Runtime, SessionDir};
use ms_platform::procfs::{self, Proc};

/// So long a single session's finalizing by another is waited for.
const WHILE: Duration = Duration::from_millis(200);

/// What a name or an id means.
#[derive(Debug)]
pub enum Found {
    /// A live session.
    Live(SessionDir),
    /// A completed one: the newest of that name.
    Saved(Entry),
}

/// Finds a live session by name or id, here, else elsewhere; of one that has completed it is said that it
/// has. Every id could be a name, and a name as lists show it is never taken for something else.
///
/// # Errors
/// `Usage` for what is no name, `NoSession`, `Refused` for one that has completed, `System` if it cannot be
/// looked for.
pub fn find_live(runtime: Option<&Runtime>, name: &str) -> Result<SessionDir> {
    match find_running(runtime, name) {
        Err(absent @ Error::NoSession { .. }) => Err(completed_as(name)?.unwrap_or(absent)),
        found => found,
    }
}

/// As [`find_live`], where it does not matter why there is none.
///
/// # Errors
/// `Usage` for what is no name, `NoSession`, `System` if it cannot be looked for.
pub fn find_running(runtime: Option<&Runtime>, name: &str) -> Result<SessionDir> {
    let valid = valid(name)?;
    match runtime.map_or_else(|| Err(none_at_all(name)), |runtime| find_here(runtime, &valid)) {
        Err(absent @ Error::NoSession { .. }) => elsewhere::find(name)?.ok_or(absent)?.reached(),
        found => found,
    }
}

fn find_here(runtime: &Runtime, name: &SessionName) -> Result<SessionDir> {
    match runtime.session(name) {
        // It is only now being made, or put back.
        Ok(session) if !session.was_made() && matches!(session.life(), Ok(Life::Alive)) => {
            Err(runtime.absent(name))
        }
        Err(Error::NoSession { .. }) if id::is_id(name.as_str()) => {
            runtime.find_by_id(name.as_str())?.ok_or_else(|| runtime.absent(name))
        }
        found => found,
    }
}

/// What is said of a completed session to who needs a live one; none if there is no such session either.
fn completed_as(name: &str) -> Result<Option<Error>> {
    let Some(history) = History::open()? else { return Ok(None) };
    Ok(find_saved(&history, name)?.map(|entry| completed_error(name, &entry)))
}

/// That a session has completed, how, and what can still be done with it.
pub fn completed_error(name: &str, entry: &Entry) -> Error {
    let exit = entry.status().ok().and_then(|status| status.exit);
    let how = exit.map_or_else(|| "lost".into(), |exit| exit.to_string());
    Error::Refused(format!("{name}: completed ({how}): msbuf {name} prints what it wrote"))
}

/// Finds a session by name or id: a live one, else the newest completed one. One that died unseen is
/// finished first; if that can't be done it is found where it is.
///
/// # Errors
/// `Usage` for what is no name, `NoSession`, `System` if it cannot be looked for.
pub fn find(name: &str) -> Result<Found> {
    let runtime = Runtime::open()?;
    let absent = match find_tidied(runtime.as_ref(), name) {
        Ok(session) => return Ok(Found::Live(session)),
        Err(error @ Error::NoSession { .. }) => error,
        Err(error) => return Err(error),
    };
    match History::open()? {
        Some(history) => Ok(Found::Saved(find_saved(&history, name)?.ok_or(absent)?)),
        None => Err(absent),
    }
}

fn find_tidied(runtime: Option<&Runtime>, name: &str) -> Result<SessionDir> {
    let found = find_running(runtime, name);
    match (&found, runtime) {
        (Ok(session), Some(runtime)) if matches!(session.life(), Ok(Life::Free)) => {
            catalog::tidy(runtime, WHILE);
            find_running(Some(runtime), name)
        }
        _ => found,
    }
}

/// What tools take to mean each of these sessions: a live one by its name; a completed one by its name, or by its id
/// where the name means another, one of those that are `live` or a newer one. Of the others' records those alone are
/// read that are newer than the oldest of these, each once.
pub fn handles(history: &History, live: &[SessionName], items: &[Item]) -> Vec<SessionName> {
    let over: BTreeMap<&str, &SessionName> = items.iter().filter_map(completed).collect();
    let means = match over.keys().next() {
        Some(oldest) => names_that_mean(history, live, &over, oldest).unwrap_or_default(),
        None => BTreeSet::new(),
    };
    let by_id = |id: &str| SessionName::new(id).ok().filter(|_| !means.contains(id));
    let handle =
        |item: &Item| completed(item).and_then(|(id, _)| by_id(id)).unwrap_or_else(|| item.name.clone());
    items.iter().map(handle).collect()
}

fn completed(item: &Item) -> Option<(&str, &SessionName)> {
    let facts = item.facts.as_ref().ok().filter(|facts| facts.status.exit.is_some())?;
    Some((facts.record.id.as_str(), &item.name))
}

/// Ids of those that are the newest of their name.
fn names_that_mean(
    history: &History,
    live: &[SessionName],
    over: &BTreeMap<&str, &SessionName>,
    oldest: &str,
) -> Result<BTreeSet<String>> {
    let mut taken: BTreeSet<SessionName> = live.iter().cloned().collect();
    let mut ids = history.ids()?;
    ids.retain(|id| id.as_str() >= oldest);
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let mut means = BTreeSet::new();
    for id in ids {
        let known = over.get(id.as_str()).copied().cloned();
        let name: Result<_> = known.map_or_else(|| Ok(history.entry(&id)?.record()?.name), Ok);
        // As for who looks a name up: a record that cannot be read means nothing.
        if name.is_ok_and(|name| taken.insert(name)) {
            means.insert(id);
        }
    }
    Ok(means)
}

/// Finds a completed session: the newest of that name, else that with this id.
///
/// # Errors
/// If none is found, and that may be because the system did not let it be read.
pub fn find_saved(history: &History, name: &str) -> Result<Option<Entry>> {
    let mut ids = history.ids()?;
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let mut failed = None;
    for id in &ids {
        match history.entry(id).and_then(|entry| Ok((entry.record()?, entry))) {
            Ok((record, entry)) if record.name.as_str() == name => return Ok(Some(entry)),
            Err(error) if error.is_exhaustion() => failed = Some(error),
            _ => {}
        }
    }
    match history.entry(name) {
        Ok(entry) if id::is_id(name) => Ok(Some(entry)),
        Err(error) if id::is_id(name) && !error.is_absence() => Err(error),
        _ => failed.map_or(Ok(None), Err),
    }
}

/// The live session that this process runs in: MS_SESSION, if that is not stale.
///
/// # Errors
/// `System` if the runtime directory cannot be read.
pub fn inside(runtime: &Runtime) -> Result<Option<SessionDir>> {
    match std::env::var("MS_SESSION") {
        Ok(id) if id::is_id(&id) => Ok(runtime.find_by_id(&id)?.filter(is_ancestor)),
        _ => Ok(None),
    }
}

/// The live session on whose terminal, or on one below it, this process runs, whatever its environment
/// says: that of the nearest ancestor that is a server.
///
/// # Errors
/// `System` if the runtime directory cannot be read.
pub fn nearest_around(runtime: &Runtime) -> Result<Option<SessionDir>> {
    let mut servers = BTreeMap::new();
    for name in runtime.names()? {
        let Ok(Some(session)) = runtime.open_session(&name) else { continue };
        if let (Ok(record), Ok(Life::Alive)) = (session.record(), session.life()) {
            servers.insert(record.server_pid, session);
        }
    }
    Ok(our_ancestors().iter().find_map(|pid| servers.remove(pid)))
}

/// MS_SESSION may have come here by another way than from parent to child.
fn is_ancestor(session: &SessionDir) -> bool {
    session.record().is_ok_and(|record| our_ancestors().contains(&record.server_pid))
}

fn our_ancestors() -> Vec<i32> {
    procfs::ancestors(&mut Proc::new(), std::process::id() as i32)
}

/// The one other runtime directory that all these sessions live in; none if there is no such.
///
/// # Errors
/// It can't be told where one of them is.
pub fn common_place(names: &[String]) -> Result<Option<PathBuf>> {
    let runtime = Runtime::open()?;
    let mut common = None;
    for name in names {
        let Ok(session) = find_running(runtime.as_ref(), name) else { return Ok(None) };
        match elsewhere::place_of(&session)? {
            Some(place) if common.as_ref().is_none_or(|common| *common == place) => common = Some(place),
            _ => return Ok(None),
        }
    }
    Ok(common)
}

/// A name as a person gave it: one that breaks the rule is wrong use.
fn valid(name: &str) -> Result<SessionName> {
    SessionName::new(name)
}

fn none_at_all(name: &str) -> Error {
    Error::NoSession { name: name.to_owned(), near: None }
}
