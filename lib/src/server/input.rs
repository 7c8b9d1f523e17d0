//! What waits to be typed into the program's terminal: a bounded queue. When it is full, clients are
//! not read from until there is room again; nothing is ever dropped from it.

use std::collections::VecDeque;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::unistd::write;

/// From this many bytes on clients are held back.
pub const FULL: usize = 64 << 10;

/// The queue, and who wants to know when their part of it was taken.
#[derive(Debug, Default)]
pub struct InputQueue {
    bytes: VecDeque<u8>,
    taken: u64,
    waiting: VecDeque<Receipt>,
}

/// The wish to be told once everything up to `until` was taken.
#[derive(Debug)]
struct Receipt {
    client: u64,
    until: u64,
}

impl InputQueue {
    /// Adds bytes, even over the bound: the bound holds clients back, not what they already sent.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Asks for a word once all that is queued now was taken.
    pub fn ask_receipt(&mut self, client: u64) {
        self.waiting.push_back(Receipt { client, until: self.taken + self.bytes.len() as u64 });
    }

    /// Clients whose bytes were taken since the last call.
    pub fn receipts(&mut self) -> Vec<u64> {
        let due = self.waiting.iter().take_while(|receipt| receipt.until <= self.taken).count();
        self.waiting.drain(..due).map(|receipt| receipt.client).collect()
    }

    /// Whether clients are to be held back.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes that wait.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Writes what the terminal takes now; returns how many bytes that were.
    pub fn write_to(&mut self, master: impl AsFd) -> nix::Result<usize> {
        let mut total = 0;
        while !self.bytes.is_empty() {
            match write(&master, self.bytes.as_slices().0) {
                Ok(count) => {
                    self.bytes.drain(..count);
                    self.taken += count as u64;
                    total += count;
                }
                Err(Errno::EAGAIN) => break,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        if self.bytes.is_empty() && self.bytes.capacity() > FULL {
            self.bytes = VecDeque::new();
        }
        Ok(total)
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
        queue.push(&sent);
        queue.ask_receipt(7);
        queue.push(b"tail");
        queue.ask_receipt(8);
        assert!(queue.is_full());
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
    }
}
