//! The engine of the judgement: it remembers of the facts so far what the rules ask for. Pure: the same facts in the
//! same order make the same verdicts, whenever they are told.

use std::time::Duration;

use super::config::DetectConfig;
use super::constants::*;
use super::evidence::evidence;
use super::facts::{Event, Fact, KernelSnapshot, Look, Report, ReportState, Said, WakeSource};
use super::kind::{self, Asked};
use super::signs::channels::Channels;
use super::signs::children::Children;
use super::signs::cpu::Cpu;
use super::signs::keys::Keys;
use super::signs::network::{Network, Request};
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
    channels: Channels,
    screen: Screen,
    keys: Keys,
    titles: Titles,
    saying: Saying,
    learned_screen: Learned,
    learned_title: Learned,
    /// The line up to the cursor when Enter was last typed.
    entered: String,
    /// The last Enter, until it was seen that the program waits again.
    sent: Option<Duration>,
    /// The screen's movement began after Enter, before the program waited again.
    moves_on_enter: bool,
    /// Since when all but what was said shows a wait, while it was said that it works.
    contradicted: Option<Duration>,
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
            channels: Channels::default(),
            screen: Screen::default(),
            keys: Keys::default(),
            titles: Titles::default(),
            saying: Saying::default(),
            learned_screen: Learned::default(),
            learned_title: Learned::default(),
            entered: String::new(),
            sent: None,
            moves_on_enter: false,
            contradicted: None,
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
                self.typed(at, *enter, *interrupt);
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

    fn typed(&mut self, at: Duration, enter: bool, interrupt: bool) {
        self.saying.typed(enter, interrupt);
        if enter {
            self.sent = Some(at);
            self.screen.sent_off();
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
        let moved = self.screen.animated_since();
        self.screen.settle(at);
        if moved.is_none() && self.screen.animated_since().is_some() {
            self.moves_on_enter = self.sent.is_some();
        }
        if self.at_shell_prompt(at) {
            self.saying.end_reports();
        }
        self.looked = at;
        self.rest(at);
        let busy = self.request(at).is_some() || self.children.busy(at).is_some();
        self.learned_screen.note(at, busy && self.screen.animated(at));
        self.learned_title.note(at, busy && self.titles.moving(at).is_some());
    }

    fn see(&mut self, at: Duration, snapshot: &KernelSnapshot) {
        let new = self.program.note(snapshot);
        if new {
            self.keys.new_program();
            self.children.new_program();
            self.channels.new_program();
            self.sent = None;
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
        self.channels.note(at, &snapshot.channels, self.keys.entered());
        self.saying.note(at, snapshot, new.then_some(self.looked));
        snapshot.clone_into(&mut self.kernel);
    }

    /// Where nothing else shows work, what was begun and stays is a helper.
    fn rest(&mut self, at: Duration) {
        let rests = self.request(at).is_none()
            && self.incoming(at).is_none()
            && !self.screen.animated(at)
            && self.screen.counts(at).is_none()
            && self.titles.moving(at).is_none()
            && self.cpu.share() < CPU_WORKING;
        if rests {
            let (moved, prompts) = (self.screen.moved(), self.prompts());
            self.children.rest(at, moved, prompts);
            self.channels.rest(at, moved, prompts);
        }
    }

    /// The prompt at which something was entered stands again, on a line of its own and in no box.
    fn prompts(&self) -> bool {
        let screen = self.screen.snapshot();
        let prompt = screen.prompt.trim();
        let again = screen.caret && !screen.alternate && !prompt.is_empty();
        again && self.entered.trim().starts_with(prompt) && !kind::has_input_box(screen)
    }

    /// The request that is out, if one is.
    fn request(&self, now: Duration) -> Option<Request> {
        let request = self.network.request(now, self.screen.moved(), self.keys.entered())?;
        Some(request).filter(|request| request.acknowledged.is_none() || !self.prompts())
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
                idles: self.readers.idles(now),
            }),
            nobody: self.readers.nobody(now),
            unread: self.readers.unread(now),
            modes: self.kernel.modes,
            cpu: self.cpu.share(),
            running: self.kernel.processes.iter().any(|process| process.running),
            pressed: self.cpu.pressed(now),
            request: self.request(now).map(|Request { at, .. }| Seen {
                at,
                counts: !idles
                    && !self.is_of_a_draft(at)
                    && !self.is_idle_request(at)
                    && !self.is_background(now, at),
            }),
            channel: self
                .channels
                .asked()
                .map(|at| Seen { at, counts: !idles && !self.is_background(now, at) }),
            mute: self.is_mute(now),
            may_count: self.sent.is_some() && self.screen.has_counted() && !self.prompts(),
            asked: self.network.asked(now),
            incoming: self.incoming(now),
            connected: !self.kernel.links.is_empty(),
            round: self.readers.round(),
            child: self
                .children
                .busy(now)
                .map(|(pid, at)| (pid, Seen { at, counts: !idles && !self.is_background(now, at) })),
            comes: self.children.comes(now),
            outside: self.kernel.outside,
            ended: self.children.ended(now) && !self.is_background(now, now),
            background: self.verdict.status == Status::Waiting && self.is_background(now, now),
            screen: self.screen.snapshot().clone(),
            quiet: self.quiet(now),
            animated: self.screen.animated(now),
            moves_on_enter: self.moves_on_enter,
            counts: self.screen.counts(now),
            offers: self.offers(),
            invites: kind::invites(self.screen.snapshot()),
            asks: self.asks(now),
            boxed: !self.keys.typed() && kind::has_input_box(self.screen.snapshot()),
            overruled: false,
            entered: self.since_enter(now),
            sent: self.sent.is_some(),
            moving: self.screen.still(now) < FRESH,
            animated_for: self.screen.animated_for(now),
            regular: self.screen.regular(),
            key: self.keys.last().map(|at| now.saturating_sub(at)),
            entered_last: self.keys.enter().is_some(),
            answering: self.keys.answering(now),
            answered_by_moves: self.moves_answer(),
            answer: self.answers(now),
            typed: self.keys.typed(),
            entered_line: self.entered.clone(),
            thresholds: self.thresholds,
        }
    }

    /// Bytes that come in, or else the end of a connection.
    fn incoming(&self, now: Duration) -> Option<Seen> {
        let counts = |seen: &Seen| seen.counts;
        let counts_at = |at| !self.is_background(now, at);
        let bytes = self.network.incoming(now);
        let bytes = bytes.map(|at| Seen { at, counts: !self.keys.echoes(at) && counts_at(at) });
        let end = self.network.closed(now);
        let end = end.map(|at| Seen { at, counts: !self.is_of_a_draft(at) && counts_at(at) });
        bytes.filter(counts).or(end.filter(counts)).or(bytes)
    }

    /// What is asked for while a person writes is a help to that, and no work.
    fn is_of_a_draft(&self, request: Duration) -> bool {
        self.keys.drafting().is_some_and(|since| request + TICKS >= since)
    }

    /// What was out before it began to wait is out while it is idle, and only found now.
    fn is_idle_request(&self, request: Duration) -> bool {
        let before = |enter: Duration| request + TICKS < enter;
        let begun = self.sent.is_some_and(|enter| !before(enter));
        self.verdict.status == Status::Waiting && !begun && request + TICKS < self.verdict.since
    }

    /// What begins at `at` was called for by nobody: the program rested, and the screen shows nothing of it. What
    /// it does behind a prompt that has had no input yet is no work either, once all has been quiet for a while.
    fn is_background(&self, now: Duration, at: Duration) -> bool {
        if self.screen.animated(now) || self.screen.stirs(now) || self.sent.is_some() {
            return false;
        }
        let called = self.keys.last().is_some_and(|key| at < key + CALLED);
        match self.verdict.status {
            Status::Waiting => at >= self.verdict.since && !called,
            _ => !self.keys.typed() && self.composes() && self.screen.quiet(now) >= QUIET_START,
        }
    }

    /// There is a place to write in.
    fn composes(&self) -> bool {
        let screen = self.screen.snapshot();
        screen.caret || kind::has_input_box(screen)
    }

    /// A full screen before any input shows what may be chosen: it is no display.
    fn offers(&self) -> bool {
        let screen = self.screen.snapshot();
        screen.alternate && !screen.visible && !self.keys.typed() && kind::offers(screen)
    }

    /// A choice has stood on the screen for a while; looked for only where work denies a wait.
    fn asks(&self, now: Duration) -> bool {
        let doubtful = self.cpu.share() >= CPU_RUNNING || self.cpu.pressed(now);
        doubtful && self.quiet(now) >= ASKED && kind::is_a_choice(self.screen.snapshot())
    }

    /// Something was sent off, and what answers it may come by a channel that nobody sees.
    fn is_mute(&self, now: Duration) -> bool {
        let shown = |enter: Duration| self.screen.moved() >= enter + INCOMING_ENTERED;
        let waits = self.sent.is_some_and(|enter| self.keys.sent() && !shown(enter));
        waits && self.channels.any() && !self.prompts() && self.since_enter(now).is_some()
    }

    /// How long ago something was sent off; none where Enter is a key like any other.
    fn since_enter(&self, now: Duration) -> Option<Duration> {
        self.keys.entered().filter(|_| self.takes_enter()).map(|enter| now.saturating_sub(enter))
    }

    /// How long all has been quiet: since Enter at most, as what was sent off is still to show what it does.
    fn quiet(&self, now: Duration) -> Duration {
        let quiet = self.screen.quiet(now);
        self.since_enter(now).map_or(quiet, |since| quiet.min(since))
    }

    /// The screen's movement may be the answer to the last key: it was not there before.
    fn moves_answer(&self) -> bool {
        self.screen.animated_since().is_none_or(|since| self.keys.last().is_none_or(|key| since >= key))
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
        let mut signs = self.signs(now);
        signs.overruled = self.is_overruled(now, &signs);
        if signs.overruled {
            signs.progress = None;
        }
        self.quiet = signs.quiet_needed();
        let Some(decision) = decide(&signs, self.verdict.status) else {
            self.settle(now);
            return self.stand(now, &signs);
        };
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
        self.settle(now);
        changed
    }

    /// Whether what was said of work is stale: all else has shown a wait for longer than a moment.
    fn is_overruled(&mut self, now: Duration, signs: &Signs) -> bool {
        let works = |said: &Option<verdict::Statement>| {
            said.as_ref().is_some_and(|said| said.status == Status::Processing)
        };
        if !works(&signs.marked) && !works(&signs.reported) && signs.progress.is_none() {
            self.contradicted = None;
            return false;
        }
        match verdict::unsaid(signs, self.verdict.status) {
            Some(Status::Waiting) => {}
            None if self.contradicted.is_some() => {}
            _ => self.contradicted = None,
        }
        if verdict::unsaid(signs, self.verdict.status) == Some(Status::Waiting) {
            self.contradicted.get_or_insert(now);
        }
        let patience = self.patience(now, signs);
        self.contradicted.is_some_and(|since| now.saturating_sub(since) >= patience)
    }

    /// How long a wait must be seen before it overrules what was said.
    fn patience(&mut self, now: Duration, signs: &Signs) -> Duration {
        let asks = [Kind::Permission, Kind::Question, Kind::Confirm, Kind::Menu, Kind::Password];
        if self.contradicted.is_none() {
            STALE_SILENT
        } else if asks.contains(&self.asked.kind(signs)) {
            STALE
        } else if self.reads_alone() || self.idles(now) {
            STALE_RESTS
        } else {
            STALE_SILENT
        }
    }

    /// After a verdict: whether the program rests from now on.
    fn settle(&mut self, now: Duration) {
        let waits = self.verdict.status == Status::Waiting;
        if waits && self.sent.is_some_and(|enter| now.saturating_sub(enter) >= SENT) {
            self.sent = None;
        }
        let typed = within_key(self.keys.last(), now);
        let begins = || !self.keys.typed() && !self.screen.animated(now) && self.composes();
        let rests = self.sent.is_none() && !typed && (waits || begins());
        self.screen.resting(now, rests);
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
        // What a person writes, and lists that help to write it, do not change what is waited for.
        let writes = self.keys.drafting().is_some()
            && self.keys.last().is_some_and(|key| now.saturating_sub(key) < CALLED)
            && self.verdict.status == Status::Waiting
            && !signs.screen.alternate;
        let stays = self.verdict.kind.filter(|_| writes);
        let seen = |asked: &mut Asked| {
            let told = said.and_then(|said| said.kind).or(stays);
            told.unwrap_or_else(|| asked.kind(signs))
        };
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
            Some((reader, _)) if reader.woken_by == WakeSource::Unknown => {
                self.thresholds.quiet_of_unknown(kind::invites(self.screen.snapshot()))
            }
            _ => self.quiet,
        };
        let mut times: Vec<Option<Duration>> =
            vec![self.keys.moments(), self.titles.moments(), self.other.map(|(_, since)| since + SWITCH)];
        if self.readers.best.is_some() && self.verdict.status != Status::Waiting {
            times.push(self.cpu.moments());
            times.push(Some(now.saturating_sub(self.quiet(now)) + ASKED));
        }
        times.extend(self.readers.moments());
        times.extend(self.network.moments());
        let (moved, prompts) = (self.screen.moved(), self.prompts());
        times.extend(self.children.moments(moved, prompts));
        times.push(self.channels.moments(moved, prompts));
        times.push(self.sent.map(|enter| enter + SENT));
        times.push(self.since_enter(now).map(|since| now.saturating_sub(since) + quiet));
        times.push(self.since_enter(now).map(|since| now.saturating_sub(since) + SHOWS));
        times.push(self.contradicted.map(|since| since + STALE));
        times.push(self.contradicted.map(|since| since + STALE_RESTS));
        times.push(self.contradicted.map(|since| since + STALE_SILENT));
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

    /// Whether a reader outside of the family is worth a look at all of /proc.
    pub(super) fn misses_a_reader(&self, now: Duration) -> bool {
        self.readers.nobody(now).is_some_and(|length| length >= OUTSIDE)
            && self.screen.still(now) >= OUTSIDE
            && self.cpu.share() < CPU_RUNNING
    }

    /// How often the sockets of what runs are listed.
    pub(super) fn sockets_apart(&self, now: Duration) -> Duration {
        let entered = self.keys.entered().is_some_and(|enter| now.saturating_sub(enter) < SOCKETS_ENTERED);
        if entered { SOCKETS_SOON } else { SOCKETS_APART }
    }

    /// Whether it is worth asking if what was typed has been read.
    pub(super) fn doubts_reading(&self) -> bool {
        let unknown =
            self.readers.best.as_ref().is_none_or(|(reader, _)| reader.woken_by == WakeSource::Unknown);
        unknown && self.keys.last().is_some()
    }
}

/// Whether a key was typed a moment ago.
fn within_key(last: Option<Duration>, now: Duration) -> bool {
    last.is_some_and(|key| now.saturating_sub(key) < CALLED / 2)
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
