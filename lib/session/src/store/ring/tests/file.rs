//! The file itself: its bytes, what it costs, its marks.

use std::os::unix::fs::{FileExt, MetadataExt};

use super::*;
use crate::format::error::Error;
use crate::store::ring::layout::HEAD;
use crate::store::ring::{SizeMark, read_header};

#[test]
fn the_file_has_these_bytes() {
    let file = empty_file();
    let mut writer = Writer::create(file.try_clone().unwrap(), 5000, 80, 24, Time(0x0102)).unwrap();
    writer.append_at(b"hello", Time(0x0203));
    writer.mark_size(132, 50, Time(0x0304));
    writer.append_at(&[b'x'; 6000], Time(0x0405));

    let mut head = [0; HEAD];
    file.read_exact_at(&mut head, 0).unwrap();
    let expected: &[&[u8]] = &[
        b"ms ring\n\x01\0\0\0\x04\0\0\0",
        b"\x02\x01\0\0\0\0\0\0\x05\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        &[0; 24],
        // Output: 6005 written, 1005 gone, capacity 5000, at 106496.
        b"\x75\x17\0\0\0\0\0\0\xed\x03\0\0\0\0\0\0\x88\x13\0\0\0\0\0\0\0\xa0\x01\0\0\0\0\0\x88\x13\0\0\0\0\0\0",
        &[0; 24],
        // Two fine marks of 16 bytes; 4096 at 102400.
        b"\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x90\x01\0\0\0\0\0\0\x10\0\0\0\0\0\0",
        &[0; 24],
        // One coarse mark; 65536 at 36864.
        b"\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x90\0\0\0\0\0\0\0\0\x01\0\0\0\0\0",
        &[0; 24],
        // Two marks of size of 32 bytes; 32768 at 4096.
        b"\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x80\0\0\0\0\0\0",
        &[0; 24],
    ];
    assert_eq!(head.escape_ascii().to_string(), expected.concat().escape_ascii().to_string());
    assert_eq!(file.metadata().unwrap().len(), 106_496 + 5000);

    let at = |offset: u64, len: usize| {
        let mut bytes = vec![0; len];
        file.read_exact_at(&mut bytes, offset).unwrap();
        bytes
    };
    assert_eq!(
        at(102_400, 32),
        b"\x03\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\x04\0\0\0\0\0\0\x05\0\0\0\0\0\0\0"
    );
    assert_eq!(
        at(4096 + 32, 32),
        b"\x04\x03\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x84\0\x32\0\0\0\0\0\0\0\0\0\0\0\0\0"
    );
    assert_eq!(at(106_496, 5000), [b'x'; 5000]);
}

#[test]
fn a_quiet_session_costs_a_few_pages() {
    let file = empty_file();
    let mut writer = Writer::create(file.try_clone().unwrap(), 10 << 20, 80, 24, NOW).unwrap();
    writer.append_at(&[b'x'; 3000], NOW);
    let used = file.metadata().unwrap().blocks() * 512;
    assert!(used <= 48 << 10, "{used} bytes");
    assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o400);
}

#[test]
fn the_header_alone_tells_the_numbers() {
    let file = empty_file();
    let mut writer = Writer::create(file.try_clone().unwrap(), 8192, 80, 24, NOW).unwrap();
    assert_eq!(read_header(&file).unwrap().last_output, None);
    writer.append_at(&[b'x'; 10_000], Time(NOW.0 + 1));
    let seen = read_header(&file).unwrap();
    assert_eq!((seen.written, seen.floor, seen.capacity, seen.limit), (10_000, 1808, 8192, 8192));
    assert_eq!((seen.made, seen.last_output, seen.moved), (NOW, Some(Time(NOW.0 + 1)), false));
    assert_eq!(seen, writer.snapshot());
}

#[test]
fn marks_tell_when_and_at_what_size() {
    let (mut writer, reader) = ring(1 << 20);
    writer.append_at(b"one", Time(1000));
    writer.append_at(b"two", Time(1005));
    writer.append_at(b"three", Time(1010));
    writer.mark_size(80, 24, Time(1500));
    writer.mark_size(100, 30, Time(2000));
    writer.append_at(b"four", Time(9000));
    assert_eq!(reader.time_of(5).unwrap(), Some(Time(1000)));
    assert_eq!(reader.time_of(6).unwrap(), Some(Time(1010)));
    assert_eq!(reader.offset_at(Time(0)).unwrap(), 0);
    assert_eq!(reader.offset_at(Time(1031)).unwrap(), 11);
    assert_eq!(reader.offset_at(Time(9020)).unwrap(), 15, "nothing was written since");
    let sizes = reader.size_marks().unwrap();
    assert_eq!(sizes.len(), 2, "the same size twice is no mark");
    assert_eq!(sizes[1], SizeMark { time: Time(2000), offset: 11, cols: 100, rows: 30 });
}

#[test]
fn old_marks_give_way_and_coarse_ones_reach_further_back() {
    let (mut writer, reader) = ring(4096);
    for second in 0..1000 {
        writer.append_at(b"tick ", Time(second * 1000));
    }
    // 256 fine marks and all 34 coarse ones; the ring itself holds the last 819 ticks.
    let marks = reader.time_marks().unwrap();
    let fine = marks.iter().filter(|mark| mark.span_ms < 1000).count();
    assert!((192..=256).contains(&fine), "{fine}");
    assert_eq!(marks[0].offset, 0);
    assert_eq!(reader.offset_at(Time(900_000)).unwrap(), 4500);
    let far = reader.offset_at(Time(500_000)).unwrap();
    assert!((2500 - 30 * 5..=2500).contains(&far), "{far}");
    assert_eq!(reader.offset_at(Time(0)).unwrap(), writer.floor());
    assert_eq!(reader.time_of(2500).unwrap(), Some(Time(480_000)));
}

#[test]
fn a_capacity_out_of_bounds_is_refused() {
    for capacity in [0, 4095, (1 << 30) + 1, u64::MAX] {
        let error = Writer::create(empty_file(), capacity, 80, 24, NOW).unwrap_err();
        assert!(matches!(error, Error::Usage(_)), "{error}");
        assert!(error.to_string().contains("4KiB to 1GiB"), "{error}");
    }
}

#[test]
fn the_largest_ring_is_made_and_costs_no_more() {
    let file = empty_file();
    let mut writer = Writer::create(file.try_clone().unwrap(), 1 << 30, 80, 24, NOW).unwrap();
    writer.append_at(b"x", NOW);
    assert!(file.metadata().unwrap().blocks() * 512 <= 48 << 10);
}
