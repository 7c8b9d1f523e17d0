//! The ioctls of terminals: controlling terminal, size, foreground process group (ioctl_tty(2)).

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::Signal;
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

use super::errno;

/// Makes the terminal the calling session leader's controlling one.
///
/// # Errors
/// EPERM if the caller leads none or the terminal has another, ENOTTY.
pub fn set_controlling(tty: impl AsFd) -> nix::Result<()> {
    rustix::process::ioctl_tiocsctty(tty).map_err(errno)
}

/// Columns and rows of a terminal.
///
/// # Errors
/// ENOTTY; EIO where the other end is gone.
pub fn size(tty: impl AsFd) -> nix::Result<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(tty).map_err(errno)?;
    Ok((size.ws_col, size.ws_row))
}

/// Sets columns and rows; the kernel tells the foreground process group by SIGWINCH.
///
/// # Errors
/// ENOTTY; EIO where the other end is gone.
pub fn set_size(tty: impl AsFd, cols: u16, rows: u16) -> nix::Result<()> {
    let size = Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(tty, size).map_err(errno)
}

/// The terminal's foreground process group; through the master, that of the slave. 0 if there is none (for
/// which rustix has an error).
///
/// # Errors
/// ENOTTY; EIO where the other end is gone.
pub fn foreground_group(tty: impl AsFd) -> nix::Result<i32> {
    nix::unistd::tcgetpgrp(tty).map(nix::unistd::Pid::as_raw)
}

/// Sends the foreground process group SIGINT, SIGQUIT or SIGTSTP as the kernel does for a key, whoever its
/// processes belong to: TIOCSIG on the master (pty_signal in drivers/tty/pty.c). By hand: neither nix nor
/// rustix has it.
///
/// # Errors
/// ENOTTY; EINVAL for another signal.
pub fn signal_foreground(master: impl AsFd, signal: Signal) -> nix::Result<()> {
    // SAFETY: TIOCSIG takes the signal's number by value and no pointer.
    Errno::result(unsafe { libc::ioctl(master.as_fd().as_raw_fd(), libc::TIOCSIG, signal as libc::c_int) })
        .map(drop)
}

/// How many bytes were typed and wait to be read: FIONREAD on the slave.
///
/// # Errors
/// ENOTTY; EIO where the other end is gone.
pub fn unread(slave: impl AsFd) -> nix::Result<u32> {
    let count = rustix::io::ioctl_fionread(slave).map_err(errno)?;
    Ok(count.try_into().unwrap_or(u32::MAX))
}

/// Opens the slave of `master` without a path and without making it the controlling terminal:
/// TIOCGPTPEER. While it is open the master sees no end, so it must be closed at once.
///
/// # Errors
/// EIO where the pty is gone, EMFILE.
pub fn peer(master: impl AsFd) -> nix::Result<OwnedFd> {
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC | libc::O_NONBLOCK;
    // O_NONBLOCK has no name there, and is one of those that open(2) knows.
    let flags = OpenptFlags::from_bits_retain(flags as u32);
    rustix::pty::ioctl_tiocgptpeer(master, flags).map_err(errno)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::pty::openpty;
    use std::io::Write;

    #[test]
    fn what_was_typed_and_not_read_is_counted_through_the_master() {
        let pty = openpty(None, None).unwrap();
        let slave = peer(&pty.master).unwrap();
        assert_eq!(unread(&slave), Ok(0));
        let mut master = std::fs::File::from(pty.master);
        master.write_all(b"abc\n").unwrap();
        // The kernel hands typed bytes on from a worker of its own.
        let mut waiting = [nix::poll::PollFd::new(slave.as_fd(), nix::poll::PollFlags::POLLIN)];
        nix::poll::poll(&mut waiting, 10_000u16).unwrap();
        assert_eq!(unread(&slave), Ok(4));
    }
}
