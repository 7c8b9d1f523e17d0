//! The whole state of a terminal as bytes: a terminal that gets them, whatever modes it was in, shows
//! the same and behaves the same. What it never writes: a query, a bell, a clipboard, a synchronized
//! update.

use std::sync::LazyLock;

use alacritty_terminal::grid::Grid;
use alacritty_terminal::index::Line;
use alacritty_terminal::term::cell::Flags;

use super::cell::{Attrs, Cell};
use super::model::{Charsets, DYNAMIC, Model, Saved};
use super::paint::Painter;
use super::sgr::push;
use crate::modes::known::{KNOWN, Known};
use crate::modes::terminal_modes::TerminalModes;

/// Brings a terminal to where it started, mode by mode, since a full reset would also clear its
/// scrollback and its title. A cancel first, for a sequence that was broken off; what DECSC saved is
/// forgotten on the alternate screen before that is left. The screen is erased from its end, since some
/// terminals (tmux, VTE, Windows Terminal) have what `CSI 2 J` erases scroll off first; but not from its last
/// column, where xterm.js 6.0 fails in `CSI 1 J` and drops all that came with it.
pub(super) static RESET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let is_first = |known: &&Known| FIRST_RESET.contains(&known.mode);
    let mut out = vec![0x18];
    KNOWN.iter().filter(is_first).for_each(|known| push(&mut out, format_args!("\x1b[?{}l", known.mode)));
    out.extend_from_slice(
        b"\x0f\x1b(B\x1b)B\x1b*B\x1b+B\x1b[0m\x1b[0\"q\x1b]8;;\x1b\\\x1b[H\x1b7\
        \x1b[<99u\x1b[?1049l\x1b[<99u\x1b[>4m",
    );
    for (on, letter) in [(false, 'l'), (true, 'h')] {
        let others = KNOWN.iter().filter(|known| known.on_at_start == on && !is_first(known));
        let modes: Vec<String> = others.map(|known| known.mode.to_string()).collect();
        for some in modes.chunks(AT_ONCE) {
            push(&mut out, format_args!("\x1b[?{}{letter}", some.join(";")));
        }
    }
    out.extend_from_slice(
        b"\x1b[4;20l\x1b>\x1b[0 q\x1b[r\x0f\x1b(B\x1b)B\x1b*B\x1b+B\x1b[0*x\
        \x1b[0m\x1b[0\"q\x1b]8;;\x1b\\\x1b[9999H\x1b#5\x1b[1J\x1b[K\x1b[H",
    );
    out
});

/// Modes without which a terminal has to be before anything else: it holds output back, or counts rows and
/// columns otherwise.
const FIRST_RESET: [u16; 3] = [6, 69, 2026];
/// So many modes are set by one sequence: VTE takes 16 parameters, tmux 63 bytes of them.
const AT_ONCE: usize = 8;

/// Back to a plain pen, in ASCII, without origin mode.
const PLAIN: &[u8] = b"\x0f\x1b(B\x1b)B\x1b*B\x1b+B\x1b[0m\x1b[0\"q\x1b]8;;\x1b\\\x1b[?6l";

/// The bytes that restore `model` on any terminal of its size.
pub(super) fn dump(model: &Model) -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    out.extend_from_slice(&RESET);
    // Before the screens: one of them, switched on for a moment, would clear the sizes of lines.
    saved_modes(&mut out, &model.modes);
    tabs(&mut out, &model.tabs);
    titles(&mut out, model);
    colors(&mut out, model);
    if !model.alt {
        hidden_alternate(&mut out, model);
    }
    screen(&mut out, model, false);
    if model.alt {
        // 1049 saves the cursor: it has to be where the program will come back to.
        out.extend_from_slice(b"\x1b8\x1b[?1049h");
        out.extend_from_slice(PLAIN);
        out.extend_from_slice(b"\x1b[<99u\x1b[H\x1b[2J");
        screen(&mut out, model, true);
    }
    modes(&mut out, model);
    cursor(&mut out, model);
    out
}

pub(super) fn tabs(out: &mut Vec<u8>, tabs: &[bool]) {
    out.extend_from_slice(b"\x1b[3g");
    for col in (0..tabs.len()).filter(|col| tabs[*col]) {
        push(out, format_args!("\x1b[{}G\x1bH", col + 1));
    }
    out.push(b'\r');
}

fn titles(out: &mut Vec<u8>, model: &Model) {
    let mut set = |icon: &Option<String>, window: &Option<String>, push_them: bool| {
        for (number, text) in [(1, icon), (2, window)] {
            if let Some(text) = text {
                push(out, format_args!("\x1b]{number};{text}\x1b\\"));
            }
        }
        if push_them {
            out.extend_from_slice(b"\x1b[22t");
        }
    };
    for (icon, window) in &model.titles.stack {
        set(icon, window, true);
    }
    set(&model.titles.icon, &model.titles.window, false);
    if let Some(cwd) = &model.cwd {
        push(out, format_args!("\x1b]7;{cwd}\x1b\\"));
    }
}

fn colors(out: &mut Vec<u8>, model: &Model) {
    for (index, color) in &model.palette {
        match index.checked_sub(DYNAMIC) {
            None => push(out, format_args!("\x1b]4;{index};{color}\x1b\\")),
            Some(dynamic) => push(out, format_args!("\x1b]{};{color}\x1b\\", dynamic + 10)),
        }
    }
}

/// What `CSI ?47l` left behind on the alternate screen, and keyboard flags that wait there.
fn hidden_alternate(out: &mut Vec<u8>, model: &Model) {
    if model.hidden.is_none()
        && model.modes.keyboard.stacks[1].is_empty()
        && model.saved[1] == Saved::default()
    {
        return;
    }
    out.extend_from_slice(b"\x1b[?47h\x1b[<99u\x1b[H\x1b[2J");
    screen(out, model, true);
    out.extend_from_slice(PLAIN);
    out.extend_from_slice(b"\x1b[?47l\x1b[H");
}

/// One screen with its saved cursor and its keyboard flags, on a cleared screen with a plain pen.
fn screen(out: &mut Vec<u8>, model: &Model, alt: bool) {
    let grid = match (&model.hidden, alt == model.alt) {
        (_, true) => Some(&model.grid),
        (hidden, false) => hidden.as_ref(),
    };
    let sizes = if alt == model.alt { &model.sizes } else { &model.hidden_sizes };
    let adrift = model.saved_adrift[usize::from(alt)] && sizes.are_single();
    saved(out, &model.saved[usize::from(alt)], &model.tabs, grid.filter(|_| adrift));
    let mut painter = Painter::new(out);
    if let Some(grid) = grid {
        painter.grid(grid, model.rows);
    }
    painter.set_pen(&Default::default());
    for (row, end) in sizes.set_rows() {
        push(out, format_args!("\x1b[{}H\x1b#{}", row + 1, char::from(end)));
    }
    if let [base, pushed @ ..] = &model.modes.keyboard.stacks[usize::from(alt)][..] {
        push(out, format_args!("\x1b[={base}u"));
        pushed.iter().for_each(|flags| push(out, format_args!("\x1b[>{flags}u")));
    }
}

/// Sets the saved cursor. It comes before the screen's text, so that a wrap that is due can be had
/// by printing a space. Where terminals dispute its column, the text of `adrift` before it leads there.
fn saved(out: &mut Vec<u8>, saved: &Saved, tabs: &[bool], adrift: Option<&Grid<Cell>>) {
    if *saved == Saved::default() {
        return out.extend_from_slice(b"\x1b[H\x1b7");
    }
    if saved.origin {
        out.extend_from_slice(b"\x1b[?6h");
    }
    if saved.wraps {
        let back = BackTab { col: saved.col, from: tabs.len() - 1, left: 0 };
        back.prepare(out, saved.row, tabs);
        push(out, format_args!("\x1b[{};{}H ", saved.row + 1, tabs.len()));
        back.go(out, tabs);
    }
    let mut painter = Painter::new(out);
    match adrift.filter(|grid| !saved.wraps && !saved.origin && leads_to(grid, saved.row, saved.col)) {
        Some(grid) => lead(&mut painter, grid, saved.row, saved.col),
        None if !saved.wraps => painter.move_to(saved.row, saved.col),
        None => {}
    }
    painter.set_pen(&saved.pen);
    charsets(out, &saved.charsets);
    out.extend_from_slice(b"\x1b7");
    out.extend_from_slice(PLAIN);
}

/// Sets the character sets; the terminal has ASCII in all.
fn charsets(out: &mut Vec<u8>, charsets: &Charsets) {
    for (set, _) in b"()*+".iter().zip(charsets.drawing).filter(|(_, drawing)| *drawing) {
        out.extend_from_slice(&[0x1b, *set, b'0']);
    }
    match charsets.active {
        0 => {}
        1 => out.push(0x0e),
        2 => out.extend_from_slice(b"\x1bn"),
        _ => out.extend_from_slice(b"\x1bo"),
    }
    match charsets.single {
        None => {}
        Some(2) => out.extend_from_slice(b"\x1bN"),
        Some(_) => out.extend_from_slice(b"\x1bO"),
    }
}

/// Has the terminal save modes as the program had it do; they are as at the start before and after.
fn saved_modes(out: &mut Vec<u8>, modes: &TerminalModes) {
    let letter = |on: bool| if on { 'h' } else { 'l' };
    let start = TerminalModes::default();
    for (mode, saved) in modes.saved_flags() {
        let Some(on) = saved else {
            push(out, format_args!("\x1b[?{mode}s"));
            continue;
        };
        push(out, format_args!("\x1b[?{mode}{}\x1b[?{mode}s", letter(*on)));
        if let Some(start) = start.get(*mode).filter(|start| start != on) {
            push(out, format_args!("\x1b[?{mode}{}", letter(start)));
        }
    }
}

/// Every mode that changes nothing of what `cursor` still writes.
fn modes(out: &mut Vec<u8>, model: &Model) {
    let modes = &model.modes;
    if model.region != (0..model.rows) {
        push(out, format_args!("\x1b[{};{}r", model.region.start + 1, model.region.end));
    }
    for (mode, on) in modes.flags() {
        push(out, format_args!("\x1b[?{mode}{}", if on { 'h' } else { 'l' }));
    }
    if model.has_margins() {
        push(out, format_args!("\x1b[{};{}s", model.margins.start + 1, model.margins.end));
    }
    for mode in [modes.mouse, modes.mouse_encoding].into_iter().flatten() {
        push(out, format_args!("\x1b[?{mode}h"));
    }
    if modes.keypad() {
        out.extend_from_slice(b"\x1b=");
    }
    if modes.newline {
        out.extend_from_slice(b"\x1b[20h");
    }
    if modes.rectangle {
        out.extend_from_slice(b"\x1b[2*x");
    }
    if modes.cursor_style > 0 {
        push(out, format_args!("\x1b[{} q", modes.cursor_style));
    }
    if model.modes.keyboard.modify_other() > 0 {
        push(out, format_args!("\x1b[>4;{}m", model.modes.keyboard.modify_other()));
    }
    if modes.origin() {
        out.extend_from_slice(b"\x1b[?6h");
    }
}

/// The way to a column in which a wrap is due although it is not the last one: back from that by tabs, since
/// they alone keep it due. Where terminals let a tab end it, it ended for the program as well.
struct BackTab {
    col: usize,
    /// The last column that text may reach.
    from: usize,
    /// The column that tabs go back to at most.
    left: usize,
}

impl BackTab {
    fn is_needed(&self) -> bool {
        self.col < self.from
    }

    fn lacks_stop(&self, tabs: &[bool]) -> bool {
        self.is_needed() && self.col > self.left && !tabs[self.col]
    }

    /// Sets a stop if the column has none; `row` is as a program counts it, but from 0.
    fn prepare(&self, out: &mut Vec<u8>, row: usize, tabs: &[bool]) {
        if self.lacks_stop(tabs) {
            push(out, format_args!("\x1b[{};{}H\x1bH", row + 1, self.col - self.left + 1));
        }
    }

    /// Goes there from the last column, and takes the stop away again.
    fn go(&self, out: &mut Vec<u8>, tabs: &[bool]) {
        if self.is_needed() {
            let before = tabs[self.col + 1..self.from].iter().filter(|stop| **stop).count();
            push(out, format_args!("\x1b[{}Z", before + 1));
        }
        if self.lacks_stop(tabs) {
            out.extend_from_slice(b"\x1b[g");
        }
    }
}

/// Whether a row can be written again up to a column: not where its last column would be written, which ends a
/// line that goes on.
fn leads_to(grid: &Grid<Cell>, row: usize, col: usize) -> bool {
    let cells = &grid[Line(row as i32)][..];
    let last = cells.len() - 1;
    let ends_line = cells[last].flags.contains(Flags::WRAPLINE) && col == last && cells[col].is_spacer();
    col > 0 && !ends_line
}

/// Whether the cursor's row can be written again as it was: under no mode that counts rows or columns otherwise.
fn can_write_again(model: &Model) -> bool {
    !model.wraps_early()
        && (model.wraps() || leads_to(&model.grid, model.row(), model.col()))
        && !model.modes.origin()
        && !model.has_margins()
        && model.sizes.are_single()
}

/// Writes what is before a column, from where terminals agree on: the beginning of its line, in whatever row.
fn lead(painter: &mut Painter<'_>, grid: &Grid<Cell>, row: usize, end: usize) {
    let cells = |row: usize| &grid[Line(row as i32)][..];
    let goes_on = |row: usize| cells(row).last().is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE));
    let first = (1..=row).rev().find(|row| !cells(*row)[0].follows() || !goes_on(row - 1)).unwrap_or(0);
    let mut continued = false;
    for before in first..row {
        continued = painter.row(before, cells(before), continued, Some(cells(before + 1)));
    }
    painter.end(row, cells(row), end, continued);
}

/// Brings the cursor behind what is disputed: only by writing that once more, and what comes after it.
fn drift(painter: &mut Painter<'_>, model: &Model) {
    let (row, cells) = (model.row(), |row: usize| model.cells(row));
    let end = if model.wraps() { model.cols } else { model.col() };
    lead(painter, &model.grid, row, end);
    let last = &cells(row)[end - 1 - usize::from(cells(row)[end - 1].is_spacer())];
    // A movement leaves nothing to repeat, nor does a mark.
    let repeats = last.marks().is_empty() && (!last.is_clear() || last.follows());
    if model.last.is_none() && !model.wraps() && repeats {
        painter.forget_last();
    }
}

/// The cursor, the pen, and last the modes under which neither could be set.
fn cursor(out: &mut Vec<u8>, model: &Model) {
    let (top, left) = model.origin();
    let (row, col) = (model.row(), model.col());
    let cells = model.cells(row);
    // The last character is printed once more where a wrap is due, or where REP may follow.
    let lead = |col: usize| if cells[col].is_spacer() { col.saturating_sub(1) } else { col };
    let again = match (model.wraps(), model.last) {
        (true, _) => Some(lead(model.text_end() - 1)),
        (false, Some(_)) => col.checked_sub(1).map(lead),
        (false, None) => None,
    };
    let back = BackTab { col, from: model.text_end() - 1, left };
    if model.wraps() {
        back.prepare(out, row - top, &model.tabs);
    }
    let mut painter = Painter::new(out);
    match again {
        _ if model.adrift && can_write_again(model) => {
            drift(&mut painter, model);
        }
        Some(at) => painter.cell(row - top, at.saturating_sub(left), &cells[at]),
        None => painter.move_to(row - top, col.saturating_sub(left)),
    }
    let pen = &model.grid.cursor.template;
    painter.set_pen(pen);
    if model.wraps() {
        back.go(out, &model.tabs);
        // What follows a tab repeats nothing; a change of the tab stops ends no wrap either.
        if model.last.is_none() && !back.is_needed() {
            out.extend_from_slice(if model.tabs[col] { b"\x1bH" } else { b"\x1b[g" });
        }
    }
    if model.iso_protection {
        out.extend_from_slice(if pen.attrs.has(Attrs::PROTECTED) { b"\x1bV" } else { b"\x1bV\x1bW" });
    }
    charsets(out, &model.charsets);
    if model.modes.insert {
        out.extend_from_slice(b"\x1b[4h");
    }
    if !model.modes.autowrap() {
        out.extend_from_slice(b"\x1b[?7l");
    }
    if !model.modes.cursor_visible() {
        out.extend_from_slice(b"\x1b[?25l");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sequence_is_longer_than_every_terminal_takes() {
        for sequence in RESET.split(|byte| *byte == 0x1b) {
            assert!(sequence.len() < 60, "{}", String::from_utf8_lossy(sequence));
            let parameters = sequence.iter().filter(|byte| **byte == b';').count() + 1;
            assert!(parameters <= 16, "{}", String::from_utf8_lossy(sequence));
        }
    }
}
