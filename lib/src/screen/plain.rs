//! Recorded output as plain lines of text: what a person saw scroll by, without looks and without the
//! states that were overwritten. A progress bar of ten megabytes is one line, a wrapped line is one
//! line, and what was shown on the alternate screen is none. It knows the last lines only, as far up
//! as programs go back to repaint, and is much faster than the model.

use std::collections::VecDeque;
use std::io::{self, Write};

use memchr::memchr;
use unicode_width::UnicodeWidthChar;

use super::print::drawing;
use crate::scan::csi::Csi;
use crate::scan::machine::{ESC, State, incomplete_utf8};

/// How many lines up a program can still change.
const WINDOW: usize = 100;
/// Text is handed on in pieces of about this many bytes.
const BUFFER: usize = 32 * 1024;
/// A sequence longer than this is passed over.
const MAX_KEPT: usize = 256;

/// The second half of a wide character.
const SPACER: char = '\0';

/// The longest row; a line may be longer.
const MAX_COLS: u16 = 10_000;

fn width(cols: u16) -> usize {
    usize::from(if cols == 0 { MAX_COLS } else { cols.clamp(2, MAX_COLS) })
}

/// One row of the terminal.
#[derive(Debug, Default)]
struct Row {
    cells: Vec<char>,
    /// Zero-width characters and the columns that they belong to.
    marks: Vec<(usize, char)>,
    /// The next row continues this one.
    wrapped: bool,
}

/// Turns output into lines.
#[derive(Debug)]
pub struct Lines {
    cols: usize,
    /// The last rows; the cursor is in one of them.
    rows: VecDeque<Row>,
    row: usize,
    /// The column; `cols` if the next character wraps.
    col: usize,
    /// What DECSC saved, the row counted from the last one.
    saved: Option<(usize, usize)>,
    /// After DECSC the cursor went elsewhere on the screen: a status line, which is none of the lines.
    aside: bool,
    alternate: bool,
    /// Line drawing in G0 and G1, and which of them prints.
    drawing: [bool; 2],
    shifted: bool,
    state: State,
    held: Vec<u8>,
    out: Vec<u8>,
    spare: Vec<Row>,
}

impl Lines {
    /// For output of a terminal with so many columns; 0 if that is not known: then nothing wraps.
    /// `alternate` says whether it begins on the alternate screen.
    pub fn new(cols: u16, alternate: bool) -> Lines {
        Lines {
            cols: width(cols),
            rows: VecDeque::from([Row::default()]),
            row: 0,
            col: 0,
            saved: None,
            aside: false,
            alternate,
            drawing: [false; 2],
            shifted: false,
            state: State::Ground,
            held: Vec::new(),
            out: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// The terminal has another width from here on.
    pub fn set_cols(&mut self, cols: u16) {
        self.cols = width(cols);
    }

    /// Takes output in, cut anywhere, and writes the lines that cannot change any more.
    pub fn feed(&mut self, mut bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.state == State::Ground {
                let end = memchr(ESC, bytes).unwrap_or(bytes.len());
                self.chunk(&bytes[..end], end < bytes.len());
                bytes = &bytes[end..];
                self.hand_on(BUFFER, out)?;
            }
            while let Some((byte, rest)) = bytes.split_first() {
                bytes = rest;
                self.byte(*byte);
                if self.state == State::Ground {
                    break;
                }
            }
        }
        self.hand_on(BUFFER, out)
    }

    /// Writes the lines that are left.
    pub fn finish(mut self, out: &mut impl Write) -> io::Result<()> {
        self.commit_all();
        self.hand_on(0, out)?;
        out.flush()
    }

    fn hand_on(&mut self, above: usize, out: &mut impl Write) -> io::Result<()> {
        if self.out.len() > above {
            out.write_all(&self.out)?;
            self.out.clear();
        }
        Ok(())
    }

    /// Text, of which `ended` says that an escape sequence follows.
    fn chunk(&mut self, text: &[u8], ended: bool) {
        let joined;
        let mut text = text;
        if !self.held.is_empty() {
            self.held.extend_from_slice(text);
            joined = std::mem::take(&mut self.held);
            text = &joined;
        }
        let open = if ended { 0 } else { incomplete_utf8(text) };
        let (whole, open) = text.split_at(text.len() - open);
        self.held.extend_from_slice(open);
        if self.alternate || self.aside {
            return;
        }
        for chunk in whole.utf8_chunks() {
            self.text(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.character('\u{fffd}');
            }
        }
    }

    fn text(&mut self, mut text: &str) {
        while let Some(first) = text.bytes().next() {
            let taken = match first {
                0x20..=0x7e => self.ascii(text.as_bytes()),
                0..=0x1f | 0x7f => {
                    self.control(first);
                    1
                }
                _ => {
                    let c = text.chars().next().unwrap_or(SPACER);
                    self.character(c);
                    c.len_utf8()
                }
            };
            text = &text[taken..];
        }
    }

    /// Prints the ASCII at the beginning of `text`; returns its length.
    fn ascii(&mut self, text: &[u8]) -> usize {
        let len = text.iter().position(|b| !(0x20..=0x7e).contains(b)).unwrap_or(text.len());
        if self.drawing[usize::from(self.shifted)] {
            text[..len].iter().for_each(|b| self.character(drawing(char::from(*b))));
            return len;
        }
        let mut run = &text[..len];
        while !run.is_empty() {
            self.wrap_if_due(1);
            let now = run.len().min(self.cols - self.col);
            let cells = self.room(now);
            cells.iter_mut().zip(run).for_each(|(cell, byte)| *cell = char::from(*byte));
            self.col += now;
            run = &run[now..];
        }
        len
    }

    fn character(&mut self, c: char) {
        let Some(width) = c.width().filter(|_| !c.is_control()) else { return };
        if width == 0 {
            return self.mark(c);
        }
        self.wrap_if_due(width);
        let cells = self.room(width);
        cells.fill(SPACER);
        cells[0] = c;
        self.col += width;
    }

    fn mark(&mut self, c: char) {
        let (row, col) = (&mut self.rows[self.row], self.col.saturating_sub(1));
        if row.marks.len() < 4 * row.cells.len() {
            row.marks.push((col, c));
        }
    }

    fn wrap_if_due(&mut self, width: usize) {
        if self.col.saturating_add(width) > self.cols {
            self.rows[self.row].wrapped = true;
            self.down();
            self.col = 0;
        }
    }

    /// The cells of the next `width` columns, ready to be written.
    fn room(&mut self, width: usize) -> &mut [char] {
        let (start, end) = (self.col, self.col + width);
        let row = &mut self.rows[self.row];
        if row.cells.len() < end {
            row.cells.resize(end, ' ');
        }
        row.forget(start, end);
        if end == self.cols {
            row.wrapped = false;
        }
        &mut row.cells[start..end]
    }

    fn control(&mut self, byte: u8) {
        match byte {
            0x08 => self.col = self.col.min(self.last()).saturating_sub(1),
            b'\t' => self.col = ((self.col / 8 + 1) * 8).min(self.last()).max(self.col),
            b'\n' | 0x0b | 0x0c => self.down(),
            b'\r' => self.col = 0,
            0x0e => self.shifted = true,
            0x0f => self.shifted = false,
            _ => {}
        }
    }

    fn last(&self) -> usize {
        self.cols - 1
    }

    /// To the next row, which is a new one at the end.
    fn down(&mut self) {
        self.row += 1;
        if self.row < self.rows.len() {
            return;
        }
        self.rows.push_back(self.spare.pop().unwrap_or_default());
        if self.rows.len() > WINDOW {
            self.commit();
        }
    }

    /// Writes the first row, which nothing can change any more.
    fn commit(&mut self) {
        let Some(mut row) = self.rows.pop_front() else { return };
        self.row = self.row.saturating_sub(1);
        row.write(&mut self.out);
        if !row.wrapped {
            self.out.push(b'\n');
        }
        row.cells.clear();
        row.marks.clear();
        row.wrapped = false;
        self.spare.push(row);
    }

    /// Writes all rows and begins anew; the cursor keeps its column. The last row is none if it is
    /// empty: it only has the cursor.
    fn commit_all(&mut self) {
        let is_empty = |row: &Row| row.cells.iter().all(|c| *c == ' ');
        while self.rows.len() > 1 || self.rows.front().is_some_and(|row| !is_empty(row)) {
            if self.rows.len() == 1 {
                self.rows[0].wrapped = false;
            }
            self.commit();
        }
        self.rows.truncate(0);
        self.rows.push_back(Row::default());
        (self.row, self.saved) = (0, None);
    }

    fn byte(&mut self, byte: u8) {
        let before = self.state;
        self.state = before.next(byte);
        if byte == ESC {
            self.held.clear();
        } else if byte < 0x20 && !before.is_string() && self.state != State::Ground && !self.alternate {
            return self.control(byte);
        }
        if self.held.len() < MAX_KEPT && !self.state.is_string() {
            self.held.push(byte);
        }
        if self.state == State::Ground {
            let held = std::mem::take(&mut self.held);
            if held.len() < MAX_KEPT && !before.is_string() {
                self.sequence(&held);
            }
            self.held = held;
            self.held.clear();
        }
    }

    fn sequence(&mut self, sequence: &[u8]) {
        match sequence {
            [_, b'[', body @ ..] => {
                if let Some(csi) = Csi::parse(body) {
                    self.csi(&csi);
                }
            }
            [_, b'7'] => self.save(),
            [_, b'8'] => self.restore(),
            [_, b'(', set] => self.drawing[0] = *set == b'0',
            [_, b')', set] => self.drawing[1] = *set == b'0',
            _ if self.alternate || self.aside => {}
            [_, b'D'] => self.down(),
            [_, b'E'] => {
                self.down();
                self.col = 0;
            }
            [_, b'M'] => self.row = self.row.saturating_sub(1),
            [_, b'c'] => self.commit_all(),
            _ => {}
        }
    }

    fn csi(&mut self, csi: &Csi<'_>) {
        match (csi.prefix, csi.intermediates, csi.action) {
            (b'?', [], action @ (b'h' | b'l')) => {
                let switches = csi.params.iter().any(|mode| matches!(mode, 47 | 1047 | 1049));
                self.alternate = if switches { action == b'h' } else { self.alternate };
            }
            _ if self.alternate => {}
            (0, [], b's') if csi.bare => self.save(),
            (0, [], b'u') => self.restore(),
            _ if self.aside => {}
            (0, [], action) => self.movement(csi, action),
            _ => {}
        }
    }

    fn movement(&mut self, csi: &Csi<'_>, action: u8) {
        let count = usize::from(csi.param(0).max(1));
        let col = self.col.min(self.last());
        match action {
            b'A' | b'F' => self.row = self.row.saturating_sub(count),
            b'B' | b'E' | b'e' => (0..count.min(WINDOW)).for_each(|_| self.down()),
            b'C' | b'a' => self.col = self.bounded(col + count),
            b'D' => self.col = col.saturating_sub(count),
            b'G' | b'`' => self.col = self.bounded(count - 1),
            b'H' | b'f' | b'd' => self.elsewhere(csi),
            b'J' => self.erase_display(csi.param(0)),
            b'K' => self.erase_line(csi.param(0)),
            b'X' => self.rows[self.row].erase(col, col.saturating_add(count)),
            b'P' => self.rows[self.row].delete(col, count),
            b'@' => self.rows[self.row].insert(col, count, self.cols),
            _ => {}
        }
        if matches!(action, b'E' | b'F') {
            self.col = 0;
        }
    }

    /// A column no further right than a row may be long.
    fn bounded(&self, col: usize) -> usize {
        col.min(self.last())
    }

    /// An absolute position: which line that is cannot be known. To a status line if the cursor was
    /// saved before; else what follows is a line of its own.
    fn elsewhere(&mut self, csi: &Csi<'_>) {
        if self.saved.is_some() {
            self.aside = true;
            return;
        }
        let home = csi.param(0) <= 1 && csi.param(1) <= 1;
        if home {
            self.commit_all();
        } else if !self.rows[self.row].cells.is_empty() {
            self.row = self.rows.len() - 1;
            self.down();
        }
        if csi.action != b'd' {
            self.col = self.bounded(usize::from(csi.param(1).max(1)) - 1);
        }
    }

    fn save(&mut self) {
        self.saved = Some((self.rows.len() - self.row, self.col));
    }

    fn restore(&mut self) {
        if let Some((from_end, col)) = self.saved.take() {
            self.row = self.rows.len().saturating_sub(from_end);
            self.col = col.min(self.last());
        }
        self.aside = false;
    }

    fn erase_display(&mut self, which: u16) {
        match which {
            0 => {
                self.erase_line(0);
                self.rows.truncate(self.row + 1);
            }
            2 => self.commit_all(),
            _ => {}
        }
    }

    fn erase_line(&mut self, which: u16) {
        let (row, col) = (&mut self.rows[self.row], self.col);
        match which {
            0 if col < self.cols => row.truncate(col),
            1 => row.erase(0, col.saturating_add(1)),
            2 => row.truncate(0),
            _ => {}
        }
    }
}

impl Row {
    /// Makes cells from `start` to `end` ready to be overwritten: the other halves of wide characters
    /// become spaces, marks go.
    fn forget(&mut self, start: usize, end: usize) {
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

    fn erase(&mut self, start: usize, end: usize) {
        let end = end.min(self.cells.len());
        if start < end {
            self.forget(start, end);
            self.cells[start..end].fill(' ');
        }
    }

    fn truncate(&mut self, len: usize) {
        self.erase(len, self.cells.len());
        self.cells.truncate(len);
        self.wrapped = false;
    }

    fn delete(&mut self, col: usize, count: usize) {
        let end = col.saturating_add(count).min(self.cells.len());
        if col < end {
            self.forget(col, end);
            self.cells.drain(col..end);
            self.shift_marks(col, |mark| mark - (end - col));
        }
    }

    fn insert(&mut self, col: usize, count: usize, cols: usize) {
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
    fn write(&mut self, out: &mut Vec<u8>) {
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
