//! What control sequences, plain escapes and device control strings say.

use super::{EventKind, MAX_TEXT, Query};
use crate::safe::safe_bytes;
use crate::tokens::Csi;

/// True of a control sequence, without `ESC [`, that is one of those which output is full of (looks, movements,
/// erasing): it says nothing here. It has neither a prefix nor intermediates.
pub(super) fn is_ordinary(body: &[u8]) -> bool {
    !matches!(body.last(), Some(b'c' | b'n' | b'p' | b't' | b'u' | b'w' | b'x' | b'y'))
}

/// The events of a control sequence, without `ESC [`.
pub(super) fn events(body: &[u8]) -> Vec<EventKind> {
    Csi::parse(body).map(|csi| of_csi(&csi)).unwrap_or_default()
}

/// The events of a plain escape.
pub(super) fn escape_events(body: &[u8]) -> Vec<EventKind> {
    match body {
        b"c" => vec![EventKind::Reset],
        b"Z" => vec![EventKind::Query(Query::PrimaryAttributes)],
        _ => Vec::new(),
    }
}

fn of_csi(csi: &Csi<'_>) -> Vec<EventKind> {
    if let (b'?', [], b'h' | b'l') = (csi.prefix, csi.intermediates, csi.action) {
        return csi.numbers().filter_map(|mode| mode_event(mode, csi.action == b'h')).collect();
    }
    if let (b'!', b'p') = (csi.intermediates.first().copied().unwrap_or(0), csi.action) {
        return vec![EventKind::SoftReset];
    }
    query(csi).map(EventKind::Query).into_iter().collect()
}

fn mode_event(mode: u16, on: bool) -> Option<EventKind> {
    match mode {
        47 | 1047 | 1049 => Some(EventKind::AltScreen(on)),
        2004 => Some(EventKind::BracketedPaste(on)),
        2026 => Some(EventKind::Sync(on)),
        _ => None,
    }
}

/// The query that a control sequence is, if it is one.
pub(super) fn query(csi: &Csi<'_>) -> Option<Query> {
    let first = csi.param(0);
    match (csi.prefix, csi.intermediates, csi.action) {
        (0, [], b'c') if first == 0 => Some(Query::PrimaryAttributes),
        (b'>', [], b'c') if first == 0 => Some(Query::SecondaryAttributes),
        (b'=', [], b'c') if first == 0 => Some(Query::TertiaryAttributes),
        (0, [], b'n') if first == 5 => Some(Query::Status),
        (0, [], b'n') if first == 6 => Some(Query::Cursor),
        (b'?', [], b'n') => Some(match first {
            6 => Query::ExtendedCursor,
            996 => Query::ColorScheme,
            _ => Query::Other,
        }),
        (0, b"$", b'p') => Some(Query::Mode(first)),
        (b'?', b"$", b'p') => Some(Query::PrivateMode(first)),
        (b'>', [], b'q') if first == 0 => Some(Query::Version),
        // With parameters it is the answer.
        (b'?', [], b'u') if csi.bare => Some(Query::Keyboard),
        (b'?', [], b'm') => Some(if first == 4 { Query::ModifyOtherKeys } else { Query::Other }),
        (0, [], b't') => match first {
            14 => Some(Query::TextAreaPixels),
            16 => Some(Query::CellPixels),
            18 => Some(Query::TextAreaCells),
            11 | 13 | 15 | 19..=21 => Some(Query::Other),
            _ => None,
        },
        // Graphics, presentation state, terminal parameters, checksums, user sets, macro space.
        (b'?', [], b'S') | (0, b"$", b'w' | b'u') | (0, [], b'x') | (0, b"*", b'y') | (0, b"&", b'u') => {
            Some(Query::Other)
        }
        _ => None,
    }
}

/// The events of a string other than OSC.
pub(super) fn string_events(kind: u8, body: &[u8]) -> Vec<EventKind> {
    let query = match (kind, body) {
        (b'P', [b'+', b'q', names @ ..]) => Query::Termcap(safe_bytes(names, MAX_TEXT)),
        (b'P', [b'$', b'q', setting @ ..]) => Query::Setting(safe_bytes(setting, MAX_TEXT)),
        (b'_', [b'G', command @ ..]) if is_graphics_query(command) => Query::Other,
        _ => return Vec::new(),
    };
    vec![EventKind::Query(query)]
}

/// Kitty's graphics commands are answered if they ask or name an image, unless that is switched off.
fn is_graphics_query(command: &[u8]) -> bool {
    let keys = command.split(|b| *b == b';').next().unwrap_or_default();
    let mut answered = false;
    for pair in keys.split(|b| *b == b',') {
        match pair {
            b"q=1" | b"q=2" => return false,
            [b'i' | b'I', b'=', ..] | b"a=q" => answered = true,
            _ => {}
        }
    }
    answered
}
