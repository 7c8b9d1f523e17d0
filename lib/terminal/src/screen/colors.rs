//! Colours as values: how terminals write them, and the ones that xterm has.

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
    pub(super) fn is_dark(self) -> bool {
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

/// A colour of xterm's palette: 16 colours, a cube of 6, 24 greys.
pub(super) fn xterm(index: u8) -> Rgb {
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
