//! Gives back each byte that is typed, at once, on a raw terminal: what an editor's echo goes through.

use std::io::{Read, Write, stdin, stdout};

use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

fn main() -> std::io::Result<()> {
    let mut modes = tcgetattr(stdin())?;
    cfmakeraw(&mut modes);
    tcsetattr(stdin(), SetArg::TCSANOW, &modes)?;
    let mut out = stdout();
    out.write_all(b"ready\r\n")?;
    out.flush()?;
    let mut buffer = [0; 256];
    loop {
        match stdin().read(&mut buffer)? {
            0 => return Ok(()),
            count => out.write_all(&buffer[..count])?,
        }
        out.flush()?;
    }
}
