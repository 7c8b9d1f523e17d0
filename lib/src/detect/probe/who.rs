//! Who counts: the terminal's foreground group, and what works for it elsewhere. A background job does
//! not.

use super::Terminal;
use crate::procfs::{Proc, Stat, State, Target};

/// How a process of the session counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Of the terminal's foreground group.
    Foreground,
    /// Begun by one of those, in a session or with inputs and outputs of its own.
    Apart,
    /// Not begun by one of those, but in a session of its own: it counts only if it reads the terminal.
    Stray,
    /// A background job, or ended.
    None,
}

/// The role of the process of `stat`, whose parent has the role `parent`.
pub(super) fn role(proc: &mut Proc, stat: &Stat, parent: Role, terminal: &Terminal) -> Role {
    if stat.state == State::Zombie {
        return Role::None;
    }
    if stat.pgrp == terminal.foreground && (stat.tty == terminal.device || stat.tty == 0) {
        return Role::Foreground;
    }
    match parent {
        Role::Foreground | Role::Apart if stat.tty != terminal.device => Role::Apart,
        Role::Foreground | Role::Apart if !touches(proc, stat.pid, terminal.device) => Role::Apart,
        Role::Stray | Role::None if stat.tty != terminal.device => Role::Stray,
        _ => Role::None,
    }
}

/// Whether a standard descriptor of the process is the terminal: then it is a job of a shell.
fn touches(proc: &mut Proc, pid: i32, device: u64) -> bool {
    let is_tty = |fd| matches!(proc.target(pid, fd), Ok(Target::Device { rdev, .. }) if rdev == device);
    (0..=2).any(is_tty)
}
