//! One pass over a program's output, as it arrives, for what cannot wait and what the screen does not
//! show: queries, bells, notifications, reports of status, titles, a few modes. It is as cheap as a
//! search for ESC where there is nothing to find, gives the same events wherever the stream is cut,
//! and keeps at most a few kilobytes whatever it is fed. It never changes a byte and never answers.

mod csi;
mod encoded;
mod event;
mod osc;
pub mod report;

#[cfg(test)]
mod tests;

use crate::tokens::{BEL, Piece, Token, Tokenizer};

pub use event::{Event, EventKind, Query};
pub use report::Report;

/// The most bytes of one sequence that are kept; the rest of a longer one is not looked at.
const MAX_KEPT: usize = 4096 + 16;
/// A string longer than this is passed over, as the terminal model does.
const MAX_STRING: u64 = 256 * 1024;
/// The longest text in an event, in bytes.
const MAX_TEXT: usize = 1024;

/// The scanner of one stream.
#[derive(Debug)]
pub struct Scanner {
    tokens: Tokenizer,
}

impl Default for Scanner {
    fn default() -> Scanner {
        Scanner::at(0)
    }
}

impl Scanner {
    /// A scanner of a stream from its beginning.
    pub fn new() -> Scanner {
        Scanner::default()
    }

    /// A scanner whose first byte has this offset.
    pub fn at(offset: u64) -> Scanner {
        Scanner { tokens: Tokenizer::at(MAX_KEPT, offset) }
    }

    /// The offset of the next byte.
    pub fn offset(&self) -> u64 {
        self.tokens.offset()
    }

    /// Takes output in, cut anywhere, and hands each event to `sink` in order.
    pub fn feed(&mut self, mut bytes: &[u8], sink: &mut impl FnMut(Event)) {
        while let Some(piece) = self.tokens.next_telling(&mut bytes, [BEL, BEL], csi::is_ordinary) {
            let Piece { start, end, token } = piece;
            let events = match token {
                Token::Csi(body) => csi::events(body),
                Token::Control(BEL) => vec![EventKind::Bell],
                Token::Control(_) | Token::Text(_) => continue,
                Token::Escape(body) => csi::escape_events(body),
                Token::String { .. } if end - start > MAX_STRING => continue,
                Token::String { kind: b']', body, bel, .. } => osc::events(body, bel),
                Token::String { kind, body, .. } => csi::string_events(kind, body),
            };
            events.into_iter().for_each(|what| sink(Event { start, end, what }));
        }
    }
}
