//! What moves the cursor, and what erases, inserts, deletes and scrolls: as xterm does it, and where
//! terminals differ (a cursor that is about to wrap) as tmux does.

use std::ops::Range;

use alacritty_terminal::index::Line;

use super::cell::Cell;
use super::model::{Model, default_tabs};
use super::reflow::mend;

impl Model {
    /// Down a line, scrolling at the bottom of the region; the column stays, and so does a wrap that
    /// is due.
    pub(super) fn index(&mut self) {
        if self.row() + 1 == self.region.end {
            self.scroll_up(self.region.start, 1);
        } else if self.row() + 1 < self.rows {
            self.grid.cursor.point.line += 1;
        }
    }

    /// RI.
    pub(super) fn reverse_index(&mut self) {
        if self.row() == self.region.start {
            self.scroll_down(self.region.start, 1);
        } else if self.row() > 0 {
            self.grid.cursor.point.line -= 1;
        }
    }

    /// Scrolls the rows from `top` to the end of the region up.
    pub(super) fn scroll_up(&mut self, top: usize, count: usize) {
        let count = count.min(self.region.end.saturating_sub(top));
        if count > 0 {
            let region = Line(top as i32)..Line(self.region.end as i32);
            self.grid.scroll_up(&region, count);
        }
    }

    /// Scrolls the rows from `top` to the end of the region down.
    pub(super) fn scroll_down(&mut self, top: usize, count: usize) {
        let count = count.min(self.region.end.saturating_sub(top));
        if count > 0 {
            let region = Line(top as i32)..Line(self.region.end as i32);
            self.grid.scroll_down(&region, count);
        }
    }

    /// IL and DL, which act inside the region only.
    pub(super) fn insert_lines(&mut self, count: usize) {
        if self.region.contains(&self.row()) {
            self.scroll_down(self.row(), count);
        }
    }

    pub(super) fn delete_lines(&mut self, count: usize) {
        if self.region.contains(&self.row()) {
            self.scroll_up(self.row(), count);
        }
    }

    /// CUP; `row` counts from the top of the region under origin mode.
    pub(super) fn goto(&mut self, row: usize, col: usize) {
        let row = match self.modes.origin {
            true => (self.region.start + row).min(self.region.end - 1),
            false => row,
        };
        self.place(row, col);
    }

    /// CHA.
    pub(super) fn goto_col(&mut self, col: usize) {
        let row = self.row();
        self.place(row, col);
    }

    /// CUU, stopped by the top of the region if the cursor is below it.
    pub(super) fn up(&mut self, count: usize) {
        let (row, col) = (self.row(), self.col());
        let top = if row >= self.region.start { self.region.start } else { 0 };
        self.place(row.saturating_sub(count).max(top), col);
    }

    /// CUD, stopped by the bottom of the region if the cursor is above it.
    pub(super) fn down(&mut self, count: usize) {
        let (row, col) = (self.row(), self.col());
        let bottom = if row < self.region.end { self.region.end } else { self.rows };
        self.place((row + count).min(bottom - 1), col);
    }

    pub(super) fn left(&mut self, count: usize) {
        let (row, col) = (self.row(), self.col());
        self.place(row, col.saturating_sub(count));
    }

    pub(super) fn right(&mut self, count: usize) {
        let (row, col) = (self.row(), self.col());
        self.place(row, col + count);
    }

    /// HT and CHT. A cursor in the last column stays, also if it is about to wrap.
    pub(super) fn tab(&mut self, count: usize) {
        let (row, mut col) = (self.row(), self.col());
        if col + 1 == self.cols {
            return;
        }
        for _ in 0..count.min(self.cols) {
            col = (col + 1..self.cols).find(|col| self.tabs[*col]).unwrap_or(self.cols - 1);
        }
        self.place(row, col);
    }

    /// CBT.
    pub(super) fn back_tab(&mut self, count: usize) {
        let (row, mut col) = (self.row(), self.col());
        for _ in 0..count.min(self.cols) {
            col = (0..col).rev().find(|col| self.tabs[*col]).unwrap_or(0);
        }
        self.place(row, col);
    }

    pub(super) fn set_tab(&mut self) {
        let col = self.col();
        self.tabs[col] = true;
    }

    /// TBC.
    pub(super) fn clear_tabs(&mut self, which: u16) {
        let col = self.col();
        match which {
            0 => self.tabs[col] = false,
            3 => self.tabs.fill(false),
            _ => {}
        }
    }

    /// DECST8C.
    pub(super) fn default_tabs(&mut self) {
        self.tabs = default_tabs(0..self.cols);
    }

    /// DECSTBM, both counting from 0, `bottom` excluded.
    pub(super) fn set_region(&mut self, top: usize, bottom: usize) {
        let bottom = bottom.min(self.rows);
        if top + 1 < bottom || (self.rows == 1 && top == 0) {
            self.region = top..bottom;
            self.goto(0, 0);
        }
    }

    /// Erases cells of a row to the pen's background.
    pub(super) fn erase(&mut self, row: usize, cols: Range<usize>) {
        if cols.is_empty() {
            return;
        }
        self.split_wide(row, cols.start);
        self.split_wide(row, cols.end);
        let blank = Cell::blank(self.grid.cursor.template.bg);
        self.cells_mut(row, cols).fill(blank);
    }

    /// Erases whole rows to the pen's background.
    pub(super) fn erase_rows(&mut self, rows: Range<usize>) {
        if !rows.is_empty() {
            self.grid.reset_region(Line(rows.start as i32)..Line(rows.end as i32));
        }
    }

    /// The columns right of the cursor, its own included unless it is about to wrap.
    fn right_of_cursor(&self) -> Range<usize> {
        if self.wraps() { self.cols..self.cols } else { self.col()..self.cols }
    }

    /// EL.
    pub(super) fn erase_line(&mut self, which: u16) {
        let row = self.row();
        match which {
            0 => self.erase(row, self.right_of_cursor()),
            1 => self.erase(row, 0..self.col() + 1),
            2 => self.erase(row, 0..self.cols),
            _ => {}
        }
    }

    /// ED. There are no saved lines to erase here (3).
    pub(super) fn erase_display(&mut self, which: u16) {
        let row = self.row();
        match which {
            0 => {
                self.erase_line(0);
                self.erase_rows(row + 1..self.rows);
            }
            1 => {
                self.erase_rows(0..row);
                self.erase_line(1);
            }
            2 => self.erase_rows(0..self.rows),
            _ => {}
        }
    }

    /// ECH.
    pub(super) fn erase_cells(&mut self, count: usize) {
        let right = self.right_of_cursor();
        let row = self.row();
        self.erase(row, right.start..right.end.min(right.start + count));
    }

    /// ICH.
    pub(super) fn insert_cells(&mut self, count: usize) {
        let right = self.right_of_cursor();
        let count = count.min(right.len());
        let row = self.row();
        self.split_wide(row, right.start);
        self.cells_mut(row, right.clone()).rotate_right(count);
        self.blank(row, right.start..right.start + count);
    }

    /// DCH.
    pub(super) fn delete_cells(&mut self, count: usize) {
        let right = self.right_of_cursor();
        let count = count.min(right.len());
        let row = self.row();
        self.split_wide(row, right.start);
        self.cells_mut(row, right.clone()).rotate_left(count);
        self.blank(row, right.end - count..right.end);
    }

    /// Erases cells that were just shifted in, and what halves of wide characters that left.
    fn blank(&mut self, row: usize, cols: Range<usize>) {
        let blank = Cell::blank(self.grid.cursor.template.bg);
        self.cells_mut(row, cols).fill(blank);
        mend(self.cells_mut(row, 0..self.cols));
    }

    /// DECALN.
    pub(super) fn align(&mut self) {
        self.region = 0..self.rows;
        self.modes.origin = false;
        let cell = Cell { c: 'E', ..Cell::default() };
        for row in 0..self.rows {
            self.cells_mut(row, 0..self.cols).fill(cell.clone());
        }
        self.place(0, 0);
    }
}
