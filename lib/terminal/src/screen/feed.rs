//! Bytes into the model: the tokens of output, and what they do. What is not complete is held back by the
//! tokenizer, so the state of the model never depends on where a stream was cut, and the held bytes are exactly
//! what a terminal needs after a dump.

use crate::tokens::{Csi, Token, Tokenizer};

use super::model::Model;
use super::osc;
use super::skip::{self, Advice};

/// The longest sequence or string that is taken in, in bytes; what is longer is passed over.
pub(super) const MAX_HELD: usize = 256 * 1024;

/// Has the model act on a stream.
pub(super) struct Feeder {
    tokens: Tokenizer,
}

impl Default for Feeder {
    fn default() -> Feeder {
        Feeder { tokens: Tokenizer::new(MAX_HELD) }
    }
}

impl Feeder {
    pub(super) fn held(&self) -> &[u8] {
        self.tokens.held()
    }

    pub(super) fn feed(&mut self, model: &mut Model, mut bytes: &[u8]) {
        // What is left when it is worth looking for something to skip.
        let mut look_at = bytes.len();
        while !bytes.is_empty() {
            if bytes.len() <= look_at && self.tokens.is_at_ground() {
                match skip::advise(model, bytes, |model, look| model.apply(Token::Csi(&look[2..]))) {
                    Advice::Skip(taken) => {
                        bytes = &bytes[taken..];
                        continue;
                    }
                    Advice::Parse(until) => look_at = bytes.len() - until,
                }
            }
            let most = bytes.len() - look_at.min(bytes.len() - 1);
            if let Some(piece) = self.tokens.next_within(&mut bytes, most) {
                model.apply(piece.token);
            }
        }
        model.settle();
    }
}

impl Model {
    /// Does what a token says.
    pub(super) fn apply(&mut self, token: Token<'_>) {
        match token {
            Token::Text(text) => self.text(text),
            Token::Csi(body) => {
                if let Some(csi) = Csi::parse(body) {
                    self.csi(&csi);
                }
            }
            Token::Escape(body) => self.escape(body),
            Token::Control(byte) => self.control(byte),
            Token::String { kind: b']', body, cut: false, .. } => osc::apply(self, body),
            Token::String { .. } => {}
        }
    }
}
