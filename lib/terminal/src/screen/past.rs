//! The rows that have scrolled off the top of the primary screen, as bytes that print them into another
//! terminal's scrollback. Kept only where somebody asks for it; what a program erases there (`CSI 3 J`,
//! a full reset) is gone from here as well.

use std::collections::VecDeque;

use alacritty_terminal::term::cell::Flags;

use super::Screen;
use super::cell::Cell;
use super::paint::Painter;
use super::sgr::push;

/// Bytes that may lie unused before they are given back.
const SLACK: usize = 1 << 20;

/// How much is kept: the newest.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// In rows.
    pub rows: usize,
    /// In bytes that print them.
    pub bytes: usize,
}

/// What has scrolled off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Bytes that print the rows from the beginning of a line on, and leave the cursor and a plain pen at
    /// the beginning of the next.
    pub bytes: Vec<u8>,
    /// Rows that were too much, older than these.
    pub dropped: u64,
    /// The program has erased what was before.
    pub erased: bool,
}

/// Takes rows as they go.
pub(super) struct Past {
    most: Most,
    /// What a person has seen already, from the top row on; none if it is wanted again.
    seen: Vec<Vec<Cell>>,
    /// How many rows have gone.
    count: usize,
    gone: Gone,
    /// Where in the bytes each row begins.
    starts: VecDeque<usize>,
    /// The last row goes on in the next.
    open: bool,
}

impl Past {
    /// Takes a row that scrolls off.
    pub(super) fn take(&mut self, cells: &[Cell]) {
        self.count += 1;
        if !self.open && self.seen.get(self.count - 1).is_some_and(|seen| seen[..] == *cells) {
            return;
        }
        self.starts.push_back(self.gone.bytes.len());
        self.open = write_row(&mut self.gone.bytes, cells, self.open);
        self.bound();
    }

    /// The program erases what has scrolled off.
    pub(super) fn erase(&mut self) {
        self.starts.clear();
        self.gone = Gone { erased: true, ..Gone::default() };
        self.open = false;
    }

    fn bound(&mut self) {
        let first = |starts: &VecDeque<usize>| starts.front().copied().unwrap_or_default();
        let bytes = &mut self.gone.bytes;
        while self.starts.len() > self.most.rows
            || self.starts.len() > 1 && bytes.len() - first(&self.starts) > self.most.bytes
        {
            self.starts.pop_front();
            self.gone.dropped += 1;
        }
        let unused = first(&self.starts);
        if unused > SLACK && unused > bytes.len() / 2 {
            bytes.drain(..unused);
            self.starts.iter_mut().for_each(|start| *start -= unused);
        }
    }

    fn finish(mut self) -> Gone {
        let first = self.starts.front().copied().unwrap_or(self.gone.bytes.len());
        self.gone.bytes.drain(..first);
        if self.open {
            self.gone.bytes.extend_from_slice(b"\r\n");
        }
        self.gone
    }
}

/// Prints a row; one that wraps is followed by the next without a line end, so that the terminal takes both
/// for one line. True if it wraps.
fn write_row(out: &mut Vec<u8>, cells: &[Cell], continued: bool) -> bool {
    let wraps = cells.last().is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE));
    let tail = if wraps { cells.len() } else { tail(cells) };
    let mut painter = Painter::new(out);
    painter.inline(&cells[..tail]);
    match cells.get(tail).filter(|cell| **cell != Cell::default()) {
        // The rest has the background alone: erased with it, it is so at any width.
        Some(rest) => {
            painter.set_pen(rest);
            push(out, format_args!("\x1b[K"));
            Painter::plain(out, rest);
        }
        // A terminal that scrolls may have filled the row with the colour of the one before.
        None if continued && tail < cells.len() => out.extend_from_slice(b"\x1b[K"),
        None => {}
    }
    if !wraps {
        out.extend_from_slice(b"\r\n");
    }
    wraps
}

/// Where the cells begin that are blank to the end of the row, all with the same background.
fn tail(cells: &[Cell]) -> usize {
    let Some(last) = cells.last() else { return 0 };
    let blank = Cell::blank(last.bg);
    cells.iter().rposition(|cell| *cell != blank).map_or(0, |at| at + 1)
}

impl Screen {
    /// From now on keeps what scrolls off the top, but at most so much; if `seen`, not what is on the screen
    /// now, as far as it goes unchanged.
    pub fn keep_past(&mut self, most: Most, seen: bool) {
        let (row, col) = (self.model.row(), self.model.col());
        let rows = if seen && !self.model.alt { row + usize::from(col > 0) } else { 0 };
        let seen = (0..rows).map(|row| self.model.cells(row).to_vec()).collect();
        let (gone, starts) = (Gone::default(), VecDeque::new());
        self.model.past = Some(Box::new(Past { most, seen, count: 0, gone, starts, open: false }));
    }

    /// What has scrolled off since; nothing more is kept.
    pub fn take_past(&mut self) -> Gone {
        self.model.past.take().map(|past| past.finish()).unwrap_or_default()
    }

    /// The same with what is on the screen after it, for whoever will not be shown the screen.
    pub fn take_all(&mut self) -> Gone {
        let row = self.model.row();
        let used =
            |screen: &Screen, row: usize| screen.model.cells(row).iter().any(|cell| *cell != Cell::default());
        let rows = (0..self.model.rows).rev().find(|row| used(self, *row)).map_or(0, |row| row + 1);
        let rows = if self.model.alt { 0 } else { rows.max(row) };
        if let Some(mut past) = self.model.past.take() {
            (0..rows).for_each(|row| past.take(self.model.cells(row)));
            self.model.past = Some(past);
        }
        self.take_past()
    }
}
