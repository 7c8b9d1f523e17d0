//! A configuration's text with ours in it, and without: each format's own way behind one face.

use super::{json, plugin, shown, yaml};
use crate::tools::agents::{Agent, Format, Hook};

/// What belongs into an agent's configuration.
#[derive(Debug)]
pub(super) struct Merge {
    /// The agent.
    pub agent: &'static Agent,
    /// What it tells, as far as its version goes.
    pub hooks: Vec<&'static Hook>,
}

impl Merge {
    /// The text with ours in it, all of them and none twice; of none, a new file's.
    ///
    /// # Errors
    /// The text is not understood, or what is there stands against it.
    pub fn install(&self, text: Option<&str>) -> Result<String, String> {
        if let Some(text) = text.filter(|_| self.faults(text).is_ok_and(|faults| faults.is_empty())) {
            return Ok(text.to_owned());
        }
        let text = text.unwrap_or_default();
        match self.agent.format {
            Format::Json { .. } => json::install(&json::remove(text)?, self.agent, &self.hooks),
            Format::Yaml => yaml::install(&yaml::remove(text), self.agent),
            Format::Plugin if text.is_empty() || plugin::is_of_ms(text) => Ok(plugin::text(self.agent)),
            Format::Plugin => Err("it is not ms's".into()),
        }
    }

    /// The text without ours; none where nothing is left of the file. `backup` is the text as it was before
    /// ours came: where only ours were added since, it is that again.
    ///
    /// # Errors
    /// The text is not understood.
    pub fn remove(&self, text: &str, backup: Option<&str>) -> Result<Option<String>, String> {
        let left = match self.agent.format {
            Format::Json { .. } => json::remove(text)?,
            Format::Yaml => yaml::remove(text),
            Format::Plugin if plugin::is_of_ms(text) => return Ok(None),
            Format::Plugin => text.to_owned(),
        };
        if left == text {
            return Ok(Some(left));
        }
        let is_before = |backup: &&str| {
            !self.is_in(backup) && self.install(Some(backup)).is_ok_and(|installed| installed == text)
        };
        if let Some(backup) = backup.filter(is_before) {
            return Ok(Some(backup.to_owned()));
        }
        let is_nothing = match self.agent.format {
            Format::Json { .. } => json::is_nothing(&left),
            _ => left.trim().is_empty(),
        };
        Ok(Some(left).filter(|_| !is_nothing || backup.is_some()))
    }

    /// Whether a text has hooks of ms, of whatever version.
    pub fn is_in(&self, text: &str) -> bool {
        match self.agent.format {
            Format::Json { .. } => json::found(text).is_ok_and(|found| !found.is_empty()),
            Format::Yaml => yaml::found(text).is_some(),
            Format::Plugin => plugin::is_of_ms(text),
        }
    }

    /// What is missing in a text, and what is outdated.
    ///
    /// # Errors
    /// The text is not understood.
    pub fn faults(&self, text: Option<&str>) -> Result<Vec<String>, String> {
        let Some(text) = text.filter(|text| self.is_in(text) || self.is_broken(text)) else {
            return Ok(vec!["is not installed".into()]);
        };
        let outdated = |is: bool| if is { vec!["is outdated: install it again".into()] } else { Vec::new() };
        Ok(match self.agent.format {
            Format::Json { .. } => self.faults_of_json(text)?,
            Format::Yaml => outdated(yaml::found(text) != Some(self.agent.command())),
            Format::Plugin => outdated(text != plugin::text(self.agent)),
        })
    }

    fn is_broken(&self, text: &str) -> bool {
        matches!(self.agent.format, Format::Json { .. }) && json::found(text).is_err()
    }

    fn faults_of_json(&self, text: &str) -> Result<Vec<String>, String> {
        let mut found = json::found(text)?;
        let mut faults = Vec::new();
        for hook in &self.hooks {
            let is_it = |(event, matcher, command): &(String, String, String)| {
                let matches = matcher == hook.matcher || (matcher == "*" && hook.matcher.is_empty());
                event == hook.event && matches && *command == self.agent.command()
            };
            match found.iter().position(is_it) {
                Some(at) => drop(found.remove(at)),
                None => faults.push(format!("is missing: {}", shown(hook))),
            }
        }
        faults.extend(found.iter().map(|(event, _, command)| format!("is outdated: {event}: {command}")));
        Ok(faults)
    }
}
