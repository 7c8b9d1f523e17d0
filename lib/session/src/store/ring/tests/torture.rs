//! A writer and readers in processes of their own, on a ring so small that readers are overtaken all
//! the time. Every byte tells its offset, so a mixture can't hide.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::*;

const TOTAL: u64 = 128 << 20;
const CAPACITY: u64 = 512 << 10;
const FILE: &str = "MS_TEST_RING";
/// A prime: what stands at one place of the ring in two rounds differs.
const PERIOD: usize = 65_521;

/// The bytes that belong at each offset.
struct Pattern(Vec<u8>);

impl Pattern {
    fn new() -> Pattern {
        let byte = |at: usize| ((at % PERIOD) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0];
        Pattern((0..2 * PERIOD).map(byte).collect())
    }

    /// At most a period of them from `offset` on.
    fn at(&self, offset: u64, len: usize) -> &[u8] {
        &self.0[(offset % PERIOD as u64) as usize..][..len]
    }

    fn is_at(&self, offset: u64, bytes: &[u8]) -> bool {
        let offsets = (offset..).step_by(PERIOD);
        bytes.chunks(PERIOD).zip(offsets).all(|(piece, offset)| self.at(offset, piece.len()) == piece)
    }
}

/// Writes up to the offset `end`, in pieces of all lengths: the longer one takes to copy, the more often
/// a reader comes in the middle of it.
fn fill(writer: &mut Writer, end: u64) {
    let pattern = Pattern::new();
    while writer.written() < end {
        let from = writer.written();
        let len = (from.wrapping_mul(7919) % PERIOD as u64 + 1).min(end - from);
        writer.append(pattern.at(from, len as usize));
    }
}

/// Reads from `offset` to `end`, checks every byte, and returns how many were lost.
fn check(reader: &Reader, mut offset: u64, end: u64) -> u64 {
    let pattern = Pattern::new();
    let (mut lost, mut bytes, mut round) = (0, Vec::new(), 0);
    while offset < end {
        round += 1;
        let max = if round % 8 == 0 { 100_000 } else { 2000 };
        let chunk = reader.read(offset, max, &mut bytes).unwrap();
        assert_eq!(chunk.offset, offset + chunk.gap);
        assert!(pattern.is_at(chunk.offset, &bytes), "a mixture at {}", chunk.offset);
        lost += chunk.gap;
        offset = chunk.offset + bytes.len() as u64;
        if bytes.is_empty() {
            std::thread::yield_now();
        }
    }
    lost
}

/// Runs one of the ignored tests below in a process of its own.
fn spawn(test: &str, file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &super::path_of(module_path!(), test), "--ignored", "--nocapture"])
        .env(FILE, file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until a child says so; libtest's own lines are passed over.
fn wait_for(child: &mut Child, word: &str) -> u64 {
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let told = lines.find_map(|line| line.unwrap().strip_prefix(word)?.trim().parse().ok());
    told.unwrap_or_else(|| panic!("the child ended without {word}"))
}

fn say(word: &str, number: u64) {
    let mut out = std::io::stdout();
    writeln!(out, "\n{word} {number}").unwrap();
    out.flush().unwrap();
}

fn create(path: &Path) -> File {
    File::options().read(true).write(true).create_new(true).open(path).unwrap()
}

/// The file that this process was given; none if somebody runs all ignored tests.
fn given() -> Option<File> {
    let path = std::env::var_os(FILE)?;
    Some(File::open(path).unwrap())
}

#[test]
fn readers_in_other_processes_see_exact_bytes_or_a_gap() {
    let dir = memory_dir();
    let path = dir.path().join("output");
    let mut writer = Writer::create(create(&path), CAPACITY, 80, 24, NOW).unwrap();
    // Too little for all of it: the ring gets shorter while they read.
    writer.tracks.space.budget.set(300 << 10);
    let mut readers: Vec<Child> = (0..2).map(|_| spawn("reader_process", &path)).collect();
    for reader in &mut readers {
        wait_for(reader, "ready");
    }
    fill(&mut writer, TOTAL / 2);
    assert!(writer.shortened());
    readers.push(spawn("reader_process", &path));
    wait_for(readers.last_mut().unwrap(), "ready");
    fill(&mut writer, TOTAL);
    let lost: Vec<u64> = readers.iter_mut().map(|reader| wait_for(reader, "lost")).collect();
    for mut reader in readers {
        assert!(reader.wait().unwrap().success());
    }
    // The last one came late.
    assert!(lost[2] >= TOTAL / 2 - CAPACITY, "{lost:?}");
}

#[test]
fn what_a_killed_writer_has_written_is_all_there() {
    let dir = memory_dir();
    let path = dir.path().join("output");
    drop(create(&path));
    let mut child = spawn("writer_process", &path);
    wait_for(&mut child, "ready");
    let reader = Reader::open(File::open(&path).unwrap()).unwrap();
    check(&reader, 0, 1 << 20);
    child.kill().unwrap();
    child.wait().unwrap();
    let seen = reader.snapshot().unwrap();
    assert!(seen.written >= 1 << 20);
    let (mut bytes, mut again) = (Vec::new(), Vec::new());
    let chunk = reader.read(0, usize::MAX, &mut bytes).unwrap();
    assert_eq!(chunk.offset, seen.floor);
    assert_eq!(chunk.offset + bytes.len() as u64, seen.written);
    assert!(Pattern::new().is_at(chunk.offset, &bytes));
    assert_eq!(reader.read(0, usize::MAX, &mut again).unwrap(), chunk);
}

#[test]
#[ignore = "run by a test above, as its reader"]
fn reader_process() {
    if let Some(file) = given() {
        let reader = Reader::open(file).unwrap();
        say("ready", 0);
        say("lost", check(&reader, 0, TOTAL));
    }
}

#[test]
#[ignore = "run by a test above, as its writer"]
fn writer_process() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut writer = Writer::create(file, CAPACITY, 80, 24, NOW).unwrap();
    say("ready", 0);
    // Until it is killed, or the test is gone.
    let test = std::os::unix::process::parent_id();
    while std::os::unix::process::parent_id() == test {
        let end = writer.written() + (1 << 20);
        fill(&mut writer, end);
    }
}
