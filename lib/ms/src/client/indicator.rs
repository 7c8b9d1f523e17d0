//! Which other sessions have begun to wait while the terminal was on this one, and how it is told.
//! What programs say is made safe before it is shown. It writes nothing itself.

use std::collections::BTreeMap;

use ms_terminal::safe::{safe_bytes, safe_text};
use msession::format::config::Show;
use msession::format::name::SessionName;
use msession::format::status::{Mode, Status, StatusRecord};

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

/// What is known of other sessions, and what is shown of it.
#[derive(Debug)]
pub(crate) struct Indicator {
    show: Show,
    waits: BTreeMap<SessionName, bool>,
    /// Those that have begun to wait, the longest wait first, with what they wait for.
    waiting: Vec<(SessionName, String)>,
}

impl Indicator {
    /// Nothing is known yet; a terminal without sequences can only ring.
    pub(crate) fn new(show: Show, plain: bool) -> Indicator {
        let show = if plain && show != Show::Bell { Show::None } else { show };
        Indicator { show, waits: BTreeMap::new(), waiting: Vec::new() }
    }

    /// Whether there is anything to look out for.
    pub(crate) fn is_wanted(&self) -> bool {
        self.show != Show::None
    }

    /// The way of telling.
    pub(crate) fn show(&self) -> Show {
        self.show
    }

    /// What a session does when the terminal comes: no news.
    pub(crate) fn begin(&mut self, name: &SessionName, status: Option<&StatusRecord>) {
        self.waits.insert(name.clone(), status.is_some_and(waits));
    }

    /// What a session does now; whether it has just begun to wait. A wait that a person has in view, on this
    /// terminal (`here`) or another, is none to be told of, also when that terminal leaves.
    pub(crate) fn update(&mut self, name: &SessionName, status: Option<&StatusRecord>, here: bool) -> bool {
        let waits = status.is_some_and(waits);
        let waited = self.waits.insert(name.clone(), waits).unwrap_or(false);
        let seen = here || status.is_some_and(|status| status.mode == Mode::Foreground);
        if !waits || seen {
            self.waiting.retain(|(known, _)| known != name);
            return false;
        }
        if !waited {
            self.waiting.push((name.clone(), status.map(what).unwrap_or_default()));
        }
        !waited
    }

    /// These are all sessions there are.
    pub(crate) fn keep(&mut self, names: &[&SessionName]) {
        self.waits.retain(|name, _| names.contains(&name));
        self.waiting.retain(|(name, _)| names.contains(&name));
    }

    /// The terminal goes to this session.
    pub(crate) fn visit(&mut self, name: &SessionName) {
        self.waiting.retain(|(known, _)| known != name);
    }

    /// Who waits, in a few words; none if nobody does.
    pub(crate) fn label(&self) -> Option<String> {
        let names: Vec<&str> = self.waiting.iter().map(|(name, _)| name.as_str()).take(MOST_NAMES).collect();
        let more = self.waiting.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 { format!(" +{more}") } else { String::new() };
        (!names.is_empty()).then(|| format!("◐ {}{more}", names.join(", ")))
    }

    /// The bar on the last row: who waits for what, and how to get there.
    pub(crate) fn bar(&self, prefix: &str) -> Option<String> {
        let (name, what) = self.waiting.first()?;
        let what = if self.waiting.len() == 1 { format!("{name} waits{what}") } else { self.label()? };
        let mark = if self.waiting.len() == 1 { "◐ " } else { "" };
        Some(format!(" {mark}{what}  ({prefix} w goes there)"))
    }

    /// Bytes that set the window's title: who waits, before the program's own; or the program's alone.
    pub(crate) fn title(&self, programs: &[u8]) -> Vec<u8> {
        let title = match self.label() {
            Some(label) if programs.is_empty() => label,
            Some(label) => format!("{label} · {}", safe_bytes(programs, MAX_TITLE)),
            None => return [b"\x1b]2;", programs, b"\x1b\\"].concat(),
        };
        format!("\x1b]2;{title}\x1b\\").into_bytes()
    }

    /// Bytes that tell the desktop of the latest wait, in the way that the terminal understands.
    pub(crate) fn notification(&self) -> Vec<u8> {
        let Some((name, what)) = self.waiting.last() else { return Vec::new() };
        let text = format!("{name} waits{what}");
        match understood() {
            Notice::Osc9 => format!("\x1b]9;{text}\x1b\\"),
            Notice::Osc777 => format!("\x1b]777;notify;ms;{}\x1b\\", text.replace(';', ",")),
            Notice::Osc99 => format!("\x1b]99;;{text}\x1b\\"),
        }
        .into_bytes()
    }
}

fn waits(status: &StatusRecord) -> bool {
    status.status == Status::Waiting
}

fn what(status: &StatusRecord) -> String {
    let kind = status.kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
    let message = status.message.as_deref().map(|text| safe_text(text, MAX_MESSAGE)).unwrap_or_default();
    if message.is_empty() { kind } else { format!("{kind}: {message}") }
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
    use msession::format::status::Kind;

    fn name(text: &str) -> SessionName {
        SessionName::new(text).unwrap()
    }

    fn waiting(message: &str) -> StatusRecord {
        let mut record = StatusRecord::begin(80, 24, Time(0));
        (record.status, record.kind) = (Status::Waiting, Some(Kind::Password));
        record.message = Some(message.to_owned());
        record
    }

    fn indicator(show: Show) -> Indicator {
        let mut indicator = Indicator::new(show, false);
        indicator.begin(&name("old"), Some(&waiting("since long")));
        indicator
    }

    #[test]
    fn only_beginnings_are_news() {
        let mut one = indicator(Show::Title);
        assert!(!one.update(&name("old"), Some(&waiting("")), false));
        assert_eq!(one.label(), None);
        assert!(one.update(&name("api"), Some(&waiting("")), false));
        assert!(!one.update(&name("api"), Some(&waiting("")), false));
        assert!(!one.update(&name("here"), Some(&waiting("")), true));
        assert_eq!(one.label().unwrap(), "◐ api");
        one.update(&name("api"), Some(&StatusRecord::begin(80, 24, Time(0))), false);
        assert_eq!(one.label(), None);
    }

    #[test]
    fn a_wait_in_front_of_somebody_is_none() {
        let mut seen = waiting("");
        seen.mode = Mode::Foreground;
        let mut one = indicator(Show::Title);
        assert!(!one.update(&name("api"), Some(&seen), false));
        // Nor once that terminal has left, or this one: it was seen.
        assert!(!one.update(&name("api"), Some(&waiting("")), false));
        assert!(!one.update(&name("here"), Some(&waiting("")), true));
        assert!(!one.update(&name("here"), Some(&waiting("")), false));
        assert_eq!(one.label(), None);
    }

    #[test]
    fn many_are_counted_and_the_gone_forgotten() {
        let mut many = indicator(Show::Title);
        for session in ["a", "b", "c", "d", "e"] {
            many.update(&name(session), Some(&waiting("")), false);
        }
        assert_eq!(many.label().unwrap(), "◐ a, b, c +2");
        many.visit(&name("a"));
        many.keep(&[&name("c"), &name("e")]);
        assert_eq!(many.label().unwrap(), "◐ c, e");
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
    fn a_plain_terminal_is_left_alone() {
        assert!(!Indicator::new(Show::Title, true).is_wanted());
        assert!(Indicator::new(Show::Bell, true).is_wanted());
    }
}
