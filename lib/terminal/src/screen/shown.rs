//! The screen as text for those who ask for it: plain rows, and rows with their looks, each of which can
//! be printed on its own wherever a cursor is.

use super::Screen;
use super::cell::Cell;
use super::sgr;

impl Screen {
    /// The rows with colours and attributes, without links and without the blanks at their ends. Each
    /// leaves the pen as after a reset.
    pub fn styled(&self) -> Vec<String> {
        (0..self.model.rows).map(|row| styled(self.model.shown_cells(row))).collect()
    }
}

fn styled(cells: &[Cell]) -> String {
    let plain = Cell::default();
    let is_blank = |cell: &Cell| cell.c == ' ' && cell.marks().is_empty() && look(cell) == look(&plain);
    let used = cells.iter().rposition(|cell| !is_blank(cell)).map_or(0, |at| at + 1);
    let (mut out, mut pen, mut buffer) = (Vec::new(), &plain, [0; 4]);
    for cell in cells[..used].iter().filter(|cell| !cell.is_spacer()) {
        if look(pen) != look(cell) {
            sgr::write(&mut out, cell);
            pen = cell;
        }
        out.extend_from_slice(cell.c.encode_utf8(&mut buffer).as_bytes());
        out.extend_from_slice(cell.marks().as_bytes());
    }
    if look(pen) != look(&plain) {
        out.extend_from_slice(b"\x1b[m");
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn look(cell: &Cell) -> (u32, u32, u16, u32) {
    (cell.fg.bits(), cell.bg.bits(), cell.attrs.seen(), cell.underline().bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_their_looks_and_end_without_any() {
        let mut screen = Screen::new(20, 4);
        screen.feed(b"plain\r\n\x1b[1;31mred\x1b[m and \x1b[44m \r\n\x1b[m\xe6\x97\xa5\x1b[3mx").unwrap();
        let rows = screen.styled();
        assert_eq!(rows[0], "plain");
        assert!(rows[1].contains("red") && rows[1].ends_with("\x1b[m"), "{rows:?}");
        assert!(rows[2].starts_with('日') && rows[3].is_empty(), "{rows:?}");
        let mut again = Screen::new(20, 4);
        again.feed(rows.join("\r\n").as_bytes()).unwrap();
        assert_eq!(again.styled(), rows);
        assert_eq!(again.text(), screen.text());
    }
}
