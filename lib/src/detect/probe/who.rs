//! Who counts: the terminal's foreground group, and what works for it elsewhere. A background job does
//! not.

use crate::procfs::{Proc, Stat, Target};

/// How a process of the session counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Of the terminal's foreground group.
    Foreground,
    /// Begun by one of those, in a session or with an output of its own.
    Apart,
    /// Not begun by one of those, but in a session of its own: it counts only if it reads the terminal.
    Stray,
    /// A background job, or ended.
    None,
}

/// The role of the process of `stat`, whose parent has the role `parent`.
pub(super) fn role(proc: &mut Proc, stat: &Stat, parent: Role, foreground: i32, tty: u64) -> Role {
    if stat.state == crate::procfs::State::Zombie {
        return Role::None;
    }
    if stat.pgrp == foreground && (stat.tty == tty || stat.tty == 0) {
        return Role::Foreground;
    }
    match parent {
        Role::Foreground | Role::Apart if stat.tty != tty => Role::Apart,
        Role::Foreground | Role::Apart if !touches(proc, stat.pid, tty) => Role::Apart,
        Role::Stray | Role::None if stat.tty != tty => Role::Stray,
        _ => Role::None,
    }
}

/// Whether a standard descriptor of the process is the terminal.
fn touches(proc: &mut Proc, pid: i32, tty: u64) -> bool {
    let is_tty = |fd| matches!(proc.target(pid, fd), Ok(Target::Device { rdev, .. }) if rdev == tty);
    (0..=2).any(is_tty)
}
