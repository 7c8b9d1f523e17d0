//! What operating system commands say: titles, notifications, progress, marks, reports, colours.

use super::encoded::decode;
use super::report::Report;
use super::{EventKind, MAX_TEXT, Query};
use crate::safe::safe_bytes;

/// The longest text of a directory or of a mark's parameters.
const MAX_PARAMS: usize = 2048;

/// The events of a command. `bel` says what ended it.
pub(super) fn events(body: &[u8], bel: bool) -> Vec<EventKind> {
    let Some((number, rest)) = split(body) else { return Vec::new() };
    let text = || safe_bytes(rest, MAX_TEXT);
    let one = match number {
        0 | 2 => Some(EventKind::Title { window: true, text: text() }),
        1 => Some(EventKind::Title { window: false, text: text() }),
        4 => return palette_queries(rest, bel),
        7 => Some(EventKind::Directory(safe_bytes(rest, MAX_PARAMS))),
        9 => osc9(rest),
        10..=19 => return color_queries(number, rest, bel),
        21 if rest.contains(&b'?') => Some(EventKind::Query(Query::Other)),
        52 => Some(EventKind::Clipboard { asked: rest.ends_with(b";?") }),
        99 => kitty_notification(rest),
        133 => mark(rest),
        777 => notify(rest),
        7501 if rest.trim_ascii() == b"?" => Some(EventKind::Query(Query::ProgramStatus)),
        7501 => Report::parse(rest).map(EventKind::Status),
        _ => None,
    };
    one.into_iter().collect()
}

/// The command's number and what follows its `;`.
pub(super) fn split(body: &[u8]) -> Option<(u16, &[u8])> {
    let digits = body.iter().position(|b| *b == b';').unwrap_or(body.len());
    let number = std::str::from_utf8(&body[..digits]).ok()?.parse().ok()?;
    Some((number, body.get(digits + 1..).unwrap_or_default()))
}

fn parts(rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    rest.split(|b| *b == b';')
}

fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// OSC 4: each pair whose colour is `?` asks.
fn palette_queries(rest: &[u8], bel: bool) -> Vec<EventKind> {
    let parts: Vec<&[u8]> = parts(rest).collect();
    let asked = parts.chunks_exact(2).filter(|pair| pair[1] == b"?");
    let indices = asked.filter_map(|pair| number(pair[0]));
    indices.map(|index| EventKind::Query(Query::PaletteColor { index, bel })).collect()
}

/// OSC 10 to 19: each further part goes to the next number.
fn color_queries(first: u16, rest: &[u8], bel: bool) -> Vec<EventKind> {
    let asked = (first as u8..=19).zip(parts(rest)).filter(|(_, color)| *color == b"?");
    asked.map(|(number, _)| EventKind::Query(Query::DynamicColor { number, bel })).collect()
}

/// OSC 9: progress, a notification, or one of ConEmu's commands, which begin with a number.
fn osc9(rest: &[u8]) -> Option<EventKind> {
    let mut parts = parts(rest);
    let command: Option<u8> = number(parts.next()?);
    match command {
        Some(4) => {
            let state = parts.next().and_then(number).unwrap_or(0);
            let value: u8 = parts.next().and_then(number).unwrap_or(0);
            Some(EventKind::Progress { state, value: value.min(100) })
        }
        Some(1..=12) if rest.contains(&b';') || rest == b"12" => None,
        _ => notification("", &safe_bytes(rest, MAX_TEXT)),
    }
}

fn notification(title: &str, body: &str) -> Option<EventKind> {
    let empty = title.is_empty() && body.is_empty();
    (!empty).then(|| EventKind::Notification { title: title.to_owned(), body: body.to_owned() })
}

/// OSC 777;notify;title;body.
fn notify(rest: &[u8]) -> Option<EventKind> {
    let rest = rest.strip_prefix(b"notify;")?;
    let mut parts = rest.splitn(2, |b| *b == b';').map(|part| safe_bytes(part, MAX_TEXT));
    notification(&parts.next().unwrap_or_default(), &parts.next().unwrap_or_default())
}

/// OSC 99: metadata, then the payload. Only the last part of one in several parts counts.
fn kitty_notification(rest: &[u8]) -> Option<EventKind> {
    let end = rest.iter().position(|b| *b == b';')?;
    let (metadata, payload) = (&rest[..end], &rest[end + 1..]);
    let key = |name: &[u8]| metadata.split(|b| *b == b':').rev().find_map(|pair| pair.strip_prefix(name));
    match key(b"p=").unwrap_or(b"title") {
        b"?" | b"alive" => return Some(EventKind::Query(Query::Other)),
        b"title" | b"body" => {}
        _ => return None,
    }
    if key(b"d=") == Some(b"0") {
        return None;
    }
    let decoded = match key(b"e=") {
        Some(b"1") => decode(payload)?,
        _ => payload.to_vec(),
    };
    notification("", &safe_bytes(&decoded, MAX_TEXT))
}

/// OSC 133.
fn mark(rest: &[u8]) -> Option<EventKind> {
    let (kind, params) = rest.split_first()?;
    let params = params.strip_prefix(b";").or(params.is_empty().then_some(params))?;
    let known = kind.is_ascii_uppercase();
    known.then(|| EventKind::Mark { kind: char::from(*kind), params: safe_bytes(params, MAX_PARAMS) })
}
