//! The rules: one pure function from the signs of a moment, and the verdict before it, to a verdict.
//! It knows no program by name.

use std::time::Duration;

use super::constants::*;
use super::facts::{Class, Modes, Way};
use crate::status::{Confidence, Kind, Status};

/// A judgement, with what it was drawn from. Times are on the clock that the judge is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What the session does.
    pub status: Status,
    /// What it waits for, if it waits.
    pub kind: Option<Kind>,
    /// How sure that is.
    pub confidence: Confidence,
    /// The last line of the prompt, safe to print, if it waits.
    pub message: Option<String>,
    /// When the status began.
    pub since: Duration,
    /// The rule that decided, in a few words.
    pub rule: &'static str,
    /// What would change the verdict.
    pub until: &'static str,
    /// What was seen, strongest first.
    pub evidence: Vec<Sign>,
}

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// Where: `reader`, `termios`, `cpu`, `screen`, …
    pub source: &'static str,
    /// What it says, safe to print.
    pub says: String,
    /// When it was seen.
    pub seen: Duration,
    /// It decided.
    pub decided: bool,
}

/// What holds at one moment, drawn from all facts so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Signs {
    pub(super) paused: bool,
    pub(super) stopped: bool,
    /// A foreground thread has been blocked in a write to the terminal for so long.
    pub(super) writing: Option<Duration>,
    pub(super) reader: Option<ReaderSign>,
    /// Nobody has read for so long; none while somebody does.
    pub(super) unread_for: Option<Duration>,
    pub(super) modes: Option<Modes>,
    /// Shares of a core: of all that counts, over the window.
    pub(super) cpu: f64,
    pub(super) running: bool,
    pub(super) quiet: Duration,
    pub(super) animated: bool,
    pub(super) caret: bool,
    pub(super) empty_line: bool,
    /// Since a key was typed.
    pub(super) key: Option<Duration>,
    pub(super) line: String,
}

/// The reader that is best known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ReaderSign {
    pub(super) pid: i32,
    pub(super) way: Way,
    pub(super) class: Class,
    pub(super) threads: u32,
    pub(super) limit: Option<Duration>,
    pub(super) beside: Vec<String>,
    /// Its clock has stood still for so long.
    pub(super) still: Duration,
}

/// What the rules say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) status: Status,
    pub(super) confidence: Confidence,
    pub(super) rule: &'static str,
    pub(super) until: &'static str,
    /// The source that decided.
    pub(super) by: &'static str,
}

const fn decision(
    status: Status,
    confidence: Confidence,
    by: &'static str,
    rule: &'static str,
    until: &'static str,
) -> Decision {
    Decision { status, confidence, rule, until, by }
}

/// Draws the verdict of a moment; none leaves the one before as it is.
pub(super) fn decide(signs: &Signs, before: Status) -> Option<Decision> {
    use Confidence::*;
    use Status::*;
    if signs.paused {
        return Some(decision(Paused, High, "pause", "the session was paused", "mspause --resume"));
    }
    if signs.stopped {
        return Some(decision(Waiting, High, "stop", "its foreground job is stopped", "SIGCONT"));
    }
    if signs.writing.is_some_and(|length| length >= WRITING) {
        return Some(decision(Waiting, High, "write", "its output is held back (Ctrl-S)", "Ctrl-Q"));
    }
    match &signs.reader {
        Some(reader) => match reader.class {
            Class::Excl => exclusive(signs, reader),
            Class::Tick | Class::Loop => woken(signs),
            Class::Unknown => hidden(signs, before),
        },
        None => nobody(signs, before),
    }
}

fn exclusive(signs: &Signs, reader: &ReaderSign) -> Option<Decision> {
    use Confidence::*;
    use Status::*;
    if reader.threads > 1 && signs.cpu >= CPU_EXCL {
        return Some(decision(Processing, Medium, "cpu", "one thread reads while others work", "less CPU"));
    }
    (reader.still >= STILL)
        .then(|| decision(Waiting, High, "reader", "it waits for the terminal and for nothing else", "a key"))
}

fn woken(signs: &Signs) -> Option<Decision> {
    use Confidence::*;
    use Status::*;
    let answering = signs.key.is_some_and(|ago| ago < ANSWERING);
    if !answering && signs.cpu >= CPU_LOOP {
        return Some(decision(Processing, Medium, "cpu", "it reads, but uses the processor", "less CPU"));
    }
    if !answering && signs.animated {
        return Some(decision(
            Processing,
            Medium,
            "screen",
            "it reads, but its screen moves",
            "a still screen",
        ));
    }
    if signs.quiet < QUIET {
        return None;
    }
    if signs.empty_line {
        return Some(decision(Active, Low, "screen", "it reads, but shows no prompt", "a prompt"));
    }
    Some(decision(
        Waiting,
        Medium,
        "reader",
        "it reads the terminal and all is quiet",
        "a change on the screen",
    ))
}

fn hidden(signs: &Signs, before: Status) -> Option<Decision> {
    use Confidence::*;
    use Status::*;
    if signs.modes.is_some_and(|modes| modes.canonical && !modes.echo) {
        return Some(decision(Waiting, High, "termios", "it reads a line without echo", "the line"));
    }
    if signs.cpu >= CPU_LOOP || signs.animated {
        return Some(decision(Processing, Medium, "cpu", "it works, and may not be looked into", "less CPU"));
    }
    if signs.quiet >= QUIET_UNKNOWN && signs.caret {
        return Some(decision(Waiting, Low, "screen", "quiet after what may be a prompt", "output"));
    }
    (signs.quiet >= QUIET_UNKNOWN || before != Waiting)
        .then(|| decision(Active, Low, "reader", "it may not be looked into", "output or CPU"))
}

fn nobody(signs: &Signs, before: Status) -> Option<Decision> {
    use Confidence::*;
    use Status::*;
    if before == Waiting && signs.unread_for.is_some_and(|length| length < GONE) {
        return None;
    }
    if signs.cpu >= CPU_NONE || (signs.running && signs.cpu > CPU_RUNNING) {
        return Some(decision(
            Processing,
            High,
            "cpu",
            "it uses the processor and does not read",
            "less CPU",
        ));
    }
    if signs.animated {
        return Some(decision(
            Processing,
            Medium,
            "screen",
            "its screen moves and it does not read",
            "stillness",
        ));
    }
    Some(decision(Active, Medium, "reader", "nobody reads the terminal and nothing is busy", "a read or CPU"))
}
