//! Which modes of the person's terminal are on, from the bytes that it was given: what has to be undone
//! when the client leaves, however it leaves, and where in the stream it may write something of its own.
//! It knows no screen: text is passed over at the speed of `memchr`. It will never change what passes.

mod apply;
mod keyboard;
pub(crate) mod known;
pub(crate) mod terminal_modes;
mod undo;

use crate::tokens::{Token, Tokenizer};
use apply::On;

/// So many bytes of a sequence are kept: enough for a title.
const MAX_KEPT: usize = 1024;

const SO: u8 = 0x0e;
const SI: u8 = 0x0f;

/// Follows the stream.
#[derive(Clone, Debug)]
pub struct ModeTracker {
    tokens: Tokenizer,
    /// The end of the last token that may switch something.
    seen: u64,
    on: On,
}

impl Default for ModeTracker {
    fn default() -> ModeTracker {
        ModeTracker { tokens: Tokenizer::new(MAX_KEPT), seen: 0, on: On::default() }
    }
}

impl ModeTracker {
    /// Takes what was written to the terminal, cut anywhere.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        let (tokens, on, seen) = (&mut self.tokens, &mut self.on, &mut self.seen);
        while let Some(piece) = tokens.next_telling(&mut bytes, [SO, SI], |body| on.apply_ordinary(body)) {
            if piece.start > *seen {
                // Text, or what is ordinary in it, moved the cursor on.
                on.text();
            }
            *seen = piece.end;
            match piece.token {
                Token::Text(_) => {}
                Token::Control(byte @ (SO | SI)) => on.shift(byte),
                Token::Control(_) => {}
                Token::Csi(body) => on.apply_csi(body),
                Token::Escape(body) => on.apply_escape(body),
                Token::String { kind: b']', body, .. } => on.apply_command(body),
                Token::String { .. } => {}
            }
        }
    }

    /// Whether nothing is open, so that other bytes may stand here.
    pub fn at_ground(&self) -> bool {
        self.tokens.is_at_ground()
    }

    /// Whether the alternate screen is shown.
    pub fn on_alternate(&self) -> bool {
        self.on.alternate.is_some()
    }

    /// Whether keys may come in the forms of a keyboard protocol.
    pub fn keyboard_protocol(&self) -> bool {
        self.on.keyboard_protocol()
    }

    /// The window's title as it was set last, as bytes that set it again.
    pub fn title(&self) -> &[u8] {
        &self.on.title
    }

    /// Counts every setting of the title, so that a change is noticed.
    pub fn titles_set(&self) -> u64 {
        self.on.titles_set
    }
}

#[cfg(test)]
mod tests;
