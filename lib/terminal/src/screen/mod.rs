//! The terminal model: recorded bytes in, the screen and every mode out, and bytes that restore both
//! on any terminal. It keeps no scrollback unless asked to (the ring is that), does no I/O, knows no time, answers
//! nothing by itself and never panics, whatever it is fed.
//!
//! The grid with its reflow is `alacritty_terminal`'s; what sequences mean, and what must be kept to restore
//! it, is here.

pub mod answers;
mod cell;
mod colors;
mod dump;
mod edit;
mod feed;
mod filled;
mod lines;
mod margins;
mod model;
mod osc;
mod paint;
mod past;
mod perform;
mod picture;
pub mod plain;
mod print;
mod rects;
mod reflow;
pub mod replay;
mod rows;
mod screen_state;
mod sgr;
mod shown;
mod skip;
mod titles;
mod width;
mod window;

#[cfg(test)]
mod tests;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::modes::known::{ALTERNATE, is_claimed};
use feed::Feeder;
use model::Model;

use crate::keyboard::KeyModes;

pub use past::{Gone, Most};
pub use picture::{Glyph, Picture};
pub use screen_state::ScreenState;
pub use window::Manners;

/// The smallest screen: below two columns no wide character fits.
pub const MIN_COLS: u16 = 2;
/// The most columns and the most rows of a screen.
pub const MAX_SIDE: u16 = 1000;

/// A terminal that nobody has to look at.
pub struct Screen {
    feeder: Feeder,
    model: Model,
}

/// The model failed on some input and is now as new: what it had shown has to be fed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the terminal model was lost")
    }
}

impl std::error::Error for Lost {}

/// Columns and rows as the model can have them.
fn bounded(cols: u16, rows: u16) -> (usize, usize) {
    (usize::from(cols.clamp(MIN_COLS, MAX_SIDE)), usize::from(rows.clamp(1, MAX_SIDE)))
}

impl Screen {
    /// A terminal as it is when it starts. Sizes out of bounds are brought within them.
    pub fn new(cols: u16, rows: u16) -> Screen {
        let (cols, rows) = bounded(cols, rows);
        Screen { feeder: Feeder::default(), model: Model::new(cols, rows) }
    }

    /// Takes output in, cut anywhere. Of a flood of plain lines only the last are parsed, so larger
    /// pieces (64 KB and more) cost less.
    ///
    /// # Errors
    /// [`Lost`] if the model failed; it is as new then.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Lost> {
        self.guard(|screen| screen.feeder.feed(&mut screen.model, bytes))
    }

    /// Changes the size; the lines of the primary screen are wrapped anew.
    ///
    /// # Errors
    /// [`Lost`] if the model failed; it is as new then, of the new size.
    pub fn resize(&mut self, cols: u16, rows: u16) -> Result<(), Lost> {
        let (cols, rows) = bounded(cols, rows);
        let done = self.guard(|screen| screen.model.resize(cols, rows));
        if done.is_err() {
            self.model = Model::new(cols, rows);
        }
        done
    }

    fn guard(&mut self, action: impl FnOnce(&mut Screen)) -> Result<(), Lost> {
        let done = catch_unwind(AssertUnwindSafe(|| action(self)));
        done.map_err(|_| {
            let (cols, rows) = (self.cols(), self.rows());
            let past = self.model.past.take();
            *self = Screen::new(cols, rows);
            self.model.past = past;
            Lost
        })
    }

    /// Columns.
    pub fn cols(&self) -> u16 {
        self.model.cols as u16
    }

    /// Rows.
    pub fn rows(&self) -> u16 {
        self.model.rows as u16
    }

    /// Bytes after which a terminal of this size, whatever modes it was in, shows this screen and is
    /// in these modes. They clear its screen, not its scrollback. [`Screen::tail`] has to follow.
    pub fn dump(&self) -> Vec<u8> {
        dump::dump(&self.model)
    }

    /// Bytes that bring any terminal to where a [`Screen::dump`] begins: the primary screen, empty, and no
    /// mode on. Nothing of it scrolls off.
    pub fn cleared() -> &'static [u8] {
        &dump::RESET
    }

    /// The beginning of an escape sequence or character that is not complete: what a terminal must
    /// have got for the next output to make sense. Bounded.
    pub fn tail(&self) -> &[u8] {
        self.feeder.held()
    }

    /// What is to be seen now.
    pub fn picture(&self) -> Picture {
        Picture::new(&self.model)
    }

    /// The rows as text, without the blanks at their ends.
    pub fn text(&self) -> Vec<String> {
        (0..self.model.rows).map(|row| self.line(row)).collect()
    }

    fn line(&self, row: usize) -> String {
        let mut line = String::new();
        for cell in self.model.shown_cells(row).iter().filter(|cell| !cell.is_spacer()) {
            line.push(cell.c);
            line.push_str(cell.marks());
        }
        line.truncate(line.trim_end_matches(' ').len());
        line
    }

    /// Everything that can be restored, for comparing two terminals.
    pub fn state(&self) -> ScreenState {
        ScreenState::new(&self.model, self.tail())
    }

    /// The modes, for a test that compares.
    #[cfg(test)]
    pub(crate) fn modes(&self) -> &crate::modes::terminal_modes::TerminalModes {
        &self.model.modes
    }

    /// What is switched away from how a terminal starts, a line for each kind: nothing where all was undone, as
    /// [`crate::modes::ModeTracker::undo`] does it.
    pub fn left_on(&self) -> Vec<String> {
        screen_state::left_on(&self.model)
    }

    /// Whether [`Screen::state`] is equal; cheaper than making both.
    pub fn same_state(&self, other: &Screen) -> bool {
        self.tail() == other.tail() && screen_state::same(&self.model, &other.model)
    }

    /// The cursor's row and column, from 0.
    pub fn cursor(&self) -> (u16, u16) {
        (self.model.row() as u16, self.model.col() as u16)
    }

    /// The cursor's row and column as a program counts them: from 1, and from the margins under origin
    /// mode.
    pub fn cursor_report(&self) -> (u16, u16) {
        let ((row, col), (top, left)) = (self.cursor(), self.model.origin());
        (row.saturating_sub(top as u16) + 1, col.saturating_sub(left as u16) + 1)
    }

    /// False if the program hides the cursor.
    pub fn cursor_visible(&self) -> bool {
        self.model.modes.cursor_visible()
    }

    /// The window's title, as the program set it last.
    pub fn title(&self) -> Option<&str> {
        self.model.titles.window.as_deref()
    }

    /// The address (`file://host/path`) that the program gave as its working directory (OSC 7).
    pub fn cwd(&self) -> Option<&str> {
        self.model.cwd.as_deref()
    }

    /// True if pasted text has to be bracketed (2004).
    pub fn bracketed_paste(&self) -> bool {
        self.model.modes.is_on(2004)
    }

    /// The modes that decide what bytes a key sends.
    pub fn key_modes(&self) -> KeyModes {
        KeyModes {
            app_cursor: self.model.modes.is_on(1),
            app_keypad: self.model.modes.keypad(),
            kitty: self.kitty_flags(),
            modify_other_keys: self.modify_other_keys(),
        }
    }

    /// The kitty keyboard protocol's flags in force; 0 is off.
    pub fn kitty_flags(&self) -> u8 {
        self.model.modes.keyboard.flags(self.model.alt)
    }

    /// xterm's modifyOtherKeys: 0 to 3.
    pub fn modify_other_keys(&self) -> u8 {
        self.model.modes.keyboard.modify_other()
    }

    /// True if the alternate screen is shown.
    pub fn alt_screen(&self) -> bool {
        self.model.alt
    }

    /// True if mouse reports are asked for.
    pub fn mouse(&self) -> bool {
        self.model.modes.mouse.is_some()
    }

    /// The value of a private mode (`CSI ? mode h`) that is followed, and comes back with the screen.
    pub fn private_mode(&self, mode: u16) -> Option<bool> {
        match mode {
            _ if !is_claimed(mode) => None,
            _ if ALTERNATE.contains(&mode) => Some(self.model.alt),
            _ => self.model.modes.get(mode),
        }
    }

    /// The value of a mode (`CSI mode h`), if it is known.
    pub fn ansi_mode(&self, mode: u16) -> Option<bool> {
        match mode {
            4 => Some(self.model.modes.insert),
            20 => Some(self.model.modes.newline),
            _ => None,
        }
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").field("cols", &self.model.cols).field("rows", &self.model.rows).finish()
    }
}
