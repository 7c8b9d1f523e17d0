//! The words of a verdict, and of one who speaks for the program.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a program does, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It runs, and nothing shows that it works or waits.
    Active,
    /// It is working.
    Processing,
    /// It needs a person.
    Waiting,
    /// Stopped by `mspause` or by job control.
    Paused,
    /// Over.
    Completed,
}

impl Status {
    /// Every status, in the order of the documentation.
    pub const ALL: [Status; 5] =
        [Status::Active, Status::Processing, Status::Waiting, Status::Paused, Status::Completed];

    /// The word that files and options use.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Processing => "processing",
            Status::Waiting => "waiting",
            Status::Paused => "paused",
            Status::Completed => "completed",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Status, UnknownWord> {
        Status::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| {
            let words: Vec<_> = Status::ALL.iter().map(|s| s.as_str()).collect();
            UnknownWord(format!("{text:?} is not a status (one of {})", words.join(", ")))
        })
    }
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A password: canonical mode without echo.
    Password,
    /// Yes or no.
    Confirm,
    /// A line of text.
    Line,
    /// A shell's prompt.
    Shell,
    /// An interpreter's prompt.
    Repl,
    /// A choice from a list.
    Menu,
    /// The next page.
    Pager,
    /// An editor.
    Editor,
    /// Leave to do something.
    Permission,
    /// An agent's question.
    Question,
    /// An agent finished its turn.
    Turn,
    /// A login elsewhere.
    Auth,
    /// Something that could not be told.
    #[serde(other)]
    Unknown,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Kind; 13] = [
        Kind::Password,
        Kind::Confirm,
        Kind::Line,
        Kind::Shell,
        Kind::Repl,
        Kind::Menu,
        Kind::Pager,
        Kind::Editor,
        Kind::Permission,
        Kind::Question,
        Kind::Turn,
        Kind::Auth,
        Kind::Unknown,
    ];

    /// The word that files and options use.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Password => "password",
            Kind::Confirm => "confirm",
            Kind::Line => "line",
            Kind::Shell => "shell",
            Kind::Repl => "repl",
            Kind::Menu => "menu",
            Kind::Pager => "pager",
            Kind::Editor => "editor",
            Kind::Permission => "permission",
            Kind::Question => "question",
            Kind::Turn => "turn",
            Kind::Auth => "auth",
            Kind::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Kind, UnknownWord> {
        Kind::ALL.into_iter().find(|k| k.as_str() == text).ok_or_else(|| {
            let words: Vec<_> = Kind::ALL.iter().map(|k| k.as_str()).collect();
            UnknownWord(format!("{text:?} is not a kind of wait (one of {})", words.join(", ")))
        })
    }
}

/// A word that is neither a status nor a kind, as a person is told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord(String);

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnknownWord {}

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A guess from signs.
    #[default]
    Low,
    /// Good signs that can be wrong.
    Medium,
    /// Said by the program or seen in the kernel.
    High,
}

impl Confidence {
    /// The word that files use.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// What is said of a program from inside it, by a hook of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// None takes the last mark back.
    #[serde(default)]
    pub status: Option<Status>,
    /// What it waits for.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// What a person is to read.
    #[serde(default)]
    pub message: Option<String>,
    /// The process that it is said for.
    pub pid: i32,
}
