//! How many sessions there may be and how much their rings may hold. To be asked under
//! `session::Guard`, so that ten `msnew` at once make ten sessions and the eleventh is refused.
//! It will never end a session to make room.

use std::cmp::Reverse;

use crate::format::attention::Attention;
use crate::format::config::{Count, Limits};
use crate::format::error::{Error, Result};
use crate::format::session_name::SessionName;
use crate::format::size;
use crate::format::status::{Status, StatusRecord};
use crate::store::rundir;
use crate::store::session::{Life, Runtime, SessionDir};
use ms_platform::time::Time;
use ms_terminal::text_table::span;

/// What the live sessions use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Sessions that count.
    pub sessions: u32,
    /// Live sessions that do not.
    pub uncounted: u32,
    /// Capacity of the rings of all that live, in bytes.
    pub buffers: u64,
    /// Sessions that are not counted: their servers died unseen.
    pub dead: u32,
}

/// Counts the sessions.
///
/// # Errors
/// One of them can't be looked at.
pub fn usage(runtime: &Runtime, count: Count) -> Result<Usage> {
    let mut usage = Usage::default();
    for name in runtime.names()? {
        let Some(session) = runtime.open_session(&name)? else { continue };
        match session.life()? {
            Life::Alive => usage.add(&session, count),
            Life::Free => usage.dead += 1,
        }
    }
    Ok(usage)
}

impl Usage {
    fn add(&mut self, session: &SessionDir, count: Count) {
        // One whose status can't be read counts.
        let rests =
            count == Count::Running && session.doing().is_ok_and(|doing| doing.status == Status::Paused);
        match rests {
            true => self.uncounted += 1,
            false => self.sessions += 1,
        }
        let buffer = session.record().map(|record| record.buffer).unwrap_or(0);
        self.buffers = self.buffers.saturating_add(buffer);
    }
}

/// A limit that one more session would pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passed {
    /// So many sessions count, of so many that may.
    Sessions(u32, u32),
    /// The rings would hold so much, of so much that they may.
    Memory(u64, u64),
}

/// Refuses one more session with a ring of `buffer` bytes where the limits are reached. Who rests for longest is
/// looked for only then.
///
/// # Errors
/// The refusal, with what can be done about it.
pub fn check(runtime: &Runtime, usage: Usage, limits: &Limits, buffer: u64) -> Result<()> {
    let Some(passed) = passed(usage, limits, buffer) else { return Ok(()) };
    let place = rundir::config_file().map_or("config.toml".into(), |path| path.display().to_string());
    Err(Error::Refused(passed.explain(idle_longest(runtime).as_ref(), Time::now(), &place)))
}

fn passed(usage: Usage, limits: &Limits, buffer: u64) -> Option<Passed> {
    if usage.sessions >= limits.max_sessions {
        return Some(Passed::Sessions(usage.sessions, limits.max_sessions));
    }
    let wanted = usage.buffers.saturating_add(buffer);
    (wanted > limits.memory.0).then_some(Passed::Memory(wanted, limits.memory.0))
}

impl Passed {
    fn explain(self, idle: Option<&(SessionName, Time)>, now: Time, place: &str) -> String {
        let close = match idle {
            Some((name, since)) => {
                format!("{name} has been idle longest ({}): msclose {name}", span(since.until(now)))
            }
            None => "none of them is idle: close one (msclose NAME)".to_owned(),
        };
        match self {
            Passed::Sessions(count, limit) => format!(
                "{count} sessions run already, the limit is {limit}; {close}; or write max_sessions = {} under [limits] in {place}",
                count.saturating_add(1)
            ),
            Passed::Memory(wanted, limit) => format!(
                "the buffers of all sessions would hold {}, the limit is {}; use a smaller one (-b); {close}; or write memory = \"{}\" under [limits] in {place}",
                size::show(wanted),
                size::show(limit),
                whole_mebibytes(wanted),
            ),
        }
    }
}

/// As the configuration takes it, rounded up.
fn whole_mebibytes(bytes: u64) -> String {
    format!("{}MiB", bytes.div_ceil(1 << 20))
}

/// Who can best be spared, and since when it rests.
fn idle_longest(runtime: &Runtime) -> Option<(SessionName, Time)> {
    let statuses = runtime.names().unwrap_or_default().into_iter().filter_map(|name| {
        let session = runtime.open_session(&name).ok()??;
        matches!(session.life(), Ok(Life::Alive)).then_some(())?;
        Some((name, session.status().ok()?))
    });
    idlest(statuses)
}

/// Who has been seen at rest or is paused, else who is done, the longest of them first; never one that works or
/// asks.
fn idlest(sessions: impl Iterator<Item = (SessionName, StatusRecord)>) -> Option<(SessionName, Time)> {
    let rank = |status: &StatusRecord| match (status.status, status.attention()) {
        (Status::Paused, _) | (_, Some(Attention::Idle)) => Some(1),
        (_, Some(Attention::Done)) => Some(0),
        _ => None,
    };
    let resting = sessions.filter_map(|(name, status)| Some((rank(&status)?, status.since, name)));
    let (_, since, name) =
        resting.max_by_key(|(rank, since, name)| (*rank, Reverse((*since, name.clone()))))?;
    Some((name, since))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::config::Size;

    fn name(text: &str) -> SessionName {
        SessionName::new(text).unwrap()
    }

    #[test]
    fn the_eleventh_session_and_too_much_memory_are_refused_with_advice() {
        let limits = Limits::default();
        let ten = Usage { sessions: 10, ..Usage::default() };
        let refused = passed(ten, &limits, 1).unwrap();
        let now = Time(10_000_000);
        let text = refused.explain(Some(&(name("old"), Time(10_000_000 - 3_600_000))), now, "/x/config.toml");
        for part in [
            "10 sessions",
            "old has been idle longest (1h",
            "msclose old",
            "max_sessions = 11",
            "/x/config.toml",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(refused.explain(None, now, "x").contains("none of them is idle"));
        let nine = Usage { sessions: 9, buffers: 90 << 20, ..Usage::default() };
        assert_eq!(passed(nine, &limits, 10 << 20), None);
        let less = Limits { memory: Size(95 << 20), ..limits };
        let text = passed(nine, &less, 10 << 20).unwrap().explain(None, now, "x");
        assert!(text.contains("100MiB") && text.contains("memory = \"100MiB\""), "{text}");
        assert_eq!(size::parse(&whole_mebibytes((100 << 20) + 1)).unwrap(), 101 << 20);
    }

    #[test]
    fn who_can_be_spared_rests_for_longest_and_neither_works_nor_asks() {
        let of = |text: &str, status, attention, since| {
            let record = StatusRecord::begin(80, 24, Time(since));
            (name(text), StatusRecord { status, attention, ..record })
        };
        let works = of("works", Status::Processing, None, 1);
        let asks = of("asks", Status::Waiting, Some(Attention::Asks), 1);
        let done = of("done", Status::Waiting, Some(Attention::Done), 2);
        let idle = of("idle", Status::Waiting, Some(Attention::Idle), 9);
        let older = of("older", Status::Waiting, Some(Attention::Idle), 5);
        let paused = of("paused", Status::Paused, None, 3);
        let idlest = |sessions: &[&(SessionName, StatusRecord)]| {
            super::idlest(sessions.iter().map(|it| (*it).clone())).map(|(name, _)| name.to_string())
        };
        assert_eq!(idlest(&[&works, &asks]), None);
        assert_eq!(idlest(&[&works, &done, &asks]).as_deref(), Some("done"));
        assert_eq!(idlest(&[&done, &idle, &older]).as_deref(), Some("older"));
        assert_eq!(idlest(&[&idle, &older, &paused]).as_deref(), Some("paused"));
    }
}
