//! Live sessions as files: the directory that is a session's name, the lock that is its life, and the
//! JSON files in it. It will never talk to a server; what outlives a session is `history`'s.
//!
//! A name is claimed by `mkdir` under the runtime directory's own lock (`.lock`), so that a reader who
//! also takes it never meets a half-made session; readers without it skip a directory that has no
//! `session.json` yet.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, RenameFlags, renameat, renameat2};
use nix::sys::stat::{Mode, fstat, fstatat};
use nix::unistd::{UnlinkatFlags, ftruncate, unlinkat};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::format::error::{Error, Result};
use crate::format::session_name::SessionName;
use crate::format::session_record;
use crate::format::session_record::{SessionRecord, check_format};
use crate::format::status;
use crate::format::status::{Doing, StatusRecord};
use crate::store::alive;
use crate::store::faults;
use crate::store::files;
use crate::store::rundir::{self, OwnDir};
use ms_platform::sys;
use ms_terminal::safe;

/// Largest JSON file that is read, in bytes; a larger one is damaged.
const MAX_JSON: u64 = 1 << 20;
/// Nearly all are shorter than this and are read by one call: a file gives fewer bytes than were asked
/// for only where it ends (read(2)).
const SMALL_JSON: usize = 4096;

/// Whoever keeps the runtime directory's lock for longer is stuck.
const GUARD_LIMIT: Duration = Duration::from_secs(20);
/// Who only removes what is its own does without the lock after this.
const HIDE_LIMIT: Duration = Duration::from_secs(1);
/// How often one that is renamed meanwhile is looked for again.
const HIDE_TRIES: u32 = 100;
/// What the names of directories begin with that are being removed.
const GONE: &str = ".gone-";

/// Names of the files in a session's directory.
pub mod file {
    /// flock held by the server for its life; empty until the session was made to its end.
    pub const LOCK: &str = "lock";
    /// What the session is.
    pub const RECORD: &str = "session.json";
    /// What the session does.
    pub const STATUS: &str = "status.json";
    /// The ring.
    pub const OUTPUT: &str = "output";
    /// The socket.
    pub const CONTROL: &str = "control";
    /// Variables of the last terminal that was on it, KEY=VALUE, each ended by NUL.
    pub const ENV: &str = "env";
    /// Waits that ended, one JSON object a line.
    pub const WAITS: &str = "waits";
}

/// The runtime directory: all live sessions.
#[derive(Debug)]
pub struct Runtime {
    dir: OwnDir,
}

/// What stands in the runtime directory.
#[derive(Debug, Default)]
pub struct Contents {
    /// Names of all session directories, in no order.
    pub names: Vec<SessionName>,
    /// Directories that are being removed, or whose removal was cut off.
    pub gone: Vec<String>,
}

/// Held while sessions are claimed, counted or finished; released when dropped.
#[derive(Debug)]
pub struct Guard {
    _file: File,
}

impl Runtime {
    /// The runtime directory, if there is one.
    ///
    /// # Errors
    /// `System` if it cannot be opened or is not ours alone.
    pub fn open() -> Result<Option<Runtime>> {
        Ok(rundir::open_runtime()?.map(|dir| Runtime { dir }))
    }

    /// The runtime directory, made if there is none.
    ///
    /// # Errors
    /// `System` if it cannot be made or opened, or is not ours alone.
    pub fn make() -> Result<Runtime> {
        Ok(Runtime { dir: rundir::make_runtime()? })
    }

    /// The runtime directory at this path, if there is one.
    ///
    /// # Errors
    /// `System` if it cannot be opened or is not ours alone.
    pub fn open_at(path: &Path) -> Result<Option<Runtime>> {
        Ok(rundir::open_place(path)?.map(|dir| Runtime { dir }))
    }

    /// Whether it is what its path leads to now: another may have been mounted over it.
    pub fn is_current(&self) -> bool {
        let own = self.dir.id().ok();
        own.is_some() && rundir::runtime_id().is_ok_and(|there| there == own)
    }

    /// A runtime directory for tests: this one.
    #[cfg(test)]
    pub(crate) fn at(path: &Path) -> Result<Runtime> {
        let dir = OwnDir::open_at(nix::fcntl::AT_FDCWD, path, path.to_owned())?;
        Ok(Runtime { dir })
    }

    /// The directory itself.
    pub fn dir(&self) -> &OwnDir {
        &self.dir
    }

    /// The lock under which sessions are claimed, counted, renamed and finished.
    ///
    /// # Errors
    /// [`Error::TimedOut`] if somebody keeps it for longer than any tool does.
    pub fn guard(&self) -> Result<Guard> {
        let late = || {
            let lock = self.dir.path().join(".lock");
            Error::TimedOut(format!("{}: another process holds it (fuser shows which)", lock.display()))
        };
        self.guard_within(GUARD_LIMIT)?.ok_or_else(late)
    }

    /// The same, but an error at once if somebody holds it.
    ///
    /// # Errors
    /// `System` if somebody holds it, or the file cannot be opened.
    pub fn try_guard(&self) -> Result<Guard> {
        let taken = || Error::errno(self.dir.path().join(".lock").display().to_string())(Errno::EWOULDBLOCK);
        self.guard_within(Duration::ZERO)?.ok_or_else(taken)
    }

    /// That lock if it is free, or becomes so within `limit`; none if it does not. The kernel has no lock
    /// with a limit, so it is asked again.
    ///
    /// # Errors
    /// `System` if the file cannot be opened or locked.
    pub fn guard_within(&self, limit: Duration) -> Result<Option<Guard>> {
        let what = || self.dir.path().join(".lock").display().to_string();
        let file = files::create_at(&self.dir, ".lock", OFlag::O_RDWR, what)?;
        let deadline = Instant::now() + limit;
        let mut pause = Duration::from_micros(100);
        while !sys::lock::try_lock_exclusive(&file).map_err(|errno| Error::errno(what())(errno))? {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(5));
        }
        Ok(Some(Guard { _file: file }))
    }

    /// Whether its lock is where it belongs. The directory cannot be removed before that is, so whoever
    /// watches the directory hears of its end.
    pub fn has_lock(&self) -> bool {
        fstatat(&self.dir, ".lock", AtFlags::AT_SYMLINK_NOFOLLOW).is_ok()
    }

    /// Names of all session directories, in no order.
    ///
    /// # Errors
    /// `System` if the directory cannot be read.
    pub fn names(&self) -> Result<Vec<SessionName>> {
        Ok(self.contents()?.names)
    }

    /// What stands in it.
    ///
    /// # Errors
    /// `System` if the directory cannot be read.
    pub fn contents(&self) -> Result<Contents> {
        let mut contents = Contents::default();
        for name in file_names(&self.dir)? {
            match SessionName::new(&name) {
                Ok(name) => contents.names.push(name),
                Err(_) if name.starts_with(GONE) => contents.gone.push(name),
                Err(_) => {}
            }
        }
        Ok(contents)
    }

    /// The directory of the session `name`.
    ///
    /// # Errors
    /// `NoSession`, with the nearest name, if there is none; `System` if it cannot be opened.
    pub fn session(&self, name: &SessionName) -> Result<SessionDir> {
        self.open_session(name)?.ok_or_else(|| self.absent(name))
    }

    /// As [`Runtime::session`]; none if there is no such directory, which is all that means.
    ///
    /// # Errors
    /// `System` if it cannot be opened.
    pub fn open_session(&self, name: &SessionName) -> Result<Option<SessionDir>> {
        match self.dir.open_dir(name) {
            Ok(dir) => Ok(Some(SessionDir { dir, name: name.clone() })),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes what is left of sessions that were taken out of sight by somebody who was killed then.
    /// To be called under [`Runtime::guard`].
    ///
    /// # Errors
    /// `System` if the directory cannot be read; what cannot be removed stays.
    pub fn sweep(&self) -> Result<()> {
        self.contents()?.gone.iter().for_each(|name| drop(remove_tree(&self.dir, name)));
        Ok(())
    }

    /// The error for a name that matches nothing, with the nearest that there is.
    pub fn absent(&self, name: &SessionName) -> Error {
        let names = self.names().unwrap_or_default();
        Error::NoSession {
            name: name.to_string(),
            near: ms_terminal::did_you_mean::nearest(name.as_str(), &names),
        }
    }

    /// Makes the session directory `name`, with its lock held through the returned descriptor and all
    /// copies of it. To be called under [`Runtime::guard`].
    ///
    /// # Errors
    /// `Refused` if the name is taken, `System` if the directory or its lock cannot be made; nothing is left
    /// then.
    pub fn claim(&self, name: &SessionName) -> Result<(SessionDir, OwnedFd)> {
        faults::step("create.claim")?;
        match files::make_dir_at(&self.dir, name.as_ref()) {
            Ok(()) => {}
            Err(Errno::EEXIST) => return Err(Error::Refused(format!("{name}: name is taken"))),
            Err(errno) => return Err(Error::errno(self.dir.path().join(name).display().to_string())(errno)),
        }
        let session = SessionDir { dir: self.dir.open_dir(name)?, name: name.clone() };
        match faults::step("create.lock").and_then(|()| session.take_lock()) {
            Ok(lock) => Ok((session, lock)),
            Err(error) => {
                session.take_away(self)?;
                Err(error)
            }
        }
    }

    /// Gives a session another name; refused if that is taken.
    ///
    /// # Errors
    /// `Refused` if the name is taken, `NoSession` if the session is not there any more, `TimedOut` if the lock
    /// cannot be had, `System` if the directory cannot be renamed.
    pub fn rename(&self, session: &SessionDir, to: &SessionName) -> Result<()> {
        let _guard = self.guard()?;
        let from = session.name();
        if !session.stands_as(self, from.as_str()) {
            return Err(self.absent(from));
        }
        faults::step("rename.move")?;
        let done = renameat2(&self.dir, from.as_str(), &self.dir, to.as_str(), RenameFlags::RENAME_NOREPLACE);
        match done {
            Ok(()) => Ok(()),
            Err(Errno::EEXIST) => Err(Error::Refused(format!("{to}: name is taken"))),
            Err(Errno::ENOENT) => Err(self.absent(from)),
            Err(errno) => Err(Error::errno(format!("{from} to {to}"))(errno)),
        }
    }

    /// The live session with this id.
    ///
    /// # Errors
    /// None was found, and the system did not let all be read.
    pub fn find_by_id(&self, id: &str) -> Result<Option<SessionDir>> {
        let mut failed = None;
        for name in self.names()? {
            let found = self.open_session(&name).and_then(|session| match session {
                Some(session) => Ok((session.record()?.id == id).then_some(session)),
                None => Ok(None),
            });
            match found {
                Ok(Some(session)) if session.life()? == Life::Alive => return Ok(Some(session)),
                Err(error) if error.is_exhaustion() => failed = Some(error),
                _ => {}
            }
        }
        failed.map_or(Ok(None), Err)
    }
}

/// Name of the link, beside the sessions, to the ssh agent of a session's last terminal. It goes by the
/// id, so that a program finds it under the same path whatever the session is called.
pub fn agent_link(id: &str) -> String {
    format!(".agent-{id}")
}

/// Removes that link, if there is one.
pub fn remove_agent_link(runtime: &Runtime, id: &str) {
    let _ = unlinkat(runtime.dir(), agent_link(id).as_str(), UnlinkatFlags::NoRemoveDir);
}

impl AsFd for Runtime {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}

/// Whether a session's server lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// The lock is held.
    Alive,
    /// The lock is free: the server died, or is only now being started.
    Free,
}

/// What all JSON files begin with; the rest is passed over.
#[derive(Deserialize)]
struct Versioned {
    format: u32,
}

/// The directory of one session.
#[derive(Debug)]
pub struct SessionDir {
    dir: OwnDir,
    name: SessionName,
}

impl SessionDir {
    /// Its name when it was opened.
    pub fn name(&self) -> &SessionName {
        &self.name
    }

    /// The directory itself.
    pub fn dir(&self) -> &OwnDir {
        &self.dir
    }

    /// The same directory by another descriptor.
    ///
    /// # Errors
    /// `System` if no descriptor can be had.
    pub fn again(&self) -> Result<SessionDir> {
        Ok(SessionDir { dir: self.dir.again()?, name: self.name.clone() })
    }

    /// Whether the session is over: nobody holds its lock, or its record says so.
    ///
    /// # Errors
    /// `System` if the lock cannot be looked at.
    pub fn is_over(&self) -> Result<bool> {
        let completed = || self.status().is_ok_and(|status| status.status == status::Status::Completed);
        Ok(self.life()? == Life::Free || completed())
    }

    /// Its name now: that of the directory that the descriptor stands for, whatever it was renamed to. One
    /// that is being removed, or is gone, has the name that it had last.
    pub fn current_name(&self) -> SessionName {
        let path = self.path_now();
        let text = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let text = text.strip_suffix(" (deleted)").unwrap_or(text);
        let gone = text.strip_prefix(GONE).and_then(|rest| rest.splitn(3, '-').nth(2));
        let name = SessionName::new(gone.unwrap_or(text)).ok();
        name.unwrap_or_else(|| self.name.clone())
    }

    /// The path of the directory now, as far as there is one; empty without /proc.
    pub fn path_now(&self) -> PathBuf {
        std::fs::read_link(format!("/proc/self/fd/{}", self.dir.as_fd().as_raw_fd())).unwrap_or_default()
    }

    /// The runtime directory that it is in, wherever that is.
    ///
    /// # Errors
    /// `System` if the directory above it cannot be opened or is not ours alone.
    pub fn runtime(&self) -> Result<Runtime> {
        let shown = self.dir.path().parent().unwrap_or(Path::new("..")).to_owned();
        Ok(Runtime { dir: OwnDir::open_at(self.dir.as_fd(), Path::new(".."), shown)? })
    }

    /// The same directory under the name that it has now.
    pub fn renamed(self, name: &SessionName) -> SessionDir {
        SessionDir { dir: self.dir, name: name.clone() }
    }

    /// Whether the lock is held. One that is gone or free is none while the server lives: it will put it
    /// back, or is the session's in another place.
    ///
    /// # Errors
    /// `System` if the lock cannot be looked at.
    pub fn life(&self) -> Result<Life> {
        let free = || match self.record() {
            Ok(record) if alive::server_lives(&record) => Ok(Life::Alive),
            Err(error) if error.is_exhaustion() => Err(error),
            _ => Ok(Life::Free),
        };
        match self.open_file(file::LOCK) {
            Ok(lock) => match sys::lock::is_locked(&lock) {
                Ok(true) => Ok(Life::Alive),
                Ok(false) => free(),
                Err(errno) => Err(Error::errno(self.what(file::LOCK))(errno)),
            },
            Err(error) if error.is_absence() => free(),
            Err(error) => Err(error),
        }
    }

    /// Whether it was made to its end and is still where its name says. A file that is missing then is
    /// missing: what is made says so when it is whole, and what goes loses its name first.
    pub fn is_complete(&self) -> bool {
        self.is_in_place() && self.was_made()
    }

    /// What `read` reads of it; none if it is only now being made or has just gone. What was made to its end
    /// while it was read is read again: two looks are not one moment.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read_whole<T>(&self, read: impl Fn(&SessionDir) -> Result<T>) -> Option<Result<T>> {
        let is_absence = |done: &Result<T>| done.as_ref().is_err_and(Error::is_absence);
        let first = read(self);
        if !is_absence(&first) {
            return Some(first);
        }
        let again = self.is_complete().then(|| read(self))?;
        (!is_absence(&again) || self.is_in_place()).then_some(again)
    }

    /// Whether it is still where its name says.
    pub fn is_in_place(&self) -> bool {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", self.dir.as_fd().as_raw_fd()));
        link.is_ok_and(|path| path.file_name() == Some(self.name.as_str().as_ref()))
    }

    /// Whether it was once made to its end: its lock says so, or all that tells of it is there.
    pub fn was_made(&self) -> bool {
        let lock = fstatat(&self.dir, file::LOCK, AtFlags::AT_SYMLINK_NOFOLLOW);
        lock.is_ok_and(|stat| stat.st_size > 0) || !(self.lacks(file::RECORD) || self.lacks(file::STATUS))
    }

    /// Says that it was made to its end, by the length of its lock.
    ///
    /// # Errors
    /// `System` if the lock's length cannot be set.
    pub fn mark_made(&self, lock: impl AsFd) -> Result<()> {
        ftruncate(lock, 1).map_err(Error::errno(self.what(file::LOCK)))
    }

    /// Whether there is no such file: the kernel's word for that, not any error.
    pub fn lacks(&self, name: &str) -> bool {
        fstatat(&self.dir, name, AtFlags::AT_SYMLINK_NOFOLLOW) == Err(Errno::ENOENT)
    }

    /// Whether `name` in the runtime directory is this directory, and not another that took the name.
    pub fn stands_as(&self, runtime: &Runtime, name: &str) -> bool {
        let own = fstat(&self.dir).map(|stat| (stat.st_dev, stat.st_ino));
        let there = fstatat(runtime, name, AtFlags::AT_SYMLINK_NOFOLLOW);
        own.is_ok() && there.map(|stat| (stat.st_dev, stat.st_ino)) == own
    }

    /// `session.json`.
    ///
    /// # Errors
    /// `Damaged` for a file that is none of ours or of a newer ms, `System` if it cannot be read.
    pub fn record(&self) -> Result<SessionRecord> {
        let record: SessionRecord = self.read_json(file::RECORD)?;
        check_format(format_args!("{}/{}", self.name, file::RECORD), record.format, session_record::FORMAT)?;
        session_record::check_id(format_args!("{}/{}", self.name, file::RECORD), &record.id)?;
        Ok(record)
    }

    /// `status.json`.
    ///
    /// # Errors
    /// `Damaged` for a file that is none of ours or of a newer ms, `System` if it cannot be read.
    pub fn status(&self) -> Result<StatusRecord> {
        let record: StatusRecord = self.read_json(file::STATUS)?;
        check_format(format_args!("{}/{}", self.name, file::STATUS), record.format, status::FORMAT)?;
        Ok(record)
    }

    /// The little of `status.json` that an indicator shows.
    ///
    /// # Errors
    /// `Damaged` for a file that is none of ours or of a newer ms, `System` if it cannot be read.
    pub fn doing(&self) -> Result<Doing> {
        let doing: Doing = self.read_json(file::STATUS)?;
        check_format(format_args!("{}/{}", self.name, file::STATUS), doing.format, status::FORMAT)?;
        Ok(doing)
    }

    /// Whether `session.json` and `status.json` are JSON of a format that is known here, for those who
    /// want no more of them.
    ///
    /// # Errors
    /// `Damaged` for a file that is none of ours or of a newer ms, `System` if it cannot be read.
    pub fn check_json(&self) -> Result<()> {
        for (name, known) in [(file::RECORD, session_record::FORMAT), (file::STATUS, status::FORMAT)] {
            let Versioned { format } = self.read_json(name)?;
            check_format(format_args!("{}/{name}", self.name), format, known)?;
        }
        Ok(())
    }

    /// Replaces `session.json`.
    ///
    /// # Errors
    /// `System` if it cannot be written; the old one stays then.
    pub fn write_record(&self, record: &SessionRecord) -> Result<()> {
        write_json(&self.dir, file::RECORD, record)
    }

    /// Replaces `status.json`.
    ///
    /// # Errors
    /// `System` if it cannot be written; the old one stays then.
    pub fn write_status(&self, record: &StatusRecord) -> Result<()> {
        write_json(&self.dir, file::STATUS, record)
    }

    /// Opens one of its files for reading.
    ///
    /// # Errors
    /// `System` if there is none or it cannot be opened.
    pub fn open_file(&self, name: &str) -> Result<File> {
        open_file(&self.dir, name)
    }

    /// Makes an empty file for reading and writing.
    ///
    /// # Errors
    /// `System` if there is one already or it cannot be made.
    pub fn create_file(&self, name: &str) -> Result<File> {
        files::create_at(&self.dir, name, OFlag::O_TRUNC | OFlag::O_RDWR, || self.what(name))
    }

    /// Adds a line of JSON to a file, unless it is longer than `max` bytes already.
    ///
    /// # Errors
    /// `System` if it cannot be written.
    pub fn append<T: Serialize>(&self, name: &str, value: &T, max: u64) -> Result<()> {
        let flags = OFlag::O_APPEND | OFlag::O_WRONLY;
        let mut file = files::create_at(&self.dir, name, flags, || self.what(name))?;
        if file.metadata().map_err(Error::system(self.what(name)))?.len() >= max {
            return Ok(());
        }
        let mut line = safe::json(value).map_err(|why| Error::damaged(self.what(name), why))?;
        line.push(b'\n');
        file.write_all(&line).map_err(Error::system(self.what(name)))
    }

    /// Makes the lock file and takes the lock.
    ///
    /// # Errors
    /// `System` if it cannot be made, or somebody has the lock.
    pub fn take_lock(&self) -> Result<OwnedFd> {
        let lock = OwnedFd::from(self.create_file(file::LOCK)?);
        sys::lock::lock_exclusive(&lock).map_err(Error::errno(self.what(file::LOCK)))?;
        Ok(lock)
    }

    /// Removes the session from sight at once (its name is free again), then its files. Waits a while for
    /// the runtime directory's lock, and goes without it where somebody keeps that.
    ///
    /// # Errors
    /// `System` if it cannot be taken out of sight, or something of it not removed.
    pub fn remove(&self, runtime: &Runtime) -> Result<()> {
        match self.hide(runtime)? {
            Some(hidden) => remove_tree(runtime.dir(), &hidden),
            None => Ok(()),
        }
    }

    /// Takes the session out of sight: its name is free again. Its files stand where the returned name
    /// says, to be removed; none if it had no name any more.
    ///
    /// # Errors
    /// `System` if it cannot be renamed.
    pub fn hide(&self, runtime: &Runtime) -> Result<Option<String>> {
        let _guard = runtime.guard_within(HIDE_LIMIT)?;
        self.hide_guarded(runtime)
    }

    /// As [`SessionDir::remove`], for who has the lock.
    ///
    /// # Errors
    /// `System` if it cannot be taken out of sight, or something of it not removed.
    pub fn take_away(&self, runtime: &Runtime) -> Result<()> {
        match self.hide_guarded(runtime)? {
            Some(hidden) => remove_tree(runtime.dir(), &hidden),
            None => Ok(()),
        }
    }

    /// It goes by the directory itself, not by its name: somebody may have renamed it, and another session
    /// may have the name by now.
    fn hide_guarded(&self, runtime: &Runtime) -> Result<Option<String>> {
        let stat = fstat(&self.dir).map_err(Error::errno(self.name.to_string()))?;
        for _ in 0..HIDE_TRIES {
            let name = self.current_name();
            if !self.stands_as(runtime, name.as_str()) {
                return Ok(None);
            }
            let hidden = format!("{GONE}{}-{}-{name}", std::process::id(), stat.st_ino);
            faults::step("remove.hide")?;
            match renameat(runtime.dir(), name.as_str(), runtime.dir(), hidden.as_str()) {
                Ok(()) if self.stands_as(runtime, &hidden) => return Ok(Some(hidden)),
                Err(errno) if errno != Errno::ENOENT => return Err(Error::errno(name.to_string())(errno)),
                Err(_) => {}
                // Without the lock another came between.
                Ok(()) => put_back(runtime, &hidden, &name)?,
            }
        }
        Err(Error::Refused(format!("{}: is renamed all the time", self.name)))
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        read_json(&self.dir, name)
    }

    fn what(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }
}

/// Opens a file of `dir` for reading; never waits, as opening a FIFO would.
///
/// # Errors
/// `System` if there is none, if it cannot be opened, or if it is no plain file.
pub fn open_file(dir: &OwnDir, name: &str) -> Result<File> {
    files::open_at(dir, name, || shown(dir, name))
}

/// Reads a JSON file of `dir`.
pub(crate) fn read_json<T: DeserializeOwned>(dir: &OwnDir, name: &str) -> Result<T> {
    let mut file = open_file(dir, name)?;
    let mut text = [0; SMALL_JSON];
    let count = file.read(&mut text).map_err(|error| Error::system(shown(dir, name))(error))?;
    if count < SMALL_JSON {
        return parse_json(dir, name, &text[..count]);
    }
    let mut text = text.to_vec();
    file.take(MAX_JSON + 1).read_to_end(&mut text).map_err(Error::system(shown(dir, name)))?;
    if text.len() as u64 > MAX_JSON {
        return Err(Error::damaged(shown(dir, name), "longer than 1 MiB"));
    }
    parse_json(dir, name, &text)
}

fn parse_json<T: DeserializeOwned>(dir: &OwnDir, name: &str, text: &[u8]) -> Result<T> {
    serde_json::from_slice(text).map_err(|why| Error::damaged(shown(dir, name), why))
}

/// Replaces a JSON file of `dir` as a whole, so that a reader sees the old text or the new one.
pub(crate) fn write_json<T: Serialize>(dir: &OwnDir, name: &str, value: &T) -> Result<()> {
    let mut text = safe::json(value).map_err(|why| Error::damaged(shown(dir, name), why))?;
    text.push(b'\n');
    replace_file(dir, name, &text)
}

/// Replaces a file of `dir` as a whole.
///
/// # Errors
/// `System` if it cannot be written; the old one stays then.
pub fn replace_file(dir: &OwnDir, name: &str, bytes: &[u8]) -> Result<()> {
    let fresh = format!(".{name}.new");
    let mut file = files::create_anew(dir, &fresh, || shown(dir, name))?;
    let written = file.write_all(bytes).map_err(Error::system(shown(dir, name)));
    let renamed = written
        .and_then(|()| renameat(dir, fresh.as_str(), dir, name).map_err(Error::errno(shown(dir, name))));
    if renamed.is_err() {
        let _ = unlinkat(dir, fresh.as_str(), UnlinkatFlags::NoRemoveDir);
    }
    renamed
}

fn put_back(runtime: &Runtime, hidden: &str, name: &SessionName) -> Result<()> {
    renameat2(runtime, hidden, runtime, name.as_str(), RenameFlags::RENAME_NOREPLACE)
        .map_err(Error::errno(format!("{hidden} to {name}")))
}

/// Names of what stands in a directory.
pub(crate) fn file_names(dir: &OwnDir) -> Result<Vec<String>> {
    let what = || dir.path().display().to_string();
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut list =
        Dir::openat(dir, ".", flags, Mode::empty()).map_err(|errno| Error::errno(what())(errno))?;
    let mut names = Vec::new();
    for entry in list.iter() {
        let entry = entry.map_err(|errno| Error::errno(what())(errno))?;
        names.extend(entry.file_name().to_str().ok().map(str::to_owned));
    }
    Ok(names)
}

/// Removes the directory `name` of `parent` with all that is in it. What somebody else removes meanwhile
/// is gone, too.
///
/// # Errors
/// `System` if something of it cannot be removed.
pub fn remove_tree(parent: &OwnDir, name: &str) -> Result<()> {
    faults::step("remove.clear")?;
    empty_and_remove(parent.as_fd(), OsStr::new(name))
        .map_err(|errno| Error::errno(parent.path().join(name).display().to_string())(errno))
}

fn empty_and_remove(parent: BorrowedFd<'_>, name: &OsStr) -> nix::Result<()> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW;
    let mut dir = match Dir::openat(parent, name, flags, Mode::empty()) {
        Err(Errno::ENOENT) => return Ok(()),
        // Somebody put something else there.
        Err(Errno::ELOOP | Errno::ENOTDIR) => return unlinkat(parent, name, UnlinkatFlags::NoRemoveDir),
        opened => opened?,
    };
    let entries: Vec<OsString> =
        dir.iter().flatten().map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).into()).collect();
    for entry in entries.iter().filter(|entry| !matches!(entry.as_bytes(), b"." | b"..")) {
        match unlinkat(&dir, entry.as_os_str(), UnlinkatFlags::NoRemoveDir) {
            Err(Errno::EISDIR | Errno::EPERM) => empty_and_remove(dir.as_fd(), entry)?,
            Ok(()) | Err(Errno::ENOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    match unlinkat(parent, name, UnlinkatFlags::RemoveDir) {
        Err(Errno::ENOENT) => Ok(()),
        done => done,
    }
}

fn shown(dir: &OwnDir, name: &str) -> String {
    let parent = dir.path().file_name().map(Path::new).unwrap_or(Path::new(""));
    parent.join(name).display().to_string()
}
