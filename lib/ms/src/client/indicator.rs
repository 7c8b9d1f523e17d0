//! Which other sessions need somebody, which of them this terminal has been to, and how it is told.
//! What programs say is made safe before it is shown. It writes nothing itself.

use std::collections::{BTreeMap, BTreeSet};

use super::completed_session::CompletedSession;
use ms_platform::time::Time;
use ms_terminal::safe::{safe_bytes, safe_text};
use msession::format::attention::Attention;
use msession::format::config::Show;
use msession::format::session_name::SessionName;
use msession::format::status::{Mode, StatusRecord};
use msession::format::urgency::{Urgency, urgency};

/// So many names are told; the others are counted.
const MOST_NAMES: usize = 3;
/// The longest message in a notification, in bytes.
const MAX_MESSAGE: usize = 200;
/// The longest title of a program that is shown behind ours, in bytes.
const MAX_TITLE: usize = 200;

/// Ways in which terminals take a desktop notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice {
    /// OSC 9: iTerm2, WezTerm, Ghostty, Windows Terminal and others.
    Osc9,
    /// OSC 777: foot, VTE, urxvt.
    Osc777,
    /// OSC 99: kitty.
    Osc99,
}

/// That a session needs somebody.
#[derive(Clone, Debug, PartialEq)]
struct Need {
    urgency: Urgency,
    since: Time,
    asks: bool,
    /// What it asks, or how it rests or ended.
    what: String,
    /// Somebody has it in view.
    in_view: bool,
}

/// What is known of other sessions, and what is shown of it.
#[derive(Debug)]
pub(crate) struct Indicator {
    show: Show,
    needs: BTreeMap<SessionName, Need>,
    /// The needs that this terminal has been to see, by when they began.
    visited: BTreeMap<SessionName, Time>,
    /// Those that ended unseen, by their ids.
    over: BTreeMap<String, (SessionName, Need)>,
    /// Ids of those that are over and that this terminal has shown.
    shown: BTreeSet<String>,
    /// The last need that was news, in words.
    latest: String,
}

impl Indicator {
    /// Nothing is known yet; a terminal without sequences can only ring.
    pub(crate) fn new(show: Show, plain: bool) -> Indicator {
        let show = if plain && show != Show::Bell { Show::None } else { show };
        Indicator {
            show,
            needs: BTreeMap::new(),
            visited: BTreeMap::new(),
            over: BTreeMap::new(),
            shown: BTreeSet::new(),
            latest: String::new(),
        }
    }

    /// Whether there is anything to look out for.
    pub(crate) fn is_wanted(&self) -> bool {
        self.show != Show::None
    }

    /// The way of telling.
    pub(crate) fn show(&self) -> Show {
        self.show
    }

    /// What a session does now; whether it has just come to need somebody. What a person has in view, on
    /// this terminal (`here`) or another, is none to be told of.
    pub(crate) fn update(&mut self, name: &SessionName, status: Option<&StatusRecord>, here: bool) -> bool {
        let Some(need) = status.and_then(|status| need(status, here)) else {
            self.needs.remove(name);
            return false;
        };
        if here {
            self.visited.insert(name.clone(), need.since);
        }
        let (since, in_view, told) = (need.since, need.in_view, need.told(name));
        let known = self.needs.insert(name.clone(), need).is_some_and(|before| before.since == since);
        let news = !known && !in_view;
        if news {
            self.latest = told;
        }
        news
    }

    /// These are all that ended unseen; whether one of them has just done so.
    pub(crate) fn update_over(&mut self, all: &[CompletedSession]) -> bool {
        self.over.retain(|id, _| all.iter().any(|over| over.id() == id));
        self.shown.retain(|id| all.iter().any(|over| over.id() == id));
        let mut news = false;
        for over in all {
            let Some(need) = need(over.status(), false) else { continue };
            let told = need.told(over.name());
            if self.over.insert(over.id().to_owned(), (over.name().clone(), need)).is_none() {
                (self.latest, news) = (told, true);
            }
        }
        news
    }

    /// This terminal shows what the one with this id wrote, which is over.
    pub(crate) fn shows(&mut self, id: &str) {
        self.shown.insert(id.to_owned());
    }

    /// These are all sessions there are.
    pub(crate) fn keep(&mut self, names: &[&SessionName]) {
        self.needs.retain(|name, _| names.contains(&name));
        self.visited.retain(|name, _| names.contains(&name));
    }

    /// The terminal is on this session, which does this.
    pub(crate) fn visit(&mut self, name: &SessionName, status: Option<&StatusRecord>) {
        self.update(name, status, true);
    }

    /// Whether this terminal has been to see what the session needs now.
    pub(crate) fn has_visited(&self, name: &SessionName, since: Time) -> bool {
        self.visited.get(name) == Some(&since)
    }

    /// Whether this terminal has shown what the one with this id wrote, which is over.
    pub(crate) fn has_shown(&self, id: &str) -> bool {
        self.shown.contains(id)
    }

    /// What was visited is to be visited again.
    pub(crate) fn begin_round(&mut self, here: &SessionName) {
        self.shown.clear();
        self.visited.retain(|name, _| name == here);
    }

    /// Those that need somebody and were not visited, the most urgent first.
    fn open(&self) -> Vec<(&SessionName, &Need)> {
        let is_open = |(name, need): &(&SessionName, &Need)| {
            !need.in_view && self.visited.get(name) != Some(&need.since)
        };
        let over = self.over.iter().filter(|(id, _)| !self.shown.contains(*id));
        let over = over.map(|(_, (name, need))| (name, need));
        let mut open: Vec<_> = self.needs.iter().filter(is_open).chain(over).collect();
        open.sort_by_key(|(name, need)| (need.urgency, *name));
        open
    }

    /// Who needs somebody, in a few words: those that ask by name, of those that are done how many, and
    /// which if nobody asks. None if nobody does.
    pub(crate) fn label(&self) -> Option<String> {
        let open = self.open();
        let (asking, done): (Vec<_>, Vec<_>) = open.into_iter().partition(|(_, need)| need.asks);
        match (asking.len(), done.len()) {
            (0, 0) => None,
            (_, 0) => Some(format!("◐ {}", names(&asking))),
            (0, _) => Some(format!("● {}", names(&done))),
            (_, count) => Some(format!("◐ {} ●{count}", names(&asking))),
        }
    }

    /// The bar on the last row: who needs somebody for what, and how to get there.
    pub(crate) fn bar(&self, prefix: &str) -> Option<String> {
        let open = self.open();
        let (name, need) = open.first()?;
        let what = match open.len() {
            1 => format!("{} {}", if need.asks { "◐" } else { "●" }, need.told(name)),
            _ => self.label()?,
        };
        Some(format!(" {what}  ({prefix} w goes there)"))
    }

    /// Bytes that set the window's title: who needs somebody, before the program's own; or that alone.
    pub(crate) fn title(&self, programs: &[u8]) -> Vec<u8> {
        let title = match self.label() {
            Some(label) if programs.is_empty() => label,
            Some(label) => format!("{label} · {}", safe_bytes(programs, MAX_TITLE)),
            None => return [b"\x1b]2;", programs, b"\x1b\\"].concat(),
        };
        format!("\x1b]2;{title}\x1b\\").into_bytes()
    }

    /// Bytes that tell the desktop of the latest need, in the way that the terminal understands.
    pub(crate) fn notification(&self) -> Vec<u8> {
        let text = &self.latest;
        if text.is_empty() {
            return Vec::new();
        }
        match understood() {
            Notice::Osc9 => format!("\x1b]9;{text}\x1b\\"),
            Notice::Osc777 => format!("\x1b]777;notify;ms;{}\x1b\\", text.replace(';', ",")),
            Notice::Osc99 => format!("\x1b]99;;{text}\x1b\\"),
        }
        .into_bytes()
    }
}

impl Need {
    fn told(&self, name: &SessionName) -> String {
        let verb = if self.asks { "waits" } else { "is done" };
        format!("{name} {verb}{}", self.what)
    }
}

fn need(status: &StatusRecord, here: bool) -> Option<Need> {
    let attention = status.attention().filter(|attention| attention.needs_somebody())?;
    Some(Need {
        urgency: urgency(status),
        since: status.since,
        asks: attention == Attention::Asks,
        what: what(status),
        in_view: here || status.mode == Mode::Foreground,
    })
}

fn what(status: &StatusRecord) -> String {
    if let Some(exit) = status.exit {
        return format!(" ({exit})");
    }
    let kind = status.kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
    let message = status.message.as_deref().map(|text| safe_text(text, MAX_MESSAGE)).unwrap_or_default();
    if message.is_empty() { kind } else { format!("{kind}: {message}") }
}

/// The first few, and how many more there are.
fn names(needs: &[(&SessionName, &Need)]) -> String {
    let first: Vec<&str> = needs.iter().map(|(name, _)| name.as_str()).take(MOST_NAMES).collect();
    match needs.len().saturating_sub(MOST_NAMES) {
        0 => first.join(", "),
        more => format!("{} +{more}", first.join(", ")),
    }
}

fn understood() -> Notice {
    let has = |name: &str| std::env::var_os(name).is_some();
    let term = std::env::var("TERM").unwrap_or_default();
    match term.as_str() {
        _ if has("KITTY_WINDOW_ID") => Notice::Osc99,
        _ if has("VTE_VERSION") => Notice::Osc777,
        term if term.starts_with("foot") || term.starts_with("rxvt") => Notice::Osc777,
        "xterm-kitty" => Notice::Osc99,
        _ => Notice::Osc9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_platform::time::Time;
    use msession::format::session_record::SessionRecord;
    use msession::format::status::{Exit, Kind, Status};
    use msession::query::catalog::{Facts, Item};
    use msession::store::history::OutputRange;

    fn name(text: &str) -> SessionName {
        SessionName::new(text).unwrap()
    }

    fn waiting(message: &str) -> StatusRecord {
        let mut record = StatusRecord::begin(80, 24, Time(0));
        (record.status, record.kind) = (Status::Waiting, Some(Kind::Password));
        record.message = Some(message.to_owned());
        record
    }

    fn since(milliseconds: u64, kind: Kind, attention: Option<Attention>) -> StatusRecord {
        let mut record = waiting("");
        (record.kind, record.since, record.attention) = (Some(kind), Time(milliseconds), attention);
        record
    }

    fn indicator(show: Show) -> Indicator {
        Indicator::new(show, false)
    }

    #[test]
    fn only_beginnings_are_news() {
        let mut one = indicator(Show::Title);
        assert!(one.update(&name("api"), Some(&waiting("")), false));
        assert!(!one.update(&name("api"), Some(&waiting("again")), false));
        assert!(!one.update(&name("here"), Some(&waiting("")), true));
        assert_eq!(one.label().unwrap(), "◐ api");
        one.update(&name("api"), Some(&StatusRecord::begin(80, 24, Time(0))), false);
        assert_eq!(one.label(), None);
        assert!(one.update(&name("api"), Some(&waiting("")), false), "it asks once more");
    }

    #[test]
    fn what_somebody_has_in_view_is_no_news_also_when_they_leave() {
        let mut seen = waiting("");
        seen.mode = Mode::Foreground;
        let mut one = indicator(Show::Title);
        assert!(!one.update(&name("api"), Some(&seen), false));
        assert_eq!(one.label(), None);
        assert!(!one.update(&name("api"), Some(&waiting("")), false));
        assert_eq!(one.label().unwrap(), "◐ api", "it asks until it is answered");
        assert!(!one.update(&name("here"), Some(&waiting("")), true));
        assert!(!one.update(&name("here"), Some(&waiting("")), false));
        assert_eq!(one.label().unwrap(), "◐ api", "this terminal has been to the other");
    }

    #[test]
    fn who_rests_needs_nobody_and_who_is_done_is_told_of_after_those_that_ask() {
        let mut many = indicator(Show::Title);
        assert!(!many.update(&name("idle"), Some(&since(1, Kind::Shell, Some(Attention::Idle))), false));
        assert!(many.update(&name("built"), Some(&since(2, Kind::Shell, Some(Attention::Done))), false));
        assert_eq!(many.label().unwrap(), "● built");
        assert!(many.update(&name("later"), Some(&since(9, Kind::Menu, None)), false));
        assert!(many.update(&name("first"), Some(&since(3, Kind::Confirm, None)), false));
        assert_eq!(many.label().unwrap(), "◐ first, later ●1");
    }

    #[test]
    fn many_are_counted_and_the_gone_forgotten() {
        let mut many = indicator(Show::Title);
        for session in ["a", "b", "c", "d", "e"] {
            many.update(&name(session), Some(&waiting("")), false);
        }
        assert_eq!(many.label().unwrap(), "◐ a, b, c +2");
        many.visit(&name("a"), Some(&waiting("")));
        many.keep(&[&name("c"), &name("e")]);
        assert_eq!(many.label().unwrap(), "◐ c, e");
    }

    #[test]
    fn what_was_visited_is_open_again_in_the_next_round_or_for_a_new_need() {
        let mut one = indicator(Show::Title);
        let (old, new) = (since(1, Kind::Confirm, None), since(2, Kind::Confirm, None));
        one.update(&name("a"), Some(&old), false);
        one.visit(&name("a"), Some(&old));
        one.update(&name("a"), Some(&old), false);
        assert!(one.has_visited(&name("a"), Time(1)) && one.label().is_none());
        one.update(&name("a"), Some(&new), false);
        assert_eq!(one.label().unwrap(), "◐ a");
        one.visit(&name("a"), Some(&new));
        one.update(&name("a"), Some(&new), false);
        one.begin_round(&name("b"));
        assert_eq!(one.label().unwrap(), "◐ a");
    }

    #[test]
    fn what_a_program_says_reaches_the_terminal_as_text_only() {
        let mut one = indicator(Show::Notify);
        one.update(&name("api"), Some(&waiting("Pass\x1b]52;c;x\x07word:\u{202e}")), false);
        let told = String::from_utf8(one.notification()).unwrap();
        assert_eq!(told, "\x1b]9;api waits (password): Pass]52;c;xword:\x1b\\");
        let title = String::from_utf8(one.title(b"vim\x1b[31m")).unwrap();
        assert_eq!(title, "\x1b]2;◐ api · vim[31m\x1b\\");
        assert!(one.bar("Ctrl-\\").unwrap().contains("api waits (password): Pass"));
    }

    #[test]
    fn what_ended_unseen_is_told_of_by_its_id_until_it_was_shown_or_looked_at() {
        let over = |id: &str, code: i32| {
            let record = SessionRecord { id: id.to_owned(), ..SessionRecord::unknown(name("build")) };
            let mut status = StatusRecord::begin(80, 24, Time(0));
            status.complete(Exit::Code { code }, Time(5));
            status.attention = Some(Attention::Done);
            let facts = Facts { record, status, range: OutputRange::default(), elsewhere: None };
            CompletedSession::listed(&Item { name: name("build"), facts: Ok(facts) }).unwrap()
        };
        let (fine, failed) = (over("one", 0), over("two", 3));
        let mut one = indicator(Show::Notify);
        assert!(
            one.update_over(std::slice::from_ref(&fine)) && !one.update_over(std::slice::from_ref(&fine))
        );
        assert!(one.update_over(&[fine.clone(), failed.clone()]));
        assert!(String::from_utf8(one.notification()).unwrap().contains("build is done (exit 3)"));
        assert_eq!(one.label().unwrap(), "● build, build", "two of one name");
        one.shows("two");
        assert!(!one.update_over(&[fine.clone(), failed]), "it could not be kept that it was looked at");
        assert!(one.has_shown("two") && one.bar("C").unwrap().contains("build is done (exit 0)"));
        assert!(!one.update_over(&[]) && one.label().is_none());
    }

    #[test]
    fn a_plain_terminal_is_left_alone() {
        assert!(!Indicator::new(Show::Title, true).is_wanted());
        assert!(Indicator::new(Show::Bell, true).is_wanted());
    }
}
