//! The outline of an escape sequence: where it starts and where it ends, and nothing of what it means. It
//! follows xterm and DEC with seven-bit controls only: a byte over 0x7f is never a control.

/// Escape, the only byte that leaves the ground state.
pub const ESC: u8 = 0x1b;
/// The bell, which also ends an OSC string.
pub const BEL: u8 = 0x07;
/// Cancel: breaks off a sequence.
pub const CAN: u8 = 0x18;
/// Substitute: breaks off a sequence as well.
pub const SUB: u8 = 0x1a;

/// Where in a sequence a byte stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Outside: text and control characters.
    #[default]
    Ground,
    /// After ESC.
    Escape,
    /// After ESC and an intermediate byte.
    Intermediate,
    /// In a control sequence (`ESC [`).
    Csi,
    /// In an operating system command (`ESC ]`).
    Osc,
    /// In a device control, privacy, application or start-of-string string (`ESC P`, `^`, `_`, `X`).
    Text,
}

impl State {
    /// The state after `byte`.
    #[inline]
    pub fn next(self, byte: u8) -> State {
        match (self, byte) {
            (_, ESC) => State::Escape,
            (State::Ground, _) | (_, CAN | SUB) => State::Ground,
            (State::Escape, 0x20..=0x2f) => State::Intermediate,
            (State::Escape, b'[') => State::Csi,
            (State::Escape, b']') => State::Osc,
            (State::Escape, b'P' | b'X' | b'^' | b'_') => State::Text,
            (State::Escape | State::Intermediate, 0x30..=0x7e) => State::Ground,
            (State::Csi, 0x40..=0x7e) | (State::Osc, BEL) => State::Ground,
            (state, _) => state,
        }
    }

    /// True in a string, whose length no grammar bounds.
    #[inline]
    pub fn is_string(self) -> bool {
        matches!(self, State::Osc | State::Text)
    }
}

/// How many bytes at the end of `bytes` are the beginning of a UTF-8 character that is not complete.
pub fn incomplete_utf8(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(3);
    for start in (from..bytes.len()).rev() {
        match bytes[start] {
            0x80..=0xbf => continue,
            0xc2..=0xf4 => {
                let rest = &bytes[start..];
                let open = std::str::from_utf8(rest).is_err_and(|e| e.error_len().is_none());
                return if open { rest.len() } else { 0 };
            }
            _ => return 0,
        }
    }
    0
}
