//! What the client shows over the program's screen when a person asks for it: a list, a command line,
//! help. Each takes keys and draws itself; none knows the terminal or a session.

use super::super::keys::typed::Key;
use super::{Confirm, Help, Line, List, Size, Step};

/// Something that has the keyboard.
#[derive(Debug)]
pub(crate) enum Modal {
    /// A command line on the last row.
    Line(Line),
    /// A list to pick from.
    List(List),
    /// The keys and commands.
    Help(Help),
    /// A question.
    Confirm(Confirm),
}

impl Modal {
    /// Takes a key.
    pub(crate) fn key(&mut self, key: Key) -> Step {
        match self {
            Modal::Line(line) => line.key(key),
            Modal::List(list) => list.key(key),
            Modal::Help(help) => help.key(key),
            Modal::Confirm(confirm) => confirm.key(key),
        }
    }

    /// Bytes that draw it over whatever is there.
    pub(crate) fn draw(&self, size: Size) -> Vec<u8> {
        match self {
            Modal::Line(line) => line.draw(size),
            Modal::List(list) => list.draw(size),
            Modal::Help(help) => help.draw(size),
            Modal::Confirm(confirm) => confirm.draw(size),
        }
    }

    /// It as text for a terminal that understands no sequences.
    pub(crate) fn plain(&self) -> String {
        match self {
            Modal::Line(line) => line.plain(),
            Modal::List(list) => list.plain(),
            Modal::Help(help) => help.plain(),
            Modal::Confirm(confirm) => confirm.plain(),
        }
    }
}
