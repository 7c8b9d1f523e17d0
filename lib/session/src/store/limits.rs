//! How many sessions there may be and how much their rings may hold. To be asked under
//! `session::Guard`, so that ten `msnew` at once make ten sessions and the eleventh is refused.
//! It will never end a session to make room.

use crate::format::config::Limits;
use crate::format::error::{Error, Result};
use crate::format::size;
use crate::store::session::{Life, Runtime, SessionDir};

/// What the live sessions use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Live sessions.
    pub sessions: u32,
    /// Capacity of their rings, in bytes.
    pub buffers: u64,
    /// Sessions that are not counted: their servers died unseen.
    pub dead: u32,
}

/// Counts the sessions.
pub fn usage(runtime: &Runtime) -> Result<Usage> {
    let mut usage = Usage::default();
    for name in runtime.names()? {
        let Some(session) = runtime.open_session(&name)? else { continue };
        match session.life()? {
            Life::Alive => usage.add(&session),
            Life::Free => usage.dead += 1,
        }
    }
    Ok(usage)
}

impl Usage {
    fn add(&mut self, session: &SessionDir) {
        self.sessions += 1;
        let buffer = session.record().map(|record| record.buffer).unwrap_or(0);
        self.buffers = self.buffers.saturating_add(buffer);
    }
}

/// Refuses one more session with a ring of `buffer` bytes where the limits are reached.
pub fn check(usage: Usage, limits: &Limits, buffer: u64) -> Result<()> {
    if usage.sessions >= limits.max_sessions {
        return Err(Error::Refused(format!(
            "{} sessions run already, the limit is {}: close one (msclose NAME) or raise max_sessions under [limits] in config.toml",
            usage.sessions, limits.max_sessions
        )));
    }
    let wanted = usage.buffers.saturating_add(buffer);
    if wanted > limits.memory.0 {
        return Err(Error::Refused(format!(
            "the buffers of all sessions would hold {}, the limit is {}: use a smaller one (-b), close a session, or raise memory under [limits] in config.toml",
            size::show(wanted),
            size::show(limits.memory.0)
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::config::Size;

    #[test]
    fn the_eleventh_session_and_too_much_memory_are_refused_with_advice() {
        let limits = Limits::default();
        let ten = Usage { sessions: 10, ..Usage::default() };
        let error = check(ten, &limits, 1).unwrap_err();
        assert!(error.to_string().contains("msclose"), "{error}");
        assert_eq!(error.exit_code(), 4);
        let nine = Usage { sessions: 9, buffers: 90 << 20, dead: 0 };
        assert!(check(nine, &limits, 10 << 20).is_ok());
        let error = check(nine, &Limits { memory: Size(95 << 20), ..limits }, 10 << 20).unwrap_err();
        assert!(error.to_string().contains("100MiB"), "{error}");
    }
}
