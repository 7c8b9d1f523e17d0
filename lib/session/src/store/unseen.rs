//! Which completed sessions nobody has looked at since they ended: an index beside the history, so that
//! a list need not read every record to find them. It never decides what a session was: an id that is in it
//! and whose record does not say so is left out by who reads the record.
//!
//! # unseen/
//!
//! ```text
//! unseen/ID    empty: the session ended, and nobody has looked since
//! ```

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag};
use nix::sys::stat::fstatat;
use nix::unistd::{UnlinkatFlags, unlinkat};

use crate::format::error::{Error, Result};
use crate::format::id;
use crate::store::files;
use crate::store::rundir::OwnDir;
use crate::store::session;

/// Name of the directory, beside the history's.
const NAME: &str = "unseen";

/// The index.
#[derive(Debug)]
pub struct Unseen {
    dir: OwnDir,
}

impl Unseen {
    /// The index beside this history, if there is one.
    ///
    /// # Errors
    /// `System` if it cannot be opened or is not ours.
    pub fn open(history: &OwnDir) -> Result<Option<Unseen>> {
        match history.open_dir("..").and_then(|state| state.open_dir(NAME)) {
            Ok(dir) => Ok(Some(Unseen { dir })),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The index beside this history, made if there is none.
    ///
    /// # Errors
    /// `System` if it cannot be made or is not ours.
    pub fn make(history: &OwnDir) -> Result<Unseen> {
        Ok(Unseen { dir: history.open_dir("..")?.make_dir(NAME)? })
    }

    /// The directory itself, to be watched.
    pub fn dir(&self) -> &OwnDir {
        &self.dir
    }

    /// Ids of the sessions in it, the newest first.
    ///
    /// # Errors
    /// `System` if it cannot be read.
    pub fn ids(&self) -> Result<Vec<String>> {
        let mut names = session::file_names(&self.dir)?;
        names.retain(|name| id::is_id(name));
        names.sort_unstable_by(|a, b| b.cmp(a));
        Ok(names)
    }

    /// Takes a session in.
    ///
    /// # Errors
    /// `System` if it cannot be written.
    pub fn add(&self, id: &str) -> Result<()> {
        files::create_at(&self.dir, id, OFlag::O_WRONLY, || format!("{NAME}/{id}")).map(drop)
    }

    /// Whether a session is in it; where that can't be told, it is.
    pub fn has(&self, id: &str) -> bool {
        let stat = fstatat(&self.dir, id, AtFlags::AT_SYMLINK_NOFOLLOW);
        !matches!(stat, Err(Errno::ENOENT))
    }

    /// Takes a session out, if it is in it.
    ///
    /// # Errors
    /// `System` if it cannot be written.
    pub fn remove(&self, id: &str) -> Result<()> {
        match unlinkat(&self.dir, id, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(errno) => Err(Error::errno(format!("{NAME}/{id}"))(errno)),
        }
    }
}
