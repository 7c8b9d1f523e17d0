//! The signs in words, for `msls --explain`: what was seen, when, and which of it decided.

use std::time::Duration;

use super::facts::WakeSource;
use super::source::Source;
use super::verdict::{Seen, Sign, Signs};

/// The evidence of a moment, strongest first. What is of the source that decided is marked.
pub(super) fn evidence(now: Duration, signs: &Signs, decided: Source) -> Vec<Sign> {
    let mut list = List { found: Vec::new(), decided };
    halts(&mut list, now, signs);
    sayings(&mut list, signs);
    kernel(&mut list, now, signs);
    work(&mut list, now, signs);
    screen(&mut list, now, signs);
    list.found
}

struct List {
    found: Vec<Sign>,
    decided: Source,
}

impl List {
    fn add(&mut self, source: Source, says: impl Into<String>, seen: Duration) {
        let decided = source == self.decided;
        self.found.push(Sign { source, says: says.into(), seen, decided });
    }
}

fn halts(list: &mut List, now: Duration, signs: &Signs) {
    if signs.paused {
        list.add(Source::Pause, "the session was paused", now);
    }
    if signs.stopped {
        list.add(Source::Stop, "every process in front is stopped", now);
    }
    if let Some(length) = signs.writing {
        list.add(Source::Write, "a write to the terminal is blocked", now.saturating_sub(length));
    }
}

fn sayings(list: &mut List, signs: &Signs) {
    if let Some(said) = &signs.marked {
        list.add(Source::Mark, format!("{}{}", said.status, with(&said.message)), said.at);
    }
    if let Some(said) = &signs.reported {
        list.add(Source::Report, format!("{}{}", said.status, with(&said.message)), said.at);
    }
    if let Some(at) = signs.prompted {
        list.add(Source::PromptMark, "a prompt was marked", at);
    }
    if let Some(at) = signs.progress {
        list.add(Source::Progress, "progress is shown", at);
    }
    if let Some(at) = signs.title {
        list.add(Source::Title, "the title moves", at);
    }
    if let Some((text, at)) = &signs.rung {
        list.add(Source::Bell, text.clone(), *at);
    }
    if let Some(at) = signs.edits {
        list.add(Source::LineEditor, "a line editor began a prompt", at);
    }
}

fn with(message: &Option<String>) -> String {
    message.as_ref().map(|message| format!(": {message}")).unwrap_or_default()
}

fn kernel(list: &mut List, now: Duration, signs: &Signs) {
    match &signs.reader {
        Some(reader) if reader.woken_by == WakeSource::Unknown => {
            let why = reader.beside.join(", ");
            let says = format!("process {} may not be looked into: {why}", reader.pid);
            list.add(Source::Reader, says, now);
        }
        Some(reader) => {
            let says = format!("process {} waits in {} for the terminal", reader.pid, reader.call.as_str());
            let says = says + &beside(&reader.beside, reader.limit);
            list.add(Source::Reader, says, now.saturating_sub(reader.still));
        }
        None => {
            let since = now.saturating_sub(signs.nobody.unwrap_or_default());
            list.add(Source::Reader, "nobody reads the terminal", since);
        }
    }
    if signs.outside {
        list.add(Source::Outside, "the reader was not begun by this session", now);
    }
    if let Some(modes) = signs.modes {
        let canonical = if modes.canonical { "lines" } else { "keys" };
        let echo = if modes.echo { "with echo" } else { "without echo" };
        list.add(Source::Termios, format!("the terminal gives {canonical} {echo}"), now);
    }
    if signs.unread {
        list.add(Source::Unread, "what was typed has not been read", now);
    }
}

fn work(list: &mut List, now: Duration, signs: &Signs) {
    list.add(Source::Cpu, format!("{:.0} % of a core", signs.cpu * 100.0), now);
    match (signs.request, signs.asked) {
        (Some(Seen { at, counts: true }), _) => list.add(Source::Request, "a request is out", at),
        (None, Some(at)) => list.add(Source::Request, "something was asked that is not answered", at),
        (Some(Seen { at, .. }), _) => list.add(Source::Request, "a request is out, as when it is idle", at),
        (None, None) => {}
    }
    if let Some(Seen { at, .. }) = signs.incoming {
        list.add(Source::Incoming, "bytes come in", at);
    }
    if let Some(Seen { at, .. }) = signs.channel {
        list.add(Source::Channel, "a socket was opened whose traffic cannot be seen", at);
    } else if signs.mute {
        list.add(Source::Channel, "a socket is open whose traffic cannot be seen", now);
    }
    if let Some((pid, Seen { at, .. })) = signs.child {
        list.add(Source::Child, format!("process {pid} was begun after the first input"), at);
    }
    if signs.ended {
        list.add(Source::EndedChild, "a child that worked has ended", now);
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
    let shape = match (signs.screen.caret, signs.screen.empty_line, signs.screen.visible) {
        (true, ..) => "a cursor after text",
        (_, true, _) => "a cursor on an empty line",
        (_, _, true) => "a cursor",
        _ => "no cursor",
    };
    let moves = if signs.animated { "it moves" } else { "it stands still" };
    list.add(Source::Screen, format!("{moves}, with {shape}"), now.saturating_sub(signs.quiet));
    if signs.named {
        list.add(Source::Prompt, "its last lines match a configured prompt", now.saturating_sub(signs.quiet));
    }
    if let Some(ago) = signs.key {
        list.add(Source::Keys, "the last key", now.saturating_sub(ago));
    }
}
