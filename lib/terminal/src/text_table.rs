//! Rows of text in columns that fit a width, and spans of time in a few characters: for everything that
//! lists things for eyes. It prints nothing and knows nothing of what it lists.

use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// No column but the last is given more than this, in columns.
const MAX_COLUMN: usize = 40;

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
pub fn lay_out(rows: &[Vec<String>], limit: usize) -> Vec<String> {
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
pub fn cut(text: &str, room: usize) -> String {
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
        assert_eq!(lines[0], "◐   build  password    日本語日本語日本…");
    }

    #[test]
    fn spans_are_short() {
        for (seconds, text) in [(0, "0s"), (59, "59s"), (60, "1m"), (7200, "2h"), (200_000, "2d")] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
