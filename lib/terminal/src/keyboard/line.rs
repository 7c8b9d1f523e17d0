//! The line that a terminal in canonical mode is still collecting. The kernel keeps 4095 bytes of it and
//! drops what comes behind without a word (termios(3)), so it must not come that far.

/// The longest line, without what ends it (Linux: N_TTY_BUF_SIZE - 1).
pub const MAX_LINE: usize = 4095;

/// How long the line is that is not ended yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    len: usize,
}

impl Line {
    /// A line that already has this many bytes.
    pub fn begun(len: usize) -> Line {
        Line { len }
    }

    /// Bytes of the line so far.
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The line after this was typed.
    pub fn after(mut self, bytes: &[u8]) -> Line {
        self.push(bytes);
        self
    }

    /// Takes in what is typed; `false` if a line in it is longer than can be.
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        let mut fits = true;
        for byte in bytes {
            self.len = match byte {
                // Line ends; ^D, ^C, ^\ and ^Z, ^U: whatever was there is handed on or thrown away.
                b'\n' | b'\r' | 0x03 | 0x04 | 0x15 | 0x1a | 0x1c => 0,
                0x08 | 0x7f => self.len.saturating_sub(1),
                _ => self.len + 1,
            };
            fits &= self.len <= MAX_LINE;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_4095_bytes_fits_and_one_of_4096_does_not() {
        let fits = |text: &[u8]| Line::default().push(text);
        assert!(fits(&[b'x'; 4095]) && !fits(&[b'x'; 4096]));
        assert!(fits(&[&[b'x'; 4095][..], b"\n", &[b'x'; 4095], b"\r"].concat()));
        assert!(!fits(&[&[b'x'; 4096][..], b"\n"].concat()));
        assert!(fits(&[&[b'x'; 4095][..], b"\x7fy"].concat()));
    }

    #[test]
    fn what_was_there_before_counts() {
        let mut line = Line::begun(4090);
        assert!(line.push(b"12345") && !line.push(b"6"));
    }
}
