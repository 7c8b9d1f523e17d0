//! Rectangles (DECFRA, DECERA, DECSERA, DECCRA, DECCARA, DECRARA) and columns (DECIC, DECDC, DECFI, DECBI,
//! SL, SR), as xterm has them. None of them moves the cursor over text or ends a wrap that is due.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::cell::{Attrs, Cell, Color};
use super::model::Model;
use super::print::drawing;
use super::reflow::mend;
use crate::tokens::Params;

/// Rows and columns of the screen.
pub(super) struct Rect {
    rows: Range<usize>,
    cols: Range<usize>,
}

/// A parameter, 0 if it was left out.
fn nth(params: &Params, index: usize) -> usize {
    params.get(index).into()
}

impl Model {
    /// What rectangles lie in: the screen, or under origin mode what is between the margins.
    fn bounds(&self) -> Rect {
        match self.modes.origin() {
            true => Rect { rows: self.region.clone(), cols: self.margins.clone() },
            false => Rect { rows: 0..self.rows, cols: 0..self.cols },
        }
    }

    /// The rectangle of four parameters (top, left, bottom, right), from the one at `index` on.
    pub(super) fn rect(&self, params: &Params, index: usize) -> Option<Rect> {
        let bounds = self.bounds();
        let side = |index: usize, within: &Range<usize>, default: usize| match nth(params, index) {
            0 => default,
            at => (within.start + at - 1).min(within.end - 1),
        };
        let (top, left) =
            (side(index, &bounds.rows, bounds.rows.start), side(index + 1, &bounds.cols, bounds.cols.start));
        let bottom = side(index + 2, &bounds.rows, bounds.rows.end - 1);
        let right = side(index + 3, &bounds.cols, bounds.cols.end - 1);
        (top <= bottom && left <= right).then_some(Rect { rows: top..bottom + 1, cols: left..right + 1 })
    }

    /// Has `change` act on each cell of a rectangle.
    fn each_cell(&mut self, rect: &Rect, mut change: impl FnMut(&mut Cell)) {
        for row in rect.rows.clone() {
            self.split_wide(row, rect.cols.start);
            self.split_wide(row, rect.cols.end);
            self.cells_mut(row, rect.cols.clone()).iter_mut().for_each(&mut change);
            mend(self.cells_mut(row, 0..self.cols));
        }
    }

    /// DECFRA: the character that a number means, in the set that prints.
    pub(super) fn fill_rect(&mut self, params: &Params) {
        let shown = |c: &char| matches!(c, ' '..='~' | '\u{a0}'..) && c.width() == Some(1);
        let code = if nth(params, 0) == 0 { usize::from(b' ') } else { nth(params, 0) };
        let Some(c) = u32::try_from(code).ok().and_then(char::from_u32).filter(shown) else { return };
        let drawn = self.charsets.drawing[usize::from(self.charsets.active) & 3];
        if let Some(rect) = self.rect(params, 1) {
            self.fill_with(&rect, if drawn { drawing(c) } else { c });
        }
    }

    /// DECERA.
    pub(super) fn erase_rect(&mut self, params: &Params) {
        if let Some(rect) = self.rect(params, 0) {
            self.fill_with(&rect, ' ');
        }
    }

    /// Fills with a character that looks as the pen does; a pen without colours leaves those that are there.
    fn fill_with(&mut self, rect: &Rect, c: char) {
        let pen = Cell { c, ..self.pen().clone() };
        let colored = (pen.fg, pen.bg) != (Color::DEFAULT, Color::DEFAULT);
        self.each_cell(rect, |cell| {
            let (fg, bg) = if colored { (pen.fg, pen.bg) } else { (cell.fg, cell.bg) };
            *cell = Cell { fg, bg, ..pen.clone() };
        });
    }

    /// DECSERA: what is not protected becomes spaces that look as before.
    pub(super) fn wipe_rect(&mut self, params: &Params) {
        let keep = !self.iso_protection;
        if let Some(rect) = self.rect(params, 0) {
            self.each_cell(&rect, |cell| {
                if !(keep && cell.attrs.has(Attrs::PROTECTED)) {
                    cell.clear_wide();
                }
            });
        }
    }

    /// DECCRA, on the one page that there is. What would be out of bounds is left out.
    pub(super) fn copy_rect(&mut self, params: &Params) {
        let Some(from) = self.rect(params, 0) else { return };
        let to = self.rect_at(params, 5);
        let copied: Vec<Vec<Cell>> =
            from.rows.clone().map(|row| self.cells_mut(row, from.cols.clone()).to_vec()).collect();
        for (row, cells) in to.rows.clone().zip(copied) {
            let cols = to.cols.start..to.cols.end.min(to.cols.start + cells.len());
            self.split_wide(row, cols.start);
            self.split_wide(row, cols.end);
            let target = self.cells_mut(row, cols);
            target.iter_mut().zip(cells).for_each(|(cell, copy)| *cell = copy.alone());
            mend(self.cells_mut(row, 0..self.cols));
        }
    }

    /// The rectangle from the corner of two parameters (top, left) to the end of the bounds.
    fn rect_at(&self, params: &Params, index: usize) -> Rect {
        let mut rect = self.bounds();
        let start = |within: &Range<usize>, at: usize| (within.start + at.max(1) - 1).min(within.end - 1);
        rect.rows.start = start(&rect.rows, nth(params, index));
        rect.cols.start = start(&rect.cols, nth(params, index + 1));
        rect
    }

    /// DECCARA and DECRARA (`reverse`), on a rectangle or on the text from its first corner to its last
    /// (DECSACE).
    pub(super) fn mark_rect(&mut self, params: &Params, reverse: bool) {
        let Some(rect) = self.rect(params, 0) else { return };
        let codes: Vec<usize> = (4..params.count().max(5)).map(|index| nth(params, index)).collect();
        for row in rect.rows.clone() {
            let (first, last) = (row == rect.rows.start, row + 1 == rect.rows.end);
            let start = if self.modes.rectangle || first { rect.cols.start } else { 0 };
            let end = if self.modes.rectangle || last { rect.cols.end } else { self.cols };
            // Half a character has no look of its own: it is marked with its first half, or not at all.
            let whole = |col: usize| col + usize::from(col < self.cols && self.glance(row, col).is_spacer());
            let (start, end) = (whole(start), whole(end));
            let cells = self.cells_mut(row, start..end.max(start));
            cells.iter_mut().for_each(|cell| codes.iter().for_each(|code| mark(cell, *code, reverse)));
            join_looks(self.cells_mut(row, 0..self.cols));
        }
    }

    /// Shifts the columns from `at` to the right margin by `count`, in the rows that scroll, if the cursor is
    /// inside the margins.
    fn shift_columns(&mut self, at: usize, count: usize, left: bool) {
        if !self.is_inside() {
            return;
        }
        let cols = at..self.margins.end;
        let count = count.min(cols.len());
        for row in self.region.clone() {
            self.split_wide(row, cols.start);
            self.split_wide(row, cols.end);
            let cells = self.cells_mut(row, cols.clone());
            if left {
                cells.rotate_left(count);
                self.blank(row, cols.end - count..cols.end);
            } else {
                cells.rotate_right(count);
                self.blank(row, cols.start..cols.start + count);
            }
        }
    }

    /// DECIC and DECDC.
    pub(super) fn insert_columns(&mut self, count: usize) {
        self.shift_columns(self.col(), count, false);
    }

    pub(super) fn delete_columns(&mut self, count: usize) {
        self.shift_columns(self.col(), count, true);
    }

    /// SL and SR.
    pub(super) fn scroll_left(&mut self, count: usize) {
        self.shift_columns(self.margins.start, count, true);
    }

    pub(super) fn scroll_right(&mut self, count: usize) {
        self.shift_columns(self.margins.start, count, false);
    }

    /// DECBI.
    pub(super) fn back_index(&mut self) {
        match self.col() == self.margins.start {
            true => self.scroll_right(1),
            false => self.left(1),
        }
    }

    /// DECFI.
    pub(super) fn forward_index(&mut self) {
        match self.col() + 1 == self.margins.end {
            true => self.scroll_left(1),
            false => self.right(1),
        }
    }
}

/// A wide character looks as its first half does.
fn join_looks(cells: &mut [Cell]) {
    for col in 1..cells.len() {
        if cells[col].is_spacer() {
            cells[col].attrs = cells[col - 1].attrs;
        }
    }
}

/// Sets, clears or turns over what a number of SGR means, of those that rectangles may change.
fn mark(cell: &mut Cell, code: usize, reverse: bool) {
    let underlined = cell.attrs.underline() > 0;
    let bits = match code {
        0 => Attrs::BOLD | Attrs::BLINK | Attrs::INVERSE,
        1 | 22 => Attrs::BOLD,
        5 | 25 => Attrs::BLINK,
        7 | 27 => Attrs::INVERSE,
        8 | 28 => Attrs::HIDDEN,
        4 | 24 => 0,
        _ => return,
    };
    if reverse && code > 8 {
        return;
    }
    for bit in (0..16).map(|bit| 1 << bit).filter(|bit| bits & bit != 0) {
        let on = if reverse { !cell.attrs.has(bit) } else { (1..=8).contains(&code) };
        cell.attrs.set(bit, on);
    }
    if matches!(code, 0 | 4 | 24) {
        let on = if reverse { !underlined } else { code == 4 };
        cell.attrs.set_underline(u16::from(on));
    }
}
