//! The engine of the judgement: it remembers of the facts so far what the rules ask for. Pure: the same facts in the
//! same order make the same verdicts, whenever they are told.

use std::time::Duration;

use super::config::DetectConfig;
use super::constants::*;
use super::evidence::evidence;
use super::facts::{Event, Fact, KernelSnapshot, Look, Report, ReportState, Said, WakeSource};
use super::kind::Asked;
use super::signs::children::Children;
use super::signs::cpu::Cpu;
use super::signs::keys::Keys;
use super::signs::network::Network;
use super::signs::program::{Learned, Program};
use super::signs::readers::Readers;
use super::signs::said::Saying;
use super::signs::screen::Screen;
use super::signs::titles::Titles;
use super::source::Source;
use super::verdict::{self, Decision, ReaderSign, Seen, Signs, Thresholds, Verdict, decide};
use crate::words::{Confidence, Kind, Status};

/// Facts in, verdicts out.
#[derive(Debug)]
pub(super) struct Engine {
    config: DetectConfig,
    thresholds: Thresholds,
    paused: bool,
    kernel: KernelSnapshot,
    program: Program,
    readers: Readers,
    cpu: Cpu,
    network: Network,
    children: Children,
    screen: Screen,
    keys: Keys,
    titles: Titles,
    saying: Saying,
    learned_screen: Learned,
    learned_title: Learned,
    /// The line up to the cursor when Enter was last typed.
    entered: String,
    /// The last lines match a configured prompt.
    named: bool,
    /// The first verdict.
    begun: Option<Duration>,
    /// The last look.
    looked: Duration,
    /// How much quiet was needed then for a wait.
    quiet: Duration,
    /// What the screen asks, as it was last told.
    asked: Asked,
    /// Another status is due, since when.
    other: Option<(Status, Duration)>,
    /// The last look that decided anything.
    decided: Duration,
    verdict: Verdict,
}

/// The verdict stands although what it was drawn from is over.
const STANDS: &str = "nothing certain was seen since";

impl Engine {
    pub(super) fn new(config: &DetectConfig) -> Engine {
        Engine {
            thresholds: config.thresholds(),
            config: config.clone(),
            paused: false,
            kernel: KernelSnapshot::default(),
            program: Program::default(),
            readers: Readers::default(),
            cpu: Cpu::default(),
            network: Network::default(),
            children: Children::default(),
            screen: Screen::default(),
            keys: Keys::default(),
            titles: Titles::default(),
            saying: Saying::default(),
            learned_screen: Learned::default(),
            learned_title: Learned::default(),
            entered: String::new(),
            named: false,
            begun: None,
            looked: Duration::ZERO,
            quiet: QUIET,
            asked: Asked::default(),
            other: None,
            decided: Duration::ZERO,
            verdict: Verdict {
                status: Status::Active,
                kind: None,
                confidence: Confidence::Low,
                message: None,
                since: Duration::ZERO,
                rule: "it has just begun",
                until: "the first look",
                evidence: Vec::new(),
            },
        }
    }

    /// Whether Enter sends off what is written here. On a full screen it is a key like any other.
    pub(super) fn takes_enter(&self) -> bool {
        let canonical = self.kernel.modes.is_some_and(|modes| modes.canonical);
        canonical || !self.screen.snapshot().alternate
    }

    pub(super) fn config(&self) -> &DetectConfig {
        &self.config
    }

    pub(super) fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    pub(super) fn decided(&self) -> Duration {
        self.decided
    }

    /// Since when the reader rests, if somebody reads.
    pub(super) fn rests_since(&self) -> Option<Duration> {
        self.readers.best.as_ref().map(|(_, since)| *since)
    }

    /// Whether the reader waits for the terminal alone and has no other threads.
    pub(super) fn reads_alone(&self) -> bool {
        let reader = self.readers.best.as_ref().map(|(reader, _)| reader);
        reader.is_some_and(|reader| reader.woken_by == WakeSource::TtyOnly && reader.threads <= 1)
    }

    /// Takes in a fact; after a look, true if the verdict changed.
    pub(super) fn take(&mut self, at: Duration, fact: &Fact) -> bool {
        match fact {
            Fact::Event(event) => {
                self.event(at, event);
                false
            }
            Fact::Look(look) => {
                self.look(at, look);
                self.conclude(at)
            }
        }
    }

    fn event(&mut self, at: Duration, event: &Event) {
        match event {
            Event::Typed { enter, interrupt, several } => {
                self.keys.note(at, *enter, *several);
                self.typed(*enter, *interrupt);
            }
            Event::Said(said) => self.said(at, said),
            Event::Marked(marked) => self.saying.mark(at, marked),
            Event::Resize | Event::Attach => self.screen.mend(at),
            Event::Paused => self.paused = true,
            Event::Resumed => self.resume(at),
            Event::Output { .. } | Event::Detach | Event::Child => {}
        }
    }

    fn resume(&mut self, at: Duration) {
        self.paused = false;
        self.screen.mend(at);
        if self.verdict.status == Status::Paused {
            self.verdict.status = Status::Active;
            self.verdict.since = at;
            self.verdict.rule = "the session goes on";
        }
    }

    fn typed(&mut self, enter: bool, interrupt: bool) {
        self.saying.typed(enter, interrupt);
        if enter {
            self.screen.snapshot().prompt.clone_into(&mut self.entered);
        }
        if enter || interrupt {
            self.cpu.restart();
        }
    }

    fn said(&mut self, at: Duration, said: &Said) {
        match said {
            Said::Title(title) => self.titles.note(at, title),
            said => self.saying.say(at, said),
        }
    }

    fn look(&mut self, at: Duration, look: &Look) {
        if let Some(snapshot) = &look.kernel {
            self.see(at, snapshot);
        }
        self.cpu.note(at, look.kernel.as_ref().map(|snapshot| snapshot.processes.as_slice()));
        if let Some(snapshot) = &look.screen {
            self.screen.note(at, snapshot, &self.keys);
            self.named = self.config.names(&snapshot.text);
        }
        self.screen.settle(at);
        if self.at_shell_prompt(at) {
            self.saying.end_reports();
        }
        self.looked = at;
        let busy = self.network.request(at).is_some() || self.children.busy(at).is_some();
        self.learned_screen.note(at, busy && self.screen.animated(at));
        self.learned_title.note(at, busy && self.titles.moving(at).is_some());
    }

    fn see(&mut self, at: Duration, snapshot: &KernelSnapshot) {
        let new = self.program.note(snapshot);
        if new {
            self.keys.new_program();
            self.children.new_program();
            self.readers.new_program();
            self.titles.new_program(self.looked);
            self.screen.new_program();
            self.learned_screen.new_program();
            self.learned_title.new_program();
            self.cpu.restart();
        }
        self.readers.note(at, snapshot);
        self.network.note(at, &snapshot.links);
        self.children.note(at, snapshot, self.keys.typed());
        self.saying.note(at, snapshot, new.then_some(self.looked));
        snapshot.clone_into(&mut self.kernel);
    }

    /// A shell that hands out the terminal reads keys itself: it prompts.
    fn at_shell_prompt(&self, now: Duration) -> bool {
        let raw = self.kernel.modes.is_some_and(|modes| !modes.canonical);
        let rests =
            self.readers.best(now).is_some_and(|(reader, still)| reader.job_control && still >= STILL);
        raw && rests
    }

    /// Requests and children count no longer: the program has shown how it looks when it works.
    fn idles(&self, now: Duration) -> bool {
        self.learned_screen.discounts(self.screen.still(now))
            || self.learned_title.discounts(self.titles.still(now))
    }

    fn signs(&self, now: Duration) -> Signs {
        let reader = self.readers.best(now);
        let idles = self.idles(now);
        Signs {
            paused: self.paused,
            stopped: self.readers.stopped(now),
            writing: self.readers.writing(now),
            marked: self.marked(),
            reported: self.reported(),
            prompted: self.saying.prompted(now),
            progress: self.saying.progress(),
            title: self.titles.moving(now),
            rung: self.saying.doubt().map(|(text, at)| (text.to_owned(), at)),
            doubt: self.saying.doubt().is_some_and(|(_, at)| now.saturating_sub(at) >= QUIET_BELL),
            edits: self.edits(),
            named: self.named,
            reader: reader.map(|(reader, still)| ReaderSign {
                pid: reader.pid,
                call: reader.call,
                woken_by: reader.woken_by,
                threads: reader.threads,
                job_control: reader.job_control,
                limit: reader.limit.map(Duration::from_millis),
                beside: reader.beside.clone(),
                still,
            }),
            nobody: self.readers.nobody(now),
            unread: self.readers.unread(now),
            modes: self.kernel.modes,
            cpu: self.cpu.share(),
            running: self.kernel.processes.iter().any(|process| process.running),
            pressed: self.cpu.pressed(now),
            request: self.network.request(now).map(|at| Seen {
                at,
                counts: !idles && !self.is_of_a_draft(at) && !self.is_idle_request(at),
            }),
            asked: self.network.asked(now),
            incoming: self.incoming(now),
            connected: !self.kernel.links.is_empty(),
            round: self.readers.round(),
            child: self.children.busy(now).map(|(pid, at)| (pid, Seen { at, counts: !idles })),
            outside: self.kernel.outside,
            ended: self.children.ended(now),
            screen: self.screen.snapshot().clone(),
            quiet: self.screen.quiet(now),
            animated: self.screen.animated(now),
            moving: self.screen.still(now) < FRESH,
            animated_for: self.screen.animated_for(now),
            regular: self.screen.regular(),
            key: self.keys.last().map(|at| now.saturating_sub(at)),
            entered_last: self.keys.enter().is_some(),
            answering: self.keys.answering(now),
            answer: self.answers(now),
            typed: self.keys.typed(),
            entered: self.entered.clone(),
            thresholds: self.thresholds,
        }
    }

    /// Bytes that come in, or else the end of a connection.
    fn incoming(&self, now: Duration) -> Option<Seen> {
        let counts = |seen: &Seen| seen.counts;
        let bytes = self.network.incoming(now).map(|at| Seen { at, counts: !self.keys.echoes(at) });
        let end = self.network.closed(now).map(|at| Seen { at, counts: !self.is_of_a_draft(at) });
        bytes.filter(counts).or(end.filter(counts)).or(bytes)
    }

    /// What is asked for while a person writes is a help to that, and no work.
    fn is_of_a_draft(&self, request: Duration) -> bool {
        self.keys.drafting().is_some_and(|since| request + TICKS >= since)
    }

    /// What was out before it began to wait is out while it is idle, and only found now.
    fn is_idle_request(&self, request: Duration) -> bool {
        self.verdict.status == Status::Waiting && request + TICKS < self.verdict.since
    }

    /// A line editor, here or at the far end of a connection, prompts again after Enter.
    fn edits(&self) -> Option<Duration> {
        let enter = self.keys.entered()?;
        self.saying.pasting().filter(|since| *since >= enter)
    }

    /// The screen changes again and again after Enter.
    fn answers(&self, now: Duration) -> bool {
        let enter = self.keys.enter().filter(|at| now.saturating_sub(*at) < ANSWER_LIMIT);
        // A wait that began after it is another one.
        let enter = enter.filter(|at| *at >= self.verdict.since);
        enter.is_some_and(|enter| self.screen.answers(now, enter))
    }

    fn marked(&self) -> Option<verdict::Statement> {
        let (marked, at) = self.saying.marked()?;
        Some(verdict::Statement {
            at,
            status: marked.status?,
            kind: marked.kind,
            message: marked.message.clone(),
            by_reader: self.kernel.readers.iter().any(|reader| reader.pid == marked.reporter.pid),
        })
    }

    fn reported(&self) -> Option<verdict::Statement> {
        let (report, at) = self.saying.foremost_report()?;
        let reader = self.kernel.readers.first();
        let (status, kind) = meaning(report);
        Some(verdict::Statement {
            at,
            status,
            kind,
            message: report.message.clone(),
            by_reader: reader.is_none_or(|reader| self.saying.reported_by(reader.pid)),
        })
    }

    /// What happened before and still matters, as events that would tell of it anew.
    pub(super) fn standing(&self) -> Vec<Event> {
        let paused = self.paused.then_some(Event::Paused);
        let typed = self.keys.typed().then(|| Event::Typed {
            enter: self.keys.enter().is_some(),
            interrupt: false,
            several: self.keys.drafting().is_some(),
        });
        typed.into_iter().chain(self.saying.standing()).chain(paused).collect()
    }

    /// Draws the verdict; true if it changed.
    fn conclude(&mut self, now: Duration) -> bool {
        let signs = self.signs(now);
        self.quiet = signs.quiet_needed();
        let Some(decision) = decide(&signs, self.verdict.status) else { return self.stand(now, &signs) };
        if self.too_soon(now, decision.status) {
            return self.stand(now, &signs);
        }
        self.decided = now;
        let mut new = self.draw(now, &signs, &decision);
        let changed = is_news(&self.verdict, &new);
        // Told only with news: what stands has the evidence that it was drawn from.
        new.evidence = match changed {
            true => evidence(now, &signs, decision.by),
            false => std::mem::take(&mut self.verdict.evidence),
        };
        self.verdict = new;
        changed
    }

    /// Nothing is certain: the verdict stands. Once it has done so for a moment, its reason is no longer what
    /// it was drawn from; true when that changes.
    fn stand(&mut self, now: Duration, signs: &Signs) -> bool {
        let decided = self.decided > Duration::ZERO;
        if !decided || self.verdict.rule == STANDS || now.saturating_sub(self.decided) < FRESH {
            return false;
        }
        self.verdict.rule = STANDS;
        self.verdict.until = "more quiet, or a sign of work";
        self.verdict.evidence = evidence(now, signs, Source::Screen);
        true
    }

    /// Whether a change between processing and active must still prove itself. What has just begun, and was
    /// called active for want of anything seen, need not.
    fn too_soon(&mut self, now: Duration, status: Status) -> bool {
        let begun = *self.begun.get_or_insert(now);
        let begins = self.verdict.since == Duration::ZERO && now.saturating_sub(begun) < BEGINS;
        if begins
            && self.cpu.goes_on(CPU_WORKING)
            && self.screen.still(now) >= FRESH.min(now.saturating_sub(begun))
        {
            return false;
        }
        let pair = [Status::Processing, Status::Active];
        if status == self.verdict.status || !pair.contains(&status) || !pair.contains(&self.verdict.status) {
            self.other = None;
            return false;
        }
        let since = self.other.filter(|(other, _)| *other == status).map_or(now, |(_, since)| since);
        self.other = Some((status, since));
        now.saturating_sub(since) < SWITCH
    }

    /// The verdict, still without its evidence.
    fn draw(&mut self, now: Duration, signs: &Signs, decision: &Decision) -> Verdict {
        let waits = decision.status == Status::Waiting;
        let said = decision.said.as_ref();
        let seen = |asked: &mut Asked| said.and_then(|said| said.kind).unwrap_or_else(|| asked.kind(signs));
        let kind = waits.then(|| seen(&mut self.asked));
        let told = said.and_then(|said| said.message.clone());
        Verdict {
            status: decision.status,
            kind,
            confidence: decision.confidence,
            message: told.or_else(|| kind.and_then(|kind| self.asked.message(signs, kind))),
            since: if decision.status == self.verdict.status { self.verdict.since } else { now },
            rule: decision.rule,
            until: decision.until,
            evidence: Vec::new(),
        }
    }

    /// The next moment at which time alone may change the verdict, if any.
    pub(super) fn ripens(&self, now: Duration) -> Option<Duration> {
        let quiet = match self.readers.best(now) {
            Some((reader, _)) if reader.woken_by == WakeSource::Unknown => self.thresholds.quiet_unknown,
            _ => self.quiet,
        };
        let mut times: Vec<Option<Duration>> =
            vec![self.keys.moments(), self.titles.moments(), self.other.map(|(_, since)| since + SWITCH)];
        if self.readers.best.is_some() && self.verdict.status != Status::Waiting {
            times.push(self.cpu.moments());
        }
        times.extend(self.readers.moments());
        times.extend(self.network.moments());
        times.extend(self.children.moments());
        times.extend(self.saying.moments());
        times.extend(self.screen.moments(quiet));
        times.into_iter().flatten().filter(|at| *at > now).min()
    }

    /// Once nothing has run for so long, only an edge can change the verdict, and no look is needed before
    /// one. A thread that waits for the terminal alone needs none at all; what else waits can go on by
    /// itself, but hardly in silence.
    pub(super) fn still_enough(&self, now: Duration) -> Duration {
        let reader = self.readers.best(now).filter(|(_, still)| *still >= STILL).map(|(reader, _)| reader);
        match (self.verdict.status, reader) {
            _ if self.paused => Duration::ZERO,
            _ if self.kernel.stopped && !self.readers.stopped(now) => Duration::MAX,
            (Status::Waiting, Some(reader))
                if reader.woken_by == WakeSource::TtyOnly && reader.threads <= 1 =>
            {
                Duration::ZERO
            }
            (Status::Waiting, Some(reader)) if reader.woken_by == WakeSource::TtyOnly => STILL_TTY_ONLY,
            (Status::Waiting, Some(_)) => STILL_WAITING,
            _ => Duration::MAX,
        }
    }

    /// Whether a reader outside of the session is worth a look at all of /proc.
    pub(super) fn misses_a_reader(&self, now: Duration) -> bool {
        self.readers.nobody(now).is_some_and(|length| length >= OUTSIDE)
            && self.screen.still(now) >= OUTSIDE
            && self.cpu.share() < CPU_RUNNING
    }

    /// Whether it is worth asking if what was typed has been read.
    pub(super) fn doubts_reading(&self) -> bool {
        let unknown =
            self.readers.best.as_ref().is_none_or(|(reader, _)| reader.woken_by == WakeSource::Unknown);
        unknown && self.keys.last().is_some()
    }
}

/// What a report of OSC 7501 means.
fn meaning(report: &Report) -> (Status, Option<Kind>) {
    match report.state {
        ReportState::Working => (Status::Processing, None),
        ReportState::Blocked => (Status::Waiting, report.kind),
        ReportState::Clear => (Status::Active, None),
        ReportState::Idle | ReportState::Done | ReportState::Error => (Status::Waiting, Some(Kind::Turn)),
    }
}

/// Whether a verdict says something that the one before did not. A message that only counts is not news.
fn is_news(old: &Verdict, new: &Verdict) -> bool {
    let of = |verdict: &Verdict| (verdict.status, verdict.kind, verdict.rule, verdict.confidence);
    let text = |verdict: &Verdict| {
        verdict.message.as_ref().map(|text| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>())
    };
    of(old) != of(new) || text(old) != text(new)
}
