//! One row of plain text: cells that are written, overwritten, erased and shifted.

/// The second half of a wide character.
pub(super) const SPACER: char = '\0';

/// One row of the terminal.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) cells: Vec<char>,
    /// Zero-width characters and the columns that they belong to.
    pub(super) marks: Vec<(usize, char)>,
    /// The next row continues this one.
    pub(super) wrapped: bool,
}

impl Row {
    /// Makes cells from `start` to `end` ready to be overwritten: the other halves of wide characters
    /// become spaces, marks go.
    pub(super) fn forget(&mut self, start: usize, end: usize) {
        if self.cells[start] == SPACER && start > 0 {
            self.cells[start - 1] = ' ';
        }
        if self.cells.get(end) == Some(&SPACER) {
            self.cells[end] = ' ';
        }
        if !self.marks.is_empty() {
            self.marks.retain(|(col, _)| !(start..end).contains(col));
        }
    }

    pub(super) fn erase(&mut self, start: usize, end: usize) {
        let end = end.min(self.cells.len());
        if start < end {
            self.forget(start, end);
            self.cells[start..end].fill(' ');
        }
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.erase(len, self.cells.len());
        self.cells.truncate(len);
        self.wrapped = false;
    }

    pub(super) fn delete(&mut self, col: usize, count: usize) {
        let end = col.saturating_add(count).min(self.cells.len());
        if col < end {
            self.forget(col, end);
            self.cells.drain(col..end);
            self.shift_marks(col, |mark| mark - (end - col));
        }
    }

    pub(super) fn insert(&mut self, col: usize, count: usize, cols: usize) {
        if col < self.cells.len() {
            let count = count.min(cols);
            self.forget(col, col);
            self.cells.splice(col..col, std::iter::repeat_n(' ', count));
            self.shift_marks(col, |mark| mark + count);
            self.cells.truncate(cols);
        }
    }

    fn shift_marks(&mut self, from: usize, by: impl Fn(usize) -> usize) {
        self.marks.iter_mut().filter(|(col, _)| *col >= from).for_each(|(col, _)| *col = by(*col));
    }

    /// Appends the row's text, without the blanks at its end unless it goes on in the next row.
    pub(super) fn write(&mut self, out: &mut Vec<u8>) {
        let used = self.cells.iter().rposition(|c| *c != ' ').map_or(0, |at| at + 1);
        let cells = if self.wrapped { &self.cells[..] } else { &self.cells[..used] };
        if self.marks.is_empty() && cells.iter().all(char::is_ascii) {
            out.extend(cells.iter().filter(|c| **c != SPACER).map(|c| *c as u8));
            return;
        }
        self.marks.sort_by_key(|(col, _)| *col);
        let mut marks = self.marks.iter().peekable();
        let mut buffer = [0; 4];
        for (col, c) in cells.iter().enumerate() {
            if *c != SPACER {
                out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            }
            while let Some((_, mark)) = marks.next_if(|(at, _)| *at <= col) {
                out.extend_from_slice(mark.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
}
