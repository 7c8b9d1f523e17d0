//! `mshooks list`: every agent, what is installed of it, and what that tells.

use std::path::Path;

use serde::Serialize;

use super::file::File;
use super::installed::{self, Installed};
use super::merge::Merge;
use super::shown;
use crate::cli::Out;
use crate::tools::agents::{Agent, Hook, Means};
use msession::format::error::Result;

/// A row, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Row {
    /// The agent's name in the tools.
    agent: &'static str,
    /// Its name for people.
    title: &'static str,
    /// Its program; null if it is not on PATH.
    program: Option<String>,
    /// Its version; null if it does not tell.
    version: Option<String>,
    /// `installed`, `outdated`, `missing` or `unreadable`.
    hooks: &'static str,
    /// The configuration.
    file: String,
    /// The events that its version tells.
    events: Vec<String>,
    /// Those that a later one does, and from which on.
    later: Vec<Later>,
    /// What a person hears of.
    tells: Vec<&'static str>,
}

/// An event that an agent does not tell yet.
#[derive(Debug, Serialize)]
struct Later {
    event: String,
    since: String,
}

/// Prints the agents: a table on a terminal, their names in a pipe, or JSON.
///
/// # Errors
/// Nothing can be written, or a configuration has no place.
pub(super) fn print(
    out: &mut Out,
    agents: &[&'static Agent],
    project: Option<&Path>,
    json: bool,
) -> Result<()> {
    if !json && !out.is_terminal() {
        return agents.iter().try_for_each(|agent| out.line(agent.name));
    }
    // Some take a second to tell their version.
    let found: Vec<Installed> = std::thread::scope(|scope| {
        let looks: Vec<_> = agents.iter().map(|agent| scope.spawn(|| installed::look(agent))).collect();
        looks.into_iter().map(|look| look.join().expect("a look does not panic")).collect()
    });
    let rows = agents.iter().zip(&found).map(|(agent, found)| row(agent, found, project));
    let rows = rows.collect::<Result<Vec<Row>>>()?;
    if json { out.json(&rows) } else { table(out, &rows) }
}

fn row(agent: &'static Agent, found: &Installed, project: Option<&Path>) -> Result<Row> {
    let file = installed::file(agent, project)?;
    let merge = Merge { agent, hooks: found.hooks(agent) };
    let state = match File::read(&file).map(|file| merge.faults(file.text.as_deref())) {
        Ok(Ok(faults)) if faults.is_empty() => "installed",
        Ok(Ok(faults)) if faults == ["is not installed"] => "missing",
        Ok(Ok(_)) => "outdated",
        Ok(Err(_)) | Err(_) => "unreadable",
    };
    let is_later = |hook: &&Hook| !merge.hooks.iter().any(|told| std::ptr::eq(*told, *hook));
    let later = |hook: &Hook| Later { event: shown(hook), since: hook.since.to_string() };
    Ok(Row {
        agent: agent.name,
        title: agent.title,
        program: found.program.as_ref().map(|path| path.display().to_string()),
        version: found.version.map(|version| version.to_string()),
        hooks: state,
        file: file.display().to_string(),
        events: merge.hooks.iter().map(|hook| shown(hook)).collect(),
        later: agent.hooks.iter().filter(is_later).map(later).collect(),
        tells: tells(&merge.hooks),
    })
}

fn tells(hooks: &[&Hook]) -> Vec<&'static str> {
    const WORDS: [(Means, &str); 5] = [
        (Means::Permission, "permissions"),
        (Means::Question, "questions"),
        (Means::Turn, "turns"),
        (Means::Works, "work"),
        (Means::Input, "input"),
    ];
    let told = |means| hooks.iter().any(|hook| hook.means == means);
    WORDS.into_iter().filter(|(means, _)| told(*means)).map(|(_, word)| word).collect()
}

fn table(out: &mut Out, rows: &[Row]) -> Result<()> {
    let version = |row: &Row| match (&row.program, &row.version) {
        (None, _) => "not here".to_owned(),
        (_, None) => "unknown".to_owned(),
        (_, Some(version)) => version.clone(),
    };
    let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let (agents, versions) = (widest(&|row| row.agent.len()), widest(&|row| version(row).len()).max(7));
    out.line(format!("{:agents$}  {:versions$}  {:10}  TELLS", "AGENT", "VERSION", "HOOKS"))?;
    for row in rows {
        let tells = if row.tells.is_empty() { "nothing".into() } else { row.tells.join(" ") };
        let later = match row.later.len() {
            0 => String::new(),
            number => format!(" ({number} events come with later versions)"),
        };
        out.line(format!(
            "{:agents$}  {:versions$}  {:10}  {tells}{later}",
            row.agent,
            version(row),
            row.hooks
        ))?;
    }
    Ok(())
}
