//! The terminal model of a session, fed from the ring when somebody wants to look: while output pours
//! in it stays behind and costs nothing. It will never answer for the program;
//! `intake` holds it for all who ask.

use std::ops::Range;

use ms_terminal::screen::Screen;
use msession::store::ring;

/// Bytes that are fed at a time, so that others are served between.
pub const SLICE: usize = 64 << 10;
/// From this many bytes behind the model is brought forward even if nobody looks.
pub const BACKLOG: u64 = 1 << 20;

/// After so many failures the model goes on without what it had.
const MAX_BAD: usize = 4;

/// The model, and the offset up to which it has seen the output.
pub struct View {
    screen: Screen,
    fed: u64,
    /// What the model failed on.
    bad: Vec<Range<u64>>,
    bytes: Vec<u8>,
}

impl View {
    /// An empty screen.
    pub fn new(cols: u16, rows: u16) -> View {
        View { screen: Screen::new(cols, rows), fed: 0, bad: Vec::new(), bytes: Vec::new() }
    }

    /// Offset up to which the model has seen the output.
    pub fn fed(&self) -> u64 {
        self.fed
    }

    /// Feeds one slice; `false` if there was nothing to feed.
    pub fn feed_slice(&mut self, ring: &ring::Writer) -> bool {
        self.feed(ring, SLICE)
    }

    /// A slice that the model fails on is left out: all before it is fed again, to a new model.
    fn feed(&mut self, ring: &ring::Writer, max: usize) -> bool {
        if let Some(end) = self.bad.iter().find(|bad| bad.contains(&self.fed)).map(|bad| bad.end) {
            self.fed = end;
        }
        let next_bad = self.bad.iter().map(|bad| bad.start).filter(|start| *start > self.fed).min();
        let max = next_bad.map_or(max, |start| max.min((start - self.fed) as usize));
        let chunk = ring.read(self.fed, max, &mut self.bytes);
        let end = chunk.offset + self.bytes.len() as u64;
        let fed = self.screen.feed(&self.bytes);
        self.fed = end;
        if fed.is_err() && self.bad.len() < MAX_BAD {
            self.bad.push(chunk.offset..end);
            self.fed = ring.floor();
        }
        !self.bytes.is_empty()
    }

    /// The screen as of `offset`, if it is not past that already.
    pub fn as_of(&mut self, ring: &ring::Writer, offset: u64) -> &Screen {
        while self.fed < offset && self.feed(ring, SLICE.min((offset - self.fed) as usize)) {}
        &self.screen
    }

    /// The screen as of the newest byte.
    pub fn current(&mut self, ring: &ring::Writer) -> &mut Screen {
        while self.feed_slice(ring) {}
        &mut self.screen
    }

    /// Another size from the newest byte on.
    pub fn resize(&mut self, ring: &ring::Writer, cols: u16, rows: u16) {
        let _ = self.current(ring).resize(cols, rows);
    }
}
