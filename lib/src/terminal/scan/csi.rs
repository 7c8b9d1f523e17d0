//! What control sequences, plain escapes and device control strings say. The scanner has taken them
//! whole; here they are only read.

use super::machine::ESC;
use super::{MAX_TEXT, Query, What};
use crate::terminal::safe::safe_bytes;

/// A control sequence taken apart: `CSI prefix params intermediates action`.
pub(crate) struct Csi<'a> {
    /// One of `<=>?`, or 0.
    pub(crate) prefix: u8,
    pub(crate) params: Vec<u16>,
    pub(crate) intermediates: &'a [u8],
    pub(crate) action: u8,
    /// True if no parameter was written, not even a 0.
    pub(crate) bare: bool,
}

/// The most parameters; a sequence with more is not acted on.
const MAX_PARAMS: usize = 32;

impl<'a> Csi<'a> {
    /// Reads what follows `ESC [`.
    pub(crate) fn parse(body: &'a [u8]) -> Option<Csi<'a>> {
        let (action, body) = body.split_last()?;
        let (prefix, body) = match body {
            [prefix @ b'<'..=b'?', rest @ ..] => (*prefix, rest),
            _ => (0, body),
        };
        let end = body.iter().position(|b| !matches!(b, b'0'..=b';')).unwrap_or(body.len());
        let (params, intermediates) = body.split_at(end);
        let valid = intermediates.iter().all(|b| matches!(b, b' '..=b'/'));
        if !valid || params.iter().filter(|b| matches!(b, b';' | b':')).count() >= MAX_PARAMS {
            return None;
        }
        let bare = params.is_empty();
        let params = numbers(params).collect();
        Some(Csi { prefix, params, intermediates, action: *action, bare })
    }

    /// A parameter, 0 if it was left out.
    pub(crate) fn param(&self, index: usize) -> u16 {
        self.params.get(index).copied().unwrap_or(0)
    }
}

/// The parameters of a control sequence; one that is left out is 0.
pub(crate) fn numbers(params: &[u8]) -> impl Iterator<Item = u16> {
    params.split(|b| *b == b';').map(number)
}

/// A parameter without its sub-parameters.
fn number(param: &[u8]) -> u16 {
    let digits = param.iter().take_while(|b| b.is_ascii_digit());
    digits.fold(0u16, |number, b| number.saturating_mul(10).saturating_add(u16::from(b - b'0')))
}

/// Bytes of parameters of an ordinary sequence: two colours in full.
const MAX_ORDINARY: usize = 40;

/// The length of a control sequence at the beginning of `bytes` that is one of those which output is
/// full of (looks, movements, erasing) and which say nothing here; 0 if there is none, or not all of it.
#[inline]
pub(crate) fn ordinary_len(bytes: &[u8]) -> usize {
    let [ESC, b'[', rest @ ..] = bytes else { return 0 };
    let params = rest.iter().take(MAX_ORDINARY).take_while(|b| matches!(b, b'0'..=b';')).count();
    match rest.get(params) {
        Some(b'c' | b'n' | b'p' | b't' | b'u' | b'w' | b'x' | b'y') => 0,
        Some(b'@'..=b'~') => 3 + params,
        _ => 0,
    }
}

/// The events of a control sequence or of a plain escape.
pub(super) fn events(sequence: &[u8]) -> Vec<What> {
    match sequence {
        [_, b'[', body @ ..] => Csi::parse(body).map(|csi| of_csi(&csi)).unwrap_or_default(),
        [_, b'c'] => vec![What::Reset],
        [_, b'Z'] => vec![What::Query(Query::PrimaryAttributes)],
        _ => Vec::new(),
    }
}

fn of_csi(csi: &Csi<'_>) -> Vec<What> {
    if let (b'?', [], b'h' | b'l') = (csi.prefix, csi.intermediates, csi.action) {
        return csi.params.iter().filter_map(|mode| mode_event(*mode, csi.action == b'h')).collect();
    }
    if let (b'!', b'p') = (csi.intermediates.first().copied().unwrap_or(0), csi.action) {
        return vec![What::SoftReset];
    }
    query(csi).map(What::Query).into_iter().collect()
}

fn mode_event(mode: u16, on: bool) -> Option<What> {
    match mode {
        47 | 1047 | 1049 => Some(What::AltScreen(on)),
        2004 => Some(What::BracketedPaste(on)),
        2026 => Some(What::Sync(on)),
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

/// The events of a string other than OSC; `sequence` is without its terminator.
pub(super) fn string_events(sequence: &[u8]) -> Vec<What> {
    let query = match sequence {
        [_, b'P', b'+', b'q', names @ ..] => Query::Termcap(safe_bytes(names, MAX_TEXT)),
        [_, b'P', b'$', b'q', setting @ ..] => Query::Setting(safe_bytes(setting, MAX_TEXT)),
        [_, b'_', b'G', command @ ..] if is_graphics_query(command) => Query::Other,
        _ => return Vec::new(),
    };
    vec![What::Query(query)]
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
