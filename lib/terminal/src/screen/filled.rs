//! Rows that are filled alike are not written until something is done to them, and then no further than where
//! the cells begin that still are alike: a program that fills or clears the screen with four bytes, over and
//! over, makes no more work than those are worth, and a row that scrolls in costs what is printed on it. Only
//! while output is taken in: a model at rest has no such row.

use std::mem;
use std::ops::Range;

use alacritty_terminal::grid::Grid;
use alacritty_terminal::index::Line;
use alacritty_terminal::term::cell::Flags;

use super::cell::{Cell, spread};

/// Of a row's last cell: from a column on, which the cell has for its character, all cells are as the first two
/// there are, in turn; the last one is left over if it would be half of a wide character.
const FILLED: Flags = Flags::STRIKEOUT;

/// Neighbouring rows that are all alike, none of which is written at all.
#[derive(Default)]
pub(super) struct Alike {
    rows: Range<usize>,
    first: Cell,
    second: Cell,
}

impl Alike {
    #[inline]
    pub(super) fn has(&self, row: usize) -> bool {
        self.rows.contains(&row)
    }

    /// What each of the rows has in a column.
    pub(super) fn cell(&self, col: usize) -> &Cell {
        if col.is_multiple_of(2) { &self.first } else { &self.second }
    }

    /// True if the rows go on.
    pub(super) fn goes_on(&self) -> bool {
        self.first.flags.contains(Flags::WRAPLINE)
    }

    /// Fills rows with `first` and `second` in turn. If the first goes on, the rows do.
    pub(super) fn fill(&mut self, grid: &mut Grid<Cell>, rows: Range<usize>, first: &Cell, second: &Cell) {
        if rows.is_empty() {
            return;
        }
        let old = &self.rows;
        let covers = old.is_empty() || rows.start <= old.start && old.end <= rows.end;
        let touches = rows.start <= old.end && old.start <= rows.end;
        if !covers && touches && self.first.is_plainly(first) && self.second.is_plainly(second) {
            self.rows = old.start.min(rows.start)..old.end.max(rows.end);
            return;
        }
        if !covers && rows.len() < old.len() {
            self.part(grid, &rows);
            return fill(grid, rows, first, second);
        }
        let old = mem::replace(&mut self.rows, rows.clone());
        if !covers {
            self.write(grid, old.start..old.end.min(rows.start));
            self.write(grid, old.start.max(rows.end)..old.end);
        }
        self.first.clone_from(first);
        self.second.clone_from(second);
    }

    /// Writes a row, which something else is done to.
    #[inline]
    pub(super) fn own(&mut self, grid: &mut Grid<Cell>, row: usize) {
        if self.has(row) {
            self.part(grid, &(row..row + 1));
            self.write(grid, row..row + 1);
        }
    }

    /// Has rows be none of these. What is before or after them is written, whichever is less.
    fn part(&mut self, grid: &mut Grid<Cell>, rows: &Range<usize>) {
        let old = mem::take(&mut self.rows);
        let (before, after) = (old.start..old.end.min(rows.start), old.start.max(rows.end)..old.end);
        let (stay, go) = if before.len() < after.len() { (after, before) } else { (before, after) };
        self.write(grid, go);
        self.rows = stay;
    }

    /// Goes with the rows of a region that move by `count`, up or down, those that come in being filled anew. True
    /// if that leaves all as it is.
    pub(super) fn shift(
        &mut self,
        grid: &mut Grid<Cell>,
        region: &Range<usize>,
        count: usize,
        up: bool,
    ) -> bool {
        let Range { start, end } = self.rows;
        if start <= region.start && region.end <= end {
            return true;
        }
        if region.start <= start && end <= region.end {
            self.rows = match up {
                true => start.saturating_sub(count).max(region.start)..end.saturating_sub(count),
                false => start + count..(end + count).min(region.end),
            };
        } else if start < region.end && region.start < end {
            self.settle(grid);
        }
        false
    }

    /// Writes all of them.
    pub(super) fn settle(&mut self, grid: &mut Grid<Cell>) {
        let rows = mem::take(&mut self.rows);
        self.write(grid, rows);
    }

    fn write(&self, grid: &mut Grid<Cell>, rows: Range<usize>) {
        fill(grid, rows, &self.first, &self.second);
    }
}

fn fill(grid: &mut Grid<Cell>, rows: Range<usize>, first: &Cell, second: &Cell) {
    for row in rows {
        fill_from(&mut grid[Line(row as i32)][..], 0, first, second);
    }
}

/// Fills a row from a column on with `first` and `second` in turn. If the first goes on, the row does.
pub(super) fn fill_from(cells: &mut [Cell], from: usize, first: &Cell, second: &Cell) {
    open(cells, from);
    let last = cells.len() - 1;
    let goes_on = first.flags & Flags::WRAPLINE;
    let end = last.min(from + 1) + 1;
    for (cell, like) in cells[from..end].iter_mut().zip([first, second]) {
        cell.clone_from(like);
    }
    cells[from].flags.remove(goes_on);
    match from + 1 < last {
        true => (cells[last].c, cells[last].flags) = (mark(from), FILLED | goes_on),
        false => finish(cells, goes_on),
    }
}

/// A column as a character.
fn mark(col: usize) -> char {
    char::from_u32(col as u32).unwrap_or_default()
}

/// The column from which on the cells of a row are not written.
#[inline]
pub(super) fn filled_from(cells: &[Cell]) -> Option<usize> {
    let last = cells.last()?;
    last.flags.contains(FILLED).then_some(last.c as usize)
}

/// Writes the cells of a row before a column.
#[inline]
pub(super) fn open(cells: &mut [Cell], until: usize) {
    if let Some(from) = filled_from(cells).filter(|from| *from < until) {
        write_until(cells, from, until);
    }
}

fn write_until(cells: &mut [Cell], from: usize, until: usize) {
    let last = cells.len() - 1;
    let goes_on = cells[last].flags & Flags::WRAPLINE;
    let stays = until + 2 <= last;
    let end = if stays { until + 2 } else { last + 1 };
    let (both, others) = cells[from..end].split_at_mut(2);
    match both[0] == both[1] {
        true => spread(others, &both[0]),
        false => others.chunks_mut(2).for_each(|pair| pair.clone_from_slice(&both[..pair.len()])),
    }
    match stays {
        true => cells[last].c = mark(until),
        false => finish(cells, goes_on),
    }
}

/// The same where the cells from `start` to `end` are written next.
pub(super) fn open_over(cells: &mut [Cell], start: usize, end: usize) {
    open(cells, start);
    match filled_from(cells).filter(|from| *from < end) {
        Some(from) if end + 2 < cells.len() => {
            let odd = (end - from) % 2;
            let both = [cells[from + odd].clone(), cells[from + 1 - odd].clone()];
            cells[end..end + 2].clone_from_slice(&both);
            cells[cells.len() - 1].c = mark(end);
        }
        _ => open(cells, end),
    }
}

/// All cells are written: there is no half of a wide character at the end.
fn finish(cells: &mut [Cell], goes_on: Flags) {
    let Some(last) = cells.last_mut() else { return };
    if last.is_wide() {
        last.c = ' ';
        last.flags.remove(Flags::WIDE_CHAR);
        last.flags.insert(Flags::LEADING_WIDE_CHAR_SPACER);
    }
    last.flags.insert(goes_on);
}

/// Writes all cells of a row that is none of those alike.
pub(super) fn settle(grid: &mut Grid<Cell>, row: usize) {
    let cells = &mut grid[Line(row as i32)][..];
    open(cells, cells.len());
}
