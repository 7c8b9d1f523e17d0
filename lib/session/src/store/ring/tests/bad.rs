//! Files that are not as they must be: an error, never a panic or a signal.

use std::os::unix::fs::FileExt;

use proptest::prelude::*;

use super::*;
use crate::format::error::{Error, Result};
use crate::store::ring::layout::HEAD;
use crate::store::ring::read_header;

/// A ring of 8 KiB with something in it.
fn filled() -> File {
    let file = empty_file();
    let mut writer = Writer::create(file.try_clone().unwrap(), 8192, 80, 24, NOW).unwrap();
    writer.append_at(&[b'x'; 20_000], NOW);
    file
}

/// Everything that a tool may ask of a file.
fn use_all(file: &File) -> Result<()> {
    read_header(file)?;
    let reader = Reader::open(file.try_clone().unwrap())?;
    use_reader(&reader)
}

fn use_reader(reader: &Reader) -> Result<()> {
    let mut bytes = Vec::new();
    let seen = reader.snapshot()?;
    for offset in [0, seen.floor, seen.written, u64::MAX] {
        reader.read(offset, 1 << 20, &mut bytes)?;
    }
    reader.time_marks()?;
    reader.size_marks()?;
    reader.offset_at(NOW)?;
    reader.time_of(seen.floor).map(drop)
}

fn is_damage(result: Result<()>) -> bool {
    matches!(result, Err(Error::Damaged { .. }))
}

#[test]
fn what_is_no_ring_is_damaged() {
    let file = empty_file();
    assert!(is_damage(use_all(&file)), "empty");
    file.set_len(4096).unwrap();
    assert!(is_damage(use_all(&file)), "zeros");
    file.write_all_at(&[b'#'; 5000], 0).unwrap();
    assert!(is_damage(use_all(&file)), "text");
}

#[test]
fn a_ring_cut_short_anywhere_is_damaged() {
    let file = filled();
    let len = file.metadata().unwrap().len();
    assert!(use_all(&file).is_ok());
    for cut in [0, 7, 319, 320, 4096, 4097, len / 2, len - 4096, len - 1] {
        let file = filled();
        file.set_len(cut).unwrap();
        assert!(is_damage(use_all(&file)), "{cut}");
    }
}

#[test]
fn a_ring_cut_short_under_a_reader_is_damaged() {
    for cut in [0, 100, 4096, 40_000] {
        let file = filled();
        let reader = Reader::open(file.try_clone().unwrap()).unwrap();
        assert!(use_reader(&reader).is_ok());
        file.set_len(cut).unwrap();
        assert!(is_damage(use_reader(&reader)), "{cut}");
    }
}

#[test]
fn counters_that_contradict_each_other_are_damage() {
    let impossible: [(u64, u64); 5] = [(64, 0), (72, u64::MAX), (80, 0), (80, 8193), (64, u64::MAX)];
    for (at, value) in impossible {
        let file = filled();
        file.write_all_at(&value.to_le_bytes(), at).unwrap();
        assert!(is_damage(use_all(&file)), "{value} at {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_header_makes_a_reader_fail_otherwise(
        changes in prop::collection::vec((0..HEAD as u64, any::<u8>()), 1..9),
        words in prop::collection::vec((2u64..40, any::<u64>()), 0..3),
    ) {
        let file = filled();
        for (at, byte) in changes {
            file.write_all_at(&[byte], at).unwrap();
        }
        for (at, word) in words {
            file.write_all_at(&word.to_le_bytes(), at * 8).unwrap();
        }
        if let Err(error) = use_all(&file) {
            prop_assert!(matches!(error, Error::Damaged { .. }), "{}", error);
        }
    }
}
