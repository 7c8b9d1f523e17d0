//! A long run of random and mutated output through everything that reads it: nothing panics, nothing
//! grows, a cut changes nothing. `cargo test --release --test fuzz -- --ignored`; MS_FUZZ_MB (200) says
//! how much, MS_FUZZ_SEED which.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

#[path = "../../../fuzz/checks.rs"]
mod checks;
#[path = "../../../tests/world/process.rs"]
#[allow(dead_code)]
mod process;

use std::path::Path;

use ms_terminal::scan::Scanner;
use ms_terminal::screen::Screen;
use ms_terminal::screen::plain::Lines;
use ms_terminal::screen::replay::Sanitizer;
use ms_terminal::tokens::{Token, Tokenizer};

/// xorshift64*: the same run for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 33) as usize) % end.max(1)
    }
}

/// Bytes that mean something to a terminal, for mutations.
const TELLING: &[u8] = b"\x1b\x1b\x1b[[[]]PX^_;;::??>=<!$ 0123456789mhlHJKLMrsuXPb@ABCDGdSTqc\x07\x18\x1a\\\x9b\x9c\xe2\x82\xcc\x81\xf0\n\r\t\x08\x0e\x0f";

/// A piece of output: rubbish, or recorded output with some bytes changed, repeated or lost.
fn piece(random: &mut Random, recorded: &[Vec<u8>]) -> Vec<u8> {
    let len = 1 << random.below(17);
    match random.below(4) {
        0 => (0..len).map(|_| random.next() as u8).collect(),
        1 => (0..len).map(|_| TELLING[random.below(TELLING.len())]).collect(),
        2 => repeated(random),
        _ => {
            let mut bytes = recorded[random.below(recorded.len())].clone();
            for _ in 0..random.below(40) {
                let at = random.below(bytes.len());
                match random.below(3) {
                    0 => bytes[at] = TELLING[random.below(TELLING.len())],
                    1 => drop(bytes.drain(at..(at + random.below(20)).min(bytes.len()))),
                    _ => bytes.insert(at, TELLING[random.below(TELLING.len())]),
                }
                if bytes.is_empty() {
                    break;
                }
            }
            bytes
        }
    }
}

/// One short thing over and over: where lists and stacks would grow.
fn repeated(random: &mut Random) -> Vec<u8> {
    let number = random.below(70_000);
    let things = [
        format!("\x1b[>{}u", number % 32),
        "\x1b[22t".to_owned(),
        format!("\x1b]2;{}\x07", "t".repeat(number % 3000)),
        format!("\x1b[?{number}h"),
        format!("\x1b[{number}b"),
        "\u{301}".to_owned(),
        format!("\x1b]8;id={number};http://{}\x1b\\x", "u".repeat(number % 3000)),
        format!("\x1b]4;{};#fff\x07", number % 256),
        format!("\x1b[{number}L\x1b[{number}M\x1b[{number}@\x1b[{number}P"),
        format!("\x1bP{}", "q".repeat(number)),
        format!("\x1b]52;c;{}", "A".repeat(number)),
        format!("\x1b[{}", "1;".repeat(number % 500)),
        "\x1b7\x1b[?1049h\x1b[?47l".to_owned(),
        format!("\x1b[?69h\x1b[{};{}s\x1b[{}S日本\x1b[Lx", number % 90, number % 83, number % 9),
        format!("\x1b[58:2::1:2:{};4:3m日", number % 256),
    ];
    let thing = &things[random.below(things.len())];
    thing.repeat((100_000 / thing.len()).max(1)).into_bytes()
}

/// This process's private memory in bytes.
fn private_memory() -> u64 {
    process::kilobytes("self", "Private_") * 1024
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn recorded() -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../terminal/tests/streams");
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_none()).map(|path| std::fs::read(path).unwrap()).collect()
}

/// What a tokenizer keeps.
const MAX_KEPT: usize = 200;

/// How many bytes stand in the tokens of `bytes`, those of strings and sequences counted twice.
fn told(tokens: &mut Tokenizer, mut bytes: &[u8]) -> usize {
    let mut sum = 0;
    while let Some(piece) = tokens.next(&mut bytes) {
        sum += match piece.token {
            Token::Text(text) => text.len(),
            Token::Csi(body) | Token::Escape(body) | Token::String { body, .. } => 2 * body.len(),
            Token::Control(_) => 1,
        };
    }
    sum
}

/// Everything that reads output, on one stream.
struct Readers {
    whole: Screen,
    cut: Screen,
    scanner: Scanner,
    lines: Lines,
    sanitizer: Sanitizer,
    tokens: Tokenizer,
    cut_tokens: Tokenizer,
    events: usize,
}

impl Readers {
    fn new() -> Readers {
        Readers {
            whole: Screen::new(80, 24),
            cut: Screen::new(80, 24),
            scanner: Scanner::new(),
            lines: Lines::new(80, false),
            sanitizer: Sanitizer::new(false),
            tokens: Tokenizer::new(MAX_KEPT),
            cut_tokens: Tokenizer::new(MAX_KEPT),
            events: 0,
        }
    }

    fn feed(&mut self, bytes: &[u8], random: &mut Random) {
        self.whole.feed(bytes).unwrap();
        let (mut rest, mut sum) = (bytes, 0);
        while !rest.is_empty() {
            let (now, later) = rest.split_at((1 + random.below(3000)).min(rest.len()));
            self.cut.feed(now).unwrap();
            sum += told(&mut self.cut_tokens, now);
            rest = later;
        }
        assert_eq!(told(&mut self.tokens, bytes), sum, "bytes of tokens");
        assert_eq!(self.tokens.held(), self.cut_tokens.held());
        assert!(self.tokens.held().len() <= MAX_KEPT + 3);
        self.scanner.feed(bytes, &mut |_| self.events += 1);
        self.lines.feed(bytes, &mut std::io::sink()).unwrap();
        let mut replayed = Vec::new();
        self.sanitizer.feed(bytes, &mut replayed);
        Scanner::new().feed(&replayed, &mut |event| panic!("replayed {event:?}"));
    }

    fn check(&self) {
        assert!(self.whole.same_state(&self.cut), "{:?}", self.whole.state().difference(&self.cut.state()));
        let mut restored = Screen::new(self.whole.cols(), self.whole.rows());
        let dump = self.whole.dump();
        assert!(dump.len() < 4 << 20, "a dump of {} bytes", dump.len());
        restored.feed(&dump).unwrap();
        restored.feed(self.whole.tail()).unwrap();
        assert!(restored.same_state(&self.whole), "{:?}", restored.state().difference(&self.whole.state()));
    }

    fn resize(&mut self, random: &mut Random) {
        let (cols, rows) = (random.below(150) as u16, random.below(60) as u16);
        self.whole.resize(cols, rows).unwrap();
        self.cut.resize(cols, rows).unwrap();
    }
}

fn run(bytes: u64, seed: u64) {
    let (mut random, recorded) = (Random(seed.max(1)), recorded());
    let mut readers = Readers::new();
    let (before, mut most, mut fed) = (private_memory(), 0, 0);
    while fed < bytes {
        let piece = piece(&mut random, &recorded);
        readers.feed(&piece, &mut random);
        fed += piece.len() as u64;
        if random.below(8) == 0 {
            readers.check();
            readers.resize(&mut random);
            readers.check();
            most = most.max(private_memory());
        }
    }
    readers.check();
    let grown = most.saturating_sub(before);
    eprintln!(
        "{fed} bytes of seed {seed}, {} events, at most {} KB more memory",
        readers.events,
        grown / 1024
    );
    assert!(grown < 64 << 20, "grew by {grown} bytes");
}

#[test]
fn a_short_run() {
    run(2 << 20, 1);
}

/// Seeds of the checks that output is none for: a frame and a greeting, bits of a header, a configuration.
const SEEDS: [&[u8]; 4] = [
    b"\x07\x01\x02\0\0\x03\0\0\0abc\x01\x05\0\0\0\0\0\0",
    b"\0\0\0\0\0\0\0\0\x01",
    b"[limits]\nmax_sessions = 3\n[types.a]\ncommand = ['x']\nenv = { A = 'b' }\n",
    b"[types.a.detect]\nprompts = ['(']\nquiet = '2s'\n",
];

#[test]
fn what_the_fuzzer_checks_holds_for_a_while() {
    let mut random = Random(3);
    let mut recorded = recorded();
    recorded.extend(SEEDS.map(<[u8]>::to_vec));
    for (name, check) in checks::ALL {
        eprintln!("{name}");
        SEEDS.iter().for_each(|seed| check(seed));
        for _ in 0..60 {
            let mut bytes = piece(&mut random, &recorded);
            bytes.truncate(8000);
            check(&bytes);
        }
    }
}

#[test]
#[ignore = "takes minutes: make fuzz"]
fn a_long_run() {
    run(variable("MS_FUZZ_MB", 200) << 20, variable("MS_FUZZ_SEED", 2));
}
