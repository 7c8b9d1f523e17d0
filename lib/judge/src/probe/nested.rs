//! A terminal behind a relay (script(1), a multiplexer with one pane, a recorder): the pty that the
//! relay holds is what a person really types on.

use std::os::fd::OwnedFd;

use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, fstat};

use super::{Memos, Modes, Reader, Terminal, members, modes};
use ms_platform::procfs::{Proc, Target};
use ms_platform::sys::tty;

/// First major number of the slaves of ptys: UNIX98_PTY_SLAVE_MAJOR, include/uapi/linux/major.h.
const SLAVES: u32 = 136;
/// Slaves to a major number.
const PER_MAJOR: u32 = 256;

/// The terminal behind a reader, if that is a relay: it holds one pty, waits for nothing that a relay
/// does not, and speaks to no network.
pub(super) fn behind(proc: &mut Proc, memos: &Memos, reader: &Reader) -> Option<Terminal> {
    const RELAYED: [&str; 3] = [members::PTY, members::PIPE, members::SOCKET];
    let waits_for = |name: &str| reader.beside.iter().any(|beside| beside == name);
    if !waits_for(members::PTY) || !reader.beside.iter().all(|name| RELAYED.contains(&name.as_str())) {
        return None;
    }
    let mut ptys = masters(proc, reader.pid)?.into_iter();
    let (Some(index), None) = (ptys.next(), ptys.next()) else { return None };
    let device = nix::libc::makedev(SLAVES + index / PER_MAJOR, index % PER_MAJOR);
    let leader = memos.values().find(|memo| memo.stat.tty == device && memo.stat.session == memo.stat.pid)?;
    // The foreground group may have changed without the leader's having run.
    let foreground = proc.stat(leader.stat.pid).ok()?.foreground;
    Some(Terminal { device, foreground, modes: inner_modes(index, device) })
}

/// The numbers of the slaves whose masters a process holds; none if it speaks to a network.
fn masters(proc: &mut Proc, pid: i32) -> Option<Vec<u32>> {
    let ptmx = nix::libc::makedev(5, 2);
    let mut found = Vec::new();
    for fd in proc.fds(pid).unwrap_or_default() {
        match proc.target(pid, fd) {
            Ok(Target::Device { rdev, .. }) if rdev == ptmx => {
                found.extend(proc.fdinfo(pid, fd).ok().and_then(|info| info.tty_index));
            }
            Ok(Target::Socket(_)) if proc.protocol(pid, fd).is_ok_and(|name| name.starts_with("TCP")) => {
                return None;
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// Bytes that were typed on a slave and wait to be read; none where that can't be told.
pub(super) fn unread(device: u64) -> u64 {
    let (major, minor) = (nix::libc::major(device), nix::libc::minor(device));
    let index = major.checked_sub(SLAVES).map(|table| table * PER_MAJOR + minor);
    let slave = index.and_then(|index| slave(index, device));
    slave.and_then(|slave| tty::unread(slave).ok()).map_or(0, u64::from)
}

fn inner_modes(index: u32, device: u64) -> Option<Modes> {
    slave(index, device).and_then(modes)
}

/// Opens the slave for a moment, without making it anyone's controlling terminal.
fn slave(index: u32, device: u64) -> Option<OwnedFd> {
    let path = format!("/dev/pts/{index}");
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let slave = open(path.as_str(), flags, Mode::empty()).ok()?;
    fstat(&slave).is_ok_and(|stat| stat.st_rdev == device).then_some(slave)
}
