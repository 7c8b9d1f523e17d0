//! What a session is to be: what `msnew` hands to the server that it starts.

use std::ffi::OsString;
use std::path::PathBuf;

use msession::format::session_name::SessionName;

/// What the server says when the program runs.
pub(super) const OK: &[u8] = b"ok";

/// What is to be started.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The name, chosen by a person or made.
    pub name: NameWish,
    /// The configured type; empty for none.
    pub kind: String,
    /// The program and its arguments; at least one.
    pub argv: Vec<OsString>,
    /// Where it starts.
    pub cwd: PathBuf,
    /// The whole environment of the program, without MS_SESSION.
    pub env: Vec<(OsString, OsString)>,
    /// Capacity of the ring in bytes.
    pub buffer: u64,
    /// Columns and rows of its terminal.
    pub size: (u16, u16),
    /// Id of the session that it is started from.
    pub parent: Option<String>,
}

/// How a session gets its name.
#[derive(Clone, Debug)]
pub enum NameWish {
    /// This one or none.
    Exactly(SessionName),
    /// This one, with a number behind it if it is taken.
    Like(SessionName),
}
