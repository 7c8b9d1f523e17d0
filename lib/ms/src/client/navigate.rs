//! What the keys behind the prefix and the slash commands do: going elsewhere, and having tools do the
//! rest. What goes wrong is said on the last row, and the terminal stays where it is.

use super::commands::{Action, Which, Words};
use super::job::{Job, Then};
use super::keys::Command;
use super::overlay::{Confirm, Entry, Help, Line, List, Modal};
use super::relay::Sink;
use super::session_loop::Client;
use super::{Left, line_history, visits};
use ms_platform::time::Time;
use ms_terminal::columns::span;
use ms_terminal::safe::safe_text;
use msession::format::attention::Attention;
use msession::format::config::Config;
use msession::format::error::{Error, Result};
use msession::format::name::SessionName;
use msession::format::status::Status;
use msession::format::urgency::urgency;
use msession::query::catalog::{self, Item};
use msession::query::lookup;
use msession::store::history::History;
use msession::store::session::Runtime;

/// What is said once every session that needs somebody was visited.
const ALL_VISITED: &str = "you have been to every session that needs you; the same key goes round again";

/// What `-` stands for.
pub(crate) const PREVIOUS: &str = "-";

impl Client {
    /// Does what a key behind the prefix asks for.
    pub(super) fn obey(&mut self, command: Command) -> Result<()> {
        self.renew_runtime();
        match command {
            Command::Detach => self.left = Some(Left::Detached(self.at.name())),
            Command::NextWaiting => self.go_where_needed(),
            Command::Previous => self.go_by_name(PREVIOUS),
            Command::Forward => self.go_to(self.neighbour(1)),
            Command::Back => self.go_to(self.neighbour(-1)),
            Command::List => self.open_list(Which::Live),
            Command::CommandLine => self.open_line("/"),
            Command::Output => self.open_pager(),
            Command::Repaint => self.ask_for_screen(),
            Command::Help => self.open_modal(Modal::Help(Help::new(&self.prefix_spelled()))),
        }
        Ok(())
    }

    /// Does what a slash command asks for.
    pub(super) fn act(&mut self, action: Action) -> Result<()> {
        self.renew_runtime();
        let own = self.at.name();
        match action {
            Action::Sessions(which) => self.open_list(which),
            Action::Switch(name) => self.go(&name),
            Action::New(kind, name) => self.start(kind.as_deref(), name.as_ref()),
            Action::Close(name) => self.close_session(name.unwrap_or(own)),
            Action::Rename(name) => self.run_tool("msname", &[own.as_str(), name.as_str()], Then::Say),
            Action::ShowName => self.notice(own.as_str()),
            Action::Output => self.open_pager(),
            Action::Pause => self.run_tool("mspause", &[own.as_str()], Then::Say),
            Action::Resume => self.run_tool("mspause", &["--resume", own.as_str()], Then::Say),
            Action::Detach => self.left = Some(Left::Detached(own)),
            Action::Help => self.obey(Command::Help)?,
        }
        Ok(())
    }

    /// Goes to a session, or says why not.
    pub(super) fn go(&mut self, name: &SessionName) {
        self.go_to(Ok(name.clone()));
    }

    /// Goes to the session that needs somebody most, of those that the terminal has not been to see. When it
    /// has been to all, it says so, and the next time begins anew.
    fn go_where_needed(&mut self) {
        let visited = |name: &SessionName, since| self.indicator.has_visited(name, since);
        match most_urgent(&self.runtime, Some(self.at.id()), visited) {
            Err(Error::Nobody(_)) => {
                let any = most_urgent(&self.runtime, Some(self.at.id()), |_, _| false);
                self.indicator.begin_round(&self.at.name());
                self.tell_of_waits(false);
                self.notice(if any.is_ok() { ALL_VISITED } else { "no other session needs you" });
            }
            found => self.go_to(found),
        }
    }

    /// Goes to a session by what a person or a tool called it.
    pub(super) fn go_by_name(&mut self, name: &str) {
        let found = match name {
            PREVIOUS => previous(&self.runtime, self.terminal.device(), Some(self.at.id())),
            name => lookup::find_live(Some(&self.runtime), name).map(|session| session.current_name()),
        };
        self.go_to(found);
    }

    fn go_to(&mut self, found: Result<SessionName>) {
        let from = self.at.id().to_owned();
        let gone = found.and_then(|name| self.check(&name).and_then(|()| self.switch_to(&name)));
        match gone {
            Ok(()) => {
                self.came_from.retain(|id| *id != from);
                self.came_from.push(from);
            }
            Err(error) => self.notice(&error.to_string()),
        }
    }

    /// The session is over: goes back to where the terminal came from, and says there why. False if it came
    /// from no session that still lives.
    pub(super) fn go_back(&mut self, why: &str) -> bool {
        while let Some(id) = self.came_from.pop() {
            let Ok(Some(session)) = self.runtime.find_by_id(&id) else { continue };
            let name = session.current_name();
            if self.check(&name).is_ok() && self.switch_to(&name).is_ok() {
                self.notice(why);
                return true;
            }
        }
        false
    }

    /// Ends a session; asks first if it works.
    fn close_session(&mut self, name: SessionName) {
        let status = self.runtime.session(&name).and_then(|session| session.status());
        match status.map(|record| record.status) {
            Ok(status @ (Status::Active | Status::Processing)) => {
                self.open_modal(Modal::Confirm(Confirm::end(name, status.as_str())));
            }
            _ => self.end_session(&name),
        }
    }

    /// Ends a session.
    pub(super) fn end_session(&mut self, name: &SessionName) {
        self.run_tool("msclose", &["--", name.as_str()], Then::Say);
    }

    fn check(&self, name: &SessionName) -> Result<()> {
        if *name == self.at.name() {
            return Err(Error::Refused(format!("{name}: this terminal is on it already")));
        }
        check_not_inside(&self.runtime, name)
    }

    /// The session so many places further in the order of names.
    fn neighbour(&self, places: isize) -> Result<SessionName> {
        let names = catalog::live_names(&self.runtime)?;
        let own = self.at.name();
        let at = names.iter().position(|name| *name == own).unwrap_or(0) as isize;
        let next = names.get((at + places).rem_euclid(names.len().max(1) as isize) as usize);
        next.filter(|name| **name != own)
            .cloned()
            .ok_or_else(|| Error::Refused("there is no other session".into()))
    }

    fn open_list(&mut self, which: Which) {
        self.listed = which;
        let list = Modal::List(List::new(self.entries(which), &self.at.name()));
        if self.terminal.is_plain() {
            // Names can be typed there.
            self.terminal.write_all(format!("\r\n{}\r\n", list.plain()).as_bytes());
            return self.open_line("/switch ");
        }
        self.open_modal(list);
    }

    fn open_line(&mut self, text: &str) {
        let names = catalog::live_names(&self.runtime).unwrap_or_default();
        let words = Words {
            sessions: names.iter().map(ToString::to_string).collect(),
            types: Config::load().map(|config| config.types.into_keys().collect()).unwrap_or_default(),
        };
        self.open_modal(Modal::Line(Line::new(text, words, line_history::read(&self.runtime))));
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

    fn start(&mut self, kind: Option<&str>, name: Option<&SessionName>) {
        let mut arguments = Vec::new();
        arguments.extend(kind.iter().flat_map(|kind| ["-t", kind]));
        arguments.extend(name.iter().flat_map(|name| ["-n", name.as_str()]));
        self.run_tool("msnew", &arguments, Then::Go);
    }

    fn run_tool(&mut self, tool: &str, arguments: &[&str], then: Then) {
        match Job::start(&self.signals, tool, arguments, then) {
            Ok(job) => self.jobs.push(job),
            Err(error) => self.notice(&error.to_string()),
        }
    }

    /// Takes what tools have printed, and does what comes next for those that ended.
    pub(super) fn take_jobs(&mut self) {
        for mut job in std::mem::take(&mut self.jobs) {
            match job.take() {
                None => self.jobs.push(job),
                Some((true, text)) if job.then == Then::Go => self.go_by_name(&text),
                Some((_, text)) if !text.is_empty() => self.notice(&text),
                Some(_) => {}
            }
        }
    }

    /// The prefix as a person reads it.
    pub(super) fn prefix_spelled(&self) -> String {
        self.prefix.map_or_else(|| "(no prefix)".into(), super::keys::Prefix::spelled)
    }
}

/// A session cannot be shown on its own terminal: what it shows would be its own output, for ever.
pub(super) fn check_not_inside(runtime: &Runtime, name: &SessionName) -> Result<()> {
    match lookup::nearest_around(runtime)? {
        Some(around) if around.current_name() == *name => {
            Err(Error::Refused(format!("{name}: a session cannot be put inside itself")))
        }
        _ => Ok(()),
    }
}

/// The session that needs somebody most, but the one with this id and those that were visited since they do.
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
