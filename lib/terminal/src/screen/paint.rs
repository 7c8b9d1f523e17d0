//! A screen as bytes that draw it on a cleared one: characters, looks, links and wrapped lines. It
//! moves the cursor and the pen as it likes; `dump` puts both right afterwards.

use std::sync::Arc;

use alacritty_terminal::grid::Grid;
use alacritty_terminal::index::Line;
use alacritty_terminal::term::cell::Flags;

use super::cell::{Attrs, Cell, Link};
use super::sgr::{self, push};
use super::width::{is_disputed, may_be_longer};

/// Writes cells, and knows where that leaves the terminal's cursor and pen.
pub(super) struct Painter<'a> {
    out: &'a mut Vec<u8>,
    pen: Cell,
    /// The cursor as the model counts, if it is where painting has left it.
    at: Option<(usize, usize)>,
    /// Every terminal has it in that column.
    sure: bool,
}

/// Blanks shorter than this are printed, longer ones skipped.
const MIN_SKIP: usize = 5;

impl<'a> Painter<'a> {
    /// Begins on a terminal whose pen is as after a reset.
    pub(super) fn new(out: &'a mut Vec<u8>) -> Painter<'a> {
        Painter { out, pen: Cell::default(), at: None, sure: true }
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
    pub(super) fn row(&mut self, row: usize, cells: &[Cell], continued: bool, next: Option<&[Cell]>) -> bool {
        let last = cells.len() - 1;
        let wrapped = next.is_some() && cells[last].flags.contains(Flags::WRAPLINE);
        let leads = wrapped && leads(&cells[last], next);
        let used = cells.iter().rposition(|cell| !cell.is_clear()).map_or(0, |at| at + 1);
        let end = if wrapped { last + usize::from(!leads) } else { used.max(usize::from(continued)) };
        self.go_on(row, cells, continued);
        // Where another opinion has the row longer, it must not scroll what is there.
        let disputed = cells[..end].iter().filter(|cell| is_disputed(cell)).count();
        let keep = !wrapped && disputed > 0 && end + disputed > cells.len();
        self.part(row, cells, end, wrapped, keep);
        if leads {
            self.move_to(row, last);
        }
        wrapped
    }

    /// Draws the cells of a row up to `end`, from where the cursor is if it is in that row. With `keep`
    /// nothing wraps from the first cell on whose width is disputed, and blanks give way to what is longer.
    pub(super) fn part(&mut self, row: usize, cells: &[Cell], end: usize, wrapped: bool, keep: bool) {
        let (last, joins) = (cells.len() - 1, self.at == Some((row, 0)));
        let (mut col, mut kept) = (0, false);
        let longer = || cells[..end].iter().filter(|cell| may_be_longer(cell)).count();
        let overflows = keep && end + longer() > cells.len();
        let mut known = if overflows { known(&cells[..end]) } else { Vec::new() }.into_iter().peekable();
        while col < end {
            col += self.skipped(&cells[col..end], joins && col == 0);
            let width = 1 + usize::from(cells[col].is_wide());
            while known.next_if(|known| *known <= col).is_some() {
                self.at = None;
            }
            if self.at.is_none() {
                self.move_to(row, col);
            }
            // The end of a wrapped row is met exactly, whatever came before it.
            if wrapped && col + width > last && !cells[col].follows() {
                self.at = self.at.filter(|_| col == 0);
            }
            self.cell(row, col, &cells[col]);
            if keep && !kept && is_disputed(&cells[col]) {
                self.out.extend_from_slice(b"\x1b[?7l");
                kept = true;
            }
            col += width;
        }
        if kept {
            self.out.extend_from_slice(b"\x1b[?7h");
        }
    }

    /// Draws a row up to `end` for the cursor to stand there; `continued` is as for [`Painter::row`].
    pub(super) fn end(&mut self, row: usize, cells: &[Cell], end: usize, continued: bool) {
        self.go_on(row, cells, continued);
        let is_gap = |cell: &Cell| cell.is_clear() && !cell.follows();
        let text = cells[..end].iter().rposition(|cell| !is_gap(cell)).map_or(0, |at| at + 1);
        // Where a wrap is due the last cell is printed, whatever it is.
        if end == cells.len() {
            return self.part(row, cells, end, false, false);
        }
        self.part(row, cells, text, false, false);
        self.reach(row, end, true);
    }

    /// Goes to a row that continues the one before. If its text is not what was written there, but has the
    /// column from elsewhere, a space has the terminal join the lines.
    fn go_on(&mut self, row: usize, cells: &[Cell], continued: bool) {
        self.at = continued.then_some((row, 0));
        if continued && !self.sure && !cells[0].follows() {
            self.set_pen(&cells[0]);
            self.out.push(b' ');
            self.at = None;
        }
    }

    /// Has REP repeat nothing of what was drawn; the cursor is not in the first column.
    pub(super) fn forget_last(&mut self) {
        self.out.extend_from_slice(b"\x1b[D\x1b[C");
    }

    /// How many of the cells are not drawn, since they are clear. Where the column is not sure only those
    /// are skipped that the program has skipped.
    fn skipped(&self, cells: &[Cell], joins: bool) -> usize {
        let blanks = |sure: bool| {
            let next = cells.iter().position(|cell| !cell.is_clear() || !sure && cell.follows());
            next.filter(|_| !joins).unwrap_or(0)
        };
        let gap = blanks(false);
        match self.sure {
            false if cells[gap].follows() => gap,
            _ => Some(blanks(true)).filter(|blanks| *blanks >= MIN_SKIP).unwrap_or(0),
        }
    }

    /// Draws one cell (the first of a wide character), wherever the cursor is.
    pub(super) fn cell(&mut self, row: usize, col: usize, cell: &Cell) {
        self.reach(row, col, cell.follows());
        self.set_pen(cell);
        let mut buffer = [0; 4];
        self.out.extend_from_slice(cell.c.encode_utf8(&mut buffer).as_bytes());
        self.out.extend_from_slice(cell.marks().as_bytes());
        let width = 1 + usize::from(cell.is_wide());
        self.at = Some((row, col + width));
        self.sure &= !is_disputed(cell);
    }

    /// Draws cells from the beginning of a row, wherever that is, and leaves a plain pen.
    pub(super) fn inline(&mut self, cells: &[Cell]) {
        let mut sure = true;
        for (col, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_spacer() && !is_lead(cell)) {
            match sure || cell.follows() {
                true => {}
                false if cell.is_clear() => {
                    self.out.extend_from_slice(b"\x1b[C");
                    continue;
                }
                false => push(self.out, format_args!("\x1b[{}G", col + 1)),
            }
            sure = (sure || !cell.follows()) && !is_disputed(cell);
            self.set_pen(cell);
            let mut buffer = [0; 4];
            self.out.extend_from_slice(cell.c.encode_utf8(&mut buffer).as_bytes());
            self.out.extend_from_slice(cell.marks().as_bytes());
        }
        self.set_pen(&Cell::default());
    }

    /// Makes a pen that looks like `cell` plain.
    pub(super) fn plain(out: &mut Vec<u8>, cell: &Cell) {
        Painter { out, pen: cell.clone(), at: None, sure: true }.set_pen(&Cell::default());
    }

    /// Moves the cursor.
    pub(super) fn move_to(&mut self, row: usize, col: usize) {
        self.reach(row, col, false);
    }

    /// Moves the cursor; from where it is if that is sure, or if what comes there `follows` it.
    fn reach(&mut self, row: usize, col: usize, follows: bool) {
        match self.at.filter(|_| self.sure || follows) {
            Some(at) if at == (row, col) => {}
            Some((r, c)) if r == row && c < col => push(self.out, format_args!("\x1b[{}C", col - c)),
            _ => {
                self.sure = true;
                match col {
                    0 => push(self.out, format_args!("\x1b[{}H", row + 1)),
                    _ => push(self.out, format_args!("\x1b[{};{}H", row + 1, col + 1)),
                }
            }
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

/// Where a row has to go on in the column that the model knows, lest a terminal that has more columns before it
/// runs out of them: behind blanks that may be fewer, of which the most in a row are taken.
fn known(cells: &[Cell]) -> Vec<usize> {
    let (mut all, mut best, mut more, mut blanks) = (Vec::new(), None, 0, 0);
    for (col, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_spacer()) {
        if !cell.follows() {
            (more, best) = (0, None);
        }
        if more > 0 && blanks >= more.max(best.map_or(0, |(most, _)| most + 1)) {
            best = Some((blanks, col));
        }
        let is_blank = cell.c == ' ' && cell.marks().is_empty();
        blanks = if is_blank { blanks + 1 } else { 0 };
        if may_be_longer(cell) {
            let found = best.take();
            all.extend(found.map(|(_, col)| col));
            more = if found.is_some() { 1 } else { more + 1 };
        }
    }
    all.extend(best.map(|(_, col)| col));
    all
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

fn write_link(out: &mut Vec<u8>, link: Option<&Arc<Link>>) {
    match link {
        None => out.extend_from_slice(b"\x1b]8;;\x1b\\"),
        Some(link) if link.id.is_empty() => push(out, format_args!("\x1b]8;;{}\x1b\\", link.uri)),
        Some(link) => push(out, format_args!("\x1b]8;id={};{}\x1b\\", link.id, link.uri)),
    }
}
