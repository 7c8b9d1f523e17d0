//! What filling a ring costs beside a bare loop of read(2), in processor time of the thread that does
//! it, which a busy machine changes least. Measures, and prints:
//! `cargo test --release -p msession store::ring::tests::speed -- --ignored --nocapture`.

use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::time::{ClockId, clock_gettime};

use super::*;

const LIMIT: usize = 64 << 10;

/// Processor time of this thread so far.
fn used() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap().into()
}

/// Megabytes a second of processor time of what `read` gives until it gives 0 or `total` is reached.
fn rate(total: u64, mut read: impl FnMut() -> usize) -> f64 {
    let begin = used();
    let mut done = 0;
    while done < total {
        match read() {
            0 => break,
            got => done += got as u64,
        }
    }
    done as f64 / 1e6 / (used() - begin).as_secs_f64()
}

fn bare(fd: BorrowedFd<'_>, total: u64) -> f64 {
    let mut buffer = vec![0; LIMIT];
    rate(total, || nix::unistd::read(fd, &mut buffer).unwrap_or(0))
}

/// Into as much memory as a ring has: what the caches alone cost.
fn spread(fd: BorrowedFd<'_>, total: u64) -> f64 {
    let mut buffer = vec![1; super::super::DEFAULT_CAPACITY as usize];
    let mut pieces = (0..buffer.len() / LIMIT).cycle();
    rate(total, || {
        let at = pieces.next().unwrap_or(0) * LIMIT;
        nix::unistd::read(fd, &mut buffer[at..at + LIMIT]).unwrap_or(0)
    })
}

fn ringed(fd: BorrowedFd<'_>, total: u64) -> f64 {
    let (mut writer, _reader) = ring(super::super::DEFAULT_CAPACITY);
    rate(total, || writer.read_from(fd, LIMIT).unwrap_or(0))
}

/// As the server must: read into the ring, then copy out what came for the scanner.
fn scanned(fd: BorrowedFd<'_>, total: u64) -> f64 {
    let (mut writer, _reader) = ring(super::super::DEFAULT_CAPACITY);
    let mut copy = Vec::new();
    let mut found = 0;
    let rate = rate(total, || {
        let before = writer.written();
        let got = writer.read_from(fd, LIMIT).unwrap_or(0);
        writer.read(before, got, &mut copy);
        found += memchr::memchr_iter(0x1b, &copy).count();
        got
    });
    assert_eq!(found, 0);
    rate
}

/// A descriptor from which plain text pours, and the thread that pours it.
fn pour(into: OwnedFd, total: u64) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let text =
            b"a line of output as a build prints it, eighty columns wide or nearly as wide\r\n".repeat(800);
        let mut file = File::from(into);
        for _ in 0..total / text.len() as u64 + 2 {
            if file.write_all(&text).is_err() {
                return;
            }
        }
    })
}

fn pipe() -> (OwnedFd, OwnedFd) {
    let (read, write) = std::io::pipe().unwrap();
    (read.into(), write.into())
}

fn pty() -> (OwnedFd, OwnedFd) {
    let pair = openpty(None, None).unwrap();
    let mut raw = tcgetattr(&pair.slave).unwrap();
    cfmakeraw(&mut raw);
    tcsetattr(&pair.slave, SetArg::TCSANOW, &raw).unwrap();
    (pair.master, pair.slave)
}

fn report(what: &str, total: u64, source: impl Fn() -> (OwnedFd, OwnedFd)) {
    let mut rates: [Vec<f64>; 4] = Default::default();
    for _ in 0..5 {
        for (rates, measure) in rates.iter_mut().zip([bare, spread, ringed, scanned]) {
            let (read, write) = source();
            let pouring = pour(write, total);
            rates.push(measure(read.as_fd(), total));
            drop(read);
            pouring.join().unwrap();
        }
    }
    let medians = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    let [bare, spread, ring, scan] = medians;
    let shown = [("over 10 MiB", spread), ("ring", ring), ("ring and a copy for the scanner", scan)]
        .map(|(name, rate)| format!(", {name} {rate:.0} ({:.2})", rate / bare));
    let text = format!("{what}: bare {bare:.0} MB/s{}", shown.concat());
    writeln!(std::io::stderr(), "{text}").unwrap();
}

#[test]
#[ignore = "measures"]
fn filling() {
    report("pipe", 512 << 20, pipe);
    report("pty", 100 << 20, pty);
}

#[test]
#[ignore = "measures"]
fn reading() {
    let (mut writer, reader) = ring(super::super::DEFAULT_CAPACITY);
    writer.append(&vec![b'x'; 11 << 20]);
    let (mut bytes, mut offset) = (Vec::new(), writer.floor());
    let read = rate(1 << 30, || {
        offset = if offset >= writer.written() { writer.floor() } else { offset };
        reader.read(offset, LIMIT, &mut bytes).unwrap();
        offset += bytes.len() as u64;
        bytes.len()
    });
    let mut file = tempfile::tempfile_in("/dev/shm").unwrap();
    file.write_all(&vec![b'x'; 10 << 20]).unwrap();
    let mut buffer = vec![0; LIMIT];
    let plain = rate(1 << 30, || match file.read(&mut buffer).unwrap() {
        0 => {
            std::io::Seek::rewind(&mut file).unwrap();
            1
        }
        got => got,
    });
    let begin = used();
    for _ in 0..100_000 {
        super::super::read_header(&reader.file).unwrap();
    }
    let header = (used() - begin).as_secs_f64() * 1e9 / 1e5;
    let text = format!("read {read:.0} MB/s, a plain file {plain:.0} MB/s; a header {header:.0} ns");
    writeln!(std::io::stderr(), "{text}").unwrap();
}
