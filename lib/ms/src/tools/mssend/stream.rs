//! Standard input of any size, typed as it comes.

use std::io::Read;
use std::os::fd::AsFd;

use super::apart;
use super::sender::{Sender, Woken};
use ms_terminal::keyboard::paste::Paste;
use msession::format::error::{Error, Result};

/// Bytes that are read at a time.
const READ: usize = 64 << 10;

/// Types all of `input`. To a terminal in canonical mode a line goes only when it is whole, so that one
/// that is too long can be refused before any of it is lost.
pub(super) fn send(sender: &mut Sender, mut input: impl Read + AsFd, paste: bool) -> Result<()> {
    let mut paste = paste.then(|| Paste::new(sender.modes.bracketed_paste));
    let mut buffer = vec![0; READ];
    let mut line = Vec::new();
    apart::wait(sender, b"", "the input")?;
    loop {
        while sender.wait(Some(input.as_fd()))? != Woken::Other {}
        let count = match input.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::system("standard input")(error)),
        };
        let piece = match &mut paste {
            _ if count == 0 => break,
            Some(paste) => paste.feed(&buffer[..count]),
            None => buffer[..count].to_vec(),
        };
        line.extend_from_slice(&piece);
        let whole = if sender.modes.canonical { whole_lines(&line) } else { line.len() };
        sender.check(&line[..whole])?;
        sender.check_begun(&line[whole..])?;
        sender.send(&line[..whole])?;
        line.drain(..whole);
    }
    line.extend(paste.map(Paste::finish).unwrap_or_default());
    sender.check(&line)?;
    sender.send(&line)?;
    sender.wait_until_taken()
}

/// Length of the lines that are ended.
fn whole_lines(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r' | 0x04)).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_whole_when_it_is_ended() {
        assert_eq!(whole_lines(b"one\ntwo\rthr"), 8);
        assert_eq!(whole_lines(b"one"), 0);
        assert_eq!(whole_lines(b""), 0);
    }
}
