//! Opening and making files so that nothing that stands in their place can hold a tool up or be damaged: a
//! FIFO without a reader, a device, a directory, a link, a file without end; and so that the caller's umask
//! decides nothing. Which files there are is others' business.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, mkdirat, umask};
use nix::unistd::{UnlinkatFlags, unlinkat};

use crate::format::error::{Error, Result};

/// Never waits (as opening a FIFO would), never takes a terminal.
const CALMLY: OFlag = OFlag::O_CLOEXEC.union(OFlag::O_NONBLOCK).union(OFlag::O_NOCTTY);

/// Opens a regular file of `dir` for reading, not through a link. `what` names it in messages, and is asked
/// only for those: lists open hundreds of files.
pub(crate) fn open_at(dir: impl AsFd, name: &str, what: impl Fn() -> String) -> Result<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | CALMLY;
    let file = openat(dir, name, flags, Mode::empty()).map_err(|errno| Error::errno(what())(errno))?;
    regular(file.into(), what)
}

/// Opens a regular file of `dir` as `flags` say, making it if there is none: ours alone, whatever the umask.
pub(crate) fn create_at(dir: impl AsFd, name: &str, flags: OFlag, what: impl Fn() -> String) -> Result<File> {
    let flags = flags | OFlag::O_CREAT | OFlag::O_NOFOLLOW | CALMLY;
    let file = ours(|| openat(dir, name, flags, Mode::S_IRUSR | Mode::S_IWUSR))
        .map_err(|errno| Error::errno(what())(errno))?;
    regular(file.into(), what)
}

/// Opens an empty file of `dir` for writing. What stands in its place and is none is removed: it is a name
/// that nobody but ms uses.
pub(crate) fn create_anew(dir: impl AsFd, name: &str, what: impl Fn() -> String) -> Result<File> {
    let dir = dir.as_fd();
    create_at(dir, name, OFlag::O_WRONLY | OFlag::O_TRUNC, &what).or_else(|error| {
        match unlinkat(dir, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) => create_at(dir, name, OFlag::O_WRONLY | OFlag::O_EXCL, &what),
            Err(_) => Err(error),
        }
    })
}

/// Makes the directory `name` in `parent`, ours alone whatever the umask.
pub(crate) fn make_dir_at(parent: impl AsFd, name: &Path) -> nix::Result<()> {
    ours(|| mkdirat(parent, name, Mode::S_IRWXU))
}

/// Makes the directory `path` and those on the way to it, as far as there are none, ours alone.
pub(crate) fn make_dirs(path: &Path) -> io::Result<()> {
    ours(|| DirBuilder::new().recursive(true).mode(0o700).create(path))
}

/// Makes something under a umask with which it is ours alone, and usable. The umask is the process's: of a
/// caller with threads another could see it for that moment.
pub fn ours<T>(make: impl FnOnce() -> T) -> T {
    let callers = umask(Mode::S_IRWXG | Mode::S_IRWXO);
    let made = make();
    umask(callers);
    made
}

/// The text of a file that a person keeps, through links too; none if there is no such file. Longer than
/// `max` bytes is refused.
pub(crate) fn read_text(path: &Path, max: u64) -> Result<Option<String>> {
    let what = || path.display().to_string();
    let file = match open(path, OFlag::O_RDONLY | CALMLY, Mode::empty()) {
        Ok(file) => regular(file.into(), what)?,
        Err(Errno::ENOENT) => return Ok(None),
        Err(errno) => return Err(Error::errno(what())(errno)),
    };
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes).map_err(Error::system(what()))?;
    if bytes.len() as u64 > max {
        let why = io::Error::new(
            ErrorKind::FileTooLarge,
            format!("longer than {}", crate::format::size::show(max)),
        );
        return Err(Error::System { what: what(), source: why });
    }
    let not_text = |_| io::Error::new(ErrorKind::InvalidData, "is not UTF-8 text");
    String::from_utf8(bytes).map_err(not_text).map(Some).map_err(Error::system(what()))
}

/// The file, if it is a regular one.
fn regular(file: File, what: impl Fn() -> String) -> Result<File> {
    let stat = fstat(&file).map_err(|errno| Error::errno(what())(errno))?;
    match kind(&stat) {
        None => Ok(file),
        Some(kind) => {
            let source = io::Error::other(format!("is {kind}, not a regular file"));
            Err(Error::System { what: what(), source })
        }
    }
}

/// What it is, if it is no regular file.
fn kind(stat: &FileStat) -> Option<&'static str> {
    match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => None,
        SFlag::S_IFIFO => Some("a FIFO"),
        SFlag::S_IFDIR => Some("a directory"),
        SFlag::S_IFSOCK => Some("a socket"),
        SFlag::S_IFCHR | SFlag::S_IFBLK => Some("a device"),
        _ => Some("something else"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::fcntl::AT_FDCWD;
    use nix::unistd::mkfifo;
    use std::io::Write;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn what() -> String {
        "it".into()
    }

    #[test]
    fn nothing_but_a_regular_file_is_opened_and_nothing_waits() {
        let tmp = tempfile::tempdir().unwrap();
        let at = |name: &str| tmp.path().join(name);
        mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
        std::fs::create_dir(at("dir")).unwrap();
        symlink("/dev/zero", at("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        std::fs::write(at("file"), "x").unwrap();
        let paths = ["fifo", "dir", "socket"].map(|name| at(name).display().to_string());
        for path in paths.iter().map(String::as_str).chain(["/dev/zero", "/dev/null", "/dev/ptmx"]) {
            assert!(open_at(AT_FDCWD, path, what).is_err(), "{path}");
            for mode in [OFlag::O_RDWR, OFlag::O_WRONLY | OFlag::O_APPEND] {
                assert!(create_at(AT_FDCWD, path, mode, what).is_err(), "{path}");
            }
            let error = read_text(Path::new(path), 10).unwrap_err();
            assert_eq!(error.exit_code(), 6, "{error}");
        }
        assert!(open_at(AT_FDCWD, at("link").to_str().unwrap(), what).is_err());
        assert!(read_text(&at("link"), 10).unwrap_err().to_string().contains("a device"));
        assert_eq!(read_text(&at("file"), 1).unwrap().as_deref(), Some("x"));
        assert!(read_text(&at("file"), 0).unwrap_err().to_string().contains("longer than"));
        assert!(read_text(&at("none"), 0).unwrap().is_none());
    }

    #[test]
    fn what_stands_in_the_place_of_a_new_file_goes() {
        let tmp = tempfile::tempdir().unwrap();
        let at = |name: &str| tmp.path().join(name).display().to_string();
        mkfifo(Path::new(&at("fifo")), Mode::S_IRWXU).unwrap();
        symlink("/dev/full", at("link")).unwrap();
        std::fs::write(at("old"), "old").unwrap();
        for name in ["fifo", "link", "old", "none"] {
            create_anew(AT_FDCWD, &at(name), what).unwrap().write_all(b"new").unwrap();
            assert_eq!(std::fs::read(at(name)).unwrap(), b"new", "{name}");
            assert_eq!(
                std::fs::symlink_metadata(at(name)).unwrap().permissions().mode() & 0o170_000,
                0o100_000
            );
        }
        std::fs::create_dir(at("dir")).unwrap();
        assert!(create_anew(AT_FDCWD, &at("dir"), what).is_err());
    }
}
