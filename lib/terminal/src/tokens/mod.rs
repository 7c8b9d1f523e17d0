//! The one tokenizer of what programs write to a terminal: it cuts a stream into text, control characters and
//! escape sequences, wherever it was cut before, and knows nothing of what they mean. All who read output
//! read these tokens, so they agree on where a sequence ends. What is whole is handed on where it stands;
//! only what a cut has parted is kept, and of that no more than a reader allows.

mod csi;
mod sequence_state;

#[cfg(test)]
mod tests;

use memchr::{memchr, memchr3_iter};

use sequence_state::SequenceState;

pub use csi::{Csi, Params, numbers};
pub use sequence_state::{BEL, CAN, ESC, SUB, incomplete_utf8};

/// A piece of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text with the control characters in it, up to the next ESC. No character is cut, except by an ESC.
    Text(&'a [u8]),
    /// A control character inside of a sequence that is not a string: it acts at once. CAN or SUB where one of
    /// any kind is broken off; CAN as well at the end of one that is too long.
    Control(u8),
    /// What follows ESC in a sequence that is neither of the others: intermediates and a final byte.
    Escape(&'a [u8]),
    /// What follows `ESC [`, to the final byte; [`Csi::parse`] takes it apart.
    Csi(&'a [u8]),
    /// A string that was ended and not cancelled.
    String {
        /// `]` (OSC), `P` (DCS), `X`, `^` or `_`.
        kind: u8,
        /// What is between its beginning and its end, without control characters, as far as the reader keeps it.
        body: &'a [u8],
        /// True if BEL ended it, false if ESC did.
        bel: bool,
        /// True if only its beginning is there.
        cut: bool,
    },
}

/// A token and where in the stream it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The offset of its first byte: of a sequence its ESC.
    pub start: u64,
    /// The offset after its last byte.
    pub end: u64,
    /// What it is.
    pub token: Token<'a>,
}

/// Cuts one stream; keeps the beginning of what is not whole.
#[derive(Clone, Debug, Default)]
pub struct Tokenizer {
    state: SequenceState,
    /// What is open, from its ESC on and without control characters; or the beginning of a character.
    held: Vec<u8>,
    /// What was held is handed on, and goes with the next call.
    spent: bool,
    /// What is open is longer than what may be kept.
    cut: bool,
    /// A string was ended by ESC, which a backslash may follow.
    closing: bool,
    /// The most bytes of a sequence that are kept.
    most: usize,
    /// The offset of the next byte.
    offset: u64,
    /// The offset of the ESC of what is open.
    start: u64,
}

impl Tokenizer {
    /// A tokenizer that keeps at most so many bytes of what a cut has parted. A longer string comes without
    /// its end; a longer sequence of another kind does not come.
    pub fn new(most: usize) -> Tokenizer {
        Tokenizer { most, ..Tokenizer::default() }
    }

    /// The same for a stream whose first byte has this offset.
    pub fn at(most: usize, offset: u64) -> Tokenizer {
        Tokenizer { offset, ..Tokenizer::new(most) }
    }

    /// The offset of the next byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// True if nothing is open: no sequence, and no character.
    pub fn is_at_ground(&self) -> bool {
        self.state == SequenceState::Ground && (self.spent || self.held.is_empty())
    }

    /// True if a sequence is open.
    pub fn is_in_sequence(&self) -> bool {
        self.state != SequenceState::Ground
    }

    /// What a terminal must have got for the next output to make sense: the beginning of a sequence or a
    /// character, without the control characters in it. Of one that is too long, one that is passed over as well.
    pub fn held(&self) -> &[u8] {
        match self.state {
            SequenceState::Ground if self.spent => &[],
            _ if self.spent => &[ESC],
            _ if !self.cut => &self.held,
            SequenceState::Osc => b"\x1b]",
            SequenceState::Text => b"\x1bX",
            SequenceState::Csi => b"\x1b[0?",
            SequenceState::Escape => b"\x1bX\x1b",
            _ => &[CAN],
        }
    }

    /// Takes the next token from the front of `bytes`; none when all are taken.
    #[inline]
    pub fn next<'s, 'b: 's>(&'s mut self, bytes: &mut &'b [u8]) -> Option<Piece<'s>> {
        self.next_within(bytes, usize::MAX)
    }

    /// The same, but of text takes about so many bytes at most.
    #[inline]
    pub fn next_within<'s, 'b: 's>(&'s mut self, bytes: &mut &'b [u8], most: usize) -> Option<Piece<'s>> {
        if self.spent {
            self.go_on();
        }
        if self.state != SequenceState::Ground || !self.held.is_empty() {
            return self.finish_open(bytes);
        }
        // A character is no longer.
        let (all, most) = (*bytes, most.max(4));
        if all.first() == Some(&ESC) {
            return match whole(all, self.most) {
                Some((token, len)) => Some(self.take(bytes, token, len)),
                None => self.finish_open(bytes),
            };
        }
        match memchr(ESC, &all[..all.len().min(most)]) {
            Some(end) => Some(self.take(bytes, Token::Text(&all[..end]), end)),
            None => self.text(bytes, most),
        }
    }

    /// The same for a reader to whom text is nothing but two control characters in it, which come as
    /// [`Token::Control`]: passes over text at the speed of a search, and over the control sequences that are
    /// `ordinary`. It gets what follows `ESC [`, and acts on it itself.
    pub fn next_telling<'s, 'b: 's>(
        &'s mut self,
        bytes: &mut &'b [u8],
        [one, other]: [u8; 2],
        mut ordinary: impl FnMut(&[u8]) -> bool,
    ) -> Option<Piece<'s>> {
        if self.spent {
            self.go_on();
        }
        if self.state != SequenceState::Ground || !self.held.is_empty() {
            return self.finish_open(bytes);
        }
        let (all, most) = (*bytes, self.most);
        let tells = |at: &usize| match csi_len(&all[*at..]) {
            0 => true,
            len => len > most || !ordinary(&all[*at + 2..*at + len]),
        };
        let Some(at) = memchr3_iter(ESC, one, other, all).find(tells) else {
            let open = incomplete_utf8(all);
            self.take(bytes, Token::Text(all), all.len() - open);
            return self.text(bytes, usize::MAX);
        };
        self.take(bytes, Token::Text(all), at);
        match all[at] {
            ESC => self.next(bytes),
            byte => Some(self.take(bytes, Token::Control(byte), 1)),
        }
    }

    #[inline]
    fn take<'t>(&mut self, bytes: &mut &'t [u8], token: Token<'t>, len: usize) -> Piece<'t> {
        let start = self.offset;
        self.offset += len as u64;
        *bytes = &bytes[len..];
        Piece { start, end: self.offset, token }
    }

    /// Text that no ESC ends; the beginning of a character at its end is kept, or left for the next token.
    fn text<'t>(&mut self, bytes: &mut &'t [u8], most: usize) -> Option<Piece<'t>> {
        let near = &bytes[..bytes.len().min(most)];
        let len = near.len() - incomplete_utf8(near);
        if len > 0 {
            return Some(self.take(bytes, Token::Text(&near[..len]), len));
        }
        self.held.extend_from_slice(near);
        self.start = self.offset;
        self.offset += near.len() as u64;
        *bytes = &bytes[near.len()..];
        None
    }

    /// Takes the bytes of what is open, or of a sequence that is not whole, up to its end or a token in it.
    fn finish_open<'s, 'b: 's>(&'s mut self, bytes: &mut &'b [u8]) -> Option<Piece<'s>> {
        loop {
            if self.state.is_string() {
                self.take_string(bytes);
            }
            let (&byte, rest) = bytes.split_first()?;
            let ended_before = match self.state {
                SequenceState::Escape => self.closing && byte != b'\\',
                SequenceState::Ground => !self.held.is_empty() && !(0x80..=0xbf).contains(&byte),
                _ => false,
            };
            if ended_before {
                return Some(self.ended(self.offset - u64::from(self.closing), false));
            }
            *bytes = rest;
            self.offset += 1;
            match self.step(byte) {
                Step::On => {}
                Step::Control(byte) => {
                    let (start, end) = (self.offset - 1, self.offset);
                    return Some(Piece { start, end, token: Token::Control(byte) });
                }
                Step::Ended => return Some(self.ended(self.offset, byte == BEL)),
            }
        }
    }

    /// Takes the inside of a string.
    fn take_string(&mut self, bytes: &mut &[u8]) {
        let inside = bytes.iter().position(|b| *b < 0x20).unwrap_or(bytes.len());
        let room = self.most.saturating_sub(self.held.len()).min(inside);
        self.held.extend_from_slice(&bytes[..room]);
        self.cut |= room < inside;
        self.offset += inside as u64;
        *bytes = &bytes[inside..];
    }

    /// One byte of what is open, which does not end before it.
    fn step(&mut self, byte: u8) -> Step {
        let before = self.state;
        self.state = before.next(byte);
        match byte {
            ESC if before.is_string() => {
                self.closing = true;
                self.held.push(ESC);
                Step::On
            }
            ESC => self.begin(self.offset - 1),
            CAN | SUB => self.break_off(byte),
            0..0x20 if !before.is_string() => Step::Control(byte),
            0..0x20 if self.state == SequenceState::Ground => Step::Ended,
            0..0x20 => Step::On,
            b'\\' if self.closing => Step::Ended,
            0x7f.. if before != SequenceState::Ground => Step::On,
            _ => self.keep(byte),
        }
    }

    /// Keeps a byte of a character or of a sequence that is no string.
    fn keep(&mut self, byte: u8) -> Step {
        match self.held.len() < self.most.max(4) {
            true => self.held.push(byte),
            false => self.cut = true,
        }
        match self.state == SequenceState::Ground && incomplete_utf8(&self.held) == 0 {
            true if self.cut => self.break_off(CAN),
            true => Step::Ended,
            false => Step::On,
        }
    }

    /// Begins a sequence at its ESC.
    fn begin(&mut self, at: u64) -> Step {
        self.forget();
        self.held.push(ESC);
        self.start = at;
        Step::On
    }

    fn break_off(&mut self, byte: u8) -> Step {
        self.forget();
        Step::Control(byte)
    }

    /// Lets go of what was open.
    fn forget(&mut self) {
        self.held.clear();
        (self.spent, self.cut, self.closing) = (false, false, false);
    }

    /// What was held, which ends at that offset: before an ESC that begins another sequence, if one ended it.
    fn ended(&mut self, end: u64, bel: bool) -> Piece<'_> {
        self.spent = true;
        let token = match &self.held[..] {
            [ESC, kind @ (b']' | b'P' | b'X' | b'^' | b'_'), body @ ..] => {
                let len = body.len() - usize::from(self.closing);
                Token::String { kind: *kind, body: &body[..len], bel, cut: self.cut }
            }
            [ESC, b'[', body @ ..] => Token::Csi(body),
            [ESC, body @ ..] => Token::Escape(body),
            text => Token::Text(text),
        };
        Piece { start: self.start, end, token }
    }

    /// After a token of what was held.
    fn go_on(&mut self) {
        match self.state {
            SequenceState::Ground => self.forget(),
            _ => drop(self.begin(self.offset - 1)),
        }
    }
}

/// What a byte does.
enum Step {
    On,
    Control(u8),
    Ended,
}

/// The sequence at the beginning of `bytes`, an ESC, if it is whole, of at most so many bytes but for a string's
/// end, and has no control characters in it; and its length.
#[inline]
fn whole(bytes: &[u8], most: usize) -> Option<(Token<'_>, usize)> {
    let (kind, body) = bytes[1..].split_first()?;
    match kind {
        b'[' => {
            let len = body.iter().position(|b| !matches!(b, b' '..=b'?'))?;
            let is_whole = matches!(body[len], b'@'..=b'~') && len + 3 <= most;
            is_whole.then(|| (Token::Csi(&body[..=len]), len + 3))
        }
        b']' | b'P' | b'X' | b'^' | b'_' => {
            let len = body.iter().position(|b| *b < 0x20).filter(|len| len + 2 <= most)?;
            let (bel, end) = match (kind, &body[len..]) {
                (_, [ESC, b'\\', ..]) => (false, 2),
                (b']', [BEL, ..]) => (true, 1),
                _ => return None,
            };
            Some((Token::String { kind: *kind, body: &body[..len], bel, cut: false }, 2 + len + end))
        }
        b'0'..=b'~' => Some((Token::Escape(&bytes[1..2]), 2)),
        b' '..=b'/' => {
            let len = body.iter().position(|b| !matches!(b, b' '..=b'/'))?;
            let is_whole = matches!(body[len], b'0'..=b'~') && len + 3 <= most;
            is_whole.then(|| (Token::Escape(&bytes[1..len + 3]), len + 3))
        }
        _ => None,
    }
}

/// Bytes of parameters of an ordinary control sequence: two colours in full.
const MAX_ORDINARY: usize = 40;

/// The length of a control sequence at the beginning of `bytes` that is whole and has neither a prefix nor
/// intermediates; 0 if there is none.
#[inline]
fn csi_len(bytes: &[u8]) -> usize {
    let [ESC, b'[', rest @ ..] = bytes else { return 0 };
    let params = rest.iter().take(MAX_ORDINARY).take_while(|b| matches!(b, b'0'..=b';')).count();
    if matches!(rest.get(params), Some(b'@'..=b'~')) { params + 3 } else { 0 }
}
