//! The directories that ms owns, opened so that nobody can slip another one under them: the runtime
//! directory (live sessions) and the state directory (what outlives them). Every directory on the way
//! is opened with O_DIRECTORY|O_NOFOLLOW and must be ours alone; after that only `*at` calls on its
//! descriptor. It will never follow a link and never repair permissions that someone else set.
//!
//! Where the runtime directory is gets decided once in a process, before it leaves the directory that it
//! was started in: a session's server looks for the place again long after that.

use std::env;
use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, openat};
use nix::libc::{S_IFDIR, S_IFLNK, S_IFMT};
use nix::sys::stat::{Mode, fstat, lstat};
use nix::unistd::getuid;

use crate::format::error::{Error, Result};
use crate::store::files;
use ms_terminal::safe::one_line;

const OPEN_DIR: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

/// A file itself, whatever its name is: device and inode.
pub type FileId = (u64, u64);

/// A directory of ours: descriptor and path (the path for messages only).
#[derive(Debug)]
pub struct OwnDir {
    fd: OwnedFd,
    path: PathBuf,
}

impl OwnDir {
    /// Opens `name` below `parent`, which must exist and be ours alone.
    ///
    /// # Errors
    /// `System` if there is no such directory, if it cannot be opened, or if it is not ours alone.
    pub fn open_at(parent: BorrowedFd<'_>, name: &Path, shown: PathBuf) -> Result<OwnDir> {
        let fd = openat(parent, name, OPEN_DIR, Mode::empty()).map_err(|errno| open_error(&shown, errno))?;
        check_ours(fd.as_fd(), &shown)?;
        Ok(OwnDir { fd, path: shown })
    }

    /// Opens the directory `name` below this one.
    ///
    /// # Errors
    /// `System` if there is no such directory, if it cannot be opened, or if it is not ours alone.
    pub fn open_dir(&self, name: impl AsRef<Path>) -> Result<OwnDir> {
        let name = name.as_ref();
        OwnDir::open_at(self.fd.as_fd(), name, self.path.join(name))
    }

    /// Opens the directory `name` below this one, making it first if there is none.
    ///
    /// # Errors
    /// `System` if it cannot be made or opened, or is not ours alone.
    pub fn make_dir(&self, name: impl AsRef<Path>) -> Result<OwnDir> {
        make_at(self.fd.as_fd(), name.as_ref(), &self.path)
    }

    /// The directory itself.
    ///
    /// # Errors
    /// What fstat(2) says.
    pub fn id(&self) -> nix::Result<FileId> {
        fstat(&self.fd).map(|stat| (stat.st_dev, stat.st_ino))
    }

    /// The same directory by another descriptor.
    ///
    /// # Errors
    /// `System` if no descriptor can be had.
    pub fn again(&self) -> Result<OwnDir> {
        let fd = self.fd.try_clone().map_err(Error::system(self.path.display().to_string()))?;
        Ok(OwnDir { fd, path: self.path.clone() })
    }

    /// Where it was when it was opened; for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsFd for OwnDir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Opens the runtime directory; `None` if there is none yet.
///
/// # Errors
/// `System` if it cannot be opened or is not ours alone.
pub fn open_runtime() -> Result<Option<OwnDir>> {
    absent_is_none(locate(false, runtime_dir_path()))
}

/// Opens the runtime directory at this path, whatever the environment says; `None` if there is none.
///
/// # Errors
/// `System` if it cannot be opened or is not ours alone.
pub fn open_place(path: &Path) -> Result<Option<OwnDir>> {
    absent_is_none(locate_named(false, path))
}

/// Where the runtime directory is or would be; for watching and showing, not for opening.
pub fn runtime_path() -> PathBuf {
    match runtime_dir_path() {
        RuntimeDirPath::Named(path) => path.clone(),
        RuntimeDirPath::Below(base) => base.join("ms"),
        RuntimeDirPath::Shared(base) => base.join(format!("ms-{}", getuid())),
    }
}

/// Which directory is where the runtime directory belongs, whoever it is of; none if there is none.
///
/// # Errors
/// `System` if it cannot be looked at.
pub fn runtime_id() -> Result<Option<FileId>> {
    let path = runtime_path();
    match lstat(&path) {
        Ok(stat) => Ok(Some((stat.st_dev, stat.st_ino))),
        Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(None),
        Err(errno) => Err(Error::errno(path.display().to_string())(errno)),
    }
}

/// The runtime directory as MS_RUNTIME_DIR names it, made absolute; none if it does not.
pub fn runtime_named() -> Option<&'static Path> {
    match runtime_dir_path() {
        RuntimeDirPath::Named(path) => Some(path),
        _ => None,
    }
}

/// Opens the runtime directory, making it first if there is none.
///
/// # Errors
/// `System` if it cannot be made or opened, or is not ours alone.
pub fn make_runtime() -> Result<OwnDir> {
    locate(true, runtime_dir_path())
}

/// Has `teller` told if there is no runtime directory where the environment says, and another is used.
pub fn tell_with(teller: fn(&str)) {
    let _ = TELLER.set(teller);
}

/// Opens the directory of saved sessions; `None` if there is none yet.
///
/// # Errors
/// `System` if it cannot be opened or is not ours alone, `Usage` if no place for it is known.
pub fn open_state() -> Result<Option<OwnDir>> {
    match absent_is_none(locate_below_home(false, &state_place()?))? {
        Some(ms) => absent_is_none(ms.open_dir("sessions")),
        None => Ok(None),
    }
}

/// Opens the directory of saved sessions, making it first if there is none.
///
/// # Errors
/// `System` if it cannot be made or opened or is not ours alone, `Usage` if no place for it is known.
pub fn make_state() -> Result<OwnDir> {
    locate_below_home(true, &state_place()?)?.make_dir("sessions")
}

/// The configuration file, if a place for one is known.
pub fn config_file() -> Option<PathBuf> {
    let base = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(base.join("ms").join("config.toml"))
}

static TELLER: OnceLock<fn(&str)> = OnceLock::new();

/// Where the runtime directory is: a base that must exist, and what of ours stands below it.
#[derive(Debug, PartialEq, Eq)]
enum RuntimeDirPath {
    /// The directory itself was named.
    Named(PathBuf),
    /// `ms` below a directory that must be ours.
    Below(PathBuf),
    /// `ms-UID` below a directory that everybody writes to.
    Shared(PathBuf),
}

fn runtime_dir_path() -> &'static RuntimeDirPath {
    static PATH: OnceLock<RuntimeDirPath> = OnceLock::new();
    PATH.get_or_init(|| {
        let named = non_empty("MS_RUNTIME_DIR");
        let (place, why) = decide(named, absolute("XDG_RUNTIME_DIR"), absolute("TMPDIR"));
        if let (Some(why), Some(tell)) = (why, TELLER.get()) {
            tell(&why);
        }
        place
    })
}

/// Where it is by these variables, and why it is not where they say: after su(1), in a cron job, in a bare
/// container there may be none, or another user's.
fn decide(
    named: Option<OsString>,
    base: Option<PathBuf>,
    shared: Option<PathBuf>,
) -> (RuntimeDirPath, Option<String>) {
    // Without the slashes at its end, through which a link would be followed.
    let plain = |path: &Path| path.components().collect::<PathBuf>();
    if let Some(path) = named.map(PathBuf::from) {
        return (RuntimeDirPath::Named(plain(&std::path::absolute(&path).unwrap_or(path))), None);
    }
    let mut why = None;
    if let Some(base) = base.map(|base| plain(&base)) {
        match unusable(&base) {
            None => return (RuntimeDirPath::Below(base), None),
            Some(reason) => why = Some((base, reason)),
        }
    }
    let shared = shared.filter(|path| path.is_dir()).unwrap_or_else(|| "/tmp".into());
    let note = why.map(|(base, reason)| {
        let used = shared.join(format!("ms-{}", getuid()));
        let shown = |path: &Path| one_line(&path.display().to_string()).into_owned();
        format!("XDG_RUNTIME_DIR={}: {reason}; using {}", shown(&base), shown(&used))
    });
    (RuntimeDirPath::Shared(shared), note)
}

/// Why nothing of ours can be below a directory. One that is ours and open to others is the user's to
/// mend, and refused; so is a link; any other error is an error.
fn unusable(base: &Path) -> Option<String> {
    match lstat(base) {
        Ok(stat) if stat.st_mode & S_IFMT == S_IFLNK => None,
        Ok(stat) if stat.st_mode & S_IFMT != S_IFDIR => Some(Errno::ENOTDIR.desc().into()),
        Ok(stat) if stat.st_uid != our_uid() => Some(format!("belongs to uid {}, not to us", stat.st_uid)),
        Err(errno @ (Errno::ENOENT | Errno::ENOTDIR | Errno::EACCES)) => Some(errno.desc().into()),
        Ok(_) | Err(_) => None,
    }
}

fn locate(make: bool, place: &RuntimeDirPath) -> Result<OwnDir> {
    let (base, name) = match place {
        RuntimeDirPath::Named(path) => return locate_named(make, path),
        RuntimeDirPath::Below(base) => {
            let opened = OwnDir::open_at(AT_FDCWD, base, base.clone())?;
            return if make { opened.make_dir("ms") } else { opened.open_dir("ms") };
        }
        RuntimeDirPath::Shared(base) => (base, format!("ms-{}", getuid())),
    };
    let fd = openat(AT_FDCWD, base, OPEN_DIR - OFlag::O_NOFOLLOW, Mode::empty())
        .map_err(|errno| open_error(base, errno))?;
    enter(make, fd.as_fd(), Path::new(&name), base)
}

fn locate_named(make: bool, path: &Path) -> Result<OwnDir> {
    if !make {
        return OwnDir::open_at(AT_FDCWD, path, path.to_owned());
    }
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path
        .file_name()
        .ok_or_else(|| Error::Usage(format!("{}: not a directory's name", path.display())))?;
    files::make_dirs(parent).map_err(Error::system(parent.display().to_string()))?;
    let fd = openat(AT_FDCWD, parent, OPEN_DIR - OFlag::O_NOFOLLOW, Mode::empty())
        .map_err(|errno| open_error(parent, errno))?;
    make_at(fd.as_fd(), Path::new(name), parent)
}

fn state_place() -> Result<PathBuf> {
    absolute("XDG_STATE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/state")))
        .ok_or_else(|| Error::Usage("neither XDG_STATE_HOME nor HOME is set".into()))
}

/// `ms` below the state directory, whose own way there is the user's business.
fn locate_below_home(make: bool, base: &Path) -> Result<OwnDir> {
    if make {
        files::make_dirs(base).map_err(Error::system(base.display().to_string()))?;
    }
    let fd = openat(AT_FDCWD, base, OPEN_DIR - OFlag::O_NOFOLLOW, Mode::empty())
        .map_err(|errno| open_error(base, errno))?;
    enter(make, fd.as_fd(), Path::new("ms"), base)
}

fn enter(make: bool, parent: BorrowedFd<'_>, name: &Path, shown: &Path) -> Result<OwnDir> {
    if make { make_at(parent, name, shown) } else { OwnDir::open_at(parent, name, shown.join(name)) }
}

fn make_at(parent: BorrowedFd<'_>, name: &Path, shown: &Path) -> Result<OwnDir> {
    let shown = shown.join(name);
    match files::make_dir_at(parent, name) {
        Ok(()) | Err(Errno::EEXIST) => OwnDir::open_at(parent, name, shown),
        Err(errno) => Err(Error::errno(shown.display().to_string())(errno)),
    }
}

/// Ours, and without group or other bits.
fn check_ours(fd: BorrowedFd<'_>, shown: &Path) -> Result<()> {
    let stat = fstat(fd).map_err(|errno| Error::errno(shown.display().to_string())(errno))?;
    if stat.st_uid != our_uid() {
        return Err(unsafe_dir(shown, format!("belongs to uid {}, not to us", stat.st_uid)));
    }
    match stat.st_mode & 0o077 {
        0 => Ok(()),
        bits => Err(unsafe_dir(shown, format!("is open to others (mode has {bits:03o}); chmod 700 it"))),
    }
}

/// Asked once: a list of sessions checks hundreds of directories.
fn our_uid() -> u32 {
    static UID: OnceLock<u32> = OnceLock::new();
    *UID.get_or_init(|| getuid().as_raw())
}

fn unsafe_dir(shown: &Path, why: String) -> Error {
    let source = std::io::Error::other(why);
    Error::System { what: shown.display().to_string(), source }
}

fn open_error(shown: &Path, errno: Errno) -> Error {
    match errno {
        // With O_NOFOLLOW|O_DIRECTORY a link gives ENOTDIR or ELOOP (open(2)).
        Errno::ELOOP | Errno::ENOTDIR if shown.is_symlink() => {
            unsafe_dir(shown, "is a symbolic link, which could lead anywhere".into())
        }
        _ => Error::errno(shown.display().to_string())(errno),
    }
}

fn absent_is_none(opened: Result<OwnDir>) -> Result<Option<OwnDir>> {
    match opened {
        Ok(dir) => Ok(Some(dir)),
        Err(Error::System { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn non_empty(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|value| !value.is_empty())
}

/// The XDG specification: relative paths are invalid and are to be ignored.
fn absolute(variable: &str) -> Option<PathBuf> {
    non_empty(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn open(path: &Path) -> Result<OwnDir> {
        locate_named(false, path)
    }

    #[test]
    fn ours_alone_is_opened_and_made_0700() {
        let tmp = tempfile::tempdir().unwrap();
        let path = tmp.path().join("ms");
        let dir = locate_named(true, &path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert!(dir.make_dir("a").is_ok() && dir.open_dir("a").is_ok());
    }

    #[test]
    fn a_link_is_refused() {
        let tmp = tempfile::tempdir().unwrap();
        symlink(tmp.path(), tmp.path().join("link")).unwrap();
        let error = open(&tmp.path().join("link")).unwrap_err();
        assert!(error.to_string().contains("symbolic link"), "{error}");
        assert_eq!(error.exit_code(), 6);
    }

    #[test]
    fn a_directory_open_to_the_group_is_refused() {
        let tmp = tempfile::tempdir().unwrap();
        let path = tmp.path().join("ms");
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o750)).unwrap();
        let error = open(&path).unwrap_err();
        assert!(error.to_string().contains("open to others"), "{error}");
    }

    #[test]
    fn the_place_is_absolute_and_another_user_s_directory_is_none() {
        let tmp = tempfile::tempdir().unwrap();
        let (base, here) = (tmp.path().to_owned(), env::current_dir().unwrap());
        let shared = Some(base.clone());
        let place = |base: Option<PathBuf>| decide(None, base, shared.clone());
        assert_eq!(
            decide(Some("a/b/".into()), Some(base.clone()), None).0,
            RuntimeDirPath::Named(here.join("a/b"))
        );
        assert_eq!(place(Some(base.clone())), (RuntimeDirPath::Below(base.clone()), None));
        assert_eq!(place(None), (RuntimeDirPath::Shared(base.clone()), None));
        std::fs::write(base.join("file"), "").unwrap();
        symlink(&base, base.join("link")).unwrap();
        assert_eq!(place(Some(base.join("link"))), (RuntimeDirPath::Below(base.join("link")), None));
        for (bad, why) in
            [("none", "No such file"), ("file", "Not a directory"), ("file/x", "Not a directory")]
        {
            let (found, said) = place(Some(base.join(bad)));
            let said = said.unwrap();
            assert_eq!(found, RuntimeDirPath::Shared(base.clone()));
            assert!(said.contains(why) && said.contains(&format!("using {}", base.display())), "{said}");
        }
        assert_eq!(decide(None, None, Some(base.join("none"))).0, RuntimeDirPath::Shared("/tmp".into()));
    }

    #[test]
    fn absence_is_no_error() {
        let tmp = tempfile::tempdir().unwrap();
        assert!(absent_is_none(open(&tmp.path().join("none"))).unwrap().is_none());
    }
}
