//! A connection on which is typed: how much of it the program's terminal has not taken yet, and whether
//! it could lose any of it.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use serde::de::DeserializeOwned;

use crate::client::connect::{self, Connection, Frame};
use ms_terminal::keyboard::line::{Line, MAX_LINE};
use msession::format::error::{Error, Result};
use msession::format::frame::{Hello, ModesReply, Request, Type};
use msession::format::size;
use msession::store::session::SessionDir;

/// Bytes in one frame.
const PIECE: usize = 64 << 10;
/// From this many bytes on that the socket has not taken, no more are put before it.
const AHEAD: usize = 256 << 10;

/// A server that is not stopped answers within this time: what is asked last, at the deadline, is known.
const ANSWERS: Duration = Duration::from_millis(500);

/// Types into one session.
pub(super) struct Sender {
    /// The modes that the program had set when the connection began.
    pub(super) modes: ModesReply,
    connection: Connection,
    pub(super) name: String,
    line: Line,
    /// Lengths of the frames that are not taken yet.
    outstanding: VecDeque<usize>,
    pub(super) deadline: Option<Instant>,
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// The connection has something, or takes something.
    Connection,
    /// The other descriptor is readable.
    Other,
}

impl Sender {
    /// Connects and asks for the modes. Everything must be taken before `deadline`, if there is one.
    pub(super) fn open(session: &SessionDir, deadline: Option<Instant>) -> Result<Sender> {
        let (connection, _) = Connection::open_by(session, &Hello::default(), deadline)?;
        let (name, modes) = (session.name().to_string(), ModesReply::default());
        let line = Line::default();
        let mut sender = Sender { modes, connection, name, line, outstanding: VecDeque::new(), deadline };
        sender.renew_modes()?;
        Ok(sender)
    }

    /// Asks for the modes again.
    pub(super) fn renew_modes(&mut self) -> Result<()> {
        self.modes = self.ask(&Request::Modes)?;
        self.line = Line::begun(self.modes.line as usize);
        Ok(())
    }

    /// Asks the server one thing. Nothing that was typed may be outstanding.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, request: &Request) -> Result<T> {
        let deadline = self.deadline.map(|deadline| deadline.max(Instant::now() + ANSWERS));
        let reply = self.connection.request_by(request, deadline)?;
        serde_json::from_value(reply).map_err(|why| Error::damaged(format!("{}: answer", self.name), why))
    }

    /// Refuses what the program's terminal would lose a part of, before any of it is typed.
    pub(super) fn check(&mut self, bytes: &[u8]) -> Result<()> {
        self.check_begun(bytes)?;
        self.line = self.line.after(bytes);
        Ok(())
    }

    /// As [`Sender::check`], for what is not going to be typed yet.
    pub(super) fn check_begun(&self, bytes: &[u8]) -> Result<()> {
        let mut line = self.line;
        if !self.modes.canonical || line.push(bytes) {
            return Ok(());
        }
        let name = &self.name;
        Err(Error::Refused(format!(
            "{name}: a line is longer than {MAX_LINE} bytes: its terminal is in canonical mode and would \
             lose the rest (break the line, or let the program read keys)"
        )))
    }

    /// Types. Returns when the socket has taken nearly all of it.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        for piece in bytes.chunks(PIECE) {
            self.connection.send(Type::Send, piece);
            self.outstanding.push_back(piece.len());
            while self.connection.unsent() > AHEAD {
                self.wait(None)?;
            }
        }
        Ok(())
    }

    /// Returns once the program's terminal has taken everything.
    pub(super) fn wait_until_taken(&mut self) -> Result<()> {
        while !self.outstanding.is_empty() {
            self.wait(None)?;
        }
        Ok(())
    }

    /// Waits until something happens, and does what there is to do on the connection.
    pub(super) fn wait(&mut self, other: Option<BorrowedFd<'_>>) -> Result<Woken> {
        self.serve()?;
        if self.outstanding.is_empty() && other.is_none() {
            return Ok(Woken::Connection);
        }
        let mut events = PollFlags::POLLIN;
        events.set(PollFlags::POLLOUT, self.connection.unsent() > 0);
        let mut fds = vec![PollFd::new(self.connection.as_fd(), events)];
        fds.extend(other.map(|other| PollFd::new(other, PollFlags::POLLIN)));
        match poll(&mut fds, self.patience()?) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("poll")(errno)),
        }
        let ready = |at: usize| fds.get(at).and_then(PollFd::revents).is_some_and(|seen| !seen.is_empty());
        let woken = if ready(1) { Woken::Other } else { Woken::Connection };
        self.serve()?;
        Ok(woken)
    }

    fn serve(&mut self) -> Result<()> {
        self.connection.flush();
        let mut took = false;
        loop {
            match self.connection.recv_now() {
                Ok(Some(frame)) => self.take(&frame)?,
                Ok(None) => return Ok(()),
                // All was taken before the session ended; who has more to type hears of that then.
                Err(_) if took && self.outstanding.is_empty() => return Ok(()),
                Err(error) => return Err(error),
            }
            took = true;
        }
    }

    fn take(&mut self, frame: &Frame) -> Result<()> {
        match frame.kind {
            Type::Taken => drop(self.outstanding.pop_front()),
            Type::Refused => return Err(connect::refusal(&frame.payload)),
            Type::Ended if !self.outstanding.is_empty() => {
                return Err(Error::Refused(format!("{}: ended before all was typed", self.name)));
            }
            _ => {}
        }
        Ok(())
    }

    fn patience(&self) -> Result<PollTimeout> {
        let Some(deadline) = self.deadline else { return Ok(PollTimeout::NONE) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(self.late());
        }
        let rounded = left + std::time::Duration::from_millis(1);
        Ok(PollTimeout::try_from(rounded).unwrap_or(PollTimeout::MAX))
    }

    fn late(&self) -> Error {
        let bytes: usize = self.outstanding.iter().sum();
        let bytes = if bytes < 1024 { format!("{bytes} bytes") } else { size::show(bytes as u64) };
        let name = &self.name;
        Error::TimedOut(format!("{name}: {bytes} are not taken yet, they wait for its program to read"))
    }
}
