//! The state of a terminal: both screens, the cursor, and every mode that a program can set. It
//! keeps what has to be restored, in plain fields, and never writes anything: what sequences mean is
//! in `perform`, what they do to cells in `edit` and `print`, how all is restored in `dump`.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use alacritty_terminal::grid::{Grid, Row};
use alacritty_terminal::index::{Column, Line, Point};

use super::cell::{Attrs, Cell};
use super::filled::{self, Alike};
use super::lines::Sizes;
use super::past::Past;
use super::titles::Titles;
use crate::modes::terminal_modes::TerminalModes;

/// A terminal. Rows and columns count from 0.
pub(super) struct Model {
    pub(super) cols: usize,
    pub(super) rows: usize,
    /// The screen that is shown; its cursor is the cursor, its cursor's template the pen.
    pub(super) grid: Grid<Cell>,
    /// The other screen: the primary while the alternate one is shown; else what `CSI ?47l` left on
    /// the alternate one, if that was not empty.
    pub(super) hidden: Option<Grid<Cell>>,
    /// A cleared grid for the next alternate screen, so that a program which goes there and back all the
    /// time makes no new one each time.
    pub(super) spare: Option<Grid<Cell>>,
    /// The sizes of the lines of both.
    pub(super) sizes: Sizes,
    pub(super) hidden_sizes: Sizes,
    pub(super) alt: bool,
    /// Rows that scroll.
    pub(super) region: Range<usize>,
    /// Columns that scroll; all of them unless the program has asked for margins (69).
    pub(super) margins: Range<usize>,
    pub(super) tabs: Vec<bool>,
    pub(super) charsets: Charsets,
    /// What DECSC saved, of the primary and of the alternate screen.
    pub(super) saved: [Saved; 2],
    /// Terminals dispute the column of what DECSC saved.
    pub(super) saved_adrift: [bool; 2],
    pub(super) modes: TerminalModes,
    /// SPA has begun to protect cells: from all erasing, not only from selective one.
    pub(super) iso_protection: bool,
    /// Cells may be protected: some were since a soft reset.
    pub(super) protects: bool,
    pub(super) titles: Titles,
    /// The argument of the last OSC 7.
    pub(super) cwd: Option<String>,
    /// Colours set by OSC 4 (0 to 255) and 10 to 19 (from [`DYNAMIC`]), as they were given.
    pub(super) palette: BTreeMap<u16, Box<str>>,
    /// The last character printed, for REP.
    pub(super) last: Option<char>,
    /// Takes what scrolls off the top, where that is wanted.
    pub(super) past: Option<Box<Past>>,
    pub(super) alike: Alike,
    /// The same of the other screen, or of the spare grid where there is none.
    pub(super) hidden_alike: Alike,
    /// Rows of one column, for rows that the grid need not clear when it scrolls.
    pub(super) stand_ins: Vec<Row<Cell>>,
    /// Terminals dispute the cursor's column, since they dispute the width of what is before it.
    pub(super) adrift: bool,
}

/// Where OSC 10 to 19 begin in [`Model::palette`].
pub(super) const DYNAMIC: u16 = 256;

/// The character sets: what G0 to G3 are, and which of them prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charsets {
    /// True where DEC's line drawing characters are; false for ASCII and all others.
    pub(super) drawing: [bool; 4],
    pub(super) active: u8,
    /// The set for the next character alone (SS2, SS3).
    pub(super) single: Option<u8>,
}

impl Charsets {
    /// True if the next character is a line drawing one.
    pub(super) fn draws(&self) -> bool {
        self.drawing[usize::from(self.single.unwrap_or(self.active)) & 3]
    }

    /// Makes one of the sets the one that prints.
    pub(super) fn shift(&mut self, set: u8) {
        (self.active, self.single) = (set, None);
    }
}

/// A saved cursor (DECSC).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Saved {
    pub(super) row: usize,
    pub(super) col: usize,
    pub(super) wraps: bool,
    pub(super) pen: Cell,
    pub(super) charsets: Charsets,
    pub(super) origin: bool,
}

impl Model {
    pub(super) fn new(cols: usize, rows: usize) -> Model {
        Model {
            cols,
            rows,
            grid: Grid::new(rows, cols, 0),
            hidden: None,
            spare: None,
            sizes: Sizes::default(),
            hidden_sizes: Sizes::default(),
            alt: false,
            region: 0..rows,
            margins: 0..cols,
            tabs: default_tabs(cols),
            charsets: Charsets::default(),
            saved: Default::default(),
            saved_adrift: [false; 2],
            modes: TerminalModes::default(),
            iso_protection: false,
            protects: false,
            titles: Titles::default(),
            cwd: None,
            palette: BTreeMap::new(),
            last: None,
            past: None,
            alike: Alike::default(),
            hidden_alike: Alike::default(),
            stand_ins: Vec::new(),
            adrift: false,
        }
    }

    /// RIS: as new, but for the title and the directory, which terminals keep. What is as new already costs
    /// next to nothing, so that a program which resets all the time makes no more work than others.
    pub(super) fn reset(&mut self) {
        self.leave_alternate();
        self.put_aside();
        self.grid.cursor = Default::default();
        let blank = Cell::default();
        self.fill_rows(0..self.rows, &blank, &blank);
        // Each field by its name, so that none is forgotten.
        let Model {
            cols,
            rows,
            grid: _,
            hidden: _,
            spare: _,
            sizes,
            hidden_sizes,
            alt: _,
            region,
            margins,
            tabs,
            charsets,
            saved,
            saved_adrift,
            modes,
            iso_protection,
            protects,
            titles,
            cwd: _,
            palette,
            last,
            past,
            alike: _,
            hidden_alike: _,
            stand_ins: _,
            adrift,
        } = self;
        (*sizes, *hidden_sizes) = Default::default();
        (*region, *margins) = (0..*rows, 0..*cols);
        set_default_tabs(tabs);
        (*charsets, *saved, *modes) = Default::default();
        (*iso_protection, *protects, *adrift, *saved_adrift) = (false, false, false, [false; 2]);
        titles.stack.clear();
        palette.clear();
        *last = None;
        past.iter_mut().for_each(|past| past.erase());
    }

    /// DECSTR.
    pub(super) fn soft_reset(&mut self) {
        self.region = 0..self.rows;
        self.allow_margins(false);
        self.charsets = Charsets::default();
        self.saved[usize::from(self.alt)] = Saved::default();
        self.saved_adrift[usize::from(self.alt)] = false;
        self.modes.soft_reset();
        self.last = None;
        self.grid.cursor.template = Cell::default();
        self.forget_protection();
    }

    /// DECSCA and SPA have been nowhere.
    fn forget_protection(&mut self) {
        self.iso_protection = false;
        let saved = self.saved.iter().any(|saved| saved.pen.attrs.has(Attrs::PROTECTED));
        if !mem::replace(&mut self.protects, saved) {
            return;
        }
        self.settle_rows();
        let (rows, cols) = (self.rows, self.cols);
        for grid in [Some(&mut self.grid), self.hidden.as_mut()].into_iter().flatten() {
            for row in 0..rows {
                let cells = &mut grid[Line(row as i32)][..Column(cols)];
                cells.iter_mut().for_each(|cell| cell.attrs.set(Attrs::PROTECTED, false));
            }
        }
    }

    pub(super) fn row(&self) -> usize {
        self.grid.cursor.point.line.0 as usize
    }

    pub(super) fn col(&self) -> usize {
        self.grid.cursor.point.column.0
    }

    /// True if the next character goes to the next line first. No terminal can be brought to where that is so
    /// if the last column that text may reach has the first half of a character that stands across a margin.
    pub(super) fn wraps(&self) -> bool {
        let is_whole = |end: usize| end == self.cols || !self.glance(self.row(), end - 1).is_wide();
        self.grid.cursor.input_needs_wrap && is_whole(self.text_end())
    }

    /// True if a wrap is due although the cursor is not in the last column that text may reach: a tab back
    /// took it from there, or the line has become longer.
    pub(super) fn wraps_early(&self) -> bool {
        self.wraps() && self.col() + 1 < self.text_end()
    }

    /// Puts the cursor on the screen, as near as it can be.
    pub(super) fn place(&mut self, row: usize, col: usize) {
        let (row, col) = (row.min(self.rows - 1), col.min(self.cols - 1));
        self.grid.cursor.point = Point::new(Line(row as i32), Column(col));
        self.grid.cursor.input_needs_wrap = false;
        self.adrift = false;
    }

    pub(super) fn pen(&mut self) -> &mut Cell {
        &mut self.grid.cursor.template
    }

    /// The cells of a row that is not filled: at rest none is, and while output is taken in
    /// [`Model::cells_mut`] sees to it.
    pub(super) fn cells(&self, row: usize) -> &[Cell] {
        debug_assert!(!self.alike.has(row) && self.filled_from(row).is_none());
        &self.grid[Line(row as i32)][..]
    }

    pub(super) fn cells_mut(&mut self, row: usize, cols: Range<usize>) -> &mut [Cell] {
        self.alike.own(&mut self.grid, row);
        let cells = &mut self.grid[Line(row as i32)][..];
        filled::open(cells, cols.end);
        &mut cells[cols]
    }

    /// The same for cells all of which are written next.
    pub(super) fn cells_over(&mut self, row: usize, cols: Range<usize>) -> &mut [Cell] {
        self.alike.own(&mut self.grid, row);
        let cells = &mut self.grid[Line(row as i32)][..];
        filled::open_over(cells, cols.start, cols.end);
        &mut cells[cols]
    }

    /// Keeps the cursor on what is shown of its line, and a wrap due only at the end of that.
    fn place_within_line(&mut self) {
        let (row, due) = (self.row(), self.grid.cursor.input_needs_wrap);
        let end = self.line_end(row);
        self.place(row, self.col().min(end - 1));
        self.grid.cursor.input_needs_wrap = due && self.col() + 1 == end;
    }

    /// DECSC.
    pub(super) fn save_cursor(&mut self) {
        self.saved[usize::from(self.alt)] = Saved {
            row: self.row(),
            col: self.col(),
            wraps: self.wraps(),
            pen: self.grid.cursor.template.clone(),
            charsets: self.charsets,
            origin: self.modes.origin(),
        };
        self.saved_adrift[usize::from(self.alt)] = self.adrift;
    }

    /// DECRC.
    pub(super) fn restore_cursor(&mut self) {
        let saved = self.saved[usize::from(self.alt)].clone();
        let (rows, cols) = match saved.origin {
            true => (self.region.clone(), self.margins.clone()),
            false => (0..self.rows, 0..self.cols),
        };
        let col = saved.col.clamp(cols.start, cols.end - 1);
        self.place(saved.row.clamp(rows.start, rows.end - 1), col);
        self.grid.cursor.input_needs_wrap = saved.wraps;
        self.grid.cursor.template = saved.pen;
        self.charsets = saved.charsets;
        self.modes.set(6, saved.origin);
        self.adrift = self.saved_adrift[usize::from(self.alt)];
    }

    /// Shows the alternate screen, without a change of it, of the cursor or of the pen.
    pub(super) fn show_alternate(&mut self) {
        if !self.alt {
            let other = self.hidden.take().or_else(|| self.spare.take());
            self.show(other.unwrap_or_else(|| Grid::new(self.rows, self.cols, 0)));
        }
    }

    /// Shows the primary screen again; what is on the alternate one is kept.
    pub(super) fn show_primary(&mut self) {
        if self.alt
            && let Some(primary) = self.hidden.take()
        {
            self.show(primary);
        }
    }

    /// Back to the primary screen. What is on the alternate one is not kept, since each `CSI ?1049h` clears
    /// it; its saved cursor is.
    pub(super) fn leave_alternate(&mut self) {
        if self.alt {
            self.show_primary();
            self.put_aside();
            self.hidden_sizes = Sizes::default();
        }
    }

    /// Clears the other screen, for the next time that it is shown.
    fn put_aside(&mut self) {
        if let Some(mut grid) = self.hidden.take() {
            let blank = Cell::default();
            self.hidden_alike.fill(&mut grid, 0..self.rows, &blank, &blank);
            self.spare = Some(grid);
        }
    }

    /// Lets go of what only helps while output is taken in: a terminal at rest has no more than it shows.
    pub(super) fn settle(&mut self) {
        self.spare = None;
        self.stand_ins = Vec::new();
        self.settle_rows();
        if !self.alt {
            let sized = !self.hidden_sizes.are_single();
            self.hidden = self.hidden.take().filter(|grid| sized || !is_blank(grid, self.rows));
        }
    }

    fn show(&mut self, mut grid: Grid<Cell>) {
        grid.cursor = mem::take(&mut self.grid.cursor);
        self.hidden = Some(mem::replace(&mut self.grid, grid));
        mem::swap(&mut self.sizes, &mut self.hidden_sizes);
        if self.modes.is_on(69) {
            // There are none beside margins.
            self.sizes = Sizes::default();
        }
        self.alt = !self.alt;
        mem::swap(&mut self.alike, &mut self.hidden_alike);
        self.adrift = false;
    }

    /// Changes the size. The lines of the primary screen are wrapped anew, as terminals do; the
    /// program is told and will repaint the rest.
    pub(super) fn resize(&mut self, cols: usize, rows: usize) {
        if (cols, rows) == (self.cols, self.rows) {
            return;
        }
        let alt = self.alt;
        let past = &mut self.past;
        let mut off = |cells: &[Cell]| past.iter_mut().for_each(|past| past.take(cells));
        let mut nowhere = |_: &[Cell]| {};
        let [shown, other]: [super::reflow::Leaving<'_>; 2] =
            if alt { [&mut nowhere, &mut off] } else { [&mut off, &mut nowhere] };
        self.sizes.put_into(&mut self.grid);
        super::reflow::resize(&mut self.grid, !alt, cols, rows, shown);
        if let Some(hidden) = &mut self.hidden {
            self.hidden_sizes.put_into(hidden);
            super::reflow::resize(hidden, alt, cols, rows, other);
            self.hidden_sizes = Sizes::take_from(hidden, rows);
        }
        self.sizes = Sizes::take_from(&mut self.grid, rows);
        for grid in [Some(&mut self.grid), self.hidden.as_mut()].into_iter().flatten() {
            grid[Line(rows as i32 - 1)][Column(cols - 1)].end_line();
        }
        let sized = !self.hidden_sizes.are_single();
        self.hidden = self.hidden.take().filter(|grid| alt || sized || !is_blank(grid, rows));
        let known = self.tabs.len();
        self.tabs.truncate(cols);
        self.tabs.extend_from_slice(&default_tabs(cols)[known.min(cols)..]);
        (self.cols, self.rows) = (cols, rows);
        (self.region, self.margins) = (0..rows, 0..cols);
        self.last = None;
        self.place_within_line();
        self.saved_adrift = [false; 2];
        for saved in &mut self.saved {
            (saved.row, saved.col) = (saved.row.min(rows - 1), saved.col.min(cols - 1));
            saved.wraps = saved.wraps && saved.col == cols - 1;
        }
    }
}

/// True if every cell is as a fresh screen has it.
fn is_blank(grid: &Grid<Cell>, rows: usize) -> bool {
    (0..rows).all(|row| grid[Line(row as i32)][..].iter().all(Cell::is_clear))
}

/// Tab stops as a terminal starts with: each eighth column but the first.
pub(super) fn default_tabs(cols: usize) -> Vec<bool> {
    let mut tabs = vec![false; cols];
    set_default_tabs(&mut tabs);
    tabs
}

pub(super) fn set_default_tabs(tabs: &mut [bool]) {
    tabs.fill(false);
    tabs.iter_mut().step_by(8).skip(1).for_each(|stop| *stop = true);
}
