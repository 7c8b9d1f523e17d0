//! The ring against what it promises.

mod bad;
mod file;
mod model;
mod race;

use std::fs::File;

use super::{Reader, Writer};
use crate::time::Time;

const NOW: Time = Time(1_000_000);

/// A ring and a reader of it.
fn ring(capacity: u64) -> (Writer, Reader) {
    let file = tempfile::tempfile().unwrap();
    let writer = Writer::create(file.try_clone().unwrap(), capacity, 80, 24, NOW).unwrap();
    (writer, Reader::open(file).unwrap())
}

fn empty_file() -> File {
    tempfile::tempfile().unwrap()
}
