//! Recorded output made fit to be shown once more, for the scrollback of a terminal that comes back:
//! text, its looks and its links, and what moves them about. All else is dropped, known or not, since
//! a terminal may answer it, ring, notify, copy, print, or be left in a mode: queries, bells, the
//! clipboard, synchronized updates, notifications, titles, palettes, modes, images. What was shown on
//! the alternate screen is dropped as well; it never belonged to a scrollback. A clearing of the
//! scrollback itself is not repeated.

use memchr::{memchr, memchr2};

use crate::terminal::scan::csi::Csi;
use crate::terminal::scan::machine::{BEL, ESC, State, incomplete_utf8};
use crate::terminal::scan::{Scanner, What};

/// A sequence longer than this is dropped; the longest that is let through is a hyperlink.
const MAX_KEPT: usize = 4096;

/// What undoes that which may have been let through, before something else is shown.
const END: &[u8] = b"\x1b[m\x1b]8;;\x1b\\\x0f\x1b(B\x1b)B\x1b*B\x1b+B\x1b[4l\x1b[20l\x1b[?7h\x1b[r";

/// A full reset would clear the scrollback; this is what else it does to text.
const RESET: &[u8] =
    b"\x1b[m\x1b]8;;\x1b\\\x0f\x1b(B\x1b)B\x1b*B\x1b+B\x1b[4l\x1b[20l\x1b[?7h\x1b[r\x1b[H\x1b[2J";

/// The first position in a stretch of output, cut anywhere, that is not inside of an escape sequence
/// or a character: after a line end, or at an escape sequence. The length if there is none.
pub fn safe_start(bytes: &[u8]) -> usize {
    let escape = memchr(ESC, bytes).unwrap_or(bytes.len());
    if bytes.get(escape + 1) == Some(&b'\\') {
        // The end of a string: what is before it was inside.
        return escape + 2;
    }
    match memchr2(b'\n', b'\r', &bytes[..escape]) {
        Some(end) if bytes[end..].starts_with(b"\r\n") => end + 2,
        Some(end) => end + 1,
        None => escape,
    }
}

/// Whether a stretch of output began on the alternate screen, told by the first switch in it, or by
/// how it ended if there is none.
pub fn began_on_alternate(bytes: &[u8], ended: bool) -> bool {
    let mut first = None;
    Scanner::new().feed(bytes, &mut |event| {
        if let What::AltScreen(on) = event.what {
            first.get_or_insert(on);
        }
    });
    first.map_or(ended, |on| !on)
}

/// Cleans a stream of output, cut anywhere.
#[derive(Debug, Default)]
pub struct Sanitizer {
    state: State,
    /// The current sequence, or the beginning of a character.
    held: Vec<u8>,
    /// The alternate screen is shown.
    alternate: bool,
}

impl Sanitizer {
    /// Begins at a [`safe_start`]; `alternate` says which screen is shown there.
    pub fn new(alternate: bool) -> Sanitizer {
        Sanitizer { alternate, ..Sanitizer::default() }
    }

    /// Takes output in and appends what may be shown to `out`.
    pub fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !bytes.is_empty() {
            if self.state == State::Ground {
                let end = memchr(ESC, bytes).unwrap_or(bytes.len());
                self.text(&bytes[..end], end < bytes.len(), out);
                bytes = &bytes[end..];
            }
            let Some((byte, rest)) = bytes.split_first() else { return };
            self.byte(*byte, out);
            bytes = rest;
        }
    }

    /// Ends the stream: a terminal that got it is left without what the stream switched on.
    pub fn finish(self, out: &mut Vec<u8>) {
        out.extend_from_slice(END);
    }

    /// Text, of which `ended` says that an escape sequence follows.
    fn text(&mut self, text: &[u8], ended: bool, out: &mut Vec<u8>) {
        let joined;
        let text = if self.held.is_empty() {
            text
        } else {
            self.held.extend_from_slice(text);
            joined = std::mem::take(&mut self.held);
            &joined
        };
        let open = if ended { 0 } else { incomplete_utf8(text) };
        let (whole, open) = text.split_at(text.len() - open);
        self.held.extend_from_slice(open);
        if !self.alternate {
            clean(whole, out);
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        let before = self.state;
        self.state = before.next(byte);
        if byte == ESC {
            // A string ends here; the backslash that may follow is dropped as a sequence of its own.
            if before.is_string() {
                self.string(out);
            }
            self.held.clear();
        }
        if before.is_string() && byte == BEL && self.state == State::Ground {
            return self.string(out);
        }
        if self.held.len() < MAX_KEPT {
            self.held.push(byte);
        }
        if self.state == State::Ground {
            let held = std::mem::take(&mut self.held);
            if held.len() < MAX_KEPT && held.iter().all(|b| *b >= 0x20 || *b == ESC) {
                self.sequence(&held, out);
            }
        }
    }

    /// A control sequence or an escape.
    fn sequence(&mut self, sequence: &[u8], out: &mut Vec<u8>) {
        let keep = match sequence {
            [_, b'[', body @ ..] => Csi::parse(body).is_some_and(|csi| self.control(&csi)),
            [_, b'c'] => {
                self.alternate = false;
                return out.extend_from_slice(RESET);
            }
            [_, b'7' | b'8' | b'D' | b'E' | b'H' | b'M' | b'N' | b'O' | b'n' | b'o'] => true,
            [_, b'('..=b'+', _] | [_, b'#', b'8'] => true,
            _ => false,
        };
        if keep && !self.alternate {
            out.extend_from_slice(sequence);
        }
    }

    /// Whether a control sequence is let through. Follows the switches between the screens.
    fn control(&mut self, csi: &Csi<'_>) -> bool {
        let first = csi.param(0);
        match (csi.prefix, csi.intermediates, csi.action) {
            (b'?', [], action @ (b'h' | b'l')) => {
                if csi.params.iter().any(|mode| matches!(mode, 47 | 1047 | 1049)) {
                    self.alternate = action == b'h';
                }
                csi.params == [7]
            }
            (0, [], b'h' | b'l') => csi.params.iter().all(|mode| matches!(mode, 4 | 20)),
            (0, [], b'J') => first < 3,
            (0, [], b'@'..=b'I' | b'K'..=b'M' | b'P' | b'S' | b'T' | b'X' | b'Z' | b'`'..=b'b') => true,
            (0, [], b'd'..=b'g' | b'm' | b'r' | b's' | b'u' | b'j' | b'k') => true,
            _ => false,
        }
    }

    /// A string that ended, which is held but for its terminator.
    fn string(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let whole = held.len() < MAX_KEPT && !held.iter().skip(1).any(|b| *b < 0x20 || *b == 0x7f);
        let is_link = held.starts_with(b"\x1b]8;") && std::str::from_utf8(&held).is_ok_and(is_plain);
        if whole && is_link && !self.alternate {
            out.extend_from_slice(&held);
            out.extend_from_slice(b"\x1b\\");
        }
    }
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| ('\u{80}'..='\u{9f}').contains(&c))
}

/// Text without the control characters that do more than move the cursor. What is not UTF-8 becomes
/// U+FFFD, as terminals show it.
fn clean(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find(|c: char| c.is_control() && !is_layout(c)) {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            rest = rest[at..].trim_start_matches(|c: char| c.is_control() && !is_layout(c));
        }
        out.extend_from_slice(rest.as_bytes());
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// Backspace, tab, the line ends and shifts between character sets.
fn is_layout(c: char) -> bool {
    matches!(c, '\x08'..='\x0f')
}

/// Cleans a whole stretch of output, from its first safe point on.
pub fn sanitize(bytes: &[u8], ended_on_alternate: bool) -> Vec<u8> {
    let bytes = &bytes[safe_start(bytes)..];
    let mut sanitizer = Sanitizer::new(began_on_alternate(bytes, ended_on_alternate));
    let mut out = Vec::with_capacity(bytes.len());
    sanitizer.feed(bytes, &mut out);
    sanitizer.finish(&mut out);
    out
}
