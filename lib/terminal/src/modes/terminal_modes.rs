//! The modes that outlast what is on the screen: one state, one way to change it and one way to undo it, for the
//! model of a screen and for who only follows what is on. Modes that this program has never heard of are
//! remembered by their number. What a mode does to a screen is its owner's.
//! Sources: xterm's ctlseqs; DEC STD 070; ECMA-48.

use std::io::Write;

use super::keyboard::KeyboardModes;
use super::known::{ALTERNATE, KNOWN, bit, bit_of};
use crate::tokens::Csi;

/// The most modes that are remembered by number, of each kind.
const MAX_OTHERS: usize = 64;

const ORIGIN: u32 = bit(6);
const AUTOWRAP: u32 = bit(7);
const CURSOR: u32 = bit(25);
const KEYPAD: u32 = bit(66);
const SYNC: u32 = bit(2026);
const MOUSE: u32 = bit(9) | bit(1000) | bit(1001) | bit(1002) | bit(1003);
const MOUSE_ENCODING: u32 = bit(1005) | bit(1006) | bit(1015) | bit(1016);
/// What DECSTR brings back.
const SOFT: u32 = bit(1) | ORIGIN | AUTOWRAP | CURSOR | bit(45) | KEYPAD | bit(69) | bit(1045);
/// What a dump sets where it belongs, each in its own way.
const APART: u32 = ORIGIN | AUTOWRAP | CURSOR | KEYPAD | SYNC | MOUSE | MOUSE_ENCODING;

/// Modes that are never switched on only for a moment: terminals report at once, or hold output back.
const ANSWERED: &[u16] = &[1004, 2026, 2031, 2048, 9001];

/// What is switched on and off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TerminalModes {
    /// Known private modes that are not as at the start, a bit for each in the order of [`KNOWN`].
    changed: u32,
    /// Other private modes, as they were set, in the order of their numbers.
    others: Vec<(u16, bool)>,
    /// Private modes as XTSAVE remembered them; none if that is as at the start, which is not known.
    saved: Vec<(u16, Option<bool>)>,
    /// Mouse tracking in force: 9, 1000, 1001, 1002 or 1003; one excludes the others.
    pub(crate) mouse: Option<u16>,
    /// Encoding of mouse reports in force: 1005, 1006, 1015 or 1016.
    pub(crate) mouse_encoding: Option<u16>,
    /// IRM.
    pub(crate) insert: bool,
    /// LNM.
    pub(crate) newline: bool,
    /// Other modes of SM that are on.
    other_ansi: Vec<u16>,
    /// DECSACE: attributes are changed in a rectangle, not in the text from corner to corner.
    pub(crate) rectangle: bool,
    /// DECSCUSR, 0 to 6; 0 is the terminal's own.
    pub(crate) cursor_style: u8,
    pub(crate) keyboard: KeyboardModes,
}

/// Who owns modes, and does what some of them do beside.
pub(crate) trait ModeOwner {
    /// The modes.
    fn modes(&mut self) -> &mut TerminalModes;

    /// Whether the alternate screen is shown.
    fn is_on_alternate(&self) -> bool;

    /// DECSET and DECRST of one mode: remembered by [`TerminalModes::set`], unless it is one that does something.
    fn set_private(&mut self, mode: u16, on: bool);

    /// Applies a control sequence that switches modes; false if this is none.
    fn apply_modes(&mut self, csi: &Csi<'_>) -> bool {
        let on = csi.action == b'h';
        match (csi.prefix, csi.intermediates, csi.action) {
            (b'?', [], b'h' | b'l') => csi.numbers().for_each(|mode| self.set_private(mode, on)),
            (b'?', [], b's') => csi.numbers().for_each(|mode| self.modes().save(mode)),
            (b'?', [], b'r') => csi.numbers().for_each(|mode| match self.modes().saved(mode) {
                Some(Some(on)) => self.set_private(mode, on),
                Some(None) => self.modes().others.retain(|(other, _)| *other != mode),
                None => {}
            }),
            (0, [], b'h' | b'l') => csi.numbers().for_each(|mode| self.modes().set_ansi(mode, on)),
            (0, b" ", b'q') if csi.param(0) <= 6 => self.modes().cursor_style = csi.param(0) as u8,
            (0, b"*", b'x') => self.modes().rectangle = csi.param(0) == 2,
            (b'>', [], b'm' | b'n') => self.modes().keyboard.set_option(csi),
            (b'<' | b'=' | b'>', [], b'u') => {
                let alt = self.is_on_alternate();
                self.modes().keyboard.apply(alt, csi);
            }
            _ => return false,
        }
        true
    }
}

impl TerminalModes {
    /// DECOM.
    #[inline]
    pub(crate) fn origin(&self) -> bool {
        self.changed & ORIGIN != 0
    }

    /// DECAWM.
    #[inline]
    pub(crate) fn autowrap(&self) -> bool {
        self.changed & AUTOWRAP == 0
    }

    /// DECTCEM.
    pub(crate) fn cursor_visible(&self) -> bool {
        self.changed & CURSOR == 0
    }

    /// DECKPAM, which is DECNKM (66) too.
    pub(crate) fn keypad(&self) -> bool {
        self.changed & KEYPAD != 0
    }

    /// Synchronized update: known, never acted on, never restored.
    pub(crate) fn sync(&self) -> bool {
        self.changed & SYNC != 0
    }

    /// Sets a private mode that needs nothing but to be remembered.
    pub(crate) fn set(&mut self, mode: u16, on: bool) {
        let Some((bit, on_at_start)) = bit_of(mode) else {
            return put(&mut self.others, mode, on);
        };
        match on == on_at_start {
            true => self.changed &= !bit,
            false => self.changed |= bit,
        }
        if bit & MOUSE != 0 {
            self.mouse = on.then_some(mode);
        } else if bit & MOUSE_ENCODING != 0 {
            self.mouse_encoding = on.then_some(mode);
        }
    }

    /// A private mode's value, if it is known.
    pub(crate) fn get(&self, mode: u16) -> Option<bool> {
        match bit_of(mode) {
            Some((bit, _)) if bit & MOUSE != 0 => Some(self.mouse == Some(mode)),
            Some((bit, _)) if bit & MOUSE_ENCODING != 0 => Some(self.mouse_encoding == Some(mode)),
            Some((bit, on_at_start)) => Some(on_at_start != (self.changed & bit != 0)),
            None => find(&self.others, mode),
        }
    }

    /// True if a mode that starts off is on.
    pub(crate) fn is_on(&self, mode: u16) -> bool {
        self.get(mode) == Some(true)
    }

    /// Private modes that are remembered and nothing else, where they differ from how terminals start or that is
    /// not known, in the order of their numbers.
    pub(crate) fn flags(&self) -> Vec<(u16, bool)> {
        self.differing(!APART)
    }

    /// The known modes that are switched away from their start, of `bits`, and the others.
    fn differing(&self, bits: u32) -> Vec<(u16, bool)> {
        let mut all: Vec<(u16, bool)> = self.known(bits).chain(self.others.iter().copied()).collect();
        all.sort_unstable();
        all
    }

    fn known(&self, bits: u32) -> impl Iterator<Item = (u16, bool)> {
        let bits = self.changed & bits;
        let known = KNOWN.iter().enumerate().filter(move |(index, _)| bits & (1 << index) != 0);
        known.map(|(_, known)| (known.mode, !known.on_at_start))
    }

    fn set_ansi(&mut self, mode: u16, on: bool) {
        match mode {
            4 => self.insert = on,
            20 => self.newline = on,
            _ => match (self.other_ansi.binary_search(&mode), on) {
                (Ok(index), false) => drop(self.other_ansi.remove(index)),
                (Err(index), true) if self.other_ansi.len() < MAX_OTHERS => {
                    self.other_ansi.insert(index, mode)
                }
                _ => {}
            },
        }
    }

    /// XTSAVE. The alternate screen is no mode of its own, nor are those that only do something.
    fn save(&mut self, mode: u16) {
        if !ALTERNATE.contains(&mode) && !matches!(mode, 3 | 1048) {
            let value = self.get(mode);
            put(&mut self.saved, mode, value);
        }
    }

    /// What XTSAVE remembered of a mode.
    fn saved(&self, mode: u16) -> Option<Option<bool>> {
        find(&self.saved, mode)
    }

    /// What XTSAVE remembered, as far as a terminal can be made to remember it: not of modes that a terminal
    /// answers to when they are switched on.
    pub(crate) fn saved_flags(&self) -> impl Iterator<Item = &(u16, Option<bool>)> {
        self.saved.iter().filter(|(mode, _)| !ANSWERED.contains(mode))
    }

    /// The modes without what is never restored.
    pub(crate) fn restored(&self) -> TerminalModes {
        let in_force = [self.mouse, self.mouse_encoding].into_iter().flatten().filter_map(bit_of);
        let in_force = in_force.fold(0, |bits, (bit, _)| bits | bit);
        TerminalModes {
            changed: self.changed & !(SYNC | MOUSE | MOUSE_ENCODING) | in_force,
            saved: self.saved_flags().copied().collect(),
            other_ansi: Vec::new(),
            keyboard: self.keyboard.restored(),
            others: self.others.clone(),
            ..*self
        }
    }

    /// DECSTR.
    pub(crate) fn soft_reset(&mut self) {
        self.changed &= !SOFT;
        self.insert = false;
    }
}

/// Bytes that switch back exactly what is on. Undoing sends no mode that is as at the start.
impl TerminalModes {
    /// First of all: a terminal that holds back its picture is to show it.
    pub(super) fn undo_sync(&self, out: &mut Vec<u8>) {
        if self.sync() {
            send_private(out, 2026, true);
        }
    }

    /// Whether one screen's keyboard has flags or something on its stack.
    pub(super) fn has_keyboard(&self, alt: bool) -> bool {
        self.keyboard.stacks[usize::from(alt)].iter().any(|flags| *flags != 0)
            || self.keyboard.stacks[usize::from(alt)].len() > 1
    }

    /// The keyboard of one screen, which has to be shown.
    pub(super) fn undo_keyboard(&self, alt: bool, out: &mut Vec<u8>) {
        let [base, pushed @ ..] = &self.keyboard.stacks[usize::from(alt)][..] else { return };
        if !pushed.is_empty() {
            send(out, format_args!("\x1b[<{}u", pushed.len()));
        }
        if *base != 0 {
            send(out, format_args!("\x1b[=0u"));
        }
    }

    /// All else.
    pub(super) fn undo(&self, out: &mut Vec<u8>) {
        // A mode that is not known, and is off, is as it was for most.
        let counts = |(mode, on): &(u16, bool)| *on || bit_of(*mode).is_some();
        let private = self.differing(!(SYNC | KEYPAD));
        private.into_iter().filter(counts).for_each(|(mode, on)| send_private(out, mode, on));
        self.undo_insert(out);
        if self.newline {
            send(out, format_args!("\x1b[20l"));
        }
        self.other_ansi.iter().for_each(|mode| send(out, format_args!("\x1b[{mode}l")));
        self.keyboard.options().for_each(|option| send(out, format_args!("\x1b[>{option}m")));
        if self.rectangle {
            send(out, format_args!("\x1b[0*x"));
        }
        if self.keypad() {
            send(out, format_args!("\x1b>"));
        }
        if self.cursor_style != 0 {
            send(out, format_args!("\x1b[0 q"));
        }
    }

    /// Modes in which what is drawn by absolute positions would look wrong.
    pub(super) fn undo_what_is_in_the_way(&self, out: &mut Vec<u8>) {
        let in_the_way = self.known(bit(5) | ORIGIN | CURSOR | bit(69));
        in_the_way.for_each(|(mode, on)| send_private(out, mode, on));
        self.undo_insert(out);
    }

    fn undo_insert(&self, out: &mut Vec<u8>) {
        if self.insert {
            send(out, format_args!("\x1b[4l"));
        }
    }
}

/// Switches a mode back that is `on` or not.
fn send_private(out: &mut Vec<u8>, mode: u16, on: bool) {
    send(out, format_args!("\x1b[?{mode}{}", if on { 'l' } else { 'h' }));
}

pub(super) fn send(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a Vec does not fail.
    let _ = out.write_fmt(text);
}

fn find<T: Copy>(list: &[(u16, T)], mode: u16) -> Option<T> {
    let index = list.binary_search_by_key(&mode, |(known, _)| *known).ok()?;
    Some(list[index].1)
}

fn put<T>(list: &mut Vec<(u16, T)>, mode: u16, value: T) {
    match list.binary_search_by_key(&mode, |(known, _)| *known) {
        Ok(index) => list[index].1 = value,
        Err(index) if list.len() < MAX_OTHERS => list.insert(index, (mode, value)),
        Err(_) => {}
    }
}
