//! `say FIFO`: writes its process id into FIFO as soon as it runs (8 bytes, little-endian), then waits
//! to be killed.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let fifo = std::env::args_os().nth(1).unwrap_or_default();
    let pid = u64::from(std::process::id());
    std::fs::File::options().write(true).open(fifo)?.write_all(&pid.to_le_bytes())?;
    loop {
        nix::unistd::pause();
    }
}
