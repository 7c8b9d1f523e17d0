//! What servers and tools say to each other over a session's `control` socket: frames of bytes.
//! No I/O here, and no meaning: `server` and `client` have that.
//!
//! # Frame (protocol version 1)
//!
//! ```text
//! 0  u8   version of the protocol
//! 1  u8   type
//! 2  u16  zero
//! 4  u32  length of the payload, little-endian, at most 262144
//! 8  …    payload
//! ```
//!
//! A frame of an unknown type is skipped. A frame of another version, or one that claims more than
//! the limit, ends the connection before anything is allocated for it.
//!
//! ```text
//! to the server                                to the client
//!  1 HELLO    JSON Hello                       64 WELCOME  JSON Welcome
//!  2 INPUT    what a person typed              65 DOORBELL u64 offset after the newest byte
//!  3 RESIZE   u16 columns, u16 rows            66 PAINT    u64 offset, u8 last, bytes
//!  4 PROGRESS u64 offset shown so far          67 TAKEN    u64 offset: all input went to the program's terminal
//!  5 SEND     what a script types              68 REPLY    JSON, the answer to a request
//!  6 REQUEST  JSON Request                     69 REFUSED  JSON Refusal; the connection ends
//!  7 REPAINT  (empty)                          70 ENDED    JSON exit
//!  8 DETACH   (empty)                          71 GOTO     JSON Goto
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Error, exit};
use crate::status::{Exit, Kind, Status, StatusRecord};

/// The version of the protocol that this code speaks.
pub const VERSION: u8 = 1;
/// Length of a frame's header, in bytes.
pub const HEADER: usize = 8;
/// The longest payload, in bytes.
pub const MAX_PAYLOAD: usize = 256 * 1024;

/// The type of a frame, as its second byte has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Type {
    /// Who connects and what for; the first frame of every connection.
    Hello = 1,
    /// What a person typed.
    Input = 2,
    /// The client's terminal has another size.
    Resize = 3,
    /// The client's terminal has been given everything before this offset.
    Progress = 4,
    /// What a script types; answered by `Taken`.
    Send = 5,
    /// Something to do or to tell; answered by `Reply` or `Refused`.
    Request = 6,
    /// The screen is to be painted anew.
    Repaint = 7,
    /// The client leaves.
    Detach = 8,
    /// The server knows the client.
    Welcome = 64,
    /// There is new output in the ring.
    Doorbell = 65,
    /// Bytes that restore the screen as of an offset.
    Paint = 66,
    /// The program's terminal has taken all that was sent.
    Taken = 67,
    /// The answer to a request.
    Reply = 68,
    /// No, and why.
    Refused = 69,
    /// The program ended.
    Ended = 70,
    /// The client is to go to another session.
    Goto = 71,
}

impl Type {
    const ALL: [Type; 16] = [
        Type::Hello,
        Type::Input,
        Type::Resize,
        Type::Progress,
        Type::Send,
        Type::Request,
        Type::Repaint,
        Type::Detach,
        Type::Welcome,
        Type::Doorbell,
        Type::Paint,
        Type::Taken,
        Type::Reply,
        Type::Refused,
        Type::Ended,
        Type::Goto,
    ];

    fn from_byte(byte: u8) -> Option<Type> {
        Type::ALL.into_iter().find(|t| *t as u8 == byte)
    }
}

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
    /// Foreground and background of the client's terminal as it told them (`rgb:…`), if it did.
    pub colors: Vec<(u16, String)>,
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
}

/// The payload of REQUEST.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "do")]
pub enum Request {
    /// End the program: SIGHUP and SIGCONT, after a while or at once (`force`) SIGKILL.
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
}

/// What `msmark` says of a session, from inside it.
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
    /// The process that `msmark` speaks for.
    pub pid: i32,
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

/// The answer to [`Request::Modes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModesReply {
    /// DECCKM: arrows send SS3.
    pub app_cursor: bool,
    /// DECKPAM: the keypad sends SS3.
    pub app_keypad: bool,
    /// Mode 2004: pastes are bracketed.
    pub bracketed_paste: bool,
    /// Flags of the kitty keyboard protocol; 0 for off.
    pub kitty: u8,
    /// Level of xterm's modifyOtherKeys.
    pub modify_other_keys: u8,
    /// Canonical mode: a line is limited to 4095 bytes (termios(3)).
    pub canonical: bool,
    /// Bytes that wait in the server's queue.
    pub queued: u64,
    /// Bytes of the line that was begun in canonical mode and is not ended.
    pub line: u64,
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

/// Appends a frame to `out`. A payload over the limit is a mistake of the caller and is cut.
pub fn push(out: &mut Vec<u8>, kind: Type, payload: &[u8]) {
    push_parts(out, kind, &[payload]);
}

/// Appends a frame whose payload is these parts.
pub fn push_parts(out: &mut Vec<u8>, kind: Type, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    debug_assert!(length <= MAX_PAYLOAD);
    out.extend_from_slice(&[VERSION, kind as u8, 0, 0]);
    out.extend_from_slice(&(length as u32).to_le_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// Appends a frame with a JSON payload.
pub fn push_json<T: Serialize>(out: &mut Vec<u8>, kind: Type, value: &T) {
    push(out, kind, &serde_json::to_vec(value).unwrap_or_default());
}

/// Why a connection cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The other side speaks this version.
    Version(u8),
    /// A frame claims this many bytes.
    Length(usize),
}

impl Broken {
    /// The sentence for the other side, which calls itself `other`.
    pub fn explain(&self, other: &str) -> String {
        match self {
            Broken::Version(v) if *v < VERSION => {
                format!("the {other} is older (protocol {v}) than this side (protocol {VERSION})")
            }
            Broken::Version(v) => {
                format!("the {other} is newer (protocol {v}) than this side (protocol {VERSION})")
            }
            Broken::Length(n) => {
                format!("the {other} sent a frame of {n} bytes, over the limit of {MAX_PAYLOAD}")
            }
        }
    }
}

/// Takes frames out of a stream of bytes that arrives in any pieces.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    start: usize,
}

impl Decoder {
    /// Adds what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame of a known type; `Ok(None)` if there is none yet.
    pub fn next_frame(&mut self) -> Result<Option<(Type, &[u8])>, Broken> {
        loop {
            let rest = &self.buffer[self.start..];
            let Some(length) = claimed_length(rest)? else { return Ok(None) };
            if rest.len() < HEADER + length {
                return Ok(None);
            }
            let kind = Type::from_byte(rest[1]);
            let from = self.start + HEADER;
            self.start = from + length;
            if let Some(kind) = kind {
                return Ok(Some((kind, &self.buffer[from..from + length])));
            }
        }
    }

    /// Bytes held back for a frame that is not whole.
    pub fn pending(&self) -> usize {
        self.buffer.len() - self.start
    }
}

/// The payload length that a header claims, checked; none if the header is not whole.
fn claimed_length(bytes: &[u8]) -> Result<Option<usize>, Broken> {
    match bytes.first() {
        None => return Ok(None),
        Some(&version) if version != VERSION => return Err(Broken::Version(version)),
        Some(_) => {}
    }
    let Some(field) = bytes.get(4..HEADER) else { return Ok(None) };
    let length = u32::from_le_bytes([field[0], field[1], field[2], field[3]]) as usize;
    if length > MAX_PAYLOAD { Err(Broken::Length(length)) } else { Ok(Some(length)) }
}

/// Reads a little-endian u64 at the start of a payload.
pub fn read_u64(payload: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(payload.get(..8)?.try_into().ok()?))
}

/// Reads the payload of RESIZE: columns and rows.
pub fn read_size(payload: &[u8]) -> Option<(u16, u16)> {
    let b: [u8; 4] = payload.get(..4)?.try_into().ok()?;
    Some((u16::from_le_bytes([b[0], b[1]]), u16::from_le_bytes([b[2], b[3]])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn frames_have_these_bytes() {
        let mut out = Vec::new();
        push(&mut out, Type::Input, b"ls\r");
        push_parts(&mut out, Type::Paint, &[&7u64.to_le_bytes(), &[1], b"x"]);
        assert_eq!(out, b"\x01\x02\0\0\x03\0\0\0ls\r\x01\x42\0\0\x0a\0\0\0\x07\0\0\0\0\0\0\0\x01x");
    }

    #[test]
    fn unknown_types_are_skipped_and_bad_frames_end_the_connection() {
        let mut decoder = Decoder::default();
        decoder.push(b"\x01\xc8\0\0\x02\0\0\0zz\x01\x08\0\0\0\0\0\0");
        assert_eq!(decoder.next_frame(), Ok(Some((Type::Detach, &b""[..]))));
        assert_eq!(decoder.next_frame(), Ok(None));
        decoder.push(b"\x01\x02\0\0\xff\xff\xff\xff");
        assert_eq!(decoder.next_frame(), Err(Broken::Length(0xffff_ffff)));
        let mut decoder = Decoder::default();
        decoder.push(b"\x07");
        assert_eq!(decoder.next_frame(), Err(Broken::Version(7)));
        assert!(Broken::Version(7).explain("server").contains("newer"));
        assert!(Broken::Version(0).explain("server").contains("older"));
    }

    #[test]
    fn requests_have_these_words() {
        let text = serde_json::to_string(&Request::Close { force: true }).unwrap();
        assert_eq!(text, r#"{"do":"close","force":true}"#);
        let text = r#"{"do":"mark","status":"waiting","pid":3}"#;
        let mark = Mark { status: Some(Status::Waiting), kind: None, message: None, pid: 3 };
        assert_eq!(serde_json::from_str::<Request>(text).unwrap(), Request::Mark(mark));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_frames(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8),
            cut in 1usize..50,
        ) {
            let mut stream = Vec::new();
            payloads.iter().for_each(|p| push(&mut stream, Type::Input, p));
            let mut decoder = Decoder::default();
            let mut seen = Vec::new();
            for piece in stream.chunks(cut) {
                decoder.push(piece);
                while let Some((kind, payload)) = decoder.next_frame().unwrap() {
                    prop_assert_eq!(kind, Type::Input);
                    seen.push(payload.to_vec());
                }
            }
            prop_assert_eq!(seen, payloads);
        }

        #[test]
        fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            while let Ok(Some(_)) = decoder.next_frame() {}
        }
    }
}
