//! One pass over a program's output, as it arrives, for what cannot wait and what the screen does not
//! show: queries, bells, notifications, reports of status, titles, a few modes. It is as cheap as a
//! search for ESC where there is nothing to find, gives the same events wherever the stream is cut,
//! and keeps at most a few kilobytes whatever it is fed. It never changes a byte and never answers.

pub(crate) mod csi;
mod event;
pub mod machine;
mod osc;
pub mod report;

#[cfg(test)]
mod tests;

use memchr::memchr2_iter;

use machine::{BEL, CAN, ESC, SUB, State};

pub use event::{Event, Query, What};
pub use report::Report;

/// The most bytes of one sequence that are kept; the rest of a longer one is not looked at.
const MAX_KEPT: usize = 4096 + 16;
/// A string longer than this is passed over, as the terminal model does.
const MAX_STRING: u64 = 256 * 1024;
/// The longest text in an event, in bytes.
const MAX_TEXT: usize = 1024;

/// The scanner of one stream.
#[derive(Debug, Default)]
pub struct Scanner {
    /// The offset of the next byte.
    offset: u64,
    state: State,
    /// The current sequence from ESC on, without what it has of control characters and without what
    /// is too long.
    kept: Vec<u8>,
    /// The offset of its ESC.
    start: u64,
    /// A string was ended by ESC, which a backslash may follow.
    closing: bool,
}

impl Scanner {
    /// A scanner of a stream from its beginning.
    pub fn new() -> Scanner {
        Scanner::default()
    }

    /// A scanner whose first byte has this offset.
    pub fn at(offset: u64) -> Scanner {
        Scanner { offset, ..Scanner::default() }
    }

    /// The offset of the next byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes output in, cut anywhere, and hands each event to `sink` in order.
    pub fn feed(&mut self, mut bytes: &[u8], sink: &mut impl FnMut(Event)) {
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Ground => self.ground(bytes, sink),
                State::Osc | State::Text => self.string(bytes, sink),
                _ => {
                    self.byte(bytes[0], sink);
                    1
                }
            };
            bytes = &bytes[taken..];
        }
    }

    /// Skips text and what is ordinary in it; returns how many bytes it took.
    fn ground(&mut self, bytes: &[u8], sink: &mut impl FnMut(Event)) -> usize {
        let says = |at: &usize| csi::ordinary_len(&bytes[*at..]) == 0;
        let Some(at) = memchr2_iter(ESC, BEL, bytes).find(says) else {
            self.offset += bytes.len() as u64;
            return bytes.len();
        };
        self.offset += at as u64;
        self.byte(bytes[at], sink);
        at + 1
    }

    /// Takes the inside of a string, and the byte that ends it.
    fn string(&mut self, bytes: &[u8], sink: &mut impl FnMut(Event)) -> usize {
        let ends = |b: &u8| matches!(*b, ESC | BEL | CAN | SUB);
        let inside = bytes.iter().position(ends).unwrap_or(bytes.len());
        let room = MAX_KEPT.saturating_sub(self.kept.len());
        self.kept.extend(bytes[..inside].iter().take(room).filter(|b| **b >= 0x20));
        self.offset += inside as u64;
        if let Some(end) = bytes.get(inside) {
            self.byte(*end, sink);
            return inside + 1;
        }
        inside
    }

    fn byte(&mut self, byte: u8, sink: &mut impl FnMut(Event)) {
        if self.closing {
            self.closed(byte, sink);
        }
        let before = self.state;
        let at = self.offset;
        self.offset += 1;
        self.state = before.next(byte);
        match (before, byte) {
            (State::Osc | State::Text, ESC) => self.closing = true,
            (_, ESC) => self.begin(at),
            (State::Osc, BEL) => self.emit(osc::events(self.string_kept(), true), at + 1, sink),
            (State::Text, BEL) => {}
            (_, BEL) => sink(Event { start: at, end: at + 1, what: What::Bell }),
            // A cancelled OSC counts for the model as an ended one; nothing is answered to it.
            (_, CAN | SUB) => self.kept.clear(),
            _ => self.keep(byte, sink),
        }
    }

    fn begin(&mut self, at: u64) {
        self.start = at;
        self.kept.clear();
        self.kept.push(ESC);
    }

    fn keep(&mut self, byte: u8, sink: &mut impl FnMut(Event)) {
        if byte < 0x20 {
            return;
        }
        if self.kept.len() < MAX_KEPT {
            self.kept.push(byte);
        }
        if self.state == State::Ground && self.kept.len() < MAX_KEPT {
            self.emit(csi::events(&self.kept), self.offset, sink);
        }
    }

    /// After a string and the ESC that ended it: `byte` makes the ESC a terminator or the beginning of
    /// the next sequence.
    fn closed(&mut self, byte: u8, sink: &mut impl FnMut(Event)) {
        self.closing = false;
        let escape = self.offset - 1;
        let end = if byte == b'\\' { self.offset + 1 } else { escape };
        let events = match self.string_kept().get(1) {
            Some(b']') => osc::events(self.string_kept(), false),
            _ => csi::string_events(self.string_kept()),
        };
        self.emit(events, end, sink);
        self.begin(escape);
    }

    /// The string so far; nothing of one that is passed over.
    fn string_kept(&self) -> &[u8] {
        if self.offset - self.start > MAX_STRING { &[] } else { &self.kept }
    }

    fn emit(&self, events: Vec<What>, end: u64, sink: &mut impl FnMut(Event)) {
        for what in events {
            sink(Event { start: self.start, end, what });
        }
    }
}
