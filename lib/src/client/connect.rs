//! A connection to a session's server, for a person's terminal and for every tool that has something to
//! ask. It knows the frames' order and a time limit, so that a server that is stopped or gone gives a
//! sentence and never a hang. What the frames mean is the callers' business.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, setsockopt, socket, sockopt};
use nix::sys::time::TimeVal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::frame::{self, Decoder, Hello, Refusal, Request, Type, Welcome};
use crate::session::{Life, SessionDir, file};

/// A server that takes longer than this to answer is taken for stopped.
pub const LIMIT: Duration = Duration::from_secs(5);

/// A frame that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its type.
    pub kind: Type,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// A connection; frames that are sent wait in it until the socket takes them.
#[derive(Debug)]
pub struct Connection {
    socket: UnixStream,
    decoder: Decoder,
    unsent: Vec<u8>,
    /// Name of the session, for messages.
    name: String,
}

impl Connection {
    /// Connects and introduces itself without waiting for the answer, which a stopped server gives late.
    pub fn begin(session: &SessionDir, hello: &Hello, deadline: Option<Instant>) -> Result<Connection> {
        let mut connection = Connection::to(session, within(deadline))?;
        connection.send_json(Type::Hello, hello);
        connection.flush()?;
        Ok(connection)
    }

    /// Connects and introduces itself; `TimedOut` if the server is stopped, `Refused` if there is none.
    pub fn open(session: &SessionDir, hello: &Hello) -> Result<(Connection, Welcome)> {
        Connection::open_by(session, hello, None)
    }

    /// As [`Connection::open`], by a deadline that may be nearer than [`LIMIT`].
    pub fn open_by(
        session: &SessionDir,
        hello: &Hello,
        deadline: Option<Instant>,
    ) -> Result<(Connection, Welcome)> {
        let deadline = within(deadline);
        let mut connection = Connection::to(session, deadline)?;
        connection.send_json(Type::Hello, hello);
        connection.flush_until(deadline)?;
        let welcome = connection.wait_for(Type::Welcome, deadline)?;
        Ok((connection, welcome))
    }

    /// Asks the session's server one thing, as a tool.
    pub fn ask(session: &SessionDir, request: &Request) -> Result<Value> {
        Connection::open(session, &Hello::default())?.0.request(request)
    }

    /// As [`Connection::ask`], for those who can do without an answer: it comes within `limit` or not.
    pub fn ask_within(session: &SessionDir, request: &Request, limit: Duration) -> Result<Value> {
        let deadline = Instant::now() + limit;
        let mut connection = Connection::begin(session, &Hello::default(), Some(deadline))?;
        connection.send_json(Type::Request, request);
        connection.flush_until(deadline)?;
        connection.wait_for(Type::Reply, deadline)
    }

    /// Asks the server for something and waits for the answer; other frames meanwhile are dropped.
    pub fn request(&mut self, request: &Request) -> Result<Value> {
        self.request_by(request, None)
    }

    /// As [`Connection::request`], by a deadline that may be nearer than [`LIMIT`].
    pub fn request_by(&mut self, request: &Request, deadline: Option<Instant>) -> Result<Value> {
        self.send_json(Type::Request, request);
        let deadline = within(deadline);
        self.flush_until(deadline)?;
        self.wait_for(Type::Reply, deadline)
    }

    /// Queues a frame.
    pub fn send(&mut self, kind: Type, payload: &[u8]) {
        frame::push(&mut self.unsent, kind, payload);
    }

    /// Queues a frame with a JSON payload.
    pub fn send_json<T: Serialize>(&mut self, kind: Type, value: &T) {
        frame::push_json(&mut self.unsent, kind, value);
    }

    /// Bytes that the socket has not taken yet.
    pub fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Hands the socket what it takes now.
    pub fn flush(&mut self) -> Result<()> {
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(self.gone()),
            }
        }
        Ok(())
    }

    /// Hands the socket all that is queued.
    pub fn flush_until(&mut self, deadline: Instant) -> Result<()> {
        loop {
            self.flush()?;
            if self.unsent.is_empty() {
                return Ok(());
            }
            self.wait(PollFlags::POLLOUT, deadline)?;
        }
    }

    /// The next frame that has already been received whole; reads the socket once if there is none.
    /// `None` if none is there yet. A broken connection is an error that says why.
    pub fn recv_now(&mut self) -> Result<Option<Frame>> {
        if let Some(frame) = self.decoded()? {
            return Ok(Some(frame));
        }
        let mut buffer = [0u8; 16 << 10];
        match self.socket.read(&mut buffer) {
            Ok(0) => Err(self.gone()),
            Ok(count) => {
                self.decoder.push(&buffer[..count]);
                self.decoded()
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
            Err(_) => Err(self.gone()),
        }
    }

    /// Waits for the next frame.
    pub fn recv(&mut self, deadline: Instant) -> Result<Frame> {
        loop {
            if let Some(frame) = self.recv_now()? {
                return Ok(frame);
            }
            self.wait(PollFlags::POLLIN, deadline)?;
        }
    }

    /// Waits for a frame of this type; a refusal instead is the error that it carries.
    pub fn wait_for<T: DeserializeOwned>(&mut self, kind: Type, deadline: Instant) -> Result<T> {
        loop {
            let frame = self.recv(deadline)?;
            match frame.kind {
                Type::Refused => return Err(refusal(&frame.payload)),
                found if found == kind => return self.decode(&frame.payload),
                _ => {}
            }
        }
    }

    /// Reads a JSON payload.
    pub fn decode<T: DeserializeOwned>(&self, payload: &[u8]) -> Result<T> {
        serde_json::from_slice(payload).map_err(|why| Error::damaged(format!("{}: answer", self.name), why))
    }

    fn to(session: &SessionDir, deadline: Instant) -> Result<Connection> {
        let name = session.name().to_string();
        match reach(session, deadline) {
            Ok(socket) => {
                let socket = UnixStream::from(socket);
                socket.set_nonblocking(true).map_err(Error::system(name.clone()))?;
                Ok(Connection { socket, decoder: Decoder::default(), unsent: Vec::new(), name })
            }
            Err(Errno::EAGAIN) => Err(silent(&name)),
            Err(_) if session.life()? == Life::Free => Err(over(&name)),
            Err(errno) => Err(Error::errno(format!("{name}/{}", file::CONTROL))(errno)),
        }
    }

    fn decoded(&mut self) -> Result<Option<Frame>> {
        match self.decoder.next_frame() {
            Ok(frame) => Ok(frame.map(|(kind, payload)| Frame { kind, payload: payload.to_vec() })),
            Err(broken) => {
                let why = broken.explain("session's server");
                Err(Error::damaged(format!("{}: control", self.name), why))
            }
        }
    }

    fn wait(&self, events: PollFlags, deadline: Instant) -> Result<()> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(silent(&self.name));
        }
        let timeout = PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(self.as_fd(), events)], timeout) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(Error::errno("poll")(errno)),
        }
    }

    fn gone(&self) -> Error {
        over(&self.name)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// [`LIMIT`] from now, or the deadline if that is nearer.
fn within(deadline: Option<Instant>) -> Instant {
    let limit = Instant::now() + LIMIT;
    deadline.map_or(limit, |deadline| deadline.min(limit))
}

/// The error that a refusal carries.
pub fn refusal(payload: &[u8]) -> Error {
    let refusal: Refusal = serde_json::from_slice(payload).unwrap_or_default();
    Error::from_refusal(refusal.code, refusal.message)
}

fn silent(name: &str) -> Error {
    Error::TimedOut(format!("{name}: its server does not answer (stopped?)"))
}

fn over(name: &str) -> Error {
    Error::Refused(format!("{name}: the session is over"))
}

/// Connects through the directory's descriptor, so that the length of its path does not matter
/// (unix(7) allows 107 bytes). The send timeout bounds the wait for a full backlog (unix(7)).
fn reach(session: &SessionDir, deadline: Instant) -> nix::Result<OwnedFd> {
    let socket = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    // None at all would be for ever.
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let left = TimeVal::new(left.as_secs() as i64, i64::from(left.subsec_micros()));
    setsockopt(&socket, sockopt::SendTimeout, &left)?;
    let path = format!("/proc/self/fd/{}/{}", session.dir().as_fd().as_raw_fd(), file::CONTROL);
    connect(socket.as_raw_fd(), &UnixAddr::new(path.as_str())?)?;
    Ok(socket)
}
