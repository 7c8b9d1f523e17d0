//! The keys behind the prefix and the slash commands.

use super::super::commands::COMMANDS as SLASH;
use super::super::keys::{self, typed::Key};
use super::draw::{Canvas, known};
use super::{Size, Step};

/// The help; any key takes it away.
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

    pub(super) fn key(&mut self, _: Key) -> Step {
        Step::Close
    }

    pub(super) fn draw(&self, size: Size) -> Vec<u8> {
        let (cols, rows) = known(size);
        let mut canvas = Canvas::new((cols, rows));
        canvas.bar(0, " Help: any key goes back");
        for row in 1..rows {
            canvas.row(row, self.lines.get(usize::from(row) - 1).map_or("", String::as_str));
        }
        canvas.done()
    }

    pub(super) fn plain(&self) -> String {
        self.lines.join("\r\n")
    }
}
