//! Rows of the model as a whole: filled ones, lines of double width, and what a movement makes of a column that
//! terminals do not agree about.

use std::ops::Range;

use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::Flags;

use super::cell::Cell;
use super::filled::{self, Alike};
use super::lines::Size;
use super::model::Model;

impl Model {
    /// Fills rows that may not be looked at before all of them are filled again.
    pub(super) fn fill_rows(&mut self, rows: Range<usize>, first: &Cell, second: &Cell) {
        self.alike.fill(&mut self.grid, rows, first, second);
    }

    /// Fills what a row has from a column on.
    pub(super) fn fill_from(&mut self, row: usize, from: usize, first: &Cell, second: &Cell) {
        self.alike.own(&mut self.grid, row);
        filled::fill_from(&mut self.grid[Line(row as i32)][..], from, first, second);
    }

    /// The column from which on the cells of a row are not written, since they are alike.
    pub(super) fn filled_from(&self, row: usize) -> Option<usize> {
        match self.alike.has(row) {
            true => Some(0),
            false => filled::filled_from(&self.grid[Line(row as i32)][..]),
        }
    }

    /// One cell as far as being the half of a wide character goes, without writing its row.
    pub(super) fn glance(&self, row: usize, col: usize) -> &Cell {
        if self.alike.has(row) {
            return self.alike.cell(col);
        }
        let cells = &self.grid[Line(row as i32)][..];
        match filled::filled_from(cells) {
            Some(from) if from < col => &cells[from + (col - from) % 2],
            _ => &cells[col],
        }
    }

    /// True if the next row continues this one.
    pub(super) fn goes_on(&self, row: usize) -> bool {
        match self.alike.has(row) {
            true => self.alike.goes_on(),
            false => self.grid[Line(row as i32)][Column(self.cols - 1)].flags.contains(Flags::WRAPLINE),
        }
    }

    /// Has the next row continue this one.
    pub(super) fn go_on(&mut self, row: usize) {
        self.alike.own(&mut self.grid, row);
        self.grid[Line(row as i32)][Column(self.cols - 1)].flags.insert(Flags::WRAPLINE);
    }

    /// Has the next row be another line.
    pub(super) fn end_line(&mut self, row: usize) {
        if self.goes_on(row) {
            self.alike.own(&mut self.grid, row);
            self.grid[Line(row as i32)][Column(self.cols - 1)].end_line();
        }
    }

    /// Writes all cells of all rows.
    pub(super) fn settle_rows(&mut self) {
        let other = self.hidden.as_mut().or(self.spare.as_mut());
        let grids = [(Some(&mut self.grid), &mut self.alike), (other, &mut self.hidden_alike)];
        for (grid, alike) in grids {
            let Some(grid) = grid else {
                *alike = Alike::default();
                continue;
            };
            alike.settle(grid);
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
