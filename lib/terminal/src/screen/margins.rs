//! Margins: the rows that scroll (DECSTBM), and the columns that do where a program has asked for such
//! margins (DECLRMM, DECSLRM), as xterm has them. Text between the margins wraps and scrolls between them;
//! beside them it does not scroll.

use std::mem;
use std::ops::Range;

use alacritty_terminal::grid::Row;
use alacritty_terminal::index::Line;

use super::cell::{Cell, spread};
use super::filled;
use super::model::Model;

impl Model {
    /// DECSTBM, both counting from 0, `bottom` excluded. A region has two rows at least, so that on a screen of
    /// one row there is none to set.
    pub(super) fn set_region(&mut self, top: usize, bottom: usize) {
        let bottom = bottom.min(self.rows);
        if top + 1 < bottom {
            self.region = top..bottom;
            self.goto(0, 0);
        }
    }

    /// DECSLRM, both counting from 0, `right` excluded.
    pub(super) fn set_margins(&mut self, left: usize, right: usize) {
        let right = right.min(self.cols);
        if left + 1 < right {
            self.margins = left..right;
            self.goto(0, 0);
        }
    }

    /// DECLRMM, without which there are no margins left and right.
    pub(super) fn allow_margins(&mut self, on: bool) {
        self.modes.set(69, on);
        if on {
            self.sizes = Default::default();
        } else {
            self.free_margins();
        }
    }

    /// Has text go from the first column to the last again.
    pub(super) fn free_margins(&mut self) {
        self.margins = 0..self.cols;
    }

    /// The row and column that a program counts from.
    pub(super) fn origin(&self) -> (usize, usize) {
        if self.modes.origin() { (self.region.start, self.margins.start) } else { (0, 0) }
    }

    pub(super) fn has_margins(&self) -> bool {
        self.margins != (0..self.cols)
    }

    pub(super) fn is_between_margins(&self) -> bool {
        self.margins.contains(&self.col())
    }

    /// The column after the last one that text from the cursor on may reach.
    pub(super) fn text_end(&self) -> usize {
        let end = self.line_end(self.row());
        if self.col() < self.margins.end { self.margins.end.min(end) } else { end }
    }

    /// The first column that a cursor which goes left may reach.
    pub(super) fn text_start(&self) -> usize {
        if self.col() >= self.margins.start { self.margins.start } else { 0 }
    }

    /// Scrolls the rows from `top` to the end of the region up.
    pub(super) fn scroll_up(&mut self, top: usize, count: usize) {
        let rows = top..self.region.end.max(top);
        let count = count.min(rows.len());
        if count > 0 {
            self.move_rows(rows.clone(), count, true);
            self.blank_rows(rows.end - count..rows.end);
        }
    }

    /// Scrolls the rows from `top` to the end of the region down.
    pub(super) fn scroll_down(&mut self, top: usize, count: usize) {
        let rows = top..self.region.end.max(top);
        let count = count.min(rows.len());
        if count == 0 {
            return;
        }
        self.move_rows(rows.clone(), count, false);
        self.blank_rows(rows.start..rows.start + count);
        if rows.end == self.rows {
            // What the last row went on in is gone, and nothing is below it that could tell.
            self.end_line(rows.end - 1);
        }
    }

    /// Moves what rows have between the margins by `count` rows, up or down. What comes in at the other end is
    /// to be written.
    pub(super) fn move_rows(&mut self, rows: Range<usize>, count: usize, up: bool) {
        let is_left = count < rows.len();
        if !self.has_margins() {
            match up {
                true => self.sizes.scroll_up(rows.clone(), count),
                false => self.sizes.scroll_down(rows.clone(), count),
            }
            if is_left && !self.alike.shift(&mut self.grid, &rows, count, up) {
                self.rotate_rows(rows, count, up);
            }
            return;
        }
        self.part_rows(rows.clone());
        let (inside, cols) = (self.margins.clone(), self.cols);
        match is_left {
            true if inside.len() * 2 > cols => {
                // Whole rows, and back what is beside the margins: that is less.
                self.alike.settle(&mut self.grid);
                self.rotate_rows(rows.clone(), count, up);
                self.rotate_cells(rows.clone(), 0..inside.start, count, !up);
                self.rotate_cells(rows, inside.end..cols, count, !up);
            }
            true => self.rotate_cells(rows, inside, count, up),
            false => {}
        }
    }

    /// Moves rows by `count`, which is less than there are; those that go out come in at the other end.
    fn rotate_rows(&mut self, rows: Range<usize>, count: usize, up: bool) {
        if rows.len() - count < count {
            return self.rotate_rows(rows.clone(), rows.len() - count, !up);
        }
        let (going, coming) = match up {
            true => (rows.start..rows.start + count, rows.end - count..rows.end),
            false => (rows.end - count..rows.end, rows.start..rows.start + count),
        };
        let missing = count.saturating_sub(self.stand_ins.len());
        self.stand_ins.extend((0..missing).map(|_| Row::new(1)));
        for (row, stand_in) in going.zip(&mut self.stand_ins) {
            mem::swap(&mut self.grid[Line(row as i32)], stand_in);
        }
        match up {
            true => self.grid.scroll_up(&lines(&rows), count),
            false => self.grid.scroll_down(&lines(&rows), count),
        }
        for (row, stand_in) in coming.zip(&mut self.stand_ins) {
            mem::swap(&mut self.grid[Line(row as i32)], stand_in);
        }
    }

    /// The same for columns of rows.
    fn rotate_cells(&mut self, rows: Range<usize>, cols: Range<usize>, count: usize, up: bool) {
        if cols.is_empty() {
            return;
        }
        let mut carried = vec![Cell::default(); cols.len()];
        let step = if up { rows.len() - count } else { count };
        for first in 0..common_divisor(rows.len(), count) {
            let mut at = first;
            self.cells_mut(rows.start + at, cols.clone()).swap_with_slice(&mut carried);
            loop {
                at += step;
                if at >= rows.len() {
                    at -= rows.len();
                }
                self.cells_mut(rows.start + at, cols.clone()).swap_with_slice(&mut carried);
                if at == first {
                    break;
                }
            }
        }
    }

    /// Blanks what rows have between the margins.
    pub(super) fn blank_rows(&mut self, rows: Range<usize>) {
        let blank = Cell::blank(self.grid.cursor.template.bg);
        if !self.has_margins() {
            return self.fill_rows(rows, &blank, &blank);
        }
        for row in rows {
            spread(self.cells_over(row, self.margins.clone()), &blank);
        }
    }

    /// Parts what is between the margins from what is beside them: wide characters, and lines that go on.
    fn part_rows(&mut self, rows: Range<usize>) {
        for row in rows {
            if self.is_parted(row) {
                continue;
            }
            self.split_wide(row, self.margins.start);
            self.split_wide(row, self.margins.end);
            self.end_line(row);
        }
    }

    /// True if all is parted already, as it is nearly always.
    fn is_parted(&self, row: usize) -> bool {
        let cells = &self.grid[Line(row as i32)][..];
        let parts = |col: usize| cells.get(col).is_none_or(|cell| !cell.is_spacer());
        !self.alike.has(row)
            && filled::filled_from(cells).is_none()
            && parts(self.margins.start)
            && parts(self.margins.end)
            && !self.goes_on(row)
    }
}

fn lines(rows: &Range<usize>) -> Range<Line> {
    Line(rows.start as i32)..Line(rows.end as i32)
}

/// The greatest one.
fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
