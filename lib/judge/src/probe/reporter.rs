//! For whom `msmark` speaks. A program's hook may speak for the program that has the terminal; what that
//! program runs for itself (an agent's sub-agent, a terminal within the terminal) may not.

use std::fmt;

use super::Watched;
use crate::facts::Reporter;
use ms_platform::procfs::{Proc, Stat, Target};

/// The longest way from a hook up to the server.
const DEEPEST: usize = 64;
/// A hook's own helpers are younger than this, in the kernel's ticks of 10 ms.
const YOUNG: u64 = 50;

/// Why a mark is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It comes from outside of what the server runs.
    NotOurs,
    /// It comes from what a server inside this one runs.
    NestedSession,
    /// It comes from a program that the judged one runs for itself.
    NestedProgram,
    /// `paused` and `completed` are not for a program to say.
    NotSayable,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::NotOurs => "it was not said from inside this session",
            Refusal::NestedSession => "it was said from another session inside this one",
            Refusal::NestedProgram => {
                "it was said by a program that the session's own program runs for itself"
            }
            Refusal::NotSayable => "a program can say waiting, processing or active",
        })
    }
}

/// Finds who is spoken for by process `pid`.
pub(super) fn reporter(proc: &mut Proc, watched: &Watched, pid: i32) -> Result<Reporter, Refusal> {
    let chain = chain(proc, watched, pid)?;
    if chain.iter().skip(1).any(|stat| is_server(proc, stat, watched.server_pid)) {
        return Err(Refusal::NestedSession);
    }
    let has_terminal = |stat: &&Stat| holds(proc, stat, watched.tty_dev);
    let Some(owner) = chain.iter().skip(1).find(has_terminal).copied() else {
        return proc
            .stat(watched.child_pid)
            .map(|stat| as_reporter(&stat, false))
            .map_err(|_| Refusal::NotOurs);
    };
    let between = chain.iter().skip(1).take_while(|stat| stat.pid != owner.pid);
    if between.into_iter().any(|stat| is_program(stat, chain[0].start)) {
        return Err(Refusal::NestedProgram);
    }
    let at_prompt = owner.pgrp != owner.foreground && chain[0].pgrp == owner.foreground;
    Ok(as_reporter(&owner, at_prompt))
}

/// The process and its ancestors, up to the server's child.
fn chain(proc: &mut Proc, watched: &Watched, pid: i32) -> Result<Vec<Stat>, Refusal> {
    let mut chain = Vec::new();
    let mut next = pid;
    while next != watched.server_pid {
        let stat = proc.stat(next).map_err(|_| Refusal::NotOurs)?;
        if stat.ppid <= 1 && watched.server_pid > 1 || chain.len() >= DEEPEST {
            return Err(Refusal::NotOurs);
        }
        next = stat.ppid;
        chain.push(stat);
    }
    if chain.is_empty() { Err(Refusal::NotOurs) } else { Ok(chain) }
}

/// Another server: it runs what our server runs, and leads a kernel's session without a terminal.
pub(super) fn is_server(proc: &mut Proc, stat: &Stat, server: i32) -> bool {
    let leads = stat.session == stat.pid && stat.tty == 0;
    leads && proc.program(server).is_ok_and(|program| proc.program(stat.pid) == Ok(program))
}

/// Whether its input or output is the terminal.
fn holds(proc: &mut Proc, stat: &Stat, device: u64) -> bool {
    let is_tty = |fd| matches!(proc.target(stat.pid, fd), Ok(Target::Device { rdev, .. }) if rdev == device);
    (0..=1).any(is_tty)
}

/// A program of its own between the hook and the terminal's: it has threads and lived before the hook.
fn is_program(stat: &Stat, hook_start: u64) -> bool {
    stat.threads > 1 && hook_start.saturating_sub(stat.start) >= YOUNG
}

fn as_reporter(stat: &Stat, shell: bool) -> Reporter {
    Reporter { pid: stat.pid, start: stat.start, group: stat.pgrp, shell }
}
