//! The key before the client's own keys: how the configuration spells it and in which forms a terminal
//! sends it.

use std::str::FromStr;

use super::report::{CTRL, Report, SHIFT};
use ms_terminal::keyboard::with_ctrl;
use msession::format::error::Error;

const CTRL_SHIFT: u32 = CTRL | SHIFT;

/// A control key: `C-a` to `C-z` but Tab, line feed and Enter, or one of `C-\ C-] C-^ C-_ C-@`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The character beside Ctrl, in lower case.
    key: char,
}

impl Prefix {
    /// Reads `[keys] prefix`; `none` is no prefix.
    ///
    /// # Errors
    /// `Usage` if it is no such key.
    pub fn configured(text: &str) -> Result<Option<Prefix>, Error> {
        if text == "none" { Ok(None) } else { text.parse().map(Some) }
    }

    /// The byte that the key is without any keyboard protocol.
    pub(crate) fn byte(self) -> u8 {
        self.key.to_ascii_uppercase() as u8 & 0x1f
    }

    /// Whether the report is of this key, whatever happened to it.
    pub(crate) fn is(self, report: &Report) -> bool {
        let key = u32::from(self.key);
        let itself = report.code == key;
        match report.chord() {
            CTRL => itself || self.is_on_base_layout(report) || self.is_legacy_neighbour(report.code),
            CTRL_SHIFT if self.key.is_ascii_alphabetic() => false,
            CTRL_SHIFT => itself || report.shifted == Some(key) || self.needs_shift(report),
            _ => false,
        }
    }

    /// On a keyboard of another script, the key that has this character on a PC-101.
    fn is_on_base_layout(self, report: &Report) -> bool {
        report.base == Some(u32::from(self.key)) && report.code > 0x7f
    }

    /// Keys that have always sent the same byte with Ctrl: `Ctrl-4` for `Ctrl-\`, `Ctrl-7` and `Ctrl-/` for
    /// `Ctrl-_`, and so on (VT220 manual, table 3-5; Xlib's XLookupString).
    fn is_legacy_neighbour(self, code: u32) -> bool {
        char::from_u32(code).and_then(with_ctrl) == Some(self.byte())
    }

    /// The key under the character on a PC-101, for terminals that do not tell alternates.
    fn needs_shift(self, report: &Report) -> bool {
        let under = match self.key {
            '^' => '6',
            '_' => '-',
            '@' => '2',
            _ => return false,
        };
        report.shifted.is_none() && report.code == u32::from(under)
    }

    /// As a person reads it, e.g. `Ctrl-\`.
    pub fn spelled(self) -> String {
        format!("Ctrl-{}", self.key.to_ascii_uppercase())
    }
}

impl FromStr for Prefix {
    type Err = Error;

    fn from_str(text: &str) -> Result<Prefix, Error> {
        let mut rest = text.strip_prefix("C-").unwrap_or_default().chars();
        match (rest.next().map(|c| c.to_ascii_lowercase()), rest.next()) {
            (Some('i' | 'j' | 'm'), None) => Err(refused(text, "is Tab or Enter")),
            (Some(key @ ('a'..='z' | '\\' | ']' | '^' | '_' | '@')), None) => Ok(Prefix { key }),
            _ => Err(refused(text, "is not C- and a letter or one of \\ ] ^ _ @, nor none")),
        }
    }
}

fn refused(text: &str, why: &str) -> Error {
    Error::Usage(format!("[keys] prefix: {text:?} {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(prefix: &str, csi: &[u8]) -> bool {
        prefix.parse::<Prefix>().unwrap().is(&Report::parse(csi).unwrap())
    }

    #[test]
    fn the_configuration_s_words_are_read() {
        for (text, byte) in [("C-\\", 0x1c), ("C-a", 1), ("C-A", 1), ("C-]", 0x1d), ("C-^", 0x1e), ("C-@", 0)]
        {
            assert_eq!(text.parse::<Prefix>().unwrap().byte(), byte, "{text}");
        }
        assert_eq!(Prefix::configured("none").unwrap(), None);
        for bad in ["", "a", "C-", "C-ab", "C-[", "C-m", "M-a", "C-é"] {
            let error = Prefix::configured(bad).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains("prefix"), "{bad}");
        }
    }

    #[test]
    fn every_form_of_the_key_is_known() {
        for csi in
            [&b"\x1b[92;5u"[..], b"\x1b[92;69u", b"\x1b[92;133:1u", b"\x1b[92::92;5u", b"\x1b[27;5;92~"]
        {
            assert!(is("C-\\", csi), "{csi:?}");
        }
        assert!(is("C-\\", b"\x1b[1093::92;5u"), "on another script's keyboard");
        assert!(is("C-\\", b"\x1b[223:92;6u"), "where it needs shift");
        assert!(is("C-^", b"\x1b[54;6u") && is("C-@", b"\x1b[32;5u") && is("C-a", b"\x1b[97;69u"));
    }

    #[test]
    fn whatever_sends_its_byte_without_a_protocol_is_it_under_one() {
        for prefix in ["C-\\", "C-]", "C-^", "C-_", "C-@", "C-a", "C-b", "C-g", "C-z"] {
            let byte = prefix.parse::<Prefix>().unwrap().byte();
            for code in 0x20..0x7f_u8 {
                let key = char::from(code).to_ascii_lowercase();
                let legacy = with_ctrl(key) == Some(byte);
                let forms = [format!("\x1b[{};5u", u32::from(key)), format!("\x1b[27;5;{}~", u32::from(key))];
                for form in forms {
                    assert_eq!(is(prefix, form.as_bytes()), legacy, "{prefix} {form:?}");
                }
            }
        }
        assert!(is("C-\\", b"\x1b[52;5u") && is("C-]", b"\x1b[53;5u"));
        assert!(is("C-_", b"\x1b[55;5u") && is("C-_", b"\x1b[47;5u"));
    }

    #[test]
    fn other_chords_are_not_it() {
        for csi in [&b"\x1b[92u"[..], b"\x1b[92;7u", b"\x1b[92;3u", b"\x1b[91;5u", b"\x1b[39:34:92;5u"] {
            assert!(!is("C-\\", csi), "{csi:?}");
        }
        assert!(!is("C-a", b"\x1b[97;6u"), "Ctrl-Shift-A is a key of its own");
    }
}
