//! What a person types, parted into what the program gets and what the client is told to do: the
//! prefix, in every form in which a terminal sends it and wherever a read is cut, and the key behind
//! it. Bytes that are the program's pass unchanged. Pure; it will never look into a bracketed paste.
//!
//! Terminals send a key as one write, so a sequence that is cut at the end of a read is nearly always
//! completed at once. It is held back until then, for as long as the caller waits before
//! [`Keys::flush`]. An ESC alone is held back only while a keyboard protocol is on, since otherwise it
//! is a key that is waited for.

mod prefix;
mod report;
pub mod typed;

pub use prefix::Prefix;
use report::{Event, Report};

use ms_terminal::keyboard::split::{self, Piece, Splitter};

/// What a key behind the prefix tells the client to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Leave the session running and go.
    Detach,
    /// Go to the session that needs somebody most.
    NextWaiting,
    /// Go to the session that this terminal was on before.
    Previous,
    /// Go to the next session of the list.
    Forward,
    /// Go to the one before it in the list.
    Back,
    /// Show a list to pick from.
    List,
    /// Open the command line.
    CommandLine,
    /// Show what the session wrote in a pager.
    Output,
    /// Paint the screen anew.
    Repaint,
    /// Show the keys.
    Help,
}

/// The keys behind the prefix, with what they do in a few words.
pub const COMMANDS: [(char, Command, &str); 10] = [
    ('d', Command::Detach, "leave; the session goes on"),
    ('w', Command::NextWaiting, "go to the session that needs somebody most"),
    ('-', Command::Previous, "go to the previous session"),
    ('n', Command::Forward, "go to the next session"),
    ('p', Command::Back, "go to the one before"),
    ('l', Command::List, "pick a session from a list"),
    ('/', Command::CommandLine, "command line"),
    ('[', Command::Output, "page through what the session wrote"),
    ('r', Command::Repaint, "repaint the screen"),
    ('?', Command::Help, "this help"),
];

/// So many keys may be down at once whose release is the client's.
const MOST_DOWN: usize = 8;

/// The state between reads.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: Option<Prefix>,
    splitter: Splitter,
    /// The prefix was pressed, the key behind it is to come.
    armed: bool,
    /// How many bytes of the held sequence the program has already.
    passed: usize,
    /// Keys whose press the client took: their release is the client's too.
    down: Vec<u32>,
    /// Continuation bytes of a character that was no command.
    skip: u8,
}

impl Keys {
    /// Keys with this prefix, or with none.
    pub fn new(prefix: Option<Prefix>) -> Keys {
        Keys { prefix, splitter: Splitter::default(), armed: false, passed: 0, down: Vec::new(), skip: 0 }
    }

    /// Takes what was read, up to the first command: appends the program's part to `pass` and returns
    /// how many bytes were taken.
    pub fn feed(&mut self, bytes: &[u8], pass: &mut Vec<u8>) -> (usize, Option<Command>) {
        if self.prefix.is_none() {
            pass.extend_from_slice(bytes);
            return (bytes.len(), None);
        }
        for (at, &byte) in bytes.iter().enumerate() {
            if let Some(command) = self.byte(byte, pass) {
                return (at + 1, Some(command));
            }
        }
        (bytes.len(), None)
    }

    /// To be called after each read: gives the program a lone ESC that nothing can follow, unless a
    /// keyboard protocol is on (`extended`). Returns whether [`Keys::flush`] is due within 20 ms.
    pub fn settle(&mut self, extended: bool, pass: &mut Vec<u8>) -> bool {
        if self.splitter.holds_escape_alone() && !extended && !self.armed && self.passed == 0 {
            pass.push(split::ESC);
            self.passed = 1;
        }
        self.splitter.held().len() > self.passed
    }

    /// What was held back is not completed: the program gets it. Behind the prefix, ESC is a key and
    /// takes the prefix back.
    pub fn flush(&mut self, pass: &mut Vec<u8>) {
        if !self.armed {
            pass.extend_from_slice(&self.splitter.held()[self.passed..]);
            self.passed = self.splitter.held().len();
        } else if self.splitter.give_up_escape() {
            self.armed = false;
        }
    }

    fn byte(&mut self, byte: u8, pass: &mut Vec<u8>) -> Option<Command> {
        let mut splitter = std::mem::take(&mut self.splitter);
        let mut command = None;
        splitter.step(byte, &mut |piece| command = command.or(self.piece(piece, pass)));
        self.splitter = splitter;
        command
    }

    fn piece(&mut self, piece: Piece<'_>, pass: &mut Vec<u8>) -> Option<Command> {
        let passed = std::mem::take(&mut self.passed);
        match piece {
            Piece::Byte(byte) => return self.plain(byte, pass),
            Piece::Paste(byte, _) => {
                self.armed = false;
                pass.push(byte);
            }
            Piece::Answer(bytes) => pass.extend_from_slice(&bytes[passed..]),
            Piece::Csi(csi) => return self.csi(csi, passed, pass),
            Piece::Escape if !self.take_back() => pass.extend_from_slice(&[split::ESC][passed..]),
            Piece::Alt(bytes) | Piece::Ss3(bytes) | Piece::Broken(bytes) if !self.take_back() => {
                pass.extend_from_slice(&bytes[passed..]);
            }
            _ => {}
        }
        None
    }

    /// Behind the prefix, a key that is no command takes it back; returns whether it was that.
    fn take_back(&mut self) -> bool {
        std::mem::take(&mut self.armed)
    }

    fn plain(&mut self, byte: u8, pass: &mut Vec<u8>) -> Option<Command> {
        if self.skip > 0 && byte & 0xc0 == 0x80 {
            self.skip -= 1;
            return None;
        }
        self.skip = 0;
        match self.armed {
            _ if self.prefix.is_some_and(|prefix| prefix.byte() == byte) => {
                self.prefix_press(&[byte], None, pass)
            }
            false => pass.push(byte),
            true => return self.behind_prefix(byte),
        }
        None
    }

    fn behind_prefix(&mut self, byte: u8) -> Option<Command> {
        self.armed = false;
        self.skip = (byte.leading_ones() as u8).saturating_sub(1);
        // Whoever keeps Ctrl down means the same key.
        let letter = if byte < 0x20 { byte | 0x60 } else { byte };
        command(letter.into()).filter(|_| byte >= 0x20 || letter.is_ascii_lowercase())
    }

    fn prefix_press(&mut self, original: &[u8], code: Option<u32>, pass: &mut Vec<u8>) {
        if self.take_back() {
            self.down.retain(|&down| Some(down) != code);
            pass.extend_from_slice(original);
        } else {
            self.armed = true;
            code.into_iter().for_each(|code| self.hold_down(code));
        }
    }

    /// A whole control sequence, of which the program has `passed` bytes.
    fn csi(&mut self, csi: &[u8], passed: usize, pass: &mut Vec<u8>) -> Option<Command> {
        // More than ESC is with the program: it gets the rest, whatever it is.
        let report = Report::parse(csi).filter(|_| passed <= 1);
        match report {
            Some(report) => self.report(&report, &csi[passed..], pass),
            None => {
                if !(is_key(csi) && self.take_back()) {
                    pass.extend_from_slice(&csi[passed..]);
                }
                None
            }
        }
    }

    fn report(&mut self, report: &Report, bytes: &[u8], pass: &mut Vec<u8>) -> Option<Command> {
        let is_prefix = self.prefix.is_some_and(|prefix| prefix.is(report));
        match report.event {
            Event::Release if self.is_down(report.code) => self.release(report.code),
            Event::Repeat if self.is_down(report.code) => {}
            Event::Press if is_prefix => self.prefix_press(bytes, Some(report.code), pass),
            Event::Press if self.armed && !report.is_modifier_key() => {
                self.armed = false;
                self.hold_down(report.code);
                return report.character().and_then(command);
            }
            _ => {
                self.release(report.code);
                pass.extend_from_slice(bytes);
            }
        }
        None
    }

    fn is_down(&self, code: u32) -> bool {
        self.down.contains(&code)
    }

    fn release(&mut self, code: u32) {
        self.down.retain(|&down| down != code);
    }

    fn hold_down(&mut self, code: u32) {
        self.release(code);
        if self.down.len() == MOST_DOWN {
            self.down.remove(0);
        }
        self.down.push(code);
    }
}

fn command(key: char) -> Option<Command> {
    COMMANDS.iter().find(|(k, ..)| *k == key).map(|(_, command, _)| *command)
}

/// Whether a control sequence is a key, not a report of mouse, focus or the terminal itself, which
/// comes unasked and is the program's at any time.
fn is_key(csi: &[u8]) -> bool {
    let private = csi.get(2).is_some_and(|b| (b'<'..=b'?').contains(b));
    let paste = matches!(csi, b"\x1b[200~" | b"\x1b[201~");
    let last = csi.last().copied().unwrap_or_default();
    !private && !paste && matches!(last, b'A'..=b'H' | b'P' | b'Q' | b'S' | b'Z' | b'~' | b'u' | b'[')
}

#[cfg(test)]
mod tests;
