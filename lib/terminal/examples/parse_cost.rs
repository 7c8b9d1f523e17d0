//! What each kind of output costs each reader of it, in nanoseconds a byte, and how many times that is what
//! the terminal model takes for the plain parse.
//!
//! The best of a few runs counts, and the plain parse is measured again for each kind, since others use the
//! processor as well.
//!
//!     cargo run --release -p ms-terminal --example parse_cost [MEGABYTES [KIND]]
#![allow(clippy::print_stdout)]

#[path = "../tests/cost/kinds.rs"]
mod kinds;

use std::time::Duration;

use ms_terminal::scan::Scanner;
use ms_terminal::screen::Screen;
use ms_terminal::screen::plain::Lines;
use ms_terminal::screen::replay::sanitize;
use nix::time::{ClockId, clock_gettime};

type Reader = (&'static str, fn(&[u8]));

const READERS: [Reader; 4] = [
    ("screen", |bytes| {
        let mut screen = Screen::new(80, 24);
        let _ = screen.feed(bytes);
    }),
    ("scanner", |bytes| Scanner::new().feed(bytes, &mut drop)),
    ("replay", |bytes| drop(sanitize(bytes, false))),
    ("lines", |bytes| {
        let _ = Lines::new(80, false).feed(bytes, &mut std::io::sink());
    }),
];

/// The best of so many runs counts.
const RUNS: usize = 3;

fn main() {
    let mut args = std::env::args().skip(1);
    let megabytes: f64 = args.next().and_then(|arg| arg.parse().ok()).unwrap_or(2.0);
    let (len, wanted) = ((megabytes * 1e6) as usize, args.next().unwrap_or_default());
    let kinds = kinds::KINDS.iter().chain(kinds::WHOLE).map(|(name, unit)| (*name, "", *unit));
    let kinds = kinds.chain(kinds::CELLS.iter().map(|(name, unit, _)| (*name, "", *unit)));
    let plain = kinds::stream("", kinds::unit(kinds::PLAIN), len);
    println!(
        "{:30}{}",
        "ns a byte (times the plain parse)",
        READERS.map(|(name, _)| format!("{name:>17}")).concat()
    );
    for (name, head, unit) in kinds.chain(kinds::ENDLESS.iter().copied()) {
        if !name.contains(&wanted) {
            continue;
        }
        let (bytes, plain) = (kinds::stream(head, unit, len), cost(READERS[0].1, &plain));
        let costs = READERS.map(|(_, read)| cost(read, &bytes));
        let shown = costs.map(|cost| format!("{cost:9.1} ({:5.1})", cost / plain)).concat();
        println!("{name:30}{shown}");
    }
}

/// What this thread has used of the processor.
fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

/// Nanoseconds a byte, at best.
fn cost(read: fn(&[u8]), bytes: &[u8]) -> f64 {
    let run = |_| {
        let began = cpu();
        read(bytes);
        (cpu() - began).as_secs_f64() * 1e9 / bytes.len() as f64
    };
    (0..RUNS).map(run).fold(f64::MAX, f64::min)
}
