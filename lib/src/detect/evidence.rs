//! The signs in words, for `msls --explain`: what was seen, when, and which of it decided.

use std::time::Duration;

use super::facts::Class;
use super::mind::Moments;
use super::verdict::{Decision, Sign, Signs};

/// The evidence of a moment, strongest first.
pub(super) fn evidence(now: Duration, signs: &Signs, moments: &Moments, decision: &Decision) -> Vec<Sign> {
    let mut list = List { found: Vec::new(), decided: decision.by };
    halts(&mut list, now, signs);
    sayings(&mut list, signs, moments);
    kernel(&mut list, now, signs, moments);
    screen(&mut list, now, signs);
    list.found
}

struct List {
    found: Vec<Sign>,
    decided: &'static str,
}

impl List {
    fn add(&mut self, source: &'static str, says: impl Into<String>, seen: Duration) {
        let decided = source == self.decided;
        self.found.push(Sign { source, says: says.into(), seen, decided });
    }
}

fn halts(list: &mut List, now: Duration, signs: &Signs) {
    if signs.paused {
        list.add("pause", "the session was paused", now);
    }
    if signs.stopped {
        list.add("stop", "every process in front is stopped", now);
    }
    if let Some(length) = signs.writing {
        list.add("write", "a write to the terminal is blocked", now.saturating_sub(length));
    }
}

fn sayings(list: &mut List, signs: &Signs, moments: &Moments) {
    if let (Some(said), Some(at)) = (&signs.marked, moments.marked) {
        list.add("msmark", format!("{}{}", said.status, with(&said.message)), at);
    }
    if let (Some(said), Some(at)) = (&signs.reported, moments.reported) {
        list.add("osc7501", format!("{}{}", said.status, with(&said.message)), at);
    }
    if let Some(at) = moments.prompted.filter(|_| signs.prompted) {
        list.add("osc133", "a prompt was marked", at);
    }
    if let Some(at) = moments.progress.filter(|_| signs.progress) {
        list.add("osc9.4", "progress is shown", at);
    }
    if let Some(at) = moments.title.filter(|_| signs.title) {
        list.add("title", "the title moves", at);
    }
    if let Some((text, at)) = &moments.doubt {
        list.add("bell", text.clone(), *at);
    }
}

fn with(message: &Option<String>) -> String {
    message.as_ref().map(|message| format!(": {message}")).unwrap_or_default()
}

fn kernel(list: &mut List, now: Duration, signs: &Signs, moments: &Moments) {
    match &signs.reader {
        Some(reader) if reader.class == Class::Unknown => {
            let why = reader.beside.join(", ");
            list.add("reader", format!("process {} may not be looked into: {why}", reader.pid), now);
        }
        Some(reader) => {
            let says = format!("process {} waits in {} for the terminal", reader.pid, reader.way.as_str());
            list.add(
                "reader",
                says + &beside(&reader.beside, reader.limit),
                now.saturating_sub(reader.still),
            );
        }
        None => {
            list.add(
                "reader",
                "nobody reads the terminal",
                now.saturating_sub(signs.nobody.unwrap_or_default()),
            );
        }
    }
    if moments.outside {
        list.add("outside", "the reader was not begun by this session", now);
    }
    if let Some(modes) = signs.modes {
        let canonical = if modes.canonical { "lines" } else { "keys" };
        let echo = if modes.echo { "with echo" } else { "without echo" };
        list.add("termios", format!("the terminal gives {canonical} {echo}"), now);
    }
    if signs.unread {
        list.add("unread", "what was typed has not been read", now);
    }
    list.add("cpu", format!("{:.0} % of a core", signs.cpu * 100.0), now);
    if let Some(at) = moments.request {
        list.add(
            "network",
            if signs.request { "a request is out" } else { "a request is out, as when it is idle" },
            at,
        );
    }
    if let Some(at) = moments.incoming {
        list.add("network", "bytes come in", at);
    }
    if let Some((pid, at)) = moments.child {
        list.add("child", format!("process {pid} was begun after the first input"), at);
    }
}

fn beside(beside: &[String], limit: Option<Duration>) -> String {
    let beside = if beside.is_empty() { " alone".to_owned() } else { format!(", for {}", beside.join(", ")) };
    match limit {
        Some(limit) => format!("{beside}, at most {:.1} s", limit.as_secs_f64()),
        None => beside,
    }
}

fn screen(list: &mut List, now: Duration, signs: &Signs) {
    let shape = match (signs.scene.caret, signs.scene.empty_line, signs.scene.visible) {
        (true, ..) => "a cursor after text",
        (_, true, _) => "a cursor on an empty line",
        (_, _, true) => "a cursor",
        _ => "no cursor",
    };
    let moves = if signs.animated { "it moves" } else { "it stands still" };
    list.add("screen", format!("{moves}, with {shape}"), now.saturating_sub(signs.quiet));
    if signs.named {
        list.add("prompt", "its last lines match a configured prompt", now.saturating_sub(signs.quiet));
    }
    if let Some(ago) = signs.key {
        list.add("keys", "the last key", now.saturating_sub(ago));
    }
}
