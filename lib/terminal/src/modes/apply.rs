//! What each sequence switches, for those whose effect outlasts the program's screen.
//! Sources: xterm's ctlseqs; the kitty keyboard protocol; ECMA-48.

use std::collections::BTreeSet;

use super::SO;
use super::known::ALTERNATE;
use super::terminal_modes::{ModeOwner, TerminalModes};
use crate::tokens::{Csi, numbers};

/// The most tab stops that are remembered: a terminal's width.
const MAX_TABS: usize = 1000;

/// Tab stops: every eight columns at the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Tabs {
    #[default]
    AtStart,
    /// All were cleared, then these set, by columns from 1.
    Set(Vec<u16>),
    /// Set or cleared at columns that only the screen knows.
    Unknown,
}

/// What DECSC saves and DECRC brings back, beside the cursor's place and origin mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pen {
    /// SGR is not as at the start.
    pub(super) colored: bool,
    /// The sets G0 to G3 that are not ASCII.
    pub(super) charsets: [bool; 4],
    /// Another set than G0 is in use.
    pub(super) shift_out: bool,
    /// A hyperlink is open.
    pub(super) link: bool,
    /// Characters are protected from selective erasing (DECSCA).
    pub(super) protected: bool,
}

/// What is switched away from how a terminal starts.
#[derive(Clone, Debug, Default)]
pub(super) struct On {
    pub(super) modes: TerminalModes,
    /// The mode by which the alternate screen is shown.
    pub(super) alternate: Option<u16>,
    /// What characters are drawn with.
    pub(super) pen: Pen,
    /// SPA has cells protected from all erasing.
    pub(super) guarded: bool,
    /// What DECSC saved on the primary and on the alternate screen.
    saved_pen: [(Pen, bool); 2],
    /// A scroll region is set.
    pub(super) region: bool,
    /// Tab stops, as far as they are known.
    pub(super) tabs: Tabs,
    /// The cursor's column from 1, if the last thing was to move it there.
    column: Option<u16>,
    /// Colours of the palette were set.
    pub(super) palette: bool,
    /// Dynamic colours (10 to 19: foreground, background, cursor …) that were set.
    pub(super) dynamic: BTreeSet<u16>,
    /// The pointer's shape was set.
    pub(super) pointer: bool,
    /// A progress bar is shown.
    pub(super) progress: bool,
    /// The window's title, once it was set.
    pub(super) title: Vec<u8>,
    pub(super) titles_set: u64,
    /// Titles pushed on the terminal's stack, less those popped.
    pub(super) titles_pushed: i32,
}

impl On {
    /// Applies what follows the ESC of a plain escape.
    pub(super) fn apply_escape(&mut self, body: &[u8]) {
        match body {
            [set @ b'('..=b'+', charset] => self.pen.charsets[usize::from(set - b'(')] = *charset != b'B',
            b"7" => self.save_pen(),
            b"8" => self.restore_pen(),
            b"c" => self.reset(),
            b"V" | b"W" => {
                self.pen.protected = body == b"V";
                self.guarded |= self.pen.protected;
            }
            b"n" | b"o" => self.pen.shift_out = true,
            b"=" | b">" => self.modes.set(66, body == b"="),
            b"H" => self.set_tab(),
            _ => {}
        }
        self.column = None;
    }

    /// Applies what follows `ESC [`.
    pub(super) fn apply_csi(&mut self, body: &[u8]) {
        self.column = None;
        if let Some(csi) = Csi::parse(body)
            && !self.apply_modes(&csi)
        {
            self.apply_parsed(&csi);
        }
    }

    /// Applies a control sequence without prefix and intermediates if it is one of those that coloured output is
    /// full of: looks, movements and erasing.
    pub(super) fn apply_ordinary(&mut self, body: &[u8]) -> bool {
        match body.split_last() {
            Some((b'm', params)) => self.pen.colored = !ends_plain(numbers(params)),
            Some((b'A'..=b'F' | b'H' | b'J'..=b'M' | b'P' | b'X' | b'd', _)) => {}
            _ => return false,
        }
        true
    }

    /// SO or SI.
    pub(super) fn shift(&mut self, byte: u8) {
        self.pen.shift_out = byte == SO;
    }

    /// Text moved the cursor on.
    pub(super) fn text(&mut self) {
        self.column = None;
    }

    /// Applies an operating system command.
    pub(super) fn apply_command(&mut self, body: &[u8]) {
        let (number, rest) = split_number(body);
        match number {
            Some(0 | 2) => self.set_title(rest),
            Some(4) => self.palette |= !rest.ends_with(b"?"),
            // With numbers it resets only those.
            Some(104) if rest.is_empty() => self.palette = false,
            Some(first @ 10..=19) => self.set_dynamic(first, rest),
            Some(color @ 110..=119) => drop(self.dynamic.remove(&(color - 100))),
            Some(8) => self.pen.link = !rest.ends_with(b";"),
            Some(9) if rest.starts_with(b"4;") => self.progress = !rest.starts_with(b"4;0"),
            Some(22) => self.pointer = !rest.is_empty(),
            _ => {}
        }
    }

    /// Whether keys may come in the forms of a keyboard protocol.
    pub(super) fn keyboard_protocol(&self) -> bool {
        let keyboard = &self.modes.keyboard;
        keyboard.flags(self.alternate.is_some()) != 0 || keyboard.options().next().is_some()
    }

    fn apply_parsed(&mut self, csi: &Csi<'_>) {
        match (csi.prefix, csi.intermediates, csi.action) {
            (0, [], b'm') => self.pen.colored = !ends_plain(csi.numbers()),
            (0, [], b's') if is_bare(csi) && !self.modes.is_on(69) => self.save_pen(),
            (0, [], b'u') => self.restore_pen(),
            (0, [], b'r') => self.region = !is_bare(csi),
            (0, [], b'G') => self.column = Some(csi.param(0).max(1)),
            (0, [], b'g') if csi.param(0) == 3 => self.tabs = Tabs::Set(Vec::new()),
            (0, [], b'g') => self.tabs = Tabs::Unknown,
            (b'?', [], b'W') => self.tabs = Tabs::AtStart,
            (0, [], b't') => self.move_title(csi),
            (0, b"\"", b'q') => self.protect(csi.param(0)),
            (0, b"!", b'p') => self.soft_reset(),
            _ => {}
        }
    }

    fn protect(&mut self, how: u16) {
        self.guarded = false;
        if how <= 2 {
            self.pen.protected = how == 1;
        }
    }

    fn set_tab(&mut self) {
        match (&mut self.tabs, self.column) {
            (Tabs::Set(columns), Some(column)) if columns.len() < MAX_TABS => columns.push(column),
            (tabs, _) => *tabs = Tabs::Unknown,
        }
    }

    fn save_pen(&mut self) {
        self.saved_pen[usize::from(self.alternate.is_some())] = (self.pen, self.modes.origin());
    }

    fn restore_pen(&mut self) {
        let (pen, origin) = self.saved_pen[usize::from(self.alternate.is_some())];
        self.pen = pen;
        self.modes.set(6, origin);
    }

    fn move_title(&mut self, csi: &Csi<'_>) {
        match csi.param(0) {
            22 => self.titles_pushed = self.titles_pushed.saturating_add(1),
            23 => self.titles_pushed = self.titles_pushed.saturating_sub(1),
            _ => {}
        }
    }

    fn set_title(&mut self, title: &[u8]) {
        self.title = title.to_vec();
        self.titles_set += 1;
    }

    /// Each further part goes to the next colour; one that asks sets nothing.
    fn set_dynamic(&mut self, first: u16, colors: &[u8]) {
        let parts = colors.split(|byte| *byte == b';');
        let set = (first..=19).zip(parts).filter(|(_, part)| !part.is_empty() && *part != b"?");
        self.dynamic.extend(set.map(|(color, _)| color));
    }

    /// DECSTR (xterm's ctlseqs; DEC STD 070).
    fn soft_reset(&mut self) {
        self.modes.soft_reset();
        self.pen = Pen { link: self.pen.link, ..Pen::default() };
        self.saved_pen[usize::from(self.alternate.is_some())] = Default::default();
        (self.region, self.guarded) = (false, false);
    }

    /// RIS resets everything but what was said of the window.
    fn reset(&mut self) {
        *self = On {
            title: std::mem::take(&mut self.title),
            titles_set: self.titles_set,
            titles_pushed: self.titles_pushed,
            ..On::default()
        };
    }
}

impl ModeOwner for On {
    fn modes(&mut self) -> &mut TerminalModes {
        &mut self.modes
    }

    fn is_on_alternate(&self) -> bool {
        self.alternate.is_some()
    }

    fn set_private(&mut self, mode: u16, on: bool) {
        // 1048 is DECSC and DECRC, 1049 that and the alternate screen.
        if on && matches!(mode, 1048 | 1049) {
            self.save_pen();
        }
        match mode {
            1048 => {}
            _ if ALTERNATE.contains(&mode) => self.alternate = on.then_some(mode),
            _ => self.modes.set(mode, on),
        }
        if !on && matches!(mode, 1048 | 1049) {
            self.restore_pen();
        }
    }
}

/// Whether SGR ends with a reset; the noughts of a colour are none.
fn ends_plain(params: impl Iterator<Item = u16>) -> bool {
    let (mut last, mut takes_more) = (0, false);
    for param in params {
        takes_more |= matches!(param, 38 | 48 | 58);
        last = param;
    }
    last == 0 && !takes_more
}

/// Whether no number was given, or only noughts, which count as none.
fn is_bare(csi: &Csi<'_>) -> bool {
    csi.numbers().all(|param| param == 0)
}

/// The number at the start of a string and what follows its semicolon.
fn split_number(body: &[u8]) -> (Option<u16>, &[u8]) {
    let end = body.iter().position(|b| !b.is_ascii_digit()).unwrap_or(body.len());
    let number = std::str::from_utf8(&body[..end]).ok().and_then(|digits| digits.parse().ok());
    let rest = &body[end..];
    (number, rest.strip_prefix(b";").unwrap_or(rest))
}
