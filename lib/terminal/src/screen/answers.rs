//! What a terminal answers to a query: the exact bytes, as xterm or kitty give them, made from the
//! model and from what is known of the last terminal that was there. For a program whose terminal
//! nobody holds: it asks at its start, and would wait. Who asked, and whether somebody else has
//! answered, is the server's to know.

use std::fmt::Write as _;

use super::cell::Attrs;
use super::colors::xterm;
use super::{Screen, sgr};

pub use super::colors::Rgb;
use crate::scan::Query;

/// What is known of the terminal that was there last; the default is a dark one of common make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The colour of text.
    pub text: Rgb,
    /// The background.
    pub background: Rgb,
    /// The cursor; the text's colour if it has none of its own.
    pub cursor: Option<Rgb>,
    /// Colours of the palette that are not xterm's.
    pub palette: Vec<(u8, Rgb)>,
    /// Width and height of a cell in pixels.
    pub cell: (u16, u16),
    /// Whether it has the kitty keyboard protocol.
    pub kitty_keyboard: bool,
    /// Its name (TERM).
    pub name: String,
}

impl Default for Terminal {
    fn default() -> Terminal {
        Terminal {
            text: Rgb::of(0xe5, 0xe5, 0xe5),
            background: Rgb::of(0, 0, 0),
            cursor: None,
            palette: Vec::new(),
            cell: (8, 16),
            kitty_keyboard: true,
            name: "xterm-256color".to_owned(),
        }
    }
}

/// The one answer to `query`; none to what not every terminal answers. `screen` has to have got all
/// output before the query.
pub fn answer(query: &Query, screen: &Screen, terminal: &Terminal) -> Option<Vec<u8>> {
    let (row, col) = screen.cursor_report();
    let (rows, cols) = (screen.rows(), screen.cols());
    let (width, height) = terminal.cell;
    let text = match query {
        // A VT220 with colours.
        Query::PrimaryAttributes => "\x1b[?62;22c".to_owned(),
        Query::SecondaryAttributes => format!("\x1b[>1;{};0c", version_number()),
        Query::TertiaryAttributes => "\x1bP!|00000000\x1b\\".to_owned(),
        Query::Status => "\x1b[0n".to_owned(),
        Query::Cursor => format!("\x1b[{row};{col}R"),
        Query::ExtendedCursor => format!("\x1b[?{row};{col}R"),
        Query::ColorScheme => {
            format!("\x1b[?997;{}n", if background(screen, terminal).is_dark() { 1 } else { 2 })
        }
        Query::Mode(mode) => format!("\x1b[{mode};{}$y", value(screen.ansi_mode(*mode))),
        Query::PrivateMode(mode) => format!("\x1b[?{mode};{}$y", value(screen.private_mode(*mode))),
        Query::Version => format!("\x1bP>|ms({})\x1b\\", env!("CARGO_PKG_VERSION")),
        Query::Termcap(names) => termcap(names, terminal),
        Query::Setting(setting) => setting_of(setting, screen),
        Query::Keyboard if !terminal.kitty_keyboard => return None,
        Query::Keyboard => format!("\x1b[?{}u", screen.kitty_flags()),
        Query::ModifyOtherKeys => format!("\x1b[>4;{}m", screen.modify_other_keys()),
        Query::PaletteColor { index, bel } => {
            let color =
                set_by_program(screen, u16::from(*index)).unwrap_or_else(|| palette(*index, terminal));
            color_answer(format_args!("4;{index}"), color, *bel)
        }
        Query::DynamicColor { number, bel } => {
            color_answer(format_args!("{number}"), dynamic(*number, screen, terminal), *bel)
        }
        Query::TextAreaPixels => {
            format!("\x1b[4;{};{}t", u32::from(height) * u32::from(rows), u32::from(width) * u32::from(cols))
        }
        Query::CellPixels => format!("\x1b[6;{height};{width}t"),
        Query::TextAreaCells => format!("\x1b[8;{rows};{cols}t"),
        Query::ProgramStatus => "\x1b]7501;?\x1b\\".to_owned(),
        Query::Other => return None,
    };
    Some(text.into_bytes())
}

/// The version as one number: 1.2.3 is 10203.
fn version_number() -> u32 {
    let parts = env!("CARGO_PKG_VERSION").split(['.', '-']).take(3);
    parts.fold(0, |number, part| number * 100 + part.parse::<u32>().unwrap_or(0))
}

/// A mode's value as DECRPM has it: 0 unknown, 1 set, 2 reset.
fn value(mode: Option<bool>) -> u8 {
    match mode {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    }
}

fn color_answer(number: std::fmt::Arguments<'_>, Rgb { r, g, b }: Rgb, bel: bool) -> String {
    let end = if bel { "\x07" } else { "\x1b\\" };
    format!("\x1b]{number};rgb:{r:04x}/{g:04x}/{b:04x}{end}")
}

fn set_by_program(screen: &Screen, index: u16) -> Option<Rgb> {
    Rgb::parse(screen.model.palette.get(&index)?)
}

fn background(screen: &Screen, terminal: &Terminal) -> Rgb {
    dynamic(11, screen, terminal)
}

/// The colour of OSC `number`: text, background, cursor; of 13 and on the one of the two that fits.
fn dynamic(number: u8, screen: &Screen, terminal: &Terminal) -> Rgb {
    let set = set_by_program(screen, super::model::DYNAMIC + u16::from(number.saturating_sub(10)));
    set.unwrap_or(match number {
        11 | 14 | 16 | 17 => terminal.background,
        12 => terminal.cursor.unwrap_or(terminal.text),
        _ => terminal.text,
    })
}

/// A colour of the palette: the terminal's own, or xterm's.
fn palette(index: u8, terminal: &Terminal) -> Rgb {
    let own = terminal.palette.iter().find(|(known, _)| *known == index);
    own.map_or_else(|| xterm(index), |(_, color)| *color)
}

/// XTGETTCAP: the capabilities up to the first that is not known, all in hexadecimal.
fn termcap(names: &str, terminal: &Terminal) -> String {
    let mut known = Vec::new();
    for name in names.split(';') {
        let value = match unhex(name).as_deref() {
            Some("TN" | "name") => hex(&terminal.name),
            Some("Co" | "colors") => hex("256"),
            Some("RGB") => hex("8/8/8"),
            _ => break,
        };
        known.push(format!("{name}={value}"));
    }
    match known.is_empty() {
        true => "\x1bP0+r\x1b\\".to_owned(),
        false => format!("\x1bP1+r{}\x1b\\", known.join(";")),
    }
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn unhex(hex: &str) -> Option<String> {
    let digits =
        hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    String::from_utf8(digits.collect::<Option<Vec<u8>>>()?).ok()
}

/// DECRQSS.
fn setting_of(setting: &str, screen: &Screen) -> String {
    let model = &screen.model;
    let value = match setting {
        "m" => {
            let mut pen = Vec::new();
            sgr::write(&mut pen, &model.grid.cursor.template);
            String::from_utf8_lossy(&pen).trim_start_matches("\x1b[").to_owned()
        }
        "r" => format!("{};{}r", model.region.start + 1, model.region.end),
        "s" => format!("{};{}s", model.margins.start + 1, model.margins.end),
        " q" => format!("{} q", model.modes.cursor_style),
        "\"p" => "62;1\"p".to_owned(),
        "\"q" => format!("{}\"q", u8::from(model.grid.cursor.template.attrs.has(Attrs::PROTECTED))),
        "*x" => format!("{}*x", if model.modes.rectangle { 2 } else { 0 }),
        _ => return "\x1bP0$r\x1b\\".to_owned(),
    };
    format!("\x1bP1$r{value}\x1b\\")
}
