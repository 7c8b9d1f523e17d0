//! The rules: one pure function from the signs of a moment, and the status before it, to a decision. A
//! stronger source that speaks overrules a weaker one. No program is known by name.

use std::sync::Arc;
use std::time::Duration;

use super::constants::*;
use super::facts::{Modes, ScreenSnapshot, WaitCall, WakeSource};
use super::source::Source;
use crate::words::{Confidence, Kind, Status};

use Confidence::{High, Low, Medium};
use Status::{Active, Paused, Processing, Waiting};

/// A judgement, with what it was drawn from. Times are on the clock that the judge is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What the program does.
    pub status: Status,
    /// What it waits for, if it waits.
    pub kind: Option<Kind>,
    /// How sure that is.
    pub confidence: Confidence,
    /// The last line of the prompt, or what was reported, safe to print, if it waits.
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
    /// Where.
    pub source: Source,
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
    // Statement by the program.
    pub(super) marked: Option<Statement>,
    pub(super) reported: Option<Statement>,
    /// A shell has marked its prompt, since when.
    pub(super) prompted: Option<Duration>,
    /// It says that it makes progress, since when.
    pub(super) progress: Option<Duration>,
    /// Its title moves, since when.
    pub(super) title: Option<Duration>,
    /// The last bell or notification, and when.
    pub(super) rung: Option<(String, Duration)>,
    /// It has been quiet for a while since then.
    pub(super) doubt: bool,
    /// A line editor has begun a prompt after the last Enter, when.
    pub(super) edits: Option<Duration>,
    pub(super) named: bool,
    // Seen in the kernel.
    pub(super) reader: Option<ReaderSign>,
    /// Nobody has read for so long; none while somebody does.
    pub(super) nobody: Option<Duration>,
    /// What was typed has not been read.
    pub(super) unread: bool,
    pub(super) modes: Option<Modes>,
    /// Share of a core that all who count use.
    pub(super) cpu: f64,
    pub(super) running: bool,
    /// A thread wants the processor all the time.
    pub(super) pressed: bool,
    /// A request is out.
    pub(super) request: Option<Seen>,
    /// Something was asked that is not answered, however short, and whatever was learned.
    pub(super) asked: Option<Duration>,
    /// Bytes come in, or a connection was closed.
    pub(super) incoming: Option<Seen>,
    /// A connection to somewhere is open.
    pub(super) connected: bool,
    /// Within this time a clock wakes the program, if one does.
    pub(super) round: Option<Duration>,
    /// A child that was begun after the first input.
    pub(super) child: Option<(i32, Seen)>,
    /// A child has come a moment ago, and may be work.
    pub(super) comes: bool,
    /// A channel was opened whose traffic nobody sees.
    pub(super) channel: Option<Seen>,
    /// Something was sent off, and its answer may come by such a channel.
    pub(super) mute: bool,
    /// Something was sent off to a program that counts seconds while it works.
    pub(super) may_count: bool,
    /// What the processor does now was called for by nobody.
    pub(super) background: bool,
    /// A child that worked has ended a moment ago.
    pub(super) ended: bool,
    /// The reader is not of the family.
    pub(super) outside: bool,
    // Seen on the screen.
    pub(super) screen: Arc<ScreenSnapshot>,
    pub(super) quiet: Duration,
    pub(super) animated: bool,
    /// Something moved a moment ago.
    pub(super) moving: bool,
    pub(super) animated_for: Duration,
    /// Its movement began after Enter.
    pub(super) moves_on_enter: bool,
    /// It counts seconds, as it does not at rest: the last of them.
    pub(super) counts: Option<Duration>,
    /// A full screen shows what may be chosen.
    pub(super) offers: bool,
    /// The cursor stands after what looks like a prompt or a question.
    pub(super) invites: bool,
    /// The screen stands still, and has something to choose from.
    pub(super) asks: bool,
    /// Before any input there is a box to write in.
    pub(super) boxed: bool,
    /// What was said of work is stale.
    pub(super) overruled: bool,
    /// The gap of a regular redraw.
    pub(super) regular: Option<Duration>,
    // Keys.
    /// Since a key was typed.
    pub(super) key: Option<Duration>,
    /// The last key was Enter.
    pub(super) entered_last: bool,
    /// Since something was sent off.
    pub(super) entered: Option<Duration>,
    /// Something was sent off, and it was not yet seen that the program waits again.
    pub(super) sent: bool,
    /// What is done now answers a key that sends nothing.
    pub(super) answering: bool,
    /// What moves was not moving before that key.
    pub(super) answered_by_moves: bool,
    /// The screen still changes after Enter.
    pub(super) answer: bool,
    /// The program in front has had input.
    pub(super) typed: bool,
    /// The line up to the cursor when Enter was last typed.
    pub(super) entered_line: String,
    /// Quiet that is a wait.
    pub(super) thresholds: Thresholds,
}

/// Something that may be work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    /// Since when.
    pub(super) at: Duration,
    /// It is work: it is not what the program does when it is idle, nor a help to a person who types.
    pub(super) counts: bool,
}

/// The thresholds that a person may set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thresholds {
    pub(super) quiet: Duration,
    pub(super) quiet_connected: Duration,
    pub(super) quiet_unknown: Duration,
    pub(super) cpu_reading: f64,
    pub(super) cpu_working: f64,
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        Thresholds {
            quiet: QUIET,
            quiet_connected: QUIET_CONNECTED,
            quiet_unknown: QUIET_UNKNOWN,
            cpu_reading: CPU_READING,
            cpu_working: CPU_WORKING,
        }
    }
}

/// What was said outright.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) status: Status,
    pub(super) kind: Option<Kind>,
    pub(super) message: Option<String>,
    /// When.
    pub(super) at: Duration,
    /// Who reads now is who said it.
    pub(super) by_reader: bool,
}

/// The reader that is best known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ReaderSign {
    pub(super) pid: i32,
    pub(super) call: WaitCall,
    pub(super) woken_by: WakeSource,
    pub(super) threads: u32,
    pub(super) job_control: bool,
    pub(super) limit: Option<Duration>,
    pub(super) beside: Vec<String>,
    /// Its clock has stood still for so long.
    pub(super) still: Duration,
    /// It has done next to nothing for a while.
    pub(super) idles: bool,
}

impl Thresholds {
    /// Quiet that is a wait of what may not be looked into; less where its last line invites, unless a person has
    /// set it.
    pub(super) fn quiet_of_unknown(&self, invites: bool) -> Duration {
        let usual = self.quiet_unknown == QUIET_UNKNOWN;
        if invites && usual { QUIET_INVITED } else { self.quiet_unknown }
    }
}

impl Signs {
    pub(super) fn woken_by(&self) -> Option<WakeSource> {
        self.reader.as_ref().map(|reader| reader.woken_by)
    }

    pub(super) fn threads(&self) -> u32 {
        self.reader.as_ref().map_or(0, |reader| reader.threads)
    }

    pub(super) fn job_control(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.job_control)
    }

    fn requests(&self) -> bool {
        self.request.is_some_and(|seen| seen.counts)
    }

    fn receives(&self) -> bool {
        self.incoming.is_some_and(|seen| seen.counts)
    }

    fn asks_by_channel(&self) -> bool {
        self.channel.is_some_and(|seen| seen.counts)
    }

    /// Something was sent off a moment ago: what it sets off cannot show yet, or begins to.
    fn is_too_early(&self) -> bool {
        let begins = self.running || self.comes;
        self.entered.is_some_and(|ago| ago < SHOWS || (ago < GIVEN && begins))
    }

    /// The screen moves, and not as it does at rest or for the last key.
    fn moves_at_work(&self) -> bool {
        self.animated && !(self.answering && self.answered_by_moves)
    }

    fn has_child(&self) -> bool {
        self.child.is_some_and(|(_, seen)| seen.counts)
    }

    /// The source by which the program says that it works, if it does.
    fn says_it_works(&self) -> Option<Source> {
        let title = self.title.map(|_| Source::Title);
        title.or(self.progress.map(|_| Source::Progress))
    }

    /// A line is read without echo: a password.
    fn secret(&self) -> bool {
        self.modes.is_some_and(|modes| modes.canonical && !modes.echo)
    }

    /// A reader of the terminal alone that has come to rest; or a shell at its prompt, whatever else it
    /// listens to there.
    fn rests(&self) -> bool {
        let prompts = self.job_control() && self.modes.is_some_and(|modes| !modes.canonical);
        let alone = self.woken_by() == Some(WakeSource::TtyOnly);
        (alone || prompts) && self.reader.as_ref().is_some_and(|reader| reader.still >= STILL)
    }

    /// A full screen without a cursor that has had no input yet: a display, perhaps.
    fn displays(&self) -> bool {
        self.screen.alternate && !self.screen.visible && !self.typed && !self.boxed
    }

    /// Whether it uses so much of a core, or wants to. What was at work before is at work until it uses
    /// much less.
    fn computes(&self, share: f64, before: Status) -> bool {
        let still = before == Processing
            && (self.cpu >= share * CPU_STAYS || (self.running && self.cpu > CPU_RUNNING));
        self.cpu >= share || self.pressed || still
    }

    /// The thread that reads has idled behind a choice for a while: what others of its process do is no answer.
    fn leaves_it_to_a_person(&self) -> bool {
        let rests = |reader: &ReaderSign| reader.threads > 1 && reader.idles;
        self.asks && self.quiet >= ASKED && self.reader.as_ref().is_some_and(rests)
    }

    /// How much quiet is a wait of a reader that other things can wake.
    pub(super) fn quiet_needed(&self) -> Duration {
        // A stream that stalls seldom does so behind a prompt.
        let stream = self.connected && (self.screen.alternate || !self.invites);
        let mut needed = if stream { self.thresholds.quiet_connected } else { self.thresholds.quiet };
        let longest = if self.displays() { CLOCK_DISPLAY } else { CLOCK.1 };
        let clock = self.round.filter(|round| (CLOCK.0..=longest).contains(round));
        let prompt = self.boxed || self.screen.caret && !self.screen.alternate;
        if let Some(round) = clock.filter(|_| !self.typed && !prompt) {
            needed = needed.max(round + ROUND);
        } else if self.displays() && (self.connected || self.round.is_some()) && !self.offers {
            // It looks for keys more often than it draws.
            needed = needed.max(QUIET_FULL_SCREEN);
        }
        if self.mute {
            needed = needed.max(QUIET_MUTE);
        }
        if self.may_count {
            needed = needed.max(QUIET_COUNTS);
        }
        self.regular.map_or(needed, |gap| needed.max(gap.mul_f64(REGULAR)))
    }
}

/// What the rules say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) status: Status,
    pub(super) confidence: Confidence,
    /// The source that decided.
    pub(super) by: Source,
    pub(super) rule: &'static str,
    pub(super) until: &'static str,
    /// What was said outright.
    pub(super) said: Option<Statement>,
}

fn decision(
    status: Status,
    confidence: Confidence,
    by: Source,
    rule: &'static str,
    until: &'static str,
) -> Option<Decision> {
    Some(Decision { status, confidence, by, rule, until, said: None })
}

/// The status that all but what was said of work shows.
pub(super) fn unsaid(signs: &Signs, before: Status) -> Option<Status> {
    let silent = Signs { marked: None, reported: None, progress: None, ..signs.clone() };
    rules(&silent, before).map(|decision| decision.status)
}

/// Draws the decision of a moment; none leaves the verdict before it as it is.
pub(super) fn decide(signs: &Signs, before: Status) -> Option<Decision> {
    let decision = rules(signs, before)?;
    let given = signs.key.is_some_and(|ago| ago < GIVEN);
    if before == Waiting && decision.status == Active && decision.said.is_none() && given {
        return self::decision(
            Processing,
            Low,
            Source::Keys,
            "it was given what it waited for",
            "a moment without a sign of work",
        );
    }
    Some(decision)
}

fn rules(signs: &Signs, before: Status) -> Option<Decision> {
    halted(signs).or_else(|| said(signs)).or_else(|| match signs.woken_by() {
        Some(WakeSource::TtyOnly) if signs.displays() && signs.round.is_some() => woken(signs, before),
        Some(WakeSource::TtyOnly) => exclusive(signs, before),
        Some(WakeSource::Timer | WakeSource::Other) if signs.rests() => exclusive(signs, before),
        Some(WakeSource::Timer | WakeSource::Other) => woken(signs, before),
        Some(WakeSource::Unknown) => hidden(signs, before),
        None => nobody(signs, before),
    })
}

/// Rule 1: stopped as a whole, stopped in front, or held back while it writes.
fn halted(signs: &Signs) -> Option<Decision> {
    if signs.paused {
        return decision(Paused, High, Source::Pause, "the session was paused", "mspause --resume");
    }
    if signs.stopped {
        return decision(
            Waiting,
            High,
            Source::Stop,
            "what is in front is stopped",
            "a signal to continue it",
        );
    }
    if signs.writing.is_some_and(|length| length >= WRITING) {
        return decision(
            Waiting,
            High,
            Source::Write,
            "its output is held back",
            "the terminal's output going on (Ctrl-Q)",
        );
    }
    None
}

/// What the program, or a hook of it, says outright.
fn said(signs: &Signs) -> Option<Decision> {
    if signs.secret() && signs.rests() {
        return decision(Waiting, High, Source::Termios, "a line is read without echo", "the line");
    }
    if let Some(marked) = signs.marked.as_ref().filter(|said| stands(signs, said)) {
        return outright(
            marked,
            Source::Mark,
            "a hook says so",
            "the next mark, another program in front, a key",
        );
    }
    if let Some(reported) = signs.reported.as_ref().filter(|said| stands(signs, said)) {
        return outright(
            reported,
            Source::Report,
            "the program reports it",
            "its next report, a shell's prompt, its end",
        );
    }
    if signs.prompted.is_some() && signs.reader.is_some() {
        return decision(
            Waiting,
            High,
            Source::PromptMark,
            "a shell marked its prompt",
            "Enter, or a command's mark",
        );
    }
    None
}

/// A report of work says nothing of another program that asks meanwhile.
fn stands(signs: &Signs, said: &Statement) -> bool {
    said.status != Processing || ((said.by_reader || !signs.rests()) && !signs.overruled)
}

fn outright(said: &Statement, by: Source, rule: &'static str, until: &'static str) -> Option<Decision> {
    decision(said.status, High, by, rule, until)
        .map(|decision| Decision { said: Some(said.clone()), ..decision })
}

/// Rule 2: a thread waits for the terminal alone, without end.
fn exclusive(signs: &Signs, before: Status) -> Option<Decision> {
    if let Some(busy) = busy_beside(signs, before).filter(|_| signs.threads() > 1) {
        return Some(busy);
    }
    if signs.threads() > 1 && !signs.job_control() && signs.is_too_early() {
        return given(signs, before);
    }
    match (signs.rests(), signs.woken_by()) {
        (true, Some(WakeSource::TtyOnly)) => {
            decision(Waiting, High, Source::Reader, "it waits for the terminal and for nothing else", "a key")
        }
        (true, _) => decision(Waiting, High, Source::Reader, "a shell waits at its prompt", "a key"),
        (false, _) => None,
    }
}

/// Other threads of a reader at work.
fn busy_beside(signs: &Signs, before: Status) -> Option<Decision> {
    let busy = |by, rule, until| decision(Processing, Medium, by, rule, until);
    if let Some(source) = signs.says_it_works() {
        return busy(source, "it reads, but says that it works", "the end of that");
    }
    let computes = signs.computes(CPU_TTY_ONLY, before) && !signs.leaves_it_to_a_person();
    if computes && !signs.answering && !signs.background {
        return busy(Source::Cpu, "one thread reads while others work", "less CPU");
    }
    if signs.requests() {
        return busy(Source::Request, "one thread reads while a request is out", "an answer");
    }
    if signs.asks_by_channel() {
        return busy(Source::Channel, "one thread reads while it speaks to somebody else", "its end");
    }
    if signs.has_child() {
        return busy(Source::Child, "one thread reads while a child works", "the child's end");
    }
    if signs.moves_at_work() && (!signs.screen.caret || signs.moves_on_enter) {
        return busy(Source::Screen, "one thread reads while the screen moves", "a screen that stands still");
    }
    None
}

/// Rule 3: a reader that other things can wake as well.
fn woken(signs: &Signs, before: Status) -> Option<Decision> {
    if signs.named && signs.quiet >= QUIET_NAMED && signs.says_it_works().is_none() {
        return decision(
            Waiting,
            Medium,
            Source::Prompt,
            "it reads after a prompt that is configured",
            "a change on the screen",
        );
    }
    if let Some(busy) = busy(signs, before) {
        return Some(busy);
    }
    if signs.edits.is_some() && signs.screen.caret && signs.quiet >= QUIET_NAMED {
        return decision(
            Waiting,
            Medium,
            Source::LineEditor,
            "a line editor is at its prompt",
            "Enter, or output",
        );
    }
    if signs.quiet < signs.quiet_needed() || signs.is_too_early() {
        return restless(signs, before);
    }
    // A line that is drawn anew for a key is empty for a moment.
    let redrawn = signs.key.is_some_and(|ago| ago < ECHO) && !signs.entered_last;
    if signs.screen.empty_line && before == Waiting && redrawn {
        return None;
    }
    if signs.screen.empty_line && !signs.doubt {
        return decision(Active, Low, Source::Screen, "it reads, but shows no prompt", "a prompt, or work");
    }
    let sure = if signs.screen.empty_line { Low } else { Medium };
    decision(
        Waiting,
        sure,
        Source::Reader,
        "it reads the terminal and all is quiet",
        "a change on the screen, or work",
    )
}

/// Not quiet for long enough to be a wait.
fn restless(signs: &Signs, before: Status) -> Option<Decision> {
    if signs.regular.is_some() && !signs.typed {
        return decision(
            Active,
            Medium,
            Source::Screen,
            "it reads, but redraws at regular times",
            "a screen that stands still",
        );
    }
    if signs.mute && signs.quiet < QUIET_MUTE {
        return decision(
            Processing,
            Low,
            Source::Channel,
            "it was given something, and speaks to somebody else",
            "what it shows, or quiet",
        );
    }
    if signs.answer && before == Waiting {
        return decision(
            Processing,
            Medium,
            Source::Screen,
            "it answers what was entered",
            "a screen that stands still",
        );
    }
    given(signs, before)
}

/// What waited was given something, and cannot show yet what comes of it.
fn given(signs: &Signs, before: Status) -> Option<Decision> {
    let sent = before == Waiting && signs.sent && signs.entered.is_some_and(|ago| ago < GIVEN);
    let rule = "it was given what it waited for";
    sent.then_some(())
        .and_then(|()| decision(Processing, Low, Source::Keys, rule, "a moment without a sign of work"))
}

/// Work of a reader that other things can wake.
fn busy(signs: &Signs, before: Status) -> Option<Decision> {
    let busy = |by, rule, until| decision(Processing, Medium, by, rule, until);
    if signs.title.is_some() {
        return busy(Source::Title, "its title moves", "a title that stands still");
    }
    if signs.progress.is_some() {
        return busy(Source::Progress, "it says that it makes progress", "the end of it");
    }
    if signs.requests() {
        return busy(Source::Request, "a request is out", "an answer");
    }
    if signs.receives() {
        return busy(Source::Incoming, "bytes come in", "none for a moment");
    }
    if signs.asks_by_channel() {
        return busy(Source::Channel, "it speaks to somebody else since it was given something", "its end");
    }
    if signs.has_child() {
        return busy(Source::Child, "a child works", "its end");
    }
    if signs.ended && before == Processing {
        return busy(Source::EndedChild, "a child that worked has just ended", "a moment without work");
    }
    let computes = signs.computes(signs.thresholds.cpu_reading, before) && !signs.leaves_it_to_a_person();
    if computes && !signs.answering && !signs.background {
        return busy(Source::Cpu, "it reads, but uses the processor", "less CPU");
    }
    let beside_caret = signs.screen.caret && !signs.screen.alternate && signs.animated_for >= ALONE;
    if signs.moves_at_work() && (signs.moves_on_enter || !beside_caret) {
        return busy(Source::Screen, "it reads, but its screen moves", "a screen that stands still");
    }
    if signs.counts.is_some() {
        return busy(Source::Screen, "it counts, as it does not at rest", "a screen that stands still");
    }
    None
}

/// Rule 4: what is in front may not be looked into.
fn hidden(signs: &Signs, before: Status) -> Option<Decision> {
    if signs.secret() {
        return decision(Waiting, High, Source::Termios, "a line is read without echo", "the line");
    }
    if let Some(busy) = busy(signs, before) {
        return Some(busy);
    }
    let named = signs.named && signs.quiet >= QUIET_NAMED;
    let rung = signs.doubt && signs.quiet >= QUIET_BELL;
    let invites = signs.invites || signs.edits.is_some();
    let needed = signs.thresholds.quiet_of_unknown(invites);
    let prompt = signs.quiet >= needed && (signs.screen.caret || signs.invites);
    let full = signs.quiet >= needed.max(QUIET_HIDDEN) && signs.screen.alternate && signs.regular.is_none();
    if !signs.unread && (named || rung || prompt || full) {
        return decision(Waiting, Low, Source::Screen, "quiet after what may be a prompt", "output, or work");
    }
    if before == Waiting && !signs.unread && signs.quiet < needed {
        return given(signs, before);
    }
    decision(Active, Low, Source::Reader, "it may not be looked into", "a prompt, or work")
}

/// Rules 5 and 6: nobody reads.
fn nobody(signs: &Signs, before: Status) -> Option<Decision> {
    // Who sleeps elsewhere after a key has taken it; who runs may still draw it.
    let taken = signs.entered_last || (signs.key.is_some_and(|ago| ago < GIVEN) && !signs.running);
    let gone = if taken { GONE_ENTERED } else { GONE };
    if before == Waiting && signs.nobody.is_some_and(|length| length < gone) {
        return None;
    }
    let busy = |by, rule, until| decision(Processing, High, by, rule, until);
    if signs.computes(signs.thresholds.cpu_working, before) || (signs.running && signs.cpu > CPU_RUNNING) {
        return busy(Source::Cpu, "it uses the processor and does not read", "less CPU");
    }
    if signs.animated || (before == Processing && signs.moving) {
        return busy(Source::Screen, "its screen moves and it does not read", "a screen that stands still");
    }
    if signs.asked.is_some() || signs.receives() {
        let source = if signs.asked.is_some() { Source::Request } else { Source::Incoming };
        return busy(source, "it speaks to the network and does not read", "an answer, and silence");
    }
    if let Some(source) = signs.says_it_works() {
        return busy(source, "it says that it works", "the end of that");
    }
    decision(Active, Medium, Source::Reader, "nobody reads and nothing is busy", "a read, or work")
}
