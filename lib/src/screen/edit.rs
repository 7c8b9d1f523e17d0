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
            if self.is_between_margins() {
                self.scroll_up(self.region.start, 1);
            }
        } else if self.row() + 1 < self.rows {
            self.grid.cursor.point.line += 1;
        }
    }

    /// RI.
    pub(super) fn reverse_index(&mut self) {
        if self.row() == self.region.start {
            if self.is_between_margins() {
                self.scroll_down(self.region.start, 1);
            }
        } else if self.row() > 0 {
            self.grid.cursor.point.line -= 1;
        }
    }

    /// IL and DL, which act inside the margins only.
    pub(super) fn insert_lines(&mut self, count: usize) {
        if self.region.contains(&self.row()) && self.is_between_margins() {
            self.scroll_down(self.row(), count);
        }
    }

    pub(super) fn delete_lines(&mut self, count: usize) {
        if self.region.contains(&self.row()) && self.is_between_margins() {
            self.scroll_up(self.row(), count);
        }
    }

    /// CUP; both count from the margins under origin mode.
    pub(super) fn goto(&mut self, row: usize, col: usize) {
        self.goto_row(row);
        self.goto_col(col);
    }

    /// VPA.
    pub(super) fn goto_row(&mut self, row: usize) {
        let row = within(&self.region, row, self.modes.origin);
        self.place(row, self.col());
    }

    /// CHA.
    pub(super) fn goto_col(&mut self, col: usize) {
        let col = within(&self.margins, col, self.modes.origin);
        self.place(self.row(), col);
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
        self.place(row, col.saturating_sub(count).max(self.text_start()));
    }

    pub(super) fn right(&mut self, count: usize) {
        let (row, col) = (self.row(), self.col());
        self.place(row, (col + count).min(self.text_end() - 1));
    }

    /// HT and CHT. A cursor in the last column stays, also if it is about to wrap.
    pub(super) fn tab(&mut self, count: usize) {
        let (row, mut col, end) = (self.row(), self.col(), self.text_end());
        if col + 1 == end {
            return;
        }
        for _ in 0..count.min(self.cols) {
            col = (col + 1..end).find(|col| self.tabs[*col]).unwrap_or(end - 1);
        }
        self.place(row, col);
    }

    /// CBT.
    pub(super) fn back_tab(&mut self, count: usize) {
        let (row, mut col, (_, left)) = (self.row(), self.col(), self.origin());
        for _ in 0..count.min(self.cols) {
            col = (left..col).rev().find(|col| self.tabs[*col]).unwrap_or(left);
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
        self.col() + usize::from(self.wraps() && self.col() + 1 == self.cols)..self.cols
    }

    /// The same as far as cells are shifted: to the right margin, and not beside the margins.
    fn shifted(&self) -> Range<usize> {
        let right = self.right_of_cursor();
        let end = if self.is_between_margins() { self.margins.end } else { right.start };
        right.start..end.max(right.start)
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
        let right = self.shifted();
        let count = count.min(right.len());
        let row = self.row();
        self.split_wide(row, right.start);
        self.split_wide(row, right.end);
        self.cells_mut(row, right.clone()).rotate_right(count);
        self.blank(row, right.start..right.start + count);
    }

    /// DCH.
    pub(super) fn delete_cells(&mut self, count: usize) {
        let right = self.shifted();
        let count = count.min(right.len());
        let row = self.row();
        self.split_wide(row, right.start);
        self.split_wide(row, right.end);
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
        self.free_margins();
        self.modes.origin = false;
        let cell = Cell { c: 'E', ..Cell::default() };
        for row in 0..self.rows {
            self.cells_mut(row, 0..self.cols).fill(cell.clone());
        }
        self.place(0, 0);
    }
}

/// A row or column as the screen counts it.
fn within(margins: &Range<usize>, at: usize, origin: bool) -> usize {
    if origin { (margins.start + at).min(margins.end - 1) } else { at }
}
