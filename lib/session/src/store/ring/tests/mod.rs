//! The ring against what it promises.

mod bad;
mod cut;
mod file;
mod full;
mod model;
mod race;
mod speed;
mod threads;
mod torture;

use std::fs::File;

use super::{Reader, Writer};
use ms_platform::time::Time;

const NOW: Time = Time(1_000_000);

/// A directory in memory where there is one: faster, and where rings are kept.
fn memory_dir() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn empty_file() -> File {
    tempfile::tempfile_in("/dev/shm").or_else(|_| tempfile::tempfile()).unwrap()
}

/// A ring and a reader of it.
fn ring(capacity: u64) -> (Writer, Reader) {
    let file = empty_file();
    let writer = Writer::create(file.try_clone().unwrap(), capacity, 80, 24, NOW).unwrap();
    (writer, Reader::open(file).unwrap())
}

/// The name of a test as libtest knows it: without the crate's.
fn path_of(module: &str, test: &str) -> String {
    let (_, within) = module.split_once("::").expect("a module of the crate");
    format!("{within}::{test}")
}
