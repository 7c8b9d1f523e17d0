//! The ioctls of terminals: controlling terminal, size, foreground process group (ioctl_tty(2)).

use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::Signal;

/// Makes the terminal the calling session leader's controlling one.
pub fn set_controlling(tty: impl AsFd) -> nix::Result<()> {
    // SAFETY: TIOCSCTTY takes an int by value.
    Errno::result(unsafe { libc::ioctl(tty.as_fd().as_raw_fd(), libc::TIOCSCTTY, 0) }).map(drop)
}

/// Columns and rows of a terminal.
pub fn size(tty: impl AsFd) -> nix::Result<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one winsize, which this is.
    Errno::result(unsafe { libc::ioctl(tty.as_fd().as_raw_fd(), libc::TIOCGWINSZ, &mut size) })?;
    Ok((size.ws_col, size.ws_row))
}

/// Sets columns and rows; the kernel tells the foreground process group by SIGWINCH.
pub fn set_size(tty: impl AsFd, cols: u16, rows: u16) -> nix::Result<()> {
    let size = libc::winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCSWINSZ reads one winsize, which this is.
    Errno::result(unsafe { libc::ioctl(tty.as_fd().as_raw_fd(), libc::TIOCSWINSZ, &size) }).map(drop)
}

/// The terminal's foreground process group; through the master, that of the slave.
pub fn foreground_group(tty: impl AsFd) -> nix::Result<i32> {
    let mut group: libc::pid_t = 0;
    // SAFETY: TIOCGPGRP writes one pid_t, which this is.
    Errno::result(unsafe { libc::ioctl(tty.as_fd().as_raw_fd(), libc::TIOCGPGRP, &mut group) })?;
    Ok(group)
}

/// Sends the foreground process group SIGINT, SIGQUIT or SIGTSTP as the kernel does for a key, whoever its
/// processes belong to: TIOCSIG on the master (pty_signal in drivers/tty/pty.c).
pub fn signal_foreground(master: impl AsFd, signal: Signal) -> nix::Result<()> {
    // SAFETY: TIOCSIG takes the signal's number by value and no pointer.
    Errno::result(unsafe { libc::ioctl(master.as_fd().as_raw_fd(), libc::TIOCSIG, signal as libc::c_int) })
        .map(drop)
}

/// How many bytes were typed and wait to be read: FIONREAD on the slave.
pub fn unread(slave: impl AsFd) -> nix::Result<u32> {
    let mut count: libc::c_int = 0;
    // SAFETY: FIONREAD stores one int through the pointer, which is to a live int; the descriptor is
    // open for the borrow's life.
    Errno::result(unsafe { libc::ioctl(slave.as_fd().as_raw_fd(), libc::FIONREAD, &mut count) })?;
    Ok(count.max(0) as u32)
}

/// Opens the slave of `master` without a path and without making it the controlling terminal:
/// TIOCGPTPEER. While it is open the master sees no end, so it must be closed at once.
pub fn peer(master: impl AsFd) -> nix::Result<OwnedFd> {
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC | libc::O_NONBLOCK;
    // SAFETY: TIOCGPTPEER takes open(2) flags by value and no pointer.
    let fd = Errno::result(unsafe { libc::ioctl(master.as_fd().as_raw_fd(), libc::TIOCGPTPEER, flags) })?;
    // SAFETY: the kernel has just returned this descriptor; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
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
