//! Rows that are filled from end to end are written in their first two cells only, until something looks at
//! the others: a program that fills or clears the screen with four bytes, over and over, makes no more work
//! than those are worth. Only while output is taken in: a model at rest has no such row.

use std::ops::Range;

use alacritty_terminal::grid::Grid;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::Flags;

use super::cell::{Cell, spread};

/// Of a row's first cell: all others are as it and the second are, in turn; the last cell of an odd number
/// is left over by wide characters. What it says of the end of a line it says of the last cell.
const FILLED: Flags = Flags::STRIKEOUT;

/// With what the whole screen was filled last, and the rows and columns that something was done to since.
#[derive(Default)]
pub(super) struct Whole {
    filling: Option<(Cell, Cell)>,
    touched: Range<usize>,
    /// The column before which that was.
    reach: usize,
}

impl Whole {
    /// Something is done to a row before a column.
    pub(super) fn touch(&mut self, row: usize, reach: usize) {
        self.reach = self.reach.max(reach);
        self.touched = match self.touched.is_empty() {
            true => row..row + 1,
            false => self.touched.start.min(row)..self.touched.end.max(row + 1),
        };
    }

    /// Takes note of a filling of so many columns and rows; the columns and rows for which it is not as before.
    fn fill(&mut self, cols: usize, rows: usize, first: &Cell, second: &Cell) -> (usize, Range<usize>) {
        let (reach, touched) = (std::mem::take(&mut self.reach), std::mem::take(&mut self.touched));
        let plainly = |(one, other): &(Cell, Cell)| one.is_plainly(first) && other.is_plainly(second);
        if self.filling.as_ref().is_some_and(plainly) {
            return (reach, touched);
        }
        self.filling = Some((first.clone(), second.clone()));
        (cols, 0..rows)
    }

    /// Rows have gone elsewhere.
    pub(super) fn forget(&mut self) {
        self.filling = None;
    }
}

/// Cells of a row that are no more than so many are written rather than have the row filled anew, which somebody
/// would have to write sooner or later.
const FEW: usize = 16;

/// Fills rows with `first` and `second` in turn.
pub(super) fn fill(grid: &mut Grid<Cell>, rows: Range<usize>, first: &Cell, second: &Cell) {
    let first = Cell { flags: first.flags | FILLED, ..first.clone() };
    for row in rows {
        let cells = &mut grid[Line(row as i32)][Column(0)..Column(2)];
        cells[0] = first.clone();
        cells[1] = second.clone();
    }
}

/// Fills all of a grid of so many columns and rows.
pub(super) fn fill_all(
    grid: &mut Grid<Cell>,
    whole: &mut Whole,
    (cols, rows): (usize, usize),
    first: &Cell,
    second: &Cell,
) {
    let (reach, rows) = whole.fill(cols, rows, first, second);
    if reach > FEW.min(cols - 1) || !first.is_plainly(second) || first.flags.contains(Flags::WRAPLINE) {
        return fill(grid, rows, first, second);
    }
    for row in rows {
        match is_filled(grid, row) {
            true => fill(grid, row..row + 1, first, second),
            false => spread(&mut grid[Line(row as i32)][..Column(reach)], first),
        }
    }
}

/// Writes all cells of a row that is filled.
pub(super) fn settle(grid: &mut Grid<Cell>, row: usize) {
    let line = Line(row as i32);
    if !is_filled(grid, row) {
        return;
    }
    let cells = &mut grid[line][..];
    let goes_on = cells[0].flags & Flags::WRAPLINE;
    cells[0].flags.remove(FILLED | Flags::WRAPLINE);
    let (both, others) = cells.split_at_mut(2);
    match both[0] == both[1] {
        true => spread(others, &both[0]),
        false => others.chunks_mut(2).for_each(|pair| pair.clone_from_slice(&both[..pair.len()])),
    }
    let odd = cells.len() % 2 == 1;
    let Some(last) = cells.last_mut() else { return };
    if odd && last.is_wide() {
        last.c = ' ';
        last.flags.remove(Flags::WIDE_CHAR);
        last.flags.insert(Flags::LEADING_WIDE_CHAR_SPACER);
    }
    last.flags.insert(goes_on);
}

pub(super) fn is_filled(grid: &Grid<Cell>, row: usize) -> bool {
    grid[Line(row as i32)][Column(0)].flags.contains(FILLED)
}
