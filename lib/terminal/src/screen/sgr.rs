//! SGR, both ways: what the parameters of `CSI m` do to the pen, and a sequence that gives a pen back
//! whatever the terminal's was.

use std::io::Write;

use crate::tokens::Params;

use super::cell::{Attrs, Cell, Color, Kind};

/// Changes `pen` as the parameters of `CSI m` say.
pub(super) fn apply(pen: &mut Cell, params: &Params) {
    let mut params = params.iter();
    while let Some(param) = params.next() {
        match param {
            [38, rest @ ..] => pen.fg = color(rest, &mut params).unwrap_or(pen.fg),
            [48, rest @ ..] => pen.bg = color(rest, &mut params).unwrap_or(pen.bg),
            [58, rest @ ..] => {
                let underline = pen.underline();
                pen.set_underline(color(rest, &mut params).unwrap_or(underline));
            }
            [4, style, ..] => pen.attrs.set_underline(*style),
            [code, ..] => code_of(pen, *code),
            [] => {}
        }
    }
}

/// The colour after 38, 48 or 58: in the same parameter (colons) or in those that follow.
fn color<'a>(rest: &[u16], params: &mut impl Iterator<Item = &'a [u16]>) -> Option<Color> {
    match rest {
        [] => {
            let mut next = || params.next().map_or(0, |param| param[0]);
            match next() {
                5 => indexed(next()),
                2 => rgb(next(), next(), next()),
                _ => None,
            }
        }
        [5, index, ..] => indexed(*index),
        [2, r, g, b] | [2, _, r, g, b, ..] => rgb(*r, *g, *b),
        _ => None,
    }
}

fn indexed(index: u16) -> Option<Color> {
    Some(Color::indexed(u8::try_from(index).ok()?))
}

fn rgb(r: u16, g: u16, b: u16) -> Option<Color> {
    Some(Color::rgb(u8::try_from(r).ok()?, u8::try_from(g).ok()?, u8::try_from(b).ok()?))
}

/// The attributes that have a code to switch them on, and the code.
const ATTRS: [(u16, u16); 9] = [
    (1, Attrs::BOLD),
    (2, Attrs::DIM),
    (3, Attrs::ITALIC),
    (5, Attrs::BLINK),
    (6, Attrs::RAPID),
    (7, Attrs::INVERSE),
    (8, Attrs::HIDDEN),
    (9, Attrs::STRIKE),
    (53, Attrs::OVERLINE),
];

fn code_of(pen: &mut Cell, code: u16) {
    let attrs = &mut pen.attrs;
    match code {
        0 => reset(pen),
        4 => attrs.set_underline(1),
        21 => attrs.set_underline(2),
        22 => attrs.set(Attrs::BOLD | Attrs::DIM, false),
        23 => attrs.set(Attrs::ITALIC, false),
        24 => attrs.set_underline(0),
        25 => attrs.set(Attrs::BLINK | Attrs::RAPID, false),
        27 => attrs.set(Attrs::INVERSE, false),
        28 => attrs.set(Attrs::HIDDEN, false),
        29 => attrs.set(Attrs::STRIKE, false),
        30..=37 => pen.fg = Color::basic((code - 30) as u8),
        39 => pen.fg = Color::DEFAULT,
        40..=47 => pen.bg = Color::basic((code - 40) as u8),
        49 => pen.bg = Color::DEFAULT,
        55 => attrs.set(Attrs::OVERLINE, false),
        59 => pen.set_underline(Color::DEFAULT),
        90..=97 => pen.fg = Color::basic((code - 90 + 8) as u8),
        100..=107 => pen.bg = Color::basic((code - 100 + 8) as u8),
        _ => {
            if let Some((_, bit)) = ATTRS.iter().find(|(on, _)| *on == code) {
                attrs.set(*bit, true);
            }
        }
    }
}

/// SGR 0, which leaves the hyperlink and the protection.
fn reset(pen: &mut Cell) {
    let link = pen.link().cloned();
    *pen = Cell { attrs: pen.attrs.plain(), ..Cell::default() };
    pen.set_link(link);
}

/// Writes the sequence that makes a pen look like `cell`.
pub(super) fn write(out: &mut Vec<u8>, cell: &Cell) {
    out.extend_from_slice(b"\x1b[0");
    for (code, bit) in ATTRS {
        if cell.attrs.has(bit) {
            push(out, format_args!(";{code}"));
        }
    }
    match cell.attrs.underline() {
        0 => {}
        1 => out.extend_from_slice(b";4"),
        style => push(out, format_args!(";4:{style}")),
    }
    write_color(out, cell.fg, 30, ';');
    write_color(out, cell.bg, 40, ';');
    write_color(out, cell.underline(), 50, ':');
    out.push(b'm');
}

/// `base` is 30, 40 or 50. Underline colours take colons (`between`), as terminals that do not know
/// them then skip them whole.
fn write_color(out: &mut Vec<u8>, color: Color, base: u16, between: char) {
    let extended = base + 8;
    match color.kind() {
        Kind::Default => {}
        Kind::Basic(index @ 0..8) => push(out, format_args!(";{}", base + u16::from(index))),
        Kind::Basic(index) => push(out, format_args!(";{}", base + 52 + u16::from(index))),
        Kind::Indexed(index) => push(out, format_args!(";{extended}{between}5{between}{index}")),
        Kind::Rgb(r, g, b) if between == ':' => push(out, format_args!(";{extended}:2::{r}:{g}:{b}")),
        Kind::Rgb(r, g, b) => push(out, format_args!(";{extended};2;{r};{g};{b}")),
    }
}

/// Formats onto `out`, which cannot fail.
pub(super) fn push(out: &mut Vec<u8>, args: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(args);
}
