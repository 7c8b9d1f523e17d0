//! What the client shows over the program's screen when a person asks for it: a list, a command line,
//! help. Each takes keys and draws itself; none knows the terminal or a session.

use super::super::commands::COMMANDS as SLASH;
use super::super::keys::{self, typed::Key};
use super::draw::{Canvas, known};
use super::{Line, List, Size, Step};
use msession::format::session_name::SessionName;

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

/// A question before something that cannot be undone, whether a session that works is to be ended: `y` does it,
/// every other key takes it away.
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

    fn key(&mut self, key: Key) -> Step {
        match key {
            Key::Char('y' | 'Y') => Step::End(self.session.clone()),
            _ => Step::Close,
        }
    }

    fn draw(&self, size: Size) -> Vec<u8> {
        let (cols, rows) = known(size);
        let mut canvas = Canvas::new((cols, rows));
        canvas.bar(rows - 1, &self.text);
        canvas.with_cursor(rows - 1, self.text.len())
    }

    fn plain(&self) -> String {
        format!("\r{}", self.text)
    }
}

/// The keys behind the prefix and the slash commands; any key takes it away.
#[derive(Debug)]
pub(crate) struct Help {
    lines: Vec<String>,
}

impl Help {
    /// The help for a prefix as a person reads it.
    pub(crate) fn new(prefix: &str) -> Help {
        let mut lines = vec![format!("{prefix} and then")];
        lines.extend(keys::COMMANDS.iter().map(|(key, _, what)| format!("  {key}   {what}")));
        lines.push(format!("  {prefix} again sends it to the program"));
        lines.push("On the command line".into());
        lines.extend(
            SLASH.iter().map(|(name, takes, what)| format!("  {:<30} {what}", format!("{name} {takes}"))),
        );
        Help { lines }
    }

    fn key(&mut self, _: Key) -> Step {
        Step::Close
    }

    fn draw(&self, size: Size) -> Vec<u8> {
        let (cols, rows) = known(size);
        let mut canvas = Canvas::new((cols, rows));
        canvas.bar(0, " Help: any key goes back");
        for row in 1..rows {
            canvas.row(row, self.lines.get(usize::from(row) - 1).map_or("", String::as_str));
        }
        canvas.done()
    }

    fn plain(&self) -> String {
        self.lines.join("\r\n")
    }
}
