//! Any series of operations against a plain queue that forgets its oldest bytes.

use std::collections::VecDeque;
use std::io::Write;
use std::os::fd::AsFd;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    FromPipe { len: usize, limit: usize },
    Read { offset: u64, max: usize },
    Resize(u16),
    Move,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0usize..9000).prop_map(Step::Append),
        4 => (1usize..4000, 1usize..9000).prop_map(|(len, limit)| Step::FromPipe { len, limit }),
        4 => (0u64..90_000, 0usize..9000).prop_map(|(offset, max)| Step::Read { offset, max }),
        1 => (1u16..500).prop_map(Step::Resize),
        1 => Just(Step::Move),
    ];
    prop::collection::vec(step, 1..40)
}

/// The ring under test and the queue beside it.
struct Pair {
    writer: Writer,
    reader: Reader,
    kept: VecDeque<u8>,
    written: u64,
    /// How much more than it must a ring may have forgotten.
    slack: u64,
    sizes: Vec<(u64, u16)>,
}

impl Pair {
    fn new(capacity: u64, room: u64) -> Pair {
        let (writer, reader) = ring(capacity);
        writer.tracks.space.budget.set(room);
        Pair { writer, reader, kept: VecDeque::new(), written: 0, slack: 0, sizes: vec![(0, 80)] }
    }

    /// The next `len` bytes: each offset has a byte of its own.
    fn next(&self, len: usize) -> Vec<u8> {
        let byte = |offset: u64| (offset.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8;
        (self.written..self.written + len as u64).map(byte).collect()
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend(bytes);
        self.written += bytes.len() as u64;
        self.kept.drain(..self.kept.len().saturating_sub(self.writer.capacity() as usize));
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Append(len) => {
                let bytes = self.next(len);
                self.writer.append_at(&bytes, NOW);
                self.keep(&bytes);
                self.slack = self.slack.saturating_sub(len as u64);
            }
            Step::FromPipe { len, limit } => self.pipe_in(len, limit)?,
            Step::Read { offset, max } => self.read(offset, max)?,
            Step::Resize(cols) => {
                self.writer.mark_size(cols, 24, NOW);
                if self.sizes.last().unwrap().1 != cols {
                    self.sizes.push((self.written, cols));
                }
            }
            Step::Move => self.move_on(),
        }
        self.check()
    }

    /// Gives the ring all that a pipe holds, in as many reads as it likes.
    fn pipe_in(&mut self, len: usize, limit: usize) -> Result<(), TestCaseError> {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let bytes = self.next(len);
        writer.write_all(&bytes).unwrap();
        drop(writer);
        let mut done = 0;
        loop {
            let got = self.writer.read_from(reader.as_fd(), limit).unwrap();
            prop_assert!(got <= limit);
            self.keep(&bytes[done..done + got]);
            done += got;
            let piece = self.writer.capacity().div_ceil(4).min(limit as u64);
            self.slack = piece.max(self.slack).saturating_sub(got as u64);
            if got == 0 {
                prop_assert_eq!(done, len);
                return Ok(());
            }
        }
    }

    fn move_on(&mut self) {
        let file = empty_file();
        self.writer.move_to(file.try_clone().unwrap()).unwrap();
        assert!(self.reader.snapshot().unwrap().moved);
        self.reader = Reader::open(file).unwrap();
    }

    fn read(&self, offset: u64, max: usize) -> Result<(), TestCaseError> {
        let (mut bytes, mut own) = (Vec::new(), Vec::new());
        let chunk = self.reader.read(offset, max, &mut bytes).unwrap();
        prop_assert_eq!(self.writer.read(offset, max, &mut own), chunk);
        prop_assert_eq!(&own, &bytes);
        prop_assert_eq!(chunk.offset, offset.max(self.writer.floor()));
        prop_assert_eq!(chunk.gap, chunk.offset - offset);
        let behind = (self.written - self.kept.len() as u64).abs_diff(chunk.offset) as usize;
        prop_assert!(self.kept.iter().skip(behind).take(max).eq(&bytes), "other bytes at {}", chunk.offset);
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let floor = self.written - self.kept.len() as u64;
        let seen = self.reader.snapshot().unwrap();
        prop_assert_eq!(seen, self.writer.snapshot());
        prop_assert_eq!(seen.written, self.written);
        prop_assert!((floor..=floor + self.slack).contains(&seen.floor), "{floor}+{} {seen:?}", self.slack);
        prop_assert_eq!(seen.is_shortened(), self.writer.shortened());
        let sizes: Vec<_> =
            self.reader.size_marks().unwrap().iter().map(|mark| (mark.offset, mark.cols)).collect();
        prop_assert_eq!(&sizes, &self.sizes);
        self.read(0, usize::MAX)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_ring_is_a_queue_that_forgets(
        steps in steps(),
        capacity in 4096u64..40_000,
        room in prop_oneof![Just(u64::MAX), 0u64..60_000],
    ) {
        let mut pair = Pair::new(capacity, room);
        for step in steps {
            pair.take(step)?;
        }
    }
}

#[test]
fn a_ring_without_more_room_makes_do_with_what_it_has() {
    let mut pair = Pair::new(40_000, 8192);
    for _ in 0..10 {
        pair.take(Step::Append(5000)).unwrap();
    }
    assert_eq!(pair.writer.capacity(), 16_384);
    assert!(pair.writer.shortened() && pair.reader.snapshot().unwrap().is_shortened());
    assert_eq!(pair.writer.floor(), 50_000 - 16_384);
}
