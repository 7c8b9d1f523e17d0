//! No kind of output costs a reader of it much more, for each byte, than the plain parse.

mod kinds;

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::ms::tools::mswait::fragments::Fragments;
use crate::terminal::keyboard::split::Splitter;
use crate::terminal::modes::Modes;
use crate::terminal::scan::Scanner;
use crate::terminal::screen::Screen;
use crate::terminal::screen::plain::Lines;
use crate::terminal::screen::replay::sanitize;
use crate::terminal::tokens::Tokenizer;

/// Fed at once, as a ring is read: a reader that looks at all of it for each sequence is found out.
const LEN: usize = 128 << 10;
/// So many times the plain parse.
const MOST: f64 = 3.0;
/// And so many where few bytes write a whole screen.
const MOST_WHOLE: f64 = 16.0;
/// The best of so many runs counts, since others have the processor's caches meanwhile.
const RUNS: usize = 3;

type Reader = (&'static str, fn(&[u8]));

const READERS: [Reader; 8] = [
    ("tokens", |bytes| {
        let (mut tokens, mut rest) = (Tokenizer::new(4096), bytes);
        while let Some(piece) = tokens.next(&mut rest) {
            std::hint::black_box(piece);
        }
    }),
    ("screen", screen),
    ("scanner", |bytes| Scanner::new().feed(bytes, &mut drop)),
    ("replay", |bytes| drop(sanitize(bytes, false))),
    ("lines", |bytes| Lines::new(80, false).feed(bytes, &mut std::io::sink()).unwrap()),
    ("runs", |bytes| assert!(!Fragments::default().feed(bytes, |_| false))),
    ("modes", |bytes| Modes::default().feed(bytes)),
    ("keys", |bytes| {
        let mut splitter = Splitter::default();
        let mut pieces = 0u64;
        bytes.iter().for_each(|byte| splitter.step(*byte, &mut |_| pieces += 1));
        std::hint::black_box(pieces);
    }),
];

fn screen(bytes: &[u8]) {
    Screen::new(80, 24).feed(bytes).unwrap();
}

/// What this thread has used of the processor.
fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap().into()
}

/// Nanoseconds a byte, at best; no further runs once it is as little as `enough`.
fn cost(read: fn(&[u8]), bytes: &[u8], enough: f64) -> f64 {
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
fn times(plain: &mut f64, read: fn(&[u8]), bytes: &[u8], most: f64) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..RUNS {
        least = least.min(cost(read, bytes, *plain * most) / *plain);
        if least <= most {
            break;
        }
        *plain = plain_cost();
    }
    least
}

fn plain_cost() -> f64 {
    cost(screen, &kinds::stream("", kinds::unit(kinds::PLAIN), LEN), 0.0)
}

#[test]
fn every_kind_of_output_costs_little_more_than_the_plain_parse() {
    let mut plain = plain_cost();
    let kinds = kinds::KINDS.iter().map(|(name, unit)| (*name, "", *unit, MOST));
    let whole = kinds::WHOLE.iter().map(|(name, unit)| (*name, "", *unit, MOST_WHOLE));
    let endless = kinds::ENDLESS.iter().map(|(name, head, unit)| (*name, *head, *unit, MOST));
    let mut dear = Vec::new();
    for (name, head, unit, most) in kinds.chain(whole).chain(endless) {
        let bytes = kinds::stream(head, unit, LEN);
        for (reader, read) in READERS {
            let times = times(&mut plain, read, &bytes, most);
            if times > most {
                dear.push(format!("{name}, {reader}: {times:.1} times"));
            }
        }
    }
    assert!(dear.is_empty(), "{plain:.0} ns a byte is plain; {dear:#?}");
}

#[test]
fn a_reader_that_looks_at_all_for_each_sequence_is_found_out() {
    let bytes = kinds::stream("", "\x1b[2Jx", LEN);
    let plain = plain_cost();
    let looks_at_all = |bytes: &[u8]| {
        screen(bytes);
        for at in memchr::memchr_iter(0x1b, bytes) {
            std::hint::black_box(memchr::memchr(0, &bytes[at..]));
        }
    };
    let quadratic = cost(looks_at_all, &bytes, 0.0);
    assert!(quadratic > plain * MOST, "{quadratic:.0} and {plain:.0} ns a byte");
}
