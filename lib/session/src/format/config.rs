//! The configuration's words and defaults: what `config.toml` may say. Reading the file is in
//! `config::load`; nothing here acts on what was said, and no tool needs a file to exist.
//!
//! ```toml
//! [limits]
//! max_sessions = 10        # sessions at once
//! count = "live"           # or "running": those that are paused are not counted
//! buffer = "10MiB"         # a session's ring
//! memory = "125MiB"        # all rings together
//! api_calls = 5            # msgate's slots
//!
//! [history]
//! keep = "30days"          # completed sessions stay readable this long
//! max = 200                # and at most so many
//! size = "1GiB"            # and at most so much of their output, as it is saved
//!
//! [on]                     # commands, see ms-config(5)
//! asks = ""
//! done = ""
//! completed = ""
//! status = ""
//! unless = "attended"      # or "never"
//! timeout = "30s"
//!
//! [keys]
//! prefix = "C-\\"          # or "none"
//!
//! [indicator]
//! show = "title"           # title, bar, notify, bell or none
//!
//! [prompt]
//! format = "◐{asks} {names} ●{done} ⏳{working}"
//! max_names = 3            # of those that wait; the others are counted
//!
//! [types.api]
//! command = ["cargo", "run"]
//! resume = ["cargo", "run", "--", "--resume"]
//! again = false            # started again by msnew --again --lost --marked
//! directory = "~/src/api"
//! buffer = "1MiB"
//! env = { RUST_LOG = "debug" }
//! detect = { enabled = false }
//! on = { asks = "" }       # what the type has in place of [on]
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::format::error::{Error, Result};
use crate::format::on::{On, OnOfType};
use crate::format::session_name::SessionName;
use crate::format::size::check_ring;
use crate::format::span::Span;
use ms_judge::DetectConfig;

/// All that `config.toml` may say.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How much ms may use.
    pub limits: Limits,
    /// What becomes of completed sessions.
    pub history: History,
    /// What is run outside a terminal.
    pub on: On,
    /// Keys of the client.
    pub keys: Keys,
    /// How a terminal learns that another session waits.
    pub indicator: Indicator,
    /// What `msprompt` prints.
    pub prompt: Prompt,
    /// Presets, by name.
    pub types: BTreeMap<String, Type>,
}

/// How much ms may use.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Sessions at once.
    pub max_sessions: u32,
    /// Which of them are counted.
    pub count: Count,
    /// Capacity of a session's ring.
    pub buffer: Size,
    /// Capacity of all rings together.
    pub memory: Size,
    /// `msgate`'s slots.
    pub api_calls: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_sessions: 10,
            count: Count::default(),
            buffer: Size(10 << 20),
            memory: Size(125 << 20),
            api_calls: 5,
        }
    }
}

/// Which sessions are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Count {
    /// All that live.
    #[default]
    Live,
    /// Those of them that are not paused.
    Running,
}

/// What becomes of completed sessions.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct History {
    /// They stay readable this long.
    pub keep: Span,
    /// And at most so many.
    pub max: u32,
    /// And at most so many bytes of output, as they are saved.
    pub size: Size,
}

impl Default for History {
    fn default() -> History {
        History { keep: Span(Duration::from_secs(30 * 24 * 3600)), max: 200, size: Size(1 << 30) }
    }
}

/// Keys of the client.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The key before the client's own: `C-` and a letter or one of `\ ] ^ _ @`, or `none`.
    pub prefix: String,
}

impl Default for Keys {
    fn default() -> Keys {
        Keys { prefix: "C-\\".into() }
    }
}

/// Ways of telling a terminal that another session waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Show {
    /// In the terminal's title.
    #[default]
    Title,
    /// A bar on the last row.
    Bar,
    /// A desktop notification: OSC 9, 777 or 99.
    Notify,
    /// The bell.
    Bell,
    /// Not at all.
    None,
}

/// How a terminal learns that another session waits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Indicator {
    /// The way of telling.
    pub show: Show,
}

/// What `msprompt` prints.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prompt {
    /// Its format; none for the built-in one.
    pub format: Option<String>,
    /// Sessions that are named; the others are counted.
    pub max_names: usize,
}

impl Default for Prompt {
    fn default() -> Prompt {
        Prompt { format: None, max_names: 3 }
    }
}

/// A named preset.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Type {
    /// The program and its arguments.
    pub command: Option<Vec<String>>,
    /// What is run instead when it is started again (`msnew --again`).
    pub resume: Option<Vec<String>>,
    /// Whether it is started again by `msnew --again --lost --marked`.
    pub again: bool,
    /// Where it starts; `~/` is the home directory.
    pub directory: Option<PathBuf>,
    /// Capacity of its ring.
    pub buffer: Option<Size>,
    /// Variables that it gets.
    pub env: BTreeMap<String, String>,
    /// How it is judged who waits.
    pub detect: DetectConfig,
    /// What is run outside a terminal.
    pub on: OnOfType,
}

/// A size in bytes, written as `512KiB` or `10MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::format::size::parse(&text).map(Size).map_err(serde::de::Error::custom)
    }
}

/// Nothing, or the place of a value in the file and why it can't be used.
type Checked = std::result::Result<(), String>;

impl Config {
    /// Reads the text of a configuration file.
    ///
    /// # Errors
    /// Where the text is not TOML, has a key that there is not, or a value that the key cannot have.
    pub fn parse(text: &str) -> std::result::Result<Config, toml::de::Error> {
        toml::from_str(text)
    }

    /// Checks what can't be seen from one value's form alone: what is out of range, empty or misnamed. It is
    /// told only where a person asks; else each is found by who uses it. The error is the value's place, and why.
    ///
    /// # Errors
    /// The place of the first value that is out of range, empty or misnamed, and why.
    pub fn check(&self) -> Checked {
        self.limits.check()?;
        let check_on =
            |on: &On, place: &str| on.check().map_err(|(key, why)| wrong(&format!("{place}.{key}"), why));
        check_on(&self.on, "on")?;
        self.types.iter().try_for_each(|(name, preset)| {
            preset.check(name)?;
            check_on(&self.on.with(&preset.on), &format!("types.{name:?}.on"))
        })
    }

    /// What is run for sessions of the type `name`; of none, if it is empty or there is no such.
    pub fn on_for(&self, name: &str) -> On {
        self.types.get(name).map_or_else(|| self.on.clone(), |preset| self.on.with(&preset.on))
    }

    /// The preset `name`.
    ///
    /// # Errors
    /// `Usage`, with the nearest name there is, if there is no such preset.
    pub fn preset(&self, name: &str) -> Result<&Type> {
        self.types.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.types.keys().map(String::as_str).collect();
            let hint = match ms_terminal::did_you_mean::nearest(name, &known) {
                Some(near) => format!(" (did you mean '{near}'?)"),
                None => String::new(),
            };
            Error::Usage(format!("{name}: no such type in the configuration{hint}"))
        })
    }
}

impl Limits {
    fn check(&self) -> Checked {
        for (field, count) in [("max_sessions", self.max_sessions), ("api_calls", self.api_calls)] {
            if count == 0 {
                return Err(wrong(&format!("limits.{field}"), "must be at least 1"));
            }
        }
        check_ring(self.buffer.0).map_err(|why| wrong("limits.buffer", why))?;
        match self.memory < self.buffer {
            true => Err(wrong("limits.memory", "is less than limits.buffer: no session could begin")),
            false => Ok(()),
        }
    }
}

impl Type {
    fn check(&self, name: &str) -> Checked {
        let refuse = |field: &str, why: &str| Err(wrong(&format!("types.{name:?}{field}"), why));
        if let Err(why) = SessionName::new(name) {
            return refuse("", &format!("is no name for a type: {why}"));
        }
        for (field, command) in [(".command", &self.command), (".resume", &self.resume)] {
            match command.as_deref() {
                Some([]) => return refuse(field, "is empty: it takes a program and its arguments"),
                Some([program, ..]) if program.is_empty() => return refuse(field, "names no program"),
                Some(words) if words.iter().any(|word| word.contains('\0')) => {
                    return refuse(field, "has a NUL in it");
                }
                _ => {}
            }
        }
        if self.directory.as_ref().is_some_and(|directory| directory.as_os_str().is_empty()) {
            return refuse(".directory", "is empty");
        }
        if let Some(Size(bytes)) = self.buffer {
            check_ring(bytes).map_err(|why| wrong(&format!("types.{name:?}.buffer"), why))?;
        }
        let bad = |(key, value): &(&String, &String)| {
            key.is_empty() || key.contains(['=', '\0']) || value.contains('\0')
        };
        match self.env.iter().find(bad) {
            Some((key, _)) => refuse(".env", &format!("{key:?} can't be a variable")),
            None => Ok(()),
        }
    }
}

/// A value that can't be used, with its place.
fn wrong(place: &str, why: impl std::fmt::Display) -> String {
    format!("{place}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::on::Unless;

    #[test]
    fn an_empty_file_is_the_defaults() {
        assert_eq!(Config::parse("").unwrap(), Config::default());
        assert_eq!(Config::default().limits.buffer, Size(10 << 20));
    }

    #[test]
    fn a_type_is_read_whole() {
        let text = "[types.api]\ncommand = [\"cargo\", \"run\"]\nbuffer = \"1MiB\"\nenv = { A = \"b\" }\n";
        let config = Config::parse(text).unwrap();
        let api = config.preset("api").unwrap();
        assert_eq!(api.command.as_deref(), Some(&["cargo".to_string(), "run".into()][..]));
        assert_eq!(api.buffer, Some(Size(1 << 20)));
        assert!(config.preset("apo").unwrap_err().to_string().contains("did you mean 'api'"));
    }

    #[test]
    fn values_that_no_form_shows_to_be_wrong_are_found() {
        for (text, place, why) in [
            ("[limits]\nmax_sessions = 0", "limits.max_sessions", "at least 1"),
            ("[limits]\napi_calls = 0", "limits.api_calls", "at least 1"),
            ("[limits]\nbuffer = '1KiB'", "limits.buffer", "KiB"),
            ("[limits]\nmemory = '1MiB'", "limits.memory", "less than limits.buffer"),
            ("[types.a]\ncommand = []", "types.\"a\".command", "is empty"),
            ("[types.a]\ncommand = ['']", "types.\"a\".command", "no program"),
            ("[types.a]\ncommand = ['x', \"a\\u0000b\"]", "types.\"a\".command", "NUL"),
            ("[types.a]\nresume = []", "types.\"a\".resume", "is empty"),
            ("[types.a]\ndirectory = ''", "types.\"a\".directory", "is empty"),
            ("[types.a]\nbuffer = '1B'", "types.\"a\".buffer", ""),
            ("[types.a]\nenv = { 'A=B' = 'c' }", "types.\"a\".env", "A=B"),
            ("[types.'bad name']", "types.\"bad name\"", "no name for a type"),
            ("[types.'']", "types.\"\"", "no name for a type"),
            ("[on]\nasks = \"a\\u0000b\"", "on.asks", "NUL"),
            ("[on]\ntimeout = '0s'", "on.timeout", "longer"),
            ("[on]\ntimeout = '31s'", "on.timeout", "30s at most"),
            ("[types.a.on]\ntimeout = '1h'", "types.\"a\".on.timeout", "30s at most"),
        ] {
            let message = Config::parse(text).unwrap().check().unwrap_err();
            assert!(message.contains(place) && message.contains(why), "{text}: {message}");
        }
        let good = "[types.agent]\ncommand = ['claude']\nenv = { A = '' }\n";
        Config::parse(good).unwrap().check().unwrap();
        Config::default().check().unwrap();
    }

    #[test]
    fn a_type_has_its_own_commands_in_place_of_those_of_all() {
        let text = "[on]\nasks = 'a'\ndone = 'd'\n[types.x.on]\nasks = ''\nunless = 'never'\n";
        let config = Config::parse(text).unwrap();
        config.check().unwrap();
        let (own, all) = (config.on_for("x"), config.on_for(""));
        assert_eq!((own.asks.as_str(), own.done.as_str(), own.unless), ("", "d", Unless::Never));
        assert_eq!((all.asks.as_str(), all.unless), ("a", Unless::Attended));
        assert_eq!(config.on_for("gone"), all);
        assert!(Config::parse("[on]\nasked = ''").unwrap_err().to_string().contains("asked"));
        assert!(Config::parse("[on]\nunless = 'always'").unwrap_err().to_string().contains("attended"));
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let error = Config::parse("[limits]\nmax_session = 3\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("max_session"), "{error}");
        let error = Config::parse("[limits]\nbuffer = \"many\"\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("many"), "{error}");
    }
}
