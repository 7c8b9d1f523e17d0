//! Rows of the model as a whole: filled ones, lines of double width, and what a movement makes of a column that
//! terminals do not agree about.

use std::ops::Range;

use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::Flags;

use super::cell::Cell;
use super::filled;
use super::lines::Size;
use super::model::Model;

impl Model {
    /// Fills rows that may not be looked at before all of them are filled again.
    pub(super) fn fill_rows(&mut self, rows: Range<usize>, first: &Cell, second: &Cell) {
        if rows != (0..self.rows) {
            rows.clone().for_each(|row| self.whole.touch(row, self.cols));
            return filled::fill(&mut self.grid, rows, first, second);
        }
        filled::fill_all(&mut self.grid, &mut self.whole, (self.cols, self.rows), first, second);
    }

    pub(super) fn is_filled(&self, row: usize) -> bool {
        filled::is_filled(&self.grid, row)
    }

    /// One cell as far as being the half of a wide character goes, without writing its row.
    pub(super) fn glance(&self, row: usize, col: usize) -> &Cell {
        let cells = &self.grid[Line(row as i32)];
        &cells[Column(if filled::is_filled(&self.grid, row) { col % 2 } else { col })]
    }

    /// True if the next row continues this one.
    pub(super) fn goes_on(&self, row: usize) -> bool {
        let told = if filled::is_filled(&self.grid, row) { 0 } else { self.cols - 1 };
        self.grid[Line(row as i32)][Column(told)].flags.contains(Flags::WRAPLINE)
    }

    /// Has the next row continue this one.
    pub(super) fn go_on(&mut self, row: usize) {
        self.whole.touch(row, self.cols);
        let told = if filled::is_filled(&self.grid, row) { 0 } else { self.cols - 1 };
        self.grid[Line(row as i32)][Column(told)].flags.insert(Flags::WRAPLINE);
    }

    /// Writes all cells of all rows.
    pub(super) fn settle_rows(&mut self) {
        self.whole.forget();
        self.hidden_whole.forget();
        for grid in [Some(&mut self.grid), self.hidden.as_mut()].into_iter().flatten() {
            (0..self.rows).for_each(|row| filled::settle(grid, row));
        }
    }

    /// Gives the cursor's line a size; the cursor stays on what is shown of it.
    pub(super) fn size_line(&mut self, size: Size) {
        if self.modes.is_on(69) {
            return;
        }
        let (row, col) = (self.row(), self.col());
        self.sizes.set(row, size, self.rows);
        self.place_due(row, col.min(self.line_end(row) - 1));
    }

    /// The column after the last one that is shown of a line.
    pub(super) fn line_end(&self, row: usize) -> usize {
        if self.sizes.is_single(row) { self.cols } else { self.cols.div_ceil(2) }
    }

    /// The cells of a line that are shown.
    pub(super) fn shown_cells(&self, row: usize) -> &[Cell] {
        &self.cells(row)[..self.line_end(row)]
    }

    /// A movement that begins where the cursor is: what was disputed stays so, unless it leads to another
    /// row.
    pub(super) fn move_on(&mut self, movement: impl FnOnce(&mut Model)) {
        let (row, adrift) = (self.row(), self.adrift);
        movement(self);
        self.adrift = adrift && row == self.row();
    }
}
