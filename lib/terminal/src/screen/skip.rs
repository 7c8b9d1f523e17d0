//! A flood of plain output is not parsed: of a long stretch of lines that are text, looks and erasing
//! to the end of a line, only the last ones can still be seen. Those before them leave nothing but
//! the pen and a cursor at the bottom left. What is skipped can never be told from what is parsed: a
//! test feeds the same to both.

use memchr::{memchr, memchr_iter, memrchr_iter};

use crate::tokens::ESC;

use super::model::{Charsets, Model};

/// What to do with output that begins in the ground state.
pub(super) enum Advice {
    /// Everything before this position was dealt with.
    Skip(usize),
    /// Parse; before this position there is nothing to be gained.
    Parse(usize),
}

/// Bytes that are looked through at a time.
const BLOCK: usize = 1024;

/// Shorter output is not looked at.
const MIN: usize = 4096;

/// So much is parsed where nothing can be skipped, before the next look.
const STEP: usize = 256;

/// Looks for a beginning of `bytes` that can be left out, and brings the model to where it ends.
/// `apply` has the model act on a sequence.
pub(super) fn advise(model: &mut Model, bytes: &[u8], mut apply: impl FnMut(&mut Model, &[u8])) -> Advice {
    if bytes.len() < MIN.max(model.rows * 8) || !allows(model) {
        return Advice::Parse(bytes.len().min(MIN));
    }
    let end = stretch(bytes);
    let Some(point) = skip_point(&bytes[..end], model.rows) else { return Advice::Parse(end.max(STEP)) };
    let head = &bytes[..point];
    for look in looks(&head[last_reset(head)..]) {
        apply(model, look);
    }
    model.place(model.rows - 1, 0);
    Advice::Skip(point)
}

/// True if every line feed at the bottom scrolls the whole screen, a backspace stays in its line, and text
/// is only text.
fn allows(model: &Model) -> bool {
    let modes = &model.modes;
    model.past.is_none()
        && model.region == (0..model.rows)
        && !model.has_margins()
        && model.sizes.are_single()
        && model.charsets == Charsets::default()
        && !(modes.origin() || modes.insert || modes.newline)
        && !(modes.is_on(45) || modes.is_on(1045))
}

/// Where the first thing is that is more than text, looks (SGR) and erasing in a line (EL). It reads hardly
/// further than to there, since it is asked again behind what it has found.
fn stretch(bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let block = &bytes[at..bytes.len().min(at + BLOCK)];
        let text = memchr(ESC, block).unwrap_or(block.len());
        if let Some(other) = first_other(&block[..text]) {
            return at + other;
        }
        at += text;
        if text < block.len() {
            match look_len(&bytes[at..]) {
                0 => return at,
                look => at += look,
            }
        }
    }
    at
}

/// Where the first control character is that does not move on a line or to the next. Looked for in all of
/// the text first, since a search that may stop at each byte is many times slower.
fn first_other(text: &[u8]) -> Option<usize> {
    let other = |b: &u8| (*b < 0x20) & !matches!(*b, 0x07..=0x0a | 0x0d);
    let any = text.iter().fold(false, |found, b| found | other(b));
    any.then(|| text.iter().position(other)).flatten()
}

/// The length of the SGR or EL at the beginning of `bytes`, 0 if there is none.
fn look_len(bytes: &[u8]) -> usize {
    if !bytes.starts_with(b"\x1b[") {
        return 0;
    }
    let params = bytes[2..].iter().take(64).take_while(|b| matches!(b, b'0'..=b';')).count();
    match bytes.get(2 + params) {
        Some(b'm' | b'K') => 3 + params,
        _ => 0,
    }
}

/// The last line end in `bytes` that enough lines follow to push all before it off the screen, and
/// that the cursor must be at the bottom at.
fn skip_point(bytes: &[u8], rows: usize) -> Option<usize> {
    let ends_line = |at: &usize| *at > 0 && bytes[at - 1] == b'\r';
    let point = memrchr_iter(b'\n', bytes).skip(rows + 1).take(rows).find(ends_line)? + 1;
    let scrolled = memchr_iter(b'\n', &bytes[..point]).take(rows).count() == rows;
    scrolled.then_some(point)
}

/// Where the last SGR is that begins with a reset; the beginning if there is none.
fn last_reset(bytes: &[u8]) -> usize {
    let resets = |at: &usize| matches!(bytes[at + 2..], [b'm', ..] | [b'0', b'm' | b';', ..]);
    memrchr_iter(ESC, bytes).find(resets).unwrap_or(0)
}

/// The SGRs in plain output.
fn looks(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let all = memchr_iter(ESC, bytes).map(|at| &bytes[at..at + look_len(&bytes[at..])]);
    all.filter(|look| look.ends_with(b"m"))
}
