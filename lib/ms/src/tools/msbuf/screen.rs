//! What is on a session's screen now: from its server, which has it, or by showing the output to a
//! terminal model here if there is no server or it does not answer at once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::Out;
use crate::client::connect::Connection;
use ms_terminal::screen::Screen;
use ms_terminal::screen::replay::safe_start;
use msession::format::error::{Error, Result};
use msession::format::frame::{Request, ScreenReply};
use msession::query::output::Source;

/// A server that is not stopped answers within this, even if it has much to catch up with.
const AT_ONCE: Duration = Duration::from_millis(150);

/// The screen.
pub(super) fn of(source: &mut Source) -> Result<ScreenReply> {
    match source.session().and_then(|session| Connection::ask_within(session, &Request::Screen, AT_ONCE).ok())
    {
        Some(reply) => serde_json::from_value(reply).map_err(|why| Error::damaged("screen", why)),
        None => Ok(ScreenReply::of(&replayed(source, None)?, source.range.written)),
    }
}

/// The screen as it was at `end`, by default now.
pub(super) fn replayed(source: &mut Source, end: Option<u64>) -> Result<Screen> {
    source.look()?;
    let (floor, written) = (source.range.floor, end.unwrap_or(source.range.written));
    let ((cols, rows), later) = source.sizes_from(floor)?;
    let mut screen = Screen::new(cols, rows);
    let mut sizes = later.into_iter().filter(|mark| mark.offset <= written).peekable();
    let mut cut_off = floor > 0;
    source.copy(floor, written, |mut offset, mut bytes| {
        if std::mem::take(&mut cut_off) {
            let skip = safe_start(bytes);
            (offset, bytes) = (offset + skip as u64, &bytes[skip..]);
        }
        let end = offset + bytes.len() as u64;
        while let Some(mark) = sizes.next_if(|mark| mark.offset < end) {
            let (before, after) = bytes.split_at(mark.offset.saturating_sub(offset) as usize);
            // Where the model failed it is as new, and goes on with what comes.
            let _ = screen.feed(before);
            let _ = screen.resize(mark.cols, mark.rows);
            (offset, bytes) = (offset + before.len() as u64, after);
        }
        let _ = screen.feed(bytes);
        Ok(())
    })?;
    for mark in sizes {
        let _ = screen.resize(mark.cols, mark.rows);
    }
    Ok(screen)
}

/// Prints the rows, without empty ones at the end.
pub(super) fn print(reply: &ScreenReply, styled: bool, out: &mut Out) -> Result<()> {
    let rows = if styled { &reply.styled } else { &reply.lines };
    let used = rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
    rows[..used].iter().try_for_each(|row| out.raw_line(row))
}

/// The screen for programs.
pub(super) fn to_json(source: &Source, reply: &ScreenReply) -> Value {
    json!({
        "name": source.record.name,
        "id": source.record.id,
        "cols": reply.cols,
        "rows": reply.rows,
        "lines": reply.lines,
        "cursor": { "col": reply.cursor.0, "row": reply.cursor.1, "visible": reply.cursor_visible },
        "alternate": reply.alternate,
        "next": reply.offset,
    })
}
