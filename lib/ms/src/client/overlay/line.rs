//! The command line on the last row, with what is wrong or open above it.

use unicode_width::UnicodeWidthStr;

use super::super::commands::{self, Words};
use super::super::keys::typed::Key;
use super::draw::{Canvas, known};
use super::{Size, Step};

/// The longest line, in bytes.
const MAX_LINE: usize = 200;

/// A line that is being typed.
#[derive(Debug)]
pub(crate) struct Line {
    text: String,
    /// Where the cursor is, in bytes.
    cursor: usize,
    /// What is shown above: an error, or the words that are open.
    message: String,
    words: Words,
    /// What was typed before, oldest first; the last one is what is being typed.
    lines: Vec<String>,
    /// Which of them is shown.
    shown: usize,
}

impl Line {
    /// A line that begins with `text`, after `earlier` ones, oldest first.
    pub(crate) fn new(text: &str, words: Words, earlier: Vec<String>) -> Line {
        let shown = earlier.len();
        let lines = [earlier, vec![text.to_owned()]].concat();
        Line { text: text.to_owned(), cursor: text.len(), message: String::new(), words, lines, shown }
    }

    pub(super) fn key(&mut self, key: Key) -> Step {
        self.message.clear();
        match key {
            Key::Escape | Key::Ctrl('c' | 'g') => return Step::Close,
            Key::Backspace if self.text.is_empty() => return Step::Close,
            Key::Enter => return self.enter(),
            Key::Tab => self.complete(),
            Key::Up | Key::Ctrl('p') => self.show_line(self.shown.saturating_sub(1)),
            Key::Down | Key::Ctrl('n') => self.show_line((self.shown + 1).min(self.lines.len() - 1)),
            Key::Char(c) if self.text.len() + c.len_utf8() <= MAX_LINE => self.insert(c),
            key => self.edit(key),
        }
        Step::Stay
    }

    fn enter(&mut self) -> Step {
        match commands::parse(&self.text, &self.words) {
            Ok(action) => Step::Do(action, self.text.trim().to_owned()),
            Err(why) => {
                self.message = ms_terminal::safe::safe_text(&why, 300);
                Step::Stay
            }
        }
    }

    /// Goes to an earlier or later line; what was typed is there when one comes back.
    fn show_line(&mut self, which: usize) {
        self.lines[self.shown] = std::mem::take(&mut self.text);
        self.text = self.lines[which].clone();
        (self.shown, self.cursor) = (which, self.text.len());
    }

    fn complete(&mut self) {
        let completion = commands::complete(&self.text[..self.cursor], &self.words);
        self.text.replace_range(..self.cursor, &completion.line);
        self.cursor = completion.line.len();
        self.message = match completion.choices.as_slice() {
            [] => "nothing to complete".into(),
            [_] => String::new(),
            choices => choices.join("  "),
        };
    }

    fn insert(&mut self, c: char) {
        self.text.insert(self.cursor, c);
        self.cursor += c.len_utf8();
    }

    fn edit(&mut self, key: Key) {
        match key {
            Key::Backspace if self.cursor > 0 => self.cut(self.before()),
            Key::Delete | Key::Ctrl('d') => self.text.replace_range(self.cursor..self.after(), ""),
            Key::Ctrl('u') => self.cut(0),
            Key::Ctrl('w') => self.cut(self.word_start()),
            Key::Left | Key::Ctrl('b') => self.cursor = self.before(),
            Key::Right | Key::Ctrl('f') => self.cursor = self.after(),
            Key::Home | Key::Ctrl('a') => self.cursor = 0,
            Key::End | Key::Ctrl('e') => self.cursor = self.text.len(),
            _ => {}
        }
    }

    /// Takes away what is between `start` and the cursor.
    fn cut(&mut self, start: usize) {
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.cursor + self.text[self.cursor..].chars().next().map_or(0, char::len_utf8)
    }

    fn word_start(&self) -> usize {
        let end = self.text[..self.cursor].trim_end().len();
        let space = self.text[..end].char_indices().rfind(|(_, c)| c.is_whitespace());
        space.map_or(0, |(at, c)| at + c.len_utf8())
    }

    pub(super) fn draw(&self, size: Size) -> Vec<u8> {
        let (cols, rows) = known(size);
        let last = rows - 1;
        let mut canvas = Canvas::new((cols, rows));
        if !self.message.is_empty() && last > 0 {
            canvas.bar(last - 1, &self.message);
        }
        // A line that is too long shows its end up to the cursor.
        let column = self.text[..self.cursor].width();
        let hidden = column.saturating_sub(usize::from(cols).saturating_sub(1));
        canvas.row(last, skip_columns(&self.text, hidden));
        canvas.with_cursor(last, column - hidden)
    }

    pub(super) fn plain(&self) -> String {
        match self.message.as_str() {
            "" => format!("\r{}  \r{}", self.text, &self.text[..self.cursor]),
            message => format!("\r\n{message}\r\n{}", self.text),
        }
    }
}

/// The text without so many columns at its beginning.
fn skip_columns(text: &str, columns: usize) -> &str {
    let fits = |at: &usize| text[..*at].width() >= columns;
    let start = text.char_indices().map(|(at, _)| at).chain([text.len()]).find(fits);
    &text[start.unwrap_or(0)..]
}

#[cfg(test)]
mod tests {
    use super::super::super::commands::Action;
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str) -> Line {
        let sessions = vec!["api".to_owned(), "build".into(), "builder".into()];
        Line::new(
            text,
            Words { sessions, types: vec![], is_over: |_| false },
            vec!["/s api".into(), "/pause".into()],
        )
    }

    fn typed(line: &mut Line, text: &str) {
        text.chars().for_each(|c| assert_eq!(line.key(Key::Char(c)), Step::Stay));
    }

    #[test]
    fn a_line_is_typed_completed_and_done() {
        let mut line = line("/");
        typed(&mut line, "sw");
        line.key(Key::Tab);
        typed(&mut line, "bu");
        line.key(Key::Tab);
        assert_eq!((line.text.as_str(), line.message.as_str()), ("/switch build", "build  builder"));
        let action = Action::Switch("build".parse().unwrap());
        assert_eq!(line.key(Key::Enter), Step::Do(action, "/switch build".into()));
    }

    #[test]
    fn a_mistake_is_shown_and_the_line_stays() {
        let mut line = line("/switch buid");
        assert_eq!(line.key(Key::Enter), Step::Stay);
        let shown = String::from_utf8(line.draw((80, 10))).unwrap();
        assert!(shown.contains("did you mean") && shown.contains("/switch buid"), "{shown:?}");
    }

    #[test]
    fn it_is_edited_as_lines_are() {
        let mut line = line("/close api");
        line.key(Key::Ctrl('w'));
        assert_eq!(line.text, "/close ");
        line.key(Key::Home);
        line.key(Key::Right);
        line.key(Key::Delete);
        assert_eq!(line.text, "/lose ");
        line.key(Key::Ctrl('u'));
        assert_eq!((line.text.as_str(), line.cursor), ("lose ", 0));
        assert_eq!(line.key(Key::Escape), Step::Close);
    }

    #[test]
    fn up_and_down_bring_back_what_was_typed() {
        let mut line = line("/s b");
        let shown: Vec<String> = [Key::Up, Key::Up, Key::Up, Key::Down, Key::Ctrl('n'), Key::Down]
            .map(|key| {
                line.key(key);
                line.text.clone()
            })
            .into();
        assert_eq!(shown, ["/pause", "/s api", "/s api", "/pause", "/s b", "/s b"]);
        line.key(Key::Ctrl('p'));
        typed(&mut line, "x");
        line.key(Key::Down);
        line.key(Key::Up);
        assert_eq!((line.text.as_str(), line.cursor), ("/pausex", 7));
    }

    proptest! {
        #[test]
        fn no_key_and_no_size_is_a_panic(
            text in "\\PC{0,12}",
            keys in prop::collection::vec(0usize..14, 0..20),
            size in (0u16..30, 0u16..5),
        ) {
            let all = [Key::Left, Key::Right, Key::Backspace, Key::Delete, Key::Ctrl('w'), Key::Ctrl('u'), Key::Tab,
                Key::Home, Key::End, Key::Char('日'), Key::Char(' '), Key::Enter, Key::Up, Key::Down];
            let mut line = line(&text);
            for key in keys {
                line.key(all[key]);
                line.draw(size);
                line.plain();
            }
        }
    }
}
