//! Of what terminals agree how many columns it takes, and of what not: emoji with a presentation of
//! their own (VS16), families, skin tones, keycaps, flags, and scripts whose marks some count. What the
//! program wrote right behind such a cluster stands where the terminal's opinion has put it. So each
//! cell says whether it was written so, and a repaint writes it so again; a column is only set where
//! the program has set one.

use super::cell::Cell;

/// True if every terminal gives the character as many columns as the model does.
pub(super) fn is_agreed(c: char) -> bool {
    matches!(c as u32,
        0..0x2ff | 0x370..0x530 | 0x1e00..0x2000 | 0x2010..0x2028 | 0x2500..0x25a0
        | 0x2e80..0xa4d0 | 0xac00..0xd7a4 | 0xe000..0xfb00 | 0xff01..0xffe7)
}

/// True if every terminal gives the mark no column, and its character none more for it.
pub(super) fn is_agreed_mark(mark: char) -> bool {
    matches!(mark as u32, 0x300..0x370 | 0x483..0x488 | 0x1ab0..0x1b00 | 0x1dc0..0x1e00 | 0x20d0..0x20e0)
}

/// True if the column after the cell depends on the terminal.
pub(super) fn is_disputed(cell: &Cell) -> bool {
    !is_agreed(cell.c) || !cell.marks().chars().all(is_agreed_mark)
}

/// True if a terminal may give the cell a column more: what the model has in two columns none has in three.
pub(super) fn may_be_longer(cell: &Cell) -> bool {
    !cell.is_wide() && is_disputed(cell)
}
