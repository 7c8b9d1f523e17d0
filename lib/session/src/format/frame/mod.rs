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
//!  9 URGENT   a key that can't wait its turn   72 ROOM     u64 bytes of INPUT that have left the queue
//!                                              73 DROPPED  u64 bytes of INPUT that were dropped from it
//!                                              74 URGED    u8: 0 the key waits its turn, 1 it is done with
//!                                              75 SIZE     u16 columns, u16 rows that the session's terminal has
//!                                              76 FACTS    lines of a recording, in any pieces
//! ```
//!
//! **INPUT is bounded by the side that sends it**, so that nothing else ever waits behind it: where HELLO and
//! WELCOME both have `window`, no more than 65536 bytes of INPUT are sent beyond what ROOM told of. Whoever
//! sends without `window` is not read from while 131072 bytes of its wait to be typed. URGENT is for a key
//! that a person presses while more waits at the client than may be sent, and it is sent in addition to
//! that; the answer is URGED, or DROPPED where the key is done with and all that was typed before it is
//! dropped, at the client too. DROPPED also comes unasked.
//!
//! **SIZE** is the answer to RESIZE, and comes to every client when the session's terminal gets another size,
//! before a DOORBELL for what is written after that.

mod payload;

use serde::Serialize;

pub use payload::*;

/// The version of the protocol that this code speaks.
pub const VERSION: u8 = 1;
/// Length of a frame's header, in bytes.
pub const HEADER: usize = 8;
/// Bytes of INPUT that may be under way beyond what ROOM told of.
pub const WINDOW: u64 = 64 << 10;
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
    /// A key that can't wait for its turn: one byte.
    Urgent = 9,
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
    /// How much of what the client typed has left the queue.
    Room = 72,
    /// How much of what the client typed was dropped from it.
    Dropped = 73,
    /// What became of an urgent key.
    Urged = 74,
    /// The size that the session's terminal has.
    Size = 75,
    /// Lines of a recording that was asked for.
    Facts = 76,
}

impl Type {
    const ALL: [Type; 22] = [
        Type::Hello,
        Type::Input,
        Type::Resize,
        Type::Progress,
        Type::Send,
        Type::Request,
        Type::Repaint,
        Type::Detach,
        Type::Urgent,
        Type::Welcome,
        Type::Doorbell,
        Type::Paint,
        Type::Taken,
        Type::Reply,
        Type::Refused,
        Type::Ended,
        Type::Goto,
        Type::Room,
        Type::Dropped,
        Type::Urged,
        Type::Size,
        Type::Facts,
    ];

    fn from_byte(byte: u8) -> Option<Type> {
        Type::ALL.into_iter().find(|t| *t as u8 == byte)
    }
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
    ///
    /// # Errors
    /// [`Broken`] if a frame is of another version or longer than any may be: nothing that follows can be read.
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

    /// The type of the next frame as far as its header is there, if it is known.
    pub fn next_kind(&self) -> Option<Type> {
        Type::from_byte(*self.buffer.get(self.start + 1)?)
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

/// The payload of RESIZE and SIZE: columns and rows.
pub fn size_bytes((cols, rows): (u16, u16)) -> [u8; 4] {
    let [a, b] = [cols.to_le_bytes(), rows.to_le_bytes()];
    [a[0], a[1], b[0], b[1]]
}

/// Reads the payload of RESIZE and SIZE: columns and rows.
pub fn read_size(payload: &[u8]) -> Option<(u16, u16)> {
    let b: [u8; 4] = payload.get(..4)?.try_into().ok()?;
    Some((u16::from_le_bytes([b[0], b[1]]), u16::from_le_bytes([b[2], b[3]])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_judge::{Mark, Status};
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
