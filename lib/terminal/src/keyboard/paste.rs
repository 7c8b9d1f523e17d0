//! Text as a terminal pastes it: line ends as Enter sends them, and, where the program asked for it, in
//! brackets that nothing in the text can close.

/// What opens a bracketed paste (ctlseqs: "Bracketed Paste Mode").
pub const OPEN: &[u8] = b"\x1b[200~";
/// What closes it.
pub const CLOSE: &[u8] = b"\x1b[201~";
/// The C1 form, in UTF-8, which some programs understand as well.
const CLOSE_C1: &[u8] = "\u{9b}201~".as_bytes();

/// Turns text, cut anywhere, into what is pasted.
#[derive(Debug)]
pub struct Paste {
    bracketed: bool,
    begun: bool,
    after_return: bool,
    /// What may yet turn out to belong to a closing bracket, if only after one within it is gone.
    held: Vec<Held>,
}

/// A byte, and how many bytes of either closing bracket end with it.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    byte: u8,
    matched: [usize; 2],
}

impl Paste {
    /// A paste; `bracketed` where the program asked for brackets.
    pub fn new(bracketed: bool) -> Paste {
        Paste { bracketed, begun: false, after_return: false, held: Vec::new() }
    }

    /// The next piece.
    pub fn feed(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = self.open();
        for &byte in text {
            let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' => self.take(b'\r', &mut out),
                byte => self.take(byte, &mut out),
            }
        }
        out
    }

    /// The end of it.
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = self.open();
        out.extend(self.held.iter().map(|held| held.byte));
        if self.bracketed {
            out.extend_from_slice(CLOSE);
        }
        out
    }

    fn open(&mut self) -> Vec<u8> {
        let first = !std::mem::replace(&mut self.begun, true);
        if first && self.bracketed { OPEN.to_vec() } else { Vec::new() }
    }

    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        if !self.bracketed {
            return out.push(byte);
        }
        let before = self.held.last().copied().unwrap_or_default().matched;
        let matched = [advance(CLOSE, before[0], byte), advance(CLOSE_C1, before[1], byte)];
        self.held.push(Held { byte, matched });
        if matched == [0, 0] {
            // Nothing up to here can belong to a closing bracket any more.
            out.extend(self.held.drain(..).map(|held| held.byte));
        }
        for (closing, matched) in [CLOSE, CLOSE_C1].into_iter().zip(matched) {
            if matched == closing.len() {
                self.held.truncate(self.held.len() - closing.len());
            }
        }
    }
}

/// How many bytes of `closing` end with `byte`, if so many ended with the one before. Its first byte is
/// nowhere else in it, so a mismatch can only begin anew.
fn advance(closing: &[u8], before: usize, byte: u8) -> usize {
    match closing.get(before) {
        Some(expected) if *expected == byte => before + 1,
        _ => usize::from(closing[0] == byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pasted(text: &[u8], bracketed: bool, cut: usize) -> Vec<u8> {
        let mut paste = Paste::new(bracketed);
        let mut out: Vec<u8> = text.chunks(cut).flat_map(|piece| paste.feed(piece)).collect();
        out.extend(paste.finish());
        out
    }

    #[test]
    fn lines_end_as_enter_sends_them() {
        assert_eq!(pasted(b"a\nb\r\nc\rd", false, 1), b"a\rb\rc\rd");
        assert_eq!(pasted(b"a\nb", true, 9), b"\x1b[200~a\rb\x1b[201~");
        assert_eq!(pasted(b"", true, 1), b"\x1b[200~\x1b[201~");
        assert_eq!(
            pasted(b"\x1b[201~x", false, 1),
            b"\x1b[201~x",
            "without brackets there is nothing to close"
        );
    }

    #[test]
    fn nothing_in_the_text_closes_the_bracket() {
        for evil in [
            &b"a\x1b[201~rm -rf ~\n"[..],
            b"a\x1b[20\x1b[201~1~rm -rf ~\n",
            b"a\x1b\x1b[201~[201~rm -rf ~\n",
            "a\u{9b}201~rm -rf ~\n".as_bytes(),
            "a\x1b[20\u{9b}201~1~rm -rf ~\n".as_bytes(),
        ] {
            assert_eq!(pasted(evil, true, 3), b"\x1b[200~arm -rf ~\r\x1b[201~", "{evil:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_pasted_stays_inside(
            pieces in prop::collection::vec(prop::sample::select(vec![
                &b"\x1b"[..], b"[", b"2", b"0", b"1", b"~", b"\x1b[20", b"1~", b"\x1b[201~", b"\xc2", b"\x9b", b"x", b"\n",
            ]), 0..60),
            cut in 1usize..9,
        ) {
            let text = pieces.concat();
            let out = pasted(&text, true, cut);
            let inside = &out[OPEN.len()..out.len() - CLOSE.len()];
            prop_assert!(out.starts_with(OPEN) && out.ends_with(CLOSE));
            prop_assert!(!inside.windows(6).any(|window| window == CLOSE || window == CLOSE_C1));
            prop_assert_eq!(&out, &pasted(&text, true, 1));
        }
    }
}
