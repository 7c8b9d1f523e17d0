//! What moves the cursor, and what erases, inserts, deletes and scrolls: as xterm does it.

use std::ops::Range;

use super::cell::{Attrs, Cell, spread};
use super::model::{Model, set_default_tabs};
use super::reflow::mend;

impl Model {
    /// Down a line, scrolling at the bottom of the region; the column stays. A wrap that was due is not
    /// any more.
    pub(super) fn index(&mut self) {
        self.adrift = false;
        self.forget_wrap();
        if self.row() + 1 == self.region.end {
            if self.is_between_margins() {
                self.scroll_off(1);
            }
        } else if self.row() + 1 < self.rows {
            self.grid.cursor.point.line += 1;
        }
    }

    /// Scrolls the region up; rows that leave the screen at its top are kept where that is wanted.
    pub(super) fn scroll_off(&mut self, count: usize) {
        let (leaves, count) =
            (!self.alt && self.region.start == 0 && !self.has_margins(), count.min(self.region.end));
        if let Some(mut past) = self.past.take() {
            (0..count).filter(|_| leaves).for_each(|row| past.take(self.cells_mut(row, 0..self.cols)));
            self.past = Some(past);
        }
        self.scroll_up(self.region.start, count);
    }

    /// RI.
    pub(super) fn reverse_index(&mut self) {
        self.adrift = false;
        self.forget_wrap();
        if self.row() == self.region.start {
            if self.is_between_margins() {
                self.scroll_down(self.region.start, 1);
            }
        } else if self.row() > 0 {
            self.grid.cursor.point.line -= 1;
        }
    }

    /// The next character stands where the cursor is.
    pub(super) fn forget_wrap(&mut self) {
        self.grid.cursor.input_needs_wrap = false;
    }

    /// IL and DL, which act inside the margins only and leave the cursor at the left one.
    pub(super) fn insert_lines(&mut self, count: usize) {
        if self.is_inside() {
            self.scroll_down(self.row(), count);
            self.place(self.row(), self.margins.start);
        }
    }

    pub(super) fn delete_lines(&mut self, count: usize) {
        if self.is_inside() {
            self.scroll_up(self.row(), count);
            self.place(self.row(), self.margins.start);
        }
    }

    /// True if the cursor is inside all four margins.
    pub(super) fn is_inside(&self) -> bool {
        self.region.contains(&self.row()) && self.is_between_margins()
    }

    /// CUP; both count from the margins under origin mode.
    pub(super) fn goto(&mut self, row: usize, col: usize) {
        self.goto_row(row);
        self.goto_col(col);
    }

    /// VPA.
    pub(super) fn goto_row(&mut self, row: usize) {
        let row = within(&self.region, row, self.modes.origin());
        self.place(row, self.col());
    }

    /// CHA.
    pub(super) fn goto_col(&mut self, col: usize) {
        let col = within(&self.margins, col, self.modes.origin());
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

    /// VPR, which the region does not stop.
    pub(super) fn down_past_region(&mut self, count: usize) {
        let bottom = if self.modes.origin() { self.region.end } else { self.rows };
        self.place((self.row() + count).min(bottom - 1), self.col());
    }

    /// HPR, which the margins do not stop.
    pub(super) fn right_past_margins(&mut self, count: usize) {
        let end = if self.modes.origin() { self.margins.end } else { self.cols };
        let end = end.min(self.line_end(self.row()));
        self.place(self.row(), (self.col() + count).min(end - 1));
    }

    /// CUB and BS. Under reverse wrap they go on at the end of the row before: under 45 if that row wrapped
    /// into this one, under 1045 in any case, and from the first row of the region to its last.
    pub(super) fn left(&mut self, count: usize) {
        let (mut row, mut col, left) = (self.row(), self.col(), self.text_start());
        let wraps = |mode| self.modes.autowrap() && self.modes.is_on(mode);
        let (lines, any) = (wraps(45), wraps(1045));
        // A wrap that is due counts as the one step back onto the character.
        let mut count = count - usize::from((lines || any) && self.wraps());
        while count > col.saturating_sub(left) {
            let before = match any && row == self.region.start {
                true => Some(self.region.end - 1),
                false => row.checked_sub(1),
            };
            let Some(before) = before.filter(|row| any || lines && self.goes_on(*row)) else {
                return self.place(row, left);
            };
            count -= col - left + 1;
            (row, col) = (before, self.margins.end - 1);
        }
        self.place(row, col - count);
    }

    pub(super) fn right(&mut self, count: usize) {
        let (row, col) = (self.row(), self.col());
        self.place(row, (col + count).min(self.text_end() - 1));
    }

    /// HT and CHT. A cursor in the last column stays; where margins are allowed, one that is right of them goes
    /// back to the right one.
    pub(super) fn tab(&mut self, count: usize) {
        let (row, col) = (self.row(), self.col());
        let end = self.margins.end.min(self.line_end(row));
        if col + 1 >= end {
            return if col >= end {
                self.place_due(row, end - 1)
            };
        }
        let stops = self.tabs[col + 1..end].iter().zip(col + 1..).filter(|(stop, _)| **stop);
        let col = stops.map(|(_, col)| col).nth(count - 1).unwrap_or(end - 1);
        self.place_due(row, col);
    }

    /// CBT.
    pub(super) fn back_tab(&mut self, count: usize) {
        let (row, col, (_, left)) = (self.row(), self.col(), self.origin());
        let before = self.tabs[..col].iter().enumerate().skip(left).rev();
        let col = before.filter(|(_, stop)| **stop).map(|(col, _)| col).nth(count - 1).unwrap_or(left);
        self.place_due(row, col);
    }

    /// Puts the cursor where a tab leads to, or a change of its line: neither ends a wrap that is due.
    pub(super) fn place_due(&mut self, row: usize, col: usize) {
        let due = self.grid.cursor.input_needs_wrap;
        self.place(row, col);
        self.grid.cursor.input_needs_wrap = due;
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
        set_default_tabs(&mut self.tabs);
    }

    /// Erases cells of a row to the pen's background; not protected ones if `keep` is set.
    fn erase(&mut self, row: usize, cols: Range<usize>, keep: bool) -> Erased {
        if cols.is_empty() {
            return Erased::NONE;
        }
        self.split_wide(row, cols.start);
        self.split_wide(row, cols.end);
        let blank = Cell::blank(self.grid.cursor.template.bg);
        if !keep {
            match cols.end == self.cols {
                true => self.fill_from(row, cols.start, &blank, &blank),
                false => spread(self.cells_over(row, cols), &blank),
            }
            return Erased { some: true, all: true };
        }
        let (all, mut open) = (cols.len(), 0);
        for cell in self.cells_mut(row, cols).iter_mut().filter(|cell| !cell.attrs.has(Attrs::PROTECTED)) {
            *cell = blank.clone();
            open += 1;
        }
        mend(self.cells_mut(row, 0..self.cols));
        Erased { some: open > 0, all: open == all }
    }

    /// Erases whole rows to the pen's background.
    pub(super) fn erase_rows(&mut self, rows: Range<usize>) {
        if !rows.is_empty() {
            let blank = Cell::blank(self.grid.cursor.template.bg);
            self.fill_rows(rows.clone(), &blank, &blank);
            self.sizes.clear(rows);
        }
    }

    /// The same, but for protected cells if `keep` is set.
    fn erase_open_rows(&mut self, rows: Range<usize>, keep: bool) -> Erased {
        if !keep {
            let some = !rows.is_empty();
            self.erase_rows(rows);
            return Erased { some, all: true };
        }
        rows.into_iter().fold(Erased::NONE, |sum, row| {
            let row = self.erase(row, 0..self.cols, true);
            Erased { some: sum.some || row.some, all: sum.all && row.all }
        })
    }

    /// The columns from the cursor on as far as cells are shifted: to the right margin, and not beside the
    /// margins.
    fn shifted(&self) -> Range<usize> {
        let end = if self.is_between_margins() { self.margins.end } else { self.col() };
        self.col()..end
    }

    /// EL, and DECSEL (`selective`). No wrap is due afterwards, unless all was protected before the cursor or on
    /// the whole line.
    pub(super) fn erase_line(&mut self, which: u16, selective: bool) {
        let (row, keep) = (self.row(), selective || self.iso_protection);
        let cols = match which {
            0 => self.col()..self.cols,
            1 => 0..self.col() + 1,
            2 => 0..self.cols,
            _ => return,
        };
        if self.erase(row, cols, keep).some || which == 0 {
            self.forget_wrap();
        }
    }

    /// ED, and DECSED (`selective`). 3 erases what has scrolled off.
    pub(super) fn erase_display(&mut self, which: u16, selective: bool) {
        let (row, col, keep) = (self.row(), self.col(), selective || self.iso_protection);
        match which {
            0 if (row, col) != (0, 0) => {
                self.erase_line(0, selective);
                self.erase_open_rows(row + 1..self.rows, keep);
            }
            1 if (row + 1, col + 1) != (self.rows, self.cols) => {
                if self.erase_open_rows(0..row, keep).some {
                    self.forget_wrap();
                }
                self.erase_line(1, selective);
            }
            0..=2 => {
                let erased = self.erase_open_rows(0..self.rows, keep);
                // Where nothing is protected any more, there is nothing to look for.
                self.iso_protection &= !erased.all;
                if erased.some {
                    self.forget_wrap();
                }
            }
            3 => self.past.iter_mut().for_each(|past| past.erase()),
            _ => {}
        }
    }

    /// ECH.
    pub(super) fn erase_cells(&mut self, count: usize) {
        let (row, col) = (self.row(), self.col());
        self.erase(row, col..self.cols.min(col + count), self.iso_protection);
        self.forget_wrap();
    }

    /// DECSCA: 1 protects what is printed from now on.
    pub(super) fn protect(&mut self, how: u16) {
        self.iso_protection = false;
        if how <= 2 {
            self.pen().attrs.set(Attrs::PROTECTED, how == 1);
            self.protects |= how == 1;
        }
    }

    /// SPA and EPA.
    pub(super) fn guard(&mut self, on: bool) {
        self.iso_protection |= on;
        self.protects |= on;
        self.pen().attrs.set(Attrs::PROTECTED, on);
    }

    /// ICH.
    pub(super) fn insert_cells(&mut self, count: usize) {
        self.forget_wrap();
        let right = self.shifted();
        let count = count.min(right.len());
        let row = self.row();
        self.split_wide(row, right.start);
        self.split_wide(row, right.end);
        let moved = right.start..self.moved_end(row, &right, count);
        let blank = Cell::blank(self.grid.cursor.template.bg);
        let cells = self.cells_mut(row, moved.clone());
        cells.rotate_right(count);
        if moved.end < right.end {
            return spread(&mut cells[..count], &blank);
        }
        self.blank(row, right.start..right.start + count);
    }

    /// Where the cells end that `count` new ones move to the right; cells that are all alike to the end of the row
    /// stay as they are.
    fn moved_end(&self, row: usize, right: &Range<usize>, count: usize) -> usize {
        let alike = self.filled_from(row).filter(|from| {
            let [one, other] = [*from, from + 1].map(|col| self.glance(row, col));
            one.is_plainly(other) && right.end == self.cols && !self.goes_on(row)
        });
        alike.map_or(right.end, |from| (from.max(right.start) + count).min(right.end))
    }

    /// DCH.
    pub(super) fn delete_cells(&mut self, count: usize) {
        let right = self.shifted();
        if right.is_empty() {
            return;
        }
        self.forget_wrap();
        let count = count.min(right.len());
        let row = self.row();
        self.split_wide(row, right.start);
        self.split_wide(row, right.end);
        self.cells_mut(row, right.clone()).rotate_left(count);
        self.blank(row, right.end - count..right.end);
    }

    /// Erases cells that were just shifted in, and what halves of wide characters that left.
    pub(super) fn blank(&mut self, row: usize, cols: Range<usize>) {
        let blank = Cell::blank(self.grid.cursor.template.bg);
        spread(self.cells_mut(row, cols), &blank);
        let last = self.cols - 1;
        let cells = self.cells_mut(row, 0..last + 1);
        if cells.iter().any(|cell| !cell.flags.is_empty()) {
            cells[..last].iter_mut().for_each(Cell::end_line);
            mend(cells);
        }
    }

    /// DECALN, which leaves the pen its colours.
    pub(super) fn align(&mut self) {
        let pen = self.pen();
        pen.attrs = pen.attrs.plain();
        self.region = 0..self.rows;
        self.free_margins();
        self.modes.set(6, false);
        self.sizes = Default::default();
        let cell = Cell { c: 'E', ..Cell::default() };
        self.fill_rows(0..self.rows, &cell, &cell);
        self.place(0, 0);
    }
}

/// What an erasing came to, which leaves protected cells.
#[derive(Clone, Copy)]
struct Erased {
    /// There was something to erase.
    some: bool,
    /// Nothing was protected.
    all: bool,
}

impl Erased {
    const NONE: Erased = Erased { some: false, all: true };
}

/// A row or column as the screen counts it.
fn within(margins: &Range<usize>, at: usize, origin: bool) -> usize {
    if origin { (margins.start + at).min(margins.end - 1) } else { at }
}
