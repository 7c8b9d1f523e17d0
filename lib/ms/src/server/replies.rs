//! What tools are told that ask for the screen, for the modes of the keyboard, or how far the program has
//! got with what was typed. The kernel tells of no such moment, so that who wants to know it asks again;
//! nothing is kept waiting here.

use std::time::Duration;

use serde_json::Value;

use super::input::TypedInput;
use super::intake::Intake;
use super::interrupt::signal_keys;
use super::session_status::SessionStatus;
use super::terminal::ProgramTerminal;
use ms_judge::Judge;
use msession::format::error::{Error, Result};
use msession::format::frame::{self, ModesReply, ReadingReply, ScreenReply};
use msession::format::status::Status;

/// The screen as of now.
pub(super) fn screen(intake: &mut Intake) -> Result<Value> {
    let written = intake.written();
    let reply = ScreenReply::of(intake.screen(), written);
    let value = serde_json::to_value(reply).map_err(|why| Error::damaged("screen", why))?;
    if value.to_string().len() > frame::MAX_PAYLOAD {
        return Err(Error::Refused("a screen of that size does not fit into a reply".into()));
    }
    Ok(value)
}

/// How keys are to be encoded, and what waits to be typed.
pub(super) fn modes(terminal: &ProgramTerminal, input: &TypedInput, intake: &mut Intake) -> Result<Value> {
    let screen = intake.screen();
    let reply = ModesReply {
        keys: screen.key_modes(),
        bracketed_paste: screen.bracketed_paste(),
        canonical: terminal.line_modes().is_some_and(|modes| modes.canonical),
        queued: input.queue().len() as u64,
        line: input.line() as u64,
        alone: input.last().what.is_alone(),
    };
    serde_json::to_value(reply).map_err(|why| Error::damaged("modes", why))
}

/// How far the program has got with what was typed: what `mssend` asks before a key that must be alone.
pub(super) fn reading(
    terminal: &ProgramTerminal,
    input: &TypedInput,
    judge: &Judge,
    status: &SessionStatus,
    now: Duration,
) -> Result<Value> {
    let gone = || Error::Refused("the program has let go of its terminal".into());
    let master = terminal.master().ok_or_else(gone)?;
    let (modes, lines) = (terminal.modes(), terminal.line_modes());
    let held = terminal.unread().map_or(0, u64::from);
    // Looking at every process is worth it only where that decides.
    let reading = (held == 0 && input.queue().is_empty()).then(|| judge.reading(master));
    let last = input.last();
    let reply = ReadingReply {
        queued: input.queue().len() as u64,
        unread: held + reading.map_or(0, |reading| reading.behind),
        reads: reading.is_some_and(|reading| reading.waits),
        canonical: lines.is_some_and(|lines| lines.canonical),
        shell: status.at_shell(judge.verdict()),
        signals: modes.as_ref().map(signal_keys).unwrap_or_default(),
        typed: last.what,
        ago: now.saturating_sub(last.at).as_millis().try_into().unwrap_or(u64::MAX),
        works: judge.verdict().status != Status::Waiting && judge.decided() > last.at,
        stopped: status.record().status == Status::Paused,
    };
    serde_json::to_value(reply).map_err(|why| Error::damaged("reading", why))
}
