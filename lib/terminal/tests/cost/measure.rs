//! Measuring readers of output against the plain parse; of use to each crate that has readers.

#[path = "kinds.rs"]
pub mod kinds;

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Fed at once, as a ring is read: a reader that looks at all of it for each sequence is found out.
pub const LEN: usize = 128 << 10;
/// So many times the plain parse.
pub const MOST: f64 = 3.0;
/// And so many where few bytes fill most of a screen. An optimised build takes up to 2.7 times (`make parse-cost`).
const MOST_WHOLE: f64 = 4.0;
/// Where few bytes write many cells, so many of those count as one byte.
const CELLS_A_BYTE: f64 = 10.0;
/// The best of so many runs counts, since others have the processor's caches meanwhile.
const RUNS: usize = 3;

pub type Reader = (&'static str, fn(&[u8]));

/// What this thread has used of the processor.
fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap().into()
}

/// Nanoseconds a byte, at best; no further runs once it is as little as `enough`.
pub fn cost(read: fn(&[u8]), bytes: &[u8], enough: f64) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..RUNS {
        let began = cpu();
        read(bytes);
        best = best.min((cpu() - began).as_secs_f64() * 1e9 / bytes.len() as f64);
        if best <= enough {
            break;
        }
    }
    best
}

/// How many times the plain parse a reader takes for a kind. What is too much is measured again, beside the
/// plain parse, since others use the processor as well.
fn times(parse: fn(&[u8]), plain: &mut f64, read: fn(&[u8]), bytes: &[u8], most: f64) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..RUNS {
        least = least.min(cost(read, bytes, *plain * most) / *plain);
        if least <= most {
            break;
        }
        *plain = plain_cost(parse);
    }
    least
}

/// What the plain parse costs.
pub fn plain_cost(parse: fn(&[u8])) -> f64 {
    cost(parse, &kinds::stream("", kinds::unit(kinds::PLAIN), LEN), 0.0)
}

/// Fails if any kind of output costs one of the readers much more than the plain parse, which is `parse` on
/// [`kinds::PLAIN`].
pub fn check(parse: fn(&[u8]), readers: &[Reader]) {
    let mut plain = plain_cost(parse);
    let kinds = kinds::KINDS.iter().map(|(name, unit)| (*name, "", *unit, MOST));
    let whole = kinds::WHOLE.iter().map(|(name, unit)| (*name, "", *unit, MOST_WHOLE));
    let cells = kinds::CELLS.iter().map(|(name, unit, cells)| {
        (*name, "", *unit, MOST * (1.0 + *cells as f64 / CELLS_A_BYTE / unit.len() as f64))
    });
    let endless = kinds::ENDLESS.iter().map(|(name, head, unit)| (*name, *head, *unit, MOST));
    let mut dear = Vec::new();
    for (name, head, unit, most) in kinds.chain(whole).chain(cells).chain(endless) {
        let bytes = kinds::stream(head, unit, LEN);
        for (reader, read) in readers {
            let times = times(parse, &mut plain, *read, &bytes, most);
            if times > most {
                dear.push(format!("{name}, {reader}: {times:.1} times"));
            }
        }
    }
    assert!(dear.is_empty(), "{plain:.0} ns a byte is plain; {dear:#?}");
}
