//! The coding agents whose hooks ms knows: where each has its configuration, which of its events mean
//! something here, and what. `mshooks` writes an agent's configuration by this table, and `msmark --hook`
//! reads what the agent then tells by the same one, so that the two cannot differ.

mod event;
mod table;

pub(crate) use event::{Event, Said};
pub(crate) use table::AGENTS;

use std::fmt;

/// A version, as far as versions of agents are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// The first version that is named in what `AGENT --version` prints.
    pub fn find(text: &str) -> Option<Version> {
        text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
            let mut parts = word.split('.').map(str::parse);
            let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
            Some(Version(major, minor, parts.next().and_then(Result::ok).unwrap_or(0)))
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// An agent.
#[derive(Debug)]
pub(crate) struct Agent {
    /// Its name in the tools.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The program that it is started by.
    pub program: &'static str,
    /// Its configuration.
    pub config: ConfigPath,
    /// How a hook is written there.
    pub format: Format,
    /// What it tells.
    pub hooks: &'static [Hook],
    /// What a person must know beside it, once it is installed.
    pub note: &'static str,
}

/// Where an agent's configuration is.
#[derive(Debug)]
pub(crate) struct ConfigPath {
    /// A variable of its environment that names another directory than `user`, or another one for the home
    /// directory.
    pub variable: Option<&'static str>,
    /// Whether the variable takes the place of the home directory, and not of `user`.
    pub variable_is_home: bool,
    /// Its directory for a user, in the home directory or, where `in_config` says so, that of configurations.
    pub user: &'static str,
    /// Whether `user` is in XDG_CONFIG_HOME.
    pub in_config: bool,
    /// Its directory for a project, in the project's.
    pub project: &'static str,
    /// The file in either.
    pub file: &'static str,
}

/// How hooks stand in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `{"hooks": {EVENT: [{"matcher": …, "hooks": [{"type": "command", "command": …}]}]}}`, comments allowed.
    Json {
        /// Whether a hook has a name.
        named: bool,
    },
    /// Keys of a YAML mapping.
    Yaml,
    /// A file of its own, in JavaScript.
    Plugin,
}

/// An event that an agent tells.
#[derive(Debug)]
pub(crate) struct Hook {
    /// Its name.
    pub event: &'static str,
    /// Which of them: words with `|` between, `*` for all, nothing where the event has no kinds.
    pub matcher: &'static str,
    /// The first version that tells it.
    pub since: Version,
    /// What it means.
    pub means: Means,
}

/// What an event means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    /// It works.
    Works,
    /// It asks for leave to use a tool.
    Permission,
    /// It asks a question of its own.
    Question,
    /// It has come to the end of its turn.
    Turn,
    /// It waits, and what for is to be seen.
    Input,
    /// It began anew, or ended: what it said before is over.
    Over,
}

impl Agent {
    /// The agent of a name.
    pub fn named(name: &str) -> Option<&'static Agent> {
        AGENTS.iter().find(|agent| agent.name == name)
    }

    /// The names of all.
    pub fn names() -> Vec<&'static str> {
        AGENTS.iter().map(|agent| agent.name).collect()
    }

    /// The shell command that its hooks run. It prints nothing and succeeds, also where ms is not installed:
    /// configurations travel from machine to machine, and some agents take a hook's failure for a veto.
    pub fn command(&self) -> String {
        // A shell that is left with the terminal would pass for the program that speaks.
        let lets_go = if self.tells_by_input() { "" } else { "exec </dev/null; " };
        format!("{lets_go}msmark --hook {} 2>/dev/null || true", self.name)
    }

    /// Whether it tells an event by a JSON text on the hook's standard input.
    pub fn tells_by_input(&self) -> bool {
        self.format != Format::Yaml
    }

    /// What an event means, by the first row that is for it; none for one that means nothing here.
    pub fn meaning(&self, event: &Event) -> Option<Means> {
        let is_for = |hook: &&Hook| {
            hook.event == event.name() && hook.is_for(event.subject()) && !event.is_of_a_subagent_s_end()
        };
        self.hooks.iter().find(is_for).map(|hook| hook.means)
    }
}

impl Hook {
    fn is_for(&self, subject: Option<&str>) -> bool {
        let all = matches!(self.matcher, "" | "*");
        all || subject.is_some_and(|subject| self.matcher.split('|').any(|word| word == subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_agents_print() {
        for (text, version) in [
            ("2.1.197 (Claude Code)", Some(Version(2, 1, 197))),
            ("codex-cli 0.171.0", Some(Version(0, 171, 0))),
            ("aider 0.86.2", Some(Version(0, 86, 2))),
            ("0.62.0-nightly.20261101.abc", Some(Version(0, 62, 0))),
            ("v1.18", Some(Version(1, 18, 0))),
            ("command not found: 127", None),
            ("", None),
        ] {
            assert_eq!(Version::find(text), version, "{text}");
        }
        assert!(Version(2, 0, 45) < Version(2, 1, 0) && Version(0, 9, 0) < Version(0, 10, 0));
    }

    #[test]
    fn the_table_is_sound() {
        for agent in AGENTS {
            assert!(Agent::named(agent.name).is_some_and(|found| found.title == agent.title));
            assert!(!agent.hooks.is_empty(), "{}", agent.name);
            let mut rows: Vec<_> = agent.hooks.iter().map(|hook| (hook.event, hook.matcher)).collect();
            rows.sort();
            rows.dedup();
            assert_eq!(rows.len(), agent.hooks.len(), "{}: a row is there twice", agent.name);
        }
    }
}
