//! A named pipe through which a measured program and the benchmark tell each other things. Both ends
//! are kept open here, so that opening it never waits and nothing is ever lost.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::fcntl::OFlag;
use nix::poll::PollFlags;
use nix::sys::stat::Mode;

use crate::Result;
use crate::process::wait_for;

/// A named pipe. Its file goes with the world.
#[derive(Debug)]
pub struct Fifo {
    path: PathBuf,
    file: File,
}

impl Fifo {
    /// Makes one.
    pub fn new(path: PathBuf) -> Result<Fifo> {
        nix::unistd::mkfifo(&path, Mode::S_IRWXU)?;
        let flags = OFlag::O_NONBLOCK.bits();
        let file = File::options().read(true).write(true).custom_flags(flags).open(&path)?;
        Ok(Fifo { path, file })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a byte in.
    pub fn go(&self) -> Result<()> {
        Ok((&self.file).write_all(b"!")?)
    }

    /// Waits for the next number.
    pub fn number(&self, deadline: Instant) -> Result<u64> {
        wait_for(self.as_fd(), PollFlags::POLLIN, deadline)?;
        let mut bytes = [0; 8];
        (&self.file).read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

impl AsFd for Fifo {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
