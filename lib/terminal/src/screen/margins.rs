//! Margins: the rows that scroll (DECSTBM), and the columns that do where a program has asked for such
//! margins (DECLRMM, DECSLRM), as xterm has them. Text between the margins wraps and scrolls between them;
//! beside them it does not scroll.

use std::ops::Range;

use alacritty_terminal::index::{Column, Line};

use super::cell::{Cell, spread};
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
        if count > 0 && self.has_margins() {
            self.part_rows(rows.clone());
            for row in rows.start..rows.end - count {
                self.swap_rows(row, row + count);
            }
            self.blank_rows(rows.end - count..rows.end);
        } else if count > 0 {
            self.whole.forget();
            self.grid.scroll_up(&lines(&rows), count);
            self.sizes.scroll_up(rows, count);
        }
    }

    /// Scrolls the region up for rows that are filled next. Where few rows stay only those are moved.
    pub(super) fn scroll_up_to_fill(&mut self, count: usize) {
        let rows = self.region.clone();
        let stay = rows.len().saturating_sub(count);
        if stay >= count {
            return self.scroll_up(rows.start, count);
        }
        self.whole.forget();
        for row in rows.start..rows.start + stay {
            let below = std::mem::take(&mut self.grid[Line((row + count) as i32)]);
            let above = std::mem::replace(&mut self.grid[Line(row as i32)], below);
            self.grid[Line((row + count) as i32)] = above;
        }
    }

    /// Scrolls the rows from `top` to the end of the region down.
    pub(super) fn scroll_down(&mut self, top: usize, count: usize) {
        let rows = top..self.region.end.max(top);
        let count = count.min(rows.len());
        if count > 0 && self.has_margins() {
            self.part_rows(rows.clone());
            for row in (rows.start + count..rows.end).rev() {
                self.swap_rows(row, row - count);
            }
            self.blank_rows(rows.start..rows.start + count);
        } else if count > 0 {
            self.whole.forget();
            self.grid.scroll_down(&lines(&rows), count);
            let last = rows.end - 1;
            self.sizes.scroll_down(rows, count);
            if last + 1 == self.rows && self.goes_on(last) {
                // What it went on in is gone, and nothing is below it that could tell.
                self.cells_mut(last, self.cols - 1..self.cols)[0].end_line();
            }
        }
    }

    /// Has two rows trade what they have between the margins; or all, and then back what is beside them, if
    /// that is less.
    fn swap_rows(&mut self, one: usize, other: usize) {
        let cols = self.margins.clone();
        self.whole.touch(one, self.cols);
        self.whole.touch(other, self.cols);
        let mut taken = std::mem::take(&mut self.grid[Line(one as i32)]);
        let cells = &mut self.grid[Line(other as i32)];
        let mut trade = |cols: Range<usize>| {
            let cols = Column(cols.start)..Column(cols.end);
            taken[cols.clone()].swap_with_slice(&mut cells[cols]);
        };
        match cols.len() * 2 > self.cols {
            true => {
                trade(0..cols.start);
                trade(cols.end..self.cols);
                std::mem::swap(&mut taken, cells);
            }
            false => trade(cols),
        }
        self.grid[Line(one as i32)] = taken;
    }

    /// Blanks what rows have between the margins.
    fn blank_rows(&mut self, rows: Range<usize>) {
        let blank = Cell::blank(self.grid.cursor.template.bg);
        for row in rows {
            spread(self.cells_mut(row, self.margins.clone()), &blank);
        }
    }

    /// Parts what is between the margins from what is beside them: wide characters, and lines that go on.
    fn part_rows(&mut self, rows: Range<usize>) {
        for row in rows {
            self.split_wide(row, self.margins.start);
            self.split_wide(row, self.margins.end);
            self.cells_mut(row, self.cols - 1..self.cols)[0].end_line();
        }
    }
}

fn lines(rows: &Range<usize>) -> Range<Line> {
    Line(rows.start as i32)..Line(rows.end as i32)
}
