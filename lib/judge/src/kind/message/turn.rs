//! What a program said before it took up its place to write in; what a pager or an editor shows.

use super::super::rows::{has_version, hints};
use super::super::shapes::is_box;
use super::super::words::is_prompt;
use super::View;

impl View<'_> {
    /// The last line of what the program said above the place to write in; at its start, what it is.
    pub(super) fn said(&self) -> Option<String> {
        let top = self.composer()?;
        let rows = |from: usize| (from..top).rev();
        let worth = |at: &usize| {
            let row = &self.rows[*at];
            !row.is_blank() && !row.rule && !row.is_chrome() && row.text.chars().any(char::is_alphanumeric)
        };
        let asked = |at: &usize| self.rows[*at].is_asked(self.whole[*at]);
        let says = rows(0).find(|at| self.rows[*at].says() && !self.rows[*at].is_chrome());
        let from = rows(0).find(asked);
        if let Some(says) = says.filter(|says| from.is_none_or(|from| from < *says)) {
            // What belongs to it stands to the right of its mark.
            let hangs = |at: &usize| *at == says || self.rows[*at].indent > self.rows[says].indent;
            let last = rows(says).filter(worth).find(hangs).unwrap_or(says);
            return Some(self.sentence(says, last));
        }
        let answer = rows(from.map_or(0, |from| from + 1)).filter(worth).find(|at| !asked(at));
        if from.is_none()
            && let Some(name) =
                (0..top).filter(|at| !self.rows[*at].is_chrome()).find(|at| has_version(self.text(*at)))
        {
            return Some(self.text(name).trim_start_matches(|c: char| !c.is_alphanumeric()).to_owned());
        }
        answer.map(|at| self.sentence(0, at))
    }

    /// The sentence that ends in this row, without the mark before what is said.
    pub(super) fn sentence(&self, from: usize, at: usize) -> String {
        let text = self.joined(self.wrapped_from(at, from), at);
        text.trim_start_matches(|c: char| {
            !c.is_alphanumeric() && !matches!(c, '"' | '\'' | '`' | '(' | '/' | '$' | '<' | '[')
        })
        .to_owned()
    }

    /// The upper end of the place to write in.
    pub(super) fn composer(&self) -> Option<usize> {
        let end = self.rows.iter().rposition(|row| !row.is_blank())?;
        let at = self.cursor.unwrap_or_else(|| {
            let near = (end.saturating_sub(6)..=end).rev();
            near.clone()
                .find(|at| self.rows[*at].is_asked(self.whole[*at]) || begins(self.text(*at)))
                .unwrap_or(end)
        });
        if let Some(rule) = (at.saturating_sub(8)..at).rev().find(|above| self.rows[*above].rule)
            && (at..self.rows.len()).take(9).any(|below| self.rows[below].rule)
        {
            return Some(rule);
        }
        let bar = self.whole[at].trim_start().chars().next().filter(|c| is_box(*c));
        let same = |at: &usize| bar.is_some() && self.whole[*at].trim_start().starts_with(bar.unwrap_or(' '));
        Some((0..=at).rev().take_while(|above| *above == at || same(above)).last().unwrap_or(at))
    }

    /// What the pager says of the text, else how the text begins.
    pub(super) fn paged(&self, line: &str) -> Option<String> {
        let words = |text: &str| {
            let lower = text.to_lowercase();
            let known = ["(end)", "--more--", "more", "end", "press", "return", "q"];
            lower
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| word.chars().any(char::is_alphabetic) && !known.contains(&word))
        };
        if words(line) && !hints(line) {
            return Some(line.to_owned());
        }
        let first = self.rows.iter().find(|row| !row.is_blank() && !row.rule)?;
        Some(first.text.to_owned())
    }

    /// The line in which an editor names its file.
    pub(super) fn edited(&self) -> Option<String> {
        let end = self.rows.iter().rposition(|row| !row.is_blank())?;
        let places = [0].into_iter().chain((end.saturating_sub(2)..=end).rev());
        let at = places
            .into_iter()
            .filter(|at| Some(*at) != self.cursor)
            .find(|at| !hints(self.text(*at)) && names_file(self.text(*at)))?;
        Some(self.text(at).trim_end_matches(['-', ' ']).to_owned())
    }
}

fn begins(text: &str) -> bool {
    is_prompt(text) || text.starts_with("> ") || text.starts_with("❯ ")
}

/// It names a file: something with an ending or in a directory.
fn names_file(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']' | '(' | ')')).any(|word| {
        let word = word.trim_end_matches(['*', '+', ',']);
        let ending = word.rsplit_once('.').is_some_and(|(stem, ending)| {
            !ending.is_empty()
                && ending.len() <= 5
                && ending.chars().all(char::is_alphanumeric)
                && ending.chars().any(char::is_alphabetic)
                && !stem.is_empty()
        });
        ending || word.contains('/') && word.len() > 2 && word.chars().any(char::is_alphabetic)
    })
}
