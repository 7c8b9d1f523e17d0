//! A terminal as a person has one: a pty, a program on it, and what it shows.
#![allow(dead_code, reason = "what a person can do; not every test does all of it")]

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use ms_terminal::scan::{EventKind, Query, Scanner};
use ms_terminal::screen::{Screen, answers};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};

use super::{LIMIT, World};

/// A program that has not written for this long has nothing more to write.
const QUIET: Duration = Duration::from_millis(500);

/// A program on a terminal.
pub struct Terminal {
    master: File,
    slave: OwnedFd,
    child: Child,
    screen: Screen,
    /// Its name, if it answers queries.
    answers_as: Option<String>,
    scanner: Scanner,
    /// Every byte that the terminal was given.
    pub bytes: Vec<u8>,
}

impl Terminal {
    /// Starts a program of this world on a new terminal that is its controlling one.
    pub fn start(world: &World, program: &str, args: &[&str], cols: u16, rows: u16) -> Terminal {
        let size = Winsize { ws_col: cols, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        fcntl(&pty.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let stdio = || Stdio::from(pty.slave.try_clone().unwrap());
        let mut command = world.command(program);
        command.args(args).stdin(stdio()).stdout(stdio()).stderr(stdio());
        let child = spawn_in_session(&mut command);
        let screen = Screen::new(cols, rows);
        Terminal {
            master: pty.master.into(),
            slave: pty.slave,
            child,
            screen,
            answers_as: None,
            scanner: Scanner::new(),
            bytes: Vec::new(),
        }
    }

    /// From now on it answers every query, as terminals do: once, while it is read from. Asked for its
    /// version it gives this name.
    pub fn answer_as(&mut self, name: &str) {
        self.answers_as = Some(name.to_owned());
    }

    /// Types.
    pub fn send(&mut self, text: &str) {
        let mut bytes = text.as_bytes();
        while !bytes.is_empty() {
            match self.master.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.read(),
                Err(error) => panic!("typing: {error}"),
            }
        }
    }

    /// Waits until the screen shows this.
    pub fn expect(&mut self, text: &str) {
        self.until(text, |terminal| terminal.text().contains(text));
    }

    /// Waits until the bytes given since `from` contain this.
    pub fn expect_bytes(&mut self, from: usize, needle: &[u8]) {
        let what = String::from_utf8_lossy(needle).into_owned();
        self.until(&what, |terminal| {
            terminal.bytes[from..].windows(needle.len()).any(|window| window == needle)
        });
    }

    /// Waits until this holds.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Terminal) -> bool) {
        let deadline = Instant::now() + LIMIT;
        while !holds(self) {
            assert!(Instant::now() < deadline, "never {what:?}; the screen:\n{}", self.text());
            self.read();
        }
    }

    /// The screen as text.
    pub fn text(&self) -> String {
        self.screen.text().join("\n")
    }

    /// The terminal as a model has it.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Reads on until nothing has come for a while: for programs that say nothing when they are done.
    pub fn settle(&mut self) {
        let (mut seen, mut since) = (self.bytes.len(), Instant::now());
        while since.elapsed() < QUIET {
            self.read();
            if self.bytes.len() != seen {
                (seen, since) = (self.bytes.len(), Instant::now());
            }
        }
    }

    /// Waits for the program's end, reading on.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + LIMIT;
        loop {
            self.read();
            if let Some(status) = self.child.try_wait().unwrap() {
                self.read();
                return status;
            }
            assert!(Instant::now() < deadline, "does not end; the screen:\n{}", self.text());
        }
    }

    /// The program's process.
    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        ms_platform::sys::tty::set_size(&self.master, cols, rows).unwrap();
        let _ = self.screen.resize(cols, rows);
    }

    /// The program's side, to ask for its modes.
    pub fn slave(&self) -> &OwnedFd {
        &self.slave
    }

    /// Reads what is there, or waits a moment for it.
    pub fn read(&mut self) {
        let mut fds = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        let _ = poll(&mut fds, PollTimeout::from(50u8));
        let mut buffer = [0; 65536];
        while let Ok(count @ 1..) = self.master.read(&mut buffer) {
            self.take(&buffer[..count]);
        }
    }

    /// Shows what came; a query is answered as of where it stands.
    fn take(&mut self, bytes: &[u8]) {
        let (start, mut shown) = (self.bytes.len() as u64, 0);
        let mut events = Vec::new();
        self.scanner.feed(bytes, &mut |event| events.push(event));
        for event in events {
            let end = (event.end - start) as usize;
            let _ = self.screen.feed(&bytes[shown..end]);
            shown = end;
            if let EventKind::Query(query) = &event.what {
                self.answer(query);
            }
        }
        let _ = self.screen.feed(&bytes[shown..]);
        self.bytes.extend_from_slice(bytes);
    }

    fn answer(&mut self, query: &Query) {
        let Some(name) = &self.answers_as else { return };
        if let Some(answer) = answers::answer(query, &self.screen, &answers::Terminal::default()) {
            let answer = String::from_utf8(answer).unwrap().replace("|ms(", &format!("|{name}("));
            self.master.write_all(answer.as_bytes()).unwrap();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the command as the leader of a session of its own, with its standard input as the terminal.
fn spawn_in_session(command: &mut std::process::Command) -> Child {
    // SAFETY: between fork and exec only system calls are made: setsid(2) and ioctl(2).
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(|| {
            nix::unistd::setsid()?;
            ms_platform::sys::tty::set_controlling(std::io::stdin())?;
            Ok(())
        });
    }
    command.spawn().unwrap()
}
