//! What a terminal gets that leaves: the opposite of exactly what the model has switched on, so that
//! the shell which comes back finds nothing of the program.

use super::cell::Attrs;
use super::dump::tabs;
use super::model::{Charsets, DYNAMIC, Model, default_tabs};
use super::sgr::push;

/// The bytes that undo exactly what `model` has on: for a terminal that leaves. The cursor stays
/// where it is, or goes to where it was before the alternate screen.
pub(super) fn undo(model: &Model) -> Vec<u8> {
    let mut out = vec![0x18];
    let modes = &model.modes;
    let mut when = |on: bool, bytes: &[u8]| {
        if on {
            out.extend_from_slice(bytes);
        }
    };
    when(modes.sync, b"\x1b[?2026l");
    when(modes.origin, b"\x1b[?6l");
    when(model.region != (0..model.rows), b"\x1b[r");
    when(modes.insert, b"\x1b[4l");
    when(modes.newline, b"\x1b[20l");
    when(modes.keypad, b"\x1b>");
    when(!modes.autowrap, b"\x1b[?7h");
    when(modes.cursor_style > 0, b"\x1b[0 q");
    when(model.keyboard.modify_other > 0, b"\x1b[>4m");
    when(model.charsets != Charsets::default(), b"\x0f\x1b(B\x1b)B\x1b*B\x1b+B");
    when(true, b"\x1b[0m");
    let protected = model.grid.cursor.template.attrs.has(Attrs::PROTECTED);
    when(protected || model.iso_protection, b"\x1b[0\"q");
    when(modes.rectangle, b"\x1b[0*x");
    when(model.grid.cursor.template.link().is_some(), b"\x1b]8;;\x1b\\");
    when(!modes.cursor_visible, b"\x1b[?25h");
    undo_flags(&mut out, model);
    undo_tabs(&mut out, model);
    undo_screens(&mut out, model);
    undo_titles_and_colors(&mut out, model);
    out
}

fn undo_flags(out: &mut Vec<u8>, model: &Model) {
    let on = model.modes.flags().iter().filter(|(_, on)| *on).map(|(mode, _)| *mode);
    for mode in on.chain(model.modes.mouse).chain(model.modes.mouse_encoding) {
        push(out, format_args!("\x1b[?{mode}l"));
    }
}

fn undo_tabs(out: &mut Vec<u8>, model: &Model) {
    let start = default_tabs(model.cols);
    if model.tabs != start {
        tabs(out, &start);
    }
}

/// Pops keyboard flags, and leaves the alternate screen. What moved the cursor is made good.
fn undo_screens(out: &mut Vec<u8>, model: &Model) {
    let pop = |out: &mut Vec<u8>, alt: bool| match model.keyboard.stacks[usize::from(alt)].len() {
        0 => {}
        count => push(out, format_args!("\x1b[<{count}u")),
    };
    if model.alt {
        pop(out, true);
        out.extend_from_slice(b"\x1b[?1049l\x1b[0m");
    } else {
        if !model.keyboard.stacks[1].is_empty() {
            out.extend_from_slice(b"\x1b[?47h");
            pop(out, true);
            out.extend_from_slice(b"\x1b[?47l");
        }
        push(out, format_args!("\x1b[{};{}H", model.row() + 1, model.col() + 1));
    }
    pop(out, false);
}

fn undo_titles_and_colors(out: &mut Vec<u8>, model: &Model) {
    for _ in &model.titles.stack {
        out.extend_from_slice(b"\x1b[23t");
    }
    for index in model.palette.keys() {
        match index.checked_sub(DYNAMIC) {
            None => push(out, format_args!("\x1b]104;{index}\x1b\\")),
            Some(dynamic) => push(out, format_args!("\x1b]{}\x1b\\", dynamic + 110)),
        }
    }
}
