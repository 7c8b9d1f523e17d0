//! What must hold of any bytes, each check for one reader of them. cargo-fuzz looks for bytes of which it does
//! not (`targets`); the library's tests try some each time (`lib/session/tests/fuzz.rs`), so that no check rots.

use std::fs::File;
use std::os::unix::fs::FileExt;

use ms_platform::time::Time;
use ms_terminal::scan::Scanner;
use ms_terminal::screen::Screen;
use msession::format::config::Config;
use msession::format::error::Error;
use msession::format::frame::Decoder;
use msession::store::ring::{self, Reader, Writer};

/// Panics if what must hold of these bytes does not.
pub type Check = fn(&[u8]);

/// All checks, by their names.
pub const ALL: [(&str, Check); 5] =
    [("scan", scan), ("screen", screen), ("frames", frames), ("ring", ring), ("config", config)];

/// The first byte says how the others are cut.
fn pieces(data: &[u8]) -> (&[u8], impl Iterator<Item = &[u8]>) {
    let (len, rest) =
        data.split_first().map_or((1, data), |(first, rest)| (usize::from(*first).max(1), rest));
    (rest, rest.chunks(len))
}

/// Output tells the same events however it is cut.
pub fn scan(data: &[u8]) {
    let (whole, cut) = pieces(data);
    let (mut once, mut again) = (Vec::new(), Vec::new());
    Scanner::new().feed(whole, &mut |event| once.push(event));
    let mut scanner = Scanner::new();
    cut.for_each(|piece| scanner.feed(piece, &mut |event| again.push(event)));
    assert_eq!(once, again);
    assert_eq!(scanner.offset(), whole.len() as u64);
}

/// Output leaves the same screen however it is cut, and its dump restores that.
pub fn screen(data: &[u8]) {
    let (whole, cut) = pieces(data);
    let (mut once, mut again) = (Screen::new(20, 6), Screen::new(20, 6));
    once.feed(whole).unwrap();
    cut.for_each(|piece| again.feed(piece).unwrap());
    assert!(once.same_state(&again), "{:?}", once.state().difference(&again.state()));
    let mut restored = Screen::new(20, 6);
    restored.feed(&once.dump()).unwrap();
    restored.feed(once.tail()).unwrap();
    assert!(restored.same_state(&once), "{:?}", restored.state().difference(&once.state()));
}

/// A connection's bytes are the same frames, and break off for the same reason, however they come.
pub fn frames(data: &[u8]) {
    fn take(decoder: &mut Decoder, frames: &mut Vec<String>) -> bool {
        loop {
            match decoder.next_frame() {
                Ok(Some((kind, payload))) => frames.push(format!("{kind:?} {payload:?}")),
                Ok(None) => return true,
                Err(broken) => {
                    frames.push(broken.explain("peer"));
                    return false;
                }
            }
        }
    }
    let (whole, mut cut) = pieces(data);
    let (mut once, mut again) = (Vec::new(), Vec::new());
    let mut decoder = Decoder::default();
    decoder.push(whole);
    take(&mut decoder, &mut once);
    let mut decoder = Decoder::default();
    let _ = cut.all(|piece| {
        decoder.push(piece);
        take(&mut decoder, &mut again)
    });
    assert_eq!(once, again);
}

/// A ring whose header has these bits the other way round is read or is damaged, and nothing else.
pub fn ring(data: &[u8]) {
    const HEADER: usize = 4096;
    let file = filled_ring();
    let mut header = [0; HEADER];
    file.read_exact_at(&mut header, 0).unwrap();
    header.iter_mut().zip(data).for_each(|(byte, change)| *byte ^= change);
    file.write_all_at(&header, 0).unwrap();
    if let Err(error) = read_all(file) {
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
    }
}

/// A ring of 8 KiB that was written round more than once.
fn filled_ring() -> File {
    let file = tempfile::tempfile_in("/dev/shm").or_else(|_| tempfile::tempfile()).unwrap();
    let mut writer = Writer::create(file.try_clone().unwrap(), 8192, 80, 24, Time(1000)).unwrap();
    writer.append_at(&[b'x'; 20_000], Time(2000));
    file
}

fn read_all(file: File) -> Result<(), Error> {
    ring::read_header(&file)?;
    let reader = Reader::open(file)?;
    let seen = reader.snapshot()?;
    let mut bytes = Vec::new();
    for offset in [0, seen.floor, seen.written, u64::MAX] {
        reader.read(offset, 1 << 20, &mut bytes)?;
    }
    reader.size_marks()?;
    reader.offset_at(Time(1500))?;
    reader.time_of(seen.floor).map(drop)
}

/// A configuration is read or refused with a sentence; what was read can be checked.
pub fn config(data: &[u8]) {
    match Config::parse(&String::from_utf8_lossy(data)) {
        Ok(config) => drop(config.check()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
