//! From the program's terminal into the ring, and from there to whoever wants to know: the scanner sees
//! every byte as it arrives, clients get a doorbell. The program is held back only while the terminal in
//! front is far behind and makes progress.

use std::time::Duration;

use nix::errno::Errno;

use super::view::BACKLOG;
use super::{Server, now};
use crate::judge::Edge;
use crate::terminal::scan::{Event, What};

/// Bytes that are read before others are served again.
const BURST: u64 = 512 << 10;
/// A read that gives fewer bytes has left nothing behind that poll(2) would not tell of: a flood fills
/// the 4095 bytes that a terminal gives at most (n_tty).
const DRAINED: usize = 2 << 10;
/// Bytes that are asked for at a time; the kernel gives at most what its buffer holds.
const READ: usize = 64 << 10;
/// The terminal in front may be this many bytes behind before the program has to wait.
const MAX_BEHIND: u64 = 256 << 10;
/// The program waits for a terminal that makes no progress at most this long.
const PATIENCE: Duration = Duration::from_secs(1);

impl Server {
    /// Reads what the program wrote, up to a burst.
    pub(super) fn take_output(&mut self) {
        let start = self.ring.written();
        while self.ring.written() - start < BURST && self.wants_output() {
            if self.read_once() < DRAINED {
                break;
            }
        }
        let count = self.ring.written() - start;
        if count > 0 {
            self.wrote_at = now();
            self.judge.note(self.wrote_at, Edge::Output { bytes: count });
            self.mend_ring();
        }
        self.catch_up();
    }

    /// Goes on in a new file if somebody cut the old one short. If that fails it is tried again with the
    /// next output; the session lives.
    pub(super) fn mend_ring(&mut self) {
        if self.ring.is_damaged() && self.home.renew_output(&mut self.ring).is_ok() {
            let warning = format!("the output was cut short: what came before {} is lost", self.ring.floor());
            self.status.warn(warning);
        }
    }

    /// Keeps the model from falling behind by more than it can make up for while somebody waits.
    fn catch_up(&mut self) {
        while self.ring.written().saturating_sub(self.view.fed()) > BACKLOG
            && self.view.feed_slice(&self.ring)
        {}
    }

    /// One read(2); how many bytes, none if there was nothing or the terminal is gone.
    fn read_once(&mut self) -> usize {
        let Some(master) = self.terminal.master() else { return 0 };
        let before = self.ring.written();
        match self.ring.read_from(master, READ) {
            Ok(0) => self.terminal.lose(),
            Ok(count) => {
                self.scan(before, count);
                return count;
            }
            Err(error) if error.raw_os_error() == Some(Errno::EAGAIN as i32) => {}
            // EIO: nobody has the slave open any more (pty(7)), so the program has ended.
            Err(_) => self.terminal.lose(),
        }
        0
    }

    /// Looks through what has just been read for queries and whatever else the screen does not show.
    fn scan(&mut self, from: u64, count: usize) {
        self.ring.read(from, count, &mut self.fresh);
        // What a damaged ring lost at once still counts for the offsets of what follows.
        self.fresh.resize(count, 0);
        let mut events = std::mem::take(&mut self.events);
        self.scanner.feed(&self.fresh, &mut |event| events.push(event));
        for event in events.drain(..) {
            self.take_event(&event);
        }
        self.events = events;
    }

    fn take_event(&mut self, event: &Event) {
        match &event.what {
            What::Query(query) => {
                let effect = self.queries.asked(now(), event.end, query, self.clients.asked());
                self.route(effect);
            }
            What::Title { window: true, text } => self.status.titled(text),
            _ => {}
        }
        self.judge.note(now(), Edge::Scan(&event.what));
    }

    /// Whether the program's output is to be read now.
    pub(super) fn wants_output(&self) -> bool {
        self.terminal.master().is_some() && !self.is_held_back(now())
    }

    fn is_held_back(&self, now: Duration) -> bool {
        self.hold_until(now).is_some_and(|until| now < until)
    }

    /// Until when the program has to wait for the terminal in front, if it has to.
    pub(super) fn hold_until(&self, now: Duration) -> Option<Duration> {
        let front = self.clients.front().filter(|front| !front.lagging)?;
        let behind = self.ring.written().saturating_sub(front.shown);
        let until = front.progress_at + PATIENCE;
        (behind > MAX_BEHIND && now < until).then_some(until)
    }

    /// Rings for new output, and gives up on terminals that have made no progress for too long: they
    /// are repainted when they come back.
    pub(super) fn ring_doorbells(&mut self) {
        let (written, now) = (self.ring.written(), now());
        for client in &mut self.clients.list {
            let behind = written.saturating_sub(client.shown);
            client.lagging |= behind > MAX_BEHIND && now >= client.progress_at + PATIENCE;
            client.ring(written);
        }
    }
}
