//! What the screen shows, and how it differs from what it showed before: pictures in, scenes out. It
//! keeps one fingerprint a cell and no text.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use super::facts::Scene;

/// The screen at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
    /// `rows` times `cols` cells, row by row.
    pub cells: Vec<Cell>,
    /// Column and row of the cursor, from 0.
    pub cursor: (u16, u16),
    /// The cursor is shown.
    pub visible: bool,
    /// The alternate screen is shown.
    pub alternate: bool,
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// What it shows; a space if nothing.
    pub ch: char,
    /// A number for its colours and attributes, equal if they are.
    pub style: u32,
}

impl Picture {
    /// The characters of a row, without the blanks at its end.
    pub fn row(&self, row: u16) -> String {
        let start = usize::from(row) * usize::from(self.cols);
        let cells = self.cells.get(start..start + usize::from(self.cols)).unwrap_or_default();
        let text: String = cells.iter().map(|cell| cell.ch).collect();
        text.trim_end().to_owned()
    }
}

/// Changed cells are listed up to this many.
const LISTED: usize = 4;

/// The last picture, as fingerprints.
#[derive(Debug, Default)]
pub(super) struct Album {
    size: (u16, u16),
    cells: Vec<u32>,
}

impl Album {
    /// Compares a picture with the one before, and keeps it.
    pub(super) fn compare(&mut self, picture: &Picture) -> Scene {
        let size = (picture.cols, picture.rows);
        let cells: Vec<u32> = picture.cells.iter().map(fingerprint).collect();
        let mut scene = describe(picture);
        scene.picture = whole(&cells, scene.cursor);
        let same_size = size == self.size && cells.len() == self.cells.len();
        let changed = cells.iter().zip(&self.cells).enumerate();
        let changed = changed.filter(|(_, (new, old))| !same_size || new != old).map(|(index, _)| index);
        for index in changed {
            note(&mut scene, index, picture.cols);
        }
        if !same_size {
            scene.changed = cells.len() as u32;
        }
        (self.size, self.cells) = (size, cells);
        scene
    }
}

fn note(scene: &mut Scene, index: usize, cols: u16) {
    let cols = usize::from(cols.max(1));
    let (col, row) = ((index % cols) as u16, (index / cols) as u16);
    scene.changed += 1;
    scene.rows = Some(scene.rows.map_or((row, row), |(first, _)| (first, row)));
    if scene.cells.len() < LISTED {
        scene.cells.push((col, row));
    }
}

fn describe(picture: &Picture) -> Scene {
    let (col, row) = picture.cursor;
    let line = picture.row(row);
    let before: String = line.chars().take(usize::from(col)).collect();
    Scene {
        cursor: (col, row, picture.visible),
        caret: picture.visible && !before.trim().is_empty(),
        empty_line: picture.visible && line.trim().is_empty() && !picture.alternate,
        alternate: picture.alternate,
        line: prompt_line(picture, &before),
        ..Scene::default()
    }
}

/// The text before the cursor, or else the last line above it with any.
fn prompt_line(picture: &Picture, before: &str) -> String {
    let above = (0..picture.cursor.1).rev().map(|row| picture.row(row));
    let found = std::iter::once(before.to_owned()).chain(above).find(|line| !line.trim().is_empty());
    safe(found.unwrap_or_default().trim())
}

/// Text without control characters, cut to a line of a listing.
fn safe(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn fingerprint(cell: &Cell) -> u32 {
    // Multiplicative hashing: two cells that differ in either part nearly always differ.
    (cell.ch as u32).wrapping_mul(0x9e37_79b1) ^ cell.style.wrapping_mul(0x85eb_ca6b).rotate_left(16)
}

fn whole(cells: &[u32], cursor: (u16, u16, bool)) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one((cells, cursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(text: &str, cursor: (u16, u16)) -> Picture {
        let cells = text.chars().filter(|c| *c != '\n').map(|ch| Cell { ch, style: 0 }).collect();
        Picture { cols: 6, rows: 2, cells, cursor, visible: true, alternate: false }
    }

    #[test]
    fn changes_are_counted_and_placed() {
        let mut album = Album::default();
        assert_eq!(album.compare(&picture("$ ls  \n      ", (4, 0))).changed, 12);
        let scene = album.compare(&picture("$ ls -\n      ", (5, 0)));
        assert_eq!((scene.changed, scene.rows, scene.cells.as_slice()), (1, Some((0, 0)), &[(5, 0)][..]));
        assert_eq!(album.compare(&picture("$ ls -\n      ", (5, 0))).changed, 0);
    }

    #[test]
    fn a_caret_stands_after_text_and_an_empty_line_has_none() {
        let mut album = Album::default();
        let at_prompt = album.compare(&picture("Name: \n      ", (6, 0)));
        assert!(at_prompt.caret && !at_prompt.empty_line);
        assert_eq!(at_prompt.line, "Name:");
        let below = album.compare(&picture("done  \n      ", (0, 1)));
        assert!(!below.caret && below.empty_line);
        assert_eq!(below.line, "done");
    }
}
