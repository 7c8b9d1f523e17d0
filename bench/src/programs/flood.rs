//! `flood KIND MEGABYTES GO DONE`: for each byte that it reads from the FIFO `GO`, writes so many megabytes
//! of KIND to its terminal, ends them with a marker on a line of its own, and writes into the FIFO `DONE`
//! how many nanoseconds the writing took (8 bytes, little-endian). KIND is `plain`, `colour` or `full`;
//! `full` draws the whole screen again and again, and once more when its size changes.

use std::fs::File;
use std::io::{self, Read, Write, stdout};
use std::os::fd::AsFd;
use std::time::Instant;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::SignalFd;

/// What the screen shows at the end, in every kind.
const MARKER: &str = "= all written =";

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, kind, megabytes, go, done] = args.as_slice() else {
        return Err(io::Error::other("usage: flood KIND MEGABYTES GO DONE"));
    };
    let (block, bytes) = (block(kind), megabytes.parse::<usize>().map_err(io::Error::other)? << 20);
    let resized = resizes(kind == "full")?;
    let mut go = File::open(go)?;
    let mut done = File::options().write(true).open(done)?;
    loop {
        let mut fds =
            [PollFd::new(go.as_fd(), PollFlags::POLLIN), PollFd::new(resized.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::NONE)?;
        if fds[1].any() == Some(true) {
            resized.read_signal()?;
            end(&frame(0))?;
        } else {
            go.read_exact(&mut [0; 1])?;
            done.write_all(&write(&block, bytes)?.to_le_bytes())?;
        }
    }
}

/// Writes so many bytes and the marker; returns how many nanoseconds that took.
fn write(block: &[u8], bytes: usize) -> io::Result<u64> {
    let start = Instant::now();
    for _ in 0..bytes.div_ceil(block.len()) {
        stdout().write_all(block)?;
    }
    end(b"")?;
    Ok(start.elapsed().as_nanos() as u64)
}

fn end(last: &[u8]) -> io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(last)?;
    write!(out, "\r\n{MARKER}\r\n")?;
    out.flush()
}

/// Changes of the terminal's size; a program that draws no screens knows nothing of them.
fn resizes(wanted: bool) -> io::Result<SignalFd> {
    let mut set = SigSet::empty();
    if wanted {
        set.add(Signal::SIGWINCH);
        set.thread_block()?;
    }
    Ok(SignalFd::new(&set)?)
}

/// What is written again and again: some 64 KB, in whole lines or whole frames.
fn block(kind: &str) -> Vec<u8> {
    let mut block = Vec::new();
    for number in 0.. {
        match kind {
            "colour" => block.extend(coloured_line(number)),
            "full" => block.extend(frame(number)),
            _ => block.extend(plain_line(number)),
        }
        if block.len() >= 64 << 10 {
            break;
        }
    }
    block
}

/// A line as a compiler or a server's log has it.
fn plain_line(number: usize) -> Vec<u8> {
    format!(
        "{number:6} the quick brown fox jumps over the lazy dog and runs away {:x}\r\n",
        number * 2654435761
    )
    .into_bytes()
}

/// A line as `ls --color` or a test runner has it: a sequence every ten bytes or so.
fn coloured_line(number: usize) -> Vec<u8> {
    let mut line = Vec::new();
    for word in 0..6 {
        let colour = 31 + (number + word) % 6;
        line.extend(format!("\x1b[1;{colour}mword{word}\x1b[0m ").into_bytes());
    }
    line.extend(format!("\x1b[38;5;{}m{number:x}\x1b[m\r\n", number % 256).into_bytes());
    line
}

/// A whole screen as htop draws it: every row placed, coloured and cleared to its end.
fn frame(number: usize) -> Vec<u8> {
    let mut frame = b"\x1b[?1049h\x1b[H".to_vec();
    for row in 1..=22 {
        let colour = 31 + (row + number) % 6;
        frame.extend(
            format!(
                "\x1b[{row};1H\x1b[{colour}m{row:4}\x1b[0m \x1b[1mprocess {:5}\x1b[m {:60.2}\x1b[K",
                number + row,
                (number * row) as f64 / 7.0
            )
            .into_bytes(),
        );
    }
    frame.extend(b"\x1b[22;1H");
    frame
}
