//! `mshooks`: put ms's hooks into a coding agent's own configuration, check them, take them out.

mod diff;
mod file;
mod installed;
mod json;
mod jsonc;
mod list;
mod merge;
mod plugin;
mod yaml;

use std::path::PathBuf;

use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::cli::{self, Out, Outcome, Tool};
use crate::tools::agents::{AGENTS, Agent, Hook};
use file::File;
use installed::Installed;
use merge::Merge;
use msession::format::error::{Error, Result};

/// Put ms's hooks into a coding agent's own configuration, check them, take them out
///
/// An agent with hooks says itself when it asks for leave, asks a question or is done, and what it asks.
#[derive(Debug, Parser)]
#[command(name = "mshooks", version, after_help = EXAMPLES)]
pub struct Mshooks {
    /// What to do; list shows every agent, its version and what that tells
    #[arg(value_name = "ACTION", value_parser = PossibleValuesParser::new(["install", "check", "remove", "list"]))]
    action: String,
    /// For these agents; for each that is installed here if none is named
    #[arg(value_name = "AGENT", value_parser = PossibleValuesParser::new(Agent::names()))]
    agents: Vec<String>,
    /// In your own configuration: the default
    #[arg(short, long, conflicts_with = "project")]
    user: bool,
    /// In the configuration of the project in this directory, the current one if none is named
    #[arg(short, long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = ".")]
    project: Option<PathBuf>,
    /// Change nothing; print what would change, as a diff
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// List as JSON
    #[arg(short, long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  mshooks list
  mshooks install claude codex
  mshooks install --dry-run gemini
  mshooks install claude && mshooks check claude
  mshooks remove --project claude";

impl Tool for Mshooks {
    const TELLS_PLACE: bool = false;

    fn run(self) -> Result<Outcome> {
        if self.json && self.action != "list" {
            return Err(Error::Usage("--json goes with list".into()));
        }
        if self.dry_run && !matches!(self.action.as_str(), "install" | "remove") {
            return Err(Error::Usage("--dry-run goes with install and remove".into()));
        }
        let mut out = Out::new();
        if self.action == "list" {
            let agents = self.named().unwrap_or_else(|| AGENTS.iter().collect());
            list::print(&mut out, &agents, self.project.as_deref(), self.json)?;
            return out.done();
        }
        let agents = self.agents()?;
        let mut incomplete = false;
        let done = cli::for_each_name("mshooks", agents.iter().map(|agent| agent.name), |name| {
            let agent = agents.iter().find(|agent| agent.name == *name).expect("it was named");
            incomplete |= !self.one(&mut out, agent)?;
            Ok(())
        });
        out.flush()?;
        Ok(if done == Outcome::DONE && incomplete { Outcome::NO } else { done })
    }
}

impl Mshooks {
    fn named(&self) -> Option<Vec<&'static Agent>> {
        let mut agents: Vec<_> = self.agents.iter().filter_map(|name| Agent::named(name)).collect();
        agents.dedup_by_key(|agent| agent.name);
        Some(agents).filter(|agents| !agents.is_empty())
    }

    /// Those that are named, or else those that are installed.
    fn agents(&self) -> Result<Vec<&'static Agent>> {
        let installed = || AGENTS.iter().filter(|agent| installed::program(agent).is_some()).collect();
        let agents = self.named().unwrap_or_else(installed);
        match agents.is_empty() {
            true => Err(Error::Refused("no agent that it knows is installed here; name one".into())),
            false => Ok(agents),
        }
    }

    /// Does it for one agent; returns whether all is as it should be.
    fn one(&self, out: &mut Out, agent: &'static Agent) -> Result<bool> {
        let path = installed::file(agent, self.project.as_deref())?;
        let found = installed::look(agent);
        let file = File::read(&path)?;
        let merge = Merge { agent, hooks: found.hooks(agent) };
        match self.action.as_str() {
            "install" => self.install(out, &file, &merge, &found).map(|()| true),
            "remove" => self.remove(out, &file, &merge).map(|()| true),
            _ => check(out, &file, &merge, &found),
        }
    }

    fn install(&self, out: &mut Out, file: &File, merge: &Merge, found: &Installed) -> Result<()> {
        let name = merge.agent.name;
        if merge.hooks.is_empty() {
            let version = found.version.map_or_else(String::new, |version| version.to_string());
            let needed = merge.agent.hooks.iter().map(|hook| hook.since).min().expect("it has hooks");
            return Err(Error::Refused(format!("{name}: {version} has no hooks; they come with {needed}")));
        }
        let fresh = merge.install(file.text.as_deref()).map_err(|why| file.refused(&why))?;
        if file.text.as_deref() == Some(fresh.as_str()) {
            return out.line(format!("{name}: is installed in {}", file.path.display()));
        }
        if self.dry_run {
            return diff::print(out, &file.path, file.text.as_deref().unwrap_or_default(), &fresh);
        }
        let had_none = file.text.as_deref().is_some_and(|text| !merge.is_in(text));
        file.back_up(had_none)?;
        file.write(&fresh)?;
        out.line(format!("{name}: installed in {} ({} events)", file.path.display(), merge.hooks.len()))?;
        if !merge.agent.note.is_empty() {
            out.line(format!("{name}: {}", merge.agent.note))?;
        }
        if !installed::is_on_path("msmark") {
            out.line(format!("{name}: msmark is not on PATH: the hooks do nothing until it is"))?;
        }
        Ok(())
    }

    fn remove(&self, out: &mut Out, file: &File, merge: &Merge) -> Result<()> {
        let name = merge.agent.name;
        let path = file.path.display();
        let Some(text) = file.text.as_deref() else {
            return out.line(format!("{name}: is not installed: there is no {path}"));
        };
        let backup = file.backup()?;
        let left = merge.remove(text, backup.as_deref()).map_err(|why| file.refused(&why))?;
        if left.as_deref() == Some(text) {
            return out.line(format!("{name}: is not installed in {path}"));
        }
        if self.dry_run {
            return diff::print(out, &file.path, text, left.as_deref().unwrap_or_default());
        }
        match &left {
            Some(left) => file.write(left)?,
            None => file.delete(merge.agent, self.project.is_none())?,
        }
        if left.is_some() && left == backup {
            file.forget_backup()?;
        }
        out.line(format!("{name}: removed from {path}"))
    }
}

/// Says what is missing or outdated; returns whether nothing is.
fn check(out: &mut Out, file: &File, merge: &Merge, found: &Installed) -> Result<bool> {
    let mut faults = merge.faults(file.text.as_deref()).map_err(|why| file.refused(&why))?;
    if !installed::is_on_path("msmark") {
        faults.push("msmark is not on PATH".into());
    }
    let (name, path) = (merge.agent.name, file.path.display());
    let version = found.version.map_or_else(String::new, |version| format!(", version {version}"));
    match faults.is_empty() {
        true => {
            out.line(format!("{name}: is installed in {path} ({} events{version})", merge.hooks.len()))?
        }
        false => {
            for fault in &faults {
                out.line(format!("{name}: {fault}"))?;
            }
        }
    }
    Ok(faults.is_empty())
}

/// Whether a hook's command runs msmark, of whatever version of ms.
fn is_of_ms(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default();
    program.rsplit('/').next() == Some("msmark")
}

/// How a hook of the table is named to a person.
fn shown(hook: &Hook) -> String {
    match hook.matcher {
        "" | "*" => hook.event.to_owned(),
        matcher => format!("{} ({matcher})", hook.event),
    }
}

#[cfg(test)]
mod tests;
