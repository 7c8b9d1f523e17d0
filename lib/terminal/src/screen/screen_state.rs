//! Everything that a dump restores, as one value: two terminals are equal if these are. It leaves out
//! what no sequence can restore and no program can see.

use std::fmt::Write as _;

use alacritty_terminal::grid::Grid;
use alacritty_terminal::index::Line;
use alacritty_terminal::term::cell::Flags;

use super::cell::Cell;
use super::model::Model;

/// A terminal's state; compare it, or print it to see where two differ.
#[derive(Clone, PartialEq, Eq)]
pub struct ScreenState {
    /// One line for each row that is not empty and for each mode.
    lines: Vec<String>,
}

impl ScreenState {
    pub(super) fn new(model: &Model, tail: &[u8]) -> ScreenState {
        let last = model.last;
        let mut lines = vec![
            format!("size {}x{} alt {}", model.cols, model.rows, model.alt),
            format!("cursor {},{} wraps {} last {:?}", model.row(), model.col(), model.wraps(), last),
            format!("pen {}", look(&model.grid.cursor.template)),
            format!("region {:?} {:?} charsets {:?}", model.region, model.margins, model.charsets),
            format!("saved {:?}", model.saved),
            format!("modes {:?}", model.modes.restored()),
            format!("iso protection {:?}", model.iso_protection),
            format!("sizes {:?} {:?}", model.sizes, model.hidden_sizes),
            format!("titles {:?} cwd {:?} palette {:?}", model.titles, model.cwd, model.palette),
            format!("tabs {:?}", (0..model.cols).filter(|col| model.tabs[*col]).collect::<Vec<_>>()),
            format!("tail {:?}", String::from_utf8_lossy(tail)),
        ];
        let cursor = model.wraps().then(|| model.row());
        screen(&mut lines, "shown", &model.grid, model.rows, cursor);
        if let Some(hidden) = &model.hidden {
            screen(&mut lines, "hidden", hidden, model.rows, None);
        }
        ScreenState { lines }
    }

    /// The first line in which two states differ, of both; for a test's message.
    pub fn difference<'a>(&'a self, other: &'a ScreenState) -> Option<(&'a str, &'a str)> {
        let longest = self.lines.len().max(other.lines.len());
        let line = |state: &'a ScreenState, index: usize| state.lines.get(index).map_or("", String::as_str);
        (0..longest).map(|i| (line(self, i), line(other, i))).find(|(a, b)| a != b)
    }
}

impl std::fmt::Debug for ScreenState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

/// Whether the states of two terminals are equal; much faster than making both.
pub(super) fn same(a: &Model, b: &Model) -> bool {
    let rows = |model: &Model| (model.cols, model.rows, model.alt, model.row(), model.col(), model.wraps());
    rows(a) == rows(b)
        && a.last == b.last
        && a.grid.cursor.template.same_look(&b.grid.cursor.template)
        && (&a.region, &a.margins, &a.charsets) == (&b.region, &b.margins, &b.charsets)
        && a.saved == b.saved
        && (&a.titles, &a.cwd, &a.palette, &a.tabs) == (&b.titles, &b.cwd, &b.palette, &b.tabs)
        && a.iso_protection == b.iso_protection
        && (&a.sizes, &a.hidden_sizes) == (&b.sizes, &b.hidden_sizes)
        && a.modes.restored() == b.modes.restored()
        && same_screen(&a.grid, &b.grid, a.rows, a.wraps().then(|| a.row()))
        && match (&a.hidden, &b.hidden) {
            (Some(one), Some(other)) => same_screen(one, other, a.rows, None),
            (one, other) => one.is_none() == other.is_none(),
        }
}

fn same_screen(a: &Grid<Cell>, b: &Grid<Cell>, rows: usize, cursor: Option<usize>) -> bool {
    let same = |(a, b): (&Cell, &Cell)| {
        (a.c, a.is_spacer()) == (b.c, b.is_spacer()) && a.same_look(b) && a.same_marks(b)
    };
    (0..rows).all(|row| {
        let (a, b) = (&a[Line(row as i32)][..], &b[Line(row as i32)][..]);
        is_wrapped(a, row, rows, cursor) == is_wrapped(b, row, rows, cursor) && a.iter().zip(b).all(same)
    })
}

/// Whether a row goes on in the next, if that can be restored: a dump prints the last cell of the
/// cursor's row anew where a wrap is due, and nothing can follow the last row.
fn is_wrapped(cells: &[Cell], row: usize, rows: usize, cursor: Option<usize>) -> bool {
    let wrapped = cells.last().is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE));
    wrapped && row + 1 < rows && cursor != Some(row)
}

/// What of the modes is not as on a terminal of that size that starts.
pub(super) fn left_on(model: &Model) -> Vec<String> {
    let start = modes(&Model::new(model.cols, model.rows));
    modes(model).into_iter().zip(start).filter(|(is, was)| is != was).map(|(is, _)| is).collect()
}

/// What a terminal that left must not have any more.
fn modes(model: &Model) -> Vec<String> {
    let (modes, keyboard) = (&model.modes, &model.modes.keyboard);
    let on: Vec<u16> = modes.flags().into_iter().filter(|(_, on)| *on).map(|(mode, _)| mode).collect();
    // The lowest entry of a stack stays, and is no flags.
    let stacks = keyboard.stacks.each_ref().map(|stack| stack.strip_prefix(&[0]).unwrap_or(stack).to_vec());
    vec![
        format!("alternate {}", model.alt),
        format!("pen {}", look(&model.grid.cursor.template)),
        format!("region {:?} charsets {:?}", model.region, model.charsets),
        format!("origin {} autowrap {} insert {}", modes.origin(), modes.autowrap(), modes.insert),
        format!("newline {} keypad {} sync {}", modes.newline, modes.keypad(), modes.sync()),
        format!("mouse {:?} {:?}", modes.mouse, modes.mouse_encoding),
        format!("on {on:?}"),
        format!("cursor {} {}", modes.cursor_visible(), modes.cursor_style),
        format!("rectangle {} protection {}", modes.rectangle, model.iso_protection),
        format!("keyboard {stacks:?} {}", keyboard.modify_other()),
        format!("titles on the stack {:?} palette {:?}", model.titles.stack, model.palette),
        format!("tabs {:?}", model.tabs),
    ]
}

/// The rows of a screen that are not empty. `cursor` is the cursor's row if a wrap is due there.
fn screen(lines: &mut Vec<String>, name: &str, grid: &Grid<Cell>, rows: usize, cursor: Option<usize>) {
    for row in 0..rows {
        let cells = &grid[Line(row as i32)][..];
        let wrapped = is_wrapped(cells, row, rows, cursor);
        let text = cells_text(cells);
        if wrapped || !text.is_empty() {
            lines.push(format!("{name} {row}{} {text}", if wrapped { " wrapped" } else { "" }));
        }
    }
}

/// The cells as runs of the same look.
fn cells_text(cells: &[Cell]) -> String {
    let used = cells.iter().rposition(|cell| !is_default(cell)).map_or(0, |at| at + 1);
    let mut text = String::new();
    let mut shown = Cell::default();
    for cell in &cells[..used] {
        if !cell.same_look(&shown) {
            text.push_str(&look(cell));
            shown = cell.clone();
        }
        match cell.is_spacer() {
            true => text.push('\u{2060}'),
            false => text.push(cell.c),
        }
        text.push_str(cell.marks());
    }
    text
}

fn is_default(cell: &Cell) -> bool {
    cell.c == ' ' && !cell.is_spacer() && cell.same_look(&Cell::default()) && cell.marks().is_empty()
}

fn look(cell: &Cell) -> String {
    let mut text = format!("[{:x},{:x},{:x}", cell.fg.bits(), cell.bg.bits(), cell.attrs.bits());
    let _ = write!(text, ",{:x}", cell.underline().bits());
    if let Some(link) = cell.link() {
        let _ = write!(text, ",{}={}", link.id, link.uri);
    }
    text.push(']');
    text
}
