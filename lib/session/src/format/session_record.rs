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
//! argv        the program and its arguments; of more than 256 KiB of text, the beginning
//! cut         bytes of arguments that were left out; may be absent
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

use std::ffi::OsString;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::format::error::Error;
use crate::format::id;
use crate::format::session_name::SessionName;
use ms_platform::time::Time;

/// The version of `session.json` that this code writes.
pub const FORMAT: u32 = 1;

/// Bytes that all arguments may take in it.
const MAX_ARGV: usize = 256 << 10;
/// Quotes and comma of one.
const AROUND: usize = 3;

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
    /// The program and its arguments, or their beginning.
    pub argv: Vec<String>,
    /// Bytes of arguments that were left out, each with the NUL at its end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut: u64,
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

impl SessionRecord {
    /// Whether both are of one session: an id alone can be forged.
    pub fn is_same_session(&self, other: &SessionRecord) -> bool {
        (&self.id, self.created) == (&other.id, other.created)
    }

    /// What stands for the record of a session when that cannot be read.
    pub fn unknown(name: SessionName) -> SessionRecord {
        SessionRecord {
            format: FORMAT,
            id: String::new(),
            name,
            named: false,
            kind: String::new(),
            argv: Vec::new(),
            cut: 0,
            cwd: String::new(),
            created: Time(0),
            server_pid: 0,
            child_pid: 0,
            buffer: 0,
            parent: None,
            server_start: None,
            runtime: None,
        }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// As much of the arguments as is kept, and how many bytes of them are not. A record that is longer than
/// what readers take would be a damaged one. What is not UTF-8 is marked as such.
pub fn kept_arguments(argv: &[OsString]) -> (Vec<String>, u64) {
    let (mut kept, mut room, mut cut) = (Vec::new(), MAX_ARGV, 0u64);
    for argument in argv {
        let argument = argument.to_string_lossy();
        let part = beginning(&argument, room.saturating_sub(AROUND));
        let lost = (argument.len() - part.len()) as u64;
        if room < AROUND || (lost > 0 && part.is_empty()) {
            (room, cut) = (0, cut + argument.len() as u64 + 1);
            continue;
        }
        room = if lost > 0 { 0 } else { room - AROUND - part.chars().map(in_json).sum::<usize>() };
        cut += lost;
        kept.push(part.to_owned());
    }
    (kept, cut)
}

/// The longest beginning of a text that takes no more than `room` bytes in JSON.
fn beginning(text: &str, room: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, c)| {
        taken += in_json(*c);
        taken > room
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// Bytes of a character in a JSON string, at most.
fn in_json(c: char) -> usize {
    match c {
        '"' | '\\' => 2,
        c if c < ' ' => 6,
        c => c.len_utf8(),
    }
}

/// Refuses a file of a later version with the sentence that says which side is older.
///
/// # Errors
/// `Damaged`, for a file of a format that is newer than `known`.
pub fn check_format(what: impl fmt::Display, found: u32, known: u32) -> Result<(), Error> {
    if found <= known {
        return Ok(());
    }
    let why =
        format!("written by a newer ms (format {found}, this one reads up to {known}): upgrade this tool");
    Err(Error::Damaged { what: what.to_string(), why })
}

/// Refuses an id that is none: files are called by it.
///
/// # Errors
/// `Damaged`, if `id` does not have the form of one.
pub fn check_id(what: impl fmt::Display, id: &str) -> Result<(), Error> {
    if id::is_id(id) { Ok(()) } else { Err(Error::damaged(what.to_string(), "its id is none")) }
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
            cut: 0,
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

    proptest::proptest! {
        #[test]
        fn arguments_are_kept_whole_or_cut_at_the_end(
            argv in proptest::collection::vec("[a\u{1}\"é𝄞]{0,400}", 0..12), times in 1usize..200,
        ) {
            let argv: Vec<String> = argv.iter().map(|argument| argument.repeat(times)).collect();
            let (kept, cut) = kept_arguments(&argv.iter().map(OsString::from).collect::<Vec<_>>());
            assert!(serde_json::to_string(&kept).unwrap().len() <= MAX_ARGV + 2);
            let all: usize = argv.iter().map(|argument| argument.len() + 1).sum();
            let there: usize = kept.iter().map(|argument| argument.len() + 1).sum();
            assert_eq!(there as u64 + cut, all as u64);
            assert_eq!(cut == 0, kept == argv);
            let whole = kept.len().saturating_sub(1);
            assert_eq!(kept[..whole], argv[..whole]);
            assert!(kept.last().is_none_or(|last| argv[whole].starts_with(last.as_str())));
        }
    }

    #[test]
    fn a_later_version_is_named_as_such() {
        assert!(check_format("session.json", 1, 1).is_ok());
        let error = check_format("session.json", 2, 1).unwrap_err();
        assert!(error.to_string().contains("newer ms"), "{error}");
    }
}
