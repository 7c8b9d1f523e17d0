//! `msls`: list sessions, from files alone. A table for eyes, names alone in a pipe, JSON or a format
//! for scripts.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use serde_json::Value;

use super::arguments;
use super::listing::filter::{Ended, Filter};
use super::listing::{format, memory, table};
use crate::cli::{Out, Outcome, Tool, complain, seconds};
use ms_platform::time::Time;
use msession::format::attention::Attention;
use msession::format::config::Config;
use msession::format::error::{Error, Result, exit};
use msession::format::session_name::SessionName;
use msession::format::status::Status;
use msession::format::urgency::urgency;
use msession::query::catalog::{self, Facts, Item};
use msession::query::lookup;
use msession::store::history::History;
use msession::store::session::Runtime;

/// List sessions
///
/// On a terminal, a table. In a pipe, names alone, one a line, so that
/// `msls --needs-me | fzf | xargs msswitch` works.
#[derive(Debug, Parser)]
#[command(name = "msls", version, after_help = EXAMPLES)]
pub struct Msls {
    /// Completed sessions too
    #[arg(short, long)]
    all: bool,
    /// Only those that wait, those that need somebody first
    #[arg(short, long)]
    waiting: bool,
    /// Only those that need somebody: asks or done, the most urgent first
    #[arg(short, long, conflicts_with = "attention")]
    needs_me: bool,
    /// Only those whose attention is one of these
    #[arg(long, value_name = "A", value_delimiter = ',', value_parser = arguments::attention())]
    attention: Vec<Attention>,
    /// Only those with one of these statuses
    #[arg(long, value_name = "S", value_delimiter = ',', value_parser = arguments::status())]
    status: Vec<Status>,
    /// Only those of one of these types
    #[arg(short = 't', long = "type", value_name = "T", value_delimiter = ',')]
    types: Vec<String>,
    /// Only completed ones that ended so: ok, failed, lost, or a code
    #[arg(long, value_name = "E", value_delimiter = ',')]
    exit: Vec<Ended>,
    /// Only those that ended, or began if they live, no longer ago than this
    #[arg(long, value_name = "SPAN", value_parser = seconds)]
    newer: Option<Duration>,
    /// Only those for which that is longer ago than this
    #[arg(long, value_name = "SPAN", value_parser = seconds)]
    older: Option<Duration>,
    /// Memory, CPU and age too
    #[arg(short, long)]
    long: bool,
    /// One JSON array
    #[arg(long, conflicts_with_all = ["long", "format", "null"])]
    json: bool,
    /// One line a session: {name} {status} … as --json has them; \t \n \\ are known
    #[arg(long, value_name = "FMT", conflicts_with_all = ["long", "null"])]
    format: Option<String>,
    /// Names alone, each ended by NUL
    #[arg(short = '0', long, conflicts_with = "long")]
    null: bool,
    /// Say why a session has its status
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "",
        conflicts_with_all = ["all", "waiting", "status", "types", "exit", "newer", "older", "long", "json", "format",
            "null", "doctor"])]
    explain: Option<String>,
    /// Record what it is judged by into this new file, until the session or a signal ends it
    #[arg(long, value_name = "FILE", requires = "explain")]
    record: Option<PathBuf>,
    /// Check directories, limits and what may be seen of other processes
    #[arg(long, exclusive = true)]
    doctor: bool,
}

const EXAMPLES: &str = "\
Examples:
  msls --needs-me | fzf | xargs msswitch
  msls --json | jq -r '.[] | select(.kind == \"password\").name'
  msls --all --format '{name}\\t{exit}'";

impl Tool for Msls {
    fn run(self) -> Result<Outcome> {
        if let Some(name) = &self.explain {
            return super::explain::explain(name, self.record.as_deref());
        }
        if self.doctor {
            return super::doctor::doctor();
        }
        let mut out = Out::new();
        if self.wants_names_alone(&out) {
            return self.print_names(out);
        }
        let (mut items, history) = self.items(&out)?;
        // Before any is left out: what cannot be read may be what was asked for.
        let damaged =
            items.iter().filter(|item| report_damage(&item.name, item.facts.as_ref().err())).count();
        let is_live = |item: &&Item| item.facts.as_ref().is_ok_and(|facts| facts.status.exit.is_none());
        let live: Vec<SessionName> = items.iter().filter(is_live).map(|item| item.name.clone()).collect();
        self.keep_wanted(&mut items);
        let found = !items.is_empty();
        self.print(&live, &items, &mut out)?;
        out.done()?;
        history?;
        Ok(match (damaged, found) {
            (1.., _) => Outcome(exit::SYSTEM),
            (0, false) if self.filters() => Outcome::NO,
            _ => Outcome::DONE,
        })
    }
}

impl Msls {
    fn filters(&self) -> bool {
        self.waiting || !self.status.is_empty() || self.by_attention() || !self.filter().is_empty()
    }

    fn filter(&self) -> Filter {
        Filter { types: self.types.clone(), ends: self.exit.clone(), newer: self.newer, older: self.older }
    }

    fn by_attention(&self) -> bool {
        self.needs_me || !self.attention.is_empty()
    }

    /// Names of live sessions into a pipe, the commonest use: nothing has to be known of them.
    fn wants_names_alone(&self, out: &Out) -> bool {
        let knows_more = self.all || self.filters() || self.long || self.json || self.format.is_some();
        !knows_more && (self.null || !out.is_terminal())
    }

    fn print_names(&self, mut out: Out) -> Result<Outcome> {
        let sessions = Runtime::open()?.map_or(Ok(Vec::new()), |runtime| catalog::live_sound(&runtime))?;
        let damaged =
            sessions.iter().filter(|(name, sound)| report_damage(name, sound.as_ref().err())).count();
        let end = if self.null { b"\0" } else { b"\n" };
        for (name, _) in &sessions {
            out.bytes(name.as_str().as_bytes())?;
            out.bytes(end)?;
        }
        out.done()?;
        Ok(if damaged > 0 { Outcome(exit::SYSTEM) } else { Outcome::DONE })
    }

    /// What there is, as far as it is asked for, and whether the history could be looked at: what lives is
    /// told in any case.
    fn items(&self, out: &Out) -> Result<(Vec<Item>, Result<()>)> {
        let runtime = Runtime::open()?;
        let mut items = runtime.as_ref().map_or(Ok(Vec::new()), catalog::live)?;
        let mut history = Ok(());
        if self.all || self.status.contains(&Status::Completed) || !self.exit.is_empty() {
            items.extend(runtime.as_ref().map_or(Ok(Vec::new()), catalog::unfinished)?);
            history = completed(&items).map(|completed| items.extend(completed));
        } else if self.wants_unseen(out) {
            history = self.unseen(&items).map(|unseen| items.extend(unseen));
        }
        Ok((items, history))
    }

    /// Whether completed sessions that nobody has looked at are asked for, or a person looks at the table.
    fn wants_unseen(&self, out: &Out) -> bool {
        let done = self.needs_me || self.attention.contains(&Attention::Done);
        let table = out.is_terminal() && !(self.json || self.null || self.format.is_some());
        done || table && !self.filters()
    }

    fn unseen(&self, live: &[Item]) -> Result<Vec<Item>> {
        History::open()?.map_or(Ok(Vec::new()), |history| catalog::unseen(&history, live))
    }

    /// What tools take for the sessions that are left. With --all the names are told as they are, each once.
    fn names(&self, live: &[SessionName], items: &[Item]) -> Result<Vec<SessionName>> {
        let history = if self.by_attention() { History::open()? } else { None };
        let names = match &history {
            Some(history) => lookup::handles(history, live, items),
            None => items.iter().map(|item| item.name.clone()).collect(),
        };
        let mut seen = BTreeSet::new();
        Ok(names.into_iter().filter(|name| self.null || seen.insert(name.clone())).collect())
    }

    fn keep_wanted(&self, items: &mut Vec<Item>) {
        if self.waiting || !self.status.is_empty() {
            let mut wanted: Vec<Status> = self.status.clone();
            wanted.extend(self.waiting.then_some(Status::Waiting));
            items.retain(|item| item.facts.as_ref().is_ok_and(|facts| wanted.contains(&facts.status.status)));
        }
        if self.by_attention() {
            let wanted = if self.needs_me { &Attention::NEEDS[..] } else { &self.attention };
            let is_wanted = |facts: &Facts| facts.status.attention().is_some_and(|a| wanted.contains(&a));
            items.retain(|item| item.facts.as_ref().is_ok_and(is_wanted));
        }
        let (filter, now) = (self.filter(), Time::now());
        if !filter.is_empty() {
            let is_wanted = |facts: &Facts| filter.takes(&facts.record, &facts.status, now);
            items.retain(|item| item.facts.as_ref().is_ok_and(is_wanted));
        }
        let key = |item: &Item| item.facts.as_ref().ok().map(|facts| urgency(&facts.status));
        items.sort_by_cached_key(|item| (item.facts.is_err(), key(item)));
    }

    fn print(&self, live: &[SessionName], items: &[Item], out: &mut Out) -> Result<()> {
        if self.json {
            out.json(&Value::Array(items.iter().map(|item| to_json(item, true)).collect()))?;
        } else if let Some(text) = &self.format {
            let format = format::Format::parse(text)?;
            let memory = format.has("memory");
            items.iter().try_for_each(|item| out.raw_line(&format.apply(&to_json(item, memory))))?;
        } else if self.null {
            let names = self.names(live, items)?;
            names.iter().try_for_each(|name| out.bytes(format!("{name}\0").as_bytes()))?;
        } else if out.is_terminal() || self.long {
            table::print(
                out,
                items,
                table::Columns { long: self.long, messages: self.waiting || self.by_attention() },
            )?;
        } else {
            self.names(live, items)?.iter().try_for_each(|name| out.line(name))?;
        }
        Ok(())
    }
}

/// One session, and what it uses where that is wanted.
fn to_json(item: &Item, with_memory: bool) -> Value {
    let mut session = catalog::to_json(item);
    if let (Ok(facts), true) = (&item.facts, with_memory) {
        session["memory"] = memory::field(facts);
    }
    session
}

fn completed(live: &[Item]) -> Result<Vec<Item>> {
    let config = Config::load().ok();
    let limits = config.as_ref().map(|config| &config.history);
    History::open()?.map_or(Ok(Vec::new()), |history| catalog::completed(&history, limits, live))
}

/// Says on stderr how a session is damaged, if it is.
fn report_damage(name: &SessionName, damage: Option<&Error>) -> bool {
    if let Some(error) = damage {
        complain("msls", &Error::damaged(name.as_str(), error));
    }
    damage.is_some()
}
