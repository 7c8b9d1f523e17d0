//! Output in the form that was asked for, piece by piece: as it was written, as plain lines, or with its
//! looks but without what a terminal might do because of it.

use std::io::{self, Write};

use ms_terminal::screen::plain::Lines;
use ms_terminal::screen::replay::{Sanitizer, began_on_alternate, safe_start};
use msession::format::error::{Error, Result};
use msession::query::output::Source;
use msession::query::output::Start;
use msession::store::ring::SizeMark;

/// So much of the beginning is looked at to tell which screen it was shown on.
const HEAD: u64 = 1 << 20;

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Raw,
    Ansi,
}

/// Output on its way into a form.
pub(super) enum Render {
    Raw,
    Ansi(Sanitizer),
    Text(Text),
}

/// Lines, and the sizes of the terminal that they will come to.
pub(super) struct Text {
    lines: Lines,
    sizes: std::iter::Peekable<std::vec::IntoIter<SizeMark>>,
}

/// Writes what was written from `start` to `to`, and returns how much was lost in between.
pub(super) fn print(
    source: &mut Source,
    form: Form,
    start: Start,
    to: u64,
    out: &mut impl Write,
) -> Result<u64> {
    let (head, skip) = match form {
        Form::Raw => (Vec::new(), 0),
        _ => head(source, start, to)?,
    };
    let mut render = Render::new(source, form, start.offset, began_on_alternate(&head, false))?;
    let failed = || Error::system("standard output");
    render.feed(start.offset + skip as u64, &head[skip..], out).map_err(failed())?;
    let mut expected = start.offset + head.len() as u64;
    let mut lost = 0;
    source.copy(expected, to, |offset, bytes| {
        lost += offset - expected;
        expected = offset + bytes.len() as u64;
        render.feed(offset, bytes, out).map_err(failed())
    })?;
    render.finish(out).map_err(failed())?;
    Ok(lost)
}

/// The beginning, and how much of it is the end of something that is gone. A beginning that somebody
/// chose is taken as it is.
fn head(source: &mut Source, start: Start, to: u64) -> Result<(Vec<u8>, usize)> {
    if start.offset == 0 {
        return Ok((Vec::new(), 0));
    }
    let cut_off = start.offset == source.range.floor;
    let head = source.read_all(start.offset, to.min(start.offset + HEAD))?;
    let skip = if cut_off { safe_start(&head) } else { 0 };
    Ok((head, skip))
}

impl Render {
    pub(super) fn new(source: &Source, form: Form, offset: u64, alternate: bool) -> Result<Render> {
        Ok(match form {
            Form::Raw => Render::Raw,
            Form::Ansi => Render::Ansi(Sanitizer::new(alternate)),
            Form::Text => {
                let ((cols, _), later) = source.sizes_from(offset)?;
                Render::Text(Text { lines: Lines::new(cols, alternate), sizes: later.into_iter().peekable() })
            }
        })
    }

    /// Takes what was written from `offset` on.
    pub(super) fn feed(&mut self, offset: u64, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        match self {
            Render::Raw => out.write_all(bytes),
            Render::Ansi(sanitizer) => {
                let mut clean = Vec::with_capacity(bytes.len());
                sanitizer.feed(bytes, &mut clean);
                out.write_all(&clean)
            }
            Render::Text(text) => text.feed(offset, bytes, out),
        }
    }

    pub(super) fn finish(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Render::Raw => Ok(()),
            Render::Ansi(sanitizer) => {
                let mut clean = Vec::new();
                sanitizer.finish(&mut clean);
                out.write_all(&clean)
            }
            Render::Text(text) => text.lines.finish(out),
        }
    }
}

impl Text {
    fn feed(&mut self, mut offset: u64, mut bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        let end = offset + bytes.len() as u64;
        while let Some(mark) = self.sizes.next_if(|mark| mark.offset < end) {
            let (before, after) = bytes.split_at(mark.offset.saturating_sub(offset) as usize);
            self.lines.feed(before, out)?;
            self.lines.set_cols(mark.cols);
            offset += before.len() as u64;
            bytes = after;
        }
        self.lines.feed(bytes, out)
    }
}

/// The last lines of `text`; the last one may lack its end.
pub(super) fn last_lines(text: &[u8], count: usize) -> &[u8] {
    if count == 0 {
        return &[];
    }
    let ended = text.last() == Some(&b'\n');
    let start = memchr::memrchr_iter(b'\n', text).nth(count - usize::from(!ended));
    &text[start.map_or(0, |at| at + 1)..]
}

/// The last bytes of `text`, from a character's beginning on.
pub(super) fn last_bytes(text: &[u8], count: usize) -> &[u8] {
    let rest = &text[text.len().saturating_sub(count)..];
    let inside = rest.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
    &rest[inside..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_counted_as_tail_counts_them() {
        assert_eq!(last_lines(b"a\nb\nc\n", 2), b"b\nc\n");
        assert_eq!(last_lines(b"a\nb\nc", 2), b"b\nc");
        assert_eq!(last_lines(b"a\nb\n", 9), b"a\nb\n");
        assert_eq!(last_lines(b"a\n", 0), b"");
        assert_eq!(last_lines(b"", 3), b"");
    }

    #[test]
    fn the_last_bytes_begin_with_a_whole_character() {
        assert_eq!(last_bytes("aé".as_bytes(), 1), b"");
        assert_eq!(last_bytes("aé".as_bytes(), 2), "é".as_bytes());
        assert_eq!(last_bytes(b"abc", 9), b"abc");
    }
}
