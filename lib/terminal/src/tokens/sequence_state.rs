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
pub enum SequenceState {
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

impl SequenceState {
    /// The state after `byte`.
    #[inline]
    pub fn next(self, byte: u8) -> SequenceState {
        match (self, byte) {
            (_, ESC) => SequenceState::Escape,
            (SequenceState::Ground, _) | (_, CAN | SUB) => SequenceState::Ground,
            (SequenceState::Escape, 0x20..=0x2f) => SequenceState::Intermediate,
            (SequenceState::Escape, b'[') => SequenceState::Csi,
            (SequenceState::Escape, b']') => SequenceState::Osc,
            (SequenceState::Escape, b'P' | b'X' | b'^' | b'_') => SequenceState::Text,
            (SequenceState::Escape | SequenceState::Intermediate, 0x30..=0x7e) => SequenceState::Ground,
            (SequenceState::Csi, 0x40..=0x7e) | (SequenceState::Osc, BEL) => SequenceState::Ground,
            (state, _) => state,
        }
    }

    /// True in a string, whose length no grammar bounds.
    #[inline]
    pub fn is_string(self) -> bool {
        matches!(self, SequenceState::Osc | SequenceState::Text)
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
