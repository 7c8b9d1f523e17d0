//! The modes that SM, RM, DECSET and DECRST switch. Those that change what happens on the screen
//! have fields of their own; all others are remembered by their number, so that modes which this
//! program has never heard of are restored as well.

use crate::modes::known::starts_on;

/// The most modes remembered by number.
const MAX_FLAGS: usize = 64;

/// What is switched on and off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Modes {
    /// DECOM.
    pub(super) origin: bool,
    /// DECAWM.
    pub(super) autowrap: bool,
    /// DECTCEM.
    pub(super) cursor_visible: bool,
    /// IRM.
    pub(super) insert: bool,
    /// LNM.
    pub(super) newline: bool,
    /// DECKPAM.
    pub(super) keypad: bool,
    /// Synchronized update (2026): known, never acted on, never restored.
    pub(super) sync: bool,
    /// Mouse tracking: 9, 1000, 1001, 1002 or 1003; one excludes the others.
    pub(super) mouse: Option<u16>,
    /// Encoding of mouse reports: 1005, 1006, 1015 or 1016.
    pub(super) mouse_encoding: Option<u16>,
    /// DECSACE: attributes are changed in a rectangle, not in the text from corner to corner.
    pub(super) rectangle: bool,
    /// DECSCUSR, 0 to 6; 0 is the terminal's own.
    pub(super) cursor_style: u8,
    /// Private modes that differ from how terminals start, or whose start is not known.
    flags: Vec<(u16, bool)>,
    /// Private modes as XTSAVE remembered them.
    saved: Vec<(u16, bool)>,
}

impl Default for Modes {
    fn default() -> Modes {
        Modes {
            origin: false,
            autowrap: true,
            cursor_visible: true,
            insert: false,
            newline: false,
            keypad: false,
            sync: false,
            mouse: None,
            mouse_encoding: None,
            rectangle: false,
            cursor_style: 0,
            flags: Vec::new(),
            saved: Vec::new(),
        }
    }
}

/// Modes that are never switched on only for a moment: terminals report at once, or hold output back.
const ANSWERED: &[u16] = &[1004, 2026, 2031, 2048, 9001];

impl Modes {
    /// Sets a private mode that needs nothing but to be remembered.
    pub(super) fn set(&mut self, mode: u16, on: bool) {
        match mode {
            6 => self.origin = on,
            7 => self.autowrap = on,
            25 => self.cursor_visible = on,
            66 => self.keypad = on,
            9 | 1000..=1003 => self.mouse = on.then_some(mode),
            1005 | 1006 | 1015 | 1016 => self.mouse_encoding = on.then_some(mode),
            2026 => self.sync = on,
            _ => self.remember(mode, on),
        }
    }

    /// A private mode's value, if it is known.
    pub(super) fn get(&self, mode: u16) -> Option<bool> {
        match mode {
            6 => Some(self.origin),
            7 => Some(self.autowrap),
            25 => Some(self.cursor_visible),
            66 => Some(self.keypad),
            9 | 1000..=1003 => Some(self.mouse == Some(mode)),
            1005 | 1006 | 1015 | 1016 => Some(self.mouse_encoding == Some(mode)),
            2026 => Some(self.sync),
            _ => find(&self.flags, mode).or(starts_on(mode)),
        }
    }

    /// The modes remembered by number, in the order of their numbers.
    pub(super) fn flags(&self) -> &[(u16, bool)] {
        &self.flags
    }

    /// True if a mode that starts off is on.
    pub(super) fn is_on(&self, mode: u16) -> bool {
        self.get(mode) == Some(true)
    }

    /// XTSAVE.
    pub(super) fn save(&mut self, mode: u16) {
        if let Some(on) = self.get(mode) {
            put(&mut self.saved, mode, on);
        }
    }

    /// What XTSAVE remembered of a mode.
    pub(super) fn saved(&self, mode: u16) -> Option<bool> {
        find(&self.saved, mode)
    }

    /// What XTSAVE remembered, as far as a terminal can be made to remember it: not of modes that a terminal
    /// answers to when they are switched on.
    pub(super) fn saved_flags(&self) -> impl Iterator<Item = &(u16, bool)> {
        self.saved.iter().filter(|(mode, _)| !ANSWERED.contains(mode))
    }

    /// The modes without what is never restored.
    pub(super) fn restored(&self) -> Modes {
        Modes { sync: false, saved: self.saved_flags().copied().collect(), ..self.clone() }
    }

    /// What DECSTR does to modes.
    pub(super) fn soft_reset(&mut self) {
        (self.origin, self.autowrap, self.cursor_visible) = (false, true, true);
        (self.insert, self.keypad) = (false, false);
        [1, 45, 1045].into_iter().for_each(|mode| self.remember(mode, false));
    }

    fn remember(&mut self, mode: u16, on: bool) {
        if starts_on(mode) == Some(on) {
            self.flags.retain(|(known, _)| *known != mode);
        } else {
            put(&mut self.flags, mode, on);
        }
    }
}

fn find(flags: &[(u16, bool)], mode: u16) -> Option<bool> {
    let index = flags.binary_search_by_key(&mode, |(known, _)| *known).ok()?;
    Some(flags[index].1)
}

fn put(flags: &mut Vec<(u16, bool)>, mode: u16, on: bool) {
    match flags.binary_search_by_key(&mode, |(known, _)| *known) {
        Ok(index) => flags[index].1 = on,
        Err(index) if flags.len() < MAX_FLAGS => flags.insert(index, (mode, on)),
        Err(_) => {}
    }
}
