//! The protocol between two threads over plain atomics: on a real machine, and under miri (`make miri`), which
//! tells of a race, of memory that is not there, and tries weak orders. `race` tries all orders of a few steps;
//! here many steps are taken in some.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering, fence};
use std::thread;

use crate::format::error::Result;
use crate::store::ring::protocol::{self, Fetch, Producer, Store, Word, Words};

const LIMIT: u64 = 64;
/// miri takes a thousand times as long.
const TOTAL: u64 = if cfg!(miri) { 1_500 } else { 300_000 };

struct Memory {
    words: [AtomicU64; 3],
    bytes: [AtomicU8; LIMIT as usize],
}

impl Memory {
    fn word(&self, word: Word) -> &AtomicU64 {
        &self.words[word as usize / 8]
    }
}

impl Store for &Memory {
    fn set(&self, word: Word, value: u64) {
        self.word(word).store(value, Ordering::Release);
    }

    fn fence(&self) {
        fence(Ordering::Release);
    }
}

impl Fetch for &Memory {
    fn words(&self) -> Result<Words> {
        let [capacity, floor, written] =
            [Word::Capacity, Word::Floor, Word::Written].map(|word| self.word(word).load(Ordering::Relaxed));
        Ok(Words { written, floor, capacity })
    }

    fn bytes(&self, position: u64, into: &mut [u8]) -> Result<()> {
        let from = &self.bytes[position as usize..];
        into.iter_mut().zip(from).for_each(|(byte, from)| *byte = from.load(Ordering::Relaxed));
        Ok(())
    }

    fn fence(&self) {
        fence(Ordering::Acquire);
    }

    fn limit(&self) -> u64 {
        LIMIT
    }
}

fn byte(offset: u64) -> u8 {
    (offset % 251) as u8 + 1
}

fn write(memory: &Memory) {
    let mut producer = Producer::new(LIMIT);
    producer.extend(LIMIT);
    while producer.words().written < TOTAL {
        let want = 1 + producer.words().written % 13;
        let (position, len) = producer.claim(want, &memory);
        for at in 0..len {
            let value = byte(producer.words().written + at);
            memory.bytes[(position + at) as usize].store(value, Ordering::Relaxed);
        }
        producer.publish(len, &memory);
    }
}

/// Reads until the writer is done; returns how many reads had something.
fn read(memory: &Memory) -> u64 {
    let (mut offset, mut reads, mut bytes) = (0, 0, Vec::new());
    while offset < TOTAL {
        // Counters that look wrong to a reader which was overtaken again and again are not looked at again.
        let Ok(chunk) = protocol::read(&memory, offset, 48, &mut bytes) else { continue };
        assert_eq!(chunk.offset, offset + chunk.gap);
        let expected: Vec<u8> = (chunk.offset..).take(bytes.len()).map(byte).collect();
        assert_eq!(bytes, expected, "a mixture at {offset}");
        reads += u64::from(!bytes.is_empty());
        offset = chunk.offset + bytes.len() as u64;
        if bytes.is_empty() {
            thread::yield_now();
        }
    }
    reads
}

#[test]
fn a_reader_in_another_thread_sees_no_mixture() {
    let memory = Memory {
        words: [0, 0, LIMIT].map(AtomicU64::new),
        bytes: [const { AtomicU8::new(0) }; LIMIT as usize],
    };
    thread::scope(|scope| {
        let reader = scope.spawn(|| read(&memory));
        write(&memory);
        assert!(reader.join().unwrap() > 0);
    });
}
