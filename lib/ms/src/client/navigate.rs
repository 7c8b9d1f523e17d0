//! Where a terminal can go: which sessions there are and what changes about them, which one is meant, and where
//! the terminal came from. It reads files and asks no server; who goes there is the loop.

use std::os::fd::{AsFd, BorrowedFd};

use super::commands::{Which, Words};
use super::completed_session::CompletedSession;
use super::indicator::Indicator;
use super::overlay::Entry;
use super::visits;
use ms_platform::time::Time;
use ms_terminal::safe::safe_text;
use ms_terminal::text_table::span;
use msession::format::attention::Attention;
use msession::format::config::Config;
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::format::status::{Mode, Status, StatusRecord};
use msession::format::urgency::urgency;
use msession::query::catalog::{self, Facts, Item};
use msession::query::elsewhere;
use msession::query::lookup;
use msession::query::watch::Watch;
use msession::store::history::History;
use msession::store::session::{Runtime, SessionDir};

/// What `-` stands for.
pub(crate) const PREVIOUS: &str = "-";
/// What is said once every session that needs somebody was visited.
const ALL_VISITED: &str = "you have been to every session that needs you; the same key goes round again";

/// The sessions that there are, and the terminal's way among them.
#[derive(Debug)]
pub(super) struct Navigation {
    runtime: Runtime,
    watch: Option<Watch>,
    /// Ids of the sessions that the terminal came from, the last one last.
    trail: Vec<String>,
}

/// What other sessions do, by their names.
pub(super) type Statuses = Vec<(SessionName, Option<StatusRecord>)>;

/// Where one can go.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Goal {
    /// To a live session.
    Live(SessionName),
    /// To what one wrote that is over.
    Completed(Box<CompletedSession>),
}

/// What has changed about them.
#[derive(Debug)]
pub(super) struct Changes {
    /// All that ended unseen, if there may be others than before.
    pub(super) over: Option<Vec<CompletedSession>>,
    /// All that there are, if some came or went.
    pub(super) names: Option<Vec<SessionName>>,
    /// What those do that do something else now.
    pub(super) statuses: Statuses,
}

impl Navigation {
    /// Among the sessions of this directory.
    pub(super) fn new(runtime: Runtime) -> Navigation {
        Navigation { runtime, watch: None, trail: Vec::new() }
    }

    /// The directory.
    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Takes the directory that there is now, where the one that was is gone: that of the session with this
    /// id. Whether it is another.
    pub(super) fn renew(&mut self, own: &str) -> bool {
        if self.runtime.is_current() {
            return false;
        }
        let own = elsewhere::find_again(own).ok().flatten();
        let Some(Ok(runtime)) = own.map(|session| session.runtime()) else { return false };
        self.runtime = runtime;
        true
    }

    /// What is readable when other sessions change.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.watch.as_ref().map(AsFd::as_fd)
    }

    /// Watches the sessions from now on; what they do now, and which ended unseen.
    ///
    /// # Errors
    /// What keeps the directory from being watched.
    pub(super) fn watch(&mut self) -> Result<(Statuses, Vec<CompletedSession>)> {
        let watch = self.watch.insert(Watch::open(&self.runtime)?);
        watch.also_unseen();
        let statuses = watch.sessions().map(|session| (session.name().clone(), session.status().ok()));
        Ok((statuses.collect(), unseen()))
    }

    /// What has changed; none if it cannot be told any more.
    pub(super) fn take_changes(&mut self) -> Option<Changes> {
        let watch = self.watch.as_mut()?;
        let Ok(changes) = watch.take(&self.runtime) else {
            self.watch = None;
            return None;
        };
        let names = changes.sessions.then(|| watch.sessions().map(SessionDir::name).cloned().collect());
        let status = |name: &SessionName| self.runtime.session(name).and_then(|session| session.status());
        let statuses = changes.statuses.into_iter().map(|name| (status(&name).ok(), name));
        let statuses = statuses.map(|(status, name)| (name, status)).collect();
        // One that ends is in the index while it is live, and over once its directory has gone.
        let over = (changes.unseen || changes.sessions).then(unseen);
        Some(Changes { over, names, statuses })
    }

    /// The terminal is on the session with this id.
    pub(super) fn arrived(&self, id: &str, terminal: u64) {
        // Without the memory of it `-` means something older; that must not keep anybody out.
        let _ = visits::remember(&self.runtime, id, terminal);
    }

    /// The terminal came from the session with this id.
    pub(super) fn came_from(&mut self, id: String) {
        self.trail.retain(|known| *known != id);
        self.trail.push(id);
    }

    /// The last session that the terminal came from and that lives; it is forgotten.
    pub(super) fn back(&mut self) -> Option<SessionName> {
        while let Some(id) = self.trail.pop() {
            if let Ok(Some(session)) = self.runtime.find_by_id(&id) {
                return Some(session.current_name());
            }
        }
        None
    }

    /// The session that a person or a tool calls so, a live one before one that is over; `-` is the one that
    /// the terminal was on before it came to the one with the id `own`.
    ///
    /// # Errors
    /// There is none, or it cannot be told.
    pub(super) fn find(&self, name: &str, terminal: u64, own: &str) -> Result<Goal> {
        if name == PREVIOUS {
            return previous(&self.runtime, terminal, Some(own)).map(Goal::Live);
        }
        match lookup::find_running(Some(&self.runtime), name) {
            Err(absent @ Error::NoSession { .. }) => saved(name)?.map(Goal::Completed).ok_or(absent),
            found => found.map(|session| Goal::Live(session.current_name())),
        }
    }

    /// The session that needs somebody most, of those that the terminal has not been to see. When it has been to
    /// all, the next time begins anew.
    ///
    /// # Errors
    /// `Nobody` if there is none, with what is to be said of that; or what keeps the sessions from being read.
    pub(super) fn where_needed(
        &self,
        indicator: &mut Indicator,
        (own, here): (&str, &SessionName),
    ) -> Result<Goal> {
        let visited = |name: &SessionName, facts: &Facts| match facts.status.exit {
            Some(_) => indicator.has_shown(&facts.record.id),
            None => indicator.has_visited(name, facts.status.since),
        };
        let found = most_urgent(Some(&self.runtime), Some(own), visited);
        let Err(Error::Nobody(_)) = found else { return found };
        let any = most_urgent(Some(&self.runtime), Some(own), |_, _| false).is_ok();
        indicator.begin_round(here);
        Err(Error::Nobody(if any { ALL_VISITED } else { "no other session needs you" }.into()))
    }

    /// The session so many places further in the order of names.
    ///
    /// # Errors
    /// There is no other, or the directory cannot be read.
    pub(super) fn neighbour(&self, here: &SessionName, places: isize) -> Result<SessionName> {
        neighbour(&catalog::live_names(&self.runtime)?, here, places)
            .ok_or_else(|| Error::Refused("there is no other session".into()))
    }

    /// Whether a terminal that is on the session `here` may go there.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn check(&self, name: &SessionName, here: &SessionName) -> Result<()> {
        if name == here {
            return Err(Error::Refused(format!("{name}: this terminal is on it already")));
        }
        check_not_inside(&self.runtime, name)
    }

    /// The sessions as a list shows them.
    pub(super) fn entries(&self, which: Which) -> Vec<Entry> {
        let mut items = catalog::live(&self.runtime).unwrap_or_default();
        if let Ok(Some(history)) = History::open() {
            items.extend(completed(&history, which, &items));
        }
        items.sort_by_cached_key(|item| item.facts.as_ref().ok().map(|facts| urgency(&facts.status)));
        let wanted = |item: &&Item| which != Which::Waiting || is_waiting(item);
        items.iter().filter(wanted).map(entry).collect()
    }

    /// The words that a command line can be made of.
    pub(super) fn words(&self) -> Words {
        let mut sessions = catalog::live_names(&self.runtime).unwrap_or_default();
        sessions.extend(unseen().iter().map(|over| over.name().clone()));
        sessions.sort_unstable();
        sessions.dedup();
        Words {
            sessions: sessions.iter().map(ToString::to_string).collect(),
            is_over: |name| saved(name).is_ok_and(|over| over.is_some()),
            types: Config::load().map(|config| config.types.into_keys().collect()).unwrap_or_default(),
        }
    }
}

/// The name so many places behind `here`, around the end.
fn neighbour(names: &[SessionName], here: &SessionName, places: isize) -> Option<SessionName> {
    let at = names.iter().position(|name| name == here).unwrap_or(0) as isize;
    let next = names.get((at + places).rem_euclid(names.len().max(1) as isize) as usize);
    next.filter(|name| *name != here).cloned()
}

/// A session cannot be shown on its own terminal: what it shows would be its own output, for ever.
///
/// # Errors
/// `Refused` if this runs inside it, or what keeps that from being told.
pub(super) fn check_not_inside(runtime: &Runtime, name: &SessionName) -> Result<()> {
    match lookup::nearest_around(runtime)? {
        Some(around) if around.current_name() == *name => {
            Err(Error::Refused(format!("{name}: a session cannot be put inside itself")))
        }
        _ => Ok(()),
    }
}

/// The session that needs somebody most, one that nobody has in view first; but the one with this id and those
/// that were visited since they do.
///
/// # Errors
/// `Nobody` if none needs somebody, or what keeps the sessions from being read.
pub(super) fn most_urgent(
    runtime: Option<&Runtime>,
    but: Option<&str>,
    visited: impl Fn(&SessionName, &Facts) -> bool,
) -> Result<Goal> {
    let live = runtime.map_or(Ok(Vec::new()), catalog::live)?;
    let over = History::open()?.map_or(Ok(Vec::new()), |history| catalog::unseen(&history, &live))?;
    let needs = live.iter().chain(&over).filter_map(|item| {
        let facts = item.facts.as_ref().ok()?;
        let status = &facts.status;
        let needs = status.attention().is_some_and(Attention::needs_somebody);
        let open = Some(facts.record.id.as_str()) != but && !visited(&item.name, facts);
        (needs && open).then(|| ((status.mode == Mode::Foreground, urgency(status), &item.name), item))
    });
    let first = needs.min_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, item)| item);
    let first = first.ok_or_else(|| Error::Nobody("no session needs you".into()))?;
    Ok(CompletedSession::listed(first)
        .map_or_else(|| Goal::Live(first.name.clone()), |over| Goal::Completed(Box::new(over))))
}

/// The sessions that ended unseen, as far as they can be read.
fn unseen() -> Vec<CompletedSession> {
    let items = History::open().ok().flatten().and_then(|history| catalog::unseen(&history, &[]).ok());
    items.iter().flatten().filter_map(CompletedSession::listed).collect()
}

/// Of those that are over: all, or those that nobody has looked at.
fn completed(history: &History, which: Which, live: &[Item]) -> Vec<Item> {
    let found = match which {
        Which::All => {
            let config = Config::load().ok();
            catalog::completed(history, config.as_ref().map(|config| &config.history), live)
        }
        Which::Live => catalog::unseen(history, live),
        Which::Waiting => Ok(Vec::new()),
    };
    found.unwrap_or_default()
}

/// The session of this name or id that is over.
fn saved(name: &str) -> Result<Option<Box<CompletedSession>>> {
    let Some(history) = History::open()? else { return Ok(None) };
    lookup::find_saved(&history, name)?.map(|entry| CompletedSession::of(&entry).map(Box::new)).transpose()
}

/// The live session that a terminal was on last, but the one with this id.
///
/// # Errors
/// `Nobody` if there is none, or what keeps the sessions from being read.
pub(super) fn previous(runtime: &Runtime, terminal: u64, but: Option<&str>) -> Result<SessionName> {
    for id in visits::previous(runtime, terminal) {
        if Some(id.as_str()) != but
            && let Some(session) = runtime.find_by_id(&id)?
        {
            return Ok(session.current_name());
        }
    }
    Err(no_previous())
}

/// That a terminal was on no session before.
pub(super) fn no_previous() -> Error {
    Error::Nobody("there is no previous session".into())
}

fn is_waiting(item: &Item) -> bool {
    item.facts.as_ref().is_ok_and(|facts| facts.status.status == Status::Waiting)
}

fn entry(item: &Item) -> Entry {
    let name = item.name.clone();
    let Ok(facts) = &item.facts else {
        let cells = vec!["!".into(), name.to_string(), "damaged".into()];
        return Entry { cells, name, live: false, over: None };
    };
    let status = &facts.status;
    let kind = match (status.exit, status.kind) {
        (Some(exit), _) => exit.to_string(),
        (None, Some(kind)) => kind.to_string(),
        (None, None) => status.status.to_string(),
    };
    let says = status.message.as_deref().or(status.title.as_deref()).unwrap_or_default();
    let command = facts.record.argv.join(" ");
    let cells = vec![
        status.mark().to_owned(),
        name.to_string(),
        kind,
        span(status.since.until(Time::now())),
        safe_text(&command, 80),
        safe_text(says, 200),
    ];
    let over = CompletedSession::listed(item).map(Box::new);
    Entry { name, cells, live: status.status != Status::Completed, over }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn name(text: &str) -> SessionName {
        SessionName::new(text).unwrap()
    }

    #[test]
    fn neighbours_go_around_and_one_alone_has_none() {
        let names = ["a", "b", "c"].map(name);
        for (here, places, there) in [("a", 1, "b"), ("c", 1, "a"), ("a", -1, "c"), ("gone", 1, "b")] {
            assert_eq!(neighbour(&names, &name(here), places), Some(name(there)), "{here} {places}");
        }
        assert_eq!(neighbour(&names[..1], &name("a"), 1), None);
        assert_eq!(neighbour(&[], &name("a"), -1), None);
    }

    #[test]
    fn the_way_back_leads_over_none_twice_and_past_those_that_are_gone() {
        let tmp = tempfile::tempdir().unwrap();
        std::fs::set_permissions(tmp.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let mut navigation = Navigation::new(Runtime::open_at(tmp.path()).unwrap().unwrap());
        ["one", "two", "one"].iter().for_each(|id| navigation.came_from((*id).to_owned()));
        assert_eq!(navigation.trail, ["two", "one"]);
        assert_eq!(navigation.back(), None, "neither lives");
        assert!(navigation.trail.is_empty());
    }

    #[test]
    fn nobody_goes_where_the_terminal_is() {
        let tmp = tempfile::tempdir().unwrap();
        std::fs::set_permissions(tmp.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let navigation = Navigation::new(Runtime::open_at(tmp.path()).unwrap().unwrap());
        let error = navigation.check(&name("api"), &name("api")).unwrap_err();
        assert!(error.to_string().contains("on it already"), "{error}");
        assert!(navigation.neighbour(&name("api"), 1).unwrap_err().to_string().contains("no other session"));
        assert!(navigation.find(PREVIOUS, 1, "id").is_err() && navigation.entries(Which::Live).is_empty());
    }
}
