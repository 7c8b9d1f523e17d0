//! Output as runs of text, for searching: each line, and each state that a line had before it was written
//! over, whatever screen it was on. Cut anywhere; a run is shown as soon as any of it is there, and again
//! when there is more of it.

use ms_terminal::screen::MAX_SIDE;
use ms_terminal::tokens::{Csi, Token, Tokenizer, incomplete_utf8};

/// A run longer than this is cut.
const MAX_RUN: usize = 64 << 10;
/// So much of its end begins the next, so that a match across the cut is seen.
const KEPT: usize = 4 << 10;
/// A sequence longer than this is passed over.
const MAX_SEQUENCE: usize = 64;

/// Takes output apart.
#[derive(Debug)]
pub(crate) struct Fragments {
    tokens: Tokenizer,
    run: Vec<u8>,
    /// The run has text that was not shown yet.
    fresh: bool,
    /// The program moved the cursor about, so that the screen shows more than the runs do.
    moved: bool,
}

impl Default for Fragments {
    fn default() -> Fragments {
        Fragments { tokens: Tokenizer::new(MAX_SEQUENCE), run: Vec::new(), fresh: false, moved: false }
    }
}

impl Fragments {
    /// Takes output in and shows each run; `shown` says whether that was it.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut shown: impl FnMut(&str) -> bool) -> bool {
        let mut tokens = std::mem::take(&mut self.tokens);
        let mut found = false;
        while !found && let Some(piece) = tokens.next(&mut bytes) {
            found = match piece.token {
                Token::Text(text) => self.text(text, &mut shown),
                Token::Csi(body) => match Csi::parse(body) {
                    Some(csi) if csi.prefix == 0 => self.csi(csi.action, csi.param(0), &mut shown),
                    _ => false,
                },
                Token::Escape([b'D' | b'E' | b'M' | b'8' | b'c']) => self.go(&mut shown),
                Token::Escape(_) | Token::Control(_) | Token::String { .. } => false,
            };
        }
        self.tokens = tokens;
        found || self.show(&mut shown)
    }

    /// Whether the cursor was moved about since the last call.
    pub(crate) fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// Text and the control characters in it.
    fn text(&mut self, mut text: &[u8], shown: &mut impl FnMut(&str) -> bool) -> bool {
        while let Some(&byte) = text.first() {
            let printed = text.iter().position(|b| (*b < 0x20 && *b != b'\t') || *b == 0x7f);
            let printed = printed.unwrap_or(text.len()).min(MAX_RUN - self.run.len());
            self.run.extend_from_slice(&text[..printed]);
            self.fresh |= printed > 0;
            let found = match byte {
                _ if printed > 0 => self.run.len() >= MAX_RUN && self.cut(shown),
                b'\n' | b'\r' | 0x0b | 0x0c => self.end(shown),
                0x08 => {
                    self.back();
                    false
                }
                _ => false,
            };
            if found {
                return true;
            }
            text = &text[printed.max(1)..];
        }
        false
    }

    fn csi(&mut self, action: u8, count: u16, shown: &mut impl FnMut(&str) -> bool) -> bool {
        match action {
            // To the right, as over blanks; no further than the widest screen.
            b'C' | b'a' => {
                let end = self.run.len() + usize::from(count.max(1));
                self.run.resize(end.min(self.run.len().max(usize::from(MAX_SIDE))), b' ');
                false
            }
            b'A' | b'B' | b'D'..=b'H' | b'd' | b'e' | b'f' | b'`' | b'J' | b'P' | b'@' | b'u' => {
                self.go(shown)
            }
            _ => false,
        }
    }

    /// The cursor goes elsewhere.
    fn go(&mut self, shown: &mut impl FnMut(&str) -> bool) -> bool {
        self.moved = true;
        self.end(shown)
    }

    fn back(&mut self) {
        while self.run.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
    }

    fn end(&mut self, shown: &mut impl FnMut(&str) -> bool) -> bool {
        let found = self.show(shown);
        self.run.clear();
        found
    }

    fn cut(&mut self, shown: &mut impl FnMut(&str) -> bool) -> bool {
        let found = self.show(shown);
        self.run.drain(..self.run.len() - KEPT);
        found
    }

    fn show(&mut self, shown: &mut impl FnMut(&str) -> bool) -> bool {
        let whole = &self.run[..self.run.len() - incomplete_utf8(&self.run)];
        std::mem::take(&mut self.fresh) && shown(&String::from_utf8_lossy(whole))
    }
}

#[cfg(test)]
#[path = "../../../../terminal/tests/cost/measure.rs"]
mod cost;

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(output: &[u8], cut: usize) -> Vec<String> {
        let (mut fragments, mut seen) = (Fragments::default(), Vec::new());
        for piece in output.chunks(cut) {
            fragments.feed(piece, |run| {
                seen.push(run.to_owned());
                false
            });
        }
        seen
    }

    #[test]
    fn lines_states_and_prompts_are_runs() {
        let output = b"\x1b[32mone\x1b[m two\r\n10%\r20%\r\nName? ";
        assert_eq!(runs(output, 99), ["one two", "10%", "20%", "Name? "]);
        assert_eq!(
            runs(b"\x1b[2J\x1b[5;3HFile\x1b[3CEdit\x1b[6;1Hx\x1b]0;title\x07y", 99),
            ["File   Edit", "xy"]
        );
        assert_eq!(runs("a\x08\u{e9}\u{e9}\x08b".as_bytes(), 99), ["\u{e9}b"]);
    }

    #[test]
    fn any_cut_shows_every_whole_run() {
        let output =
            "\x1b[32mone\x1b[m zw\u{f6}lf\r\n\x1b[?25l\x1b[3;4Hthree\x1b]8;;http://x\x1b\\four".as_bytes();
        for cut in 1..output.len() {
            let seen = runs(output, cut);
            for run in ["one zw\u{f6}lf", "threefour"] {
                assert!(seen.iter().any(|text| text == run), "{cut}: {seen:?}");
            }
        }
    }

    #[test]
    fn movements_to_the_right_make_no_run_without_end() {
        let mut fragments = Fragments::default();
        assert!(!fragments.feed(&b"\x1b[500C".repeat(10_000), |_| false));
        assert!(fragments.run.len() <= usize::from(MAX_SIDE));
    }

    #[test]
    fn a_run_without_end_is_bounded_and_searched_across_its_cuts() {
        let mut fragments = Fragments::default();
        let mut output = vec![b'x'; MAX_RUN - 3];
        output.extend_from_slice(b"needle");
        assert!(fragments.feed(&output, |run| run.contains("needle")));
        assert!(fragments.run.len() <= MAX_RUN);
    }
    #[test]
    fn every_kind_of_output_costs_little_more_than_the_plain_parse() {
        let parse = |bytes: &[u8]| ms_terminal::screen::Screen::new(80, 24).feed(bytes).unwrap();
        cost::check(parse, &[("runs", |bytes| assert!(!Fragments::default().feed(bytes, |_| false)))]);
    }
}
