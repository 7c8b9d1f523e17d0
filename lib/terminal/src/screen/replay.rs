//! Recorded output made fit to be shown once more, for the scrollback of a terminal that comes back:
//! text, its looks and its links, and what moves them about. All else is dropped, known or not, since
//! a terminal may answer it, ring, notify, copy, print, or be left in a mode: queries, bells, the
//! clipboard, synchronized updates, notifications, titles, palettes, modes, images. What was shown on
//! the alternate screen is dropped as well; it never belonged to a scrollback. A clearing of the
//! scrollback itself is not repeated.

use memchr::{memchr, memchr2};

use crate::modes::known::ALTERNATE;
use crate::scan::{EventKind, Scanner};
use crate::tokens::{Csi, ESC, Token, Tokenizer};

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
        if let EventKind::AltScreen(on) = event.what {
            first.get_or_insert(on);
        }
    });
    first.map_or(ended, |on| !on)
}

/// Cleans a stream of output, cut anywhere.
#[derive(Debug)]
pub struct Sanitizer {
    tokens: Tokenizer,
    /// The alternate screen is shown.
    alternate: bool,
}

impl Sanitizer {
    /// Begins at a [`safe_start`]; `alternate` says which screen is shown there.
    pub fn new(alternate: bool) -> Sanitizer {
        Sanitizer { tokens: Tokenizer::new(MAX_KEPT), alternate }
    }

    /// Takes output in and appends what may be shown to `out`.
    pub fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while let Some(piece) = self.tokens.next(&mut bytes) {
            match piece.token {
                Token::Escape(b"c") => {
                    self.alternate = false;
                    out.extend_from_slice(RESET);
                }
                // Also on the alternate screen: it may be left with this.
                Token::Csi(body) => {
                    let passes = Csi::parse(body).is_some_and(|csi| passes(&csi, &mut self.alternate));
                    if passes && !self.alternate {
                        put(out, b"\x1b[", body, b"");
                    }
                }
                _ if self.alternate => {}
                Token::Text(text) => clean(text, out),
                Token::Control(byte) if is_layout(byte.into()) => out.push(byte),
                Token::Escape(body) if is_harmless(body) => put(out, b"\x1b", body, b""),
                Token::String { kind: b']', body, cut: false, .. } if is_link(body) => {
                    put(out, b"\x1b]", body, b"\x1b\\");
                }
                Token::Control(_) | Token::Escape(_) | Token::String { .. } => {}
            }
        }
    }

    /// Ends the stream: a terminal that got it is left without what the stream switched on.
    pub fn finish(self, out: &mut Vec<u8>) {
        out.extend_from_slice(END);
    }
}

fn put(out: &mut Vec<u8>, begin: &[u8], body: &[u8], end: &[u8]) {
    [begin, body, end].into_iter().for_each(|part| out.extend_from_slice(part));
}

/// Whether a control sequence is let through; and whether the alternate screen is shown after it.
fn passes(csi: &Csi<'_>, alternate: &mut bool) -> bool {
    match (csi.prefix, csi.intermediates, csi.action) {
        (b'?', [], action @ (b'h' | b'l')) => {
            if csi.numbers().any(|mode| ALTERNATE.contains(&mode)) {
                *alternate = action == b'h';
            }
            csi.numbers().eq([7])
        }
        (0, [], b'h' | b'l') => csi.numbers().all(|mode| matches!(mode, 4 | 20)),
        (0, [], b'J') => csi.param(0) < 3,
        (0, [], b'@'..=b'I' | b'K'..=b'M' | b'P' | b'S' | b'T' | b'X' | b'Z' | b'`'..=b'b') => true,
        (0, [], b'd'..=b'g' | b'm' | b'r' | b's' | b'u' | b'j' | b'k') => true,
        _ => false,
    }
}

/// True of an escape that moves, saves the cursor, or chooses characters.
fn is_harmless(body: &[u8]) -> bool {
    let one = |byte: &u8| matches!(byte, b'7' | b'8' | b'D' | b'E' | b'H' | b'M' | b'N' | b'O' | b'n' | b'o');
    matches!(body, [byte] if one(byte)) || matches!(body, [b'('..=b'+', _] | b"#8")
}

/// True of a hyperlink whose address has nothing that a terminal acts on.
fn is_link(body: &[u8]) -> bool {
    body.starts_with(b"8;") && !body.contains(&0x7f) && std::str::from_utf8(body).is_ok_and(is_plain)
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
