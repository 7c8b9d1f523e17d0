//! A session whose terminal has another size than the person's: what passed through untouched would wrap and
//! scroll in the wrong places. So a model of the session's terminal is kept here, fed with its output, and
//! the part of it around the cursor is drawn, with a mark that says so. Pure: output and times in, bytes out.
//! It draws at most every [`EVERY`], and nothing where nothing has changed.

use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

use super::super::paint::Paint;
use ms_terminal::screen::{Manners, Screen};
use ms_terminal::text_table;

/// Columns and rows.
type Size = (u16, u16);

/// From one drawing to the next.
const EVERY: Duration = Duration::from_millis(33);
/// So long after the first output it is drawn: what a program writes in one go is shown at once.
const GATHERED: Duration = Duration::from_millis(5);

/// The part of a session's screen that a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Window {
    left: u16,
    top: u16,
    cols: u16,
    rows: u16,
}

/// A session's screen as a terminal of another size shows it.
#[derive(Debug)]
pub(super) struct Crop {
    screen: Screen,
    /// The output before this offset is in the model; none before the first screen.
    fed: Option<u64>,
    window: Window,
    /// The window was on the alternate screen.
    on_alternate: bool,
    drawn: Drawn,
    due: Option<Instant>,
    drawn_at: Option<Instant>,
}

/// What the terminal shows.
#[derive(Debug)]
struct Drawn {
    /// By rows; none if what is there is not known.
    rows: Vec<Option<Vec<u8>>>,
    manners: Manners,
    title: Option<String>,
    /// Row and column of the cursor, if it shows.
    cursor: Option<(u16, u16)>,
    /// The terminal is in any state.
    unknown: bool,
}

impl Drawn {
    fn nothing() -> Drawn {
        let manners = Screen::new(1, 1).manners();
        Drawn { rows: Vec::new(), manners, title: None, cursor: None, unknown: true }
    }
}

impl Crop {
    /// Of a session whose terminal has this size; its screen is still to come.
    pub(super) fn new((cols, rows): Size) -> Crop {
        Crop {
            screen: Screen::new(cols, rows),
            fed: None,
            window: Window::default(),
            on_alternate: false,
            drawn: Drawn::nothing(),
            due: None,
            drawn_at: None,
        }
    }

    /// Whether a terminal of the size `own` has to show a session of the size `session` so. One that does not
    /// know its size shows it as it comes.
    pub(super) fn is_needed(own: Size, session: Size) -> bool {
        own != session && ![own.0, own.1, session.0, session.1].contains(&0)
    }

    /// Takes the session's screen, of a terminal that has this size.
    pub(super) fn begin(&mut self, (cols, rows): Size, paint: &Paint) {
        self.screen = Screen::new(cols, rows);
        let _ = self.screen.feed(&paint.bytes);
        self.fed = Some(paint.offset);
    }

    /// The offset of the output that comes next; none before the first screen.
    pub(super) fn fed(&self) -> Option<u64> {
        self.fed
    }

    /// Columns and rows of the session's terminal.
    pub(super) fn size(&self) -> Size {
        (self.screen.cols(), self.screen.rows())
    }

    /// Whether the session shows the alternate screen.
    pub(super) fn on_alternate(&self) -> bool {
        self.screen.alt_screen()
    }

    /// Takes output.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        // Where the model fails it is as new, and goes on with what comes.
        let _ = self.screen.feed(bytes);
        self.fed = self.fed.map(|fed| fed + bytes.len() as u64);
    }

    /// Something has changed: it is to be drawn before long.
    pub(super) fn draw_soon(&mut self, now: Instant) {
        let again = self.drawn_at.map_or(now, |drawn| drawn + EVERY);
        self.due.get_or_insert(again.max(now + GATHERED));
    }

    /// It is to be drawn at once.
    pub(super) fn draw_now(&mut self, now: Instant) {
        self.due = Some(now);
    }

    /// Whether it is drawn though more output has come by now than was taken.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| now >= due + EVERY)
    }

    /// When output is to be taken and drawn.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// It is not drawn now, since something covers it.
    pub(super) fn rest(&mut self, now: Instant) {
        (self.due, self.drawn_at) = (None, Some(now));
    }

    /// The terminal may show anything by now.
    pub(super) fn forget_drawn(&mut self) {
        self.drawn = Drawn::nothing();
    }

    /// Bytes that have a terminal of this size show it, however it was left.
    pub(super) fn draw(&mut self, now: Instant, own: Size) -> Vec<u8> {
        self.rest(now);
        let mark = self.arrange(own);
        let mut out = self.manners();
        let rows: Vec<Vec<u8>> = (0..own.1).map(|row| self.row(row, own.0, &mark)).collect();
        let before = std::mem::take(&mut self.drawn.rows);
        let same =
            |row: usize| before.get(row).is_some_and(|row_before| row_before.as_ref() == Some(&rows[row]));
        let changed: Vec<usize> = (0..rows.len()).filter(|row| !same(*row)).collect();
        let cursor = self.cursor();
        if !changed.is_empty() || cursor != self.drawn.cursor {
            out.extend_from_slice(b"\x1b[?25l");
            changed.iter().for_each(|row| out.extend_from_slice(&rows[*row]));
            if let Some((row, col)) = cursor {
                out.extend_from_slice(format!("\x1b[{};{}H\x1b[?25h", row + 1, col + 1).as_bytes());
            }
        }
        self.drawn.rows = rows.into_iter().map(Some).collect();
        self.drawn.cursor = cursor;
        out
    }

    /// What is not cells: how keys are reported, the cursor's shape, the title.
    fn manners(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if std::mem::take(&mut self.drawn.unknown) {
            out.extend_from_slice(Screen::cleared());
            out.extend_from_slice(b"\x1b[?7l");
        }
        let manners = self.screen.manners();
        for (now, before) in manners.iter().zip(&self.drawn.manners) {
            if now != before {
                out.extend_from_slice(now);
            }
        }
        self.drawn.manners = manners;
        let title = self.screen.title().map(str::to_owned);
        if title.is_some() && title != self.drawn.title {
            out.extend_from_slice(
                format!("\x1b]2;{}\x1b\\", title.as_deref().unwrap_or_default()).as_bytes(),
            );
            self.drawn.title = title;
        }
        out
    }

    /// A row of the terminal.
    fn row(&self, row: u16, width: u16, mark: &Mark) -> Vec<u8> {
        let Window { left, top, cols, rows } = self.window;
        let cols = if row < rows { left..left + cols } else { 0..0 };
        let mut out = self.screen.draw_row(top + row, cols, row, width);
        if row == mark.row {
            out.extend_from_slice(
                format!("\x1b[{};{}H\x1b[7m{}\x1b[m", row + 1, mark.col + 1, mark.text).as_bytes(),
            );
        }
        out
    }

    /// Row and column of the cursor on the terminal, if it shows.
    fn cursor(&self) -> Option<(u16, u16)> {
        let (row, col) = self.screen.cursor();
        let at = (row.checked_sub(self.window.top)?, col.checked_sub(self.window.left)?);
        (self.screen.cursor_visible() && at.0 < self.window.rows && at.1 < self.window.cols).then_some(at)
    }

    /// Puts the window where the cursor is in it, and the mark where nothing of the session's is.
    fn arrange(&mut self, own: Size) -> Mark {
        let session = (self.screen.cols(), self.screen.rows());
        (self.window.cols, self.window.rows) = room(own, session);
        self.follow(session);
        let free = if own.1 > self.window.rows { own.0 } else { own.0 - self.window.cols };
        let text = text_table::cut(&mark(session, self.window), free.into());
        Mark { row: own.1 - 1, col: own.0 - text.width() as u16, text }
    }

    /// The window moves only when the cursor leaves it. One that is hidden is followed down the primary screen
    /// alone: on the other one it is wherever the program has drawn last.
    fn follow(&mut self, session: Size) {
        let alternate = self.screen.alt_screen();
        if std::mem::replace(&mut self.on_alternate, alternate) != alternate {
            (self.window.left, self.window.top) = (0, 0);
        }
        let (row, col) = self.screen.cursor();
        let Window { left, top, cols, rows } = &mut self.window;
        if self.screen.cursor_visible() && !(*left..*left + *cols).contains(&col) {
            *left = if col < *cols { 0 } else { col - *cols / 2 };
        }
        if self.screen.cursor_visible() || !alternate {
            *top = (*top).clamp((row + 1).saturating_sub(*rows), row);
        }
        *left = (*left).min(session.0.saturating_sub(*cols));
        *top = (*top).min(session.1.saturating_sub(*rows));
    }
}

/// The mark that says that a part is shown, or a screen of another size. It ends the last row.
#[derive(Debug)]
struct Mark {
    row: u16,
    col: u16,
    text: String,
}

fn mark(session: Size, window: Window) -> String {
    let (cols, rows) = session;
    match (window.cols, window.rows) {
        shown if shown == session => format!(" {cols}x{rows} "),
        shown => format!(" {}x{} of {cols}x{rows} +{}+{} ", shown.0, shown.1, window.left, window.top),
    }
}

/// Columns and rows that a terminal of the size `own` has for a session's screen: the mark stands behind or
/// below them. Where it has no room, the window is smaller by a row, or in a terminal of one row by columns.
fn room(own: Size, session: Size) -> Size {
    let longest = |(cols, rows): Size| {
        mark(session, Window { left: session.0, top: session.1, cols, rows }).width() as u16
    };
    let whole = (own.0.min(session.0), own.1.min(session.1));
    if own.1 > session.1 || own.0.saturating_sub(session.0) > longest(whole) {
        return whole;
    }
    match own.1 {
        1 => (own.0.saturating_sub(longest(whole)).max(own.0.div_ceil(2)).min(session.0), 1),
        rows => (whole.0, whole.1.min(rows - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn crop(session: Size, bytes: &[u8]) -> Crop {
        let mut crop = Crop::new(session);
        let mut screen = Screen::new(session.0, session.1);
        screen.feed(bytes).unwrap();
        crop.begin(session, &Paint { offset: 7, bytes: screen.dump() });
        crop
    }

    #[test]
    fn one_that_knows_its_size_is_cropped_at_another_size_alone() {
        for (own, session, needed) in [
            ((80, 24), (80, 24), false),
            ((80, 24), (80, 25), true),
            ((81, 24), (80, 24), true),
            ((0, 0), (80, 24), false),
            ((80, 24), (0, 0), false),
        ] {
            assert_eq!(Crop::is_needed(own, session), needed, "{own:?} {session:?}");
        }
    }

    #[test]
    fn it_draws_at_most_thirty_times_a_second_and_only_what_has_changed() {
        let start = Instant::now();
        let mut crop = crop((20, 5), b"one\r\ntwo");
        assert_eq!(crop.due(), None);
        crop.draw(start, (10, 5));
        crop.feed(b"!");
        crop.draw_soon(start + Duration::from_millis(1));
        crop.draw_soon(start + Duration::from_millis(2));
        assert_eq!((crop.due(), crop.fed()), (Some(start + EVERY), Some(8)));
        let drawn = crop.draw(start + EVERY, (10, 5));
        assert_eq!(drawn, b"\x1b[?25l\x1b[2Htwo!\x1b[K\x1b[2;5H\x1b[?25h");
        assert_eq!(crop.due(), None);
        assert_eq!(crop.draw(start + 9 * EVERY, (10, 5)), b"", "nothing has changed");
        // After a pause the first output is drawn at once, with what comes right behind it.
        crop.draw_soon(start + 20 * EVERY);
        assert_eq!(crop.due(), Some(start + 20 * EVERY + GATHERED));
        crop.forget_drawn();
        assert!(crop.draw(start + 30 * EVERY, (10, 5)).starts_with(Screen::cleared()));
    }

    proptest! {
        /// Whatever the sizes are and wherever the cursor is, it shows, the mark is whole or cut at the end, and
        /// hides nothing of the part.
        #[test]
        fn the_mark_is_there_and_hides_nothing(
            own in (2u16..60, 1u16..12),
            session in (2u16..60, 1u16..12),
            places in prop::collection::vec((1u16..12, 1u16..60), 1..6),
        ) {
            let full = "\x1b[H".to_owned() + &"#".repeat(usize::from(session.0 * session.1));
            let (mut crop, mut terminal) = (crop(session, full.as_bytes()), Screen::new(own.0, own.1));
            for (row, col) in places {
                crop.feed(format!("\x1b[{row};{col}H").as_bytes());
                terminal.feed(&crop.draw(Instant::now(), own)).unwrap();
                let Window { left, top, cols, rows } = crop.window;
                prop_assert!(cols > 0 && rows > 0 && left + cols <= session.0 && top + rows <= session.1);
                let (row, col) = crop.screen.cursor();
                prop_assert_eq!(terminal.cursor(), (row - top, col - left));
                let text = terminal.text();
                for line in &text[..usize::from(rows)] {
                    prop_assert!(line.starts_with(&"#".repeat(usize::from(cols))), "{:?}", text);
                }
                let shown = text.join("").matches('#').count();
                prop_assert_eq!(shown, usize::from(cols) * usize::from(rows));
                if own.0 > 30 && own.1 > 1 {
                    let mark = mark(session, crop.window);
                    prop_assert!(text[usize::from(own.1) - 1].ends_with(mark.trim_end()), "{:?}", text);
                }
            }
        }
    }
}
