//! Which modes of the person's terminal are on, from the bytes that it was given: what has to be undone
//! when the client leaves, however it leaves, and where in the stream it may write something of its own.
//! It knows no screen: text is passed over at the speed of `memchr`. It will never change what passes.

mod apply;
pub(crate) mod known;
mod undo;

use memchr::memchr3_iter;

use crate::terminal::scan::machine::{self, State};
use apply::On;

/// Longest control sequence that is understood, in bytes; longer ones switch nothing.
const MAX_CSI: usize = 256;
/// So many bytes of a string are kept: enough for a title.
const MAX_STRING: usize = 1024;

const SO: u8 = 0x0e;
const SI: u8 = 0x0f;

/// Follows the stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Modes {
    state: State,
    /// The open sequence without its ESC, cut off at its limit.
    sequence: Vec<u8>,
    /// The beginning of a character that is not whole.
    character: Vec<u8>,
    on: On,
}

impl Modes {
    /// Takes what was written to the terminal, cut anywhere.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = if self.state == State::Ground { self.pass_text(rest) } else { self.take(rest) };
        }
        self.note_open_character(bytes);
    }

    /// Whether nothing is open, so that other bytes may stand here.
    pub(crate) fn at_ground(&self) -> bool {
        self.state == State::Ground && self.character.is_empty()
    }

    /// Whether the alternate screen is shown.
    pub(crate) fn on_alternate(&self) -> bool {
        self.on.alternate.is_some()
    }

    /// Whether keys may come in the forms of a keyboard protocol.
    pub(crate) fn keyboard_protocol(&self) -> bool {
        self.on.keyboard_protocol()
    }

    /// The window's title as it was set last, as bytes that set it again.
    pub(crate) fn title(&self) -> &[u8] {
        &self.on.title
    }

    /// Counts every setting of the title, so that a change is noticed.
    pub(crate) fn titles_set(&self) -> u64 {
        self.on.titles_set
    }

    /// Passes over text, and what is ordinary in it, up to the next byte that switches something.
    fn pass_text<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut end = 0;
        for at in memchr3_iter(machine::ESC, SO, SI, bytes) {
            if at > end {
                self.on.text();
            }
            let ordinary = self.on.apply_ordinary(&bytes[at..]);
            if ordinary == 0 {
                self.switch(bytes[at]);
                return &bytes[at + 1..];
            }
            end = at + ordinary;
        }
        if end < bytes.len() {
            self.on.text();
        }
        &[]
    }

    fn switch(&mut self, byte: u8) {
        match byte {
            machine::ESC => self.begin(),
            byte => self.on.pen.shift_out = byte == SO,
        }
    }

    fn begin(&mut self) {
        self.state = State::Escape;
        self.sequence.clear();
    }

    /// Takes the bytes of a sequence, up to its end.
    fn take<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        for (at, &byte) in bytes.iter().enumerate() {
            if self.step(byte) {
                return &bytes[at + 1..];
            }
        }
        &[]
    }

    /// One byte within a sequence; whether the sequence ended with it.
    fn step(&mut self, byte: u8) -> bool {
        let before = self.state;
        self.state = before.next(byte);
        match (before, self.state) {
            (_, State::Ground) if matches!(byte, machine::CAN | machine::SUB) => {}
            // The ESC of `ESC \\`, or of what breaks the string off: either way it ended.
            (State::Osc | State::Text, State::Ground | State::Escape) => self.on.apply_string(&self.sequence),
            (_, State::Ground) => self.finish(byte),
            (_, State::Escape) if byte == machine::ESC => {}
            _ => self.keep(byte),
        }
        if self.state == State::Escape {
            self.sequence.clear();
        }
        self.state == State::Ground
    }

    /// A byte within a sequence; controls work there as anywhere, but not in strings.
    fn keep(&mut self, byte: u8) {
        if matches!(byte, SO | SI) && !self.state.is_string() {
            self.on.pen.shift_out = byte == SO;
        }
        let (limit, last) = if self.state.is_string() { (MAX_STRING, 0xff) } else { (MAX_CSI, 0x7e) };
        if self.sequence.len() < limit && (0x20..=last).contains(&byte) && byte != 0x7f {
            self.sequence.push(byte);
        }
    }

    fn finish(&mut self, last: u8) {
        if self.sequence.len() < MAX_CSI {
            self.sequence.push(last);
            self.on.apply(&self.sequence);
        }
    }

    fn note_open_character(&mut self, bytes: &[u8]) {
        if self.state != State::Ground {
            return self.character.clear();
        }
        self.character.extend_from_slice(&bytes[bytes.len().saturating_sub(4)..]);
        let open = machine::incomplete_utf8(&self.character);
        self.character.drain(..self.character.len() - open);
    }
}

#[cfg(test)]
mod tests;
