//! What the screen shows, and how it differs from what it showed before: pictures in, scenes out.

use std::sync::Arc;

use super::facts::ScreenSnapshot;
use super::page::Page;
use ms_terminal::safe::safe_text;
use ms_terminal::screen::{Glyph, Picture};

/// The longest line that is told, in bytes.
const LINE: usize = 200;
/// Rows of text that are told above and below a visible cursor.
const ABOVE: u16 = 10;
const BELOW: u16 = 6;
/// Lines of text that are told of the end of the screen.
const BOTTOM: usize = 2;

/// The last picture.
#[derive(Debug, Default)]
pub(super) struct ScreenDiff {
    last: Option<Arc<Picture>>,
}

impl ScreenDiff {
    /// Compares a picture with the one before, and keeps it.
    pub(super) fn compare(&mut self, picture: Picture) -> ScreenSnapshot {
        let mut snapshot = describe(&picture);
        match &self.last {
            Some(last) => picture.changes(last).for_each(|(row, _)| note(&mut snapshot, row)),
            None => (0..picture.rows).for_each(|row| note_blank(&mut snapshot, &picture, row)),
        }
        let picture = Arc::new(picture);
        snapshot.page = Page::of(picture.clone());
        self.last = Some(picture);
        snapshot
    }
}

fn note(snapshot: &mut ScreenSnapshot, row: u16) {
    snapshot.changed += 1;
    snapshot.rows = Some(snapshot.rows.map_or((row, row), |(first, last)| (first.min(row), last.max(row))));
    snapshot.at_cursor |= row == snapshot.cursor.1;
}

/// Before the first picture the screen was blank.
fn note_blank(snapshot: &mut ScreenSnapshot, picture: &Picture, row: u16) {
    picture.row(row).iter().filter(|glyph| !glyph.is_blank()).for_each(|_| note(snapshot, row));
}

fn describe(picture: &Picture) -> ScreenSnapshot {
    let (col, row) = (picture.cursor_col, picture.cursor_row);
    let line = picture.row(row);
    let before = &line[..line.len().min(col.into())];
    let blank = |glyphs: &[Glyph]| glyphs.iter().all(|glyph| glyph.is_blank() || glyph.char() == '\0');
    let mut snapshot = ScreenSnapshot {
        picture: fingerprint(picture),
        size: (picture.cols, picture.rows),
        cursor: (col, row),
        visible: picture.cursor_visible,
        caret: picture.cursor_visible && !blank(before),
        empty_line: picture.cursor_visible && !picture.alt_screen && blank(line),
        alternate: picture.alt_screen,
        ..ScreenSnapshot::default()
    };
    if snapshot.visible {
        snapshot.prompt = safe_text(&before.iter().map(|glyph| glyph.char()).collect::<String>(), LINE);
    }
    tell(&mut snapshot, picture);
    snapshot
}

/// The lines with text around the cursor, or, if it is hidden, at the end.
fn tell(snapshot: &mut ScreenSnapshot, picture: &Picture) {
    let row = snapshot.cursor.1;
    let filled = |row: &u16| !is_blank(picture.row(*row));
    snapshot.foot = (0..picture.rows).rev().find(filled);
    let last = snapshot.foot.unwrap_or(0);
    let safe = |row: u16| safe_text(&picture.line_text(row), LINE);
    snapshot.bottom = (0..=last).rev().filter(filled).take(BOTTOM).map(safe).collect();
    let (from, to) = match snapshot.visible {
        true => (row.saturating_sub(ABOVE), (row + BELOW).min(picture.rows.saturating_sub(1))),
        false => (last.saturating_sub(ABOVE + BELOW), last),
    };
    for at in from..=to {
        if at == row && snapshot.visible {
            snapshot.line = Some(snapshot.text.len());
        } else if !filled(&at) {
            continue;
        }
        snapshot.text.push(safe(at));
    }
}

fn is_blank(glyphs: &[Glyph]) -> bool {
    glyphs.iter().all(|glyph| matches!(glyph.char(), ' ' | '\0'))
}

/// A number that differs for nearly all pictures that differ (FNV-1a over whole cells).
fn fingerprint(picture: &Picture) -> u64 {
    let rows = (0..picture.rows).flat_map(|row| picture.row(row));
    rows.fold(0xcbf2_9ce4_8422_2325, |hash: u64, glyph| {
        let cell = (u64::from(glyph.char() as u32) << 32) | u64::from(glyph.style());
        (hash ^ cell).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_terminal::screen::Screen;

    fn screen(bytes: &str) -> Screen {
        let mut screen = Screen::new(20, 5);
        screen.feed(bytes.as_bytes()).unwrap();
        screen
    }

    #[test]
    fn changes_are_counted_and_placed() {
        let mut diff = ScreenDiff::default();
        let mut screen = screen("$ ls");
        assert_eq!(diff.compare(screen.picture()).changed, 3);
        screen.feed(b" -l").unwrap();
        let snapshot = diff.compare(screen.picture());
        assert_eq!((snapshot.changed, snapshot.rows, snapshot.at_cursor), (2, Some((0, 0)), true));
        assert_eq!(diff.compare(screen.picture()).changed, 0);
        screen.feed(b"\x1b7\x1b[4;1Hxy\x1b8").unwrap();
        let elsewhere = diff.compare(screen.picture());
        assert_eq!((elsewhere.rows, elsewhere.at_cursor), (Some((3, 3)), false));
    }

    #[test]
    fn a_caret_stands_after_text_and_an_empty_line_has_none() {
        let at_prompt = ScreenDiff::default().compare(screen("Name: ").picture());
        assert!(at_prompt.caret && !at_prompt.empty_line);
        assert_eq!(at_prompt.prompt, "Name: ");
        let below = ScreenDiff::default().compare(screen("done\r\n").picture());
        assert!(!below.caret && below.empty_line);
        assert_eq!((below.text.as_slice(), below.line), (&["done".to_owned(), String::new()][..], Some(1)));
        let hidden = ScreenDiff::default().compare(screen("\x1b[?25lone\r\ntwo").picture());
        assert!(!hidden.caret && hidden.line.is_none());
        assert_eq!(hidden.text, ["one", "two"]);
    }

    #[test]
    fn equal_pictures_have_equal_fingerprints_and_a_colour_makes_a_difference() {
        let print = |bytes: &str| ScreenDiff::default().compare(screen(bytes).picture()).picture;
        assert_eq!(print("a\x1b[31mb"), print("a\x1b[31mb"));
        assert_ne!(print("a\x1b[31mb"), print("ab"));
        assert_ne!(print("ab"), print("ba"));
    }
}
