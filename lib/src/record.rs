//! What a session is: the text of `session.json`, written once when its program runs.
//! What the session does is `status`'s business.
//!
//! # session.json (version 1)
//!
//! ```text
//! format      1
//! id          20 characters of 0-9 a-z, never reused, never changed; MS_SESSION in the program
//! name        the name it began with; in the state directory's copy, its latest one
//! named       true if a person chose the name
//! type        the configured type, "" for none
//! argv        the program and its arguments
//! cwd         the directory it began in
//! created     RFC 3339 with milliseconds
//! server_pid  the process that owns the pty
//! child_pid   the program
//! buffer      capacity of the ring in bytes
//! parent      id of the session that it was started from; may be absent
//! server_start when that process began, in clock ticks since the machine started (proc_pid_stat(5));
//!             with server_pid, its identity; absent in records of older versions
//! runtime     the runtime directory in which the session is, absolute; absent in older ones
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::name::SessionName;
use crate::time::Time;

/// The version of `session.json` that this code writes.
pub const FORMAT: u32 = 1;

/// The text of `session.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// Version of the format.
    pub format: u32,
    /// Never changes, never reused.
    pub id: String,
    /// The name it began with (the state directory's copy: its latest).
    pub name: SessionName,
    /// Whether a person chose the name.
    #[serde(default)]
    pub named: bool,
    /// The configured type; empty for none.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The directory it began in.
    pub cwd: String,
    /// When it began.
    pub created: Time,
    /// The process that owns the pty.
    pub server_pid: i32,
    /// The program.
    pub child_pid: i32,
    /// Capacity of the ring in bytes.
    pub buffer: u64,
    /// The id of the session that it was started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// When the server's process began, in clock ticks since the machine started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_start: Option<u64>,
    /// The runtime directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
}

/// Refuses a file of a later version with the sentence that says which side is older.
pub fn check_format(what: impl fmt::Display, found: u32, known: u32) -> Result<(), Error> {
    if found <= known {
        return Ok(());
    }
    let why =
        format!("written by a newer ms (format {found}, this one reads up to {known}): upgrade this tool");
    Err(Error::Damaged { what: what.to_string(), why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_json_has_these_bytes() {
        let record = SessionRecord {
            format: FORMAT,
            id: "0abc".into(),
            name: SessionName::new("build").unwrap(),
            named: true,
            kind: String::new(),
            argv: vec!["make".into(), "all".into()],
            cwd: "/src".into(),
            created: Time(1),
            server_pid: 2,
            child_pid: 3,
            buffer: 4096,
            parent: None,
            server_start: None,
            runtime: None,
        };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(
            text,
            r#"{"format":1,"id":"0abc","name":"build","named":true,"type":"","argv":["make","all"],"cwd":"/src","created":"1970-01-01T00:00:00.001Z","server_pid":2,"child_pid":3,"buffer":4096}"#
        );
        assert_eq!(serde_json::from_str::<SessionRecord>(&text).unwrap(), record);
    }

    #[test]
    fn a_later_version_is_named_as_such() {
        assert!(check_format("session.json", 1, 1).is_ok());
        let error = check_format("session.json", 2, 1).unwrap_err();
        assert!(error.to_string().contains("newer ms"), "{error}");
    }
}
