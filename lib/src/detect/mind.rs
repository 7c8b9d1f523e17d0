//! What is remembered of the facts so far, as far as the rules ask for it. Pure: the same facts in the
//! same order make the same verdicts, whenever they are told.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::constants::*;
use super::facts::{Class, Event, Fact, Look, Modes, Process, Reader, Scene, Sight};
use super::verdict::{Decision, ReaderSign, Sign, Signs, Verdict, decide};
use crate::status::{Confidence, Kind, Status};

/// The state of the judgement.
#[derive(Debug)]
pub(super) struct Mind {
    paused: bool,
    sight: Option<Sight>,
    cpu: Cpu,
    reader: Option<(Reader, Duration)>,
    nobody_since: Option<Duration>,
    writing_since: Option<Duration>,
    screen: Screen,
    key: Option<Duration>,
    other_since: Option<(Status, Duration)>,
    verdict: Verdict,
}

/// CPU time used, as a sum that only grows.
#[derive(Debug, Default)]
struct Cpu {
    last: BTreeMap<(i32, u64), u64>,
    sum: u64,
    samples: VecDeque<(Duration, u64)>,
}

impl Cpu {
    fn note(&mut self, at: Duration, processes: Option<&[Process]>) {
        let first = self.samples.is_empty();
        if let Some(processes) = processes {
            let now: BTreeMap<_, _> = processes.iter().map(|p| ((p.pid, p.start), p.cpu)).collect();
            let used = now.iter().map(|(id, cpu)| cpu.saturating_sub(*self.last.get(id).unwrap_or(&0)));
            let used: u64 = used.sum();
            self.sum += if first { 0 } else { used };
            self.last = now;
        }
        self.samples.push_back((at, self.sum));
        while self.samples.len() > 2 && self.samples[1].0 + CPU_WINDOW <= at {
            self.samples.pop_front();
        }
    }

    fn share(&self) -> f64 {
        match (self.samples.front(), self.samples.back()) {
            (Some((from, low)), Some((to, high))) if to > from => {
                (high - low) as f64 / (*to - *from).as_nanos() as f64
            }
            _ => 0.0,
        }
    }
}

/// Changes of the screen.
#[derive(Debug, Default)]
struct Screen {
    scene: Scene,
    changed: Duration,
    quarters: VecDeque<u64>,
    mended: Option<Duration>,
}

impl Screen {
    fn note(&mut self, at: Duration, scene: &Scene, key: Option<Duration>) {
        let soon = |since: Option<Duration>, span| since.is_some_and(|since| at.saturating_sub(since) < span);
        let one_row = scene.rows.is_some_and(|(first, last)| first == last);
        let echo = soon(key, ECHO) && one_row;
        if (scene.changed > 0 || scene.flood) && !echo && !soon(self.mended, REPAINT) {
            self.changed = at;
            let quarter = at.as_millis() as u64 / 250;
            if self.quarters.back() != Some(&quarter) {
                self.quarters.push_back(quarter);
            }
        }
        self.scene = scene.clone();
    }

    fn animated(&self, now: Duration) -> bool {
        let quarter = now.as_millis() as u64 / 250;
        let recent = self.quarters.iter().filter(|q| **q + u64::from(QUARTERS) > quarter).count();
        recent >= ANIMATED as usize && now.saturating_sub(self.changed) < FRESH
    }
}

impl Mind {
    pub(super) fn new() -> Mind {
        let verdict = Verdict {
            status: Status::Active,
            kind: None,
            confidence: Confidence::Low,
            message: None,
            since: Duration::ZERO,
            rule: "it has just begun",
            until: "the first look",
            evidence: Vec::new(),
        };
        Mind {
            paused: false,
            sight: None,
            cpu: Cpu::default(),
            reader: None,
            nobody_since: None,
            writing_since: None,
            screen: Screen::default(),
            key: None,
            other_since: None,
            verdict,
        }
    }

    pub(super) fn verdict(&self) -> &Verdict {
        &self.verdict
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
            Event::Typed { .. } => self.key = Some(at),
            Event::Resize | Event::Attach => self.screen.mended = Some(at),
            Event::Paused => self.paused = true,
            Event::Resumed => self.paused = false,
            Event::Output { .. } | Event::Detach | Event::Child => {}
        }
    }

    fn look(&mut self, at: Duration, look: &Look) {
        self.cpu.note(at, look.sight.as_ref().map(|sight| sight.processes.as_slice()));
        if let Some(sight) = &look.sight {
            self.see(at, sight);
        }
        if let Some(scene) = &look.scene {
            self.screen.note(at, scene, self.key);
        }
    }

    fn see(&mut self, at: Duration, sight: &Sight) {
        let best = sight.readers.first();
        let same = |(old, _): &&(Reader, Duration)| {
            best.is_some_and(|new| (new.pid, new.tid, new.ran) == (old.pid, old.tid, old.ran))
        };
        let since = self.reader.as_ref().filter(same).map_or(at, |(_, since)| *since);
        self.reader = best.map(|best| (best.clone(), since));
        self.nobody_since = if best.is_some() { None } else { self.nobody_since.or(Some(at)) };
        self.writing_since = if sight.writing { self.writing_since.or(Some(at)) } else { None };
        self.sight = Some(sight.clone());
    }

    fn signs(&self, now: Duration) -> Signs {
        let sight = self.sight.as_ref();
        let since = |since: Option<Duration>| since.map(|since| now.saturating_sub(since));
        Signs {
            paused: self.paused,
            stopped: sight.is_some_and(|sight| sight.stopped),
            writing: since(self.writing_since),
            reader: self
                .reader
                .as_ref()
                .map(|(reader, since)| reader_sign(reader, now.saturating_sub(*since))),
            unread_for: since(self.nobody_since),
            modes: sight.and_then(|sight| sight.modes),
            cpu: self.cpu.share(),
            running: sight.is_some_and(|sight| sight.processes.iter().any(|process| process.running)),
            quiet: now.saturating_sub(self.screen.changed),
            animated: self.screen.animated(now),
            caret: self.screen.scene.caret,
            empty_line: self.screen.scene.empty_line,
            key: since(self.key),
            line: self.screen.scene.line.clone(),
        }
    }

    /// Draws the verdict; true if it changed.
    fn conclude(&mut self, now: Duration) -> bool {
        let signs = self.signs(now);
        let Some(decision) = decide(&signs, self.verdict.status) else { return false };
        if self.too_soon(now, decision.status) {
            return false;
        }
        let new = self.draw(now, &signs, &decision);
        let old = &self.verdict;
        let changed = (old.status, old.kind, old.rule) != (new.status, new.kind, new.rule)
            || old.message != new.message
            || old.confidence != new.confidence;
        self.verdict = new;
        changed
    }

    /// Whether a change between processing and active must still prove itself.
    fn too_soon(&mut self, now: Duration, status: Status) -> bool {
        let pair = [Status::Processing, Status::Active];
        if status == self.verdict.status || !pair.contains(&status) || !pair.contains(&self.verdict.status) {
            self.other_since = None;
            return false;
        }
        let since = self.other_since.filter(|(other, _)| *other == status).map_or(now, |(_, since)| since);
        self.other_since = Some((status, since));
        now.saturating_sub(since) < SWITCH
    }

    fn draw(&self, now: Duration, signs: &Signs, decision: &Decision) -> Verdict {
        let waits = decision.status == Status::Waiting;
        let same = decision.status == self.verdict.status;
        Verdict {
            status: decision.status,
            kind: waits.then(|| kind(signs)),
            confidence: decision.confidence,
            message: waits.then(|| signs.line.clone()).filter(|line| !line.is_empty()),
            since: if same { self.verdict.since } else { now },
            rule: decision.rule,
            until: decision.until,
            evidence: evidence(now, signs, decision),
        }
    }

    /// The next moment at which time alone may change the verdict, if any.
    pub(super) fn ripens(&self, now: Duration) -> Option<Duration> {
        let reader = self.reader.as_ref();
        let still = reader.filter(|(r, _)| r.class == Class::Excl).map(|(_, since)| *since + STILL);
        let quiet = reader.filter(|(r, _)| r.class != Class::Excl).map(|(r, _)| {
            self.screen.changed + if r.class == Class::Unknown { QUIET_UNKNOWN } else { QUIET }
        });
        let gone = self.nobody_since.map(|since| since + GONE);
        let writing = self.writing_since.map(|since| since + WRITING);
        let other = self.other_since.map(|(_, since)| since + SWITCH);
        [still, quiet, gone, writing, other].into_iter().flatten().filter(|at| *at > now).min()
    }

    /// Whether only an edge can change the verdict, so that no look is needed before one.
    pub(super) fn settled(&self) -> bool {
        let alone = self.reader.as_ref().is_some_and(|(r, _)| r.class == Class::Excl && r.threads <= 1);
        self.paused || (self.verdict.status == Status::Waiting && alone)
    }
}

fn reader_sign(reader: &Reader, still: Duration) -> ReaderSign {
    ReaderSign {
        pid: reader.pid,
        way: reader.way,
        class: reader.class,
        threads: reader.threads,
        limit: reader.limit.map(Duration::from_millis),
        beside: reader.beside.clone(),
        still,
    }
}

fn kind(signs: &Signs) -> Kind {
    match signs.modes {
        Some(Modes { canonical: true, echo: false, .. }) => Kind::Password,
        Some(Modes { canonical: true, .. }) => Kind::Line,
        _ => Kind::Unknown,
    }
}

fn evidence(now: Duration, signs: &Signs, decision: &Decision) -> Vec<Sign> {
    let mut found = Vec::new();
    let mut add = |source, says: String, seen| {
        found.push(Sign { source, says, seen, decided: source == decision.by });
    };
    if let Some(reader) = &signs.reader {
        let beside = match reader.beside.as_slice() {
            [] => String::new(),
            names => format!(", beside {}", names.join(", ")),
        };
        let says =
            format!("process {} waits in {} for the terminal{beside}", reader.pid, reader.way.as_str());
        add("reader", says, now.saturating_sub(reader.still));
    } else {
        add("reader", "nobody reads the terminal".to_owned(), now);
    }
    if let Some(modes) = signs.modes {
        let canonical = if modes.canonical { "canonical" } else { "raw" };
        let echo = if modes.echo { "with" } else { "without" };
        add("termios", format!("{canonical} mode {echo} echo"), now);
    }
    add("cpu", format!("{:.0} % of a core", signs.cpu * 100.0), now);
    add(
        "screen",
        format!("no visible change for {:.1} s", signs.quiet.as_secs_f64()),
        now.saturating_sub(signs.quiet),
    );
    found
}
