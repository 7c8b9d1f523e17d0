//! Drawing by absolute positions. Text is made safe and fitted by the callers. Each row is made one of single
//! width (DECSWL) first, whatever the program had made of it; the repaint that follows a cover puts that back.

use std::fmt::Write;

use super::Size;
use ms_terminal::text_table;

/// Size of a terminal that does not know its own.
const UNKNOWN: Size = (80, 24);

/// The size to draw for.
pub(crate) fn known((cols, rows): Size) -> Size {
    if cols == 0 || rows == 0 { UNKNOWN } else { (cols, rows) }
}

/// Bytes that draw, row by row; the cursor is hidden meanwhile.
#[derive(Debug)]
pub(crate) struct Canvas {
    out: String,
    cols: usize,
}

impl Canvas {
    /// Begins to draw.
    pub(crate) fn new((cols, _): Size) -> Canvas {
        Canvas { out: "\x1b[?25l\x1b[m".into(), cols: cols.into() }
    }

    /// Writes a row, from 0, cut to the width; the rest of the row is cleared.
    pub(crate) fn row(&mut self, row: u16, text: &str) {
        let text = text_table::cut(text, self.cols);
        let _ = write!(self.out, "\x1b[{};1H\x1b#5\x1b[2K{text}", row + 1);
    }

    /// Writes a row in reverse video.
    pub(crate) fn bar(&mut self, row: u16, text: &str) {
        let text = text_table::cut(text, self.cols);
        let _ = write!(self.out, "\x1b[{};1H\x1b#5\x1b[7m\x1b[2K{text}\x1b[m", row + 1);
    }

    /// Ends with the cursor hidden.
    pub(crate) fn done(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// Ends with a visible cursor in this row and column, from 0.
    pub(crate) fn with_cursor(mut self, row: u16, col: usize) -> Vec<u8> {
        let col = col.min(self.cols.saturating_sub(1));
        let _ = write!(self.out, "\x1b[{};{}H\x1b[?25h", row + 1, col + 1);
        self.out.into_bytes()
    }
}

/// Bytes that show a line on the last row and leave cursor and pen as they were.
pub(crate) fn bar(text: &str, size: Size) -> Vec<u8> {
    let (cols, rows) = known(size);
    let text = text_table::cut(text, cols.into());
    format!("\x1b7\x1b[?6l\x1b[{rows};1H\x1b#5\x1b[0;7m\x1b[2K{text}\x1b8").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_terminal::screen::Screen;

    #[test]
    fn rows_are_whole_over_lines_of_double_width() {
        let size = (20, 3);
        let text = "0123456789abcdefghij";
        let mut canvas = Canvas::new(size);
        canvas.row(0, text);
        canvas.bar(1, text);
        let drawn = [canvas.done(), bar(text, size)].concat();
        let mut screen = Screen::new(size.0, size.1);
        screen.feed(b"\x1b#6large\r\n\x1b#3tall\r\n\x1b#4tall").unwrap();
        let before = screen.dump();
        screen.feed(&drawn).unwrap();
        assert_eq!(screen.text(), [text; 3]);
        screen.feed(&before).unwrap();
        assert_eq!(screen.text(), ["large", "tall", "tall"]);
        assert_eq!(screen.dump(), before);
    }
}
