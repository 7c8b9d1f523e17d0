//! The judge of one terminal: told of edges, asked to look. It joins the probe, the screen and the engine,
//! and decides when the next look is due; the server owns it and gives it the time.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use super::config::DetectConfig;
use super::constants::*;
use super::engine::Engine;
use super::facts::{Event, Fact, Look, Marked, Said, ScreenSnapshot, Timed};
use super::facts_file::{Taken, VerdictLine, of_a_secret};
use super::input;
use super::probe::{Probe, ProbeOptions, Reading, Refusal, Watched};
use super::screen_diff::ScreenDiff;
use super::verdict::Verdict;
use crate::words::Mark;
use crate::words::Status;
use ms_terminal::safe::safe_text;
use ms_terminal::scan::EventKind;
use ms_terminal::screen::Picture;

/// The longest message of a mark that is kept, in bytes.
const MESSAGE: usize = 200;
/// So many facts are kept; then the oldest go.
const MOST_KEPT: usize = 20_000;

/// Something that the judge must know at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge<'a> {
    /// So many bytes were printed.
    Output {
        /// How many.
        bytes: u64,
    },
    /// These bytes were typed. They are looked at and not kept.
    Input {
        /// The bytes.
        bytes: &'a [u8],
        /// The terminal did not echo: a password, perhaps.
        echo_off: bool,
    },
    /// The program did something with an escape sequence.
    Scan(&'a EventKind),
    /// The terminal's size changed.
    Resize,
    /// A terminal came.
    Attach,
    /// A terminal left.
    Detach,
    /// A child ended, stopped or was inherited.
    Child,
    /// All programs were stopped.
    Paused,
    /// They go on.
    Resumed,
}

/// Judges one terminal. All times are of one monotonic clock.
#[derive(Debug)]
pub struct Judge {
    enabled: bool,
    watched: Watched,
    probe: Probe,
    diff: ScreenDiff,
    engine: Engine,
    /// Facts that are kept, if any are.
    kept: Option<VecDeque<Taken>>,
    /// The next look is to see all there is, and to be the first that is kept.
    keeps_next: bool,
    /// Since when facts are kept: for a moment after that looks go on even if all is still.
    kept_since: Option<Duration>,
    printed: u64,
    /// The last picture was of a flood, and so none.
    unseen: bool,
    /// A key has sent something off since the last look.
    sent: bool,
    /// Nobody outside was looked for since the last change.
    may_look_outside: bool,
    last: Option<Duration>,
    next: Option<Duration>,
    /// How many looks were taken since the last edge.
    step: usize,
    /// The last gap, and the look after it.
    gap: Duration,
    planned: Duration,
    /// The last look that saw something run.
    moved: Duration,
}

impl Judge {
    /// A judge that has seen nothing yet; its first look is due at once.
    pub fn new(config: &DetectConfig, watched: Watched) -> Judge {
        Judge {
            enabled: config.enabled,
            watched,
            probe: Probe::new(watched),
            diff: ScreenDiff::default(),
            engine: Engine::new(config),
            kept: None,
            keeps_next: false,
            kept_since: None,
            printed: 0,
            unseen: false,
            sent: false,
            may_look_outside: true,
            last: None,
            next: config.enabled.then_some(Duration::ZERO),
            step: 0,
            gap: Duration::ZERO,
            planned: Duration::ZERO,
            moved: Duration::ZERO,
        }
    }

    /// Takes in an edge. Nothing is looked at: the next look may be due sooner after it.
    pub fn note(&mut self, now: Duration, edge: Edge<'_>) {
        match edge {
            Edge::Output { bytes } => self.printed += bytes,
            Edge::Child => self.probe.family_changed(),
            _ => {}
        }
        if let Some(event) = event(edge) {
            self.sent |= matches!(event, Event::Typed { enter: true, .. });
            let secret = matches!(edge, Edge::Input { echo_off: true, .. });
            let told = if secret { of_a_secret(&event) } else { Some(event.clone()) };
            self.engine.take(now, &Fact::Event(event));
            told.into_iter().for_each(|event| self.keep(now, Fact::Event(event), false));
        }
        self.may_look_outside |= !matches!(edge, Edge::Scan(_));
        self.soon(now);
    }

    /// This child of the server, and all that comes of it, is no part of what is watched.
    pub fn leave_out(&mut self, pid: i32) {
        self.probe.leave_out(pid);
    }

    /// Takes in what `msmark` says, if it may say so. `mark.pid` is the process that says it.
    ///
    /// # Errors
    /// [`Refusal`], if who said it may not speak for the program, or a program can't say it.
    pub fn mark(&mut self, now: Duration, mark: &Mark) -> Result<(), Refusal> {
        if matches!(mark.status, Some(Status::Paused | Status::Completed)) {
            return Err(Refusal::NotSayable);
        }
        let reporter = self.probe.reporter(mark.pid)?;
        let message =
            mark.message.as_deref().map(|text| safe_text(text, MESSAGE)).filter(|text| !text.is_empty());
        let marked = Marked { status: mark.status, kind: mark.kind, message, reporter };
        let fact = Fact::Event(Event::Marked(marked));
        self.engine.take(now, &fact);
        self.keep(now, fact, false);
        self.soon(now);
        Ok(())
    }

    /// Looks and judges; some if the verdict changed. `picture` is called only if something was printed. `master` may
    /// be the terminal itself where the master is somebody else's: then what is typed and not yet read is not known.
    pub fn look(
        &mut self,
        now: Duration,
        master: BorrowedFd<'_>,
        picture: &mut dyn FnMut() -> Picture,
    ) -> Option<Verdict> {
        let whole = std::mem::take(&mut self.keeps_next);
        if whole {
            self.probe.family_changed();
            self.unseen = true;
        }
        let look = match self.enabled {
            true => {
                let options = self.options(now);
                Look { kernel: self.probe.look(now, master, options), screen: self.screen(picture) }
            }
            false => Look::default(),
        };
        let moved = look.kernel.is_some();
        let fact = Fact::Look(Box::new(look));
        let changed = self.engine.take(now, &fact);
        self.keep(now, fact, changed);
        if let Some(taken) = self.kept.as_mut().and_then(VecDeque::back_mut).filter(|_| whole) {
            taken.standing = Some(self.engine.standing());
            taken.verdict = Some(VerdictLine::of(self.engine.verdict()));
        }
        self.last = Some(now);
        self.plan(now, moved);
        changed.then(|| self.engine.verdict().clone())
    }

    fn options(&mut self, now: Duration) -> ProbeOptions {
        let outside = self.may_look_outside && self.engine.misses_a_reader(now);
        self.may_look_outside &= !outside;
        ProbeOptions {
            outside,
            unread: self.engine.doubts_reading(),
            sockets: std::mem::take(&mut self.sent),
            apart: self.engine.sockets_apart(now),
        }
    }

    fn screen(&mut self, picture: &mut dyn FnMut() -> Picture) -> Option<ScreenSnapshot> {
        let printed = std::mem::take(&mut self.printed);
        let unseen = std::mem::replace(&mut self.unseen, printed >= FLOOD);
        match printed {
            0 if !unseen => None,
            FLOOD.. => Some(ScreenSnapshot { flood: true, ..ScreenSnapshot::default() }),
            _ => Some(self.diff.compare(picture())),
        }
    }

    /// Keeps a fact if facts are kept; of too many the oldest go.
    fn keep(&mut self, at: Duration, fact: Fact, changed: bool) {
        let Some(kept) = &mut self.kept else { return };
        if kept.len() >= MOST_KEPT {
            kept.pop_front();
        }
        let verdict = changed.then(|| VerdictLine::of(self.engine.verdict()));
        kept.push_back(Taken { timed: Timed { at, fact }, verdict, standing: None });
    }

    /// When the next look is due, on the clock of `now`; none if only an edge can change anything.
    pub fn next_look(&self) -> Option<Duration> {
        self.next
    }

    /// The verdict as it stands.
    pub fn verdict(&self) -> &Verdict {
        self.engine.verdict()
    }

    /// Whether these bytes, typed now, send off what the program waits for, and are not keys among others.
    pub fn sends_off(&self, bytes: &[u8]) -> bool {
        let enter = matches!(input::typed(bytes), Some(Event::Typed { enter: true, .. }));
        enter && self.engine.takes_enter()
    }

    /// When the verdict was last drawn. At looks after that it stood only because nothing was certain.
    pub fn decided(&self) -> Duration {
        self.engine.decided()
    }

    /// Since when the reader rests, if somebody reads: it has not run for anything since.
    pub fn rests_since(&self) -> Option<Duration> {
        self.engine.rests_since()
    }

    /// Whether the reader waits for the terminal alone and has no other threads: then its wait is the
    /// program's.
    pub fn reads_alone(&self) -> bool {
        self.engine.reads_alone()
    }

    /// Who waits to be typed at now, whatever the last look saw.
    pub fn reading(&self, master: BorrowedFd<'_>) -> Reading {
        Probe::reading(self.watched, master)
    }

    /// What was configured.
    pub fn config(&self) -> &DetectConfig {
        self.engine.config()
    }

    /// Keeps the facts from now on, at most the last 20,000 until they are taken. A look is due now that sees
    /// all there is, also what has not changed: a [`FactsWriter`](super::FactsWriter) begins with it.
    pub fn keep_facts(&mut self, now: Duration) {
        self.kept.get_or_insert_default();
        self.keeps_next = true;
        self.kept_since = Some(now);
        self.soon(now);
        self.next = Some(now);
    }

    /// The facts kept so far.
    pub fn kept_facts(&self) -> impl Iterator<Item = &Taken> {
        self.kept.iter().flatten()
    }

    /// Takes the facts kept so far.
    pub fn take_facts(&mut self) -> Vec<Taken> {
        self.kept.as_mut().map(|kept| kept.drain(..).collect()).unwrap_or_default()
    }

    /// Keeps facts no longer.
    pub fn drop_facts(&mut self) {
        self.kept = None;
        self.keeps_next = false;
        self.kept_since = None;
    }

    /// A look soon after an edge, but never too soon after the last.
    fn soon(&mut self, now: Duration) {
        self.step = 0;
        self.gap = Duration::ZERO;
        self.planned = Duration::ZERO;
        let at = now + SETTLE;
        let at = self.last.map_or(at, |last| at.max(last + APART));
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }

    /// Plans the next look. What the probe has put off is due whatever else there is.
    fn plan(&mut self, now: Duration, moved: bool) {
        self.plan_looks(now, moved);
        let due = self.probe.due().filter(|_| self.enabled).map(|due| due.max(now + NEAREST));
        self.next = [self.next, due].into_iter().flatten().min();
    }

    fn plan_looks(&mut self, now: Duration, moved: bool) {
        if moved {
            self.moved = now;
        }
        let still = now.saturating_sub(self.moved);
        // Who judges again from here must come to the verdict that stands, which takes some looks.
        let opens = self.kept_since.is_some_and(|since| now.saturating_sub(since) < OPENS);
        if !self.enabled || (still >= self.engine.still_enough(now) && !opens) {
            // What a flood left on the screen is still to be seen.
            self.next = self.unseen.then_some(now + APART);
            return;
        }
        if now >= self.planned {
            self.gap = self.gap(moved);
            self.step += 1;
            self.planned = now + self.gap;
        }
        let ripens = self.engine.ripens(now).map(|at| at.max(now + NEAREST));
        self.next = Some(ripens.map_or(self.planned, |at| at.min(self.planned)));
    }

    /// The gap before the next look, if nothing ripens before it.
    fn gap(&self, moved: bool) -> Duration {
        let longest = GAPS[GAPS.len() - 1];
        let gap = GAPS.get(self.step).copied().unwrap_or(longest);
        match self.engine.verdict().status {
            Status::Processing if moved => gap.min(GAP_PROCESSING),
            Status::Active if moved => gap.min(GAP_ACTIVE),
            // What waits moves seldom: the longer it has waited, the less it is looked at.
            Status::Waiting if self.gap >= longest => (self.gap * 2).min(GAP_WAITING),
            _ => gap,
        }
    }
}

/// What of an edge is a fact.
fn event(edge: Edge<'_>) -> Option<Event> {
    Some(match edge {
        Edge::Output { bytes } => Event::Output { bytes },
        Edge::Input { bytes, .. } => return input::typed(bytes),
        Edge::Scan(what) => Event::Said(Said::of(what)?),
        Edge::Resize => Event::Resize,
        Edge::Attach => Event::Attach,
        Edge::Detach => Event::Detach,
        Edge::Child => Event::Child,
        Edge::Paused => Event::Paused,
        Edge::Resumed => Event::Resumed,
    })
}
