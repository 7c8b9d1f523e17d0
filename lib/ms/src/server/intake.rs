//! What the program writes: from its terminal into the ring, past the scanner, which sees every byte as it
//! arrives, and into the terminal model when somebody looks. It acts on nothing that it finds.

use std::time::Duration;

use nix::errno::Errno;

use super::terminal::ProgramTerminal;
use super::view::{BACKLOG, View};
use super::{answer::Work, now};
use ms_platform::time::Time;
use ms_terminal::scan::{Event, Scanner};
use ms_terminal::screen::Screen;
use msession::store::ring;

/// Bytes that are asked for at a time; the kernel gives at most what its buffer holds.
const READ: usize = 64 << 10;

/// The output, in all the forms in which it is kept.
pub(super) struct Intake {
    ring: ring::Writer,
    scanner: Scanner,
    view: View,
    /// When the program last wrote.
    wrote_at: Duration,
    /// Bytes just read, and what the scanner found in them: kept for their memory alone.
    fresh: Vec<u8>,
    events: Vec<Event>,
}

impl Intake {
    /// Nothing yet, of a terminal of this size.
    pub(super) fn new(ring: ring::Writer, (cols, rows): (u16, u16)) -> Intake {
        let (fresh, events) = (Vec::new(), Vec::new());
        let view = View::new(cols, rows);
        Intake { ring, scanner: Scanner::new(), view, wrote_at: Duration::ZERO, fresh, events }
    }

    /// The ring.
    pub(super) fn ring(&self) -> &ring::Writer {
        &self.ring
    }

    /// The ring, to be put into another file.
    pub(super) fn ring_mut(&mut self) -> &mut ring::Writer {
        &mut self.ring
    }

    /// Bytes that the program has written.
    pub(super) fn written(&self) -> u64 {
        self.ring.written()
    }

    /// What the program has done lately; `reads_alone` is the judge's.
    pub(super) fn work(&self, reads_alone: bool) -> Work {
        Work { written: self.written(), wrote_at: self.wrote_at, reads_alone }
    }

    /// One read(2), looked through for queries and whatever else the screen does not show. Returns how many
    /// bytes, none if there was nothing or the terminal is gone, and what was found.
    pub(super) fn read(&mut self, terminal: &mut ProgramTerminal) -> (usize, Vec<Event>) {
        let mut events = std::mem::take(&mut self.events);
        let Some(master) = terminal.master() else { return (0, events) };
        let from = self.ring.written();
        let count = match self.ring.read_from(master, READ) {
            Err(error) if error.raw_os_error() == Some(Errno::EAGAIN as i32) => return (0, events),
            // EIO: nobody has the slave open any more (pty(7)), so the program has ended.
            Ok(0) | Err(_) => {
                terminal.lose();
                return (0, events);
            }
            Ok(count) => count,
        };
        self.ring.read(from, count, &mut self.fresh);
        // What a damaged ring lost at once still counts for the offsets of what follows.
        self.fresh.resize(count, 0);
        self.scanner.feed(&self.fresh, &mut |event| events.push(event));
        (count, events)
    }

    /// Takes the memory of those back.
    pub(super) fn keep(&mut self, mut events: Vec<Event>) {
        events.clear();
        self.events = events;
    }

    /// The program has written just now; returns when that is.
    pub(super) fn wrote(&mut self) -> Duration {
        self.wrote_at = now();
        self.wrote_at
    }

    /// Keeps the model from falling behind by more than it can make up for while somebody waits.
    pub(super) fn catch_up(&mut self) {
        while self.written().saturating_sub(self.view.fed()) > BACKLOG && self.view.feed_slice(&self.ring) {}
    }

    /// The screen as of the newest byte.
    pub(super) fn screen(&mut self) -> &mut Screen {
        self.view.current(&self.ring)
    }

    /// The screen as of `offset`, if it is not past that already.
    pub(super) fn screen_as_of(&mut self, offset: u64) -> &Screen {
        self.view.as_of(&self.ring, offset)
    }

    /// What restores the screen on any terminal, and the offset that it is of.
    pub(super) fn dump(&mut self) -> (Vec<u8>, u64) {
        let screen = self.view.current(&self.ring);
        let mut bytes = screen.dump();
        bytes.extend_from_slice(screen.tail());
        (bytes, self.written())
    }

    /// Another size from the newest byte on.
    pub(super) fn resize(&mut self, cols: u16, rows: u16) {
        self.view.resize(&self.ring, cols, rows);
        self.ring.mark_size(cols, rows, Time::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msession::store::ring;
    use nix::unistd::{pipe2, write};

    /// An intake from a pipe in place of a terminal.
    fn intake() -> (Intake, ProgramTerminal, std::os::fd::OwnedFd) {
        let (out, into) = pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
        let spare = into.try_clone().unwrap();
        let ring = ring::Writer::create(tempfile(), 1 << 20, 80, 24, Time(0)).unwrap();
        (Intake::new(ring, (80, 24)), ProgramTerminal::new(out, spare), into)
    }

    fn tempfile() -> std::fs::File {
        let flags = nix::sys::memfd::MFdFlags::empty();
        nix::sys::memfd::memfd_create("output", flags).unwrap().into()
    }

    #[test]
    fn what_is_read_is_found_kept_and_shown() {
        let (mut intake, mut terminal, program) = intake();
        write(&program, b"hello\x07").unwrap();
        let (count, events) = intake.read(&mut terminal);
        assert_eq!((count, events.len(), events[0].end, intake.written()), (6, 1, 6, 6));
        intake.keep(events);
        assert_eq!(intake.read(&mut terminal), (0, vec![]), "nothing more, and not the end");
        assert!(terminal.master().is_some());
        let (bytes, offset) = intake.dump();
        assert!(offset == 6 && bytes.windows(5).any(|bytes| bytes == b"hello"));
    }

    #[test]
    fn the_end_of_the_terminal_is_seen() {
        let (mut intake, mut terminal, program) = intake();
        terminal.program_ended();
        drop(program);
        assert_eq!(intake.read(&mut terminal), (0, vec![]));
        assert!(terminal.master().is_none());
    }
}
