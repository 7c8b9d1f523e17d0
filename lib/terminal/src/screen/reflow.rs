//! A grid of another size: lines of the primary screen are wrapped anew, and nothing that fits is
//! lost. The library wraps; the choice of rows is made here, since the library would keep a thousand
//! rows in reserve for each grid that grows.

use std::mem;

use alacritty_terminal::grid::{Dimensions, Grid, GridCell};
use alacritty_terminal::index::{Column, Line};

use super::cell::Cell;

/// Rows that wrapping anew may make before those that do not fit are dropped at the top.
const SPARE_ROWS: usize = 1000;

/// Takes the rows that go off the top.
pub(super) type Leaving<'a> = &'a mut dyn FnMut(&[Cell]);

/// Gives `grid` another size, wrapping its lines anew if `reflow` is set. Rows that no longer fit go off the
/// top, to `off`.
pub(super) fn resize(grid: &mut Grid<Cell>, reflow: bool, cols: usize, rows: usize, off: Leaving<'_>) {
    if cols != grid.columns() {
        grid.update_history(SPARE_ROWS);
        // The saved cursor is kept elsewhere; one in a corner is never out of bounds.
        grid.saved_cursor.point = Default::default();
        let lines = grid.screen_lines();
        grid.resize(reflow, lines, cols);
    }
    take_rows(grid, cols, rows, off);
    clamp_cursor(grid, cols, rows);
    for row in 0..rows {
        mend(&mut grid[Line(row as i32)][..]);
    }
}

/// Makes a grid of `rows` of those that `grid` has: what was on top stays on top, but the cursor
/// stays in sight, and where the last rows would be empty, lines that were pushed off the top return.
fn take_rows(grid: &mut Grid<Cell>, cols: usize, rows: usize, off: Leaving<'_>) {
    let (lines, kept) = (grid.screen_lines() as i32, grid.history_size() as i32);
    let is_blank = |row: i32| grid[Line(row)][..].iter().all(GridCell::is_empty);
    let cursor = grid.cursor.point.line.0.clamp(0, lines - 1);
    let used = (cursor + 1..lines).rev().find(|row| !is_blank(*row)).unwrap_or(cursor) + 1;
    let wanted = rows as i32;
    let first = (used - wanted).min(0).max(-kept).max(cursor + 1 - wanted);
    (-kept..first).for_each(|row| off(&grid[Line(row)][..]));
    let mut taken = Grid::new(rows, cols, 0);
    for row in 0..wanted.min(lines - first) {
        mem::swap(&mut taken[Line(row)], &mut grid[Line(first + row)]);
    }
    taken.cursor = mem::take(&mut grid.cursor);
    taken.cursor.point.line = Line(cursor - first);
    *grid = taken;
}

fn clamp_cursor(grid: &mut Grid<Cell>, cols: usize, rows: usize) {
    let cursor = &mut grid.cursor;
    cursor.point.line = cursor.point.line.clamp(Line(0), Line(rows as i32 - 1));
    cursor.point.column = cursor.point.column.min(Column(cols - 1));
    cursor.input_needs_wrap &= cursor.point.column.0 == cols - 1;
}

/// Turns each half of a wide character that stands alone into a space.
pub(super) fn mend(cells: &mut [Cell]) {
    for col in 0..cells.len() {
        let orphan_lead = cells[col].is_wide() && !cells.get(col + 1).is_some_and(Cell::is_spacer);
        let orphan_tail = cells[col].is_spacer() && !(col > 0 && cells[col - 1].is_wide());
        if orphan_lead || orphan_tail {
            cells[col].clear_wide();
        }
    }
}
