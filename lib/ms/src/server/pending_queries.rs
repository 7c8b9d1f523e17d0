//! Which terminal owes the program an answer. A query is its who was in front when it was asked, whoever is
//! in front when the answer comes; where that terminal leaves, stops or is painted past the query, the
//! server answers instead, and what the terminal says after all is dropped. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use ms_terminal::scan::Query;

/// Queries that are remembered; of more than these the oldest are let go.
const MAX: usize = 256;
/// A terminal that was not shown a query by then is not waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// Terminals answer within this; what belongs to a query is known for so long.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);
/// Nearly all answer within this, those behind ssh too: one that has not by then does not know the query.
const ON_ITS_WAY: Duration = Duration::from_millis(300);

/// One query.
#[derive(Debug)]
struct Asked {
    /// The offset after it.
    end: u64,
    query: Query,
    /// The client whose terminal is to answer.
    owner: u64,
    /// Since when the terminal has made no progress towards it.
    at: Duration,
    /// When the terminal was given it.
    shown: Option<Duration>,
    answered: Option<Duration>,
}

/// A query that the server has to answer, and the offset after it.
pub(super) type Due = (u64, Query);

/// The queries that terminals were asked lately.
#[derive(Debug, Default)]
pub(super) struct PendingQueries {
    list: VecDeque<Asked>,
}

impl PendingQueries {
    /// The terminal of `owner` is to answer.
    pub(super) fn ask(&mut self, now: Duration, owner: u64, (end, query): Due) {
        self.push(Asked { end, query, owner, at: now, shown: None, answered: None });
    }

    /// The server answers; the terminal of `owner` may come to see the query all the same.
    pub(super) fn answered_for(&mut self, now: Duration, owner: u64, (end, query): Due) {
        self.push(Asked { end, query, owner, at: now, shown: None, answered: Some(now) });
    }

    fn push(&mut self, asked: Asked) {
        self.forget(asked.at);
        if self.list.len() == MAX {
            self.list.pop_front();
        }
        self.list.push_back(asked);
    }

    /// A terminal was given everything before `offset`. One that comes nearer is waited for.
    pub(super) fn shown(&mut self, now: Duration, owner: u64, offset: u64) {
        for asked in self.of(owner) {
            match asked.end <= offset {
                true => drop(asked.shown.get_or_insert(now)),
                false => asked.at = now,
            }
        }
    }

    /// A terminal is painted past everything: what it was not shown is for the server to answer.
    pub(super) fn painted(&mut self, now: Duration, owner: u64) -> Vec<Due> {
        let due = self.take(now, |asked| asked.owner == owner && asked.shown.is_none());
        self.shown(now, owner, u64::MAX);
        due
    }

    /// A terminal is gone: so is every answer that it still owed.
    pub(super) fn left(&mut self, now: Duration, owner: u64) -> Vec<Due> {
        let due = self.take(now, |asked| {
            asked.owner == owner && asked.shown.is_none_or(|shown| now < shown + ON_ITS_WAY)
        });
        self.list.retain(|asked| asked.owner != owner || asked.answered == Some(now));
        due
    }

    /// What terminals were not shown in time, and whose those are.
    pub(super) fn overdue(&mut self, now: Duration) -> (Vec<Due>, Vec<u64>) {
        let late = |asked: &Asked| asked.shown.is_none() && now >= asked.at + PATIENCE;
        let owners = self.list.iter().filter(|asked| asked.answered.is_none() && late(asked));
        let owners = owners.map(|asked| asked.owner).collect();
        (self.take(now, late), owners)
    }

    /// When [`PendingQueries::overdue`] has something.
    pub(super) fn due(&self) -> Option<Duration> {
        let open = self.list.iter().filter(|asked| asked.shown.is_none() && asked.answered.is_none());
        open.map(|asked| asked.at + PATIENCE).min()
    }

    /// Whether the program gets an answer of the terminal of `id`: it does if that was asked and has not
    /// answered yet. None if nobody was asked for it.
    pub(super) fn counts(&mut self, now: Duration, id: u64, answer: &[u8]) -> Option<bool> {
        self.forget(now);
        let mut same = self.list.iter_mut().filter(|asked| is_answer_to(&asked.query, answer)).peekable();
        same.peek()?;
        let open = same.find(|asked| asked.owner == id && asked.answered.is_none());
        let Some(end) = open.map(|asked| asked.end) else { return Some(false) };
        // Terminals answer in order: what it was asked before and has not answered it does not know.
        let known = self.of(id).filter(|asked| asked.end <= end && asked.answered.is_none());
        known.for_each(|asked| asked.answered = Some(now));
        Some(true)
    }

    fn of(&mut self, owner: u64) -> impl Iterator<Item = &mut Asked> {
        self.list.iter_mut().filter(move |asked| asked.owner == owner)
    }

    fn take(&mut self, now: Duration, which: impl Fn(&Asked) -> bool) -> Vec<Due> {
        let open = self.list.iter_mut().filter(|asked| asked.answered.is_none() && which(asked));
        open.map(|asked| {
            asked.answered = Some(now);
            (asked.end, asked.query.clone())
        })
        .collect()
    }

    /// Lets go what no answer can come to any more, or never came to.
    fn forget(&mut self, now: Duration) {
        self.list.retain(|asked| match (asked.shown, asked.answered) {
            (Some(shown), answered) => now < shown.max(answered.unwrap_or(shown)) + ANSWERED_WITHIN,
            _ => true,
        });
    }
}

/// Whether a control sequence begins and ends so, with numbers between.
fn is_csi(answer: &[u8], begin: &[u8], end: &[u8]) -> bool {
    let body = answer.strip_prefix(b"\x1b[").and_then(|body| body.strip_prefix(begin));
    body.and_then(|body| body.strip_suffix(end))
        .is_some_and(|body| body.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':')))
}

fn is_string(answer: &[u8], begin: &str) -> bool {
    answer.strip_prefix(b"\x1b").is_some_and(|rest| rest.starts_with(begin.as_bytes()))
}

/// Whether no terminal says this without having been asked.
pub(super) fn is_answer(answer: &[u8]) -> bool {
    const SEQUENCES: [(&[u8], &[u8]); 13] = [
        (b"?", b"c"),
        (b">", b"c"),
        (b"0", b"n"),
        (b"3", b"n"),
        (b"", b"R"),
        (b"?", b"R"),
        (b"", b"$y"),
        (b"?", b"$y"),
        (b"?", b"u"),
        (b">4;", b"m"),
        (b"4;", b"t"),
        (b"6;", b"t"),
        (b"8;", b"t"),
    ];
    SEQUENCES.iter().any(|(begin, end)| is_csi(answer, begin, end))
        || ["P!|", "P>|", "P0", "P1", "]4;", "]1"].iter().any(|begin| is_string(answer, begin))
}

/// Whether these bytes are what a terminal answers to the query.
fn is_answer_to(query: &Query, answer: &[u8]) -> bool {
    let csi = |begin: &[u8], end: &[u8]| is_csi(answer, begin, end);
    let string = |begin: &str| is_string(answer, begin);
    match query {
        Query::PrimaryAttributes => csi(b"?", b"c"),
        Query::SecondaryAttributes => csi(b">", b"c"),
        Query::TertiaryAttributes => string("P!|"),
        Query::Status => csi(b"", b"n"),
        Query::Cursor => csi(b"", b"R"),
        Query::ExtendedCursor => csi(b"?", b"R"),
        Query::ColorScheme => csi(b"?997;", b"n"),
        Query::Mode(mode) => csi(format!("{mode};").as_bytes(), b"$y"),
        Query::PrivateMode(mode) => csi(format!("?{mode};").as_bytes(), b"$y"),
        Query::Version => string("P>|"),
        Query::Termcap(_) => string("P1+r") || string("P0+r"),
        Query::Setting(_) => string("P1$r") || string("P0$r"),
        Query::Keyboard => csi(b"?", b"u"),
        Query::ModifyOtherKeys => csi(b">4;", b"m"),
        Query::PaletteColor { index, .. } => string(&format!("]4;{index};")),
        Query::DynamicColor { number, .. } => string(&format!("]{number};")),
        Query::TextAreaPixels => csi(b"4;", b"t"),
        Query::CellPixels => csi(b"6;", b"t"),
        Query::TextAreaCells => csi(b"8;", b"t"),
        Query::ProgramStatus | Query::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_terminal::screen::Screen;
    use ms_terminal::screen::answers;

    const CURSOR: &[u8] = b"\x1b[3;7R";

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Terminal 1 was asked for its cursor at offset 10.
    fn asked() -> PendingQueries {
        let mut pending = PendingQueries::default();
        pending.ask(at(0), 1, (10, Query::Cursor));
        pending
    }

    #[test]
    fn one_answer_counts_and_it_is_that_of_who_was_asked() {
        let mut pending = asked();
        pending.shown(at(1), 1, 10);
        assert_eq!(pending.counts(at(2), 2, CURSOR), Some(false), "was not asked");
        assert_eq!(pending.counts(at(3), 1, CURSOR), Some(true));
        assert_eq!(pending.counts(at(4), 1, CURSOR), Some(false), "once");
        assert_eq!(pending.counts(at(5), 2, CURSOR), Some(false), "late");
        assert_eq!(pending.counts(at(5000), 2, CURSOR), None, "of its own");
    }

    #[test]
    fn what_nobody_asked_for_is_not_known_here() {
        let mut pending = asked();
        for answer in [&b"\x1b[I"[..], b"\x1b[?62c", b"\x1b[?997;1n"] {
            assert_eq!(pending.counts(at(1), 1, answer), None);
        }
        assert!(!is_answer(b"\x1b[I") && !is_answer(b"\x1b[?997;1n") && !is_answer(b"\x1b[48;24;80;0;0t"));
    }

    #[test]
    fn a_terminal_that_stops_is_waited_for_a_second_and_then_too_late() {
        let mut pending = asked();
        assert_eq!(pending.due(), Some(at(1000)));
        assert_eq!(pending.overdue(at(999)), (vec![], vec![]));
        assert_eq!(pending.overdue(at(1000)), (vec![(10, Query::Cursor)], vec![1]));
        assert_eq!((pending.due(), pending.overdue(at(2000))), (None, (vec![], vec![])), "once");
        pending.shown(at(60_000), 1, 10);
        assert_eq!(pending.counts(at(60_100), 1, CURSOR), Some(false));
    }

    #[test]
    fn a_terminal_that_is_slow_is_waited_for_while_it_goes_on() {
        let mut pending = asked();
        for (now, offset) in [(900, 3), (1800, 6), (2700, 9)] {
            assert_eq!(pending.overdue(at(now)), (vec![], vec![]));
            pending.shown(at(now), 1, offset);
        }
        pending.shown(at(3600), 1, 10);
        assert_eq!(pending.counts(at(3700), 1, CURSOR), Some(true));
    }

    #[test]
    fn a_terminal_that_was_shown_a_query_is_waited_for_however_long() {
        let mut pending = asked();
        pending.shown(at(1), 1, 10);
        assert_eq!((pending.due(), pending.overdue(at(5000))), (None, (vec![], vec![])));
    }

    #[test]
    fn who_leaves_or_is_painted_owes_nothing() {
        assert_eq!(asked().painted(at(5), 1), [(10, Query::Cursor)]);
        assert_eq!(asked().painted(at(5), 2), []);
        assert_eq!(asked().left(at(5), 1), [(10, Query::Cursor)]);
        let mut pending = asked();
        pending.shown(at(1), 1, 10);
        assert_eq!(pending.painted(at(5), 1), [], "it was shown it and will answer");
        assert_eq!(pending.left(at(6), 1), [(10, Query::Cursor)], "its answer is lost");
    }

    #[test]
    fn two_alike_are_two_answers() {
        let mut pending = asked();
        pending.ask(at(1), 1, (20, Query::Cursor));
        pending.shown(at(2), 1, 20);
        let answers: Vec<_> = (0..3).map(|_| pending.counts(at(3), 1, CURSOR)).collect();
        assert_eq!(answers, [Some(true), Some(true), Some(false)]);
    }

    #[test]
    fn a_query_that_a_terminal_passes_over_is_nobody_s() {
        let mut pending = PendingQueries::default();
        pending.ask(at(0), 1, (10, Query::Version));
        pending.ask(at(0), 1, (20, Query::Cursor));
        pending.shown(at(1), 1, 20);
        assert_eq!(pending.counts(at(2), 1, CURSOR), Some(true));
        assert_eq!(pending.left(at(3), 1), []);
        let mut pending = asked();
        pending.shown(at(1), 1, 10);
        assert_eq!(pending.left(at(400), 1), [], "it would have answered by now");
    }

    #[test]
    fn it_does_not_grow() {
        let mut pending = PendingQueries::default();
        (0..10_000).for_each(|n| pending.ask(at(n), 1, (n, Query::Cursor)));
        assert_eq!(pending.list.len(), MAX);
        pending.shown(at(10_000), 1, 10_000);
        pending.counts(at(20_000), 1, b"x");
        assert_eq!(pending.list.len(), 0);
    }

    #[test]
    fn every_answer_is_known_as_that_of_its_query_alone() {
        let queries = [
            Query::PrimaryAttributes,
            Query::SecondaryAttributes,
            Query::TertiaryAttributes,
            Query::Status,
            Query::Cursor,
            Query::ExtendedCursor,
            Query::ColorScheme,
            Query::Mode(4),
            Query::PrivateMode(2026),
            Query::Version,
            Query::Termcap("544e".into()),
            Query::Setting("m".into()),
            Query::Keyboard,
            Query::ModifyOtherKeys,
            Query::PaletteColor { index: 1, bel: true },
            Query::DynamicColor { number: 11, bel: false },
            Query::TextAreaPixels,
            Query::CellPixels,
            Query::TextAreaCells,
        ];
        let (screen, terminal) = (Screen::new(80, 24), answers::Terminal::default());
        for query in &queries {
            let answer = answers::answer(query, &screen, &terminal).unwrap();
            let known: Vec<&Query> = queries.iter().filter(|other| is_answer_to(other, &answer)).collect();
            assert_eq!(known, [query], "{:?}", String::from_utf8_lossy(&answer));
            assert!(is_answer(&answer) || *query == Query::ColorScheme, "{query:?}");
        }
    }
}
