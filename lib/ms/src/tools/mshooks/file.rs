//! A configuration's file: read as it is, replaced as a whole, with a copy of what was there before.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::tools::agents::Agent;
use msession::format::error::{Error, Result};

/// No configuration is longer.
const MOST: u64 = 16 << 20;
/// What a copy's name ends in.
const BACKUP: &str = ".ms-backup";

/// A file, and what it says.
#[derive(Debug)]
pub(super) struct File {
    /// Its path, as it is told.
    pub path: PathBuf,
    /// The file itself: what `path` leads to where that is a symbolic link.
    target: PathBuf,
    /// Its text; none if there is no file.
    pub text: Option<String>,
    mode: u32,
}

impl File {
    /// Reads a file, if there is one.
    ///
    /// # Errors
    /// It can't be read, is no regular file, or is no text.
    pub fn read(path: &Path) -> Result<File> {
        let is_link = fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink());
        let target = match is_link {
            true => path.canonicalize().map_err(Error::system(path.display().to_string()))?,
            false => path.to_owned(),
        };
        let text = text_of(&target)?;
        let mode = fs::metadata(&target).map_or(0o600, |data| data.permissions().mode() & 0o7777);
        Ok(File { path: path.to_owned(), target, text, mode })
    }

    /// The error for a text that is not understood.
    pub fn refused(&self, why: &str) -> Error {
        Error::Refused(format!("{}: {why}; nothing was changed", self.path.display()))
    }

    /// Replaces it.
    ///
    /// # Errors
    /// It can't be written, or somebody wrote it meanwhile.
    pub fn write(&self, text: &str) -> Result<()> {
        if let Some(dir) = self.target.parent() {
            fs::create_dir_all(dir).map_err(Error::system(dir.display().to_string()))?;
        }
        if text_of(&self.target)? != self.text {
            return Err(self.refused("it was written by another program meanwhile"));
        }
        replace(&self.target, text, self.mode)
    }

    /// Deletes it, and the agent's own directories that are empty then.
    ///
    /// # Errors
    /// It can't be deleted.
    pub fn delete(&self, agent: &Agent, is_user_s: bool) -> Result<()> {
        fs::remove_file(&self.target).map_err(Error::system(self.path.display().to_string()))?;
        let own = if is_user_s { agent.config.user } else { agent.config.project };
        let depth = agent.config.file.matches('/').count() + usize::from(!own.is_empty());
        for dir in self.target.ancestors().skip(1).take(depth) {
            // Another one's file is in it.
            if fs::remove_dir(dir).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Copies what is there beside it. An older copy stays where ours are in the text already: it is of
    /// before they came.
    ///
    /// # Errors
    /// The copy can't be written.
    pub fn back_up(&self, had_none: bool) -> Result<()> {
        let Some(text) = &self.text else { return Ok(()) };
        let path = self.backup_path();
        if !had_none && path.exists() {
            return Ok(());
        }
        replace(&path, text, self.mode)
    }

    /// The copy's text, if there is one.
    ///
    /// # Errors
    /// It can't be read.
    pub fn backup(&self) -> Result<Option<String>> {
        text_of(&self.backup_path())
    }

    /// Deletes the copy.
    ///
    /// # Errors
    /// It can't be deleted.
    pub fn forget_backup(&self) -> Result<()> {
        let path = self.backup_path();
        fs::remove_file(&path).map_err(Error::system(path.display().to_string()))
    }

    fn backup_path(&self) -> PathBuf {
        with_end(&self.path, BACKUP)
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The text of a file; none if there is none.
fn text_of(path: &Path) -> Result<Option<String>> {
    let system = || Error::system(path.display().to_string());
    // A pipe in a file's place must not be waited for.
    let opened = OpenOptions::new().read(true).custom_flags(nix::libc::O_NONBLOCK).open(path);
    let file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(system())?,
    };
    if !file.metadata().map_err(system())?.is_file() {
        return Err(Error::Refused(format!("{}: is not a regular file", path.display())));
    }
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(system())?;
    if bytes.len() as u64 > MOST {
        return Err(Error::Refused(format!("{}: longer than {MOST} bytes", path.display())));
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| Error::Refused(format!("{}: is not UTF-8", path.display())))
}

/// Replaces a file as a whole: a reader sees the old text or the new one.
fn replace(path: &Path, text: &str, mode: u32) -> Result<()> {
    let fresh = with_end(path, &format!(".ms-new-{}", std::process::id()));
    let system = || Error::system(path.display().to_string());
    let written = write_anew(&fresh, text, mode).and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written.map_err(system())
}

fn write_anew(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.sync_all()
}
