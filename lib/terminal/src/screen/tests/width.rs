//! Clusters of whose width terminals have two opinions: a repaint shows on a terminal of either what it
//! would show had it been there all the time.

use alacritty_terminal::vte::{Params, Parser, Perform};
use unicode_width::UnicodeWidthChar;

use super::screen;

const COLS: usize = 20;
const ROWS: usize = 5;

/// A terminal that knows text, places and wrapping, and nothing of the model.
struct Other {
    /// Whether a cluster of emoji is one character of two columns, or each of its parts counts.
    clusters: bool,
    /// What each cell shows: nothing in the second half of what is wide.
    cells: Vec<Vec<String>>,
    row: usize,
    col: usize,
    due: bool,
    wraps: bool,
    /// What DECSC saved.
    saved: (usize, usize, bool),
    /// Where the last character is, if the next may belong to it.
    last: Option<(usize, usize)>,
}

impl Other {
    fn new(clusters: bool, bytes: &[&[u8]]) -> Other {
        let cells = vec![vec![" ".to_owned(); COLS]; ROWS];
        let mut other = Other {
            clusters,
            cells,
            row: 0,
            col: 0,
            due: false,
            wraps: true,
            saved: (0, 0, false),
            last: None,
        };
        let mut parser = Parser::new();
        bytes.iter().for_each(|bytes| parser.advance::<Other>(&mut other, bytes));
        other
    }

    /// The cells between bars, and the cursor.
    fn shown(&self) -> (Vec<String>, usize, usize, bool) {
        let rows = self.cells.iter().map(|row| row.join("|"));
        (rows.collect(), self.row, self.col, self.due)
    }

    fn text(&self) -> Vec<String> {
        self.cells.iter().map(|row| row.concat().trim_end().to_owned()).collect()
    }

    fn place(&mut self, row: usize, col: usize) {
        (self.row, self.col) = (row.min(ROWS - 1), col.min(COLS - 1));
        (self.due, self.last) = (false, None);
    }

    fn line_feed(&mut self) {
        if self.row + 1 < ROWS {
            self.row += 1;
            return;
        }
        self.cells.remove(0);
        self.cells.push(vec![" ".to_owned(); COLS]);
    }

    /// Makes a cell fit to be written over: no half of a character is left.
    fn part(&mut self, row: usize, col: usize) {
        if col < COLS && self.cells[row][col].is_empty() {
            self.cells[row][col - 1] = " ".to_owned();
            self.cells[row][col] = " ".to_owned();
        }
    }

    fn write(&mut self, text: String, width: usize) {
        if self.wraps && (self.due || self.col + width > COLS) {
            self.col = 0;
            self.line_feed();
        }
        let (row, col) = (self.row, self.col.min(COLS - width));
        self.part(row, col);
        self.part(row, col + width);
        self.cells[row][col] = text;
        self.cells[row][col + 1..col + width].fill(String::new());
        self.last = Some((row, col));
        self.go(col + width);
    }

    fn go(&mut self, col: usize) {
        (self.col, self.due) = (col.min(COLS - 1), col >= COLS);
    }

    /// Whether `c` belongs to what was written last.
    fn joins(&self, c: char) -> bool {
        let before = self.last.map_or("", |(row, col)| &self.cells[row][col]);
        let parts = before.chars().count();
        let tone = ('\u{1f3fb}'..='\u{1f3ff}').contains(&c) && parts > 0 && before > "\u{1f000}";
        let flag = |c: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
        let country = flag(c) && parts == 1 && before.chars().all(flag);
        c.width() == Some(0) || self.clusters && (before.ends_with('\u{200d}') || tone || country)
    }

    fn join(&mut self, c: char) {
        let left = self.col.checked_sub(1).map(|left| (self.row, left));
        let Some((row, mut col)) = self.last.or(left) else { return };
        col -= usize::from(self.cells[row][col].is_empty());
        self.cells[row][col].push(c);
        let narrow = self.cells[row].get(col + 1).is_some_and(|next| !next.is_empty());
        if self.clusters && c == '\u{fe0f}' && narrow && self.col == col + 1 {
            self.part(row, col + 1);
            self.part(row, col + 2);
            self.cells[row][col + 1] = String::new();
            self.go(col + 2);
        }
    }
}

impl Perform for Other {
    fn print(&mut self, c: char) {
        let flag = ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
        match self.joins(c) {
            true => self.join(c),
            false if self.clusters && flag => self.write(c.to_string(), 2),
            false => self.write(c.to_string(), c.width().unwrap_or(0)),
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            8 => self.place(self.row, self.col.saturating_sub(1)),
            10 => {
                self.line_feed();
                self.last = None;
            }
            13 => self.place(self.row, 0),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _ignore: bool, byte: u8) {
        match (intermediates, byte) {
            ([], b'7') => self.saved = (self.row, self.col, self.due),
            ([], b'8') => {
                self.place(self.saved.0, self.saved.1);
                self.due = self.saved.2;
            }
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _ignore: bool, action: char) {
        let nth = |at: usize| params.iter().nth(at).map_or(0, |param| usize::from(param[0]));
        let count = nth(0).max(1);
        match (intermediates, action) {
            ([], 'H') => self.place(count - 1, nth(1).max(1) - 1),
            ([], 'G') => self.place(self.row, count - 1),
            ([], 'C') => self.place(self.row, self.col + count),
            ([], 'D') => self.place(self.row, self.col.saturating_sub(count)),
            ([], 'r') => self.place(0, 0),
            ([], 'J') => {
                assert!(nth(0) != 1 || self.col + 1 < COLS, "xterm.js fails in CSI 1 J in the last column");
                self.cells = vec![vec![" ".to_owned(); COLS]; ROWS];
            }
            ([b'?'], 'h' | 'l') if nth(0) == 7 => self.wraps = action == 'h',
            _ => {}
        }
    }
}

const STREAMS: &[&str] = &[
    "⚠\u{fe0f} careful",
    "⚠\u{fe0f}",
    "a ⚠\u{fe0f}\u{fe0f}b\r\n1\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3} keys",
    "👍🏽 ok\r\n👨\u{200d}👩\u{200d}👧 all\r\n🇩🇪🇫🇷 flags",
    "│ ⚠\u{fe0f} box       │\r\n│ 👨\u{200d}👩\u{200d}👧 in it   │\r\n$ ",
    "⚠\u{fe0f}\x1b[3Cgap\x1b[2D!",
    "⚠\u{fe0f}\x1b[3C",
    "⚠\u{fe0f}      x\x1b[9C",
    "⚠\u{fe0f} x\x1b[1;18Hend\x1b[2;1H👍🏽\x1b[2;18Hend",
    "⚠\u{fe0f} x\r\n❤\u{fe0f}     far\x1b[1;10Hy\x1b[3;3H",
    "first ⚠\u{fe0f} and more than a line of it\r\nnext",
    "⚠\u{fe0f}⚠\u{fe0f}⚠\u{fe0f} wraps on its way to the cursor",
    "👨\u{200d}👩\u{200d}👧 family that wraps, on its way",
    "\x1b[5;1H⚠\u{fe0f} the last line, x",
    "one\r\ntwo\r\n\x1b[31m⚠\u{fe0f}\x1b[m red\x1b[1;1H✔\u{fe0f}",
    "☀ ☀\u{fe0f} ☀\u{fe0e} ®\u{fe0f} ™\u{fe0f} ‼\u{fe0f}",
    "typed ⚠\u{fe0f}x\x08",
    "⚠\u{fe0f} x\x1b7\r\nmore\x1b8!",
    "⚠\u{fe0f}\x1b7\x1b[3Hx",
    "a 👍🏽\x1b7 b\r\n\x1b8 c\x1b[2Hd",
    "first ⚠\u{fe0f} and more than a line\x1b7 of it\r\nnext",
    "⚠\u{fe0f}\x1b[31m \x1b7\x1b[m\r\nplain",
    "日本⚠\u{fe0f}語\r\ne\u{301}⚠\u{fe0f}e\u{301}",
];

#[test]
fn a_repaint_shows_what_either_opinion_would_have_shown() {
    for stream in STREAMS {
        let model = screen(COLS as u16, ROWS as u16, stream.as_bytes());
        for clusters in [false, true] {
            for next in ["", " go on", "\r\nnext", "\u{301}", "\x1b[Dx", "\x1b8!"] {
                let stayed = Other::new(clusters, &[stream.as_bytes(), next.as_bytes()]);
                let repainted =
                    Other::new(clusters, &[b"old old old old old\r\nold", &model.dump(), next.as_bytes()]);
                let dump = String::from_utf8_lossy(&model.dump()).into_owned();
                let text = dump.split("\x1b[2J").last().unwrap_or_default();
                assert_eq!(repainted.shown(), stayed.shown(), "{clusters} {stream:?} {next:?} {text:?}");
            }
        }
    }
}

/// Rows that are full in the model's opinion, so that the other one has a column too few.
const FULL: &[&str] = &[
    "⚠\u{fe0f} careful, it is now\r\nnext",
    "│ ⚠\u{fe0f} box            │\r\n│ a box for it     │\r\n$ ",
    "⚠\u{fe0f}a ⚠\u{fe0f}b         two of\r\n",
    "⚠\u{fe0f}⚠\u{fe0f} c    both at once\r\n",
    "\x1b[44m a ✔\u{fe0f} and colours   \x1b[1mx\x1b[m\r\n",
    "日本 ❤\u{fe0f} e\u{301} 語  to ends\r\n",
    "\x1b[5;1H⚠\u{fe0f} the last, in full!\x1b[H",
];

#[test]
fn a_repaint_of_a_full_row_loses_no_character() {
    for stream in FULL {
        let model = screen(COLS as u16, ROWS as u16, stream.as_bytes());
        let is_full = |row| !model.model.cells(row)[COLS - 1].is_clear();
        let row = (0..ROWS).find(|row| model.text()[*row].contains('\u{fe0f}')).unwrap();
        assert!(is_full(row) && !model.model.goes_on(row), "the row is not full: {stream:?}");
        let dense = |rows: &[String]| rows.iter().map(|row| row.replace(' ', "")).collect::<Vec<_>>();
        for clusters in [false, true] {
            let repainted = Other::new(clusters, &[b"old old old old old\r\nold", &model.dump()]);
            let dump = String::from_utf8_lossy(&model.dump()).into_owned();
            let text = dump.split("\x1b[2J").last().unwrap_or_default();
            assert_eq!(dense(&repainted.text()), dense(&model.text()), "{clusters} {stream:?} {text:?}");
        }
    }
}

#[test]
fn the_two_opinions_differ() {
    let differ = |stream: &&&str| {
        let shown = [false, true].map(|clusters| Other::new(clusters, &[stream.as_bytes()]).shown());
        shown[0] != shown[1]
    };
    let alike: Vec<_> = STREAMS.iter().chain(FULL).filter(|stream| !differ(stream)).collect();
    assert!(alike.is_empty(), "{alike:?}");
}

#[test]
fn the_model_is_of_one_of_them() {
    for stream in STREAMS.iter().chain(FULL) {
        let model = screen(COLS as u16, ROWS as u16, stream.as_bytes());
        let other = Other::new(false, &[stream.as_bytes()]);
        let cursor = (other.row as u16, other.col as u16);
        assert_eq!((model.text(), model.cursor()), (other.text(), cursor), "{stream:?}");
    }
}
