//! When something is to be run outside a terminal, from what the status says. Pure: it is told, and says for
//! what. Each wait counts once, however its kind, its message and the certainty of it change.

use std::fmt;
use std::time::Duration;

use msession::format::attention::Attention;
use msession::format::status::{Kind, Mode, Status, StatusRecord};

/// Who was busy for so long has done something: what it waits for then is another thing.
const WORK: Duration = Duration::from_secs(1);

/// What something is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Occasion {
    Asks,
    Done,
    Completed,
    Status,
}

impl Occasion {
    /// The key in the configuration.
    pub(in crate::server) fn as_str(self) -> &'static str {
        match self {
            Occasion::Asks => "asks",
            Occasion::Done => "done",
            Occasion::Completed => "completed",
            Occasion::Status => "status",
        }
    }

    /// Whether it still is so, now that a live session's attention is this.
    pub(super) fn holds(self, attention: Option<Attention>) -> bool {
        match self {
            Occasion::Asks => attention == Some(Attention::Asks),
            Occasion::Done => attention == Some(Attention::Done),
            Occasion::Completed | Occasion::Status => true,
        }
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A wait, and what was told of it.
#[derive(Debug, Default)]
struct Wait {
    kind: Option<Kind>,
    message: Option<String>,
    told_asks: bool,
    told_done: bool,
}

/// What was noticed so far.
#[derive(Debug, Default)]
pub(super) struct Occasions {
    /// The last one, which may be over.
    wait: Wait,
    waits: bool,
    /// When it last began to be busy, if it is or was since the wait.
    busy: Option<Duration>,
    /// Something was typed since the wait began.
    typed: bool,
    answered: bool,
    state: Option<(Status, Option<Kind>, Option<Attention>)>,
}

impl Occasions {
    /// Somebody has typed something.
    pub(super) fn typed(&mut self) {
        self.typed = true;
    }

    /// The status of the live session is this; for what something is to be run, and whether a person is on it.
    pub(super) fn notice(&mut self, record: &StatusRecord, now: Duration) -> Vec<Occasion> {
        let mut due = Vec::new();
        let state = (record.status, record.kind, record.attention);
        if self.state.replace(state).is_some_and(|before| before != state) {
            due.push(Occasion::Status);
        }
        match record.status {
            Status::Waiting => due.extend(self.waits(record, now)),
            Status::Active | Status::Processing => {
                self.waits = false;
                self.busy.get_or_insert(now);
            }
            Status::Paused | Status::Completed => self.waits = false,
        }
        due
    }

    fn waits(&mut self, record: &StatusRecord, now: Duration) -> Option<Occasion> {
        let answered = std::mem::replace(&mut self.answered, record.answered);
        let comes = !std::mem::replace(&mut self.waits, true);
        let worked = self.busy.take().is_some_and(|since| now.saturating_sub(since) >= WORK);
        let other = self.typed || worked || self.wait.differs(record);
        if comes && other || answered && !record.answered {
            self.wait = Wait::default();
            self.typed = false;
        }
        // What is asked may be seen a moment after that something is.
        (self.wait.kind, self.wait.message) = (record.kind, record.message.clone());
        self.wait.tell(record)
    }
}

impl Wait {
    fn differs(&self, record: &StatusRecord) -> bool {
        self.kind != record.kind || self.message != record.message
    }

    /// What is not told yet. Who asked is not told of as done, too, when it is seen to be at a prompt.
    fn tell(&mut self, record: &StatusRecord) -> Option<Occasion> {
        // A script has typed: whether it still waits will be seen.
        if record.answered {
            return None;
        }
        match record.attention? {
            Attention::Asks if !self.told_asks => {
                self.told_asks = true;
                Some(Occasion::Asks)
            }
            Attention::Done if !self.told_asks && !self.told_done => {
                self.told_done = true;
                Some(Occasion::Done)
            }
            _ => None,
        }
    }
}

/// Whether a person is on it.
pub(super) fn is_attended(record: &StatusRecord) -> bool {
    record.mode == Mode::Foreground
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_platform::time::Time;

    /// One moment of a session: what it does then, and what was typed before.
    struct Moment(u64, &'static str, &'static str);

    fn record(says: &str, message: &str) -> StatusRecord {
        let mut record = StatusRecord::begin(80, 24, Time(0));
        let (kind, attention) = match says {
            "asks" => (Some(Kind::Confirm), Some(Attention::Asks)),
            "menu" => (Some(Kind::Menu), Some(Attention::Asks)),
            "answered" => (Some(Kind::Confirm), Some(Attention::Asks)),
            "done" => (Some(Kind::Turn), Some(Attention::Done)),
            "idle" => (Some(Kind::Turn), Some(Attention::Idle)),
            _ => (None, None),
        };
        record.status = match says {
            "paused" => Status::Paused,
            "busy" => Status::Processing,
            _ => Status::Waiting,
        };
        (record.kind, record.attention, record.answered) = (kind, attention, says == "answered");
        record.message = Some(message.to_owned()).filter(|text| !text.is_empty());
        record
    }

    /// What is run in the course of these moments, but for each change of status.
    fn told(moments: &[Moment]) -> Vec<Occasion> {
        let mut occasions = Occasions::default();
        let mut told = Vec::new();
        for Moment(at, says, message) in moments {
            match *says {
                "typed" => occasions.typed(),
                says => told.extend(occasions.notice(&record(says, message), Duration::from_millis(*at))),
            }
        }
        told.retain(|occasion| *occasion != Occasion::Status);
        told
    }

    #[test]
    fn each_wait_is_told_once() {
        use Occasion::{Asks, Done};
        type Row = (&'static str, &'static [Moment], &'static [Occasion]);
        let table: [Row; 15] = [
            ("it asks", &[Moment(0, "busy", ""), Moment(9, "asks", "a")], &[Asks]),
            ("from its start on", &[Moment(0, "asks", "a")], &[Asks]),
            ("again and again", &[Moment(0, "asks", "a"), Moment(1, "asks", "a")], &[Asks]),
            (
                "other words",
                &[Moment(0, "asks", ""), Moment(1, "asks", "a"), Moment(2, "menu", "b")],
                &[Asks],
            ),
            (
                "then at rest",
                &[Moment(0, "asks", "a"), Moment(1, "done", ""), Moment(2, "asks", "a")],
                &[Asks],
            ),
            ("done, then asks", &[Moment(0, "done", ""), Moment(1, "asks", "a")], &[Done, Asks]),
            ("seen, then asks", &[Moment(0, "idle", ""), Moment(1, "asks", "a")], &[Asks]),
            ("done, seen", &[Moment(0, "done", ""), Moment(1, "idle", ""), Moment(2, "done", "")], &[Done]),
            (
                "it flickers",
                &[Moment(0, "asks", "a"), Moment(1, "busy", ""), Moment(900, "asks", "a")],
                &[Asks],
            ),
            (
                "it worked",
                &[Moment(0, "asks", "a"), Moment(1, "busy", ""), Moment(1001, "asks", "a")],
                &[Asks, Asks],
            ),
            (
                "another thing",
                &[Moment(0, "asks", "a"), Moment(1, "busy", ""), Moment(9, "asks", "b")],
                &[Asks, Asks],
            ),
            (
                "answered",
                &[
                    Moment(0, "asks", "a"),
                    Moment(0, "typed", ""),
                    Moment(1, "busy", ""),
                    Moment(9, "asks", "a"),
                ],
                &[Asks, Asks],
            ),
            (
                "typed, not answered",
                &[Moment(0, "asks", "a"), Moment(0, "typed", ""), Moment(9, "asks", "a")],
                &[Asks],
            ),
            (
                "a script's key",
                &[Moment(0, "asks", "a"), Moment(1, "answered", "a"), Moment(9, "asks", "a")],
                &[Asks, Asks],
            ),
            (
                "paused",
                &[
                    Moment(0, "asks", "a"),
                    Moment(1, "paused", ""),
                    Moment(9000, "busy", ""),
                    Moment(9100, "asks", "a"),
                ],
                &[Asks],
            ),
        ];
        for (case, moments, wanted) in table {
            assert_eq!(told(moments), wanted, "{case}");
        }
    }

    #[test]
    fn each_change_of_status_kind_and_attention_is_one() {
        let mut occasions = Occasions::default();
        let mut changes = |says: &str, message: &str| {
            occasions.notice(&record(says, message), Duration::ZERO).contains(&Occasion::Status)
        };
        assert!(!changes("busy", ""), "the first is none");
        for (says, message, wanted) in [
            ("busy", "", false),
            ("done", "", true),
            ("idle", "", true),
            ("idle", "other words", false),
            ("asks", "", true),
            ("menu", "", true),
            ("paused", "", true),
        ] {
            assert_eq!(changes(says, message), wanted, "{says} {message}");
        }
    }

    #[test]
    fn what_waits_for_its_turn_is_dropped_when_it_no_longer_holds() {
        assert!(!Occasion::Asks.holds(None) && !Occasion::Asks.holds(Some(Attention::Idle)));
        assert!(Occasion::Asks.holds(Some(Attention::Asks)) && Occasion::Done.holds(Some(Attention::Done)));
        assert!(Occasion::Status.holds(None) && Occasion::Completed.holds(None));
    }
}
