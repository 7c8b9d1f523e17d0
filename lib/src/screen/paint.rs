//! A screen as bytes that draw it on a cleared one: characters, looks, links and wrapped lines. It
//! moves the cursor and the pen as it likes; `dump` puts both right afterwards.

use std::sync::Arc;

use alacritty_terminal::grid::Grid;
use alacritty_terminal::index::Line;
use alacritty_terminal::term::cell::Flags;

use super::cell::{Attrs, Cell, Link};
use super::sgr::{self, push};

/// Writes cells, and knows where that leaves the terminal's cursor and pen.
pub(super) struct Painter<'a> {
    out: &'a mut Vec<u8>,
    pen: Cell,
    /// The cursor, as long as it is certain.
    at: Option<(usize, usize)>,
}

/// Blanks shorter than this are printed, longer ones skipped.
const MIN_SKIP: usize = 5;

impl<'a> Painter<'a> {
    /// Begins on a terminal whose pen is as after a reset.
    pub(super) fn new(out: &'a mut Vec<u8>) -> Painter<'a> {
        Painter { out, pen: Cell::default(), at: None }
    }

    /// Draws all rows of `grid` on a cleared screen.
    pub(super) fn grid(&mut self, grid: &Grid<Cell>, rows: usize) {
        let row = |row: usize| &grid[Line(row as i32)][..];
        let mut continued = false;
        for index in 0..rows {
            let next = (index + 1 < rows).then(|| row(index + 1));
            continued = self.row(index, row(index), continued, next);
        }
    }

    /// Draws a row; if `continued`, the cursor is at the end of the row before and wraps to this one.
    /// True if it leaves the cursor so for `next`.
    fn row(&mut self, row: usize, cells: &[Cell], continued: bool, next: Option<&[Cell]>) -> bool {
        let last = cells.len() - 1;
        let wrapped = next.is_some() && cells[last].flags.contains(Flags::WRAPLINE);
        let leads = wrapped && leads(&cells[last], next);
        let used = cells.iter().rposition(|cell| *cell != Cell::default()).map_or(0, |at| at + 1);
        let end = if wrapped { last + usize::from(!leads) } else { used.max(usize::from(continued)) };
        self.at = continued.then_some((row, 0));
        let mut col = 0;
        while col < end {
            let blanks = blanks(&cells[col..end]);
            if blanks >= MIN_SKIP && !(continued && col == 0) && col + blanks < end {
                col += blanks;
            }
            let width = 1 + usize::from(cells[col].is_wide());
            // The end of a wrapped row is met exactly, whatever came before it.
            if wrapped && col + width > last {
                self.at = self.at.filter(|_| col == 0);
            }
            self.cell(row, col, &cells[col]);
            col += width;
        }
        if leads {
            self.move_to(row, last);
        }
        wrapped
    }

    /// Draws one cell (the first of a wide character), wherever the cursor is.
    pub(super) fn cell(&mut self, row: usize, col: usize, cell: &Cell) {
        self.move_to(row, col);
        self.set_pen(cell);
        let mut buffer = [0; 4];
        self.out.extend_from_slice(cell.c.encode_utf8(&mut buffer).as_bytes());
        self.out.extend_from_slice(cell.marks().as_bytes());
        let width = 1 + usize::from(cell.is_wide());
        self.at = is_certain(cell).then_some((row, col + width));
    }

    /// Draws cells from the beginning of a row, wherever that is, and leaves a plain pen.
    pub(super) fn inline(&mut self, cells: &[Cell]) {
        let mut certain = true;
        for (col, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_spacer() && !is_lead(cell)) {
            if !certain {
                push(self.out, format_args!("\x1b[{}G", col + 1));
            }
            self.set_pen(cell);
            let mut buffer = [0; 4];
            self.out.extend_from_slice(cell.c.encode_utf8(&mut buffer).as_bytes());
            self.out.extend_from_slice(cell.marks().as_bytes());
            certain = is_certain(cell);
        }
        self.set_pen(&Cell::default());
    }

    /// Makes a pen that looks like `cell` plain.
    pub(super) fn plain(out: &mut Vec<u8>, cell: &Cell) {
        Painter { out, pen: cell.clone(), at: None }.set_pen(&Cell::default());
    }

    /// Moves the cursor.
    pub(super) fn move_to(&mut self, row: usize, col: usize) {
        match self.at {
            Some(at) if at == (row, col) => {}
            Some((r, c)) if r == row && c < col => push(self.out, format_args!("\x1b[{}C", col - c)),
            _ if col == 0 => push(self.out, format_args!("\x1b[{}H", row + 1)),
            _ => push(self.out, format_args!("\x1b[{};{}H", row + 1, col + 1)),
        }
        self.at = Some((row, col));
    }

    /// Makes the pen look like `cell`.
    pub(super) fn set_pen(&mut self, cell: &Cell) {
        if self.pen.same_look(cell) {
            return;
        }
        if self.pen.link() != cell.link() {
            write_link(self.out, cell.link());
        }
        if !self.pen.same_sgr(cell) {
            sgr::write(self.out, cell);
        }
        let protected = cell.attrs.has(Attrs::PROTECTED);
        if self.pen.attrs.has(Attrs::PROTECTED) != protected {
            push(self.out, format_args!("\x1b[{}\"q", u8::from(protected)));
        }
        self.pen = cell.clone();
    }
}

/// True if the last cell of a row is only there because a wide character did not fit.
fn leads(last: &Cell, next: Option<&[Cell]>) -> bool {
    let wide = next.and_then(<[Cell]>::first).filter(|cell| cell.is_wide());
    last.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER) && wide.is_some_and(|wide| wide.same_look(last))
}

/// True if the cell is only there because a wide character did not fit.
fn is_lead(cell: &Cell) -> bool {
    cell.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER)
}

/// How many cells at the beginning are as a cleared screen has them.
fn blanks(cells: &[Cell]) -> usize {
    let blank = Cell::default();
    cells.iter().take_while(|cell| **cell == blank).count()
}

fn write_link(out: &mut Vec<u8>, link: Option<&Arc<Link>>) {
    match link {
        None => out.extend_from_slice(b"\x1b]8;;\x1b\\"),
        Some(link) if link.id.is_empty() => push(out, format_args!("\x1b]8;;{}\x1b\\", link.uri)),
        Some(link) => push(out, format_args!("\x1b]8;id={};{}\x1b\\", link.id, link.uri)),
    }
}

/// True if terminals agree on the width of what the cell shows: no marks, and a script or symbols
/// without a second presentation. After all others the column is set outright.
fn is_certain(cell: &Cell) -> bool {
    let agreed = matches!(cell.c as u32,
        0..0x2ff | 0x370..0x530 | 0x1e00..0x2000 | 0x2010..0x2028 | 0x2500..0x25a0
        | 0x2e80..0xa4d0 | 0xac00..0xd7a4 | 0xe000..0xfb00 | 0xff01..0xffe7);
    agreed && cell.marks().is_empty()
}
