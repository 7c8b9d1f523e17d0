//! Keys as the kitty keyboard protocol (`CSI 92;5u`) and xterm's modifyOtherKeys (`CSI 27;5;92~`)
//! report them: parsing alone. Sources: kitty's "Comprehensive keyboard handling in terminals";
//! xterm's ctlseqs, `XTMODKEYS`.

/// What happened to the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It went down.
    Press,
    /// It is held down.
    Repeat,
    /// It went up.
    Release,
}

/// A reported key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// The key's own code point, without Shift.
    pub(crate) code: u32,
    /// The code point with Shift, if told.
    pub(crate) shifted: Option<u32>,
    /// The code point that the key has on a PC-101 keyboard, if told.
    pub(crate) base: Option<u32>,
    /// Modifiers as bits: the constants below.
    pub(crate) modifiers: u32,
    /// What happened to it.
    pub(crate) event: Event,
    /// The text that it makes, if told.
    pub(crate) text: Option<char>,
}

pub(crate) const SHIFT: u32 = 1;
pub(crate) const CTRL: u32 = 4;
/// Caps Lock and Num Lock, which change no command.
const LOCKS: u32 = 64 | 128;

impl Report {
    /// Reads a whole control sequence; none if it is not of these two forms.
    pub(crate) fn parse(csi: &[u8]) -> Option<Report> {
        let (last, body) = csi.strip_prefix(b"\x1b[")?.split_last()?;
        let fields = fields(body)?;
        match last {
            b'u' => kitty(&fields),
            b'~' => modify_other_keys(&fields),
            _ => None,
        }
    }

    /// The modifiers without the locks.
    pub(crate) fn chord(&self) -> u32 {
        self.modifiers & !LOCKS
    }

    /// Whether the key is a modifier or a lock itself (kitty's functional key codes).
    pub(crate) fn is_modifier_key(&self) -> bool {
        matches!(self.code, 57358..=57360 | 57441..=57454)
    }

    /// The character that the press stands for, as far as the report tells; Ctrl and Alt aside.
    pub(crate) fn character(&self) -> Option<char> {
        let shift = self.chord() & SHIFT != 0;
        let told = self.text.or_else(|| self.shifted.filter(|_| shift).and_then(char::from_u32));
        told.or_else(|| char::from_u32(self.code).map(|c| if shift { with_shift(c) } else { c }))
    }
}

/// Shift on a PC-101 keyboard, for terminals that do not tell alternates.
fn with_shift(c: char) -> char {
    match c {
        '/' => '?',
        '-' => '_',
        _ => c.to_ascii_uppercase(),
    }
}

/// Fields between semicolons, each with its numbers between colons; an absent number is none.
fn fields(body: &[u8]) -> Option<Vec<Vec<Option<u32>>>> {
    let text = std::str::from_utf8(body).ok()?;
    let number = |n: &str| if n.is_empty() { Some(None) } else { n.parse().ok().map(Some) };
    text.split(';').map(|field| field.split(':').map(number).collect()).collect()
}

fn kitty(fields: &[Vec<Option<u32>>]) -> Option<Report> {
    let at = |field: usize, sub: usize| fields.get(field).and_then(|f| f.get(sub)).copied().flatten();
    Some(Report {
        code: at(0, 0)?,
        shifted: at(0, 1),
        base: at(0, 2),
        modifiers: at(1, 0).unwrap_or(1).saturating_sub(1),
        event: event(at(1, 1))?,
        text: at(2, 0).and_then(char::from_u32),
    })
}

fn modify_other_keys(fields: &[Vec<Option<u32>>]) -> Option<Report> {
    let number = |field: usize| fields.get(field)?.first().copied().flatten();
    if fields.len() != 3 || number(0)? != 27 {
        return None;
    }
    let modifiers = number(1)?.saturating_sub(1);
    Some(Report { code: number(2)?, shifted: None, base: None, modifiers, event: Event::Press, text: None })
}

fn event(number: Option<u32>) -> Option<Event> {
    match number {
        None | Some(1) => Some(Event::Press),
        Some(2) => Some(Event::Repeat),
        Some(3) => Some(Event::Release),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let plain = Report::parse(b"\x1b[92;5u").unwrap();
        assert_eq!((plain.code, plain.chord(), plain.event), (92, CTRL, Event::Press));
        let full = Report::parse(b"\x1b[92:124:92;197:3u").unwrap();
        assert_eq!((full.shifted, full.base, full.chord()), (Some(124), Some(92), CTRL));
        assert_eq!(full.event, Event::Release);
        let xterm = Report::parse(b"\x1b[27;5;92~").unwrap();
        assert_eq!((xterm.code, xterm.chord()), (92, CTRL));
    }

    #[test]
    fn other_sequences_are_not_keys() {
        for other in [&b"\x1b[A"[..], b"\x1b[3~", b"\x1b[?1u", b"\x1b[200~", b"\x1b[u", b"\x1b[99999999999u"]
        {
            assert_eq!(Report::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_press_tells_its_character() {
        let character = |csi: &[u8]| Report::parse(csi).unwrap().character();
        assert_eq!(character(b"\x1b[100u"), Some('d'));
        assert_eq!(character(b"\x1b[47;2u"), Some('?'));
        assert_eq!(character(b"\x1b[223:63;2u"), Some('?'));
        assert_eq!(character(b"\x1b[55;2;47u"), Some('/'));
    }
}
