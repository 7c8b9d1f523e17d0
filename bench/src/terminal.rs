//! A terminal as a person has one: a pty with a program on it, and what it shows.

use std::ffi::CString;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use ms_platform::sys::process::{self, ForkedChild};
use ms_platform::sys::tty;
use ms_terminal::screen::Screen;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::PollFlags;
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, execvpe, setsid};

use crate::Result;
use crate::process::wait_for;
use crate::world::World;

/// Its size, and that of every session.
pub const SIZE: (u16, u16) = (80, 24);

/// A program on a terminal.
#[derive(Debug)]
pub struct Terminal {
    master: File,
    child: Pid,
    buffer: Vec<u8>,
}

impl Terminal {
    /// Starts a program of this world as the leader of a session of its own, by fork and exec.
    pub fn start(world: &World, argv: &[String]) -> Result<Terminal> {
        let size = Winsize { ws_col: SIZE.0, ws_row: SIZE.1, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None)?;
        let argv: Vec<CString> =
            argv.iter().map(|word| CString::new(word.as_str())).collect::<std::result::Result<_, _>>()?;
        let env = world.environment_block();
        let child = process::fork_child(|child| {
            let _ = become_program(child, &pty.slave, &argv, &env);
            127
        })?;
        fcntl(&pty.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        fcntl(&pty.master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        Ok(Terminal { master: pty.master.into(), child, buffer: vec![0; 64 << 10] })
    }

    /// Types.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.master.write_all(bytes)?)
    }

    /// What has come and was not read yet; waits for it.
    pub fn read(&mut self, deadline: Instant) -> Result<&[u8]> {
        wait_for(self.master.as_fd(), PollFlags::POLLIN, deadline)?;
        let count = self.master.read(&mut self.buffer)?;
        Ok(&self.buffer[..count])
    }

    /// Reads until this was in it, in one read; for a few bytes that come at once.
    pub fn expect(&mut self, needle: &[u8], deadline: Instant) -> Result<()> {
        let mut tail = Tail::default();
        loop {
            tail.push(self.read(deadline)?);
            if tail.contains(needle) {
                return Ok(());
            }
        }
    }

    /// Reads until a model of the terminal shows this somewhere.
    pub fn expect_on_screen(&mut self, text: &str, deadline: Instant) -> Result<()> {
        let mut screen = Screen::new(SIZE.0, SIZE.1);
        loop {
            let bytes = self.read(deadline)?;
            screen.feed(bytes)?;
            if screen.text().iter().any(|line| line.contains(text)) {
                return Ok(());
            }
        }
    }

    /// Reads what there is, until nothing came for a while.
    pub fn drain(&mut self, quiet: std::time::Duration) {
        while self.read(Instant::now() + quiet).is_ok() {}
    }
}

impl AsFd for Terminal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = kill(self.child, Signal::SIGKILL);
        let _ = nix::sys::wait::waitpid(self.child, None);
    }
}

/// The last bytes of a stream, in which something is looked for that it ends with.
#[derive(Debug, Default)]
pub struct Tail(Vec<u8>);

impl Tail {
    const LEN: usize = 4096;

    /// Takes in what came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&bytes[bytes.len().saturating_sub(Tail::LEN)..]);
        self.0.drain(..self.0.len().saturating_sub(Tail::LEN));
    }

    /// Whether it is there.
    pub fn contains(&self, needle: &[u8]) -> bool {
        self.0.windows(needle.len()).any(|window| window == needle)
    }
}

/// In the child: returns only if something failed.
fn become_program(
    child: &ForkedChild,
    slave: &OwnedFd,
    argv: &[CString],
    env: &[CString],
) -> nix::Result<()> {
    setsid()?;
    tty::set_controlling(slave)?;
    dup2_stdin(slave)?;
    dup2_stdout(slave)?;
    dup2_stderr(slave)?;
    child.keep_only(&[]);
    process::reset_signals();
    execvpe(&argv[0], argv, env).map(|never| match never {})
}
