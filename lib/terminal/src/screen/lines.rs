//! Lines of double width and height (DECDWL, DECDHL, DECSWL), as xterm has them: such a line shows the first
//! half of its cells and keeps the others, and there are none while margins left and right are allowed.

use std::ops::Range;

use alacritty_terminal::grid::Grid;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::Flags;

use super::cell::{CARRIED, Cell};

/// How large the characters of a line are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Size {
    #[default]
    Single,
    Double,
    /// The upper half of characters of double width and height.
    Top,
    Bottom,
}

/// The sizes that are not single: the end of the sequence that sets one (`ESC # 6`), and the flag of a line's
/// first cell that carries it while the grid gets another size.
const SIZES: [(Size, u8, Flags); 3] = [
    (Size::Top, b'3', Flags::BOLD),
    (Size::Bottom, b'4', Flags::ITALIC),
    (Size::Double, b'6', Flags::UNDERLINE),
];

impl Size {
    /// The size that `ESC # byte` sets.
    pub(super) fn of(byte: u8) -> Size {
        SIZES.iter().find(|(_, end, _)| *end == byte).map_or(Size::Single, |(size, ..)| *size)
    }
}

/// The sizes of a screen's lines; empty as long as all are single.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes(Vec<Size>);

impl Sizes {
    pub(super) fn are_single(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_single(&self, row: usize) -> bool {
        self.0.get(row).is_none_or(|size| *size == Size::Single)
    }

    /// Rows that are not single, with the end of the sequence that makes them so.
    pub(super) fn set_rows(&self) -> impl Iterator<Item = (usize, u8)> {
        let end = |size: &Size| SIZES.iter().find(|(known, ..)| known == size).map(|(_, end, _)| *end);
        self.0.iter().enumerate().filter_map(move |(row, size)| Some((row, end(size)?)))
    }

    pub(super) fn set(&mut self, row: usize, size: Size, rows: usize) {
        self.0.resize(rows, Size::Single);
        self.0[row] = size;
        self.trim();
    }

    /// Rows that were erased whole are single.
    pub(super) fn clear(&mut self, rows: Range<usize>) {
        if !self.are_single() {
            self.0[rows].fill(Size::Single);
            self.trim();
        }
    }

    /// Rows scrolled up by `count`.
    pub(super) fn scroll_up(&mut self, rows: Range<usize>, count: usize) {
        if !self.are_single() {
            self.0[rows.clone()].rotate_left(count);
            self.clear(rows.end - count..rows.end);
        }
    }

    /// Rows scrolled down by `count`.
    pub(super) fn scroll_down(&mut self, rows: Range<usize>, count: usize) {
        if !self.are_single() {
            self.0[rows.clone()].rotate_right(count);
            self.clear(rows.start..rows.start + count);
        }
    }

    fn trim(&mut self) {
        if self.0.iter().all(|size| *size == Size::Single) {
            self.0.clear();
        }
    }

    /// Has the grid carry the sizes.
    pub(super) fn put_into(&self, grid: &mut Grid<Cell>) {
        for (row, size) in self.0.iter().enumerate() {
            if let Some((.., flag)) = SIZES.iter().find(|(known, ..)| known == size) {
                grid[Line(row as i32)][Column(0)].flags.insert(*flag);
            }
        }
    }

    /// Takes the sizes that a grid carries.
    pub(super) fn take_from(grid: &mut Grid<Cell>, rows: usize) -> Sizes {
        let mut sizes = Sizes::default();
        for row in 0..rows {
            let flags = &mut grid[Line(row as i32)][Column(0)].flags;
            if let Some((size, ..)) = SIZES.iter().find(|(.., flag)| flags.contains(*flag)) {
                sizes.set(row, *size, rows);
            }
            flags.remove(CARRIED);
        }
        sizes
    }
}
