//! The connections of a server: accepting them, their frames in and out, and which of them is in front.
//! A connection that is slow, silent or wrong is cut off; none can make the server wait or grow.
//! What the frames mean is `requests`'s and `event_loop`'s.

use std::io::ErrorKind;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::getuid;
use serde::Serialize;

use crate::error::{Error, exit};
use crate::frame::{self, Broken, Decoder, Hello, Refusal, Role, Type};
use crate::keyboard::split::Splitter;

/// A connection that has not said HELLO by then is cut off.
pub const HELLO_WITHIN: Duration = Duration::from_secs(1);
/// A terminal that has come from another session has answered what it was asked there within this.
const JUST_COME: Duration = Duration::from_secs(1);
/// A connection that leaves this many bytes unread is cut off.
const MAX_UNREAD: usize = 8 << 20;
/// More connections than this are refused: each costs a descriptor.
const MAX_CLIENTS: usize = 512;

/// One connection.
#[derive(Debug)]
pub struct Client {
    /// Names it for as long as it lives.
    pub id: u64,
    /// What it said of itself; none until it did.
    pub hello: Option<Hello>,
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
    /// Parts what it types from what its terminal answers.
    pub(super) splitter: Splitter,
    /// An answer of its terminal, as far as it has come.
    pub(super) answer: Vec<u8>,
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

    /// Whether its terminal may still be answering to what another session's program asked.
    pub fn has_just_come(&self, now: Duration) -> bool {
        now < self.began + JUST_COME
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

    /// Queues a refusal; the connection ends with it.
    pub fn refuse(&mut self, error: &Error) {
        self.refuse_with(error.exit_code(), error.to_string());
    }

    fn refuse_with(&mut self, code: u8, message: String) {
        self.send_json(Type::Refused, &Refusal { code, message });
        self.leaving = true;
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
    pub fn read(&mut self) -> bool {
        let mut buffer = [0u8; 16 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.decoder.push(&buffer[..count]);
                true
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// The next whole frame; a broken connection is refused with the reason.
    pub fn next_frame(&mut self) -> Option<(Type, Vec<u8>)> {
        if self.leaving {
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
    fn flush(&mut self) -> bool {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        self.unsent.len() <= MAX_UNREAD && !(self.leaving && self.unsent.is_empty())
    }

    /// Waits at most so long for the last bytes to go out; for the end of a session only.
    pub fn flush_within(&mut self, limit: Duration) {
        let _ = self.stream.set_nonblocking(false);
        let _ = self.stream.set_write_timeout(Some(limit));
        let _ = self.stream.write_all(&self.unsent);
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
}

impl Clients {
    /// None yet.
    pub fn new() -> Clients {
        Clients { list: Vec::new(), front: None, next_id: 1 }
    }

    /// Accepts what has connected; peers of another user are cut off without a word.
    pub fn accept(&mut self, listener: &UnixListener, now: Duration) {
        while let Ok((stream, _)) = listener.accept() {
            let ours = getsockopt(&stream, PeerCredentials).is_ok_and(|peer| peer.uid() == getuid().as_raw());
            if !ours || self.list.len() >= MAX_CLIENTS || stream.set_nonblocking(true).is_err() {
                continue;
            }
            self.list.push(Client {
                id: self.next_id,
                hello: None,
                size: (0, 0),
                shown: 0,
                rung: false,
                progress_at: now,
                lagging: false,
                leaving: false,
                has_sent: false,
                splitter: Splitter::default(),
                answer: Vec::new(),
                stream,
                decoder: Decoder::default(),
                unsent: Vec::new(),
                began: now,
            });
            self.next_id += 1;
        }
    }

    /// The connection `id`.
    pub fn get(&mut self, id: u64) -> Option<&mut Client> {
        self.list.iter_mut().find(|client| client.id == id)
    }

    /// The terminal in front.
    pub fn front(&self) -> Option<&Client> {
        self.list.iter().find(|client| Some(client.id) == self.front)
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
    pub fn flush(&mut self) -> Vec<u64> {
        let mut over = Vec::new();
        self.list.retain_mut(|client| {
            let lives = client.flush();
            over.extend((!lives).then_some(client.id));
            lives
        });
        self.mend_front();
        over
    }

    /// Sends what can be sent to the terminals. One that is over is left to [`Clients::flush`].
    pub fn flush_terminals(&mut self) {
        for client in self.list.iter_mut().filter(|client| client.is_terminal() && !client.leaving) {
            let _ = client.flush();
        }
    }

    /// Drops a connection.
    pub fn drop_client(&mut self, id: u64) {
        self.list.retain(|client| client.id != id);
        self.mend_front();
    }

    /// Cuts off those that have not said who they are; returns when that is next to be looked at.
    pub fn cut_silent(&mut self, now: Duration) -> Option<Duration> {
        self.list.retain(|client| client.hello.is_some() || now < client.began + HELLO_WITHIN);
        self.list
            .iter()
            .filter(|client| client.hello.is_none())
            .map(|client| client.began + HELLO_WITHIN)
            .min()
    }

    /// When the one in front has left, the latest of the others is.
    fn mend_front(&mut self) {
        if self.front().is_none() {
            self.front = self.list.iter().rev().find(|client| client.may_type()).map(|client| client.id);
        }
    }
}

impl Default for Clients {
    fn default() -> Clients {
        Clients::new()
    }
}
