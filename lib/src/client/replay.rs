//! What was printed while nobody looked, to scroll by before the screen is painted: cleaned of all that
//! acts, bounded, and with a line that says what is missing.

use crate::error::Result;
use crate::ring;
use crate::scan::machine::{State, incomplete_utf8};
use crate::screen::replay::{Sanitizer, began_on_alternate, safe_start};
use crate::size;

/// How much of what was missed is let through, in bytes.
pub(crate) const MAX_BYTES: u64 = 1 << 20;
/// And in lines.
const MAX_LINES: usize = 5000;
/// So many bytes before the stretch tell whether it begins inside a sequence.
const LOOK_BACK: u64 = 4096;
/// Bytes that are read at a time.
const READ: usize = 256 << 10;

/// A stretch of output, and what is known of its two ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Its first offset.
    pub(crate) from: u64,
    /// The offset after it.
    pub(crate) to: u64,
    /// No sequence or character is open at its first byte.
    pub(crate) starts_whole: bool,
    /// The alternate screen is shown at its end.
    pub(crate) ends_on_alternate: bool,
}

/// The stretch as it may be shown once more. Without a bound if `all` of it is wanted.
pub(crate) fn missed(ring: &ring::Reader, stretch: Stretch, all: bool, name: &str) -> Result<Vec<u8>> {
    let bound = if all { u64::MAX } else { MAX_BYTES };
    let from = stretch.from.max(stretch.to.saturating_sub(bound));
    let (bytes, gone) = read(ring, from, stretch.to)?;
    let skipped = from - stretch.from;
    let lines = if all { usize::MAX } else { MAX_LINES };
    let start = last_lines(&bytes, lines);
    let whole = start > 0 || gone == 0 && (stretch.starts_whole && skipped == 0 || is_whole_at(ring, from)?);
    let mut out = Vec::with_capacity(bytes.len());
    note(gone, skipped + start as u64, name, &mut out);
    clean(&bytes[start..], whole, stretch.ends_on_alternate, &mut out);
    Ok(out)
}

fn clean(bytes: &[u8], whole: bool, ends_on_alternate: bool, out: &mut Vec<u8>) {
    let bytes = if whole { bytes } else { &bytes[safe_start(bytes)..] };
    let mut sanitizer = Sanitizer::new(began_on_alternate(bytes, ends_on_alternate));
    sanitizer.feed(bytes, out);
    sanitizer.finish(out);
}

/// One line for what the ring no longer has, else one for what is too much.
fn note(gone: u64, skipped: u64, name: &str, out: &mut Vec<u8>) {
    let text = match (gone, skipped) {
        (1.., _) => format!("{} of earlier output are gone", size::show(gone)),
        (0, 1..) => format!("{} of earlier output are not shown; msbuf {name} has them", size::show(skipped)),
        (0, 0) => return,
    };
    out.extend_from_slice(format!("[msswitch: {text}]\r\n").as_bytes());
}

/// What is there of `from..to`, and how many bytes at its beginning are not.
fn read(ring: &ring::Reader, from: u64, to: u64) -> Result<(Vec<u8>, u64)> {
    let (mut bytes, mut piece, mut at, mut gone) = (Vec::new(), Vec::new(), from, 0);
    while at < to {
        let chunk = ring.read(at, READ.min((to - at) as usize), &mut piece)?;
        if piece.is_empty() {
            break;
        }
        if chunk.gap > 0 {
            // What was read before the gap is older than what is gone.
            gone += chunk.gap + bytes.len() as u64;
            bytes.clear();
        }
        bytes.extend_from_slice(&piece);
        at = chunk.offset + piece.len() as u64;
    }
    bytes.truncate(bytes.len().saturating_sub(at.saturating_sub(to) as usize));
    Ok((bytes, gone))
}

/// Whether no sequence or character is open at `offset`, as far as what is before it tells.
fn is_whole_at(ring: &ring::Reader, offset: u64) -> Result<bool> {
    let (before, gone) = read(ring, offset.saturating_sub(LOOK_BACK), offset)?;
    let known = if offset <= LOOK_BACK && gone == 0 { 0 } else { safe_start(&before) };
    let known = &before[known..];
    let state = known.iter().fold(State::Ground, |state, byte| state.next(*byte));
    Ok(!known.is_empty() && state == State::Ground && incomplete_utf8(known) == 0)
}

/// Where the last `most` lines begin.
fn last_lines(bytes: &[u8], most: usize) -> usize {
    memchr::memrchr_iter(b'\n', bytes).nth(most).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn ring_with(bytes: &[u8], capacity: u64) -> ring::Reader {
        let tmp = tempfile::NamedTempFile::new().unwrap();
        let file = tmp.reopen().unwrap();
        let mut writer = ring::Writer::create(file, capacity, 80, 24, Time(0)).unwrap();
        bytes.chunks(1000).for_each(|piece| writer.append_at(piece, Time(1)));
        ring::Reader::open(tmp.reopen().unwrap()).unwrap()
    }

    fn stretch(from: u64, to: usize, starts_whole: bool) -> Stretch {
        Stretch { from, to: to as u64, starts_whole, ends_on_alternate: false }
    }

    fn text(bytes: &[u8], stretch: Stretch, all: bool, capacity: u64) -> String {
        let out = missed(&ring_with(bytes, capacity), stretch, all, "build").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_come_whole_and_cleaned() {
        let bytes = b"one\r\n\x07two\x1b[6n\r\nthree\r\n";
        let all = text(bytes, stretch(0, bytes.len(), true), false, 1 << 20);
        assert!(all.starts_with("one\r\ntwo\r\nthree\r\n"), "{all:?}");
        let rest = text(bytes, stretch(2, bytes.len(), false), false, 1 << 20);
        assert!(rest.starts_with("e\r\ntwo\r\nthree\r\n"), "{rest:?}");
    }

    #[test]
    fn a_stretch_that_begins_between_sequences_is_whole() {
        let bytes = b"\x1b[1m$ make\r\n\x1b[31mred\x1b]2;title\x07\r\nend\r\n";
        for (from, shown) in [(6, "make\r\n"), (13, "\r\nend"), (2, "\x1b[31mred"), (24, "end\r\n")] {
            let text = text(bytes, stretch(from, bytes.len(), false), false, 1 << 20);
            let text = text.trim_start_matches("\x1b[m");
            assert!(text.starts_with(shown), "{from}: {text:?}");
        }
    }

    #[test]
    fn too_much_is_bounded_and_said() {
        let bytes: String = (0..20_000).map(|n| format!("line {n}\r\n")).collect();
        let shown = text(bytes.as_bytes(), stretch(0, bytes.len(), true), false, 1 << 20);
        assert!(shown.starts_with("[msswitch: ") && shown.contains("msbuf build"), "{}", &shown[..80]);
        assert_eq!(shown.lines().filter(|line| line.starts_with("line")).count(), MAX_LINES);
        assert!(shown.contains("line 19999\r\n"));
        let all = text(bytes.as_bytes(), stretch(0, bytes.len(), true), true, 1 << 20);
        assert!(all.starts_with("line 0\r\n"));
    }

    #[test]
    fn what_is_gone_is_said_with_its_length() {
        let bytes: String = (0..20_000).map(|n| format!("line {n}\r\n")).collect();
        let shown = text(bytes.as_bytes(), stretch(0, bytes.len(), true), true, 65536);
        let first = shown.lines().next().unwrap();
        assert!(first.contains("of earlier output are gone"), "{first}");
        assert!(shown.lines().nth(1).unwrap().starts_with("line "), "begins at a line");
    }
}
