//! A grid of another size: lines of the primary screen are wrapped anew, nothing that fits is lost,
//! and the grid keeps no more memory than its cells.

use alacritty_terminal::grid::{Dimensions, Grid, GridCell};
use alacritty_terminal::index::{Column, Line};

use super::cell::Cell;

/// Rows that wrapping anew may make before those that do not fit are dropped at the top.
const SPARE_ROWS: usize = 1000;

/// Gives `grid` another size, wrapping its lines anew if `reflow` is set.
pub(super) fn resize(grid: &mut Grid<Cell>, reflow: bool, cols: usize, rows: usize) {
    grid.update_history(SPARE_ROWS);
    // The saved cursor is kept elsewhere; one in a corner is never out of bounds.
    grid.saved_cursor.point = Default::default();
    grid.resize(reflow, rows, cols);
    if reflow {
        pull_down(grid, rows, cols);
    }
    grid.update_history(0);
    grid.truncate();
    clamp_cursor(grid, cols, rows);
    for row in 0..rows {
        mend(&mut grid[Line(row as i32)][..]);
    }
}

/// Takes lines that were pushed off the top back, as far as there is room below.
fn pull_down(grid: &mut Grid<Cell>, rows: usize, cols: usize) {
    let is_blank = |row: usize| grid[Line(row as i32)][..].iter().all(GridCell::is_empty);
    let cursor = grid.cursor.point.line.0.max(0) as usize;
    let blank = (cursor + 1..rows).rev().take_while(|row| is_blank(*row)).count();
    let back = blank.min(grid.history_size());
    if back > 0 {
        grid.resize(false, rows + back, cols);
        grid.resize(false, rows, cols);
    }
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
