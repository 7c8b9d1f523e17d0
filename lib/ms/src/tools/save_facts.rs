//! `msls --explain NAME --record FILE`: the facts that a session is judged by, into a file, until the
//! session is over or a signal ends it. The server sends them; writing them is ours, so a disk that is slow
//! makes nobody wait but us.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::cli::{Out, Outcome};
use crate::client::connect::{self, Connection};
use msession::format::error::{Error, Result};
use msession::format::frame::{Hello, Request, Type};
use msession::store::session::SessionDir;

/// Records the facts of `session` into a new file; `-` is standard output.
///
/// # Errors
///
/// `Refused` if the file exists already or the session's server is too old, `System` if it can't be made or
/// written. Nothing is made if the server does not answer.
pub(super) fn save(session: &SessionDir, file: &Path) -> Result<Outcome> {
    let signals = take_signals()?;
    let (mut connection, _) = Connection::open(session, &Hello::default())?;
    let header = connection.request(&Request::Record).map_err(|error| of_an_old_server(session, error))?;
    let mut sink = Sink::open(file)?;
    sink.write(header.as_str().unwrap_or_default().as_bytes())?;
    while pass_on(session, &mut connection, &mut sink)? {
        if wait(&connection, &signals)? {
            pass_on(session, &mut connection, &mut sink)?;
            break;
        }
    }
    Ok(Outcome::DONE)
}

/// Where a recording goes.
struct Sink {
    name: String,
    out: Box<dyn Write>,
}

impl Sink {
    fn open(file: &Path) -> Result<Sink> {
        if file == Path::new("-") {
            return Ok(Sink { name: "standard output".into(), out: Box::new(Out::new()) });
        }
        let name = file.to_string_lossy().into_owned();
        // It has what the screen shows: for nobody else to read.
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
            Ok(out) => Ok(Sink { name, out: Box::new(out) }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(Error::Refused(format!("{name} exists already; a recording goes into a new file")))
            }
            Err(error) => Err(Error::system(name)(error)),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.out.write_all(bytes).and_then(|()| self.out.flush());
        written.map_err(Error::system(self.name.clone()))
    }
}

/// Writes what has come; false once the session is over.
fn pass_on(session: &SessionDir, connection: &mut Connection, sink: &mut Sink) -> Result<bool> {
    loop {
        match connection.recv_now() {
            Ok(None) => return Ok(true),
            Ok(Some(frame)) if frame.kind == Type::Facts => sink.write(&frame.payload)?,
            Ok(Some(frame)) if frame.kind == Type::Refused => return Err(connect::refusal(&frame.payload)),
            Ok(Some(_)) => {}
            Err(error) => return if session.is_over()? { Ok(false) } else { Err(error) },
        }
    }
}

/// Waits for more; true if a signal ends it.
fn wait(connection: &Connection, signals: &SignalFd) -> Result<bool> {
    let mut fds = [connection.as_fd(), signals.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
    match poll(&mut fds, PollTimeout::NONE) {
        Ok(_) => Ok(fds[1].any() == Some(true)),
        Err(Errno::EINTR) => Ok(false),
        Err(errno) => Err(Error::errno("poll")(errno)),
    }
}

/// A signal ends the recording with a whole line.
fn take_signals() -> Result<SignalFd> {
    let mask: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    mask.thread_block().map_err(Error::errno("signals"))?;
    SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC).map_err(Error::errno("signalfd"))
}

/// A server that does not know the request says that it can't read the frame.
fn of_an_old_server(session: &SessionDir, error: Error) -> Error {
    match error {
        Error::Refused(why) | Error::Told { message: why, .. } if why.contains("unknown variant") => {
            let name = session.name();
            Error::Refused(format!("{name}: its server is of an older ms, which can't record; begin it anew"))
        }
        error => error,
    }
}
