//! The program's terminal: the sides of its pty that the server holds, and everything that the kernel is
//! asked of it or told to do with it. What it writes goes to `intake`, what is typed comes from `input`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::signal::Signal;
use nix::sys::termios::{FlowArg, FlushArg, LocalFlags, Termios, tcflow, tcflush, tcgetattr};
use nix::unistd::read;

use super::interrupt::{self, Interrupt};
use ms_platform::sys::tty;

/// With so much unread in the kernel's queue (of 4096 bytes, fewer where bytes are marked) a key may not be
/// looked at any more.
const UNREAD: u32 = 1024;
/// More reads than this do not empty a terminal that somebody keeps filling.
const READS: usize = 64;

/// Both sides.
#[derive(Debug)]
pub(super) struct ProgramTerminal {
    /// None once the program and its terminal are gone.
    master: Option<OwnedFd>,
    /// Kept open as long as the program lives, which may close its terminal and open it again.
    slave: Option<OwnedFd>,
}

/// How the terminal takes lines: termios(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineModes {
    /// It edits lines.
    pub(super) canonical: bool,
    /// It shows what is typed.
    pub(super) echo: bool,
}

impl ProgramTerminal {
    /// The terminal of a program that runs.
    pub(super) fn new(master: OwnedFd, slave: OwnedFd) -> ProgramTerminal {
        ProgramTerminal { master: Some(master), slave: Some(slave) }
    }

    /// The master; none once nothing can come from it any more.
    pub(super) fn master(&self) -> Option<BorrowedFd<'_>> {
        self.master.as_ref().map(AsFd::as_fd)
    }

    /// Nothing more can come, and nothing can be typed.
    pub(super) fn lose(&mut self) {
        self.master = None;
    }

    /// What the program wrote comes to an end now.
    pub(super) fn program_ended(&mut self) {
        self.slave = None;
    }

    /// Its modes.
    pub(super) fn modes(&self) -> Option<Termios> {
        tcgetattr(self.master()?).ok()
    }

    /// The modes that say how it takes lines.
    pub(super) fn line_modes(&self) -> Option<LineModes> {
        let flags = self.modes()?.local_flags;
        Some(LineModes {
            canonical: flags.contains(LocalFlags::ICANON),
            echo: flags.contains(LocalFlags::ECHO),
        })
    }

    /// The process group in front.
    pub(super) fn front_group(&self) -> Option<i32> {
        tty::foreground_group(self.master()?).ok()
    }

    /// Gives it this size.
    pub(super) fn set_size(&self, cols: u16, rows: u16) {
        let _ = self.master().map(|master| tty::set_size(master, cols, rows));
    }

    /// Bytes that can be read by the program and are not; none if that cannot be told.
    pub(super) fn unread(&self) -> Option<u32> {
        tty::unread(self.peer()?).ok()
    }

    /// The other side, opened anew: the one that is kept open may have been hung up.
    fn peer(&self) -> Option<OwnedFd> {
        tty::peer(self.master()?).ok()
    }

    /// Raises a signal in the group in front.
    pub(super) fn signal_front(&self, signal: Signal) {
        let _ = self.master().map(|master| tty::signal_foreground(master, signal));
    }

    /// Drops what the program has not read.
    pub(super) fn flush_input(&self) {
        let _ = self.peer().map(|slave| tcflush(slave, FlushArg::TCIFLUSH));
    }

    /// Drops what the program has not read, and counts it. `begun`: bytes of a line that is not ended, which
    /// cannot be read in canonical mode.
    pub(super) fn discard_input(&self, begun: usize) -> usize {
        let Some(slave) = self.peer() else { return 0 };
        let mut buffer = [0; 4096];
        let read = (0..READS).map_while(|_| read(&slave, &mut buffer).ok()).sum::<usize>();
        let _ = tcflush(&slave, FlushArg::TCIFLUSH);
        read + begun
    }

    /// The last key among these that raises a signal, if the terminal can't take it in its turn. `waits`:
    /// more waits to be typed before them.
    pub(super) fn interrupting(&self, bytes: &[u8], waits: bool) -> Option<Interrupt> {
        let modes = self.modes()?;
        let interrupt = interrupt::find(&modes, bytes);
        let restarts = interrupt::restarts(&modes, bytes);
        let is_stuck = || waits || self.unread().is_some_and(|count| count >= UNREAD);
        if (interrupt.is_none() && !restarts) || !is_stuck() {
            return None;
        }
        if restarts {
            self.restart_output();
        }
        interrupt
    }

    /// What signal this key raises, if any. A key that only lets output go on has done that.
    pub(super) fn raised_by(&self, key: u8) -> Option<Interrupt> {
        let modes = self.modes()?;
        if interrupt::restarts(&modes, &[key]) {
            self.restart_output();
        }
        interrupt::find(&modes, &[key])
    }

    /// Lets output go on that a person has stopped (Ctrl-S): a program that waits for that reads nothing.
    fn restart_output(&self) {
        // The kernel starts only what was stopped by the same call.
        for action in [FlowArg::TCOOFF, FlowArg::TCOON] {
            let _ = self.peer().map(|slave| tcflow(slave, action));
        }
    }
}
