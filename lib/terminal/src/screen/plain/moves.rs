//! What sequences do to plain lines: where the cursor goes, what is erased and shifted, and which of
//! what follows is no line at all.

use super::Lines;
use crate::modes::known::ALTERNATE;
use crate::tokens::Csi;

/// So many new rows one movement down makes, since a terminal would have stopped at its last row, which is
/// not known here.
const MOST_NEW: usize = 5;

impl Lines {
    /// A plain escape.
    pub(super) fn escape(&mut self, body: &[u8]) {
        match body {
            b"7" => self.save(),
            b"8" => self.restore(),
            [b'(', set] => self.drawing[0] = *set == b'0',
            [b')', set] => self.drawing[1] = *set == b'0',
            _ if self.alternate || self.aside => {}
            b"D" => self.down(),
            b"E" => {
                self.down();
                self.col = 0;
            }
            b"M" => self.row = self.row.saturating_sub(1),
            b"c" => {
                self.commit_all();
                self.col = 0;
            }
            _ => {}
        }
    }

    pub(super) fn csi(&mut self, csi: &Csi<'_>) {
        match (csi.prefix, csi.intermediates, csi.action) {
            (b'?', [], action @ (b'h' | b'l')) => {
                let switches = csi.numbers().any(|mode| ALTERNATE.contains(&mode));
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
            b'B' | b'E' | b'e' => {
                let known = count.min(self.rows.len() - 1 - self.row);
                (0..known + (count - known).min(MOST_NEW)).for_each(|_| self.down());
            }
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
