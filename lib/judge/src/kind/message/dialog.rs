//! Dialogs: boxes with answers, fields or a question in them, over whatever else there is.

use super::super::rows::{Row, are_answers};
use super::super::shapes::{entry, is_box, is_buttons};
use super::super::words::asks;
use super::{View, join};

impl View<'_> {
    /// A box over something else, that asks.
    pub(in crate::kind) fn asks_in_popup(&self) -> bool {
        self.boxed().is_some_and(|boxed| boxed.is_popup)
    }

    /// Whether the screen shows a dialog: a box with buttons, or one with the cursor in it.
    pub(super) fn has_dialog(&self) -> bool {
        self.boxed().is_some_and(|boxed| boxed.has_buttons || boxed.is_popup)
    }

    /// What a dialog says above its fields and answers, after its title.
    pub(super) fn dialog(&self) -> Option<String> {
        let boxed = self.boxed()?;
        if !boxed.has_buttons && !boxed.is_popup && !self.cursor.is_some_and(|at| boxed.rows.contains(&at)) {
            return None;
        }
        let inside: Vec<String> = boxed.inside(&self.whole);
        let framed = |line: &str| line.starts_with(['┌', '╭', '╔', '└', '╰', '+']) || Row::of(line).rule;
        let field = self.cursor.map(|at| at.wrapping_sub(boxed.rows.start)).filter(|at| *at < inside.len());
        let text: Vec<&str> = inside
            .iter()
            .enumerate()
            .map(|(at, line)| (at, line.trim()))
            .skip_while(|(_, line)| line.is_empty())
            .take_while(|(at, line)| {
                !(line.is_empty()
                    || framed(line)
                    || is_buttons(line)
                    || are_answers(line)
                    || entry(line).is_some())
                    && Some(*at) != field
            })
            .map(|(_, line)| line.trim_matches(|c: char| c.is_whitespace() || is_box(c)))
            .collect();
        let text = text.join(" ");
        let label = field.map(|at| inside[at].trim().to_owned()).unwrap_or_default();
        let label = label.trim_matches(|c: char| c.is_whitespace() || is_box(c));
        let label = match label.split_once([':', '：']) {
            Some((label, _)) if !label.is_empty() => format!("{label}:"),
            _ => String::new(),
        };
        let title = boxed.title.trim();
        let text = match (title.is_empty(), text.is_empty()) {
            (false, true) => title.to_owned(),
            (false, false) if !text.contains(title) => format!("{title}: {text}"),
            _ => text,
        };
        match (text.is_empty(), label.is_empty()) {
            (true, true) => None,
            (true, false) => Some(label),
            (false, true) => Some(text),
            (false, false) => Some(join(&text, &label)),
        }
    }

    /// The innermost box around the cursor or around buttons.
    fn boxed(&self) -> Option<Boxed> {
        let boxes = (0..self.whole.len()).rev().flat_map(|top| Boxed::at(&self.whole, top));
        let here = |boxed: &Boxed| {
            self.cursor.is_some_and(|at| boxed.rows.contains(&at) && boxed.columns.contains(&self.column))
        };
        let mut found: Vec<Boxed> =
            boxes.filter(|boxed| boxed.has_buttons || boxed.is_popup || here(boxed)).collect();
        let with_buttons = found.iter().position(|boxed| boxed.has_buttons || boxed.is_popup);
        with_buttons.map(|at| found.swap_remove(at)).or_else(|| found.into_iter().next())
    }
}

/// A box that is drawn with corners, with or without something else beside it.
struct Boxed {
    title: String,
    /// The rows between its borders.
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    has_buttons: bool,
    /// Something stands on both sides, and it asks.
    is_popup: bool,
}

impl Boxed {
    /// Those whose upper border is in this row.
    fn at(whole: &[&str], top: usize) -> Vec<Boxed> {
        let chars: Vec<char> = whole[top].chars().collect();
        let lefts = (0..chars.len()).filter(|at| {
            matches!(chars[*at], '┌' | '╭' | '╔') || chars[*at] == '+' && chars.get(at + 1) == Some(&'-')
        });
        lefts.filter_map(|left| Boxed::from(whole, top, &chars, left)).collect()
    }

    fn from(whole: &[&str], top: usize, chars: &[char], left: usize) -> Option<Boxed> {
        let right =
            (left + 1..chars.len()).find(|at| matches!(chars[*at], '┐' | '╮' | '╗') || chars[*at] == '+')?;
        let cell = |row: usize| whole.get(row).and_then(|row| row.chars().nth(left));
        let bottom = (top + 1..whole.len()).find(|row| matches!(cell(*row), Some('└' | '╰' | '╚' | '+')))?;
        let walled = (top + 1..bottom).all(|row| matches!(cell(row), Some('│' | '║' | '|' | '├' | '┃')));
        if right - left < 8 || !walled || bottom == top + 1 {
            return None;
        }
        let title: String = chars[left + 1..right].iter().collect();
        let title = title.trim_matches(|c: char| {
            c.is_whitespace() || is_box(c) || matches!(c, '-' | '┤' | '├' | '[' | ']')
        });
        let mut boxed = Boxed {
            title: title.to_owned(),
            rows: top + 1..bottom,
            columns: left..right + 1,
            has_buttons: false,
            is_popup: false,
        };
        let inside = boxed.inside(whole);
        boxed.has_buttons = inside.iter().any(|line| is_buttons(line.trim()));
        let beside = |row: usize| {
            let (left, right) = (boxed.columns.start, boxed.columns.end);
            let filled = |mut part: Box<dyn Iterator<Item = char> + '_>| part.any(|c| !c.is_whitespace());
            filled(Box::new(whole[row].chars().take(left)))
                && filled(Box::new(whole[row].chars().skip(right)))
        };
        let asked = inside.iter().rev().map(|line| line.trim()).find(|line| !line.is_empty());
        boxed.is_popup = left > 2 && boxed.rows.clone().any(beside) && asked.is_some_and(asks);
        Some(boxed)
    }

    fn inside(&self, whole: &[&str]) -> Vec<String> {
        let width = self.columns.len().saturating_sub(2);
        self.rows
            .clone()
            .map(|row| whole[row].chars().skip(self.columns.start + 1).take(width).collect())
            .collect()
    }
}
