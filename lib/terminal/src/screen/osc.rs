//! Operating system commands that leave something to restore: titles, the working directory,
//! hyperlinks and colours. All else (clipboard, notifications, marks) is the scanner's.

use std::sync::Arc;

use super::cell::Link;
use super::model::{DYNAMIC, Model};
use super::titles::clean;

/// The longest address of a hyperlink or working directory, in bytes.
const MAX_URI: usize = 2048;
/// The longest id of a hyperlink.
const MAX_ID: usize = 256;
/// The longest name of a colour.
const MAX_COLOR: usize = 64;

/// Does what the command says; `;` stands between its parts.
pub(super) fn apply(model: &mut Model, body: &[u8]) {
    let params: Vec<&[u8]> = body.split(|b| *b == b';').collect();
    let [command, rest @ ..] = &params[..] else { return };
    match (*command, rest) {
        (b"0", [_, ..]) => model.titles.set(0, &text(rest)),
        (b"1", [_, ..]) => model.titles.set(1, &text(rest)),
        (b"2", [_, ..]) => model.titles.set(2, &text(rest)),
        (b"7", [_, ..]) => model.cwd = Some(clean(&text(rest), MAX_URI)).filter(|url| !url.is_empty()),
        (b"8", [params, uri @ ..]) => link(model, params, &text(uri)),
        (b"4", _) => indexed_colors(model, rest),
        (b"104", [] | [b""]) => model.palette.retain(|index, _| *index >= DYNAMIC),
        (b"104", _) => {
            for index in rest.iter().filter_map(|index| number(index)) {
                model.palette.remove(&index);
            }
        }
        (command, _) => dynamic_colors(model, number(command).unwrap_or(0), rest),
    }
}

/// The rest of the command as text, its separators put back.
fn text(parts: &[&[u8]]) -> String {
    String::from_utf8_lossy(&parts.join(&b';')).trim().to_owned()
}

fn number(digits: &[u8]) -> Option<u16> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn link(model: &mut Model, params: &[u8], uri: &str) {
    let uri = clean(uri, MAX_URI + 1);
    let id = params.split(|b| *b == b':').find_map(|pair| pair.strip_prefix(b"id="));
    let id = clean(&String::from_utf8_lossy(id.unwrap_or_default()), MAX_ID);
    // A cut address would lead elsewhere: better none.
    let usable = !uri.is_empty() && uri.len() <= MAX_URI;
    let link = usable.then(|| Arc::new(Link { id: id.into(), uri: uri.into() }));
    model.pen().set_link(link);
}

/// OSC 4: pairs of an index and a colour.
fn indexed_colors(model: &mut Model, pairs: &[&[u8]]) {
    for pair in pairs.chunks_exact(2) {
        if let Some(index @ 0..DYNAMIC) = number(pair[0]) {
            set_color(model, index, pair[1]);
        }
    }
}

/// OSC 10 to 19, each further colour going to the next; 110 to 119 take them back.
fn dynamic_colors(model: &mut Model, command: u16, colors: &[&[u8]]) {
    match command {
        10..=19 => {
            for (index, color) in (command - 10..10).zip(colors) {
                set_color(model, DYNAMIC + index, color);
            }
        }
        110..=119 => {
            model.palette.remove(&(DYNAMIC + command - 110));
        }
        _ => {}
    }
}

/// Keeps a colour as it was written, if it is one by its looks and no query.
fn set_color(model: &mut Model, index: u16, color: &[u8]) {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"#:/.,- ".contains(b);
    if !color.is_empty() && color.len() <= MAX_COLOR && color.iter().all(plain) {
        let color = String::from_utf8_lossy(color);
        model.palette.insert(index, color.into());
    }
}
