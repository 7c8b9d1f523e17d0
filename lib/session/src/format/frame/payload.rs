//! What frames carry: the JSON of those that have structure. Fields may be added: a reader passes over
//! those that it does not know.

use serde::{Deserialize, Serialize};

use crate::format::error::{Error, exit};
use crate::format::status::{Exit, StatusRecord};
use ms_judge::Mark;
use ms_terminal::keyboard::{KeyModes, Typed};
use ms_terminal::screen::Screen;

/// What a connection is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A tool with a request or something to send.
    #[default]
    Tool,
    /// A person's terminal.
    Client,
}

/// The payload of HELLO.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hello {
    /// What the connection is for.
    pub role: Role,
    /// The client only looks: its size and keys do not count.
    pub read_only: bool,
    /// Columns of the client's terminal; 0 if it has no size.
    pub cols: u16,
    /// Rows of the client's terminal; 0 if it has no size.
    pub rows: u16,
    /// The client's TERM.
    pub term: String,
    /// The client does not want the screen painted first.
    pub no_paint: bool,
    /// A tool wants doorbells, as terminals get them: it reads the output and is no terminal. It answers
    /// each with PROGRESS, and nobody ever waits for it.
    pub follow: bool,
    /// Variables such as SSH_AUTH_SOCK and DISPLAY, as the client has them.
    pub env: Vec<(String, String)>,
    /// The client sends no more INPUT than ROOM tells of.
    pub window: bool,
}

/// Variables of a person's terminal that HELLO hands on, for programs that were started elsewhere.
pub const ENVIRONMENT: [&str; 13] = [
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "SSH_TTY",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "COLORTERM",
    "KITTY_WINDOW_ID",
];

/// The payload of WELCOME.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Welcome {
    /// The session's id.
    pub id: String,
    /// Offset after the newest byte.
    pub written: u64,
    /// Offset up to which a person has seen the output.
    pub seen: u64,
    /// Columns of the session's terminal.
    pub cols: u16,
    /// Rows of the session's terminal.
    pub rows: u16,
    /// The server tells of room by ROOM.
    pub window: bool,
    /// The server keeps whether anybody has looked.
    pub attention: bool,
}

/// The payload of REQUEST.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "do")]
pub enum Request {
    /// End the program: SIGHUP and SIGCONT, after a while or at once (`force`) SIGKILL to it and to what belongs
    /// to its terminal.
    Close {
        /// Do not wait for the program to end by itself.
        force: bool,
    },
    /// Stop every process of the session.
    Pause,
    /// Let them go on.
    Resume,
    /// The screen as text and as bytes: answered with [`ScreenReply`].
    Screen,
    /// What `msmark` says.
    Mark(Mark),
    /// The terminal on this session is to go to another.
    Switch {
        /// Name of the session to go to.
        to: String,
    },
    /// The modes that decide how keys and pastes are encoded: answered with [`ModesReply`].
    Modes,
    /// How far the program has got with what was typed: answered with [`ReadingReply`].
    Reading,
    /// A person has seen what it did; from a terminal that only looks: somebody is at it.
    Seen,
    /// What was typed and not read is to be dropped: answered with [`DiscardReply`].
    Discard,
    /// The facts that the session is judged by, from now on: answered with the first line of a recording; the
    /// others follow as FACTS until the connection ends.
    Record,
}

/// The answer to [`Request::Screen`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScreenReply {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
    /// One text a row, without trailing blanks.
    pub lines: Vec<String>,
    /// Column and row of the cursor, from 0.
    pub cursor: (u16, u16),
    /// Whether the cursor shows.
    pub cursor_visible: bool,
    /// Whether the alternate screen is on.
    pub alternate: bool,
    /// The rows with colours, attributes and links, one text a row; each ends as it began, without any.
    pub styled: Vec<String>,
    /// Offset of the output that it shows.
    pub offset: u64,
}

impl ScreenReply {
    /// All that is to be seen of a screen; `offset` is that of the output that it shows.
    pub fn of(screen: &Screen, offset: u64) -> ScreenReply {
        let (row, col) = screen.cursor();
        ScreenReply {
            cols: screen.cols(),
            rows: screen.rows(),
            lines: screen.text(),
            cursor: (col, row),
            cursor_visible: screen.cursor_visible(),
            alternate: screen.alt_screen(),
            styled: screen.styled(),
            offset,
        }
    }
}

/// The answer to [`Request::Modes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModesReply {
    /// The modes that decide a key's bytes.
    #[serde(flatten)]
    pub keys: KeyModes,
    /// Mode 2004: pastes are bracketed.
    pub bracketed_paste: bool,
    /// Canonical mode: a line is limited to 4095 bytes (termios(3)).
    pub canonical: bool,
    /// Bytes that wait in the server's queue.
    pub queued: u64,
    /// Bytes of the line that was begun in canonical mode and is not ended.
    pub line: u64,
    /// What was typed last is a key that must stay alone.
    pub alone: bool,
}

/// The answer to [`Request::Reading`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadingReply {
    /// Bytes that wait in the server's queue.
    pub queued: u64,
    /// Bytes that the terminal, or one behind it, holds for the program to read. In canonical mode only
    /// whole lines count.
    pub unread: u64,
    /// Somebody waits for input from the terminal.
    pub reads: bool,
    /// Canonical mode: the kernel keeps lines apart.
    pub canonical: bool,
    /// A shell is at its prompt: it takes keys and text that come together as a terminal's driver would.
    pub shell: bool,
    /// Bytes that the terminal makes signals of, whether or not anybody reads.
    pub signals: Vec<u8>,
    /// What was typed last, by whomever.
    pub typed: Typed,
    /// Milliseconds since then.
    pub ago: u64,
    /// At a look since then the program did not wait.
    pub works: bool,
    /// The session is paused, or what is in front is stopped.
    pub stopped: bool,
}

/// The answer to [`Request::Discard`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiscardReply {
    /// Bytes that were dropped.
    pub dropped: u64,
}

/// The payload of REFUSED.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Refusal {
    /// The exit code that fits.
    pub code: u8,
    /// Why.
    pub message: String,
}

impl Refusal {
    /// What is to be told of an error.
    pub fn of(error: &Error) -> Refusal {
        Refusal { code: error.exit_code(), message: error.to_string() }
    }

    /// As bytes, for one who waits at a pipe.
    pub fn to_text(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The error that such bytes tell of; without any that are whole, it is that the other side broke off.
    pub fn error_in(text: &[u8], broken_off: &str) -> Error {
        match serde_json::from_slice::<Refusal>(text) {
            Ok(Refusal { code, message }) => Error::Told { code, message },
            Err(_) => Error::Told { code: exit::SYSTEM, message: broken_off.to_owned() },
        }
    }
}

/// The payload of GOTO.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Goto {
    /// Name of the session to go to.
    pub to: String,
}

/// The payload of ENDED.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// How the program ended.
    pub exit: Exit,
    /// The record as it was saved.
    pub status: StatusRecord,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_s_cursor_is_column_and_row() {
        let mut screen = Screen::new(20, 4);
        screen.feed(b"\x1b[3;8H").unwrap();
        assert_eq!(ScreenReply::of(&screen, 7).cursor, (7, 2));
    }

    #[test]
    fn the_modes_of_keys_stand_beside_the_others() {
        let keys = KeyModes { app_cursor: true, kitty: 5, ..KeyModes::default() };
        let reply = ModesReply { keys, queued: 3, ..ModesReply::default() };
        let json = serde_json::json!({
            "app_cursor": true, "app_keypad": false, "kitty": 5, "modify_other_keys": 0,
            "bracketed_paste": false, "canonical": false, "queued": 3, "line": 0, "alone": false,
        });
        assert_eq!(serde_json::to_value(reply).unwrap(), json);
        assert_eq!(serde_json::from_value::<ModesReply>(json).unwrap(), reply);
        assert_eq!(serde_json::from_str::<ModesReply>("{}").unwrap(), ModesReply::default());
    }
}
