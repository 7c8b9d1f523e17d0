//! The bytes that switch back exactly what is on.

use std::io::Write;

use super::Modes;
use super::apply::{Keyboard, On, Pen, Tabs, is_on_at_start};
use crate::tokens::CAN;

/// Columns of a terminal that does not know its size.
const UNKNOWN_COLS: u16 = 80;

impl Modes {
    /// Bytes after which the terminal has the modes that it had before; none if it still has them.
    /// `cols` is its width, for the tab stops. The cursor may be anywhere afterwards.
    pub fn undo(&self, cols: u16) -> Vec<u8> {
        // A terminal that told no size has some all the same.
        let cols = if cols == 0 { UNKNOWN_COLS } else { cols };
        let mut out = self.abort();
        undo_sync(&self.on, &mut out);
        self.undo_alternate_keyboard(&mut out);
        undo_cells(&self.on, cols, &mut out);
        let on = self.leave_alternate(&mut out);
        undo_keyboard(&on.keyboard[0], &mut out);
        undo_modes(&on, &mut out);
        undo_pen(&on.pen, &mut out);
        undo_protection(&on, &mut out);
        undo_window(&on, &mut out);
        out
    }

    /// Leaves the alternate screen, which may bring back a pen that was saved.
    fn leave_alternate(&self, out: &mut Vec<u8>) -> On {
        let mut on = self.on.clone();
        if let Some(mode) = on.alternate {
            put(out, format_args!("\x1b[?{mode}l"));
            on.set_private(mode, false);
        }
        on
    }

    /// The alternate screen's stack can be reached only from there.
    fn undo_alternate_keyboard(&self, out: &mut Vec<u8>) {
        let keyboard = &self.on.keyboard[1];
        let away = self.on.alternate.is_none() && *keyboard != Keyboard::default();
        if away {
            put(out, format_args!("\x1b[?47h"));
        }
        undo_keyboard(keyboard, out);
        if away {
            put(out, format_args!("\x1b[?47l"));
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
        undo_sync(&self.on, &mut out);
        let in_the_way = |mode: &&u16| matches!(**mode, 5 | 6 | 69 | 25);
        for mode in self.on.private.iter().filter(in_the_way) {
            put_private(&mut out, *mode);
        }
        undo_insert(&self.on, &mut out);
        undo_pen(&self.on.pen, &mut out);
        undo_protection(&self.on, &mut out);
        out
    }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a Vec does not fail.
    let _ = out.write_fmt(text);
}

fn put_private(out: &mut Vec<u8>, mode: u16) {
    let to = if is_on_at_start(mode) { 'h' } else { 'l' };
    put(out, format_args!("\x1b[?{mode}{to}"));
}

/// First of all: a terminal that holds back its picture (2026) is to show it.
fn undo_sync(on: &On, out: &mut Vec<u8>) {
    if on.private.contains(&2026) {
        put_private(out, 2026);
    }
}

fn undo_keyboard(keyboard: &Keyboard, out: &mut Vec<u8>) {
    if !keyboard.pushed.is_empty() {
        put(out, format_args!("\x1b[<{}u", keyboard.pushed.len()));
    }
    if keyboard.base != 0 {
        put(out, format_args!("\x1b[=0u"));
    }
}

/// Region and tab stops.
fn undo_cells(on: &On, cols: u16, out: &mut Vec<u8>) {
    if on.region {
        put(out, format_args!("\x1b[r"));
    }
    if has_other_tabs(&on.tabs, cols) {
        put(out, format_args!("\x1b[3g"));
        (9..=cols).step_by(8).for_each(|col| put(out, format_args!("\x1b[{col}G\x1bH")));
    }
}

fn has_other_tabs(tabs: &Tabs, cols: u16) -> bool {
    match tabs {
        Tabs::AtStart => false,
        Tabs::Set(set) => !set.iter().copied().filter(|col| *col > 1).eq((9..=cols).step_by(8)),
        Tabs::Unknown => true,
    }
}

fn undo_modes(on: &On, out: &mut Vec<u8>) {
    on.private.iter().filter(|mode| **mode != 2026).for_each(|mode| put_private(out, *mode));
    undo_insert(on, out);
    on.ansi.iter().filter(|mode| **mode != 4).for_each(|mode| put(out, format_args!("\x1b[{mode}l")));
    on.key_options.iter().for_each(|option| put(out, format_args!("\x1b[>{option}m")));
    if on.rectangle {
        put(out, format_args!("\x1b[0*x"));
    }
    if on.keypad {
        put(out, format_args!("\x1b>"));
    }
    if on.cursor_style {
        put(out, format_args!("\x1b[0 q"));
    }
}

fn undo_insert(on: &On, out: &mut Vec<u8>) {
    if on.ansi.contains(&4) {
        put(out, format_args!("\x1b[4l"));
    }
}

/// What every character drawn from now on would have.
fn undo_pen(pen: &Pen, out: &mut Vec<u8>) {
    if pen.colored {
        put(out, format_args!("\x1b[m"));
    }
    for (set, _) in pen.charsets.iter().enumerate().filter(|(_, changed)| **changed) {
        out.extend_from_slice(&[0x1b, b'(' + set as u8, b'B']);
    }
    if pen.shift_out {
        out.push(super::SI);
    }
    if pen.link {
        put(out, format_args!("\x1b]8;;\x1b\\"));
    }
}

/// What protects the characters drawn from now on, and what is drawn from erasing.
fn undo_protection(on: &On, out: &mut Vec<u8>) {
    if on.pen.protected || on.guarded {
        put(out, format_args!("\x1b[0\"q"));
    }
}

/// Colours, pointer, progress and titles.
fn undo_window(on: &On, out: &mut Vec<u8>) {
    if on.palette {
        put(out, format_args!("\x1b]104\x1b\\"));
    }
    on.dynamic.iter().for_each(|color| put(out, format_args!("\x1b]{}\x1b\\", color + 100)));
    if on.pointer {
        put(out, format_args!("\x1b]22;\x1b\\"));
    }
    if on.progress {
        put(out, format_args!("\x1b]9;4;0\x1b\\"));
    }
    (0..on.titles_pushed.min(64)).for_each(|_| put(out, format_args!("\x1b[23;0t")));
}
