//! What the scanner reports: the vocabulary between what programs write and who acts on it.

use super::Report;

/// Something that a program did with a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The offset of the sequence's first byte.
    pub start: u64,
    /// The offset after its last byte.
    pub end: u64,
    /// What it did.
    pub what: EventKind,
}

/// What a sequence did. Texts are safe to show (`safe::safe_text`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It asked something that a terminal answers.
    Query(Query),
    /// A bell that is not the end of an OSC string.
    Bell,
    /// A notification (OSC 9, 99, 777).
    Notification {
        /// The title; often empty.
        title: String,
        /// The text.
        body: String,
    },
    /// Progress (OSC 9;4).
    Progress {
        /// 0 none, 1 a value, 2 an error, 3 busy without a value, 4 paused.
        state: u8,
        /// Per cent.
        value: u8,
    },
    /// A mark of a shell (OSC 133).
    Mark {
        /// `A` prompt, `B` command line, `C` output, `D` end, or another letter.
        kind: char,
        /// What follows: `0` as the exit code of `D`, or `key=value` pairs, separated by `;`.
        params: String,
    },
    /// A report of the program's status (OSC 7501).
    Status(Report),
    /// A title (OSC 0, 1, 2).
    Title {
        /// True if it is the window's (0 and 2), false if it is the icon's alone (1).
        window: bool,
        /// The title.
        text: String,
    },
    /// The working directory (OSC 7), a `file://` address.
    Directory(String),
    /// The clipboard (OSC 52).
    Clipboard {
        /// True if it was asked for, false if it was set.
        asked: bool,
    },
    /// Bracketed paste (2004) was switched.
    BracketedPaste(bool),
    /// The alternate screen (47, 1047, 1049) was switched.
    AltScreen(bool),
    /// A synchronized update (2026) began or ended.
    Sync(bool),
    /// A full reset (RIS).
    Reset,
    /// A soft reset (DECSTR).
    SoftReset,
}

/// What a terminal is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// DA1, `CSI c`, and DECID.
    PrimaryAttributes,
    /// DA2, `CSI > c`.
    SecondaryAttributes,
    /// DA3, `CSI = c`.
    TertiaryAttributes,
    /// `CSI 5 n`.
    Status,
    /// `CSI 6 n`.
    Cursor,
    /// DECXCPR, `CSI ? 6 n`.
    ExtendedCursor,
    /// The colour scheme, `CSI ? 996 n`.
    ColorScheme,
    /// DECRQM of an ANSI mode, `CSI mode $ p`.
    Mode(u16),
    /// DECRQM of a private mode, `CSI ? mode $ p`.
    PrivateMode(u16),
    /// XTVERSION, `CSI > q`.
    Version,
    /// XTGETTCAP, `DCS + q names ST`; names in hexadecimal, separated by `;`.
    Termcap(String),
    /// DECRQSS, `DCS $ q setting ST`.
    Setting(String),
    /// The kitty keyboard protocol's flags, `CSI ? u`.
    Keyboard,
    /// modifyOtherKeys, `CSI ? 4 m`.
    ModifyOtherKeys,
    /// A colour of the palette (OSC 4).
    PaletteColor {
        /// Which.
        index: u8,
        /// True if the query ended with BEL, as the answer has to.
        bel: bool,
    },
    /// A colour of OSC 10 (text), 11 (background), 12 (cursor) and so on.
    DynamicColor {
        /// 10 to 19.
        number: u8,
        /// True if the query ended with BEL, as the answer has to.
        bel: bool,
    },
    /// The text area in pixels, `CSI 14 t`.
    TextAreaPixels,
    /// A cell in pixels, `CSI 16 t`.
    CellPixels,
    /// The text area in cells, `CSI 18 t`.
    TextAreaCells,
    /// Whether OSC 7501 is understood.
    ProgramStatus,
    /// Anything else that some terminals answer.
    Other,
}
