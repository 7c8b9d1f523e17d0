//! How one writer and any number of readers in other processes share a track without a lock. It knows
//! neither files nor maps: the same code runs over both, and in the tests over memory that a model
//! checker controls.
//!
//! **The writer**, for each piece: 1. raises `floor` above the bytes that it is about to replace;
//! 2. release fence; 3. writes the bytes; 4. stores `written`, release. Where the file system has no
//! more room it lowers `capacity` to what it has, once, at the moment when `written` equals it: then all
//! that can be read lies at the same place under both.
//!
//! **A reader**: 1. reads the words; 2. acquire fence; 3. copies bytes below `written`; 4. acquire fence;
//! 5. reads the words again, and drops what now lies below `floor`. If it copied one byte of a later
//! piece, then by the fences of 2 and 4 it now sees the floor that was raised for that piece.
//!
//! **The words are read twice each time**, because a reader's system call copies them in any order and
//! may tear one. `written` is taken as the smaller of the two, so that `capacity`, taken from the second,
//! is as new as the bytes are; `floor` as the greater. Since both only grow, a torn word is on the safe
//! side unless both copies are torn alike.

use crate::format::error::Result;

use super::Chunk;
use super::layout::damaged;

/// Readings of the words until a file counts as damaged. One fails only if the writer went nearly
/// once around between its two halves.
const TRIES: usize = 64;

/// The words of a track that move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) written: u64,
    pub(super) floor: u64,
    pub(super) capacity: u64,
}

impl Words {
    /// The same, with nothing left to read.
    pub(super) fn emptied(self) -> Words {
        Words { floor: self.written, ..self }
    }

    /// Whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        self.floor == self.written
    }
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Written = 0,
    Floor = 8,
    Capacity = 16,
}

/// What the writer does to a track, besides writing bytes.
pub(super) trait Store {
    /// Stores a word at once, with release ordering.
    fn set(&self, word: Word, value: u64);
    /// A release fence: what was set before is seen by whoever sees a byte that is written after.
    fn fence(&self);
}

/// What a reader does to a track.
pub(super) trait Fetch {
    /// Copies the words, in any order.
    fn words(&self) -> Result<Words>;
    /// Copies the bytes at `position` of the region, until `into` is full.
    fn bytes(&self, position: u64, into: &mut [u8]) -> Result<()>;
    /// An acquire fence.
    fn fence(&self);
    /// The greatest capacity that there may be.
    fn limit(&self) -> u64;
}

/// The writer's view of a track.
#[derive(Debug)]
pub(super) struct Producer {
    words: Words,
    /// Bytes of the region that may be touched; never less than what was written in the first round.
    reserved: u64,
}

impl Producer {
    pub(super) fn new(capacity: u64) -> Producer {
        Producer { words: Words { written: 0, floor: 0, capacity }, reserved: 0 }
    }

    pub(super) fn words(&self) -> Words {
        self.words
    }

    pub(super) fn reserved(&self) -> u64 {
        self.reserved
    }

    /// `len` more bytes of the region may be touched.
    pub(super) fn extend(&mut self, len: u64) {
        self.reserved += len;
    }

    /// Bytes that are missing for a piece of `want` bytes, as far as the region can still grow.
    pub(super) fn missing(&self, want: u64) -> u64 {
        let end = self.words.capacity.min(self.words.written.saturating_add(want));
        end.saturating_sub(self.reserved)
    }

    /// Whether not one byte can be written before the region grows or the ring is shortened.
    pub(super) fn is_stuck(&self) -> bool {
        self.words.written == self.reserved && self.reserved < self.words.capacity
    }

    /// Makes do with what is reserved. To be called when stuck, and with something reserved.
    pub(super) fn shorten(&mut self, store: &impl Store) {
        debug_assert!(self.is_stuck() && self.reserved > 0);
        self.words.capacity = self.reserved;
        store.set(Word::Capacity, self.reserved);
    }

    /// The next piece, of at most `want` bytes: its place in the region and its length. Raises the
    /// floor over what it replaces.
    pub(super) fn claim(&mut self, want: u64, store: &impl Store) -> (u64, u64) {
        let Words { written, floor, capacity } = self.words;
        let position = written % capacity;
        let len = want.min(self.reserved - position);
        let raised = (written + len).saturating_sub(capacity);
        if raised > floor {
            self.words.floor = raised;
            store.set(Word::Floor, raised);
            store.fence();
        }
        (position, len)
    }

    /// Goes on from `words`, in a region that holds what they say.
    pub(super) fn resume(&mut self, words: Words, store: &impl Store) {
        self.words = words;
        self.reserved = self.reserved.min(words.capacity);
        store.set(Word::Capacity, words.capacity);
        store.set(Word::Floor, words.floor);
        store.set(Word::Written, words.written);
    }

    /// Shows readers the first `len` bytes of the piece that was claimed.
    pub(super) fn publish(&mut self, len: u64, store: &impl Store) {
        self.words.written += len;
        store.set(Word::Written, self.words.written);
    }
}

/// The words as they stood at some moment, as far as reading needs it.
pub(super) fn words(track: &impl Fetch) -> Result<Words> {
    words_after(track.words()?, track)
}

/// The same, if a first copy has just been made.
pub(super) fn words_after(mut first: Words, track: &impl Fetch) -> Result<Words> {
    for _ in 0..TRIES {
        track.fence();
        let second = track.words()?;
        track.fence();
        if let Some(words) = settle(first, second, track.limit()) {
            return Ok(words);
        }
        first = track.words()?;
    }
    Err(damaged("its counters contradict each other"))
}

/// Makes one of two copies of the words, the first of which is the older.
fn settle(first: Words, second: Words, limit: u64) -> Option<Words> {
    let words = Words {
        written: first.written.min(second.written),
        floor: first.floor.max(second.floor),
        capacity: second.capacity,
    };
    let possible = first.capacity == second.capacity
        && (1..=limit).contains(&words.capacity)
        && words.floor <= words.written
        && words.written - words.floor <= words.capacity;
    possible.then_some(words)
}

/// Reads at most `max` bytes from `offset` on into `out`, replacing what it holds. The chunk is empty
/// only if nothing was written at or after `offset`.
pub(super) fn read(track: &impl Fetch, offset: u64, max: usize, out: &mut Vec<u8>) -> Result<Chunk> {
    let mut from = offset;
    loop {
        let before = words(track)?;
        let start = from.max(before.floor);
        let len = before.written.saturating_sub(start).min(max as u64);
        if len == 0 {
            out.clear();
            return Ok(Chunk { offset: start, gap: start - offset });
        }
        copy(track, before.capacity, start, len, out)?;
        track.fence();
        let after = words(track)?;
        let lost = after.floor.saturating_sub(start).min(len);
        if lost < len {
            out.drain(..lost as usize);
            return Ok(Chunk { offset: start + lost, gap: start + lost - offset });
        }
        // The writer went over all of it meanwhile: keep well ahead of it.
        from = after.written - (after.written - after.floor) / 2;
    }
}

/// Copies `len` bytes from `offset` on, in two pieces if they go over the end of the region.
fn copy(track: &impl Fetch, capacity: u64, offset: u64, len: u64, out: &mut Vec<u8>) -> Result<()> {
    out.resize(len as usize, 0);
    let position = offset % capacity;
    let (front, back) = out.split_at_mut(len.min(capacity - position) as usize);
    track.bytes(position, front)?;
    if back.is_empty() { Ok(()) } else { track.bytes(0, back) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAPACITY: u64 = 4096;

    /// A ring's words after `written` bytes, the next piece of `piece` bytes being claimed or not.
    fn state(written: u64, piece: u64) -> Words {
        Words { written, floor: (written + piece).saturating_sub(CAPACITY), capacity: CAPACITY }
    }

    /// Some bytes of one value, the others of another.
    fn torn(old: u64, new: u64, mask: u8) -> u64 {
        let (old, mut new) = (old.to_le_bytes(), new.to_le_bytes());
        (0..8).filter(|at| mask >> at & 1 == 0).for_each(|at| new[at] = old[at]);
        u64::from_le_bytes(new)
    }

    fn torn_words(old: Words, new: Words, masks: (u8, u8)) -> Words {
        let written = torn(old.written, new.written, masks.0);
        Words { written, floor: torn(old.floor, new.floor, masks.1), capacity: CAPACITY }
    }

    proptest! {
        /// Neither more than was written by the second copy, nor a floor below that at the first.
        #[test]
        fn one_torn_copy_is_on_the_safe_side(
            start in 0u64..1 << 40,
            steps in prop::array::uniform3((0u64..70_000, 1u64..1024)),
            masks in any::<(u8, u8)>(),
            first_is_torn in any::<bool>(),
        ) {
            let mut written = start;
            let states = steps.map(|(len, piece)| {
                written += len;
                state(written, piece)
            });
            let (first, second) = match first_is_torn {
                true => (torn_words(states[0], states[1], masks), states[2]),
                false => (states[0], torn_words(states[1], states[2], masks)),
            };
            if let Some(words) = settle(first, second, CAPACITY) {
                prop_assert!(words.written <= states[2].written);
                prop_assert!(words.floor >= states[0].floor);
            }
        }
    }
}
