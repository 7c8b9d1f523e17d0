//! What gets through to a program that reads nothing. The kernel looks for the keys that raise signals only
//! in what its own queue has room for, so behind a full one a person's Ctrl-C would wait for ever. Then it
//! is done here as the kernel does it (n_tty): the signal, and what was typed before is dropped, unless the
//! program forbade that (NOFLSH).

use std::os::fd::OwnedFd;

use nix::sys::signal::Signal;
use nix::sys::termios::{
    FlowArg, FlushArg, InputFlags, LocalFlags, SpecialCharacterIndices, Termios, tcflow, tcflush, tcgetattr,
};
use nix::unistd::read;

use super::{Server, now};
use crate::judge::Edge;
use crate::platform::sys::tty;

/// With so much unread in the kernel's queue (of 4096 bytes, fewer where bytes are marked) a key may not be
/// looked at any more.
const UNREAD: u32 = 1024;
/// More reads than this do not empty a terminal that somebody keeps filling.
const READS: usize = 64;

/// A key that raises a signal, among what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interrupt {
    /// Its place.
    pub(super) at: usize,
    key: u8,
    signal: Signal,
    /// What was typed before it is dropped.
    flushes: bool,
}

impl Server {
    /// The last key among these that raises a signal, if the terminal can't take it in its turn.
    pub(super) fn interrupting(&mut self, bytes: &[u8]) -> Option<Interrupt> {
        let modes = tcgetattr(self.master.as_ref()?).ok()?;
        let interrupt = find(&modes, bytes);
        let restarts = restarts(&modes, bytes);
        if (interrupt.is_none() && !restarts) || !self.is_stuck() {
            return None;
        }
        if restarts {
            self.restart_output();
        }
        interrupt
    }

    /// Raises the signal, and drops what waits if that belongs to it.
    pub(super) fn interrupt(&mut self, interrupt: Interrupt) {
        if interrupt.flushes {
            self.drop_input("a key interrupted the program");
            let _ = self.slave().map(|slave| tcflush(slave, FlushArg::TCIFLUSH));
        }
        self.judge.note(now(), Edge::Input { bytes: &[interrupt.key], echo_off: false });
        let _ = self.master.as_ref().map(|master| tty::signal_foreground(master, interrupt.signal));
    }

    /// Does what a key asks for before its turn. None: what was typed before it was dropped, who typed that
    /// was told, and the key is done with. Else whether the key is done with.
    pub(super) fn interrupt_now(&mut self, key: u8) -> Option<bool> {
        let Some(modes) = self.master.as_ref().and_then(|master| tcgetattr(master).ok()) else {
            return Some(false);
        };
        if restarts(&modes, &[key]) {
            self.restart_output();
        }
        let Some(interrupt) = find(&modes, &[key]) else { return Some(false) };
        self.interrupt(interrupt);
        (!interrupt.flushes).then_some(true)
    }

    /// Drops what waits to be read by the program, here and in its terminal; returns how many bytes.
    pub(super) fn discard(&mut self) -> usize {
        let begun = if self.input.is_empty() { self.line.len() } else { 0 };
        let mut dropped = self.drop_input("dropped by mssend --discard");
        if let Some(slave) = self.slave() {
            let mut buffer = [0; 4096];
            dropped += (0..READS).map_while(|_| read(&slave, &mut buffer).ok()).sum::<usize>();
            // In canonical mode the line that is not ended can't be read.
            dropped += begun;
            let _ = tcflush(&slave, FlushArg::TCIFLUSH);
        }
        dropped
    }

    fn is_stuck(&self) -> bool {
        !self.input.is_empty()
            || self.slave().is_some_and(|slave| tty::unread(&slave).is_ok_and(|count| count >= UNREAD))
    }

    /// Lets output go on that a person has stopped (Ctrl-S): a program that waits for that reads nothing.
    fn restart_output(&self) {
        // The kernel starts only what was stopped by the same call.
        for action in [FlowArg::TCOOFF, FlowArg::TCOON] {
            let _ = self.slave().map(|slave| tcflow(slave, action));
        }
    }

    fn slave(&self) -> Option<OwnedFd> {
        tty::peer(self.master.as_ref()?).ok()
    }
}

fn find(modes: &Termios, bytes: &[u8]) -> Option<Interrupt> {
    if !modes.local_flags.contains(LocalFlags::ISIG) {
        return None;
    }
    let flushes = !modes.local_flags.contains(LocalFlags::NOFLSH);
    let signal = |byte: u8| {
        let keys = [
            (SpecialCharacterIndices::VINTR, Signal::SIGINT),
            (SpecialCharacterIndices::VQUIT, Signal::SIGQUIT),
            (SpecialCharacterIndices::VSUSP, Signal::SIGTSTP),
        ];
        let key = keys.into_iter().find(|(index, _)| is_key(modes, *index, byte));
        key.map(|(_, signal)| signal)
    };
    let found = |(at, key): (usize, &u8)| Some(Interrupt { at, key: *key, signal: signal(*key)?, flushes });
    bytes.iter().enumerate().rev().find_map(found)
}

fn restarts(modes: &Termios, bytes: &[u8]) -> bool {
    modes.input_flags.contains(InputFlags::IXON)
        && bytes.iter().any(|byte| is_key(modes, SpecialCharacterIndices::VSTART, *byte))
}

/// Whether the byte is that key; 0 switches a key off (_POSIX_VDISABLE).
fn is_key(modes: &Termios, index: SpecialCharacterIndices, byte: u8) -> bool {
    byte != 0 && modes.control_chars[index as usize] == byte
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::pty::openpty;

    fn modes(change: impl FnOnce(&mut Termios)) -> Termios {
        let mut modes = tcgetattr(&openpty(None, None).unwrap().slave).unwrap();
        change(&mut modes);
        modes
    }

    #[test]
    fn the_last_key_that_raises_a_signal_is_found_where_keys_do() {
        let usual = modes(|_| {});
        let found = find(&usual, b"ab\x03c\x1cd").unwrap();
        assert_eq!((found.at, found.signal, found.flushes), (4, Signal::SIGQUIT, true));
        assert_eq!(find(&usual, b"\x1a").unwrap().signal, Signal::SIGTSTP);
        assert_eq!(find(&usual, b"abc\0\r\x04"), None);
        assert_eq!(find(&modes(|modes| modes.local_flags -= LocalFlags::ISIG), b"\x03"), None);
        let kept = modes(|modes| modes.local_flags |= LocalFlags::NOFLSH);
        assert!(!find(&kept, b"\x03").unwrap().flushes);
        let other = modes(|modes| {
            modes.control_chars[SpecialCharacterIndices::VINTR as usize] = b'!';
            modes.control_chars[SpecialCharacterIndices::VQUIT as usize] = 0;
        });
        assert_eq!((find(&other, b"a!").unwrap().at, find(&other, b"\x03\x1c\0")), (1, None));
    }

    #[test]
    fn output_goes_on_by_the_key_for_it_where_it_can_be_stopped() {
        assert!(restarts(&modes(|modes| modes.input_flags |= InputFlags::IXON), b"a\x11"));
        assert!(!restarts(&modes(|modes| modes.input_flags -= InputFlags::IXON), b"a\x11"));
    }
}
