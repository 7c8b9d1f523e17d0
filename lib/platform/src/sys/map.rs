//! A file in memory, for the one process that writes it. Other processes read the same pages, so no
//! `&[u8]` is ever formed over them: words are atomics, bytes are copied in and out by pointer.
//!
//! Touching a page for which the file system has no room raises SIGBUS: reserving it before is the
//! caller's part. So does a page behind the end of the file. The length is checked when the map is made;
//! if somebody cuts the file short later, the map is lost and private memory takes its place (`guard`).

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use memmap2::{Advice, MmapOptions, MmapRaw};
use nix::errno::Errno;
use nix::libc;

use super::guard::Guard;

/// The first `len` bytes of a file, shared with everyone who opens it. Unmapped when dropped.
#[derive(Debug)]
pub struct Map {
    /// Dropped before the pages.
    guard: Option<Guard>,
    pages: MmapRaw,
    /// Not `Sync`: two threads copying into the same bytes would race.
    one_owner: PhantomData<Cell<u8>>,
}

impl Map {
    /// Maps the first `len` bytes of `file`, which must be that long and open for both ways.
    ///
    /// # Errors
    /// Those of fstat(2) and mmap(2); ENODATA if the file is shorter, EINVAL for a length of 0.
    pub fn new(file: &File, len: usize) -> io::Result<Map> {
        if file.metadata()?.len() < len as u64 {
            return Err(Errno::ENODATA.into());
        }
        if len == 0 {
            return Err(Errno::EINVAL.into());
        }
        let pages = MmapOptions::new().len(len).map_raw(file)?;
        // A child that lives on would hold memory that was given up long ago.
        pages.advise(Advice::DontFork)?;
        let base = NonNull::new(pages.as_mut_ptr()).ok_or(Errno::EFAULT)?;
        // SAFETY: just mapped; the guard is dropped before it is unmapped; below there are pointers and
        // atomics only, and `is_lost` tells that the contents are gone.
        let guard = unsafe { Guard::new(base, len) };
        Ok(Map { guard, pages, one_owner: PhantomData })
    }

    /// Whether the file was found cut short: what was in the map is gone, and what is written to it now
    /// goes nowhere.
    pub fn is_lost(&self) -> bool {
        self.guard.as_ref().is_some_and(Guard::is_lost)
    }

    /// The word at `at`, which must be a multiple of 8.
    pub fn word(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8), "{at} is not aligned");
        let place = self.place(at, 8).cast();
        // SAFETY: eight aligned bytes of the mapping, which lives as long as &self; every access to
        // a word in this process is atomic.
        unsafe { AtomicU64::from_ptr(place.as_ptr()) }
    }

    /// Copies `bytes` to `at`.
    pub fn write(&self, at: usize, bytes: &[u8]) {
        let place = self.place(at, bytes.len());
        // SAFETY: `place` is good for that many bytes and no reference to them exists; `bytes` is
        // memory of this process elsewhere.
        unsafe { bytes.as_ptr().copy_to_nonoverlapping(place.as_ptr(), bytes.len()) }
    }

    /// Copies from `at` until `into` is full.
    pub fn read(&self, at: usize, into: &mut [u8]) {
        let place = self.place(at, into.len());
        // SAFETY: `place` is good for that many bytes, only this thread writes them, and `into` is
        // memory of this process elsewhere.
        unsafe { place.as_ptr().copy_to_nonoverlapping(into.as_mut_ptr(), into.len()) }
    }

    /// One read(2) of at most `len` bytes from `fd` to `at`; 0 is the end of the file. Only EINTR, and
    /// the EFAULT of a file that was cut short, are dealt with. By hand: safe wrappers want a `&mut [u8]`.
    ///
    /// # Errors
    /// Those of read(2), but EINTR.
    pub fn read_from(&self, at: usize, len: usize, fd: BorrowedFd<'_>) -> io::Result<usize> {
        let place = self.place(at, len);
        loop {
            // SAFETY: `place` is good for `len` bytes and no reference to them exists; where a page
            // cannot be had the kernel answers EFAULT.
            let got = unsafe { libc::read(fd.as_raw_fd(), place.as_ptr().cast(), len) };
            match Errno::result(got) {
                Ok(got) => return Ok(got as usize),
                Err(Errno::EINTR) => {}
                Err(Errno::EFAULT) if !self.is_lost() && self.give_up().is_ok() => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn give_up(&self) -> nix::Result<()> {
        self.guard.as_ref().ok_or(Errno::EFAULT)?.replace()
    }

    /// Has the kernel map the pages of `len` bytes at `at` for writing, all at once instead of by a
    /// fault each. Only speed depends on it: kernels before 5.14 refuse.
    pub fn populate(&self, at: usize, len: usize) {
        let _ = self.place(at, len);
        // Whole pages: it begins where the page of `at` does.
        let _ = self.pages.advise_range(Advice::PopulateWrite, at, len);
    }

    /// Where `at` is, if `len` bytes from there are mapped.
    fn place(&self, at: usize, len: usize) -> NonNull<u8> {
        let whole = self.pages.len();
        assert!(at <= whole && len <= whole - at, "{at}+{len} is outside of {whole}");
        // SAFETY: just checked to be inside of the mapping, whose first byte is at no null pointer.
        unsafe { NonNull::new_unchecked(self.pages.as_mut_ptr().add(at)) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileExt;
    use std::sync::atomic::Ordering;

    use super::*;

    fn map(len: usize) -> (File, Map) {
        let file = tempfile::tempfile().unwrap();
        file.set_len(len as u64).unwrap();
        let map = Map::new(&file, len).unwrap();
        (file, map)
    }

    #[test]
    fn what_is_written_stands_in_the_file() {
        let (file, map) = map(8192);
        map.write(4094, b"over a page");
        map.word(16).store(0x0807_0605_0403_0201, Ordering::Release);
        let mut seen = [0; 11];
        file.read_exact_at(&mut seen, 4094).unwrap();
        assert_eq!(&seen, b"over a page");
        map.read(16, &mut seen[..8]);
        assert_eq!(seen[..8], [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn a_descriptor_is_read_straight_into_it() {
        let (_file, map) = map(4096);
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"from a pipe").unwrap();
        drop(writer);
        assert_eq!(map.read_from(4000, 96, reader.as_fd()).unwrap(), 11);
        assert_eq!(map.read_from(4000, 96, reader.as_fd()).unwrap(), 0);
        let mut seen = [0; 11];
        map.read(4000, &mut seen);
        assert_eq!(&seen, b"from a pipe");
    }

    #[test]
    fn a_file_that_is_too_short_is_refused() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(4095).unwrap();
        assert!(Map::new(&file, 4096).is_err());
    }

    #[test]
    #[should_panic(expected = "outside")]
    fn nothing_is_copied_past_the_end() {
        map(4096).1.write(4090, b"1234567");
    }
}
