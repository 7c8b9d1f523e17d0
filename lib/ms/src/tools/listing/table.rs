//! The table of `msls`: a mark, the name, what it waits for and how long, type, command, directory. It
//! fits the terminal's width; what does not fit is cut, the last columns first.

use std::path::Path;

use super::memory;
use crate::cli::Out;
use ms_platform::time::Time;
use ms_terminal::safe;
use ms_terminal::text_table::{self, span};
use msession::format::error::Result;
use msession::format::size;
use msession::format::status::StatusRecord;
use msession::query::catalog::{Facts, Item};

/// What a table shows beyond the usual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns {
    /// What the programs use.
    pub long: bool,
    /// What is asked.
    pub messages: bool,
}

/// Prints the items as a table.
///
/// # Errors
/// `System` if it cannot be written.
pub fn print(out: &mut Out, items: &[Item], columns: Columns) -> Result<()> {
    let now = Time::now();
    let home = std::env::var("HOME").unwrap_or_default();
    let rows: Vec<Vec<String>> = items.iter().map(|item| row(item, columns, now, &home)).collect();
    for line in text_table::lay_out(&rows, out.width()) {
        out.line(line)?;
    }
    Ok(())
}

fn row(item: &Item, columns: Columns, now: Time, home: &str) -> Vec<String> {
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
        (_, Some(exit)) => match &status.last {
            Some(last) => format!("{exit} ({last})"),
            None => exit.to_string(),
        },
        (Some(kind), None) => kind.to_string(),
        (None, None) => status.status.to_string(),
    };
    let mut row = vec![status.mark().to_owned(), item.name.to_string(), what, span(status.since.until(now))];
    if columns.messages {
        row.push(safe::safe_text(message(status).unwrap_or("-"), 200));
    }
    if columns.long {
        row.extend(resources(facts, now));
    }
    row.push(if facts.record.kind.is_empty() {
        "-".into()
    } else {
        safe::safe_text(&facts.record.kind, 200)
    });
    row.push(safe::safe_text(&facts.record.argv.join(" "), 200));
    row.push(safe::safe_text(&short_directory(&facts.record.cwd, home), 200));
    row.extend(facts.elsewhere.as_ref().map(|place| safe::safe_text(&format!("lives in {place}"), 200)));
    row
}

/// What is asked, or was when the session was last heard of.
fn message(status: &StatusRecord) -> Option<&str> {
    status.message.as_deref().or_else(|| status.last.as_ref()?.message.as_deref())
}

/// Memory of the programs, of the ring and of the server, CPU time, age.
fn resources(facts: &Facts, now: Time) -> [String; 5] {
    let memory = memory::of(facts);
    let programs = memory.and_then(|memory| memory.programs);
    let held = facts.range.written.saturating_sub(facts.range.floor);
    let shown = |bytes: Option<u64>| bytes.map_or("-".into(), size::show);
    [
        shown(programs.map(|used| used.memory)),
        size::show(held),
        shown(memory.and_then(|memory| memory.server)),
        programs.map_or("-".into(), |used| span(used.cpu)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_is_a_tilde() {
        assert_eq!(short_directory("/home/a/src", "/home/a"), "~/src");
        assert_eq!(short_directory("/home/a", "/home/a"), "~");
        assert_eq!(short_directory("/srv", ""), "/srv");
    }
}
