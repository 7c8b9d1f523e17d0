//! Bytes into the model: text at once, an escape sequence only when it is complete. What is not
//! complete is held back, so the state of the model never depends on where a stream was cut, and the
//! held bytes are exactly what a terminal needs after a dump.

use alacritty_terminal::vte::Parser;
use memchr::memchr;

use crate::terminal::scan::machine::{CAN, ESC, SUB, State, incomplete_utf8};

use super::model::Model;
use super::skip::{self, Advice};

/// The longest sequence or string that is taken in, in bytes; what is longer is passed over.
pub(super) const MAX_HELD: usize = 256 * 1024;

/// The longest character.
const UTF8_LEN: usize = 4;

/// Cuts a stream into text and sequences.
#[derive(Default)]
pub(super) struct Feeder {
    parser: Parser,
    /// The beginning of a sequence or of a character.
    held: Vec<u8>,
    state: State,
    /// Where in `held` the part begins that the parser has to see: strings other than OSC are nothing
    /// to the model.
    from: usize,
    /// The sequence is too long and is passed over; `held` is a stand-in for it.
    cut: bool,
}

impl Feeder {
    pub(super) fn held(&self) -> &[u8] {
        &self.held
    }

    pub(super) fn feed(&mut self, model: &mut Model, mut bytes: &[u8]) {
        // What is left when it is worth looking for something to skip.
        let mut look_at = bytes.len();
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Ground if !self.held.is_empty() => self.finish_character(model, bytes),
                State::Ground if bytes.len() <= look_at => {
                    let parser = &mut self.parser;
                    match skip::advise(model, bytes, |model, sequence| parser.advance(model, sequence)) {
                        Advice::Skip(taken) => taken,
                        Advice::Parse(until) => {
                            look_at = bytes.len() - until;
                            0
                        }
                    }
                }
                State::Ground => self.ground(model, bytes, bytes.len() - look_at),
                _ => self.sequence(model, bytes),
            };
            bytes = &bytes[taken..];
        }
        model.settle();
    }

    /// Text up to the next escape sequence or, if there is more of it, up to about `most`; or that sequence.
    fn ground(&mut self, model: &mut Model, bytes: &[u8], most: usize) -> usize {
        let near = &bytes[..bytes.len().min(most.max(UTF8_LEN))];
        match memchr(ESC, near) {
            Some(0) => self.whole_sequence(model, bytes),
            Some(end) => {
                model.text(&bytes[..end]);
                end
            }
            None => {
                let (whole, open) = near.split_at(near.len() - incomplete_utf8(near));
                model.text(whole);
                if near.len() < bytes.len() {
                    return whole.len();
                }
                self.held.extend_from_slice(open);
                bytes.len()
            }
        }
    }

    /// A character whose beginning is held; a byte that cannot belong to it ends it.
    fn finish_character(&mut self, model: &mut Model, bytes: &[u8]) -> usize {
        let continues = (0x80..=0xbf).contains(&bytes[0]);
        if continues {
            self.held.push(bytes[0]);
        }
        if !continues || incomplete_utf8(&self.held) == 0 {
            let held = std::mem::take(&mut self.held);
            model.text(&held);
        }
        usize::from(continues)
    }

    /// The common case: a sequence that is here from beginning to end, parsed where it stands.
    fn whole_sequence(&mut self, model: &mut Model, bytes: &[u8]) -> usize {
        let (mut state, mut from) = (State::Ground, 0);
        for (index, byte) in bytes.iter().take(MAX_HELD).enumerate() {
            let next = state.next(*byte);
            if state.is_string() {
                from = skipped(state, *byte, index).unwrap_or(from);
            }
            state = next;
            if state == State::Ground {
                self.dispatch(model, &bytes[from..=index]);
                return index + 1;
            }
        }
        self.sequence(model, bytes)
    }

    /// A sequence that is, or will be, held.
    fn sequence(&mut self, model: &mut Model, bytes: &[u8]) -> usize {
        for (index, byte) in bytes.iter().enumerate() {
            let before = self.state;
            self.state = before.next(*byte);
            self.hold(before, *byte);
            if self.state == State::Ground {
                self.complete(model);
                return index + 1;
            }
        }
        bytes.len()
    }

    fn hold(&mut self, before: State, byte: u8) {
        if self.cut && byte == ESC {
            self.held.clear();
            (self.from, self.cut) = (0, false);
        }
        if self.cut {
            return;
        }
        self.held.push(byte);
        if before.is_string() {
            self.from = skipped(before, byte, self.held.len() - 1).unwrap_or(self.from);
        }
        if self.held.len() > MAX_HELD && self.state != State::Ground {
            self.cut = true;
            self.held = stand_in(self.state).to_vec();
        }
    }

    fn complete(&mut self, model: &mut Model) {
        let held = std::mem::take(&mut self.held);
        if !self.cut {
            self.dispatch(model, &held[self.from.min(held.len())..]);
        }
        (self.from, self.cut) = (0, false);
    }

    fn dispatch(&mut self, model: &mut Model, sequence: &[u8]) {
        self.parser.advance(model, sequence);
        if sequence.len() > 4096 {
            // The parser keeps its buffer: a large one goes with it.
            self.parser = Parser::new();
        }
    }
}

/// Where the parser has to begin, if `byte` ended a string that is nothing to the model: at the ESC
/// that ended it, or behind it. An OSC string is something unless it was cancelled.
fn skipped(string: State, byte: u8, index: usize) -> Option<usize> {
    match byte {
        ESC if string == State::Text => Some(index),
        CAN | SUB => Some(index + 1),
        _ => None,
    }
}

/// The beginning of a sequence which a terminal passes over in the same way.
fn stand_in(state: State) -> &'static [u8] {
    match state {
        State::Osc => b"\x1b]",
        State::Text => b"\x1bX",
        State::Csi => b"\x1b[0?",
        _ => &[CAN],
    }
}
