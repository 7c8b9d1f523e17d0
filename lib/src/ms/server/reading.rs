//! How far the program has got with what was typed: what `mssend` asks before a key that must be alone.
//! The kernel tells of no such moment, so that who wants to know it asks again; nothing is kept waiting here.

use std::time::Duration;

use nix::sys::termios::LocalFlags;
use serde_json::Value;

use super::input::InputQueue;
use super::interrupt::signal_keys;
use super::now;
use super::session_status::SessionStatus;
use super::terminal::ProgramTerminal;
use crate::judge::Judge;
use crate::session::format::error::{Error, Result};
use crate::session::format::frame::ReadingReply;
use crate::session::format::status::{Kind, Status};
use crate::terminal::keyboard::Typed;

/// What was typed last, and when.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LastTyped {
    pub(super) what: Typed,
    at: Duration,
}

impl LastTyped {
    /// These bytes were handed on.
    pub(super) fn note(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            *self = LastTyped { what: Typed::of(bytes), at: now() };
        }
    }
}

/// The reply to a request for it.
pub(super) fn reply(
    terminal: &ProgramTerminal,
    input: &InputQueue,
    last_typed: LastTyped,
    judge: &Judge,
    status: &SessionStatus,
) -> Result<Value> {
    let gone = || Error::Refused("the program has let go of its terminal".into());
    let master = terminal.master().ok_or_else(gone)?;
    let modes = terminal.modes();
    let held = terminal.unread().map_or(0, u64::from);
    // Looking at every process is worth it only where that decides.
    let reading = (held == 0 && input.is_empty()).then(|| judge.reading(master));
    let reply = ReadingReply {
        queued: input.len() as u64,
        unread: held + reading.map_or(0, |reading| reading.behind),
        reads: reading.is_some_and(|reading| reading.waits),
        canonical: modes.as_ref().is_some_and(|modes| modes.local_flags.contains(LocalFlags::ICANON)),
        shell: judge.verdict().kind == Some(Kind::Shell),
        signals: modes.as_ref().map(signal_keys).unwrap_or_default(),
        typed: last_typed.what,
        ago: now().saturating_sub(last_typed.at).as_millis().try_into().unwrap_or(u64::MAX),
        works: judge.verdict().status != Status::Waiting && judge.decided() > last_typed.at,
        stopped: status.record().status == Status::Paused,
    };
    serde_json::to_value(reply).map_err(|why| Error::damaged("reading", why))
}
