//! A line that is answered by typing, and what it is about where it does not say so itself.

use super::super::rows::is_command_line;
use super::super::shapes::entry;
use super::super::words::{asks, asks_hotkeys, asks_yes_or_no};
use super::{ABOUT, View, join};

/// Words of which a question can be made that names nothing.
const FILL: &str = "
    allow approve run shell command commands execute tool file files package packages download
    upgrade update start stop now them here write create do you want to would like continue proceed
    sure are is this ok okay really the these it that action actions connecting following go on
    accept apply confirm perform install installation yes no y n please changes a an and enter value
    choice selection select your number option answer response input type or default with anyway
    overwrite remove delete all any key press return question again
";

impl<'a> View<'a> {
    /// The line that is answered, and, if it does not say what it is about, that before it.
    pub(super) fn asked(&self, line: &str) -> Option<String> {
        let label = label(line);
        let at =
            self.cursor.unwrap_or_else(|| self.rows.iter().rposition(|row| !row.is_blank()).unwrap_or(0));
        let at = (0..=at).rev().take(4).find(|at| self.whole[*at].contains(label)).unwrap_or(at);
        let from = self.wrapped_from(at, 0);
        let label = match from < at && !label.is_empty() {
            true => self.joined(from, at - 1) + " " + label,
            false => label.to_owned(),
        };
        let terse = is_terse(&label) && (asks(&label) || asks_yes_or_no(&label) || !label.contains('('));
        if label.is_empty() || !(terse || presses(&label) || asks_hotkeys(&label)) {
            return Some(self.of_hunk().map_or_else(|| label.clone(), |file| join(file, &label)));
        }
        Some(join(&self.before(from).unwrap_or_default(), &label))
    }

    /// What the block above the row is about: the last heading in it with what stands under that, else a question,
    /// else its first line.
    pub(super) fn before(&self, at: usize) -> Option<String> {
        let told = |at: &usize| {
            let row = &self.rows[*at];
            !row.rule && row.text.contains(char::is_alphabetic) && !is_measure(row.text)
        };
        let last = (0..at).rev().take(8).find(told)?;
        let from = (0..=last)
            .rev()
            .take(ABOUT)
            .take_while(|at| !self.rows[*at].rule && !is_command_line(self.whole[*at]));
        let block: Vec<usize> = from.filter(|at| !self.rows[*at].is_blank()).collect();
        let mut paragraph: Vec<usize> = (0..=last)
            .rev()
            .take_while(|at| {
                !self.rows[*at].is_blank() && !self.rows[*at].rule && !is_command_line(self.whole[*at])
            })
            .collect();
        if let Some(begun) = paragraph.iter().position(|at| self.rows[*at].says()) {
            paragraph.truncate(begun + 1);
        }
        let asked =
            block.iter().copied().take(8).find(|at| asks(self.text(*at)) && entry(self.whole[*at]).is_none());
        if let Some(asked) = asked {
            let question = self.joined(self.wrapped_from(asked, 0), asked);
            let about = paragraph_above(self, asked).filter(|_| is_terse(&question));
            return Some(about.map_or_else(|| question.clone(), |about| join(&about, &question)));
        }
        if let [only] = paragraph[..]
            && !self.text(only).ends_with(':')
        {
            return Some(self.text(only).to_owned());
        }
        let least = paragraph.iter().map(|at| self.rows[*at].indent).min()?;
        let heading =
            block.iter().copied().find(|at| self.text(*at).ends_with(':') && self.rows[*at].indent <= least);
        if let Some(at) = heading {
            let under = (at + 1..=last)
                .map(|at| &self.rows[at])
                .find(|row| !row.is_blank() && row.indent >= self.rows[at].indent);
            let under =
                under.map(|row| row.text).filter(|text| !text.ends_with(':') && entry(text).is_none());
            return Some(under.map_or_else(
                || self.text(at).trim_end_matches(':').to_owned(),
                |under| format!("{} {under}", self.text(at)),
            ));
        }
        let first = *paragraph.last()?;
        let to = (first + 1..=last)
            .take_while(|at| self.wrapped_from(*at, first) == first)
            .last()
            .unwrap_or(first);
        Some(self.joined(first, to))
    }

    /// The file whose changes are shown right above the question.
    pub(super) fn of_hunk(&self) -> Option<&'a str> {
        let at = self.cursor?;
        (0..at).rev().take(ABOUT).find(|at| self.whole[*at].starts_with("@@ "))?;
        (0..at)
            .rev()
            .find_map(|at| self.whole[at].strip_prefix("+++ "))
            .map(|path| path.trim_start_matches("b/"))
    }

    /// Where to sign in, and with which code.
    pub(super) fn login(&self, line: &str) -> Option<String> {
        let end = self.rows.iter().rposition(|row| !row.is_blank())?;
        let link = (0..=end).rev().take(10).find(|at| self.whole[*at].contains("://"))?;
        let sentence = match self.text(link).split_whitespace().count() {
            1 => (0..link)
                .rev()
                .take(3)
                .find(|at| !self.rows[*at].is_blank())
                .map(|at| format!("{} {}", self.text(at), self.text(link))),
            _ => None,
        };
        let sentence = sentence.unwrap_or_else(|| self.text(link).to_owned());
        let label = label(line);
        Some(if label.is_empty() || sentence.contains(label) { sentence } else { join(&sentence, label) })
    }
}

fn paragraph_above(view: &View, at: usize) -> Option<String> {
    let last = (0..at).rev().take(3).find(|at| !view.rows[*at].is_blank() && !view.rows[*at].rule)?;
    let text = view.text(last);
    (!is_command_line(view.whole[last])).then(|| text.to_owned())
}

/// The line up to what was typed after it.
fn label(line: &str) -> &str {
    let line = line.trim();
    if asks_yes_or_no(line) {
        return line;
    }
    let mut ends = line.char_indices().filter(|(at, c)| {
        matches!(c, ':' | '：' | '?' | '？' | '›' | '»' | '❯')
            && *at > 0
            && line[at + c.len_utf8()..].chars().next().is_none_or(char::is_whitespace)
    });
    ends.next_back().map_or(line, |(at, c)| &line[..at + c.len_utf8()])
}

/// It asks for leave or for an answer, and does not say for what.
fn is_terse(question: &str) -> bool {
    let first = question.split_inclusive(['?', '？']).next().unwrap_or_default();
    let lower = first.to_lowercase();
    let plain: String = lower
        .split(['(', '[', '<'])
        .enumerate()
        .map(|(at, part)| match at {
            0 => part,
            _ => part.split_once([')', ']', '>']).map_or("", |(_, rest)| rest),
        })
        .collect();
    let words: Vec<&str> =
        plain.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    let told = words
        .iter()
        .filter(|word| {
            !FILL.split_whitespace().any(|fill| fill == **word) && !word.chars().all(|c| c.is_ascii_digit())
        })
        .count();
    told == 0 || words.len() == 1 && question.contains(['(', '['])
}

/// How much something is: `Total Installed Size:  1.42 MiB`.
fn is_measure(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(_, much)| {
        let words: Vec<&str> = much.split_whitespace().collect();
        (1..=2).contains(&words.len()) && words[0].parse::<f64>().is_ok()
    })
}

fn presses(label: &str) -> bool {
    label.to_lowercase().starts_with("press")
}
