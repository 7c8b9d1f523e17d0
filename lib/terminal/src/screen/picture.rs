//! What is to be seen on a screen at one moment, cheap to make, to keep and to compare: for the judge
//! of who waits, who needs to know what changed between two looks.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::cell::Cell;
use super::model::Model;

/// One cell: a character and, as a number, how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph(u64);

impl Glyph {
    fn new(cell: &Cell) -> Glyph {
        let shown = if cell.is_spacer() { '\0' } else { cell.c };
        Glyph((u64::from(shown as u32) << 32) | u64::from(style(cell)))
    }

    /// The character; NUL in the second half of a wide one.
    pub fn char(self) -> char {
        char::from_u32((self.0 >> 32) as u32).unwrap_or(' ')
    }

    /// A hash of colours, attributes, marks and link; 0 if there are none of them.
    pub fn style(self) -> u32 {
        self.0 as u32
    }

    /// True if nothing is to be seen but, perhaps, a background.
    pub fn is_blank(self) -> bool {
        matches!(self.char(), ' ' | '\u{a0}')
    }
}

fn style(cell: &Cell) -> u32 {
    let plain = (cell.fg.bits(), cell.bg.bits(), cell.attrs.seen());
    if plain == (0, 0, 0) && cell.extra.is_none() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    (plain, cell.marks(), cell.underline(), cell.link()).hash(&mut hasher);
    (hasher.finish() as u32).max(1)
}

/// A screen at one moment. Rows and columns count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
    /// The cursor's row.
    pub cursor_row: u16,
    /// The cursor's column.
    pub cursor_col: u16,
    /// False if the program hides the cursor.
    pub cursor_visible: bool,
    /// True if the alternate screen is shown.
    pub alt_screen: bool,
    cells: Box<[Glyph]>,
}

impl Picture {
    pub(super) fn new(model: &Model) -> Picture {
        let hidden = Cell::default();
        let shown = |(row, col)| if col < model.line_end(row) { &model.cells(row)[col] } else { &hidden };
        let places = (0..model.rows).flat_map(|row| (0..model.cols).map(move |col| (row, col)));
        let mut last: (&Cell, Glyph) = (&Cell::default(), Glyph::new(&Cell::default()));
        let mut cells = Vec::with_capacity(model.rows * model.cols);
        for cell in places.map(shown) {
            // Neighbours mostly look alike: hash once.
            let known = cell.same_look(last.0) && !cell.is_spacer() && cell.marks().is_empty();
            let glyph = match known && !last.0.is_spacer() && last.0.marks().is_empty() {
                true => Glyph((u64::from(cell.c as u32) << 32) | u64::from(last.1.style())),
                false => Glyph::new(cell),
            };
            last = (cell, glyph);
            cells.push(glyph);
        }
        Picture {
            cols: model.cols as u16,
            rows: model.rows as u16,
            cursor_row: model.row() as u16,
            cursor_col: model.col() as u16,
            cursor_visible: model.modes.cursor_visible(),
            alt_screen: model.alt,
            cells: cells.into(),
        }
    }

    /// The cells of a row; none if there is no such row.
    pub fn row(&self, row: u16) -> &[Glyph] {
        let cols = usize::from(self.cols);
        let start = usize::from(row) * cols;
        self.cells.get(start..start + cols).unwrap_or_default()
    }

    /// A row as text, without the blanks at its end and without marks.
    pub fn line_text(&self, row: u16) -> String {
        let text: String = self.row(row).iter().map(|glyph| glyph.char()).filter(|c| *c != '\0').collect();
        text.trim_end().to_owned()
    }

    /// Where two pictures of the same size differ, as (row, column); all cells if their sizes differ
    /// or one shows the other screen.
    pub fn changes<'a>(&'a self, other: &'a Picture) -> impl Iterator<Item = (u16, u16)> + 'a {
        let same = (self.cols, self.rows, self.alt_screen) == (other.cols, other.rows, other.alt_screen);
        let cols = usize::from(self.cols.max(1));
        let differs = move |index: &usize| !same || self.cells[*index] != other.cells[*index];
        (0..self.cells.len()).filter(differs).map(move |index| ((index / cols) as u16, (index % cols) as u16))
    }
}
