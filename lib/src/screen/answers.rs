//! What a terminal answers to a query: the exact bytes, as xterm or kitty give them, made from the
//! model and from what is known of the last terminal that was there. For a program whose terminal
//! nobody holds: it asks at its start, and would wait. Who asked, and whether somebody else has
//! answered, is the server's to know.

use std::fmt::Write as _;

use super::{Screen, sgr};
use crate::scan::Query;

/// A colour, 16 bits a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rgb {
    /// Red.
    pub r: u16,
    /// Green.
    pub g: u16,
    /// Blue.
    pub b: u16,
}

impl Rgb {
    /// A colour of 8 bits a channel.
    pub const fn of(r: u8, g: u8, b: u8) -> Rgb {
        Rgb { r: r as u16 * 0x101, g: g as u16 * 0x101, b: b as u16 * 0x101 }
    }

    /// Reads what X11 and terminals write: `rgb:r/g/b` and `#rgb`, with 1 to 4 digits a channel.
    pub fn parse(text: &str) -> Option<Rgb> {
        let parts: Vec<&str> = match (text.strip_prefix("rgb:"), text.strip_prefix('#')) {
            (Some(channels), _) => channels.split('/').collect(),
            (_, Some(digits)) if digits.is_ascii() && digits.len() % 3 == 0 && !digits.is_empty() => {
                let each = digits.len() / 3;
                vec![&digits[..each], &digits[each..2 * each], &digits[2 * each..]]
            }
            _ => return None,
        };
        match parts[..] {
            [r, g, b] => Some(Rgb { r: channel(r)?, g: channel(g)?, b: channel(b)? }),
            _ => None,
        }
    }

    /// True of a colour that is rather dark (ITU-R BT.709).
    fn is_dark(self) -> bool {
        let luminance = 2126 * u64::from(self.r) + 7152 * u64::from(self.g) + 722 * u64::from(self.b);
        luminance < 10_000 * 0x8000
    }
}

/// 1 to 4 hexadecimal digits, scaled to 16 bits.
fn channel(digits: &str) -> Option<u16> {
    let valid = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| valid)?;
    let most = (1 << (4 * digits.len())) - 1;
    Some((value * 0xffff / most) as u16)
}

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

/// The first 16 colours as xterm has them.
const BASIC: [Rgb; 16] = [
    Rgb::of(0, 0, 0),
    Rgb::of(0xcd, 0, 0),
    Rgb::of(0, 0xcd, 0),
    Rgb::of(0xcd, 0xcd, 0),
    Rgb::of(0, 0, 0xee),
    Rgb::of(0xcd, 0, 0xcd),
    Rgb::of(0, 0xcd, 0xcd),
    Rgb::of(0xe5, 0xe5, 0xe5),
    Rgb::of(0x7f, 0x7f, 0x7f),
    Rgb::of(0xff, 0, 0),
    Rgb::of(0, 0xff, 0),
    Rgb::of(0xff, 0xff, 0),
    Rgb::of(0x5c, 0x5c, 0xff),
    Rgb::of(0xff, 0, 0xff),
    Rgb::of(0, 0xff, 0xff),
    Rgb::of(0xff, 0xff, 0xff),
];

/// A colour of the palette: the terminal's, or xterm's (16 colours, a cube of 6, 24 greys).
fn palette(index: u8, terminal: &Terminal) -> Rgb {
    if let Some((_, color)) = terminal.palette.iter().find(|(known, _)| *known == index) {
        return *color;
    }
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..=15 => BASIC[usize::from(index)],
        16..=231 => {
            let cube = index - 16;
            Rgb::of(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        _ => {
            let grey = 8 + 10 * (index - 232);
            Rgb::of(grey, grey, grey)
        }
    }
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
        " q" => format!("{} q", model.modes.cursor_style),
        "\"p" => "62;1\"p".to_owned(),
        "\"q" => "0\"q".to_owned(),
        _ => return "\x1bP0$r\x1b\\".to_owned(),
    };
    format!("\x1bP1$r{value}\x1b\\")
}
