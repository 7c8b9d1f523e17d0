//! Keys as a script names them, the bytes that a keyboard would send for them in the modes that the
//! program has set, and where in such bytes a key ends. Pure: what is typed where, and what a key does, is
//! the business of others.
//!
//! - [`Key`]: `Enter`, `C-c`, `M-x`, `S-Tab`, `F5`, read from a name
//! - [`encode`]: its bytes: the VT220's and xterm's (xterm's ctlseqs), modifyOtherKeys, kitty's protocol
//! - [`paste`]: text that cannot leave a bracketed paste
//! - [`mod@line`]: the longest line that a terminal in canonical mode takes
//! - [`Typed`]: whether a piece of input is text or a key that means something alone
//! - `split`: the other way: what a terminal sends, cut into keys, answers and pastes

mod basic;
mod encode;
mod extended;
mod key_name;
pub mod line;
pub mod paste;
pub mod split;
mod typed;

use serde::{Deserialize, Serialize};

pub use basic::with_ctrl;
pub use encode::encode;
pub use key_name::{NAMES, UnknownKey};
pub use typed::Typed;

/// The modes that decide a key's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyModes {
    /// DECCKM: arrows send SS3.
    pub app_cursor: bool,
    /// DECKPAM: the keypad sends SS3.
    pub app_keypad: bool,
    /// Flags of the kitty keyboard protocol; 0 for off.
    pub kitty: u8,
    /// Level of xterm's modifyOtherKeys.
    pub modify_other_keys: u8,
}

/// Modifiers, in the bits of the protocols (xterm's ctlseqs: "PC-Style Function Keys").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mods {
    /// Shift: 1.
    pub shift: bool,
    /// Alt, called Meta here: 2.
    pub alt: bool,
    /// Ctrl: 4.
    pub ctrl: bool,
}

impl Mods {
    fn any(self) -> bool {
        self != Mods::default()
    }

    /// The parameter of a sequence: 1 and the bits.
    fn parameter(self) -> u8 {
        1 + u8::from(self.shift) + 2 * u8::from(self.alt) + 4 * u8::from(self.ctrl)
    }
}

/// What is on the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sym {
    /// A character.
    Char(char),
    /// Enter, Tab, Escape, Backspace: a byte of its own; its number in both protocols is that byte's.
    Control(u8),
    /// Arrows, Home, End, Begin: `CSI x`, and `SS3 x` under DECCKM.
    Cursor(u8),
    /// F1 to F4: `SS3 x`, or `CSI 1;m x` with modifiers.
    Function(u8),
    /// The editing keys and the higher functions: `CSI n ~`.
    Tilde(u8),
    /// The keypad's: the character without, `SS3 x` with DECKPAM.
    Keypad(char, u8),
}

/// A key with modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    sym: Sym,
    mods: Mods,
}
