//! Output as it comes, until the session is over or nobody reads any more. The server rings when there
//! is more; the output is read from the file.

use std::io::Write;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::render::{Form, Render};
use crate::client::follow::{Follow, Heard};
use ms_terminal::scan::{EventKind, Scanner};
use msession::format::error::{Error, Result};
use msession::query::output::Source;
use msession::query::output::Start;

/// A line that does not end within so many bytes is handed on as it is.
const MAX_OPEN: usize = 64 << 10;

/// What takes the output: its offset, the bytes, and how many were lost before them.
pub(super) trait Sink {
    /// Takes what was written; to be handed on at once.
    fn take(&mut self, source: &Source, offset: u64, bytes: &[u8], gap: u64) -> Result<()>;
    /// The session is over.
    fn end(&mut self, source: &Source) -> Result<()>;
}

/// Follows from `start` on.
pub(super) fn run(source: &mut Source, start: Start, sink: &mut impl Sink) -> Result<()> {
    let mut follow = source.session().map(Follow::open).transpose().or_else(over_is_none)?;
    let mut next = start.offset;
    let mut gap = start.gap;
    let mut buffer = Vec::new();
    loop {
        source.look()?;
        while let Some(offset) = source.piece(next, source.range.written, &mut buffer)? {
            let lost = std::mem::take(&mut gap) + (offset - next);
            sink.take(source, offset, &buffer, lost)?;
            next = offset + buffer.len() as u64;
        }
        let Some(heard) = &mut follow else { break };
        heard.answer(next);
        match wait(heard)? {
            None => return Ok(()),
            // What was written last is in the file before the connection ends.
            Some(Heard::End) => follow = None,
            Some(_) => {}
        }
    }
    sink.end(source)
}

/// There is no server any more: what is there is all there will be.
fn over_is_none(error: Error) -> Result<Option<Follow>> {
    match error {
        Error::Refused(_) => Ok(None),
        error => Err(error),
    }
}

/// Waits for the server; none if nobody reads our output any more.
fn wait(follow: &mut Follow) -> Result<Option<Heard>> {
    loop {
        match follow.take() {
            Heard::Nothing => {}
            heard => return Ok(Some(heard)),
        }
        let stdout = std::io::stdout();
        let mut fds =
            [PollFd::new(follow.as_fd(), PollFlags::POLLIN), PollFd::new(stdout.as_fd(), PollFlags::empty())];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("poll")(errno)),
        }
        if fds[1].revents().is_some_and(|seen| seen.contains(PollFlags::POLLERR)) {
            return Ok(None);
        }
    }
}

/// Hands whole lines on: what a program does to a line before it ends is not seen.
pub(super) struct Lines<W: Write> {
    form: Form,
    out: W,
    /// The line that has not ended.
    open: Vec<u8>,
    alternate: bool,
    scanner: Scanner,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(form: Form, out: W) -> Lines<W> {
        Lines { form, out, open: Vec::new(), alternate: false, scanner: Scanner::new() }
    }

    /// Takes bytes, and writes the lines that they end.
    pub(super) fn feed(&mut self, source: &Source, offset: u64, bytes: &[u8]) -> Result<()> {
        let end = match memchr::memrchr(b'\n', bytes) {
            _ if self.form == Form::Raw => bytes.len(),
            Some(at) => at + 1,
            None if self.open.len() > MAX_OPEN => bytes.len(),
            None => 0,
        };
        self.open.extend_from_slice(&bytes[..end]);
        if end > 0 {
            self.write(source, offset)?;
        }
        self.open.extend_from_slice(&bytes[end..]);
        self.flush()
    }

    /// Writes what is left.
    pub(super) fn finish(&mut self, source: &Source) -> Result<()> {
        self.write(source, source.range.written)?;
        self.flush()
    }

    /// Bytes of the line that has not ended.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    fn write(&mut self, source: &Source, offset: u64) -> Result<()> {
        let bytes = std::mem::take(&mut self.open);
        let failed = || Error::system("standard output");
        let mut render = Render::new(source, self.form, offset, self.alternate)?;
        render.feed(offset, &bytes, &mut self.out).map_err(failed())?;
        render.finish(&mut self.out).map_err(failed())?;
        let alternate = &mut self.alternate;
        self.scanner.feed(&bytes, &mut |event| {
            if let EventKind::AltScreen(on) = event.what {
                *alternate = on;
            }
        });
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(Error::system("standard output"))
    }
}

impl Lines<Vec<u8>> {
    /// What was written since the last call.
    pub(super) fn taken(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}
