//! Recorded output as plain lines of text: what a person saw scroll by, without looks and without the
//! states that were overwritten. A progress bar of ten megabytes is one line, a wrapped line is one
//! line, and what was shown on the alternate screen is none. It knows the last lines only, as far up
//! as programs go back to repaint, and is much faster than the model.

mod moves;
mod row;

use std::collections::VecDeque;
use std::io::{self, Write};

use unicode_width::UnicodeWidthChar;

use super::print::drawing;
use crate::tokens::{Csi, Token, Tokenizer};
use row::{Row, SPACER};

/// How many lines up a program can still change.
const WINDOW: usize = 100;
/// Text is handed on in pieces of about this many bytes.
const BUFFER: usize = 32 * 1024;
/// A sequence longer than this is passed over.
const MAX_KEPT: usize = 256;

/// The longest row; a line may be longer.
const MAX_COLS: u16 = 10_000;

fn width(cols: u16) -> usize {
    usize::from(if cols == 0 { MAX_COLS } else { cols.clamp(2, MAX_COLS) })
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
    tokens: Tokenizer,
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
            tokens: Tokenizer::new(MAX_KEPT),
            out: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// The terminal has another width from here on.
    pub fn set_cols(&mut self, cols: u16) {
        self.cols = width(cols);
    }

    /// Takes output in, cut anywhere, and writes the lines that cannot change any more.
    ///
    /// # Errors
    /// Those of writing to `out`.
    pub fn feed(&mut self, mut bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        let mut tokens = std::mem::take(&mut self.tokens);
        while let Some(piece) = tokens.next(&mut bytes) {
            match piece.token {
                Token::Text(text) => {
                    self.chunk(text);
                    self.hand_on(BUFFER, out)?;
                }
                Token::Control(byte) if !self.alternate => self.control(byte),
                Token::Control(_) | Token::String { .. } => {}
                Token::Csi(body) => Csi::parse(body).into_iter().for_each(|csi| self.csi(&csi)),
                Token::Escape(body) => self.escape(body),
            }
        }
        self.tokens = tokens;
        self.hand_on(BUFFER, out)
    }

    /// Writes the lines that are left.
    ///
    /// # Errors
    /// Those of writing to `out`.
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

    fn chunk(&mut self, text: &[u8]) {
        if self.alternate || self.aside {
            return;
        }
        for chunk in text.utf8_chunks() {
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
        self.rows.push_back(self.spare.pop().unwrap_or_default());
        (self.row, self.saved) = (0, None);
    }
}
