//! The person's terminal: raw while the client is on a session, and exactly as it was before in every
//! way of leaving, a panic included (it is restored when it is dropped). It opens the terminal anew, so
//! that not blocking is its own affair and not that of the shell, which shares the old descriptor.
//!
//! Raw mode and size come from `nix` and `rustix`. `crossterm` knows them for one terminal of a process alone, the
//! controlling one for its size, and starts `tput` where that has none; this one may be another, and is lent.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{SetArg, SpecialCharacterIndices, Termios, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd;

use super::keyboard::Typist;
use super::relay::Sink;
use ms_platform::procfs::Proc;
use ms_platform::sys;
use ms_terminal::modes::ModeTracker;
use msession::format::error::{Error, Result};

/// A terminal that takes nothing for this long is left as it is.
const PATIENCE: Duration = Duration::from_millis(500);
/// Remembers the title on the terminal's own stack, and takes it back (xterm's ctlseqs, XTWINOPS).
const PUSH_TITLE: &[u8] = b"\x1b[22;0t";

/// The terminal; raw from [`Terminal::enter`] until it is left.
#[derive(Debug)]
pub(crate) struct Terminal {
    tty: OwnedFd,
    before: Termios,
    /// Whether it is raw now.
    entered: bool,
    /// TERM is unset or `dumb`: no sequence of our own reaches it.
    plain: bool,
    modes: ModeTracker,
}

impl Terminal {
    /// Opens the terminal that the client was started on.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be opened.
    pub(crate) fn open() -> Result<Terminal> {
        let plain = matches!(env::var("TERM").as_deref(), Err(_) | Ok("" | "dumb"));
        Terminal::on(find()?, plain)
    }

    fn on(tty: OwnedFd, plain: bool) -> Result<Terminal> {
        let before = tcgetattr(&tty).map_err(Error::errno("terminal"))?;
        Ok(Terminal { tty, before, entered: false, plain, modes: ModeTracker::default() })
    }

    /// Which terminal it is, as the number of its device. `/dev/tty` stands for the controlling one.
    pub(crate) fn device(&self) -> u64 {
        const DEV_TTY: u64 = nix::sys::stat::makedev(5, 0);
        match nix::sys::stat::fstat(&self.tty).map(|stat| stat.st_rdev) {
            Ok(device) if device != DEV_TTY => device,
            _ => Proc::new().stat(std::process::id() as i32).map_or(0, |stat| stat.tty),
        }
    }

    /// Makes it raw.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn enter(&mut self) -> Result<()> {
        let mut raw = self.before.clone();
        cfmakeraw(&mut raw);
        raw.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        raw.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        tcsetattr(&self.tty, SetArg::TCSANOW, &raw).map_err(Error::errno("terminal"))?;
        if !self.entered && !self.plain {
            self.write_all(PUSH_TITLE);
        }
        self.entered = true;
        Ok(())
    }

    /// Gives it to another program for a while, as it was before but for an alternate screen, so that
    /// whatever that program does leaves nothing in the scrollback. [`Terminal::enter`] takes it back.
    pub(crate) fn lend(&mut self) {
        if !self.plain {
            let bytes = [&self.start_over()[..], b"\x1b[?1049h\x1b[H\x1b[2J"].concat();
            self.write_all(&bytes);
        }
        let _ = tcsetattr(&self.tty, SetArg::TCSANOW, &self.before);
    }

    /// Undoes the modes that are on and gives the terminal back as it was.
    pub(crate) fn leave(&mut self) {
        if !std::mem::take(&mut self.entered) {
            return;
        }
        let undo = self.undo();
        self.write_all(&undo);
        self.modes = ModeTracker::default();
        // Not TCSADRAIN: a stopped terminal would never drain. A terminal that is gone has no modes.
        let _ = tcsetattr(&self.tty, SetArg::TCSANOW, &self.before);
    }

    /// Bytes that undo the modes that are on and put the cursor below everything.
    fn undo(&self) -> Vec<u8> {
        let mut bytes = self.undo_modes();
        bytes.extend_from_slice(if self.plain { b"\r\n" } else { b"\x1b[999;1H\r\n" });
        bytes
    }

    /// Bytes that undo the modes that are on, with the title set aside again for the next session.
    pub(crate) fn start_over(&self) -> Vec<u8> {
        let mut bytes = self.undo_modes();
        if !self.plain {
            bytes.extend_from_slice(PUSH_TITLE);
        }
        bytes
    }

    /// Bytes that undo the modes that are on.
    fn undo_modes(&self) -> Vec<u8> {
        self.modes.undo(self.size().0)
    }

    /// Writes what covers the screen over it.
    pub(crate) fn write_over(&mut self, bytes: &[u8]) {
        let prepared = self.modes.prepare_overlay();
        self.write_all(&[&prepared[..], bytes].concat());
    }

    /// Writes a bar over the last row, whatever of the program's is open.
    pub(crate) fn write_bar(&mut self, bar: &[u8]) {
        let abort = self.modes.abort();
        self.write_all(&abort);
        self.write_aside(bar);
    }

    /// Writes a line once the terminal was left.
    pub(crate) fn say(&mut self, line: &str) {
        self.write_all(format!("{line}\n").as_bytes());
    }

    fn wait_writable(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        let mut fds = [PollFd::new(self.tty.as_fd(), PollFlags::POLLOUT)];
        !left.is_zero() && matches!(poll(&mut fds, timeout), Ok(1) | Err(Errno::EINTR))
    }
}

impl Typist for Terminal {
    fn unread(&self) -> usize {
        sys::tty::unread(&self.tty).map_or(0, |count| count as usize)
    }

    fn read(&self, buffer: &mut [u8]) -> nix::Result<usize> {
        match unistd::read(&self.tty, buffer) {
            Err(Errno::EIO) => Ok(0),
            done => done,
        }
    }
}

impl Sink for Terminal {
    fn write(&mut self, bytes: &[u8]) -> nix::Result<usize> {
        loop {
            match unistd::write(&self.tty, bytes) {
                Ok(count) => {
                    self.modes.feed(&bytes[..count]);
                    return Ok(count);
                }
                Err(Errno::EAGAIN) => return Ok(0),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    fn write_all(&mut self, mut bytes: &[u8]) {
        let deadline = Instant::now() + PATIENCE;
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) if !self.wait_writable(deadline) => return,
                Ok(count) => bytes = &bytes[count..],
                Err(_) => return,
            }
        }
    }

    fn write_aside(&mut self, bytes: &[u8]) {
        let before = self.modes.clone();
        self.write_all(bytes);
        self.modes = before;
    }

    fn wait(&self) -> bool {
        self.wait_writable(Instant::now() + PATIENCE)
    }

    fn modes(&self) -> &ModeTracker {
        &self.modes
    }

    fn size(&self) -> (u16, u16) {
        sys::tty::size(&self.tty).unwrap_or((0, 0))
    }

    fn is_plain(&self) -> bool {
        self.plain
    }
}

impl AsFd for Terminal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tty.as_fd()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The terminal on standard input, else the controlling one: in `msls | xargs msswitch` standard input
/// is no terminal.
///
/// # Errors
/// There is none, or it cannot be opened.
pub(super) fn find() -> Result<OwnedFd> {
    let stdin = io::stdin();
    let path = if stdin.is_terminal() { "/proc/self/fd/0" } else { "/dev/tty" };
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NOCTTY | libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path);
    match opened {
        Ok(file) => Ok(file.into()),
        Err(error) if !stdin.is_terminal() && error.raw_os_error() == Some(libc::ENXIO) => {
            Err(Error::Refused("there is no terminal here to put on a session".into()))
        }
        Err(error) => Err(Error::system("terminal")(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::pty::openpty;
    use nix::sys::termios::LocalFlags;

    /// A pty: the terminal's side, and the side of the person who looks at it.
    fn pty() -> (OwnedFd, OwnedFd) {
        let pty = openpty(None, None).unwrap();
        (pty.slave, pty.master)
    }

    fn raw(tty: OwnedFd, plain: bool) -> Terminal {
        let mut terminal = Terminal::on(tty, plain).unwrap();
        terminal.enter().unwrap();
        terminal
    }

    fn is_raw(tty: impl AsFd) -> bool {
        !tcgetattr(tty).unwrap().local_flags.contains(LocalFlags::ICANON)
    }

    /// All that was written up to the end of leaving.
    fn seen(master: &OwnedFd) -> String {
        let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
        while !all.ends_with(b"\r\n") {
            let count = unistd::read(master, &mut buffer).unwrap();
            all.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn leaving_undoes_exactly_what_is_on() {
        let (tty, master) = pty();
        let shell = tty.try_clone().unwrap();
        let mut terminal = raw(tty, false);
        assert!(is_raw(&shell));
        terminal.write_all(b"\x1b[?1049h\x1b[?1000h\x1b[?2004h\x1b[?2004l");
        drop(terminal);
        assert!(!is_raw(&shell));
        let text = seen(&master);
        let left = text.split("\x1b[?2004l").nth(1).unwrap();
        assert_eq!(left, "\x1b[?1049l\x1b[?1000l\x1b[23;0t\x1b[999;1H\r\n");
    }

    #[test]
    fn a_panic_restores_it() {
        let (tty, master) = pty();
        let shell = tty.try_clone().unwrap();
        let result = std::panic::catch_unwind(move || {
            let mut terminal = raw(tty, false);
            terminal.write_all(b"\x1b[?1003h");
            std::panic::resume_unwind(Box::new("a bug"));
        });
        assert!(result.is_err());
        assert!(!is_raw(&shell));
        assert!(seen(&master).contains("\x1b[?1003l"));
    }

    #[test]
    fn a_plain_terminal_gets_no_sequence() {
        let (tty, master) = pty();
        drop(raw(tty, true));
        assert_eq!(seen(&master), "\r\n");
    }

    #[test]
    fn a_terminal_that_takes_nothing_is_left_in_time() {
        let (tty, _master) = pty();
        let flags = nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK);
        nix::fcntl::fcntl(&tty, flags).unwrap();
        let mut terminal = raw(tty, false);
        // The kernel moves what is written on to the other side a moment later.
        while terminal.write(b"x").unwrap() > 0 || terminal.wait_writable(Instant::now() + PATIENCE / 5) {}
        let began = Instant::now();
        drop(terminal);
        assert!(began.elapsed() < PATIENCE * 20, "it was not waited for");
    }
}
