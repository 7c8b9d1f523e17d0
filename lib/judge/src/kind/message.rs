//! The words that a person is to read: what is asked, and before it what it is asked about. From the shape of
//! the screen alone: the box or block around a question, the list below it, the place to write in.

mod choice;
mod dialog;
mod prompt;
#[cfg(test)]
mod tests;
mod turn;

use super::rows::{Row, hints};
use super::shapes::{entry, is_box};
use super::words::{asks_hotkeys, secret_label};
use super::{ScreenSnapshot, Signs, asked_line};
use crate::words::Kind;

/// The longest message, in characters.
const LONGEST: usize = 200;
/// What is asked about stands at most so many rows above the question.
const ABOUT: usize = 30;
/// Between what is asked about and the question.
const DASH: &str = " — ";

/// What a person is to read; none where that would be empty.
pub(super) fn message(signs: &Signs, kind: Kind) -> Option<String> {
    let page = View::of(&signs.screen);
    let line = asked_line(signs);
    let found = match kind {
        _ if page.rows.is_empty() => None,
        Kind::Password => page.dialog().or_else(|| Some(secret_label(&line).to_owned())),
        Kind::Permission | Kind::Question | Kind::Menu | Kind::Confirm if page.has_dialog() => page.dialog(),
        Kind::Menu if asks_hotkeys(&line) => page.asked(&line),
        Kind::Permission => page.choice(true).or_else(|| page.asked(&line)),
        Kind::Question | Kind::Menu => page.choice(false).or_else(|| page.asked(&line)),
        Kind::Confirm => page.choice_below().or_else(|| page.asked(&line)),
        Kind::Line => page.asked(&line),
        Kind::Auth => page.login(&line),
        Kind::Turn => page.said(),
        Kind::Pager => page.paged(&line),
        Kind::Editor => page.edited(),
        Kind::Shell | Kind::Repl | Kind::Unknown => None,
    };
    let found = found.filter(|text| !bare(text).is_empty()).unwrap_or(line);
    let found = bare(&found);
    (!found.is_empty()).then(|| cut(found, LONGEST))
}

/// Without walls and blanks around it, and without the mark before a question.
fn bare(text: &str) -> &str {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_box(c));
    let marked = text.strip_prefix(['?', '◆', '◇', '✦', '△', '⚠', '!', '*', '•', '●', '⏺', ':']);
    marked
        .filter(|rest| rest.starts_with([' ', '*', ':']))
        .map_or(text, |rest| rest.trim_start_matches(['*', ':', ' ']))
}

/// The beginning of it, with dots for what is left out.
fn cut(text: &str, longest: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= longest {
        return text;
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    kept.trim_end().to_owned() + "…"
}

/// A question and what it is about, the question whole.
fn join(about: &str, question: &str) -> String {
    let (about, question) = (bare(about), cut(bare(question), LONGEST - 20));
    if about.is_empty() {
        return question;
    }
    let room = LONGEST.saturating_sub(question.chars().count() + DASH.chars().count());
    cut(about, room) + DASH + &question
}

/// Without the hint behind it: `(Use arrow keys)`.
fn unhinted(text: &str) -> &str {
    let text = text.trim_end();
    match text.rsplit_once(['(', '[']) {
        Some((before, hint))
            if text.ends_with([')', ']']) && hints(hint.trim_end_matches([')', ']']))
                || text.ends_with("keys)") =>
        {
            before.trim_end()
        }
        _ => text,
    }
}

/// The rows of a screen, and where the cursor is among them.
pub(super) struct View<'a> {
    whole: Vec<&'a str>,
    rows: Vec<Row<'a>>,
    cursor: Option<usize>,
    column: usize,
}

impl<'a> View<'a> {
    pub(super) fn of(screen: &'a ScreenSnapshot) -> View<'a> {
        // Facts of an older version have no page.
        let (whole, cursor) = match screen.page.rows() {
            [] => (&screen.text[..], screen.line),
            rows => (rows, screen.visible.then_some(usize::from(screen.cursor.1))),
        };
        View {
            whole: whole.iter().map(String::as_str).collect(),
            rows: whole.iter().map(|row| Row::of(row)).collect(),
            cursor: cursor.filter(|at| *at < whole.len()),
            column: screen.cursor.0.into(),
        }
    }

    fn text(&self, at: usize) -> &'a str {
        self.rows[at].text
    }

    /// The row in which the sentence begins that ends in this one.
    fn wrapped_from(&self, at: usize, top: usize) -> usize {
        let mut from = at;
        while from > top && at - from < 3 {
            let (before, row) = (&self.rows[from - 1], &self.rows[from]);
            let goes_on = row.text.starts_with(|c: char| {
                c.is_lowercase() || c.is_ascii_digit() || matches!(c, '"' | '\'' | '(' | '/')
            }) && !before.text.ends_with(['.', '!', '?', ':', ';']);
            let same = !before.is_blank()
                && !before.rule
                && row.indent <= before.indent + 2
                && before.indent <= row.indent + 2;
            if !(goes_on && same && before.text.chars().count() >= 30 && entry(self.whole[from]).is_none()) {
                break;
            }
            from -= 1;
        }
        from
    }

    fn joined(&self, from: usize, to: usize) -> String {
        (from..=to).map(|at| self.text(at)).collect::<Vec<_>>().join(" ")
    }
}
