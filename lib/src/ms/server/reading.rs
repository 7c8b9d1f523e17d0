//! How far the program has got with what was typed: what `mssend` asks before a key that must be alone.
//! The kernel tells of no such moment, so that who wants to know it asks again; nothing is kept waiting here.

use std::os::fd::AsFd;
use std::time::Duration;

use nix::sys::termios::{LocalFlags, SpecialCharacterIndices, Termios, tcgetattr};
use serde_json::Value;

use super::{Server, now};
use crate::platform::sys::tty;
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

impl Server {
    pub(super) fn reading_reply(&self) -> Result<Value> {
        let master = self.master.as_ref();
        let master =
            master.ok_or_else(|| Error::Refused("the program has let go of its terminal".into()))?.as_fd();
        let modes = tcgetattr(master).ok();
        let held = tty::peer(master).and_then(tty::unread).map_or(0, u64::from);
        // Looking at every process is worth it only where that decides.
        let reading = (held == 0 && self.input.is_empty()).then(|| self.judge.reading(master));
        let status = self.status.record();
        let reply = ReadingReply {
            queued: self.input.len() as u64,
            unread: held + reading.map_or(0, |reading| reading.behind),
            reads: reading.is_some_and(|reading| reading.waits),
            canonical: modes.as_ref().is_some_and(|modes| modes.local_flags.contains(LocalFlags::ICANON)),
            shell: self.judge.verdict().kind == Some(Kind::Shell),
            signals: modes.as_ref().map(signals).unwrap_or_default(),
            typed: self.last_typed.what,
            ago: now().saturating_sub(self.last_typed.at).as_millis().try_into().unwrap_or(u64::MAX),
            works: self.judge.verdict().status != Status::Waiting
                && self.judge.decided() > self.last_typed.at,
            stopped: status.status == Status::Paused,
        };
        serde_json::to_value(reply).map_err(|why| Error::damaged("reading", why))
    }
}

/// What the terminal makes signals of: termios(3), ISIG.
fn signals(modes: &Termios) -> Vec<u8> {
    const KEYS: [SpecialCharacterIndices; 3] =
        [SpecialCharacterIndices::VINTR, SpecialCharacterIndices::VQUIT, SpecialCharacterIndices::VSUSP];
    match modes.local_flags.contains(LocalFlags::ISIG) {
        true => KEYS.map(|key| modes.control_chars[key as usize]).to_vec(),
        false => Vec::new(),
    }
}
