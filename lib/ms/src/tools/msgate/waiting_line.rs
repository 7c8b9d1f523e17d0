//! The line that a person sees while a command waits for its slot: who holds them, and since when.

use std::io::{self, IsTerminal, Write};

use crate::cli::width_of;
use ms_platform::time::Time;
use ms_terminal::safe::safe_text;
use ms_terminal::text_table::{cut, span};
use msession::store::gate::{Gate, Holder, Share, Wish};

/// The longest name of a program that is shown, in bytes.
const PROGRAM: usize = 30;

/// A line on standard error, where that is a terminal; nothing elsewhere.
#[derive(Debug)]
pub(super) struct WaitingLine {
    terminal: bool,
    shown: bool,
    slots: u16,
    pid: u32,
}

impl WaitingLine {
    /// Nothing is shown yet.
    pub(super) fn new(wish: &Wish) -> WaitingLine {
        WaitingLine {
            terminal: io::stderr().is_terminal(),
            shown: false,
            slots: wish.slots,
            pid: wish.holder.pid,
        }
    }

    /// Draws the line anew.
    pub(super) fn show(&mut self, gate: &Gate) {
        if !self.terminal {
            return;
        }
        let shares = gate.shares().unwrap_or_default();
        let text = text(gate.group().as_str(), self.slots, self.pid, &shares, Time::now());
        // One column less than there are, so that the terminal does not wrap.
        let room = width_of(io::stderr()).saturating_sub(1);
        let _ = write!(io::stderr(), "\r\x1b[K{}", cut(&text, room));
        self.shown = true;
    }

    /// Takes it away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn text(group: &str, slots: u16, pid: u32, shares: &[(Share, Option<Holder>)], now: Time) -> String {
    let before = shares.iter().filter(|(share, _)| matches!(share, Share::Place(_)));
    let before =
        before.take_while(|(_, holder)| holder.as_ref().is_none_or(|holder| holder.pid != pid)).count();
    let holders: Vec<String> = shares
        .iter()
        .filter(|(share, _)| matches!(share, Share::Slot(number) if *number <= slots))
        .filter_map(|(_, holder)| holder.as_ref())
        .map(|holder| {
            let program = holder.command.first().map_or("", String::as_str);
            let program = program.rsplit('/').next().unwrap_or(program);
            format!("{} {} {}", safe_text(program, PROGRAM), holder.pid, span(holder.since.until(now)))
        })
        .collect();
    let queue = match before {
        0 => String::new(),
        before => format!(", {before} before"),
    };
    format!("msgate: {group}: {} of {slots} slots taken{queue}: {}", holders.len(), holders.join(", "))
}
