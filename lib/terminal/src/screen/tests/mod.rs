//! Tests of the model.

mod answers;
mod meaning;
mod plain;
mod random;
mod replay;
mod restore;
mod skip;
mod width;

use super::Screen;

/// A terminal of this size that has got `bytes`.
pub(super) fn screen(cols: u16, rows: u16, bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(cols, rows);
    screen.feed(bytes).unwrap();
    screen
}

/// What a terminal may have been left in.
pub(super) const DIRTY: &[u8] = b"old text\x1b#6\x1b[2H\x1b#3\x1b[H\x1b[?1049h\x1b#4\x1b[>5u\x1b[>1u\x1b[?1003;1006;2004;1004h\x1b[2;3r\x1b[?6h\x1b[4h\
\x1b[20h\x1b[?7l\x1b[?25l\x1b[4 q\x1b[>4;2m\x1b=\x1b(0\x1b)0\x0e\x1b[1;31;44m\x1b]8;id=x;http://x/\x1b\\more\x1b7\x1b[3g\
\x1b[?2026h\x1b[?1h\x1b[?5h\x1b[2*x\x1bVkept\x1b[31";

/// Asserts that a dump and the tail restore `screen` on a terminal in other modes.
#[track_caller]
pub(super) fn assert_restored(screen: &Screen, at: &str) {
    let mut other = self::screen(screen.cols(), screen.rows(), DIRTY);
    other.feed(&screen.dump()).unwrap();
    other.feed(screen.tail()).unwrap();
    if other.same_state(screen) {
        return;
    }
    let (is, was) = (other.state(), screen.state());
    if let Some((is, was)) = is.difference(&was) {
        panic!("{at}:\n was {was}\n is  {is}\n dump {:?}", String::from_utf8_lossy(&screen.dump()));
    }
    panic!("{at}: states that are not the same have no difference");
}
