//! Exactly one answer to each query. With a terminal in front, that terminal answers, and what other
//! terminals answer to the same bytes is dropped (`asked`); with none, or one that is stopped, the server
//! does, so that a program that asks never hangs. OSC 7501 is ours alone: no terminal may answer it.

use std::time::Duration;

use super::asked::{self, Due, Ledger};
use super::clients::Client;
use super::{Server, now};
use crate::judge::Edge;
use crate::terminal::keyboard::split::Piece;
use crate::terminal::scan::{Event, Query, What};
use crate::terminal::screen::answers::{self, Rgb, Terminal};

/// The longest answer that is looked into, in bytes.
const MAX_ANSWER: usize = 4096;

/// The answer to a query by OSC 7501.
const PROGRAM_STATUS: &[u8] = b"\x1b]7501;?\x1b\\";

/// What is known of queries and of the last terminal that answered any.
#[derive(Debug, Default)]
pub(super) struct Queries {
    ledger: Ledger,
    terminal: Terminal,
}

impl Server {
    /// Looks through what has just been read for queries and whatever else the screen does not show.
    pub(super) fn scan(&mut self, from: u64, count: usize) {
        self.ring.read(from, count, &mut self.fresh);
        // What a damaged ring lost at once still counts for the offsets of what follows.
        self.fresh.resize(count, 0);
        let mut events = std::mem::take(&mut self.events);
        self.scanner.feed(&self.fresh, &mut |event| events.push(event));
        for event in events.drain(..) {
            self.take_event(&event);
        }
        self.events = events;
    }

    fn take_event(&mut self, event: &Event) {
        match &event.what {
            What::Query(query) => self.take_query(event.end, query),
            What::Title { window: true, text } => self.status.titled(text),
            _ => {}
        }
        self.judge.note(now(), Edge::Scan(&event.what));
    }

    /// The terminal in front sees the query and answers; without one, we do.
    fn take_query(&mut self, end: u64, query: &Query) {
        if *query == Query::ProgramStatus {
            self.input.answer(PROGRAM_STATUS);
            return;
        }
        let due = (end, query.clone());
        match self.clients.front().map(|front| (front.id, can_answer(front), front.lagging)) {
            Some((id, true, false)) => self.queries.ledger.ask(now(), id, due),
            Some((id, true, true)) => {
                self.answer(&due);
                self.queries.ledger.answered_for(now(), id, due);
            }
            _ => self.answer(&due),
        }
    }

    fn answer(&mut self, (end, query): &Due) {
        let screen = self.view.as_of(&self.ring, *end);
        if let Some(answer) = answers::answer(query, screen, &self.queries.terminal) {
            self.input.answer(&answer);
        }
    }

    fn answer_all(&mut self, due: &[Due]) {
        due.iter().for_each(|due| self.answer(due));
    }

    /// The client's terminal was given everything before `shown`.
    pub(super) fn queries_shown(&mut self, id: u64, shown: u64) {
        self.queries.ledger.shown(now(), id, shown);
    }

    /// The client's terminal was painted: it will not be shown the queries before.
    pub(super) fn queries_painted_over(&mut self, id: u64) {
        let due = self.queries.ledger.painted(now(), id);
        self.answer_all(&due);
    }

    /// The client is gone, and with it what its terminal would have answered.
    pub(super) fn queries_left(&mut self, id: u64) {
        let due = self.queries.ledger.left(now(), id);
        self.answer_all(&due);
    }

    /// Gives up on terminals that were not shown a query in time; they are repainted when they come back.
    pub(super) fn answer_overdue(&mut self) {
        let (due, owners) = self.queries.ledger.overdue(now());
        for id in owners {
            self.clients.get(id).into_iter().for_each(|client| client.lagging = true);
        }
        self.answer_all(&due);
    }

    /// When a terminal is not waited for any longer.
    pub(super) fn queries_due(&self) -> Option<Duration> {
        self.queries.ledger.due()
    }

    /// What a client's bytes are: keys, or answers of its terminal. Answers that count teach what the
    /// terminal is like.
    pub(super) fn typed_by(&mut self, id: u64, bytes: &[u8]) -> Typed {
        let (front, now) = (self.clients.front == Some(id), now());
        let Some(client) = self.clients.get(id) else { return Typed::default() };
        let (ledger, just_come) = (&mut self.queries.ledger, client.has_just_come(now));
        let mut counts = |answer: &[u8]| match ledger.counts(now, id, answer) {
            Some(counts) => counts,
            None => front && !(just_come && asked::is_answer(answer)),
        };
        let mut typed = Typed::default();
        for byte in bytes {
            let Client { splitter, answer, .. } = client;
            splitter.step(*byte, &mut |piece| typed.take(piece, answer, &mut counts));
        }
        // The key Escape: what belongs to a sequence comes in the same read.
        if client.splitter.give_up_escape() {
            typed.take(Piece::Escape, &mut client.answer, &mut counts);
        }
        typed.learn(&mut self.queries.terminal);
        typed
    }
}

/// Whether the client's terminal answers queries.
fn can_answer(client: &Client) -> bool {
    client.hello.as_ref().is_some_and(|hello| !matches!(hello.term.as_str(), "" | "dumb"))
}

/// A client's bytes, sorted.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// What goes to the program, in order.
    pub(super) bytes: Vec<u8>,
    /// Whether any of it was typed, or pasted, or done with the mouse.
    pub(super) by_person: bool,
    /// Colours that the terminal told: number of the OSC, colour.
    colors: Vec<(u16, Rgb)>,
}

impl Typed {
    /// `counts` tells whether an answer goes to the program.
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
    use crate::terminal::keyboard::split::Splitter;

    fn sort(bytes: &[u8], front: bool) -> Typed {
        let (mut splitter, mut answer, mut typed) = (Splitter::default(), Vec::new(), Typed::default());
        for byte in bytes {
            splitter.step(*byte, &mut |piece| typed.take(piece, &mut answer, &mut |_| front));
        }
        if splitter.give_up_escape() {
            typed.take(Piece::Escape, &mut answer, &mut |_| front);
        }
        typed
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
