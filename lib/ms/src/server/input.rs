//! What waits to be typed into the program's terminal: one bounded queue, in the order in which it came,
//! that knows whose each part is. Whoever has too much in it is not read from until there is room; nothing
//! leaves it but into the terminal, or because somebody asked for it to be dropped, who is told how much.

use std::collections::{BTreeMap, VecDeque};
use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::write;

use super::terminal::LineModes;
use ms_terminal::keyboard::Typed;
use ms_terminal::keyboard::line::Line;

/// A connection with this many bytes in the queue is not read from.
pub const HELD: usize = 128 << 10;
/// What a terminal answers by itself is dropped from this many bytes on: nobody typed it, and a program
/// that leaves so much unread does not wait for it.
const ANSWERS: usize = 64 << 10;
/// The queue takes no more than this of all connections together: those that have gone leave theirs.
const MAX: usize = 16 << 20;
/// What a part costs besides its bytes, so that many empty ones count, too.
const PART: usize = 64;

/// All that is typed: what waits, and what the program's terminal was given last.
#[derive(Debug, Default)]
pub(super) struct TypedInput {
    queue: InputQueue,
    /// The line that the terminal collects in canonical mode.
    line: Line,
    last: LastTyped,
}

/// What was typed last, and when.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LastTyped {
    pub(super) what: Typed,
    pub(super) at: Duration,
}

impl TypedInput {
    /// What waits.
    pub(super) fn queue(&self) -> &InputQueue {
        &self.queue
    }

    /// What waits, to be written or answered into.
    pub(super) fn queue_mut(&mut self) -> &mut InputQueue {
        &mut self.queue
    }

    /// Adds keys, for a terminal with these modes. `false` if there is no room: then none was added.
    pub(super) fn add(
        &mut self,
        now: Duration,
        (client, bytes, receipt): (u64, &[u8], bool),
        modes: Option<LineModes>,
    ) -> bool {
        if !self.queue.push(client, bytes, receipt) {
            return false;
        }
        if !bytes.is_empty() {
            self.last = LastTyped { what: Typed::of(bytes), at: now };
        }
        self.line = match modes {
            Some(modes) if modes.canonical => self.line.after(bytes),
            _ => Line::default(),
        };
        true
    }

    /// What was typed last.
    pub(super) fn last(&self) -> LastTyped {
        self.last
    }

    /// Bytes of the line that is not ended yet, those that wait among them.
    pub(super) fn line(&self) -> usize {
        self.line.len()
    }

    /// Bytes that the terminal was given of a line that is not ended yet.
    pub(super) fn begun(&self) -> usize {
        if self.queue.is_empty() { self.line.len() } else { 0 }
    }

    /// Drops all that waits; returns what that was of each connection.
    pub(super) fn drop_all(&mut self) -> BTreeMap<u64, Dropped> {
        self.line = Line::default();
        self.queue.drop_all()
    }
}

/// The queue, and whose its parts are.
#[derive(Debug, Default)]
pub struct InputQueue {
    bytes: VecDeque<u8>,
    parts: VecDeque<Part>,
    /// What each connection has in the queue.
    shares: BTreeMap<u64, usize>,
    /// Who is to be told that theirs was taken.
    taken: Vec<u64>,
}

/// Bytes that came together from one connection; 0 for the server itself.
#[derive(Debug)]
struct Part {
    client: u64,
    left: usize,
    /// The connection wants a word once this was taken.
    receipt: bool,
}

/// What was dropped of one connection's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// How many bytes.
    pub bytes: usize,
    /// It waits for the word that they were taken.
    pub receipt: bool,
}

impl InputQueue {
    /// Adds what `client` typed, and whether it wants to be told once that was taken. `false` if the queue
    /// has no room for it: then none of it was added.
    pub fn push(&mut self, client: u64, bytes: &[u8], receipt: bool) -> bool {
        if bytes.is_empty() && !receipt {
            return true;
        }
        if self.len() + bytes.len() > MAX || self.parts.len() * PART > MAX {
            return false;
        }
        self.bytes.extend(bytes);
        *self.shares.entry(client).or_default() += bytes.len() + if receipt { PART } else { 0 };
        match self.parts.back_mut() {
            Some(last) if last.client == client && !last.receipt && !receipt => last.left += bytes.len(),
            _ => self.parts.push_back(Part { client, left: bytes.len(), receipt }),
        }
        true
    }

    /// Adds an answer of the terminal itself, unless too much waits already.
    pub fn answer(&mut self, bytes: &[u8]) {
        if self.len() < ANSWERS {
            self.push(0, bytes, false);
        }
    }

    /// Connections that were promised a word and whose bytes were taken since the last call.
    pub fn receipts(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.taken)
    }

    /// Bytes of a connection that wait.
    pub fn share(&self, client: u64) -> usize {
        self.shares.get(&client).copied().unwrap_or(0)
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes that wait.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Drops all that waits; returns what that was of each connection.
    pub fn drop_all(&mut self) -> BTreeMap<u64, Dropped> {
        let mut dropped: BTreeMap<u64, Dropped> = BTreeMap::new();
        for part in std::mem::take(&mut self.parts) {
            let of = dropped.entry(part.client).or_default();
            of.bytes += part.left;
            of.receipt |= part.receipt;
        }
        self.bytes = VecDeque::new();
        self.shares.clear();
        dropped
    }

    /// Writes what the terminal takes now; returns how many bytes that were.
    ///
    /// # Errors
    /// Those of write(2); a terminal that takes nothing now is none.
    pub fn write_to(&mut self, master: impl AsFd) -> nix::Result<usize> {
        let mut total = 0;
        let done = loop {
            if self.bytes.is_empty() {
                break Ok(());
            }
            match write(&master, self.bytes.as_slices().0) {
                Ok(count) => {
                    self.bytes.drain(..count);
                    total += count;
                }
                Err(Errno::EAGAIN) => break Ok(()),
                Err(Errno::EINTR) => {}
                Err(errno) => break Err(errno),
            }
        };
        self.account(total);
        if self.bytes.is_empty() && self.bytes.capacity() > HELD {
            self.bytes = VecDeque::new();
        }
        done.map(|()| total)
    }

    /// Takes the parts out that were written.
    fn account(&mut self, mut count: usize) {
        while let Some(part) = self.parts.front_mut() {
            let written = count.min(part.left);
            part.left -= written;
            count -= written;
            let (client, whole, receipt) = (part.client, part.left == 0, part.receipt);
            self.lower(client, written + if whole && receipt { PART } else { 0 });
            if !whole {
                break;
            }
            self.parts.pop_front();
            self.taken.extend(receipt.then_some(client));
        }
    }

    fn lower(&mut self, client: u64, by: usize) {
        if let Some(share) = self.shares.get_mut(&client) {
            *share = share.saturating_sub(by);
            if *share == 0 {
                self.shares.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::fcntl::OFlag;
    use nix::unistd::{pipe2, read};

    #[test]
    fn nothing_is_lost_when_the_other_side_is_slow_and_receipts_come_in_order() {
        let (out, into) = pipe2(OFlag::O_NONBLOCK).unwrap();
        let mut queue = InputQueue::default();
        let sent: Vec<u8> = (0..1_000_000u32).map(|n| n as u8).collect();
        assert!(queue.push(7, &sent, true) && queue.push(9, b"", false) && queue.push(8, b"tail", true));
        assert!(queue.share(7) >= 1_000_000 && queue.share(8) > 0 && queue.share(9) == 0);
        let (mut got, mut told, mut buffer) = (Vec::new(), Vec::new(), [0; 4096]);
        while !queue.is_empty() {
            queue.write_to(&into).unwrap();
            told.extend(queue.receipts());
            while let Ok(count) = read(&out, &mut buffer) {
                got.extend_from_slice(&buffer[..count]);
            }
        }
        assert_eq!(got.len(), sent.len() + 4);
        assert!(got.starts_with(&sent) && got.ends_with(b"tail"));
        assert_eq!(told, [7, 8]);
        assert!(queue.shares.is_empty() && queue.parts.is_empty(), "{queue:?}");
    }

    #[test]
    fn a_receipt_for_nothing_comes_when_its_turn_does() {
        let (_out, into) = pipe2(OFlag::O_NONBLOCK).unwrap();
        let mut queue = InputQueue::default();
        queue.push(1, b"", true);
        queue.write_to(&into).unwrap();
        assert_eq!(queue.receipts(), [1]);
        queue.push(1, b"x", true);
        queue.push(2, b"", true);
        queue.write_to(&into).unwrap();
        assert_eq!((queue.receipts(), queue.receipts()), (vec![1, 2], vec![]));
    }

    #[test]
    fn what_is_dropped_is_told_of_each() {
        let mut queue = InputQueue::default();
        queue.push(1, b"one", true);
        queue.push(2, b"two two", false);
        queue.push(1, b"one more", false);
        queue.answer(b"\x1b[0n");
        let dropped = queue.drop_all();
        assert_eq!(dropped[&1], Dropped { bytes: 11, receipt: true });
        assert_eq!(dropped[&2], Dropped { bytes: 7, receipt: false });
        assert_eq!((queue.len(), queue.share(1), queue.receipts()), (0, 0, vec![]));
    }

    #[test]
    fn a_line_is_counted_where_the_terminal_collects_one() {
        let (lines, keys) = (Some(true), Some(false));
        let modes = |canonical: Option<bool>| canonical.map(|canonical| LineModes { canonical, echo: true });
        let mut input = TypedInput::default();
        let mut add = |bytes: &[u8], canonical| {
            assert!(input.add(Duration::from_secs(1), (1, bytes, false), modes(canonical)));
            input.line()
        };
        assert_eq!((add(b"abc", lines), add(b"d", lines), add(b"\r", lines)), (3, 4, 0));
        assert_eq!((add(b"abc", lines), add(b"d", keys), add(b"e", None)), (3, 0, 0));
        assert_eq!((add(b"abc", lines), input.begun()), (3, 0), "all of it waits");
        assert_eq!(input.last().at, Duration::from_secs(1));
        input.drop_all().clear();
        assert_eq!((input.line(), input.queue().len()), (0, 0));
    }

    #[test]
    fn it_has_an_end_whatever_comes() {
        let mut queue = InputQueue::default();
        let piece = vec![b'x'; 256 << 10];
        let taken = (0..1000).filter(|n| queue.push(*n, &piece, true)).count();
        assert_eq!((taken, queue.len()), (MAX / piece.len(), MAX));
        let mut queue = InputQueue::default();
        let taken = (0..1_000_000).filter(|n| queue.push(n % 7, b"", true)).count();
        assert!(taken <= MAX / PART + 1, "{taken} empty parts");
        let mut queue = InputQueue::default();
        (0..100_000).for_each(|_| queue.answer(b"\x1b[?62;22c"));
        assert!(queue.len() <= ANSWERS + 16);
    }
}
