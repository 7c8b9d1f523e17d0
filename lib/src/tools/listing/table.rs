//! The table of `msls`: a mark, the name, what it waits for and how long, type, command, directory. It
//! fits the terminal's width; what does not fit is cut, the last columns first.

use std::io;
use std::path::Path;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::catalog::{Facts, Item};
use crate::cli::Out;
use crate::error::Result;
use crate::status::{Exit, Status};
use crate::time::Time;
use crate::{safe, size, sys, usage};

/// Width where none is known, in columns.
const DEFAULT_WIDTH: usize = 80;
/// No column but the last is given more than this, in columns.
const MAX_COLUMN: usize = 40;

/// Prints the items as a table.
pub fn print(out: &mut Out, items: &[Item], long: bool) -> Result<()> {
    let now = Time::now();
    let home = std::env::var("HOME").unwrap_or_default();
    let rows: Vec<Vec<String>> = items.iter().map(|item| row(item, long, now, &home)).collect();
    let limit = if out.is_terminal() { width() } else { usize::MAX };
    for line in lay_out(&rows, limit) {
        out.line(line)?;
    }
    Ok(())
}

fn width() -> usize {
    match sys::tty::size(io::stdout()) {
        Ok((cols, _)) if cols > 0 => usize::from(cols),
        _ => DEFAULT_WIDTH,
    }
}

/// The mark of a status.
pub fn mark(status: Status, exit: Option<Exit>) -> &'static str {
    match status {
        Status::Waiting => "◐",
        Status::Processing => "⏳",
        Status::Active => "·",
        Status::Paused => "‖",
        Status::Completed if exit.is_some_and(Exit::is_success) => "✓",
        Status::Completed => "✗",
    }
}

fn row(item: &Item, long: bool, now: Time, home: &str) -> Vec<String> {
    let facts = match &item.facts {
        Ok(facts) => facts,
        Err(error) => {
            let mut row = vec!["!".to_owned(), item.name.to_string(), "damaged".to_owned()];
            row.push(safe::safe_text(&error.to_string(), 200));
            return row;
        }
    };
    let status = &facts.status;
    let what = match (status.kind, status.exit) {
        (_, Some(exit)) => exit.to_string(),
        (Some(kind), None) => kind.to_string(),
        (None, None) => status.status.to_string(),
    };
    let mut row = vec![
        mark(status.status, status.exit).to_owned(),
        item.name.to_string(),
        what,
        span(status.since.until(now)),
    ];
    if long {
        row.extend(resources(facts, now));
    }
    row.push(if facts.record.kind.is_empty() { "-".into() } else { facts.record.kind.clone() });
    row.push(safe::safe_text(&facts.record.argv.join(" "), 200));
    row.push(safe::safe_text(&short_directory(&facts.record.cwd, home), 200));
    row
}

/// Memory of the programs and of the ring, CPU time, age.
fn resources(facts: &Facts, now: Time) -> [String; 4] {
    let used =
        if facts.status.status == Status::Completed { None } else { usage::of_tree(facts.record.child_pid) };
    let held = facts.place.written - facts.place.floor;
    [
        used.map_or("-".into(), |used| size::show(used.memory)),
        size::show(held),
        used.map_or("-".into(), |used| span(used.cpu)),
        span(facts.record.created.until(facts.status.ended.unwrap_or(now))),
    ]
}

fn short_directory(path: &str, home: &str) -> String {
    match Path::new(path).strip_prefix(home) {
        Ok(rest) if !home.is_empty() && rest.as_os_str().is_empty() => "~".into(),
        Ok(rest) if !home.is_empty() => format!("~/{}", rest.display()),
        _ => path.to_owned(),
    }
}

/// A span of time in at most four characters: `7s`, `12m`, `3h`, `5d`.
pub fn span(duration: Duration) -> String {
    match duration.as_secs() {
        s @ 0..60 => format!("{s}s"),
        s @ 60..3600 => format!("{}m", s / 60),
        s @ 3600..86400 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86400),
    }
}

/// The rows as lines of at most `limit` columns.
fn lay_out(rows: &[Vec<String>], limit: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|text| text.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0).min(MAX_COLUMN)).collect();
    rows.iter().map(|row| lay_out_row(row, &widths, limit)).collect()
}

fn lay_out_row(row: &[String], widths: &[usize], limit: usize) -> String {
    let (mut line, mut used) = (String::new(), 0);
    for (column, text) in row.iter().enumerate() {
        let last = column + 1 == row.len();
        let room = limit.saturating_sub(used);
        let wanted = if last { text.width() } else { widths[column] };
        let cell = cut(text, wanted.min(room));
        let cell_width = cell.width();
        line.push_str(&cell);
        used += cell_width;
        if last || used >= limit {
            break;
        }
        let gap = (wanted.saturating_sub(cell_width) + 2).min(limit - used);
        line.extend(std::iter::repeat_n(' ', gap));
        used += gap;
    }
    line.truncate(line.trim_end().len());
    line
}

/// The text in at most `room` columns; a cut is shown by `…`.
fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), 0);
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if used + width + 1 > room {
            break;
        }
        kept.push(c);
        used += width;
    }
    if room > 0 {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_whatever_the_width() {
        let rows = vec![
            vec!["◐".into(), "build".into(), "password".into(), "日本語日本語日本語".into()],
            vec!["⏳".into(), "a".into(), "processing".into(), "x".repeat(300)],
        ];
        for limit in 0..60 {
            for line in lay_out(&rows, limit) {
                assert!(line.width() <= limit, "{limit}: {line}");
            }
        }
        let lines = lay_out(&rows, 40);
        assert_eq!(lines[0], "◐   build  password    日本語日本語日…");
    }

    #[test]
    fn spans_are_short() {
        for (seconds, text) in [(0, "0s"), (59, "59s"), (60, "1m"), (7200, "2h"), (200_000, "2d")] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn home_is_a_tilde() {
        assert_eq!(short_directory("/home/a/src", "/home/a"), "~/src");
        assert_eq!(short_directory("/home/a", "/home/a"), "~");
        assert_eq!(short_directory("/srv", ""), "/srv");
    }
}
