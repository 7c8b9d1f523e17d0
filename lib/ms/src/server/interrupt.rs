//! What gets through to a program that reads nothing. The kernel looks for the keys that raise signals only
//! in what its own queue has room for, so behind a full one a person's Ctrl-C would wait for ever. Then it
//! is done here as the kernel does it (n_tty): the signal, and what was typed before is dropped, unless the
//! program forbade that (NOFLSH).

use nix::sys::signal::Signal;
use nix::sys::termios::{InputFlags, LocalFlags, SpecialCharacterIndices, Termios};

/// The keys that raise signals, and which.
const KEYS: [(SpecialCharacterIndices, Signal); 3] = [
    (SpecialCharacterIndices::VINTR, Signal::SIGINT),
    (SpecialCharacterIndices::VQUIT, Signal::SIGQUIT),
    (SpecialCharacterIndices::VSUSP, Signal::SIGTSTP),
];

/// A key that raises a signal, among what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interrupt {
    /// Its place.
    pub(super) at: usize,
    pub(super) key: u8,
    pub(super) signal: Signal,
    /// What was typed before it is dropped.
    pub(super) flushes: bool,
}

/// The last key among these that raises a signal.
pub(super) fn find(modes: &Termios, bytes: &[u8]) -> Option<Interrupt> {
    if !modes.local_flags.contains(LocalFlags::ISIG) {
        return None;
    }
    let flushes = !modes.local_flags.contains(LocalFlags::NOFLSH);
    let signal = |byte: u8| {
        let key = KEYS.into_iter().find(|(index, _)| is_key(modes, *index, byte));
        key.map(|(_, signal)| signal)
    };
    let found = |(at, key): (usize, &u8)| Some(Interrupt { at, key: *key, signal: signal(*key)?, flushes });
    bytes.iter().enumerate().rev().find_map(found)
}

/// The keys of this terminal that raise signals; none where keys do not.
pub(super) fn signal_keys(modes: &Termios) -> Vec<u8> {
    match modes.local_flags.contains(LocalFlags::ISIG) {
        true => KEYS.map(|(key, _)| modes.control_chars[key as usize]).to_vec(),
        false => Vec::new(),
    }
}

/// Whether one of these lets output go on that was stopped.
pub(super) fn restarts(modes: &Termios, bytes: &[u8]) -> bool {
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
    use nix::sys::termios::tcgetattr;

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
