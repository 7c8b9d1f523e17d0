//! A file that somebody cuts short under its writer: no signal, the loss is told, and the session goes on
//! in another file. In a process of its own, for it takes over SIGBUS and its places are few.

use std::io::Write;
use std::os::fd::AsFd;
use std::process::Command;

use super::*;
use crate::format::error::Error;

fn run(test: &str) -> std::process::Output {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            &super::path_of(module_path!(), test),
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("MS_TEST_CUT", "1")
        .output()
        .unwrap()
}

fn is_child() -> bool {
    std::env::var_os("MS_TEST_CUT").is_some()
}

#[test]
fn a_file_cut_short_under_its_writer_raises_no_signal() {
    let run = run("survivor");
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{}\n{told}{}", run.status, String::from_utf8_lossy(&run.stderr));
    assert!(told.contains("1 passed"), "{told}");
}

#[test]
fn any_other_bus_error_still_ends_the_process() {
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(run("victim").status.signal(), Some(nix::libc::SIGBUS));
}

#[test]
#[ignore = "run by a test above in a process of its own"]
fn survivor() {
    if !is_child() {
        return;
    }
    for cut in [0, 100, 4096, 110_000] {
        append_after(cut);
        read_after(cut);
        fill_after(cut);
    }
    cut_and_never_touched();
}

#[test]
#[ignore = "run by a test above in a process of its own"]
fn victim() {
    if is_child() {
        let (_writer, _reader) = ring(65_536);
        nix::sys::signal::raise(nix::sys::signal::Signal::SIGBUS).unwrap();
    }
}

/// A ring of 64 KiB that went round, and its file.
fn filled() -> (Writer, File) {
    let file = empty_file();
    let mut writer = Writer::create(file.try_clone().unwrap(), 65_536, 80, 24, NOW).unwrap();
    writer.append_at(&[b'x'; 100_000], NOW);
    assert!(!writer.is_damaged());
    (writer, file)
}

/// Moves to a new file and checks that all from `offset` on is there, and what is written then.
fn move_and_check(mut writer: Writer, offset: u64, kept: &[u8]) {
    assert!(writer.is_damaged());
    let file = empty_file();
    writer.move_to(file.try_clone().unwrap()).unwrap();
    assert!(!writer.is_damaged());
    writer.append_at(b"goes on", Time(NOW.0 + 100));
    let reader = Reader::open(file).unwrap();
    let mut bytes = Vec::new();
    let chunk = reader.read(0, 1 << 20, &mut bytes).unwrap();
    assert_eq!((chunk.offset, chunk.gap), (offset, offset));
    assert_eq!(bytes, [kept, b"goes on"].concat());
    assert_eq!(reader.size_marks().unwrap()[0].cols, 80);
    assert_eq!(reader.time_of(writer.written() - 1).unwrap(), Some(Time(NOW.0 + 100)));
    assert_eq!(reader.snapshot().unwrap(), writer.snapshot());
}

/// What is appended when the loss is met may be lost with the rest; what comes next is not.
fn append_after(cut: u64) {
    let (mut writer, file) = filled();
    file.set_len(cut).unwrap();
    writer.append_at(&[b'y'; 40_000], NOW);
    let lost = writer.floor() - 100_000;
    assert!(lost == 0 || lost == 40_000, "{lost}");
    writer.append_at(&[b'z'; 10], NOW);
    let kept = [vec![b'y'; 40_000 - lost as usize], vec![b'z'; 10]].concat();
    let mut bytes = Vec::new();
    assert_eq!(writer.read(0, 1 << 20, &mut bytes).offset, 100_000 + lost);
    assert_eq!(bytes, kept);
    move_and_check(writer, 100_000 + lost, &kept);
}

fn read_after(cut: u64) {
    let (writer, file) = filled();
    file.set_len(cut).unwrap();
    let mut bytes = Vec::new();
    let chunk = writer.read(50_000, 1 << 20, &mut bytes);
    assert_eq!((chunk.offset, chunk.gap, bytes.len()), (100_000, 50_000, 0));
    move_and_check(writer, 100_000, b"");
}

/// What a descriptor gives after the cut is kept.
fn fill_after(cut: u64) {
    let (mut writer, file) = filled();
    let (read, mut write) = std::io::pipe().unwrap();
    write.write_all(&[b'z'; 3000]).unwrap();
    file.set_len(cut).unwrap();
    assert_eq!(writer.read_from(read.as_fd(), 4096).unwrap(), 3000);
    move_and_check(writer, 100_000, &[b'z'; 3000]);
}

/// Nothing tells but the file's length: a reader says so, and moving finds it.
fn cut_and_never_touched() {
    let (writer, file) = filled();
    file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    assert!(matches!(Reader::open(file), Err(Error::Damaged { .. })));
    move_and_check(writer, 100_000, b"");
}
