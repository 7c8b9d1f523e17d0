//! What is to be run outside a terminal when a session needs somebody: the words of `[on]` and of
//! `[types.NAME.on]`. Running it is the server's; nothing here does.

use std::time::Duration;

use serde::Deserialize;

use super::span::Span;

/// No command runs for longer.
pub const LONGEST: Duration = Duration::from_secs(30);

/// Commands for a shell, by what they are run for. An empty one is none.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct On {
    /// A session asks.
    pub asks: String,
    /// A session is done, and nobody has looked.
    pub done: String,
    /// A session has ended.
    pub completed: String,
    /// Status, kind or attention of a session has changed.
    pub status: String,
    /// When nothing is run.
    pub unless: Unless,
    /// A command that takes longer is ended.
    pub timeout: Span,
}

impl Default for On {
    fn default() -> On {
        On {
            asks: String::new(),
            done: String::new(),
            completed: String::new(),
            status: String::new(),
            unless: Unless::default(),
            timeout: Span(LONGEST),
        }
    }
}

/// When nothing is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unless {
    /// While a person is on the session.
    #[default]
    Attended,
    /// There is no such time.
    Never,
}

/// What a type has of its own in place of [`On`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OnOfType {
    /// As in [`On`]; so are the others.
    pub asks: Option<String>,
    #[allow(missing_docs)]
    pub done: Option<String>,
    #[allow(missing_docs)]
    pub completed: Option<String>,
    #[allow(missing_docs)]
    pub status: Option<String>,
    #[allow(missing_docs)]
    pub unless: Option<Unless>,
    #[allow(missing_docs)]
    pub timeout: Option<Span>,
}

impl On {
    /// What holds for sessions of a type that has this of its own.
    pub fn with(&self, own: &OnOfType) -> On {
        let of = |own: &Option<String>, all: &String| own.as_ref().unwrap_or(all).clone();
        On {
            asks: of(&own.asks, &self.asks),
            done: of(&own.done, &self.done),
            completed: of(&own.completed, &self.completed),
            status: of(&own.status, &self.status),
            unless: own.unless.unwrap_or(self.unless),
            timeout: own.timeout.unwrap_or(self.timeout),
        }
    }

    /// What can't be used: the key, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let commands = [
            ("asks", &self.asks),
            ("done", &self.done),
            ("completed", &self.completed),
            ("status", &self.status),
        ];
        if let Some((key, _)) = commands.iter().find(|(_, command)| command.contains('\0')) {
            return Err((key, "has a NUL in it"));
        }
        match self.timeout.0 {
            time if time.is_zero() => Err(("timeout", "must be longer than nothing")),
            time if time > LONGEST => Err(("timeout", "can be 30s at most")),
            _ => Ok(()),
        }
    }
}
