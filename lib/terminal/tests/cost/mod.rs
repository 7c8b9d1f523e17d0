//! No kind of output costs a reader of it much more, for each byte, than the plain parse.

mod measure;

use crate::keyboard::split::Splitter;
use crate::modes::ModeTracker;
use crate::scan::Scanner;
use crate::screen::Screen;
use crate::screen::plain::Lines;
use crate::screen::replay::sanitize;
use crate::tokens::Tokenizer;
use measure::{LEN, MOST, Reader, check, cost, kinds, plain_cost};

const READERS: [Reader; 7] = [
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
    ("modes", |bytes| ModeTracker::default().feed(bytes)),
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

#[test]
fn every_kind_of_output_costs_little_more_than_the_plain_parse() {
    check(screen, &READERS);
}

#[test]
fn a_reader_that_looks_at_all_for_each_sequence_is_found_out() {
    let bytes = kinds::stream("", "\x1b[2Jx", LEN);
    let looks_at_all = |bytes: &[u8]| {
        screen(bytes);
        for at in memchr::memchr_iter(0x1b, bytes) {
            std::hint::black_box(memchr::memchr(0, &bytes[at..]));
        }
    };
    // Measured side by side a few times, since others use the processor as well.
    let times = (0..5).map(|_| cost(looks_at_all, &bytes, 0.0) / plain_cost(screen)).fold(0.0, f64::max);
    assert!(times > MOST, "{times:.1} times the plain parse");
}
