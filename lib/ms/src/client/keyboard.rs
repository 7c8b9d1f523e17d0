//! What a person types on the terminal: how much of it is read at a time, what of it goes to the program, and
//! what it tells the client to do. It is given bytes and times, and returns what is to be done with them.

use std::time::{Duration, Instant};

use super::keys::typed::{Key, Typed};
use super::keys::{Command, Keys, Prefix};

/// A sequence that is cut at the end of a read is completed within this, or never.
const COMPLETED_WITHIN: Duration = Duration::from_millis(20);
/// More bytes than this at once are a paste, not keys.
const FEW_KEYS: usize = 256;

/// Where a person types.
pub(super) trait Typist {
    /// How many bytes were typed and not read.
    fn unread(&self) -> usize;

    /// Reads what was typed; `Ok(0)` if the terminal is gone.
    ///
    /// # Errors
    /// `EAGAIN` if nothing was typed, or what the system says.
    fn read(&self, buffer: &mut [u8]) -> nix::Result<usize>;
}

/// What is to be done about what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The program gets these bytes.
    Send(Vec<u8>),
    /// A key behind the prefix asks for this.
    Obey(Command),
    /// The terminal leaves the session.
    Leave,
    /// Somebody is there, though the program gets nothing of what they type.
    Somebody,
}

/// The state between reads.
#[derive(Debug)]
pub(super) struct Keyboard {
    keys: Keys,
    /// Keys of a client that only looks.
    idle: Option<Typed>,
    /// When what was held back is no longer waited for.
    due: Option<Instant>,
}

impl Keyboard {
    /// With this prefix, or none; one that is `read_only` sends the program nothing.
    pub(super) fn new(prefix: Option<Prefix>, read_only: bool) -> Keyboard {
        Keyboard { keys: Keys::new(prefix), idle: read_only.then(Typed::default), due: None }
    }

    /// When an open sequence is no longer waited for.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether that is now.
    pub(super) fn take_due(&mut self, now: Instant) -> bool {
        self.due.take_if(|due| *due <= now).is_some()
    }

    /// A key is open that more bytes may complete.
    pub(super) fn wait_for_more(&mut self, now: Instant) {
        self.due = Some(now + COMPLETED_WITHIN);
    }

    /// Reads what was typed. Of a few keys it reads up to one that is the client's, as that may open a pager,
    /// which reads what is behind it; a single byte (`one`) where something of the client's has the keyboard.
    ///
    /// # Errors
    /// Those of [`Typist::read`].
    pub(super) fn read(&self, terminal: &impl Typist, one: bool, buffer: &mut [u8]) -> nix::Result<usize> {
        let waiting = terminal.unread();
        if waiting > FEW_KEYS {
            return terminal.read(buffer);
        }
        let (mut keys, mut count) = (self.keys.clone(), 0);
        while count < waiting.max(1) {
            match terminal.read(&mut buffer[count..count + 1]) {
                Ok(1) => count += 1,
                _ if count > 0 => break,
                ended => return ended,
            }
            if one || keys.feed(&buffer[count - 1..count], &mut Vec::new()).1.is_some() {
                break;
            }
        }
        Ok(count)
    }

    /// Takes what was read, up to the first command; how many bytes that were, and what is to be done.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> (usize, Vec<Effect>) {
        let mut pass = Vec::new();
        let (taken, command) = self.keys.feed(bytes, &mut pass);
        let effects = self.send(pass).into_iter().chain(command.map(Effect::Obey));
        (taken, effects.collect())
    }

    /// All that was read is taken. `extended`: a keyboard protocol is on, so that an ESC may be the beginning
    /// of a key.
    pub(super) fn settle(&mut self, extended: bool, now: Instant) -> Option<Effect> {
        let mut pass = Vec::new();
        let waits = self.keys.settle(extended, &mut pass);
        self.due = waits.then(|| now + COMPLETED_WITHIN);
        self.send(pass)
    }

    /// What was held back is not completed.
    pub(super) fn flush(&mut self) -> Option<Effect> {
        let mut pass = Vec::new();
        self.keys.flush(&mut pass);
        self.send(pass)
    }

    fn send(&mut self, bytes: Vec<u8>) -> Option<Effect> {
        let Some(idle) = &mut self.idle else { return (!bytes.is_empty()).then_some(Effect::Send(bytes)) };
        // Nobody else has a use for Ctrl-C there.
        let mut keys = Vec::new();
        idle.feed(&bytes, &mut keys);
        match keys.contains(&Key::Ctrl('c')) {
            true => Some(Effect::Leave),
            false => (!keys.is_empty()).then_some(Effect::Somebody),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    use nix::errno::Errno;

    fn keyboard(read_only: bool) -> Keyboard {
        Keyboard::new(Prefix::configured("C-\\").unwrap(), read_only)
    }

    fn send(text: &str) -> Effect {
        Effect::Send(text.as_bytes().to_vec())
    }

    /// What was typed, and the sizes of the reads.
    struct Line(RefCell<(Vec<u8>, Vec<usize>)>);

    impl Line {
        fn new(bytes: &[u8]) -> Line {
            Line(RefCell::new((bytes.to_vec(), Vec::new())))
        }
    }

    impl Typist for Line {
        fn unread(&self) -> usize {
            self.0.borrow().0.len()
        }

        fn read(&self, buffer: &mut [u8]) -> nix::Result<usize> {
            let (left, reads) = &mut *self.0.borrow_mut();
            let count = left.len().min(buffer.len());
            if count == 0 {
                return Err(Errno::EAGAIN);
            }
            buffer[..count].copy_from_slice(&left.drain(..count).collect::<Vec<u8>>());
            reads.push(count);
            Ok(count)
        }
    }

    #[test]
    fn keys_are_read_up_to_one_of_the_client_s_and_a_paste_at_once() {
        let mut buffer = [0; 4096];
        let paste = [b'x'; FEW_KEYS + 1];
        for (typed, one, taken) in
            [(&b"ab\x1c[jj"[..], false, 4), (b"ab", false, 2), (b"jj", true, 1), (&paste, true, FEW_KEYS + 1)]
        {
            let line = Line::new(typed);
            assert_eq!(keyboard(false).read(&line, one, &mut buffer), Ok(taken), "{typed:?}");
            assert_eq!(buffer[..taken], typed[..taken]);
        }
        let (nothing, paste) = (Line::new(b""), Line::new(&paste));
        assert_eq!(keyboard(false).read(&nothing, false, &mut buffer), Err(Errno::EAGAIN));
        keyboard(false).read(&paste, false, &mut buffer).unwrap();
        assert_eq!(paste.0.borrow().1, [FEW_KEYS + 1]);
    }

    #[test]
    fn the_program_gets_what_stands_before_a_command_and_then_what_stands_behind_it() {
        let mut keyboard = keyboard(false);
        assert_eq!(keyboard.feed(b"ls\x1cd-l"), (4, vec![send("ls"), Effect::Obey(Command::Detach)]));
        assert_eq!(keyboard.feed(b"-l"), (2, vec![send("-l")]));
        assert_eq!(keyboard.feed(b"\x1c"), (1, vec![]));
        assert_eq!(keyboard.feed(b"\x1c"), (1, vec![send("\x1c")]));
    }

    #[test]
    fn what_is_held_back_is_sent_when_nothing_completes_it() {
        let (mut keyboard, now) = (keyboard(false), Instant::now());
        assert_eq!(keyboard.feed(b"\x1b[9"), (3, vec![]));
        assert_eq!((keyboard.settle(false, now), keyboard.due()), (None, Some(now + COMPLETED_WITHIN)));
        assert!(!keyboard.take_due(now) && keyboard.take_due(now + COMPLETED_WITHIN));
        assert_eq!((keyboard.due(), keyboard.flush()), (None, Some(send("\x1b[9"))));
        // An ESC alone is a key, unless it may begin one.
        for (extended, sent) in [(false, Some(send("\x1b"))), (true, None)] {
            let mut keyboard = self::keyboard(false);
            keyboard.feed(b"\x1b");
            assert_eq!(keyboard.settle(extended, now), sent);
            assert_eq!(keyboard.due().is_some(), extended);
        }
    }

    #[test]
    fn who_only_looks_sends_nothing_and_leaves_by_the_key_that_interrupts() {
        let mut keyboard = keyboard(true);
        assert_eq!(keyboard.feed(b"rm -r x\r"), (8, vec![Effect::Somebody]));
        assert_eq!(keyboard.feed(b"\x1b[?62;4c\x1b[3;4R"), (14, vec![]), "what a terminal answers is nobody");
        assert_eq!(keyboard.feed(b"\x1b[99;5u"), (7, vec![Effect::Leave]));
        assert_eq!(keyboard.feed(b"\x03\x1cn"), (3, vec![Effect::Leave, Effect::Obey(Command::Forward)]));
    }
}
