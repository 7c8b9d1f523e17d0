//! What a session does: the words for it, which may follow which, and the text of `status.json`.
//! It will never decide which word is right: `judge` does.
//!
//! # status.json (version 1)
//!
//! One JSON object, replaced whole by a rename whenever it changes:
//!
//! ```text
//! format      1
//! status      "active" | "processing" | "waiting" | "paused" | "completed"
//! kind        of a wait: "password" "confirm" "line" "shell" "repl" "menu" "pager" "editor"
//!             "permission" "question" "turn" "auth" "unknown"; absent when not waiting
//! attention   "asks" | "done" | "idle": whether a person is needed (see attention in ms(7)); absent when
//!             nobody is
//! since       when the status began, RFC 3339 with milliseconds
//! message     last line of the prompt or what msmark said, safe to print; may be absent
//! evidence    list of {source, says, seen, decided}: what was seen, strongest first
//! confidence  "high" | "medium" | "low"
//! rule        the rule that decided, in a few words; may be absent
//! until       what would change it; may be absent
//! mode        "foreground" | "background"
//! clients     number of terminals on it
//! cols, rows  size of its terminal
//! title       what the program calls itself; may be absent
//! waits       {count, seconds}: waits that ended, and their length in all
//! answered    true while it waits, after a script has typed (mssend), until it is seen that it waits
//!             for more; else absent
//! sent        offset of the output when a script last began to type (mssend); may be absent
//! sent_at     when the terminal last took what a script typed; may be absent
//! warning     what the server wants known (a shortened ring); may be absent
//! last        {status, kind, message}: what it did when it was last heard of; only of one whose end nobody saw
//! ended       when it completed; only then
//! exit        {"code":7} | {"signal":9,"core":false} | {"lost":true}; only then
//! ```
//!
//! # waits
//!
//! One JSON object a line for each wait that ended, the oldest first: `since`, `seconds`, and, where they
//! are known, `kind` and `message`. Lines are only ever added; after 1 MiB no more are.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::format::attention::{self, Attention};
pub use ms_judge::{Confidence, Kind, Status};
use ms_platform::time::Time;

/// The version of `status.json` that this code writes.
pub const FORMAT: u32 = 1;

/// Whether a terminal is on the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A client that can type is on it.
    Foreground,
    /// None is.
    #[default]
    Background,
}

/// The mark that lists show; a completed session's depends on how it ended.
pub fn mark(status: Status, exit: Option<Exit>) -> &'static str {
    match status {
        Status::Waiting => "◐",
        Status::Processing => "⏳",
        Status::Active => "·",
        Status::Paused => "‖",
        Status::Completed if exit.is_some_and(Exit::is_success) => "✓",
        Status::Completed => "✗",
    }
}

/// One thing that was seen, as `msls --explain` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it was seen: `msmark`, `osc7501`, `reader`, `termios`, `cpu`, `network`, `screen`, …
    pub source: String,
    /// What it says, in a few words, safe to print.
    pub says: String,
    /// When it was seen.
    pub seen: Time,
    /// Whether it decided the verdict.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decided: bool,
}

/// The little of `status.json` that an indicator shows; the rest is passed over.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Doing {
    pub(crate) format: u32,
    /// What the session does.
    pub status: Status,
    /// What it waits for, if it waits.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Whether a person is needed, as the server wrote it.
    #[serde(default)]
    attention: Option<Attention>,
    /// When the status began.
    pub since: Time,
    /// The prompt's last line, or what was marked.
    #[serde(default)]
    pub message: Option<String>,
}

impl Doing {
    /// Whether a person is needed.
    pub fn attention(&self) -> Option<Attention> {
        self.attention.or_else(|| unwritten(self.status, self.kind))
    }
}

/// Whether a person is needed, where a server of an older version has not written it: whether anybody has
/// looked is not known then.
fn unwritten(status: Status, kind: Option<Kind>) -> Option<Attention> {
    match (status, kind) {
        (Status::Waiting, Some(kind)) if attention::is_question(kind) => Some(Attention::Asks),
        (Status::Waiting, _) => Some(Attention::Idle),
        _ => None,
    }
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Exit {
    /// It returned this code.
    Code {
        /// 0 to 255.
        code: i32,
    },
    /// A signal ended it.
    Signal {
        /// Its number.
        signal: i32,
        /// Whether it left a core.
        core: bool,
    },
    /// Nobody saw the end: the server died or the machine went down.
    Lost {
        /// Always true.
        lost: bool,
    },
}

impl Exit {
    /// The record of an end that nobody saw.
    pub const LOST: Exit = Exit::Lost { lost: true };

    /// The code that a shell would report: 128+n for a signal; none if it is not known.
    pub fn shell_code(self) -> Option<u8> {
        match self {
            Exit::Code { code } => Some(code as u8),
            Exit::Signal { signal, .. } => Some((128 + signal) as u8),
            Exit::Lost { .. } => None,
        }
    }

    /// Whether it ended as programs that succeed do.
    pub fn is_success(self) -> bool {
        self == Exit::Code { code: 0 }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code { code } => write!(f, "exit {code}"),
            Exit::Signal { signal, core } => {
                let name = nix::sys::signal::Signal::try_from(*signal).map_or("signal", |s| s.as_str());
                write!(f, "{name} ({signal}){}", if *core { ", core left" } else { "" })
            }
            Exit::Lost { .. } => f.write_str("lost"),
        }
    }
}

/// How often and how long a session has waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Waits {
    /// Waits that ended.
    pub count: u64,
    /// Their length in all, in seconds.
    pub seconds: f64,
}

/// What a session did when it was last heard of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastKnown {
    /// What it did.
    pub status: Status,
    /// What it waited for, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The prompt's last line, or what was marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl LastKnown {
    /// Of a session that does this.
    pub fn of(status: &StatusRecord) -> LastKnown {
        LastKnown { status: status.status, kind: status.kind, message: status.message.clone() }
    }

    /// Whether that is still what it does.
    pub fn is_of(&self, status: &StatusRecord) -> bool {
        self.status == status.status && self.kind == status.kind && self.message == status.message
    }
}

impl fmt::Display for LastKnown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(f, "{kind}"),
            None => write!(f, "{}", self.status),
        }
    }
}

/// One wait that ended: a line of the file `waits`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// When it began.
    pub since: Time,
    /// How long it was, in seconds.
    pub seconds: f64,
    /// What was waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The prompt's last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The text of `status.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusRecord {
    /// Version of the format.
    pub format: u32,
    /// What the session does.
    pub status: Status,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Whether a person is needed, as the server wrote it; [`StatusRecord::attention`] reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<Attention>,
    /// When the status began.
    pub since: Time,
    /// The prompt's last line, or what `msmark` said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was seen, strongest first.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// How sure the status is.
    #[serde(default)]
    pub confidence: Confidence,
    /// The rule that decided, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What would change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether a terminal is on it.
    #[serde(default)]
    pub mode: Mode,
    /// Number of terminals on it.
    #[serde(default)]
    pub clients: u32,
    /// Columns of its terminal.
    pub cols: u16,
    /// Rows of its terminal.
    pub rows: u16,
    /// What the program calls itself, safe to print.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Waits that ended.
    #[serde(default)]
    pub waits: Waits,
    /// A script has typed since it began to wait, and whether it still waits has not been seen yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
    /// Offset of the output when a script last typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<u64>,
    /// When the terminal last took what a script typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Time>,
    /// What the server wants known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// What it did last, if nobody saw its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastKnown>,
    /// When it completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
    /// How it completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
}

/// Two things that the server wants known, as one warning.
pub fn join_warnings(first: Option<&str>, second: &str) -> String {
    match first {
        Some(first) => format!("{first}; {second}"),
        None => second.to_owned(),
    }
}

impl StatusRecord {
    /// The record of a session that has just begun.
    pub fn begin(cols: u16, rows: u16, now: Time) -> StatusRecord {
        StatusRecord {
            format: FORMAT,
            status: Status::Active,
            kind: None,
            attention: None,
            since: now,
            message: None,
            evidence: Vec::new(),
            confidence: Confidence::Low,
            rule: None,
            until: None,
            mode: Mode::Background,
            clients: 0,
            cols,
            rows,
            title: None,
            waits: Waits::default(),
            answered: false,
            sent: None,
            sent_at: None,
            warning: None,
            last: None,
            ended: None,
            exit: None,
        }
    }

    /// The record of an end that its server did not see. Nobody else did either, unless somebody had the
    /// session in view; of one that rested it is no news.
    pub fn lose(&mut self, now: Time) {
        let seen = self.mode == Mode::Foreground || self.attention() == Some(Attention::Idle);
        self.complete(Exit::LOST, now);
        self.attention = (!seen).then_some(Attention::Done);
    }

    /// The record of the end; what was waited for no longer counts.
    pub fn complete(&mut self, exit: Exit, now: Time) {
        let is_news = exit == Exit::LOST && self.status != Status::Completed;
        let last = is_news.then(|| LastKnown::of(self));
        *self = StatusRecord {
            status: Status::Completed,
            since: now,
            ended: Some(now),
            exit: Some(exit),
            kind: None,
            attention: None,
            message: None,
            confidence: Confidence::High,
            evidence: Vec::new(),
            rule: None,
            until: None,
            mode: Mode::Background,
            clients: 0,
            answered: false,
            last,
            ..self.clone()
        };
    }

    /// Whether its end was seen by nobody.
    pub fn is_lost(&self) -> bool {
        self.exit == Some(Exit::LOST)
    }

    /// Whether a person is needed.
    pub fn attention(&self) -> Option<Attention> {
        self.attention.or_else(|| unwritten(self.status, self.kind))
    }

    /// The mark that lists show.
    pub fn mark(&self) -> &'static str {
        self.attention().map_or_else(|| mark(self.status, self.exit), Attention::mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_json_has_these_bytes() {
        let mut record = StatusRecord::begin(80, 24, Time(0));
        record.status = Status::Waiting;
        record.kind = Some(Kind::Password);
        record.confidence = Confidence::High;
        record.message = Some("Password:".into());
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(
            text,
            r#"{"format":1,"status":"waiting","kind":"password","since":"1970-01-01T00:00:00.000Z","message":"Password:","evidence":[],"confidence":"high","mode":"background","clients":0,"cols":80,"rows":24,"waits":{"count":0,"seconds":0.0}}"#
        );
        assert_eq!(serde_json::from_str::<StatusRecord>(&text).unwrap(), record);
    }

    #[test]
    fn the_three_ends_have_these_bytes() {
        for (exit, text) in [
            (Exit::Code { code: 7 }, r#"{"code":7}"#),
            (Exit::Signal { signal: 9, core: false }, r#"{"signal":9,"core":false}"#),
            (Exit::LOST, r#"{"lost":true}"#),
        ] {
            assert_eq!(serde_json::to_string(&exit).unwrap(), text);
            assert_eq!(serde_json::from_str::<Exit>(text).unwrap(), exit);
        }
    }
}
