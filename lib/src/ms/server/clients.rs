//! The connections of a server: accepting them, their frames in and out, and which of them is in front.
//! A connection that is slow, silent or wrong is cut off; none can make the server wait or grow.
//! What the frames mean is `requests`'s and `event_loop`'s.

use std::io::ErrorKind;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::Serialize;

use super::door::{self, Came, Door};
use super::now;
use super::query_router::{Front, Sender, TerminalBytes};
use crate::session::format::error::{Error, exit};
use crate::session::format::frame::{self, Broken, Decoder, Hello, Refusal, Role, Type};

/// A connection that has not said HELLO by then is cut off.
pub const HELLO_WITHIN: Duration = Duration::from_secs(1);
/// One that was refused and does not take the word is gone after this.
const LEAVES_WITHIN: Duration = Duration::from_secs(1);
/// A terminal that has come from another session has answered what it was asked there within this.
const JUST_COME: Duration = Duration::from_secs(1);
/// While a connection leaves this many bytes unread, nothing more that it asks for is done.
const BEHIND: usize = 256 << 10;
/// A connection that leaves this many bytes unread is cut off: a screen can be as large as this.
const MAX_UNREAD: usize = 64 << 20;
/// While all connections together leave this many bytes unread, no more screens are painted, and those go that
/// have taken nothing for [`STALLED`].
const CROWDED: usize = 16 << 20;
/// Who has taken nothing for so long takes nothing.
const STALLED: Duration = Duration::from_secs(1);
/// From this many bytes on that all connections together keep here, those go that have kept most for the
/// longest time.
const MAX_KEPT: usize = 32 << 20;
/// Why one is not let in.
const TOO_MANY: &str = "too many connections to this session";
/// A buffer that once was larger than this is given back when it is empty.
const SMALL: usize = 64 << 10;
/// Bytes of what a client types that it is told of at a time: a key alone is not worth a word.
const ROOM_STEP: u64 = frame::WINDOW / 4;

/// One connection.
#[derive(Debug)]
pub struct Client {
    /// Names it for as long as it lives.
    pub id: u64,
    /// What it said of itself; none until it did.
    pub hello: Option<Hello>,
    /// It was greeted: the welcome is the first that it is sent.
    pub welcomed: bool,
    /// Columns and rows of its terminal, as it last told.
    pub size: (u16, u16),
    /// Offset up to which its terminal was given the output.
    pub shown: u64,
    /// A doorbell is out that it has not answered.
    pub rung: bool,
    /// When `shown` last grew, or the connection began.
    pub progress_at: Duration,
    /// It made no progress for too long: the program no longer waits for it, and it is repainted
    /// when it comes back.
    pub lagging: bool,
    /// It has typed as a script does.
    pub has_sent: bool,
    /// It is to be cut off once its last bytes are out.
    pub leaving: bool,
    /// When it goes in any case.
    leaves_at: Option<Duration>,
    /// Bytes that it has typed, as it sent them.
    pub typed: u64,
    /// How many of those it was told to have left the queue.
    room: u64,
    /// It has frames here that wait until it has read more, or until there is time for its screen.
    pub waits: bool,
    /// The screen that it was promised with the welcome is still to be painted.
    pub paint_due: bool,
    /// When its socket last gave or took anything.
    moved_at: Duration,
    /// What it types and what its terminal answers.
    pub(super) bytes: TerminalBytes,
    stream: UnixStream,
    decoder: Decoder,
    unsent: Vec<u8>,
    began: Duration,
}

impl Client {
    /// Whether it is a person's terminal.
    pub fn is_terminal(&self) -> bool {
        self.hello.as_ref().is_some_and(|hello| hello.role == Role::Client)
    }

    /// Whether it is a person's terminal whose keys and size count.
    pub fn may_type(&self) -> bool {
        self.hello.as_ref().is_some_and(|hello| hello.role == Role::Client && !hello.read_only)
    }

    /// What matters of it to a query.
    fn as_front(&self) -> Front {
        let term = self.hello.as_ref().map_or("", |hello| hello.term.as_str());
        Front { id: self.id, answers: !matches!(term, "" | "dumb"), lagging: self.lagging }
    }

    /// Whether it is told of output.
    fn hears(&self) -> bool {
        self.is_terminal() || self.hello.as_ref().is_some_and(|hello| hello.follow)
    }

    /// Queues a frame.
    pub fn send(&mut self, kind: Type, payload: &[u8]) {
        frame::push(&mut self.unsent, kind, payload);
    }

    /// Queues a frame made of parts.
    pub fn send_parts(&mut self, kind: Type, parts: &[&[u8]]) {
        frame::push_parts(&mut self.unsent, kind, parts);
    }

    /// Queues a frame with a JSON payload.
    pub fn send_json<T: Serialize>(&mut self, kind: Type, value: &T) {
        frame::push_json(&mut self.unsent, kind, value);
    }

    /// Queues the word that what was sent was taken, when so much was written.
    pub fn send_taken(&mut self, written: u64) {
        self.send(Type::Taken, &written.to_le_bytes());
    }

    /// Queues a refusal; the connection ends with it.
    pub fn refuse(&mut self, error: &Error) {
        self.refuse_with(error.exit_code(), error.to_string());
    }

    fn refuse_with(&mut self, code: u8, message: String) {
        self.send_json(Type::Refused, &Refusal { code, message });
        self.leaving = true;
    }

    /// Tells one that counts what it types how much of that has left the queue, where `queued` bytes of its
    /// still are.
    pub fn tell_room(&mut self, queued: usize) {
        let room = self.typed.saturating_sub(queued as u64);
        if self.counts_typed() && room >= self.room + ROOM_STEP {
            self.room = room;
            self.send(Type::Room, &room.to_le_bytes());
        }
    }

    /// Whether it types no more than it was told there is room for.
    pub fn counts_typed(&self) -> bool {
        self.hello.as_ref().is_some_and(|hello| hello.window)
    }

    /// Whether what it says is read now, where `queued` bytes of its wait to be typed.
    pub fn is_heard(&self, queued: usize) -> bool {
        !self.leaving && queued < super::input::HELD && !self.is_behind()
    }

    /// Whether it has to read before anything more is done for it.
    fn is_behind(&self) -> bool {
        self.unsent.len() >= BEHIND
    }

    /// Whether frames of its can be looked at that could not before, where screens are painted or not.
    pub fn can_go_on(&self, paints: bool) -> bool {
        self.waits && !self.leaving && !self.is_behind() && (paints || !self.wants_paint())
    }

    /// Whether the screen is what it wants next.
    pub fn wants_paint(&self) -> bool {
        self.paint_due || self.decoder.next_kind() == Some(Type::Repaint)
    }

    /// Bytes that are kept for it.
    fn kept(&self) -> usize {
        self.unsent.len() + self.decoder.pending()
    }

    /// Rings if the client would not know otherwise that there is output.
    pub fn ring(&mut self, written: u64) {
        if self.hears() && !self.rung && self.shown < written {
            self.rung = true;
            self.send(Type::Doorbell, &written.to_le_bytes());
        }
    }

    /// Whether bytes wait to be sent.
    pub fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Reads what there is; `false` if the connection is over.
    pub fn read(&mut self, now: Duration) -> bool {
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
    pub fn next_frame(&mut self) -> Option<(Type, Vec<u8>)> {
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
    pub fn flush(&mut self, now: Duration) -> bool {
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

/// All connections.
#[derive(Debug)]
pub struct Clients {
    /// In the order in which they came.
    pub list: Vec<Client>,
    /// The one that typed last: its size counts, and its terminal answers queries.
    pub front: Option<u64>,
    next_id: u64,
    door: Door,
}

impl Clients {
    /// None yet, of a server that has opened what it needs.
    pub fn new() -> Clients {
        Clients { list: Vec::new(), front: None, next_id: 1, door: Door::new() }
    }

    /// Lets in the next one that has connected. Without room for it the oldest goes that has not said who it
    /// is. None if there is no other; else the connection, if it was let in.
    pub fn accept(&mut self, listener: &UnixListener, now: Duration) -> Option<Option<u64>> {
        if !self.door.may_let_in() {
            return None;
        }
        match self.door.next(listener) {
            Came::Friend(stream) if self.list.len() < self.door.room() || self.drop_silent() => {
                Some(Some(self.admit(stream, now)))
            }
            Came::Friend(stream) => {
                door::refuse(&stream, TOO_MANY);
                Some(None)
            }
            Came::Nobody => Some(None),
            Came::NoRoom if self.drop_silent() => Some(None),
            Came::NoRoom => {
                self.door.turn_away(listener, now);
                None
            }
            Came::Empty => None,
        }
    }

    /// Whether the listener is to be watched now.
    pub fn is_open(&mut self, now: Duration) -> bool {
        self.door.open(now)
    }

    fn drop_silent(&mut self) -> bool {
        let oldest = self.list.iter().position(|client| client.hello.is_none());
        let silent = oldest.map(|at| self.list.remove(at));
        silent.as_ref().map(|silent| door::refuse(&silent.stream, TOO_MANY)).is_some()
    }

    fn admit(&mut self, stream: UnixStream, now: Duration) -> u64 {
        self.list.push(Client {
            id: self.next_id,
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
            bytes: TerminalBytes::default(),
            stream,
            decoder: Decoder::default(),
            unsent: Vec::new(),
            began: now,
        });
        self.next_id += 1;
        self.next_id - 1
    }

    /// The connection `id`.
    pub fn get(&mut self, id: u64) -> Option<&mut Client> {
        self.list.iter_mut().find(|client| client.id == id)
    }

    /// The terminal in front.
    pub fn front(&self) -> Option<&Client> {
        self.list.iter().find(|client| Some(client.id) == self.front)
    }

    /// What matters of the terminal in front to a query.
    pub(super) fn asked(&self) -> Option<Front> {
        self.front().map(Client::as_front)
    }

    /// What matters of a connection to what its terminal answers, and the bytes that have come from that.
    pub(super) fn sender(&mut self, id: u64, now: Duration) -> Option<(Sender, &mut TerminalBytes)> {
        let in_front = self.front == Some(id);
        let client = self.get(id)?;
        let has_just_come = now < client.began + JUST_COME;
        Some((Sender { id, in_front, has_just_come }, &mut client.bytes))
    }

    /// The person's terminals.
    pub fn terminals(&self) -> impl Iterator<Item = &Client> {
        self.list.iter().filter(|client| client.is_terminal() && !client.leaving)
    }

    /// Puts the terminal `id` in front.
    pub fn bring_to_front(&mut self, id: u64) {
        if self.get(id).is_some_and(|client| client.may_type()) {
            self.front = Some(id);
        }
    }

    /// Sends what can be sent and drops the connections that are over; returns which those were.
    pub fn flush(&mut self, now: Duration) -> Vec<u64> {
        let mut over = Vec::new();
        self.list.retain_mut(|client| {
            let lives = client.flush(now) && client.leaves_at.is_none_or(|at| now < at);
            over.extend((!lives).then_some(client.id));
            lives
        });
        over.extend(self.drop_greedy(now));
        self.mend_front();
        over
    }

    /// Sends what can be sent to the terminals. One that is over is left to [`Clients::flush`].
    pub fn flush_terminals(&mut self, now: Duration) {
        for client in self.list.iter_mut().filter(|client| client.is_terminal() && !client.leaving) {
            let _ = client.flush(now);
        }
    }

    /// Waits at most so long for the last bytes to go out; for the end of a session only.
    pub fn flush_within(&mut self, limit: Duration) {
        let until = now() + limit;
        loop {
            // Those that have all stay: that the connection closes tells them that the session is gone.
            self.list.retain_mut(|client| client.flush(now()));
            let left = until.saturating_sub(now());
            let unsent = self.list.iter().filter(|client| client.has_unsent());
            let mut fds: Vec<_> =
                unsent.map(|client| PollFd::new(client.as_fd(), PollFlags::POLLOUT)).collect();
            if fds.is_empty() || left.is_zero() {
                return;
            }
            let _ = poll(&mut fds, PollTimeout::try_from(left.as_millis() + 1).unwrap_or(PollTimeout::ZERO));
        }
    }

    /// While all together keep too much, drops who has kept most for longest; returns which those were.
    fn drop_greedy(&mut self, now: Duration) -> Vec<u64> {
        let mut over = Vec::new();
        let rests = |client: &Client| now.saturating_sub(client.moved_at);
        let greed = |client: &Client| client.kept() as u128 * (rests(client).as_millis() + 1);
        loop {
            let kept: usize = self.list.iter().map(Client::kept).sum();
            let crowded = self.is_crowded();
            let goes = |client: &Client| {
                kept > MAX_KEPT || crowded && client.has_unsent() && rests(client) >= STALLED
            };
            let worst = (0..self.list.len()).filter(|at| goes(&self.list[*at]));
            let Some(at) = worst.max_by_key(|at| greed(&self.list[*at])) else { return over };
            over.push(self.list.remove(at).id);
        }
    }

    /// Whether so much is unread that no more screens are to be painted.
    pub fn is_crowded(&self) -> bool {
        self.list.iter().map(|client| client.unsent.len()).sum::<usize>() >= CROWDED
    }

    /// Drops a connection.
    pub fn drop_client(&mut self, id: u64) {
        self.list.retain(|client| client.id != id);
        self.mend_front();
    }

    /// Refuses those that have not said who they are though all that they sent was read.
    pub fn cut_silent(&mut self, now: Duration) {
        for client in &mut self.list {
            if client.hello.is_none() && !client.leaving && now >= client.began + HELLO_WITHIN {
                client.refuse(&Error::Refused("no greeting came in time".into()));
            }
            if client.leaving {
                client.leaves_at.get_or_insert(now + LEAVES_WITHIN);
            }
        }
    }

    /// When somebody is next to be cut off, or the door to be looked at.
    pub fn due(&self) -> Option<Duration> {
        let silent = self.list.iter().filter(|client| client.hello.is_none() && !client.leaving);
        let leaving = self.list.iter().filter(|client| client.leaving);
        let unread = self.list.iter().filter(|client| self.is_crowded() && client.has_unsent());
        silent
            .map(|client| client.began + HELLO_WITHIN)
            .chain(unread.map(|client| client.moved_at + STALLED))
            .chain(leaving.map(|client| client.leaves_at.unwrap_or_default()))
            .chain(self.door.due())
            .min()
    }

    /// When the one in front has left, the latest of the others is.
    fn mend_front(&mut self) {
        if self.front().is_none() {
            self.front = self.list.iter().rev().find(|client| client.may_type()).map(|client| client.id);
        }
    }
}
