//! A question before something that cannot be undone: `y` does it, every other key takes it away.

use super::super::keys::typed::Key;
use super::draw::{Canvas, known};
use super::{Size, Step};
use msession::format::name::SessionName;

/// Whether a session that works is to be ended.
#[derive(Debug)]
pub(crate) struct Confirm {
    text: String,
    session: SessionName,
}

impl Confirm {
    /// Asks whether to end `session`, which is `doing` something.
    pub(crate) fn end(session: SessionName, doing: &str) -> Confirm {
        Confirm { text: format!("{session} is {doing}: close it? [y/N] "), session }
    }

    pub(super) fn key(&mut self, key: Key) -> Step {
        match key {
            Key::Char('y' | 'Y') => Step::End(self.session.clone()),
            _ => Step::Close,
        }
    }

    pub(super) fn draw(&self, size: Size) -> Vec<u8> {
        let (cols, rows) = known(size);
        let mut canvas = Canvas::new((cols, rows));
        canvas.bar(rows - 1, &self.text);
        canvas.with_cursor(rows - 1, self.text.len())
    }

    pub(super) fn plain(&self) -> String {
        format!("\r{}", self.text)
    }
}
