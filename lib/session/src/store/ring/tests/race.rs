//! A writer and a reader at once: every interleaving of a small ring by a model checker.
//!
//! Loom runs the protocol's own code over its atomics, in all orders that the memory model of C11
//! allows (so those of arm64, too), with each byte of the ring a relaxed atomic, as the copies of two
//! processes are to each other. It needs no `--cfg loom`: the protocol is generic over its memory.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use loom::sync::atomic::{AtomicU8, AtomicU64, Ordering, fence};
use loom::thread;

use crate::format::error::Result;
use crate::store::ring::protocol::{self, Fetch, Producer, Store, Word, Words};

/// What is left out, to show that the test would see it.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    WriterFence,
    /// Those after the bytes were copied.
    ReaderFences,
}

/// What the two share.
struct Memory {
    words: [AtomicU64; 3],
    bytes: Vec<AtomicU8>,
    fault: Fault,
    /// The reader has copied bytes. No part of the model.
    copied: AtomicBool,
}

impl Memory {
    fn new(limit: u64, fault: Fault) -> Arc<Memory> {
        let words = [0, 0, limit].map(AtomicU64::new);
        let bytes = (0..limit).map(|_| AtomicU8::new(0)).collect();
        Arc::new(Memory { words, bytes, fault, copied: AtomicBool::new(false) })
    }

    fn word(&self, word: Word) -> &AtomicU64 {
        &self.words[word as usize / 8]
    }
}

impl Store for Memory {
    fn set(&self, word: Word, value: u64) {
        self.word(word).store(value, Ordering::Release);
    }

    fn fence(&self) {
        if self.fault != Fault::WriterFence {
            fence(Ordering::Release);
        }
    }
}

impl Fetch for Memory {
    fn words(&self) -> Result<Words> {
        // The worst order that a copy could have: what was published last comes last.
        let capacity = self.word(Word::Capacity).load(Ordering::Relaxed);
        let floor = self.word(Word::Floor).load(Ordering::Relaxed);
        let written = self.word(Word::Written).load(Ordering::Relaxed);
        Ok(Words { written, floor, capacity })
    }

    fn bytes(&self, position: u64, into: &mut [u8]) -> Result<()> {
        self.copied.store(true, std::sync::atomic::Ordering::Relaxed);
        for (at, byte) in into.iter_mut().enumerate() {
            *byte = self.bytes[position as usize + at].load(Ordering::Relaxed);
        }
        Ok(())
    }

    fn fence(&self) {
        let copied = self.copied.load(std::sync::atomic::Ordering::Relaxed);
        if self.fault != Fault::ReaderFences || !copied {
            fence(Ordering::Acquire);
        }
    }

    fn limit(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// The byte that belongs at an offset; never the zero of untouched memory.
fn byte(offset: u64) -> u8 {
    offset as u8 + 1
}

/// The writer's side: with less reserved than the limit, there is no room for more.
fn write(producer: &mut Producer, memory: &Memory, pieces: &[u64]) {
    for &want in pieces {
        if producer.is_stuck() {
            producer.shorten(memory);
        }
        let (position, len) = producer.claim(want, memory);
        assert_eq!(len, want);
        for at in 0..len {
            let offset = producer.words().written + at;
            memory.bytes[(position + at) as usize].store(byte(offset), Ordering::Relaxed);
        }
        producer.publish(len, memory);
    }
}

fn read(memory: &Memory, offset: u64, total: u64) {
    let mut bytes = Vec::new();
    let chunk = match protocol::read(memory, offset, 8, &mut bytes) {
        // Without fences a reader may see old counters for ever.
        Err(_) if memory.fault == Fault::ReaderFences => return,
        other => other.unwrap(),
    };
    assert_eq!(chunk.gap, chunk.offset - offset);
    assert!(bytes.is_empty() || chunk.offset + bytes.len() as u64 <= total);
    let expected: Vec<u8> = (chunk.offset..).take(bytes.len()).map(byte).collect();
    assert_eq!(bytes, expected, "a mixture");
}

/// A ring, what is written before a reader comes, and what is written while it reads.
#[derive(Clone, Copy)]
struct Scenario {
    limit: u64,
    reserved: u64,
    before: &'static [u64],
    during: &'static [u64],
    fault: Fault,
    /// How often one of the two is interrupted at most; `None`: at every step.
    preemptions: Option<usize>,
}

impl Scenario {
    /// One writer and one reader, in every order.
    fn explore(self) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = self.preemptions;
        builder.check(move || {
            let memory = Memory::new(self.limit, self.fault);
            let mut producer = Producer::new(self.limit);
            producer.extend(self.reserved);
            write(&mut producer, &memory, self.before);
            let shared = memory.clone();
            let writer = thread::spawn(move || write(&mut producer, &shared, self.during));
            read(&memory, 0, self.before.iter().chain(self.during).sum());
            writer.join().unwrap();
        });
    }
}

const WRAP: Scenario =
    Scenario { limit: 2, reserved: 2, before: &[1, 1], during: &[1], fault: Fault::None, preemptions: None };

#[test]
fn a_reader_of_a_ring_that_wraps_sees_no_mixture() {
    WRAP.explore();
    Scenario { during: &[1, 1, 1], preemptions: Some(2), ..WRAP }.explore();
}

#[test]
fn a_reader_of_longer_pieces_sees_no_mixture() {
    Scenario { limit: 4, reserved: 4, before: &[2, 2], during: &[2], preemptions: Some(4), ..WRAP }.explore();
}

#[test]
fn a_reader_that_is_overtaken_sees_no_mixture() {
    Scenario { limit: 1, reserved: 1, before: &[1], during: &[1, 1], preemptions: Some(2), ..WRAP }.explore();
}

#[test]
fn a_reader_of_a_ring_that_gets_shorter_sees_no_mixture() {
    Scenario { reserved: 1, before: &[1], preemptions: Some(3), ..WRAP }.explore();
    Scenario { limit: 4, before: &[1], during: &[1, 1], preemptions: Some(2), ..WRAP }.explore();
}

#[test]
#[should_panic(expected = "a mixture")]
fn without_the_writer_s_fence_there_would_be_mixtures() {
    Scenario { fault: Fault::WriterFence, ..WRAP }.explore();
}

#[test]
#[should_panic(expected = "a mixture")]
fn without_the_reader_s_last_fences_there_would_be_mixtures() {
    Scenario { fault: Fault::ReaderFences, ..WRAP }.explore();
}
