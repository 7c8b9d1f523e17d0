//! The judge of one session: told of edges, asked to look. It joins the probe, the screen and the mind,
//! and decides when the next look is due; the server owns it and gives it the time.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use super::config::DetectConfig;
use super::constants::*;
use super::facts::{Event, Fact, Look, Scene};
use super::input;
use super::mind::Mind;
use super::picture::{Album, Picture};
use super::probe::Probe;
use super::verdict::Verdict;
use crate::status::Status;

/// Whom the judge looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The session's program.
    pub child_pid: i32,
    /// The process that owns the pty, ancestor and subreaper of all that is looked at.
    pub server_pid: i32,
    /// The slave's device: `st_rdev`.
    pub tty_dev: u64,
}

/// Something that the judge must know at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge<'a> {
    /// The session printed so many bytes.
    Output {
        /// How many.
        bytes: u64,
    },
    /// These bytes were written to the session. They are looked at and not kept.
    Input {
        /// The bytes.
        bytes: &'a [u8],
        /// The terminal did not echo: a password, perhaps.
        echo_off: bool,
    },
    /// The terminal's size changed.
    Resize,
    /// A terminal came.
    Attach,
    /// A terminal left.
    Detach,
    /// A child ended, stopped or was inherited.
    Child,
    /// The session's programs were stopped as a whole.
    Paused,
    /// They go on.
    Resumed,
}

/// Judges one session. All times are of one monotonic clock.
#[derive(Debug)]
pub struct Judge {
    enabled: bool,
    probe: Probe,
    album: Album,
    mind: Mind,
    printed: u64,
    last: Option<Duration>,
    next: Option<Duration>,
    step: usize,
}

impl Judge {
    /// A judge that has seen nothing yet; its first look is due at once.
    pub fn new(config: &DetectConfig, watched: Watched) -> Judge {
        Judge {
            enabled: config.enabled,
            probe: Probe::new(watched),
            album: Album::default(),
            mind: Mind::new(),
            printed: 0,
            last: None,
            next: config.enabled.then_some(Duration::ZERO),
            step: 0,
        }
    }

    /// Takes in an edge. Nothing is looked at: the next look may be due sooner after it.
    pub fn note(&mut self, now: Duration, edge: Edge<'_>) {
        let event = match edge {
            Edge::Output { bytes } => {
                self.printed += bytes;
                Some(Event::Output { bytes })
            }
            Edge::Input { bytes, .. } => input::typed(bytes),
            Edge::Resize => Some(Event::Resize),
            Edge::Attach => Some(Event::Attach),
            Edge::Detach => Some(Event::Detach),
            Edge::Child => {
                self.probe.family_changed();
                Some(Event::Child)
            }
            Edge::Paused => Some(Event::Paused),
            Edge::Resumed => Some(Event::Resumed),
        };
        if let Some(event) = event {
            self.mind.take(now, &Fact::Event(event));
        }
        self.step = 0;
        self.due(now + SETTLE);
    }

    /// Looks and judges; some if the verdict changed. `picture` is called only if something was printed.
    pub fn look(
        &mut self,
        now: Duration,
        master: BorrowedFd<'_>,
        picture: &mut dyn FnMut() -> Picture,
    ) -> Option<Verdict> {
        if !self.enabled {
            self.next = None;
            return None;
        }
        let sight = self.probe.look(master);
        let moved = sight.is_some();
        let look = Look { sight, scene: self.scene(picture) };
        let changed = self.mind.take(now, &Fact::Look(Box::new(look)));
        self.last = Some(now);
        self.plan(now, moved);
        changed.then(|| self.mind.verdict().clone())
    }

    fn scene(&mut self, picture: &mut dyn FnMut() -> Picture) -> Option<Scene> {
        match std::mem::take(&mut self.printed) {
            0 => None,
            FLOOD.. => Some(Scene { flood: true, ..Scene::default() }),
            _ => Some(self.album.compare(&picture())),
        }
    }

    /// When the next look is due, on the clock of `now`; none if only an edge can change anything.
    pub fn next_look(&self) -> Option<Duration> {
        self.next
    }

    /// The verdict as it stands.
    pub fn verdict(&self) -> &Verdict {
        self.mind.verdict()
    }

    fn due(&mut self, at: Duration) {
        if self.enabled {
            let at = self.last.map_or(at, |last| at.max(last + APART));
            self.next = Some(self.next.map_or(at, |next| next.min(at)));
        }
    }

    fn plan(&mut self, now: Duration, moved: bool) {
        if self.mind.settled() {
            self.next = None;
            return;
        }
        let gap = GAPS[self.step.min(GAPS.len() - 1)];
        self.step += 1;
        let gap = match self.mind.verdict().status {
            Status::Processing if moved => gap.min(GAP_PROCESSING),
            Status::Active if moved => gap.min(GAP_ACTIVE),
            _ => gap,
        };
        let ripens = self.mind.ripens(now).map(|at| at.max(now + APART));
        self.next = Some(ripens.map_or(now + gap, |at| at.min(now + gap)));
    }
}
