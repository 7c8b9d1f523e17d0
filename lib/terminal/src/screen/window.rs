//! A part of the screen as bytes that draw it on a terminal of another size, row by row at absolute
//! positions: characters, looks and links. No half of a wide character is ever drawn; lines of double width
//! are drawn in single width. The terminal must not wrap (DECAWM off) and have a plain pen.

use std::borrow::Cow;
use std::ops::Range;

use super::Screen;
use super::cell::{Attrs, Cell};
use super::paint::Painter;
use super::sgr::push;

/// What decides how a terminal reports keys and pastes and how its cursor looks, each as bytes that set it
/// whatever it was.
pub type Manners = [Vec<u8>; 7];

impl Screen {
    /// Bytes that draw the columns `cols` of a row at the beginning of the terminal's row `at` (both from 0),
    /// and clear what is behind them there if the terminal has more columns than that. A row that the screen does
    /// not have is cleared.
    pub fn draw_row(&self, row: u16, cols: Range<u16>, at: u16, width: u16) -> Vec<u8> {
        let cells = if row < self.rows() { self.model.shown_cells(usize::from(row)) } else { &[] };
        let start = usize::from(cols.start).min(cells.len());
        let cells = &cells[start..usize::from(cols.end).clamp(start, cells.len())];
        let used = cells.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
        let mut out = Vec::new();
        let mut painter = Painter::new(&mut out);
        let at = usize::from(at);
        for (col, cell) in cells[..used].iter().enumerate() {
            if let Some(cell) = part(cell, col, cells.len()) {
                painter.cell(at, col, &cell);
            }
        }
        painter.set_pen(&Cell::default());
        if used < usize::from(width) {
            painter.move_to(at, used);
            push(&mut out, format_args!("\x1b[K"));
        }
        out
    }

    /// How a terminal of another size reports what is typed and shows the cursor, as far as that does not depend
    /// on where things are: neither mouse nor focus nor size reports.
    pub fn manners(&self) -> Manners {
        let modes = &self.model.modes;
        let flag = |mode: u16, on: bool| format!("\x1b[?{mode}{}", if on { 'h' } else { 'l' });
        let modify = match self.modify_other_keys() {
            0 => "\x1b[>4m".to_owned(),
            level => format!("\x1b[>4;{level}m"),
        };
        [
            flag(1, modes.is_on(1)),
            (if modes.keypad() { "\x1b=" } else { "\x1b>" }).to_owned(),
            flag(2004, self.bracketed_paste()),
            format!("\x1b[={}u", self.kitty_flags()),
            modify,
            format!("\x1b[{} q", modes.cursor_style),
            flag(5, modes.is_on(5)),
        ]
        .map(String::into_bytes)
    }
}

/// What is drawn of a cell in column `col` of `cols`; nothing of a character's second half.
fn part(cell: &Cell, col: usize, cols: usize) -> Option<Cow<'_, Cell>> {
    let cut = if cell.is_spacer() { col == 0 } else { cell.is_wide() && col + 1 == cols };
    if cell.is_spacer() && !cut {
        return None;
    }
    if !cut && !cell.attrs.has(Attrs::PROTECTED) {
        return Some(Cow::Borrowed(cell));
    }
    let mut cell = cell.clone();
    cell.attrs.set(Attrs::PROTECTED, false);
    if cut {
        cell.clear_wide();
    }
    Some(Cow::Owned(cell))
}

fn is_blank(cell: &Cell) -> bool {
    cell.c == ' ' && cell.marks().is_empty() && !cell.is_spacer() && cell.same_look(&Cell::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn screen(cols: u16, rows: u16, bytes: &[u8]) -> Screen {
        let mut screen = Screen::new(cols, rows);
        screen.feed(bytes).unwrap();
        screen
    }

    /// A terminal full of something else on which a window of `screen` is drawn.
    fn drawn(screen: &Screen, left: u16, top: u16, cols: u16, rows: u16) -> Screen {
        let mut terminal = self::screen(cols, rows, "#".repeat(usize::from(cols * rows)).as_bytes());
        terminal.feed(b"\x1b[?7l").unwrap();
        for row in 0..rows {
            terminal.feed(&screen.draw_row(top + row, left..left + cols, row, cols)).unwrap();
        }
        terminal
    }

    #[test]
    fn a_window_has_what_stands_there() {
        let whole = screen(20, 3, b"0123456789abcdefghij\r\n\x1b[1;31mred\x1b[m rest\r\n  \x1b[44m \x1b[m");
        let terminal = drawn(&whole, 2, 0, 5, 3);
        assert_eq!(terminal.text(), ["23456", "d res", ""]);
        assert_eq!(terminal.styled()[1], "\x1b[0;1;31md\x1b[0m res");
        assert_eq!(terminal.styled()[2], "\x1b[0;44m \x1b[m");
        assert_eq!(drawn(&whole, 15, 0, 5, 2).text(), ["fghij", ""]);
    }

    #[test]
    fn no_half_of_a_wide_character_is_drawn() {
        let whole = screen(12, 1, "ab日本語cd".as_bytes());
        for (left, cols, shows) in
            [(0, 3, "ab"), (0, 4, "ab日"), (3, 4, " 本"), (3, 5, " 本語"), (2, 6, "日本語"), (7, 3, " cd")]
        {
            assert_eq!(drawn(&whole, left, 0, cols, 1).text()[0], shows, "{cols} from {left}");
        }
    }

    #[test]
    fn links_go_on_and_lines_of_double_width_are_cut_to_their_first_half() {
        let whole = screen(8, 2, b"\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\\r\nabcdefgh\x1b#6");
        let row = String::from_utf8(whole.draw_row(0, 2..6, 0, 4)).unwrap();
        assert!(row.contains("http://x/") && row.contains("nk"), "{row:?}");
        assert_eq!(drawn(&whole, 0, 0, 8, 2).text(), ["link", "abcd"]);
    }

    #[test]
    fn manners_are_those_of_the_program() {
        let on =
            screen(9, 2, b"\x1b[?1;2004;5h\x1b=\x1b[>5u\x1b[>4;2m\x1b[4 q\x1b[?1003;1006;1004h").manners();
        let mut terminal = screen(4, 1, &on.concat());
        assert_eq!(terminal.manners(), on);
        assert!(!terminal.mouse() && terminal.bracketed_paste() && terminal.kitty_flags() == 5);
        terminal.feed(&Screen::new(9, 2).manners().concat()).unwrap();
        assert_eq!(terminal.manners(), Screen::new(1, 1).manners());
    }

    proptest! {
        #[test]
        fn any_window_of_any_screen_is_that_part_of_it(
            text in "[a-c日本 é\u{1b}\\[1;31mHK\r\n]{0,120}",
            (left, top) in (0u16..12, 0u16..5),
            (cols, rows) in (1u16..12, 1u16..5),
        ) {
            let whole = screen(12, 5, text.as_bytes());
            let terminal = drawn(&whole, left, top, cols.max(2), rows);
            for row in 0..rows.min(5 - top.min(5)) {
                let there = &whole.model.shown_cells(usize::from(top + row))[usize::from(left)..];
                for (col, cell) in terminal.model.shown_cells(usize::from(row)).iter().enumerate() {
                    let whole = there.get(col).filter(|cell| cell.c != ' ' && !cell.is_spacer());
                    if let Some(whole) = whole.filter(|whole| !whole.is_wide() || col + 1 < usize::from(cols.max(2))) {
                        prop_assert_eq!((cell.c, cell.fg, cell.marks()), (whole.c, whole.fg, whole.marks()));
                    }
                }
            }
        }
    }
}
