//! The list of sessions to pick from.

use super::super::commands::Which;
use super::super::completed_session::CompletedSession;
use super::super::keys::typed::Key;
use super::draw::{Canvas, known};
use super::{Size, Step};
use ms_terminal::text_table;
use msession::format::session_name::SessionName;

/// One session as the list shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: SessionName,
    /// Mark, name, what it does, how long, what it says: safe to show.
    pub(crate) cells: Vec<String>,
    /// Whether one can go there: it lives.
    pub(crate) live: bool,
    /// What can be looked at of one that is over.
    pub(crate) over: Option<Box<CompletedSession>>,
}

impl Entry {
    /// Whether it is the same session as far as a list can tell.
    fn is_as(&self, other: &Entry) -> bool {
        let id = |entry: &Entry| entry.over.as_ref().map(|over| over.id().to_owned());
        self.name == other.name && id(self) == id(other)
    }
}

/// The list, with one entry picked.
#[derive(Debug)]
pub(crate) struct List {
    which: Which,
    entries: Vec<Entry>,
    picked: usize,
}

impl List {
    /// A list in which `here` is picked, if it is there.
    pub(crate) fn new(which: Which, entries: Vec<Entry>, here: &SessionName) -> List {
        let picked = entries.iter().position(|entry| entry.name == *here && entry.live).unwrap_or(0);
        List { which, entries, picked }
    }

    /// Which sessions it shows.
    pub(crate) fn which(&self) -> Which {
        self.which
    }

    /// Shows these entries instead; the one that was picked stays so.
    pub(crate) fn renew(&mut self, entries: Vec<Entry>) {
        let before = self.entries.get(self.picked);
        let same = entries.iter().position(|entry| before.is_some_and(|before| before.is_as(entry)));
        self.picked = same.unwrap_or(self.picked).min(entries.len().saturating_sub(1));
        self.entries = entries;
    }

    pub(super) fn key(&mut self, key: Key) -> Step {
        let last = self.entries.len().saturating_sub(1);
        match key {
            Key::Escape | Key::Char('q') | Key::Ctrl('c' | 'g') => return Step::Close,
            Key::Enter => return self.go(),
            Key::Up | Key::Char('k') | Key::Ctrl('p') | Key::BackTab => {
                self.picked = self.picked.saturating_sub(1)
            }
            Key::Down | Key::Char('j') | Key::Ctrl('n') | Key::Tab => {
                self.picked = (self.picked + 1).min(last)
            }
            Key::Home | Key::Char('g') => self.picked = 0,
            Key::End | Key::Char('G') => self.picked = last,
            Key::PageUp => self.picked = self.picked.saturating_sub(10),
            Key::PageDown => self.picked = (self.picked + 10).min(last),
            _ => {}
        }
        Step::Stay
    }

    fn go(&self) -> Step {
        match self.entries.get(self.picked) {
            Some(entry) if entry.live => Step::Go(entry.name.clone()),
            Some(Entry { over: Some(over), .. }) => Step::Look(over.clone()),
            _ => Step::Stay,
        }
    }

    pub(super) fn draw(&self, size: Size) -> Vec<u8> {
        let (cols, rows) = known(size);
        let lines = self.lines(cols.into());
        let mut canvas = Canvas::new((cols, rows));
        canvas.bar(0, " Sessions: Enter goes there, q goes back");
        let room = usize::from(rows.saturating_sub(1));
        let first = self.picked.saturating_sub(room.saturating_sub(1));
        for row in 1..rows {
            let at = first + usize::from(row) - 1;
            match lines.get(at) {
                Some(line) if at == self.picked => canvas.bar(row, line),
                line => canvas.row(row, line.map_or("", String::as_str)),
            }
        }
        canvas.done()
    }

    fn lines(&self, cols: usize) -> Vec<String> {
        let rows: Vec<Vec<String>> = self.entries.iter().map(|entry| entry.cells.clone()).collect();
        text_table::lay_out(&rows, cols)
    }

    pub(super) fn plain(&self) -> String {
        self.lines(usize::MAX).join("\r\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> SessionName {
        SessionName::new(text).unwrap()
    }

    fn entry(text: &str, live: bool) -> Entry {
        Entry { name: name(text), cells: vec!["·".into(), text.into(), "active".into()], live, over: None }
    }

    fn list() -> List {
        List::new(Which::Live, vec![entry("a", true), entry("b", true), entry("c", false)], &name("b"))
    }

    #[test]
    fn keys_move_and_enter_goes() {
        let mut list = list();
        assert_eq!(list.key(Key::Enter), Step::Go(name("b")));
        list.key(Key::Up);
        list.key(Key::Up);
        assert_eq!(list.key(Key::Enter), Step::Go(name("a")));
        list.key(Key::End);
        assert_eq!(list.key(Key::Enter), Step::Stay, "it is over");
        assert_eq!(list.key(Key::Char('q')), Step::Close);
    }

    #[test]
    fn what_was_picked_stays_picked() {
        let mut list = list();
        list.renew(vec![entry("0", true), entry("b", true)]);
        assert_eq!(list.key(Key::Enter), Step::Go(name("b")));
        list.renew(vec![]);
        assert_eq!(list.key(Key::Enter), Step::Stay);
    }

    #[test]
    fn a_long_list_shows_what_is_picked() {
        let entries = (0..100).map(|n| entry(&format!("s{n}"), true)).collect();
        let mut list = List::new(Which::Live, entries, &name("none"));
        list.key(Key::End);
        let shown = String::from_utf8(list.draw((40, 6))).unwrap();
        assert!(shown.contains("s99") && shown.contains("s96") && !shown.contains("s90 "), "{shown:?}");
        for size in [(0, 0), (1, 1), (2, 2), (1000, 1000)] {
            list.draw(size);
        }
    }
}
