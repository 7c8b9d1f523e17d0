//! `ask FIFO`: asks the terminal for the cursor's place and for its attributes, writes into FIFO how many
//! nanoseconds it took until both answers were there (8 bytes, little-endian), and waits to be killed.

use std::io::{Read, Write, stdin, stdout};
use std::time::Instant;

use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

fn main() -> std::io::Result<()> {
    let fifo = std::env::args_os().nth(1).unwrap_or_default();
    let mut modes = tcgetattr(stdin())?;
    cfmakeraw(&mut modes);
    tcsetattr(stdin(), SetArg::TCSANOW, &modes)?;
    let start = Instant::now();
    let mut out = stdout();
    out.write_all(b"\x1b[6n\x1b[c")?;
    out.flush()?;
    let (mut got, mut buffer) = (Vec::new(), [0; 256]);
    while !(got.contains(&b'R') && got.ends_with(b"c")) {
        match stdin().read(&mut buffer)? {
            0 => return Ok(()),
            count => got.extend_from_slice(&buffer[..count]),
        }
    }
    let took = start.elapsed().as_nanos() as u64;
    std::fs::File::options().write(true).open(fifo)?.write_all(&took.to_le_bytes())?;
    loop {
        nix::unistd::pause();
    }
}
