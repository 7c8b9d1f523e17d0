//! Text onto the screen: characters of every width, wrapping, marks, and the control characters that
//! stand between them. Runs of ASCII, which is nearly all that programs print, go into the cells
//! without a decision for each.

use std::ops::Range;

use alacritty_terminal::index::Column;
use alacritty_terminal::term::cell::Flags;
use unicode_width::UnicodeWidthChar;

use super::cell::{Cell, FOLLOWS, spread};
use super::model::Model;
use super::width::{is_agreed, is_agreed_mark};

impl Model {
    /// Text with control characters but no escape sequence. What is not UTF-8 prints as U+FFFD.
    pub(super) fn text(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let error = match std::str::from_utf8(bytes) {
                Ok(text) => return self.str(text),
                Err(error) => error,
            };
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            self.str(std::str::from_utf8(valid).unwrap_or_default());
            let bad = error.error_len().unwrap_or(rest.len());
            // A lone byte of the C1 range is a control character that nothing here acts on.
            if bad != 1 || rest[0] > 0x9f {
                self.print('\u{fffd}');
            }
            bytes = &rest[bad..];
        }
    }

    fn str(&mut self, mut text: &str) {
        while let Some(first) = text.bytes().next() {
            let taken = match first {
                0x20..=0x7e => self.ascii(text.as_bytes()),
                0..=0x1f | 0x7f => {
                    self.control(first);
                    1
                }
                _ => self.other(text),
            };
            text = &text[taken..];
        }
    }

    fn other(&mut self, text: &str) -> usize {
        let Some(c) = text.chars().next() else { return text.len() };
        if !c.is_control() {
            self.print(c);
        }
        c.len_utf8()
    }

    /// Prints the ASCII at the beginning of `text`; returns its length.
    fn ascii(&mut self, text: &[u8]) -> usize {
        let len = text.iter().position(|b| !(0x20..=0x7e).contains(b)).unwrap_or(text.len());
        let mut run = &text[..len];
        if self.charsets.draws() || self.charsets.single.is_some() || !self.modes.autowrap() {
            run.iter().for_each(|b| self.print(char::from(*b)));
            return len;
        }
        self.last = run.last().map(|b| char::from(*b));
        while !run.is_empty() {
            if self.wraps() {
                self.wrap();
            }
            let now = run.len().min(self.run_end().saturating_sub(self.col()));
            if now == 0 {
                self.last = None;
                return len;
            }
            if self.modes.insert && self.col() + now < self.text_end() {
                self.insert_cells(now);
            }
            self.fill(&run[..now]);
            run = &run[now..];
        }
        len
    }

    /// The column before which text from the cursor on goes the same way: what comes between the margins shifts
    /// what is there, under insert mode, and what is beside them does not.
    fn run_end(&self) -> usize {
        let shifts = self.modes.insert && self.col() < self.margins.start;
        if shifts { self.margins.start.min(self.text_end()) } else { self.text_end() }
    }

    /// Writes `run`, which fits, from the cursor on.
    fn fill(&mut self, run: &[u8]) {
        let (row, start) = (self.row(), self.col());
        let end = start + run.len();
        self.split_wide(row, start);
        self.split_wide(row, end);
        let cursor = &self.grid.cursor;
        let flags = if self.adrift { FOLLOWS } else { Flags::empty() };
        let pen = Cell { c: ' ', flags, ..cursor.template.clone() };
        let cells = self.cells_over(row, start..end);
        for (cell, byte) in cells.iter_mut().zip(run) {
            *cell = Cell { c: char::from(*byte), ..pen.clone() };
        }
        self.advance(run.len());
    }

    /// If the cells left and right of the boundary before `col` are two halves of one character,
    /// makes spaces of both, since one of them is about to be overwritten or moved.
    pub(super) fn split_wide(&mut self, row: usize, col: usize) {
        if col > 0 && col < self.cols && self.glance(row, col).is_spacer() {
            self.cells_mut(row, col - 1..col + 1).iter_mut().for_each(Cell::clear_wide);
        }
    }

    /// Moves the cursor over `width` cells just written.
    fn advance(&mut self, width: usize) {
        let end = self.text_end();
        let cursor = &mut self.grid.cursor;
        let next = cursor.point.column.0 + width;
        cursor.point.column = Column(next.min(end - 1));
        // Due also without autowrap, which may come before the next character.
        cursor.input_needs_wrap = next >= end;
    }

    /// Prints one character.
    pub(super) fn print(&mut self, c: char) {
        let c = if self.charsets.draws() { drawing(c) } else { c };
        self.charsets.single = None;
        match c.width() {
            None => {}
            Some(0) => self.mark(c),
            Some(width) => {
                self.last = Some(c);
                self.character(c, width.min(2));
            }
        }
    }

    /// REP. More lines than there are rows, and one to scroll off what is before them, look the same.
    pub(super) fn repeat(&mut self, mut count: usize) {
        let Some(c) = self.last else { return };
        if self.charsets.single.is_some() {
            self.print(c);
            count -= 1;
        }
        let c = if self.charsets.draws() { drawing(c) } else { c };
        let width = c.width().unwrap_or(1).clamp(1, 2);
        let line = self.margins.len() / width;
        // Lines of double width only go when they are scrolled off.
        let lines = if self.sizes.are_single() { self.rows } else { 2 * self.rows };
        let most = self.cols + (lines + 2) * line;
        if count > most {
            count = most + (count - most) % line;
        }
        if count > 0 {
            self.last = Some(c);
            self.repeat_on(c, width, line, count);
        }
    }

    /// Repeats a character so many times, whole lines of it at once.
    fn repeat_on(&mut self, c: char, width: usize, line: usize, count: usize) {
        let here = if self.wraps() { 0 } else { self.text_end().saturating_sub(self.col()) / width };
        // Beside the margins the next line comes first.
        let before =
            here + if self.is_between_margins() || self.col() < self.margins.start { 0 } else { line };
        let left = count.saturating_sub(before);
        let odd = self.margins.len() % width;
        // After lines that have a column left over comes at least one character more.
        let lines = (left / line).saturating_sub(usize::from(odd > 0 && left.is_multiple_of(line)));
        if lines < self.region.len() || !self.is_inside() || !self.repeats_lines() {
            self.repeat_each(c, width, before.min(count));
            if lines == 0 || !self.repeats_lines() {
                return self.repeat_each(c, width, left);
            }
        }
        // Else this line is gone when the last one is written.
        let left = left - lines * line;
        self.repeat_lines(c, width, lines, left > 0);
        self.repeat_each(c, width, left);
    }

    /// The first of a row goes the usual way where it does more than stand there, and leads to where the others
    /// follow.
    fn repeat_each(&mut self, c: char, width: usize, count: usize) {
        let mut left = count;
        while left > 0 {
            let due = self.wraps();
            let room = if due { 0 } else { self.run_end().saturating_sub(self.col()) / width };
            let now = left.min(room);
            if now > 0 && (self.adrift || is_agreed(c)) {
                self.write_many(c, width, now);
                self.advance(now * width);
                left -= now;
                continue;
            }
            self.character(c, width);
            left -= 1;
            if self.last.is_none() {
                // There is no room for any.
                return;
            }
            if due && !self.modes.autowrap() {
                // The others go where this one is.
                left = left.min(1);
            }
        }
    }

    /// True if whole lines from the cursor on are nothing but that.
    fn repeats_lines(&self) -> bool {
        let whole = !self.has_margins() || self.region.contains(&self.row()) && self.is_between_margins();
        whole && self.modes.autowrap() && self.sizes.are_single() && self.past.is_none()
    }

    /// Goes to the next line and writes so many of `c`, from the end of a line to the end of another; if more of
    /// them follow, to the beginning of the next, which is empty if it has scrolled in.
    fn repeat_lines(&mut self, c: char, width: usize, lines: usize, more: bool) {
        self.adrift |= !is_agreed(c);
        if width > 1 && self.col() + 1 == self.margins.end && !self.wraps() {
            self.leave_over();
        }
        let (row, region) = (self.row(), self.region.clone());
        let scrolls = row < region.end;
        let bottom = if scrolls { region.end } else { self.rows };
        // At the bottom of what does not scroll the next line is the same one.
        let more = more && (scrolls || row + 1 + lines < bottom);
        let below = row + 1 + lines + usize::from(more);
        let (end, over) = (below.min(bottom), below.saturating_sub(bottom));
        let start = match scrolls && row >= region.start {
            true => (row + 1).saturating_sub(over).max(region.start),
            false => (row + 1).min(end - 1),
        };
        if !self.has_margins() {
            self.go_on(row);
        }
        if scrolls && over > 0 {
            // Where all of the region is written anew, nothing of it has to go elsewhere.
            let count = if start == region.start { region.len() } else { over };
            self.move_rows(region, count, true);
        }
        let full = start..end - usize::from(more);
        self.fill_lines(full, c, width, more);
        if more && over > 0 {
            self.blank_rows(end - 1..end);
        }
        let (adrift, cols) = (self.adrift, self.margins.clone());
        self.place(end - 1, if more { cols.start } else { cols.end - 1 });
        self.grid.cursor.input_needs_wrap = !more && cols.len().is_multiple_of(width);
        (self.last, self.adrift) = (Some(c), adrift);
    }

    /// Writes a character from end to end of lines, each of which goes on; the last one only if `more` follows.
    fn fill_lines(&mut self, rows: Range<usize>, c: char, width: usize, more: bool) {
        let halves = self.halves(c, width);
        if self.has_margins() {
            return rows.for_each(|row| self.fill_between_margins(row, &halves, width));
        }
        let (first, second) = &halves;
        let first_of_more = Cell { flags: first.flags | Flags::WRAPLINE, ..first.clone() };
        let go_on = rows.start..if more { rows.end } else { rows.end - 1 };
        self.fill_rows(go_on.clone(), &first_of_more, second);
        self.fill_rows(go_on.end..rows.end, first, second);
    }

    /// Writes a character from margin to margin, and a space where one more does not fit.
    fn fill_between_margins(&mut self, row: usize, halves: &(Cell, Cell), width: usize) {
        let count = self.margins.len() / width;
        self.overwrite(row, self.margins.start, halves, width, count);
        if count * width < self.margins.len() {
            let adrift = self.adrift;
            self.place(row, self.margins.end - 1);
            self.adrift = adrift;
            self.leave_over();
        }
    }

    fn mark(&mut self, c: char) {
        self.last = None;
        let (row, early) = (self.row(), self.wraps_early());
        let mut col = if self.wraps() { self.text_end() - 1 } else { self.col().saturating_sub(1) };
        if self.glance(row, col).is_spacer() {
            col = col.saturating_sub(1);
        }
        self.cells_mut(row, col..col + 1)[0].push_mark(c);
        self.adrift |= !is_agreed_mark(c) && !early;
    }

    fn character(&mut self, c: char, width: usize) {
        if self.wraps() && self.modes.autowrap() {
            self.wrap();
        }
        if self.col() >= self.text_end() {
            // Behind the end of a line of double width.
            self.last = None;
            return;
        }
        if self.col() + width > self.text_end() {
            if !self.modes.autowrap() {
                self.last = None;
                return;
            }
            self.leave_over();
            self.wrap();
        }
        if self.modes.insert {
            self.insert_cells(width);
        }
        self.write(c, if width == 2 { Flags::WIDE_CHAR } else { Flags::empty() }, width);
        self.advance(width);
        self.adrift |= !is_agreed(c);
    }

    /// Fills the last column, which a wide character does not fit in.
    fn leave_over(&mut self) {
        let last = self.text_end() == self.cols;
        self.write(' ', if last { Flags::LEADING_WIDE_CHAR_SPACER } else { Flags::empty() }, 1);
    }

    /// What the pen writes for a character of two columns; of one, it is both.
    fn halves(&self, c: char, width: usize) -> (Cell, Cell) {
        let flags = if self.adrift { FOLLOWS } else { Flags::empty() };
        let cell = Cell { c, flags, ..self.grid.cursor.template.clone() };
        match width {
            2 => {
                let spacer = Cell { c: ' ', flags: Flags::WIDE_CHAR_SPACER, ..cell.clone() };
                (Cell { flags: flags | Flags::WIDE_CHAR, ..cell }, spacer)
            }
            _ => (cell.clone(), cell),
        }
    }

    /// Writes so many of a character, which fit, from the cursor on.
    fn write_many(&mut self, c: char, width: usize, count: usize) {
        if self.modes.insert && self.col() + count * width < self.text_end() {
            self.insert_cells(count * width);
        }
        self.overwrite(self.row(), self.col(), &self.halves(c, width), width, count);
    }

    /// Writes so many of a character from a column on.
    fn overwrite(
        &mut self,
        row: usize,
        start: usize,
        (first, second): &(Cell, Cell),
        width: usize,
        count: usize,
    ) {
        let end = start + count * width;
        self.split_wide(row, start);
        self.split_wide(row, end);
        if end == self.cols {
            return self.fill_from(row, start, first, second);
        }
        let cells = self.cells_over(row, start..end);
        match width {
            2 => cells.chunks_exact_mut(2).for_each(|pair| {
                pair[0].clone_from(first);
                pair[1].clone_from(second);
            }),
            _ => spread(cells, first),
        }
    }

    fn write(&mut self, c: char, flags: Flags, width: usize) {
        let (row, col) = (self.row(), self.col());
        self.split_wide(row, col);
        self.split_wide(row, col + width);
        let flags = if self.adrift { flags | FOLLOWS } else { flags };
        let cell = Cell { c, flags, ..self.grid.cursor.template.clone() };
        if width == 2 {
            let spacer = Cell { c: ' ', flags: Flags::WIDE_CHAR_SPACER, ..cell.clone() };
            let pair = self.cells_over(row, col..col + 2);
            (pair[0], pair[1]) = (cell, spacer);
            return;
        }
        self.cells_over(row, col..col + 1)[0] = cell;
    }

    /// Goes to the next line, which continues this one.
    fn wrap(&mut self) {
        let row = self.row();
        let is_left = row + 1 < self.rows || row + 1 == self.region.end;
        if is_left && !self.has_margins() && self.sizes.is_single(row) {
            self.go_on(row);
        }
        let adrift = self.adrift;
        self.index();
        self.place(self.row(), self.margins.start);
        self.adrift = adrift;
    }

    /// A control character.
    pub(super) fn control(&mut self, byte: u8) {
        if matches!(byte, 0x08..=0x0d) {
            self.last = None;
        }
        match byte {
            0x08 => self.move_on(|model| model.left(1)),
            b'\t' => self.tab(1),
            b'\n' | 0x0b | 0x0c => self.linefeed(),
            b'\r' => self.carriage_return(),
            0x0e => self.charsets.shift(1),
            0x0f => self.charsets.shift(0),
            _ => {}
        }
    }

    fn linefeed(&mut self) {
        self.index();
        if self.modes.newline {
            self.carriage_return();
        }
    }

    pub(super) fn carriage_return(&mut self) {
        self.place(self.row(), self.text_start());
    }
}

/// DEC's line drawing characters.
pub(super) fn drawing(c: char) -> char {
    const DRAWING: [char; 32] = [
        ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼',
        '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
    ];
    match c {
        '_'..='~' => DRAWING[c as usize - '_' as usize],
        _ => c,
    }
}
