//! Texts that sequences carry in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::safe::safe_text;

/// Base64, with or without its padding.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    STANDARD_NO_PAD.decode(&text[..end]).ok().filter(|_| text.len() - end <= 2)
}

/// As [`decode`], and the result must be text without control characters.
pub(super) fn decode_text(text: &[u8], max: usize) -> Option<String> {
    let text = String::from_utf8(decode(text)?).ok()?;
    let valid = text.len() <= max && !text.chars().any(char::is_control);
    valid.then(|| safe_text(&text, max))
}
