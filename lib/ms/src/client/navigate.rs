//! Where a terminal can go: which sessions there are and what changes about them, which one is meant, and where
//! the terminal came from. It reads files and asks no server; who goes there is the loop.

use std::os::fd::{AsFd, BorrowedFd};

use super::commands::{Which, Words};
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
use msession::format::status::{Status, StatusRecord};
use msession::format::urgency::urgency;
use msession::query::catalog::{self, Item};
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

/// What has changed about them.
#[derive(Debug)]
pub(super) struct Changes {
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

    /// Watches the sessions from now on; what they do now.
    ///
    /// # Errors
    /// What keeps the directory from being watched.
    pub(super) fn watch(&mut self) -> Result<Statuses> {
        let watch = self.watch.insert(Watch::open(&self.runtime)?);
        Ok(watch.sessions().map(|session| (session.name().clone(), session.status().ok())).collect())
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
        Some(Changes { names, statuses: statuses.map(|(status, name)| (name, status)).collect() })
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

    /// The session that a person or a tool calls so; `-` is the one that the terminal was on before it came to
    /// the one with the id `own`.
    ///
    /// # Errors
    /// There is none, or it cannot be told.
    pub(super) fn find(&self, name: &str, terminal: u64, own: &str) -> Result<SessionName> {
        match name {
            PREVIOUS => previous(&self.runtime, terminal, Some(own)),
            name => lookup::find_live(Some(&self.runtime), name).map(|session| session.current_name()),
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
    ) -> Result<SessionName> {
        let visited = |name: &SessionName, since| indicator.has_visited(name, since);
        let found = most_urgent(&self.runtime, Some(own), visited);
        let Err(Error::Nobody(_)) = found else { return found };
        let any = most_urgent(&self.runtime, Some(own), |_, _| false).is_ok();
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
        if which == Which::All
            && let Ok(Some(history)) = History::open()
        {
            let config = Config::load().ok();
            let limits = config.as_ref().map(|config| &config.history);
            items.extend(catalog::completed(&history, limits, &items).unwrap_or_default());
        }
        items.sort_by_cached_key(|item| item.facts.as_ref().ok().map(|facts| urgency(&facts.status)));
        let wanted = |item: &&Item| which != Which::Waiting || is_waiting(item);
        items.iter().filter(wanted).map(entry).collect()
    }

    /// The words that a command line can be made of.
    pub(super) fn words(&self) -> Words {
        let names = catalog::live_names(&self.runtime).unwrap_or_default();
        Words {
            sessions: names.iter().map(ToString::to_string).collect(),
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

/// The session that needs somebody most, but the one with this id and those that were visited since they do.
///
/// # Errors
/// `Nobody` if none needs somebody, or what keeps the sessions from being read.
pub(super) fn most_urgent(
    runtime: &Runtime,
    but: Option<&str>,
    visited: impl Fn(&SessionName, Time) -> bool,
) -> Result<SessionName> {
    let items = catalog::live(runtime)?;
    let needs = items.iter().filter_map(|item| {
        let facts = item.facts.as_ref().ok()?;
        let status = &facts.status;
        let needs = status.attention().is_some_and(Attention::needs_somebody);
        let open = Some(facts.record.id.as_str()) != but && !visited(&item.name, status.since);
        (needs && open).then(|| (urgency(status), &item.name))
    });
    needs.min().map(|(_, name)| name.clone()).ok_or_else(|| Error::Nobody("no session needs you".into()))
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
    Err(Error::Nobody("there is no previous session".into()))
}

fn is_waiting(item: &Item) -> bool {
    item.facts.as_ref().is_ok_and(|facts| facts.status.status == Status::Waiting)
}

fn entry(item: &Item) -> Entry {
    let name = item.name.clone();
    let Ok(facts) = &item.facts else {
        return Entry { cells: vec!["!".into(), name.to_string(), "damaged".into()], name, live: false };
    };
    let status = &facts.status;
    let kind = status.kind.map_or_else(|| status.status.to_string(), |kind| kind.to_string());
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
    Entry { name, cells, live: status.status != Status::Completed }
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
