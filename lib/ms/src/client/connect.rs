//! A connection to a session's server, for a person's terminal and for every tool that has something to
//! ask. It knows the frames' order and a time limit, so that a server that is stopped or gone gives a
//! sentence and never a hang. What the frames mean is the callers' business.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, setsockopt, socket, sockopt};
use nix::sys::time::TimeVal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use msession::format::error::{Error, Result};
use msession::format::frame::{self, Decoder, HEADER, Hello, Refusal, Request, Type, Welcome};
use msession::store::session::{Life, SessionDir, file};

/// A server that takes longer than this to answer is taken for stopped.
pub const LIMIT: Duration = Duration::from_secs(5);
/// A server that broke off before it greeted is tried again within this.
const TRIES_WITHIN: Duration = Duration::from_secs(1);
/// The time between two tries, and between two looks at a lock.
const BETWEEN: Duration = Duration::from_millis(10);
/// A server that ends lets go of its lock within this of its connections.
const LETS_GO_WITHIN: Duration = Duration::from_millis(100);

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
    /// Bytes that were ever queued.
    queued: u64,
    /// The server reads no more; it may have said why.
    deaf: bool,
    /// Whose server it is.
    session: SessionDir,
    /// Name of the session, for messages.
    name: String,
}

impl Connection {
    /// Connects and introduces itself without waiting for the answer, which a stopped server gives late.
    ///
    /// # Errors
    /// The session is over, or its server cannot be reached in time.
    pub fn begin(session: &SessionDir, hello: &Hello, deadline: Option<Instant>) -> Result<Connection> {
        let mut connection = Connection::to(session, within(deadline))?;
        connection.send_json(Type::Hello, hello);
        connection.flush();
        Ok(connection)
    }

    /// Connects and introduces itself; `TimedOut` if the server is stopped, `Refused` if there is none.
    ///
    /// # Errors
    /// `TimedOut` if the server is stopped, `Refused` if there is none, or its refusal.
    pub fn open(session: &SessionDir, hello: &Hello) -> Result<(Connection, Welcome)> {
        Connection::open_by(session, hello, None)
    }

    /// As [`Connection::open`], by a deadline that may be nearer than [`LIMIT`].
    ///
    /// # Errors
    /// Those of [`Connection::open`].
    pub fn open_by(
        session: &SessionDir,
        hello: &Hello,
        deadline: Option<Instant>,
    ) -> Result<(Connection, Welcome)> {
        let (began, deadline) = (Instant::now(), within(deadline));
        loop {
            match Connection::greet(session, hello, deadline) {
                Err(error)
                    if is_broken_off(&error)
                        && began.elapsed() < TRIES_WITHIN
                        && Instant::now() < deadline =>
                {
                    sleep(BETWEEN);
                }
                done => return done,
            }
        }
    }

    fn greet(session: &SessionDir, hello: &Hello, deadline: Instant) -> Result<(Connection, Welcome)> {
        let mut connection = Connection::to(session, deadline)?;
        connection.send_json(Type::Hello, hello);
        connection.flush_until(deadline)?;
        match connection.wait_for(Type::Welcome, deadline) {
            Ok(welcome) => Ok((connection, welcome)),
            Err(Error::Told { code, message }) => {
                Err(Error::from_refusal(code, format!("{}: {message}", connection.name)))
            }
            Err(error) => Err(error),
        }
    }

    /// Asks the session's server one thing, as a tool.
    ///
    /// # Errors
    /// Those of [`Connection::open`] and [`Connection::request`].
    pub fn ask(session: &SessionDir, request: &Request) -> Result<Value> {
        Connection::open(session, &Hello::default())?.0.request(request)
    }

    /// As [`Connection::ask`], for those who can do without an answer: it comes within `limit` or not.
    ///
    /// # Errors
    /// The session is over, the server refuses, or it has not answered in time.
    pub fn ask_within(session: &SessionDir, request: &Request, limit: Duration) -> Result<Value> {
        let deadline = Instant::now() + limit;
        let mut connection = Connection::begin(session, &Hello::default(), Some(deadline))?;
        connection.send_json(Type::Request, request);
        connection.flush_until(deadline)?;
        connection.wait_for(Type::Reply, deadline)
    }

    /// Asks the server for something and waits for the answer; other frames meanwhile are dropped.
    ///
    /// # Errors
    /// The server refuses, has not answered in time, or is gone.
    pub fn request(&mut self, request: &Request) -> Result<Value> {
        self.request_by(request, None)
    }

    /// As [`Connection::request`], by a deadline that may be nearer than [`LIMIT`].
    ///
    /// # Errors
    /// Those of [`Connection::request`].
    pub fn request_by(&mut self, request: &Request, deadline: Option<Instant>) -> Result<Value> {
        self.send_json(Type::Request, request);
        let deadline = within(deadline);
        self.flush_until(deadline)?;
        self.wait_for(Type::Reply, deadline)
    }

    /// Queues a frame.
    pub fn send(&mut self, kind: Type, payload: &[u8]) {
        frame::push(&mut self.unsent, kind, payload);
        self.queued += (HEADER + payload.len()) as u64;
    }

    /// Queues a frame with a JSON payload.
    pub fn send_json<T: Serialize>(&mut self, kind: Type, value: &T) {
        self.send(kind, &serde_json::to_vec(value).unwrap_or_default());
    }

    /// Bytes that the socket has not taken yet.
    pub fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Bytes that were ever queued, frames with their headers.
    pub fn queued(&self) -> u64 {
        self.queued
    }

    /// Hands the socket what it takes now. An error is left for the next read to tell: a server that broke off
    /// may have said why.
    pub fn flush(&mut self) {
        while !self.unsent.is_empty() && !self.deaf {
            match self.socket.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.deaf = true,
            }
        }
    }

    /// Hands the socket all that is queued.
    ///
    /// # Errors
    /// `TimedOut` if the server has not taken it by then.
    pub fn flush_until(&mut self, deadline: Instant) -> Result<()> {
        loop {
            self.flush();
            if self.unsent.is_empty() || self.deaf {
                return Ok(());
            }
            self.wait(PollFlags::POLLOUT, deadline)?;
        }
    }

    /// The next frame that has already been received whole; reads the socket once if there is none.
    /// `None` if none is there yet. A broken connection is an error that says why.
    ///
    /// # Errors
    /// Why nothing more will come: the session is over, the server broke off, or what it sent makes no sense.
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
    ///
    /// # Errors
    /// Those of [`Connection::recv_now`], and `TimedOut`.
    pub fn recv(&mut self, deadline: Instant) -> Result<Frame> {
        loop {
            if let Some(frame) = self.recv_now()? {
                return Ok(frame);
            }
            self.wait(PollFlags::POLLIN, deadline)?;
        }
    }

    /// Waits for a frame of this type; a refusal instead is the error that it carries. Other frames do not move
    /// the deadline.
    ///
    /// # Errors
    /// The refusal, that it came too late, or that the server is gone.
    pub fn wait_for<T: DeserializeOwned>(&mut self, kind: Type, deadline: Instant) -> Result<T> {
        loop {
            let frame = self.recv(deadline)?;
            match frame.kind {
                Type::Refused => return Err(refusal(&frame.payload)),
                found if found == kind => return self.decode(&frame.payload),
                _ if Instant::now() > deadline => return Err(silent(&self.name)),
                _ => {}
            }
        }
    }

    /// Reads a JSON payload.
    ///
    /// # Errors
    /// `Damaged` if it is not what was expected.
    pub fn decode<T: DeserializeOwned>(&self, payload: &[u8]) -> Result<T> {
        serde_json::from_slice(payload).map_err(|why| Error::damaged(format!("{}: answer", self.name), why))
    }

    fn to(session: &SessionDir, deadline: Instant) -> Result<Connection> {
        let name = session.name().to_string();
        match reach(session, deadline) {
            Ok(socket) => {
                let socket = UnixStream::from(socket);
                socket.set_nonblocking(true).map_err(Error::system(name.clone()))?;
                let session = session.again()?;
                let (decoder, unsent) = (Decoder::default(), Vec::new());
                Ok(Connection { socket, decoder, unsent, queued: 0, deaf: false, session, name })
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

    /// Says why the connection ended. The session is over only if nobody holds its lock.
    fn gone(&self) -> Error {
        let until = Instant::now() + LETS_GO_WITHIN;
        loop {
            match self.session.is_over() {
                Ok(true) => return over(&self.name),
                Ok(false) if Instant::now() < until => sleep(BETWEEN),
                Ok(false) => return broken_off(&self.name),
                Err(error) => return error,
            }
        }
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

fn broken_off(name: &str) -> Error {
    let why = io::Error::new(ErrorKind::ConnectionAborted, "its server broke the connection off, and lives");
    Error::System { what: name.to_owned(), source: why }
}

/// Whether a server that lives broke the connection off, as it does while its socket is made anew.
fn is_broken_off(error: &Error) -> bool {
    matches!(error, Error::System { source, .. } if source.kind() == ErrorKind::ConnectionAborted)
}

/// Connects through the directory's descriptor, so that the length of its path does not matter
/// (unix(7) allows 107 bytes). The send timeout bounds the wait for a full backlog (unix(7)).
fn reach(session: &SessionDir, deadline: Instant) -> nix::Result<OwnedFd> {
    let socket = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    // A timeout of zero would mean none at all.
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let left = TimeVal::new(left.as_secs() as i64, i64::from(left.subsec_micros()));
    setsockopt(&socket, sockopt::SendTimeout, &left)?;
    let path = format!("/proc/self/fd/{}/{}", session.dir().as_fd().as_raw_fd(), file::CONTROL);
    connect(socket.as_raw_fd(), &UnixAddr::new(path.as_str())?)?;
    Ok(socket)
}
