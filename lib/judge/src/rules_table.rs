//! Every rule with the signs that call for it and those next to its borders. No process runs here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::constants::*;
use super::evidence::evidence;
use super::facts::{Modes, ScreenSnapshot, WaitCall, WakeSource};
use super::source::Source;
use super::verdict::{Decision, ReaderSign, Seen, Signs, Statement, decide};
use crate::words::Status::{self, Active, Paused, Processing, Waiting};

/// The moment of all rows.
const NOW: Duration = Duration::from_secs(100);
const AGO: Duration = Duration::from_secs(95);
const HAIR: Duration = Duration::from_millis(1);
const WORK: Option<Seen> = Some(Seen { at: AGO, counts: true });
const IDLE: Option<Seen> = Some(Seen { at: AGO, counts: false });
const LINES: Option<Modes> = Some(Modes { canonical: true, echo: true, limit: None });
const SECRET: Option<Modes> = Some(Modes { canonical: true, echo: false, limit: None });
const KEYS: Option<Modes> = Some(Modes { canonical: false, echo: false, limit: None });

/// What is expected: none leaves the verdict before as it is.
type Expected = Option<(Status, Source)>;

fn reader(woken_by: WakeSource, still: Duration) -> Option<ReaderSign> {
    let (call, beside, limit) = (WaitCall::Read, Vec::new(), None);
    Some(ReaderSign {
        pid: 7,
        call,
        woken_by,
        threads: 1,
        job_control: false,
        limit,
        beside,
        still,
        idles: false,
    })
}

fn threads(woken_by: WakeSource) -> Option<ReaderSign> {
    reader(woken_by, STILL).map(|reader| ReaderSign { threads: 3, ..reader })
}

fn shell() -> Option<ReaderSign> {
    reader(WakeSource::Other, STILL).map(|reader| ReaderSign { job_control: true, ..reader })
}

fn said(status: Status, by_reader: bool) -> Option<Statement> {
    Some(Statement { status, kind: None, message: None, at: AGO, by_reader })
}

fn caret() -> Arc<ScreenSnapshot> {
    Arc::new(ScreenSnapshot { caret: true, visible: true, ..ScreenSnapshot::default() })
}

fn empty_line() -> Arc<ScreenSnapshot> {
    Arc::new(ScreenSnapshot { empty_line: true, visible: true, ..ScreenSnapshot::default() })
}

fn full_screen() -> Arc<ScreenSnapshot> {
    Arc::new(ScreenSnapshot { alternate: true, ..ScreenSnapshot::default() })
}

/// A reader that this can wake, at rest and long quiet, after a caret.
fn quiet(woken_by: WakeSource) -> Signs {
    let quiet = QUIET_CONNECTED + QUIET_FULL_SCREEN + QUIET_UNKNOWN;
    Signs { reader: reader(woken_by, STILL), modes: KEYS, quiet, screen: caret(), ..Signs::default() }
}

fn absent() -> Signs {
    Signs { nobody: Some(Duration::from_secs(5)), modes: LINES, ..Signs::default() }
}

/// Rule 1: what is stopped or held back, whatever else is seen.
fn halted() -> Vec<(&'static str, Status, Signs, Expected)> {
    let alone = || quiet(WakeSource::TtyOnly);
    let writing = |length| Signs { writing: Some(length), ..absent() };
    vec![
        ("paused", Active, Signs { paused: true, stopped: true, ..alone() }, Some((Paused, Source::Pause))),
        ("stopped", Processing, Signs { stopped: true, ..absent() }, Some((Waiting, Source::Stop))),
        ("held back", Active, writing(WRITING), Some((Waiting, Source::Write))),
        ("held back just now", Active, writing(WRITING - HAIR), Some((Active, Source::Reader))),
    ]
}

/// What is said outright.
fn outright() -> Vec<(&'static str, Status, Signs, Expected)> {
    let alone = || quiet(WakeSource::TtyOnly);
    let marked = |status, by_reader| Signs { marked: said(status, by_reader), ..alone() };
    let reported = |status, by_reader| Signs { reported: said(status, by_reader), ..alone() };
    let secret = || Signs { modes: SECRET, marked: said(Processing, true), ..alone() };
    vec![
        ("a password outdoes a mark", Active, secret(), Some((Waiting, Source::Termios))),
        ("a mark", Active, marked(Waiting, false), Some((Waiting, Source::Mark))),
        ("a mark of work by the reader", Waiting, marked(Processing, true), Some((Processing, Source::Mark))),
        ("of work by another", Active, marked(Processing, false), Some((Waiting, Source::Reader))),
        ("a report", Active, reported(Waiting, false), Some((Waiting, Source::Report))),
        ("a report of work", Waiting, reported(Processing, true), Some((Processing, Source::Report))),
        ("a report by another", Active, reported(Processing, false), Some((Waiting, Source::Reader))),
        (
            "a mark before a report",
            Active,
            Signs { reported: said(Waiting, true), ..marked(Active, true) },
            Some((Active, Source::Mark)),
        ),
        (
            "a stale mark of work",
            Processing,
            Signs { overruled: true, ..marked(Processing, true) },
            Some((Waiting, Source::Reader)),
        ),
        (
            "a stale report of work",
            Processing,
            Signs { overruled: true, ..reported(Processing, true) },
            Some((Waiting, Source::Reader)),
        ),
        (
            "a prompt's mark",
            Active,
            Signs { prompted: Some(AGO), ..quiet(WakeSource::Other) },
            Some((Waiting, Source::PromptMark)),
        ),
        (
            "a prompt's mark and nobody reads",
            Active,
            Signs { prompted: Some(AGO), ..absent() },
            Some((Active, Source::Reader)),
        ),
    ]
}

/// Rule 2: a reader of the terminal alone, and shells.
fn exclusive() -> Vec<(&'static str, Status, Signs, Expected)> {
    let alone = |still| Signs { reader: reader(WakeSource::TtyOnly, still), ..quiet(WakeSource::TtyOnly) };
    let several = || Signs {
        reader: threads(WakeSource::TtyOnly),
        screen: Arc::default(),
        ..quiet(WakeSource::TtyOnly)
    };
    vec![
        ("alone", Active, alone(STILL), Some((Waiting, Source::Reader))),
        ("not yet still", Processing, alone(STILL - HAIR), None),
        (
            "a shell",
            Active,
            Signs { reader: shell(), ..quiet(WakeSource::Other) },
            Some((Waiting, Source::Reader)),
        ),
        (
            "beside a title",
            Active,
            Signs { title: Some(AGO), ..several() },
            Some((Processing, Source::Title)),
        ),
        (
            "beside progress",
            Active,
            Signs { progress: Some(AGO), ..several() },
            Some((Processing, Source::Progress)),
        ),
        (
            "one thread's title is decoration",
            Active,
            Signs { title: Some(AGO), ..alone(STILL) },
            Some((Waiting, Source::Reader)),
        ),
        ("beside work", Active, Signs { cpu: CPU_TTY_ONLY, ..several() }, Some((Processing, Source::Cpu))),
        (
            "beside less",
            Active,
            Signs { cpu: CPU_TTY_ONLY * 0.9, ..several() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "it was at work",
            Processing,
            Signs { cpu: CPU_TTY_ONLY * CPU_STAYS, ..several() },
            Some((Processing, Source::Cpu)),
        ),
        (
            "it answers a key",
            Active,
            Signs { cpu: CPU_TTY_ONLY, answering: true, ..several() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "beside a request",
            Active,
            Signs { request: WORK, ..several() },
            Some((Processing, Source::Request)),
        ),
        ("as when idle", Active, Signs { request: IDLE, ..several() }, Some((Waiting, Source::Reader))),
        (
            "beside a child",
            Active,
            Signs { child: WORK.map(|seen| (9, seen)), ..several() },
            Some((Processing, Source::Child)),
        ),
        (
            "beside movement",
            Active,
            Signs { animated: true, ..several() },
            Some((Processing, Source::Screen)),
        ),
        (
            "movement beside a caret",
            Active,
            Signs { animated: true, screen: caret(), ..several() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "that began with Enter",
            Active,
            Signs { animated: true, moves_on_enter: true, screen: caret(), ..several() },
            Some((Processing, Source::Screen)),
        ),
        (
            "beside a channel",
            Active,
            Signs { channel: WORK, ..several() },
            Some((Processing, Source::Channel)),
        ),
        (
            "a channel as when idle",
            Active,
            Signs { channel: IDLE, ..several() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "work in the background",
            Active,
            Signs { cpu: CPU_TTY_ONLY, background: true, ..several() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "threads that were just given something",
            Waiting,
            Signs { entered: Some(SHOWS - HAIR), key: Some(HAIR), sent: true, ..several() },
            Some((Processing, Source::Keys)),
        ),
        (
            "threads whose work can show",
            Processing,
            Signs { entered: Some(SHOWS), sent: true, ..several() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "threads that have just begun a child",
            Processing,
            Signs { entered: Some(SHOWS), sent: true, comes: true, ..several() },
            None,
        ),
        (
            "one thread that was just given something",
            Waiting,
            Signs { entered: Some(HAIR), sent: true, ..alone(STILL) },
            Some((Waiting, Source::Reader)),
        ),
    ]
}

/// Rule 3: a reader that other things can wake.
fn woken() -> Vec<(&'static str, Status, Signs, Expected)> {
    let woken = || quiet(WakeSource::Other);
    let short = |quiet| Signs { quiet, screen: Arc::default(), ..woken() };
    let named = |quiet| Signs { named: true, screen: Arc::default(), quiet, ..woken() };
    let edits = || Signs { edits: Some(AGO), quiet: QUIET_NAMED, ..woken() };
    let idles = |idles| threads(WakeSource::Other).map(|reader| ReaderSign { idles, ..reader });
    let asked = |is_idle| Signs { cpu: CPU_READING, asks: true, reader: idles(is_idle), ..woken() };
    vec![
        ("a named prompt", Active, named(QUIET_NAMED), Some((Waiting, Source::Prompt))),
        ("a named prompt just now", Processing, named(QUIET_NAMED - HAIR), None),
        ("a title", Active, Signs { title: Some(AGO), ..named(QUIET) }, Some((Processing, Source::Title))),
        ("progress", Active, Signs { progress: Some(AGO), ..woken() }, Some((Processing, Source::Progress))),
        ("a request", Active, Signs { request: WORK, ..woken() }, Some((Processing, Source::Request))),
        ("an idle request", Active, Signs { request: IDLE, ..woken() }, Some((Waiting, Source::Reader))),
        ("bytes", Active, Signs { incoming: WORK, ..woken() }, Some((Processing, Source::Incoming))),
        ("echoes", Active, Signs { incoming: IDLE, ..woken() }, Some((Waiting, Source::Reader))),
        (
            "a child",
            Active,
            Signs { child: WORK.map(|seen| (9, seen)), ..woken() },
            Some((Processing, Source::Child)),
        ),
        (
            "an ended child",
            Processing,
            Signs { ended: true, ..woken() },
            Some((Processing, Source::EndedChild)),
        ),
        (
            "an ended child of who rested",
            Waiting,
            Signs { ended: true, ..woken() },
            Some((Waiting, Source::Reader)),
        ),
        ("the processor", Active, Signs { cpu: CPU_READING, ..woken() }, Some((Processing, Source::Cpu))),
        ("behind a choice", Processing, asked(true), Some((Waiting, Source::Reader))),
        ("its reader works", Processing, asked(false), Some((Processing, Source::Cpu))),
        (
            "a choice that has just come",
            Processing,
            Signs { quiet: ASKED - HAIR, ..asked(true) },
            Some((Processing, Source::Cpu)),
        ),
        (
            "no thread but the reader",
            Processing,
            Signs { cpu: CPU_READING, asks: true, ..woken() },
            Some((Processing, Source::Cpu)),
        ),
        (
            "behind a choice while its title moves",
            Processing,
            Signs { title: Some(AGO), ..asked(true) },
            Some((Processing, Source::Title)),
        ),
        (
            "movement",
            Active,
            Signs { animated: true, screen: Arc::default(), ..woken() },
            Some((Processing, Source::Screen)),
        ),
        (
            "long movement beside a caret",
            Active,
            Signs { animated: true, animated_for: ALONE, ..woken() },
            Some((Waiting, Source::Reader)),
        ),
        ("a line editor", Active, edits(), Some((Waiting, Source::LineEditor))),
        (
            "long movement that began with Enter",
            Active,
            Signs { animated: true, animated_for: ALONE, moves_on_enter: true, ..woken() },
            Some((Processing, Source::Screen)),
        ),
        (
            "movement while a key is typed ahead",
            Active,
            Signs { animated: true, answering: true, ..woken() },
            Some((Processing, Source::Screen)),
        ),
        (
            "movement that answers a key",
            Active,
            Signs { animated: true, answering: true, answered_by_moves: true, ..woken() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "running seconds",
            Active,
            Signs { counts: Some(AGO), ..woken() },
            Some((Processing, Source::Screen)),
        ),
        ("a channel", Active, Signs { channel: WORK, ..woken() }, Some((Processing, Source::Channel))),
        ("an old channel", Active, Signs { channel: IDLE, ..woken() }, Some((Waiting, Source::Reader))),
        (
            "something sent by who has a channel",
            Processing,
            Signs { mute: true, quiet: QUIET_MUTE - HAIR, ..woken() },
            Some((Processing, Source::Channel)),
        ),
        (
            "and nothing came of it",
            Processing,
            Signs { mute: true, quiet: QUIET_MUTE, ..woken() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "just given something",
            Waiting,
            Signs { entered: Some(HAIR), key: Some(HAIR), sent: true, ..short(HAIR) },
            Some((Processing, Source::Keys)),
        ),
        (
            "background work",
            Waiting,
            Signs { cpu: CPU_READING, background: true, ..woken() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "a display that looks for keys more often than it draws",
            Processing,
            Signs {
                round: Some(CLOCK.0 / 2),
                quiet: QUIET_FULL_SCREEN - HAIR,
                screen: full_screen(),
                ..woken()
            },
            None,
        ),
        (
            "a menu that looks for keys",
            Processing,
            Signs { round: Some(CLOCK.0 / 2), quiet: QUIET, offers: true, screen: full_screen(), ..woken() },
            Some((Waiting, Source::Reader)),
        ),
        ("quiet for long enough", Active, short(QUIET), Some((Waiting, Source::Reader))),
        ("not quiet for long enough", Processing, short(QUIET - HAIR), None),
        ("connected", Processing, Signs { connected: true, ..short(QUIET) }, None),
        (
            "connected and quiet",
            Processing,
            Signs { connected: true, ..short(QUIET_CONNECTED) },
            Some((Waiting, Source::Reader)),
        ),
        (
            "regular redraws",
            Active,
            Signs { regular: Some(QUIET), ..short(HAIR) },
            Some((Active, Source::Screen)),
        ),
        ("an answer", Waiting, Signs { answer: true, ..short(HAIR) }, Some((Processing, Source::Screen))),
        ("an empty line", Active, Signs { screen: empty_line(), ..woken() }, Some((Active, Source::Screen))),
        (
            "an empty line that a key redraws",
            Waiting,
            Signs { screen: empty_line(), key: Some(HAIR), ..woken() },
            None,
        ),
        (
            "an empty line after a bell",
            Active,
            Signs { screen: empty_line(), doubt: true, ..woken() },
            Some((Waiting, Source::Reader)),
        ),
        (
            "a display that a clock wakes",
            Processing,
            Signs {
                reader: reader(WakeSource::TtyOnly, STILL),
                round: Some(QUIET),
                screen: full_screen(),
                quiet: HAIR,
                ..woken()
            },
            None,
        ),
    ]
}

/// Rule 4: what may not be looked into; rules 5 and 6: nobody reads.
fn unseen() -> Vec<(&'static str, Status, Signs, Expected)> {
    let hidden = || quiet(WakeSource::Unknown);
    let soon = || Signs { quiet: QUIET_UNKNOWN - HAIR, ..hidden() };
    let left = |ago| Signs { nobody: Some(ago), ..absent() };
    let given = |ago| Signs { key: Some(ago), ..absent() };
    vec![
        ("a hidden password", Active, Signs { modes: SECRET, ..hidden() }, Some((Waiting, Source::Termios))),
        ("hidden and quiet", Active, hidden(), Some((Waiting, Source::Screen))),
        ("hidden and not read", Active, Signs { unread: true, ..hidden() }, Some((Active, Source::Reader))),
        ("hidden, not quiet", Active, soon(), Some((Active, Source::Reader))),
        ("hidden, it waited", Waiting, soon(), None),
        (
            "hidden after a prompt",
            Active,
            Signs { quiet: QUIET_INVITED, invites: true, ..hidden() },
            Some((Waiting, Source::Screen)),
        ),
        (
            "hidden after a prompt just now",
            Active,
            Signs { quiet: QUIET_INVITED - HAIR, invites: true, ..hidden() },
            Some((Active, Source::Reader)),
        ),
        (
            "hidden and just given something",
            Waiting,
            Signs { quiet: HAIR, entered: Some(HAIR), key: Some(HAIR), sent: true, ..hidden() },
            Some((Processing, Source::Keys)),
        ),
        (
            "hidden on a full screen",
            Active,
            Signs { quiet: QUIET_HIDDEN, screen: full_screen(), ..hidden() },
            Some((Waiting, Source::Screen)),
        ),
        (
            "hidden on a full screen that redraws",
            Active,
            Signs { quiet: QUIET_HIDDEN, regular: Some(QUIET), screen: full_screen(), ..hidden() },
            Some((Active, Source::Reader)),
        ),
        ("hidden at work", Active, Signs { request: WORK, ..hidden() }, Some((Processing, Source::Request))),
        ("gone a moment ago", Waiting, left(GONE - HAIR), None),
        ("gone", Waiting, left(GONE), Some((Active, Source::Reader))),
        ("computing", Active, Signs { cpu: CPU_WORKING, ..absent() }, Some((Processing, Source::Cpu))),
        ("moving", Active, Signs { animated: true, ..absent() }, Some((Processing, Source::Screen))),
        (
            "asking the network",
            Active,
            Signs { asked: Some(AGO), ..absent() },
            Some((Processing, Source::Request)),
        ),
        (
            "hearing the network",
            Active,
            Signs { incoming: WORK, ..absent() },
            Some((Processing, Source::Incoming)),
        ),
        ("saying so", Active, Signs { title: Some(AGO), ..absent() }, Some((Processing, Source::Title))),
        (
            "saying so by progress",
            Active,
            Signs { progress: Some(AGO), ..absent() },
            Some((Processing, Source::Progress)),
        ),
        ("nothing", Processing, absent(), Some((Active, Source::Reader))),
        ("given an answer", Waiting, given(GIVEN - HAIR), Some((Processing, Source::Keys))),
        ("given one long ago", Waiting, given(GIVEN), Some((Active, Source::Reader))),
    ]
}

fn rows() -> Vec<(&'static str, Status, Signs, Expected)> {
    [halted(), outright(), exclusive(), woken(), unseen()].concat()
}

#[test]
fn each_rule_decides_as_the_table_says() {
    for (name, before, signs, expected) in rows() {
        let decided = decide(&signs, before);
        let got = decided.as_ref().map(|decision| (decision.status, decision.by));
        assert_eq!(got, expected, "{name}: {decided:?}");
    }
}

#[test]
fn what_decided_stands_among_the_evidence() {
    for (name, before, signs, _) in rows() {
        let Some(Decision { by, .. }) = decide(&signs, before) else { continue };
        let decided = evidence(NOW, &signs, by).iter().filter(|sign| sign.decided).count();
        assert_eq!(decided, 1, "{name}: {by:?}");
    }
}

/// The first text behind a source is a rule's.
#[test]
fn no_rule_is_missing_in_the_table() {
    let text = include_str!("verdict.rs");
    let rule = regex::Regex::new(r#"(?:Source::\w+|\bsource),\s*"([^"]+)""#).unwrap();
    let written: BTreeSet<&str> =
        rule.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect();
    let decided = rows().into_iter().filter_map(|(_, before, signs, _)| decide(&signs, before));
    let tested: BTreeSet<&str> = decided.map(|decision| decision.rule).collect();
    assert!(written.len() > 25, "{written:?}");
    assert_eq!(written.difference(&tested).collect::<Vec<_>>(), Vec::<&&str>::new());
}
