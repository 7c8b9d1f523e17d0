//! When output was written and how large the terminal was then: the marks of `layout`, and questions
//! that they answer. It will never read a clock or a file.

use super::layout::word;
use ms_platform::time::Time;

/// Bytes of a mark of time.
pub(super) const TIME_LEN: usize = 16;
/// Bytes of a mark of size.
pub(super) const SIZE_LEN: usize = 32;
/// Least distance of fine marks, in milliseconds.
const FINE: u64 = 10;
/// Least distance of coarse marks, in milliseconds.
const COARSE: u64 = 30_000;
/// How early the writer's clock may be, in milliseconds: a tick of the slowest kernel.
const TICK: u64 = 10;

/// From `offset` to the next mark's, output was written at `time` or up to `span_ms` later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeMark {
    /// When the first byte was written.
    pub time: Time,
    /// Offset of that byte.
    pub offset: u64,
    /// How much later the last byte may have been written, in milliseconds.
    pub span_ms: u64,
}

/// From `offset` on, output was written for this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeMark {
    /// When the terminal got this size.
    pub time: Time,
    /// Offset of the first byte written after.
    pub offset: u64,
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

/// Decides when a mark of time is due.
#[derive(Debug)]
pub(super) struct Pace {
    least: u64,
    last: Option<Time>,
}

impl Pace {
    pub(super) fn fine() -> Pace {
        Pace { least: FINE, last: None }
    }

    pub(super) fn coarse() -> Pace {
        Pace { least: COARSE, last: None }
    }

    /// Whether output at `now` needs a mark of its own; if so, the next is due after this one. A clock
    /// that was set back makes one.
    pub(super) fn is_due(&mut self, now: Time) -> bool {
        let due = self.last.is_none_or(|last| now < last || now.0 - last.0 >= self.least);
        if due {
            self.last = Some(now);
        }
        due
    }
}

pub(super) fn time_bytes(time: Time, offset: u64) -> [u8; TIME_LEN] {
    let mut bytes = [0; TIME_LEN];
    bytes[..8].copy_from_slice(&time.0.to_le_bytes());
    bytes[8..].copy_from_slice(&offset.to_le_bytes());
    bytes
}

pub(super) fn size_bytes(mark: SizeMark) -> [u8; SIZE_LEN] {
    let mut bytes = [0; SIZE_LEN];
    bytes[..TIME_LEN].copy_from_slice(&time_bytes(mark.time, mark.offset));
    bytes[16..18].copy_from_slice(&mark.cols.to_le_bytes());
    bytes[18..20].copy_from_slice(&mark.rows.to_le_bytes());
    bytes
}

/// The marks of size in `bytes`.
pub(super) fn sizes(bytes: &[u8]) -> Vec<SizeMark> {
    let size = |b: &[u8]| SizeMark {
        time: Time(word(b, 0)),
        offset: word(b, 8),
        cols: u16::from_le_bytes([b[16], b[17]]),
        rows: u16::from_le_bytes([b[18], b[19]]),
    };
    bytes.chunks_exact(SIZE_LEN).map(size).collect()
}

/// The marks of time in the two tracks: the coarse ones as far as the fine ones do not reach.
pub(super) fn times(coarse: &[u8], fine: &[u8]) -> Vec<TimeMark> {
    let fine = decode(fine, FINE);
    let first = fine.first().map_or(u64::MAX, |mark| mark.offset);
    let mut marks = decode(coarse, COARSE);
    marks.retain(|mark| mark.offset < first);
    marks.extend(fine);
    marks
}

fn decode(bytes: &[u8], least: u64) -> Vec<TimeMark> {
    let span_ms = least + TICK;
    let mark = |b: &[u8]| TimeMark { time: Time(word(b, 0)), offset: word(b, 8), span_ms };
    bytes.chunks_exact(TIME_LEN).map(mark).collect()
}

/// Offset of the first byte that may have been written at `time` or later, as far as `marks` tell:
/// too early by a mark's span at most; 0 if they do not reach back that far. `None`: all of it was
/// written before.
pub fn offset_at(marks: &[TimeMark], time: Time) -> Option<u64> {
    let late = |mark: &&TimeMark| mark.time.0.saturating_add(mark.span_ms) > time.0;
    // From the newest back: a clock that was set back leaves marks out of order.
    let count = marks.iter().rev().take_while(late).count();
    match marks.len() - count {
        0 if count > 0 => Some(0),
        first => marks.get(first).map(|mark| mark.offset),
    }
}

/// When the byte at `offset` was written; `None` if no mark reaches back that far.
pub fn time_of(marks: &[TimeMark], offset: u64) -> Option<Time> {
    let after = marks.partition_point(|mark| mark.offset <= offset);
    Some(marks.get(after.checked_sub(1)?)?.time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(pairs: &[(u64, u64)]) -> Vec<TimeMark> {
        let mark = |&(time, offset): &(u64, u64)| TimeMark { time: Time(time), offset, span_ms: FINE };
        pairs.iter().map(mark).collect()
    }

    #[test]
    fn marks_are_made_ten_milliseconds_apart_or_when_the_clock_is_set_back() {
        let mut pace = Pace::fine();
        let due: Vec<_> = [100, 105, 109, 110, 119, 120, 50, 55].map(|ms| pace.is_due(Time(ms))).into();
        assert_eq!(due, [true, false, false, true, false, true, true, false]);
    }

    #[test]
    fn an_offset_is_never_too_late() {
        let marks = marks(&[(100, 0), (110, 5), (500, 9)]);
        for (time, offset) in [(0, 0), (100, 0), (109, 0), (110, 5), (119, 5), (120, 9), (509, 9)] {
            assert_eq!(offset_at(&marks, Time(time)), Some(offset), "{time}");
        }
        assert_eq!(offset_at(&marks, Time(510)), None);
        assert_eq!(offset_at(&marks[1..], Time(105)), Some(0), "what was written before has no mark");
        assert_eq!(offset_at(&[], Time(0)), None);
    }

    #[test]
    fn after_the_clock_was_set_back_the_newest_marks_count() {
        let marks = marks(&[(1000, 0), (5000, 10), (2000, 20), (3000, 30)]);
        assert_eq!(offset_at(&marks, Time(2500)), Some(30));
        assert_eq!(offset_at(&marks, Time(1500)), Some(10));
        assert_eq!(time_of(&marks, 25), Some(Time(2000)));
    }

    #[test]
    fn a_time_is_that_of_the_last_mark_before() {
        let marks = marks(&[(100, 3), (110, 5)]);
        assert_eq!(time_of(&marks, 2), None);
        assert_eq!(time_of(&marks, 4), Some(Time(100)));
        assert_eq!(time_of(&marks, 5), Some(Time(110)));
    }

    #[test]
    fn coarse_marks_serve_where_fine_ones_are_gone() {
        let coarse = [time_bytes(Time(0), 0), time_bytes(Time(30_000), 70)].concat();
        let fine = [time_bytes(Time(29_000), 60), time_bytes(Time(30_000), 70)].concat();
        let seen: Vec<_> = times(&coarse, &fine).iter().map(|m| (m.time.0, m.offset, m.span_ms)).collect();
        assert_eq!(seen, [(0, 0, COARSE + TICK), (29_000, 60, FINE + TICK), (30_000, 70, FINE + TICK)]);
    }

    #[test]
    fn marks_have_these_bytes() {
        assert_eq!(time_bytes(Time(0x0102), 3), *b"\x02\x01\0\0\0\0\0\0\x03\0\0\0\0\0\0\0");
        let size = SizeMark { time: Time(1), offset: 2, cols: 0x1234, rows: 24 };
        let bytes = size_bytes(size);
        assert_eq!(bytes, *b"\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x34\x12\x18\0\0\0\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(sizes(&bytes), [size]);
    }
}
