//! A question with answers below it: a list, or answers side by side; and what it is about.

use super::super::rows::{are_answers, diff, is_command_line, is_path};
use super::super::shapes::{POINTERS, entry};
use super::super::words::asks;
use super::{ABOUT, View, bare, join, unhinted};

/// A question stands at most so many rows above its list.
const ASKED_ABOVE: usize = 16;

impl View<'_> {
    /// The question over a list or a row of answers, with what it is about if that matters (`whole`).
    pub(super) fn choice(&self, whole: bool) -> Option<String> {
        let first = self.list()?;
        self.over(first, whole)
    }

    /// As [`View::choice`], of a question that answers stand below.
    pub(super) fn choice_below(&self) -> Option<String> {
        let first = self.list().filter(|first| self.cursor.is_none_or(|cursor| *first > cursor))?;
        self.over(first, true)
    }

    pub(super) fn over(&self, first: usize, whole: bool) -> Option<String> {
        let top = self.top(first);
        let within = || (top.max(first.saturating_sub(ASKED_ABOVE))..first).rev();
        let filled = |at: &usize| !self.rows[*at].is_blank() && !self.rows[*at].rule;
        let question = within().filter(filled).find(|at| asks(unhinted(self.text(*at))));
        if question.is_none() && whole && within().any(|at| self.text(at).starts_with("$ ")) {
            return Some(self.about(top, first, first, first, ""));
        }
        let heads = || within().filter(filled).take(10).find(|at| self.text(*at).ends_with([':', '：']));
        let nearest = || within().filter(filled).find(|at| !self.rows[*at].is_chrome());
        let question = question.or_else(heads).or_else(|| nearest().map(|at| self.block_top(at, top)))?;
        let from = self.wrapped_from(question, top);
        let asked = self.joined(from, question);
        let asked = unhinted(&asked);
        let about = if whole { self.about(top, from, question, first, asked) } else { String::new() };
        Some(join(&about, asked))
    }

    /// The first row of what is chosen from: marked entries, lines around a pointer, or answers side by side.
    pub(super) fn list(&self) -> Option<usize> {
        let end = self.rows.iter().rposition(|row| !row.is_blank())?;
        let is_entry = |at: usize| entry(self.whole[at]).is_some();
        let pointed = (0..=end).rev().find(|at| {
            let text = self.text(*at);
            text.starts_with(POINTERS) && entry(text).is_some() || self.is_arrow(*at)
        });
        let marked = (0..=end).rev().find(|at| is_entry(*at) && self.has_beside(*at));
        let buttons = (0..=end).rev().take(8).find(|at| are_answers(self.text(*at)));
        let last = pointed.or(marked).or(buttons)?;
        if Some(last) == buttons && pointed.is_none() && marked.is_none() {
            return Some(last);
        }
        // Entries begin in one column, whether they are pointed at or not.
        let column = self.entry_column(last);
        let mut first = last;
        for at in (0..last).rev() {
            let row = &self.rows[at];
            let belongs =
                is_entry(at) || row.indent >= column && !row.rule && !row.text.ends_with(['?', ':']);
            if row.is_blank() && at > 0 && is_entry(at - 1) {
                continue;
            }
            if row.is_blank() || !belongs {
                break;
            }
            first = at;
        }
        Some(first)
    }

    pub(super) fn entry_column(&self, at: usize) -> usize {
        let text = self.text(at);
        let rest = text.strip_prefix(POINTERS).or(text.strip_prefix('>')).map_or(text, str::trim_start);
        self.rows[at].indent + text.chars().count() - rest.chars().count()
    }

    /// `> ` before one of several lines, while the cursor is not shown.
    pub(super) fn is_arrow(&self, at: usize) -> bool {
        self.cursor.is_none() && self.text(at).starts_with("> ") && {
            let column = self.entry_column(at);
            [at.checked_sub(1), Some(at + 1)]
                .into_iter()
                .flatten()
                .filter_map(|at| self.rows.get(at))
                .any(|row| row.indent == column && !row.is_blank())
        }
    }

    pub(super) fn has_beside(&self, at: usize) -> bool {
        let near = at.saturating_sub(3)..(at + 4).min(self.rows.len());
        near.into_iter().any(|other| other != at && entry(self.whole[other]).is_some())
    }

    /// The row below which all belongs to what is asked at `first`.
    pub(super) fn top(&self, first: usize) -> usize {
        let barred = first.checked_sub(1).is_some_and(|at| self.rows[at].barred) && self.rows[first].barred;
        let parts = |at: &usize| {
            let row = &self.rows[*at];
            row.rule
                && !self.closes_above(*at, first)
                && !self.rows[at + 1..first].iter().all(|row| row.is_blank() || diff(row.text))
                && !self.is_inner(*at)
                || row.says() && !asks(unhinted(row.text))
                || row.is_asked(self.whole[*at]) && !row.barred
                || barred && !row.barred && !row.rule
                || is_command_line(self.whole[*at])
        };
        let from = first.saturating_sub(ABOUT);
        let Some(at) = (from..first).rev().find(|at| parts(at) || self.is_answered(*at)) else { return from };
        // What was answered stands right below the question.
        let below = (at + 1..first).find(|below| !self.is_answered(at) || self.rows[*below].is_blank());
        below.unwrap_or(first)
    }

    /// The lower border of a box right above what is asked.
    pub(super) fn closes_above(&self, at: usize, first: usize) -> bool {
        let closes = self.whole[at].trim_start().starts_with(['└', '╰', '╚']);
        let asked = (at + 1..first).find(|below| !self.rows[*below].is_blank());
        closes && asked.is_some_and(|below| asks(unhinted(self.text(below))))
    }

    /// An earlier question of a row of them.
    pub(super) fn is_answered(&self, at: usize) -> bool {
        self.text(at).starts_with(['◇', '✔', '✓'])
    }

    /// A rule of a box within a box, or a dotted one around an excerpt.
    pub(super) fn is_inner(&self, at: usize) -> bool {
        let whole = self.whole[at].trim();
        let nested = whole.starts_with(['│', '┃', '║', '|']);
        nested || whole.chars().all(|c| matches!(c, '╌' | '┄' | '┈' | '╍'))
    }

    /// The first row of the few above which nothing stands, unless a mark begins one of them.
    pub(super) fn block_top(&self, at: usize, top: usize) -> usize {
        let marked = |at: usize| self.text(at).starts_with(['?', '◆']);
        let goes_up =
            |above: &usize| !self.rows[*above].is_blank() && !self.rows[*above].rule && !marked(above + 1);
        (top.max(at.saturating_sub(2))..at).rev().take_while(goes_up).last().unwrap_or(at)
    }

    /// The command, file or tool that is asked about, with the heading over it.
    fn about(&self, top: usize, from: usize, to: usize, first: usize, question: &str) -> String {
        let worth = |at: &usize| {
            let row = &self.rows[*at];
            !row.is_blank() && !row.rule && !diff(row.text) && (is_path(row.text) || !row.is_chrome())
        };
        let above: Vec<usize> = (top..from).filter(worth).collect();
        let below: Vec<usize> = (to + 1..first).filter(worth).collect();
        let command = above.iter().chain(&below).copied().find(|at| self.text(*at).starts_with("$ "));
        let command = command.map(|at| self.text(at)[2..].trim_start());
        let title = above.first().map(|at| bare(self.text(*at)).trim_end_matches(['←', '→', ' ']));
        let title = title.filter(|text| !text.starts_with("$ ")).unwrap_or_default();
        let second = above.get(1).map(|at| self.text(*at));
        let body = command
            .or(second)
            .or_else(|| below.first().filter(|_| above.is_empty()).map(|at| self.text(*at)));
        let body = bare(body.unwrap_or_default());
        let is_heading = title.split_whitespace().count() <= 5 && !title.ends_with(['.', '?', '!']);
        let title = if is_heading || body.is_empty() { title.trim_end_matches(':') } else { "" };
        match (title, body) {
            _ if !body.is_empty() && question.contains(body) => String::new(),
            ("", body) => body.to_owned(),
            (title, "") if question.contains(title) => String::new(),
            (title, "") => title.to_owned(),
            (title, body) if title.contains(body) || question.contains(title) => body.to_owned(),
            (title, body) => format!("{title}: {body}"),
        }
    }
}
