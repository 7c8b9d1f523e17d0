//! The forms in which terminals have always sent keys and their modifiers.

use super::Mods;

/// `CSI x` or `CSI 1 ; m x`.
pub(super) fn lettered(letter: u8, mods: Mods) -> Vec<u8> {
    let letter = char::from(letter);
    if mods.any() { format!("\x1b[1;{}{letter}", mods.parameter()) } else { format!("\x1b[{letter}") }.into()
}

/// `CSI n ~` or `CSI n ; m ~`.
pub(super) fn numbered(number: u8, mods: Mods) -> Vec<u8> {
    if mods.any() { format!("\x1b[{number};{}~", mods.parameter()) } else { format!("\x1b[{number}~") }.into()
}

/// Alt is an ESC before.
pub(super) fn escaped(mods: Mods, bytes: &[u8]) -> Vec<u8> {
    if mods.alt { [b"\x1b", bytes].concat() } else { bytes.to_vec() }
}

pub(super) fn character(c: char, mods: Mods) -> Vec<u8> {
    match with_ctrl(c).filter(|_| mods.ctrl) {
        Some(byte) => vec![byte],
        None => shifted(c, mods).to_string().into_bytes(),
    }
}

/// The character that Shift makes of a letter; what it makes of other keys only a keyboard knows.
pub(super) fn shifted(c: char, mods: Mods) -> char {
    let mut upper = c.to_uppercase();
    match (mods.shift, upper.next(), upper.next()) {
        (true, Some(upper), None) => upper,
        _ => c,
    }
}

/// The byte that Ctrl makes of a character (Xlib's XLookupString, and `?` as VT terminals have it).
pub fn with_ctrl(c: char) -> Option<u8> {
    match c {
        '@'..='~' | ' ' => Some(c as u8 & 0x1f),
        '2' => Some(0),
        '3'..='7' => Some(c as u8 - b'3' + 0x1b),
        '8' | '?' => Some(0x7f),
        '/' => Some(0x1f),
        _ => None,
    }
}

pub(super) fn control(byte: u8, mods: Mods) -> Vec<u8> {
    match byte {
        b'\t' if mods.shift => escaped(mods, b"\x1b[Z"),
        0x7f if mods.ctrl => escaped(mods, b"\x08"),
        _ => escaped(mods, &[byte]),
    }
}
