//! The bytes that switch back exactly what is on.

use super::ModeTracker;
use super::apply::{On, Pen, Tabs};
use super::terminal_modes::{ModeOwner, send};
use crate::tokens::CAN;

/// Columns of a terminal that does not know its size.
const UNKNOWN_COLS: u16 = 80;

impl ModeTracker {
    /// Bytes after which the terminal has the modes that it had before; none if it still has them.
    /// `cols` is its width, for the tab stops. The cursor may be anywhere afterwards.
    pub fn undo(&self, cols: u16) -> Vec<u8> {
        // A terminal that told no size has some all the same.
        let cols = if cols == 0 { UNKNOWN_COLS } else { cols };
        let mut out = self.abort();
        self.on.modes.undo_sync(&mut out);
        self.undo_alternate_keyboard(&mut out);
        undo_cells(&self.on, cols, &mut out);
        let on = self.leave_alternate(&mut out);
        on.modes.undo_keyboard(false, &mut out);
        on.modes.undo(&mut out);
        undo_pen(&on.pen, &mut out);
        undo_protection(&on, &mut out);
        undo_window(&on, &mut out);
        out
    }

    /// Leaves the alternate screen, which may bring back a pen that was saved.
    fn leave_alternate(&self, out: &mut Vec<u8>) -> On {
        let mut on = self.on.clone();
        if let Some(mode) = on.alternate {
            send(out, format_args!("\x1b[?{mode}l"));
            on.set_private(mode, false);
        }
        on
    }

    /// The alternate screen's stack can be reached only from there.
    fn undo_alternate_keyboard(&self, out: &mut Vec<u8>) {
        let away = self.on.alternate.is_none() && self.on.modes.has_keyboard(true);
        if away {
            send(out, format_args!("\x1b[?47h"));
        }
        self.on.modes.undo_keyboard(true, out);
        if away {
            send(out, format_args!("\x1b[?47l"));
        }
    }

    /// Bytes that break off what is open, so that the next ones are understood.
    pub fn abort(&self) -> Vec<u8> {
        if self.tokens.is_in_sequence() { vec![CAN] } else { Vec::new() }
    }

    /// Bytes before something is drawn over the program's screen by absolute positions: modes in which
    /// it would look wrong. A repaint has to follow.
    pub fn prepare_overlay(&self) -> Vec<u8> {
        let mut out = self.abort();
        self.on.modes.undo_sync(&mut out);
        self.on.modes.undo_what_is_in_the_way(&mut out);
        undo_pen(&self.on.pen, &mut out);
        undo_protection(&self.on, &mut out);
        out
    }
}

/// Region and tab stops.
fn undo_cells(on: &On, cols: u16, out: &mut Vec<u8>) {
    if on.region {
        send(out, format_args!("\x1b[r"));
    }
    if has_other_tabs(&on.tabs, cols) {
        send(out, format_args!("\x1b[3g"));
        (9..=cols).step_by(8).for_each(|col| send(out, format_args!("\x1b[{col}G\x1bH")));
    }
}

fn has_other_tabs(tabs: &Tabs, cols: u16) -> bool {
    match tabs {
        Tabs::AtStart => false,
        Tabs::Set(set) => !set.iter().copied().filter(|col| *col > 1).eq((9..=cols).step_by(8)),
        Tabs::Unknown => true,
    }
}

/// What every character drawn from now on would have.
fn undo_pen(pen: &Pen, out: &mut Vec<u8>) {
    if pen.colored {
        send(out, format_args!("\x1b[m"));
    }
    for (set, _) in pen.charsets.iter().enumerate().filter(|(_, changed)| **changed) {
        out.extend_from_slice(&[0x1b, b'(' + set as u8, b'B']);
    }
    if pen.shift_out {
        out.push(super::SI);
    }
    if pen.link {
        send(out, format_args!("\x1b]8;;\x1b\\"));
    }
}

/// What protects the characters drawn from now on, and what is drawn from erasing.
fn undo_protection(on: &On, out: &mut Vec<u8>) {
    if on.pen.protected || on.guarded {
        send(out, format_args!("\x1b[0\"q"));
    }
}

/// Colours, pointer, progress and titles.
fn undo_window(on: &On, out: &mut Vec<u8>) {
    if on.palette {
        send(out, format_args!("\x1b]104\x1b\\"));
    }
    on.dynamic.iter().for_each(|color| send(out, format_args!("\x1b]{}\x1b\\", color + 100)));
    if on.pointer {
        send(out, format_args!("\x1b]22;\x1b\\"));
    }
    if on.progress {
        send(out, format_args!("\x1b]9;4;0\x1b\\"));
    }
    (0..on.titles_pushed.min(64)).for_each(|_| send(out, format_args!("\x1b[23;0t")));
}
