//! Exactly one answer to each query. With a terminal in front, that terminal answers, and what other
//! terminals answer to the same bytes is dropped (`pending_queries`); with none, or one that is stopped, the
//! server does, so that a program that asks never hangs. OSC 7501 is ours alone: no terminal may answer it.
//! Whatever is to be done is returned; nothing is typed or shown here.

use std::time::Duration;

use super::pending_queries::{self, Due, PendingQueries};
use ms_terminal::keyboard::split::{Piece, Splitter};
use ms_terminal::scan::Query;
use ms_terminal::screen::Screen;
use ms_terminal::screen::answers::{self, Rgb, Terminal};

/// The longest answer that is looked into, in bytes.
const MAX_ANSWER: usize = 4096;

/// The answer to a query by OSC 7501.
const PROGRAM_STATUS: &[u8] = b"\x1b]7501;?\x1b\\";

/// What is to be done about queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The server answers this query with [`QueryRouter::answer`], by the screen as of that offset.
    Answer(u64, Query),
    /// These bytes are the answer.
    Say(&'static [u8]),
    /// This client's terminal is not waited for any longer: it is repainted when it comes back.
    GiveUp(u64),
}

/// The terminal in front, as far as it matters to queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Front {
    pub(super) id: u64,
    /// Its terminal answers queries.
    pub(super) answers: bool,
    /// It made no progress for too long.
    pub(super) lagging: bool,
}

/// Whose bytes are sorted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender {
    pub(super) id: u64,
    pub(super) in_front: bool,
    /// Its terminal may still be answering to what another session's program asked.
    pub(super) has_just_come: bool,
}

/// The bytes of one terminal, as far as they have come.
#[derive(Debug, Default)]
pub(super) struct TerminalBytes {
    /// Parts what is typed from what the terminal answers.
    splitter: Splitter,
    /// An answer that is not whole yet.
    answer: Vec<u8>,
}

/// What is known of queries and of the last terminal that answered any.
#[derive(Debug, Default)]
pub(super) struct QueryRouter {
    pending: PendingQueries,
    terminal: Terminal,
}

impl QueryRouter {
    /// The program asks, up to offset `end`. The terminal in front sees the query and answers; without one,
    /// the server does.
    pub(super) fn asked(
        &mut self,
        now: Duration,
        end: u64,
        query: &Query,
        front: Option<Front>,
    ) -> Option<Effect> {
        if *query == Query::ProgramStatus {
            return Some(Effect::Say(PROGRAM_STATUS));
        }
        let due = (end, query.clone());
        match front.filter(|front| front.answers) {
            Some(Front { id, lagging: false, .. }) => {
                self.pending.ask(now, id, due);
                return None;
            }
            Some(Front { id, .. }) => self.pending.answered_for(now, id, due),
            None => {}
        }
        Some(Effect::Answer(end, query.clone()))
    }

    /// The server's answer to a query, where the screen is this.
    pub(super) fn answer(&self, query: &Query, screen: &Screen) -> Option<Vec<u8>> {
        answers::answer(query, screen, &self.terminal)
    }

    /// The client's terminal was given everything before `shown`.
    pub(super) fn shown(&mut self, now: Duration, id: u64, shown: u64) {
        self.pending.shown(now, id, shown);
    }

    /// The client's terminal was painted: it will not be shown the queries before.
    pub(super) fn painted_over(&mut self, now: Duration, id: u64) -> Vec<Effect> {
        answer_all(self.pending.painted(now, id))
    }

    /// The client is gone, and with it what its terminal would have answered.
    pub(super) fn left(&mut self, now: Duration, id: u64) -> Vec<Effect> {
        answer_all(self.pending.left(now, id))
    }

    /// Gives up on terminals that were not shown a query in time.
    pub(super) fn overdue(&mut self, now: Duration) -> Vec<Effect> {
        let (due, owners) = self.pending.overdue(now);
        owners.into_iter().map(Effect::GiveUp).chain(answer_all(due)).collect()
    }

    /// When a terminal is not waited for any longer.
    pub(super) fn due(&self) -> Option<Duration> {
        self.pending.due()
    }

    /// What a client's bytes are: keys, or answers of its terminal. Answers that count teach what the
    /// terminal is like.
    pub(super) fn sort(
        &mut self,
        now: Duration,
        sender: Sender,
        from: &mut TerminalBytes,
        bytes: &[u8],
    ) -> Sorted {
        let pending = &mut self.pending;
        let mut counts = |answer: &[u8]| match pending.counts(now, sender.id, answer) {
            Some(counts) => counts,
            None => sender.in_front && !(sender.has_just_come && pending_queries::is_answer(answer)),
        };
        let sorted = Sorted::of(from, bytes, &mut counts);
        sorted.learn(&mut self.terminal);
        sorted
    }
}

fn answer_all(due: Vec<Due>) -> Vec<Effect> {
    due.into_iter().map(|(end, query)| Effect::Answer(end, query)).collect()
}

/// A client's bytes, sorted.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// What goes to the program, in order.
    pub(super) bytes: Vec<u8>,
    /// Whether any of it was typed, or pasted, or done with the mouse.
    pub(super) by_person: bool,
    /// Colours that the terminal told: number of the OSC, colour.
    colors: Vec<(u16, Rgb)>,
}

impl Sorted {
    /// `counts` tells whether an answer goes to the program.
    fn of(from: &mut TerminalBytes, bytes: &[u8], counts: &mut dyn FnMut(&[u8]) -> bool) -> Sorted {
        let (mut sorted, TerminalBytes { splitter, answer }) = (Sorted::default(), from);
        for byte in bytes {
            splitter.step(*byte, &mut |piece| sorted.take(piece, answer, counts));
        }
        // The key Escape: what belongs to a sequence comes in the same read.
        if splitter.give_up_escape() {
            sorted.take(Piece::Escape, answer, counts);
        }
        sorted
    }

    fn take(&mut self, piece: Piece<'_>, answer: &mut Vec<u8>, counts: &mut dyn FnMut(&[u8]) -> bool) {
        match piece {
            Piece::Answer(part) => {
                answer.extend_from_slice(&part[..part.len().min(MAX_ANSWER.saturating_sub(answer.len()))]);
                if part.ends_with(b"\x07") || part.ends_with(b"\x1b\\") {
                    self.take_string(&std::mem::take(answer), counts);
                }
            }
            Piece::Csi(csi) if is_answer(csi) => self.take_answer(csi, counts(csi)),
            Piece::Csi(csi) => self.take_keys(csi),
            Piece::Byte(byte) | Piece::Paste(byte, _) => self.take_keys(&[byte]),
            Piece::Escape => self.take_keys(b"\x1b"),
            Piece::Alt(keys) | Piece::Ss3(keys) | Piece::Broken(keys) => self.take_keys(keys),
        }
    }

    fn take_keys(&mut self, keys: &[u8]) {
        self.bytes.extend_from_slice(keys);
        self.by_person = true;
    }

    fn take_answer(&mut self, answer: &[u8], counts: bool) {
        if counts {
            self.bytes.extend_from_slice(answer);
        }
    }

    fn take_string(&mut self, answer: &[u8], counts: &mut dyn FnMut(&[u8]) -> bool) {
        if answer.starts_with(b"\x1b]7501;") || !counts(answer) {
            return;
        }
        self.take_answer(answer, true);
        self.colors.extend(told_color(answer));
    }

    fn learn(&self, terminal: &mut Terminal) {
        for (number, color) in &self.colors {
            match number {
                10 => terminal.text = *color,
                11 => terminal.background = *color,
                12 => terminal.cursor = Some(*color),
                _ => {}
            }
        }
    }
}

/// Whether a control sequence is one that terminals send by themselves: reports of attributes (`c`),
/// status (`n`), modes (`$y`), the window (`t`), keyboard flags (`?…u`), the cursor (`R`), focus (`I`,
/// `O`). `CSI 1;mR` is F3 with a modifier in some terminals, and a cursor in the first row in others;
/// a first column is never a modifier's number.
fn is_answer(csi: &[u8]) -> bool {
    let Some((last, body)) = csi.strip_prefix(b"\x1b[").and_then(|csi| csi.split_last()) else {
        return false;
    };
    let private = matches!(body.first(), Some(b'?' | b'>' | b'='));
    match last {
        b'c' | b'n' => private || *last == b'n',
        b'u' | b'm' => private && body.first() != Some(&b'<'),
        b'y' => body.ends_with(b"$"),
        b't' => !body.is_empty(),
        b'R' => private || !is_f3(body),
        b'I' | b'O' => body.is_empty(),
        _ => false,
    }
}

fn is_f3(body: &[u8]) -> bool {
    body.is_empty() || matches!(body, [b'1', b';', b'2'..=b'9'] | [b'1', b';', b'1', b'0'..=b'6'])
}

/// The colour in an answer to OSC 10, 11 or 12.
fn told_color(answer: &[u8]) -> Option<(u16, Rgb)> {
    let text = std::str::from_utf8(answer.strip_prefix(b"\x1b]")?).ok()?;
    let (number, color) = text.split_once(';')?;
    let color = color.trim_end_matches(['\x07', '\x1b', '\\']);
    Some((number.parse().ok()?, Rgb::parse(color)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(bytes: &[u8], front: bool) -> Sorted {
        Sorted::of(&mut TerminalBytes::default(), bytes, &mut |_| front)
    }

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    const FRONT: Front = Front { id: 1, answers: true, lagging: false };

    fn sender(id: u64, in_front: bool) -> Sender {
        Sender { id, in_front, has_just_come: false }
    }

    #[test]
    fn who_is_in_front_answers_and_the_server_does_for_nobody_or_one_that_cannot() {
        let server = Some(Effect::Answer(10, Query::Cursor));
        for (front, effect) in [
            (None, server.clone()),
            (Some(FRONT), None),
            (Some(Front { answers: false, ..FRONT }), server.clone()),
            (Some(Front { lagging: true, ..FRONT }), server),
        ] {
            let mut router = QueryRouter::default();
            assert_eq!(router.asked(at(0), 10, &Query::Cursor, front), effect, "{front:?}");
            let own = router.asked(at(0), 20, &Query::ProgramStatus, front);
            assert_eq!(own, Some(Effect::Say(PROGRAM_STATUS)), "{front:?}");
        }
    }

    #[test]
    fn whatever_comes_between_a_query_has_one_answer() {
        const REPLY: &[u8] = b"\x1b[3;7R";
        type Between = fn(&mut QueryRouter) -> Vec<Effect>;
        let answered = |end| vec![Effect::Answer(end, Query::Cursor)];
        let cases: [(Between, Vec<Effect>, &[u8]); 4] = [
            (|_| Vec::new(), vec![], REPLY),
            (|router| router.painted_over(at(1000), 1), answered(10), b""),
            (|router| router.left(at(1000), 1), answered(10), b""),
            (|router| router.overdue(at(1000)), vec![Effect::GiveUp(1), answered(10).remove(0)], b""),
        ];
        for (between, effects, typed) in cases {
            let mut router = QueryRouter::default();
            assert_eq!(router.asked(at(0), 10, &Query::Cursor, Some(FRONT)), None);
            assert_eq!(router.due(), Some(at(1000)));
            assert_eq!(between(&mut router), effects);
            router.shown(at(1001), 1, 10);
            let bytes = &mut TerminalBytes::default();
            assert_eq!(router.sort(at(1002), sender(1, true), bytes, REPLY).bytes, typed, "{effects:?}");
            assert_eq!(router.sort(at(1003), sender(2, true), bytes, REPLY).bytes, b"", "{effects:?}");
        }
    }

    #[test]
    fn a_terminal_that_has_just_come_answers_what_another_program_asked() {
        let (mut router, bytes) = (QueryRouter::default(), &mut TerminalBytes::default());
        let came = Sender { has_just_come: true, ..sender(1, true) };
        assert_eq!(router.sort(at(0), came, bytes, b"\x1b[?62;22c").bytes, b"");
        assert_eq!(router.sort(at(0), came, bytes, b"\x1b[I").bytes, b"\x1b[I", "said by itself");
        assert_eq!(router.sort(at(0), sender(1, true), bytes, b"\x1b[?62;22c").bytes, b"\x1b[?62;22c");
        assert_eq!(router.sort(at(0), sender(1, false), bytes, b"\x1b[I").bytes, b"", "not in front");
    }

    #[test]
    fn the_server_answers_with_what_terminals_have_told() {
        let (mut router, bytes) = (QueryRouter::default(), &mut TerminalBytes::default());
        router.sort(at(0), sender(1, true), bytes, b"\x1b]11;rgb:1111/2222/3333\x07").bytes.clear();
        let query = Query::DynamicColor { number: 11, bel: true };
        let answer = router.answer(&query, &Screen::new(80, 24)).unwrap();
        assert_eq!(answer, b"\x1b]11;rgb:1111/2222/3333\x07");
    }

    #[test]
    fn answers_count_from_the_terminal_in_front_only() {
        let answers: [&[u8]; 8] = [
            b"\x1b[12;40R",
            b"\x1b[?62;22c",
            b"\x1b[0n",
            b"\x1b[?2026;2$y",
            b"\x1b[?1u",
            b"\x1b]11;rgb:1111/2222/3333\x07",
            b"\x1bP>|kitty(1)\x1b\\",
            b"\x1b[8;24;80t",
        ];
        for answer in answers {
            assert_eq!(sort(answer, true).bytes, answer, "{answer:?}");
            let dropped = sort(answer, false);
            assert!(dropped.bytes.is_empty() && !dropped.by_person, "{answer:?}");
        }
    }

    #[test]
    fn keys_are_never_taken_for_answers() {
        let keys: [&[u8]; 7] = [
            b"a",
            b"\x1b",
            b"\x1b[A",
            b"\x1b[1;5R",
            b"\x1b[<0;3;4M",
            b"\x1b[97;5u",
            b"\x1b[200~\x1b[0n\x1b[201~",
        ];
        for key in keys {
            let typed = sort(key, false);
            assert!(typed.bytes == key && typed.by_person, "{key:?}: {typed:?}");
        }
    }

    #[test]
    fn a_terminal_s_7501_is_dropped_and_its_colours_are_learned() {
        assert!(sort(b"\x1b]7501;?\x1b\\", true).bytes.is_empty());
        let mut terminal = Terminal::default();
        sort(b"\x1b]10;rgb:1111/2222/3333\x1b\\", true).learn(&mut terminal);
        assert_eq!(terminal.text, Rgb { r: 0x1111, g: 0x2222, b: 0x3333 });
    }
}
