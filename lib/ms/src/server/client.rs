//! One connection of a server: its frames in and out, and what is known of who is at its other end. One
//! that is slow or wrong is cut off; it can make nothing grow.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde::Serialize;

use super::command::Asker;
use super::query_router::{Front, TerminalBytes};
use msession::format::error::{Error, exit};
use msession::format::frame::{self, Broken, Decoder, Hello, Refusal, Role, Type};

/// A terminal that has come from another session has answered what it was asked there within this.
const JUST_COME: Duration = Duration::from_secs(1);
/// While a connection leaves this many bytes unread, nothing more that it asks for is done.
const BEHIND: usize = 256 << 10;
/// A connection that leaves this many bytes unread is cut off: a screen can be as large as this.
const MAX_UNREAD: usize = 64 << 20;
/// A buffer that once was larger than this is given back when it is empty.
const SMALL: usize = 64 << 10;
/// Bytes of what a client types that it is told of at a time: a key alone is not worth a word.
const ROOM_STEP: u64 = frame::WINDOW / 4;
/// Bytes of a screen in one PAINT frame.
const PAINT: usize = 128 << 10;
/// The terminal in front may be this many bytes behind before the program has to wait.
const MAX_BEHIND: u64 = 256 << 10;
/// The program waits for a terminal that makes no progress at most this long.
const PATIENCE: Duration = Duration::from_secs(1);

/// One connection.
#[derive(Debug)]
pub(super) struct Client {
    /// Names it for as long as it lives.
    pub(super) id: u64,
    /// What it said of itself; none until it did.
    pub(super) hello: Option<Hello>,
    /// It was greeted: the welcome is the first that it is sent.
    pub(super) welcomed: bool,
    /// Columns and rows of its terminal, as it last told.
    pub(super) size: (u16, u16),
    /// Offset up to which its terminal was given the output.
    pub(super) shown: u64,
    /// A doorbell is out that it has not answered.
    pub(super) rung: bool,
    /// When `shown` last grew, or the connection began.
    pub(super) progress_at: Duration,
    /// It made no progress for too long: the program no longer waits for it, and it is repainted
    /// when it comes back.
    pub(super) lagging: bool,
    /// Somebody is at it, though it only looks.
    pub(super) has_somebody: bool,
    /// It has typed as a script does.
    pub(super) has_sent: bool,
    /// It is to be cut off once its last bytes are out.
    pub(super) leaving: bool,
    /// When it goes in any case.
    pub(super) leaves_at: Option<Duration>,
    /// Bytes that it has typed, as it sent them.
    pub(super) typed: u64,
    /// How many of those it was told to have left the queue.
    room: u64,
    /// It has frames here that wait until it has read more, or until there is time for its screen.
    pub(super) waits: bool,
    /// The screen that it was promised with the welcome is still to be painted.
    pub(super) paint_due: bool,
    /// When its socket last gave or took anything.
    pub(super) moved_at: Duration,
    /// What it types and what its terminal answers.
    pub(super) bytes: TerminalBytes,
    pub(super) stream: UnixStream,
    decoder: Decoder,
    pub(super) unsent: Vec<u8>,
    pub(super) began: Duration,
}

impl Client {
    /// One that has just connected.
    pub(super) fn new(id: u64, stream: UnixStream, now: Duration) -> Client {
        Client {
            id,
            hello: None,
            welcomed: false,
            size: (0, 0),
            shown: 0,
            rung: false,
            progress_at: now,
            lagging: false,
            leaving: false,
            leaves_at: None,
            typed: 0,
            room: 0,
            waits: false,
            paint_due: false,
            moved_at: now,
            has_sent: false,
            has_somebody: false,
            bytes: TerminalBytes::default(),
            stream,
            decoder: Decoder::default(),
            unsent: Vec::new(),
            began: now,
        }
    }

    /// What it may ask for.
    pub(super) fn asker(&self) -> Asker {
        Asker { is_known: self.hello.is_some(), may_type: self.may_type() }
    }

    /// It has said who it is.
    pub(super) fn greeted(&mut self, hello: Hello) {
        self.size = (hello.cols, hello.rows);
        self.hello = Some(hello);
    }

    /// Whether its terminal may still be answering to what another session's program asked.
    pub(super) fn has_just_come(&self, now: Duration) -> bool {
        now < self.began + JUST_COME
    }

    /// Queues a screen, of the output up to `offset`.
    pub(super) fn send_screen(&mut self, screen: &[u8], offset: u64, now: Duration) {
        let pieces = screen.len().div_ceil(PAINT).max(1);
        for number in 0..pieces {
            let piece = &screen[number * PAINT..screen.len().min((number + 1) * PAINT)];
            let last = u8::from(number + 1 == pieces);
            self.send_parts(Type::Paint, &[&offset.to_le_bytes(), &[last], piece]);
        }
        (self.shown, self.rung, self.progress_at) = (offset, false, now);
    }

    /// Until when the program has to wait for it, if it is in front and that far behind.
    pub(super) fn hold_until(&self, written: u64, now: Duration) -> Option<Duration> {
        let until = self.progress_at + PATIENCE;
        (!self.lagging && self.is_far_behind(written) && now < until).then_some(until)
    }

    /// Gives up on a terminal that has made no progress for too long: it is repainted when it comes back.
    pub(super) fn give_up_if_stalled(&mut self, written: u64, now: Duration) {
        self.lagging |= self.is_far_behind(written) && now >= self.progress_at + PATIENCE;
    }

    fn is_far_behind(&self, written: u64) -> bool {
        written.saturating_sub(self.shown) > MAX_BEHIND
    }
    /// Whether it is a person's terminal.
    pub(super) fn is_terminal(&self) -> bool {
        self.hello.as_ref().is_some_and(|hello| hello.role == Role::Client)
    }

    /// Whether it is a person's terminal whose keys and size count.
    pub(super) fn may_type(&self) -> bool {
        self.hello.as_ref().is_some_and(|hello| hello.role == Role::Client && !hello.read_only)
    }

    /// Whether a person sees what it shows.
    pub(super) fn is_viewed(&self) -> bool {
        self.may_type() || self.is_terminal() && self.has_somebody
    }

    /// What matters of it to a query.
    pub(super) fn as_front(&self) -> Front {
        let term = self.hello.as_ref().map_or("", |hello| hello.term.as_str());
        Front { id: self.id, answers: !matches!(term, "" | "dumb"), lagging: self.lagging }
    }

    /// Whether it is told of output.
    fn hears(&self) -> bool {
        self.is_terminal() || self.hello.as_ref().is_some_and(|hello| hello.follow)
    }

    /// Queues a frame.
    pub(super) fn send(&mut self, kind: Type, payload: &[u8]) {
        frame::push(&mut self.unsent, kind, payload);
    }

    /// Queues a frame made of parts.
    pub(super) fn send_parts(&mut self, kind: Type, parts: &[&[u8]]) {
        frame::push_parts(&mut self.unsent, kind, parts);
    }

    /// Queues a frame with a JSON payload.
    pub(super) fn send_json<T: Serialize>(&mut self, kind: Type, value: &T) {
        frame::push_json(&mut self.unsent, kind, value);
    }

    /// Queues the word that what was sent was taken, when so much was written.
    pub(super) fn send_taken(&mut self, written: u64) {
        self.send(Type::Taken, &written.to_le_bytes());
    }

    /// Queues a refusal; the connection ends with it.
    pub(super) fn refuse(&mut self, error: &Error) {
        self.refuse_with(error.exit_code(), error.to_string());
    }

    fn refuse_with(&mut self, code: u8, message: String) {
        self.send_json(Type::Refused, &Refusal { code, message });
        self.leaving = true;
    }

    /// Tells one that counts what it types how much of that has left the queue, where `queued` bytes of its
    /// still are.
    pub(super) fn tell_room(&mut self, queued: usize) {
        let room = self.typed.saturating_sub(queued as u64);
        if self.counts_typed() && room >= self.room + ROOM_STEP {
            self.room = room;
            self.send(Type::Room, &room.to_le_bytes());
        }
    }

    /// Whether it types no more than it was told there is room for.
    pub(super) fn counts_typed(&self) -> bool {
        self.hello.as_ref().is_some_and(|hello| hello.window)
    }

    /// Whether what it says is read now, where `queued` bytes of its wait to be typed.
    pub(super) fn is_heard(&self, queued: usize) -> bool {
        !self.leaving && queued < super::input::HELD && !self.is_behind()
    }

    /// Whether it has to read before anything more is done for it.
    pub(super) fn is_behind(&self) -> bool {
        self.unsent.len() >= BEHIND
    }

    /// Whether frames of its can be looked at that could not before, where screens are painted or not.
    pub(super) fn can_go_on(&self, paints: bool) -> bool {
        self.waits && !self.leaving && !self.is_behind() && (paints || !self.wants_paint())
    }

    /// Whether the screen is what it wants next.
    pub(super) fn wants_paint(&self) -> bool {
        self.paint_due || self.decoder.next_kind() == Some(Type::Repaint)
    }

    /// Bytes that are kept for it.
    pub(super) fn kept(&self) -> usize {
        self.unsent.len() + self.decoder.pending()
    }

    /// Rings if the client would not know otherwise that there is output.
    pub(super) fn ring(&mut self, written: u64) {
        if self.hears() && !self.rung && self.shown < written {
            self.rung = true;
            self.send(Type::Doorbell, &written.to_le_bytes());
        }
    }

    /// Whether bytes wait to be sent.
    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Reads what there is; `false` if the connection is over.
    pub(super) fn read(&mut self, now: Duration) -> bool {
        let mut buffer = [0u8; 16 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            // The last word to it is on the way: what it says is not listened to any more.
            Ok(_) if self.leaving => true,
            Ok(count) => {
                self.moved_at = now;
                self.decoder.push(&buffer[..count]);
                true
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// The next whole frame; a broken connection is refused with the reason.
    pub(super) fn next_frame(&mut self) -> Option<(Type, Vec<u8>)> {
        self.waits = self.is_behind();
        if self.leaving || self.waits {
            return None;
        }
        match self.decoder.next_frame() {
            Ok(frame) => frame.map(|(kind, payload)| (kind, payload.to_vec())),
            Err(broken) => {
                self.refuse_broken(&broken);
                None
            }
        }
    }

    fn refuse_broken(&mut self, broken: &Broken) {
        self.refuse_with(exit::SYSTEM, broken.explain("client"));
    }

    /// Sends what the socket takes; `false` if the connection is over.
    pub(super) fn flush(&mut self, now: Duration) -> bool {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(count) => {
                    self.moved_at = now;
                    self.unsent.drain(..count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        if self.unsent.is_empty() && self.unsent.capacity() > SMALL {
            self.unsent = Vec::new();
        }
        self.unsent.len() <= MAX_UNREAD && !(self.leaving && self.unsent.is_empty())
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
