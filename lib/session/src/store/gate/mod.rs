//! Gates: at most so many commands at once, first come first served, over processes that know nothing of
//! each other. What is held is a lock of the kernel's, so whoever dies gives it back; who waits sleeps in
//! the kernel behind the one before, so what is given back wakes one.
//!
//! # .gates/GROUP/
//!
//! The commands that take turns. `GROUP` follows the rule for names of sessions.
//!
//! `lock`
//! : flock(2) held while somebody comes: to take a free slot, or a ticket.
//!
//! `slot-N`
//! : A slot, `N` from 1. It is taken while somebody holds its flock: the command itself, which has inherited
//!   the descriptor, and whatever it has started and not closed it.
//!
//! `ticket-N`
//! : A place in the queue; who came later has a higher `N`. Whoever waits holds its flock, and removes it once
//!   it has a slot; one whose lock is free is of somebody who died.
//!
//! `starts`
//! : When the last commands with `--rate` began, a line each, in milliseconds since 1970.
//!
//! A slot and a ticket say who has it, in one line of JSON: `format` (1), `pid`, `since` (RFC 3339, UTC: when the
//! command began, or began to wait) and `command` (its words). What stands in a file whose lock is free means
//! nothing.

mod rate;
mod wait;

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::fd::IntoRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::Instant;

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::unistd::{UnlinkatFlags, unlinkat};
use serde::{Deserialize, Serialize};

use crate::format::error::{Error, Result};
use crate::format::session_name::SessionName;
use crate::store::files;
use crate::store::rundir::OwnDir;
use crate::store::session::{Runtime, file_names};
use ms_platform::sys::lock;
use ms_platform::time::Time;
pub use rate::Rate;

/// The directory of all gates, beside the sessions; no session has such a name.
const GATES: &str = ".gates";
const LOCK: &str = "lock";
const SLOT: &str = "slot-";
const TICKET: &str = "ticket-";
/// The most slots that a gate may have: one thread waits for each.
pub const MAX_SLOTS: u16 = 1024;
/// The longest line about a holder that is read, in bytes.
const MAX_LINE: u64 = 64 << 10;
/// So many bytes of a command are kept.
const MAX_COMMAND: usize = 4096;

/// Who has a slot or a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    format: u32,
    /// The process, in its own namespace.
    pub pid: u32,
    /// Since when it has it.
    pub since: Time,
    /// What it runs or is to run.
    pub command: Vec<String>,
}

impl Holder {
    /// This process, from now on, for `command`; what is too long of it is left out.
    pub fn this(command: &[OsString]) -> Holder {
        let mut room = MAX_COMMAND;
        let words = command.iter().map(|word| word.to_string_lossy());
        let command = words
            .map_while(|word| {
                let cut: String = word.chars().take(room).collect();
                room = room.saturating_sub(cut.len() + 1);
                (room > 0).then_some(cut)
            })
            .collect();
        Holder { format: 1, pid: std::process::id(), since: Time::now(), command }
    }
}

/// What somebody has of a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Share {
    /// The slot of this number, from 1.
    Slot(u16),
    /// The place in the queue, from 1.
    Place(usize),
}

/// The gate of one group.
#[derive(Debug)]
pub struct Gate {
    dir: OwnDir,
    group: SessionName,
}

/// What is asked of a gate.
#[derive(Debug)]
pub struct Wish {
    /// Slots 1 to this are used.
    pub slots: u16,
    /// How often commands may begin.
    pub rate: Option<Rate>,
    /// Who asks.
    pub holder: Holder,
    /// When it is given up; never without one.
    pub deadline: Option<Instant>,
}

/// A slot, given up when dropped.
#[derive(Debug)]
pub struct Slot {
    file: File,
}

/// A place in the queue, given up when dropped.
struct Ticket<'a> {
    gate: &'a Gate,
    number: u64,
    _file: File,
}

impl Gate {
    /// The gate of a group, made if there is none.
    ///
    /// # Errors
    /// A directory on the way that is not ours, or cannot be made.
    pub fn make(runtime: &Runtime, group: SessionName) -> Result<Gate> {
        Ok(Gate { dir: runtime.dir().make_dir(GATES)?.make_dir(&group)?, group })
    }

    /// All gates that there are, by the names of their groups.
    ///
    /// # Errors
    /// What cannot be read, or is not ours.
    pub fn all(runtime: &Runtime) -> Result<Vec<Gate>> {
        let gates = match runtime.dir().open_dir(GATES) {
            Err(error) if error.is_absence() => return Ok(Vec::new()),
            gates => gates?,
        };
        let mut groups: Vec<SessionName> =
            file_names(&gates)?.iter().filter_map(|name| SessionName::new(name).ok()).collect();
        groups.sort();
        groups.into_iter().map(|group| Ok(Gate { dir: gates.open_dir(&group)?, group })).collect()
    }

    /// Its group.
    pub fn group(&self) -> &SessionName {
        &self.group
    }

    /// Takes a slot, after all that came before have theirs. `waits` is asked to say so as soon as the caller
    /// has to wait, and again each second: to show it.
    ///
    /// # Errors
    /// [`Error::TimedOut`] at the deadline; what cannot be made or locked.
    pub fn enter(&self, wish: &Wish, waits: &mut dyn FnMut(&Gate)) -> Result<Slot> {
        let ticket = {
            let _lock = self.lock(wish, waits)?;
            let is_first = self.before(u64::MAX)?.is_none() && self.late(wish)?.is_none();
            if is_first && let Some(slot) = self.take_free(wish.slots)? {
                return self.begin(slot, wish);
            }
            self.draw(&wish.holder)?
        };
        while let Some(before) = self.before(ticket.number)? {
            wait::for_any(vec![before], wish.deadline, &mut || waits(self))?.ok_or_else(|| self.over())?;
        }
        while let Some(moment) = self.late(wish)? {
            wait::until(moment, wish.deadline, &mut || waits(self))?.ok_or_else(|| self.over())?;
        }
        let slot = match self.take_free(wish.slots)? {
            Some(slot) => slot,
            None => {
                let slots = (1..=wish.slots).map(|number| self.slot(number)).collect::<Result<_>>()?;
                wait::for_any(slots, wish.deadline, &mut || waits(self))?.ok_or_else(|| self.over())?
            }
        };
        self.begin(slot, wish)
    }

    /// Whether this process has a slot of this gate already: a descriptor that it was given by whoever took it.
    pub fn is_entered(&self) -> bool {
        let descriptors = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
        descriptors.into_iter().any(|entry| self.is_slot(&entry.path()))
    }

    /// Whether this link to an open file leads to a slot.
    fn is_slot(&self, descriptor: &Path) -> bool {
        let link = std::fs::read_link(descriptor).unwrap_or_default();
        let name = link.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let id = |file: std::io::Result<Metadata>| file.map(|file| (file.dev(), file.ino())).ok();
        let slot =
            || files::open_at(&self.dir, name, || self.shown(name)).ok().map(|file| id(file.metadata()));
        name.starts_with(SLOT) && slot() == Some(id(std::fs::metadata(descriptor)))
    }

    /// Who has what of it: the slots in order, then the queue. Who has come or gone this moment may be missing.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn shares(&self) -> Result<Vec<(Share, Option<Holder>)>> {
        let mut slots: Vec<u16> = self.numbers(SLOT)?;
        slots.sort_unstable();
        let mut shares = Vec::new();
        for number in slots {
            let slot = self.held(&format!("{SLOT}{number}"))?;
            shares.extend(slot.map(|file| (Share::Slot(number), holder(&file))));
        }
        let mut place = 0;
        for number in self.tickets(u64::MAX)?.into_iter().rev() {
            if let Some(file) = self.held(&format!("{TICKET}{number}"))? {
                place += 1;
                shares.push((Share::Place(place), holder(&file)));
            }
        }
        Ok(shares)
    }

    fn shown(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    fn create(&self, name: &str, flags: OFlag) -> Result<File> {
        files::create_at(&self.dir, name, OFlag::O_RDWR | flags, || self.shown(name))
    }

    fn try_lock(&self, file: &File, name: &str) -> Result<bool> {
        lock::try_lock_exclusive(file).map_err(|errno| Error::errno(self.shown(name))(errno))
    }

    /// The lock under which one comes. Who holds it does so for microseconds, unless it was stopped.
    fn lock(&self, wish: &Wish, waits: &mut dyn FnMut(&Gate)) -> Result<File> {
        let file = self.create(LOCK, OFlag::empty())?;
        if self.try_lock(&file, LOCK)? {
            return Ok(file);
        }
        wait::for_any(vec![file], wish.deadline, &mut || waits(self))?.ok_or_else(|| self.over())
    }

    fn slot(&self, number: u16) -> Result<File> {
        self.create(&format!("{SLOT}{number}"), OFlag::empty())
    }

    fn take_free(&self, slots: u16) -> Result<Option<File>> {
        for number in 1..=slots {
            let file = self.slot(number)?;
            if self.try_lock(&file, SLOT)? {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    /// The command begins: says so in the slot, and among the starts.
    fn begin(&self, file: File, wish: &Wish) -> Result<Slot> {
        note(&file, &Holder { since: Time::now(), ..wish.holder.clone() })
            .map_err(Error::system(self.shown(SLOT)))?;
        if let Some(rate) = wish.rate {
            rate.note(&self.starts()?, Time::now()).map_err(Error::system(self.shown(rate::STARTS)))?;
        }
        Ok(Slot { file })
    }

    fn starts(&self) -> Result<File> {
        self.create(rate::STARTS, OFlag::empty())
    }

    /// The moment at which the rate lets the next begin; none if that is now.
    fn late(&self, wish: &Wish) -> Result<Option<Instant>> {
        let Some(rate) = wish.rate else { return Ok(None) };
        let wait =
            rate.wait(&self.starts()?, Time::now()).map_err(Error::system(self.shown(rate::STARTS)))?;
        Ok(wait.and_then(|span| Instant::now().checked_add(span)))
    }

    /// Takes the last place in the queue. To be called under the lock.
    fn draw(&self, holder: &Holder) -> Result<Ticket<'_>> {
        let number = self.tickets(u64::MAX)?.first().unwrap_or(&0) + 1;
        let name = format!("{TICKET}{number}");
        let file = self.create(&name, OFlag::O_EXCL)?;
        // Nobody else has it for longer than a look.
        lock::lock_exclusive(&file).map_err(|errno| Error::errno(self.shown(&name))(errno))?;
        note(&file, holder).map_err(Error::system(self.shown(&name)))?;
        Ok(Ticket { gate: self, number, _file: file })
    }

    /// The ticket of whoever is next before this number, if there is one. Those of the dead in between are
    /// removed: nobody takes a number below one that is still held.
    fn before(&self, number: u64) -> Result<Option<File>> {
        for number in self.tickets(number)? {
            let name = format!("{TICKET}{number}");
            match self.held(&name)? {
                Some(file) => return Ok(Some(file)),
                None => drop(unlinkat(&self.dir, name.as_str(), UnlinkatFlags::NoRemoveDir)),
            }
        }
        Ok(None)
    }

    /// The numbers of the tickets below this one, the highest first.
    fn tickets(&self, below: u64) -> Result<Vec<u64>> {
        let mut numbers: Vec<u64> = self.numbers(TICKET)?;
        numbers.retain(|number| *number < below);
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers)
    }

    /// The file, if somebody holds its lock.
    fn held(&self, name: &str) -> Result<Option<File>> {
        let file = match files::open_at(&self.dir, name, || self.shown(name)) {
            Err(error) if error.is_absence() => return Ok(None),
            file => file?,
        };
        let held = lock::is_locked(&file).map_err(|errno| Error::errno(self.shown(name))(errno))?;
        Ok(held.then_some(file))
    }

    fn numbers<N: std::str::FromStr>(&self, prefix: &str) -> Result<Vec<N>> {
        let names = file_names(&self.dir)?;
        Ok(names.iter().filter_map(|name| name.strip_prefix(prefix)?.parse().ok()).collect())
    }

    fn over(&self) -> Error {
        Error::TimedOut(format!("no slot of {} became free in time", self.group))
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let name = format!("{TICKET}{}", self.number);
        let _ = unlinkat(&self.gate.dir, name.as_str(), UnlinkatFlags::NoRemoveDir);
    }
}

impl Slot {
    /// Leaves it to this process, to what it becomes, and to what that starts, until all of these have ended.
    ///
    /// # Errors
    /// What fcntl(2) says; then it is free again.
    pub fn keep(self) -> nix::Result<()> {
        fcntl(&self.file, FcntlArg::F_SETFD(FdFlag::empty()))?;
        let _ = self.file.into_raw_fd();
        Ok(())
    }
}

/// Writes who has a file's lock into it.
fn note(file: &File, holder: &Holder) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(holder)?;
    line.push(b'\n');
    file.write_all_at(&line, 0)?;
    file.set_len(line.len() as u64)
}

/// Who that is; none where it is being written, or is not as it must be.
fn holder(file: &File) -> Option<Holder> {
    let mut text = Vec::new();
    file.take(MAX_LINE).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}
