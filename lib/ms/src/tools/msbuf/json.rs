//! Output for programs: an object with the text, where it lies in the output, and where to go on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::follow::{Lines, Sink};
use super::render::{self, Form};
use crate::cli::Out;
use msession::format::error::Result;
use msession::query::output::Source;
use msession::query::output::Start;

/// What is wanted of the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub(super) lines: Option<usize>,
    pub(super) bytes: Option<usize>,
}

impl Last {
    pub(super) fn of(self, text: &[u8]) -> &[u8] {
        match (self.lines, self.bytes) {
            (Some(lines), _) => render::last_lines(text, lines),
            (_, Some(bytes)) => render::last_bytes(text, bytes),
            _ => text,
        }
    }
}

/// One object with everything from `start` on.
pub(super) fn all(source: &mut Source, form: Form, start: Start, last: Last) -> Result<Value> {
    let to = source.range.written;
    let mut text = Vec::new();
    let lost = render::print(source, form, start, to, &mut text)?;
    Ok(object(source, form, start.offset, to, start.gap + lost, last.of(&text)))
}

/// `offset` and `next` are of the output, whatever became of it in the text; `gap` bytes are missing.
fn object(source: &Source, form: Form, offset: u64, next: u64, gap: u64, text: &[u8]) -> Value {
    let mut value = json!({
        "name": source.record.name,
        "id": source.record.id,
        "status": source.status.status,
        "offset": offset,
        "next": next,
        "gap": gap,
    });
    match form {
        // Bytes that need not be text.
        Form::Raw => value["raw"] = json!(STANDARD.encode(text)),
        Form::Ansi => value["ansi"] = json!(String::from_utf8_lossy(text)),
        Form::Text => value["text"] = json!(String::from_utf8_lossy(text)),
    }
    value
}

/// One object a line for each piece that comes.
pub(super) struct Objects {
    form: Form,
    out: Out,
    lines: Lines<Vec<u8>>,
    gap: u64,
    offset: Option<u64>,
}

impl Objects {
    pub(super) fn new(form: Form, out: Out) -> Objects {
        Objects { form, out, lines: Lines::new(form, Vec::new()), gap: 0, offset: None }
    }

    fn tell(&mut self, source: &Source, next: u64) -> Result<()> {
        let text = self.lines.taken();
        if text.is_empty() {
            return Ok(());
        }
        let (offset, gap) = (self.offset.take().unwrap_or(next), std::mem::take(&mut self.gap));
        self.out.json(&object(source, self.form, offset, next, gap, &text))?;
        self.out.flush()
    }
}

impl Sink for Objects {
    fn take(&mut self, source: &Source, offset: u64, bytes: &[u8], gap: u64) -> Result<()> {
        self.gap += gap;
        self.offset.get_or_insert(offset);
        self.lines.feed(source, offset, bytes)?;
        let next = offset + (bytes.len() - self.lines.open()) as u64;
        self.tell(source, next)
    }

    fn end(&mut self, source: &Source) -> Result<()> {
        self.lines.finish(source)?;
        self.tell(source, source.range.written)
    }
}
