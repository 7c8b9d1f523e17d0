//! One error type for all tools, each variant with its exit code, so that a message and a code
//! can never disagree. It will never print anything: `cli` does.

use std::fmt;
use std::io;

use ms_judge::UnknownWord;
use ms_platform::notify;
use ms_terminal::keyboard::UnknownKey;
use ms_terminal::safe::one_line;
use nix::errno::Errno;

/// The exit codes that all tools share (`ms(7)`, EXIT STATUS).
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// The answer is no: `msls --waiting` with none waiting, `mswait` unmet.
    pub const NO: u8 = 1;
    /// Wrong use of the command line or of the configuration.
    pub const USAGE: u8 = 2;
    /// No such session.
    pub const NO_SESSION: u8 = 3;
    /// Refused: limit reached, name taken, wrong state, nothing to attach to.
    pub const REFUSED: u8 = 4;
    /// Timed out.
    pub const TIMED_OUT: u8 = 5;
    /// The system failed: disk full, permission, damaged files.
    pub const SYSTEM: u8 = 6;
    /// The command was found but can't be run, as a shell has it.
    pub const CANNOT_RUN: u8 = 126;
    /// The command was not found, as a shell has it.
    pub const NOT_FOUND: u8 = 127;
}

/// The result of nearly everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, as a person is told it.
#[derive(Debug)]
pub enum Error {
    /// The answer is no; tools exit 1 and print nothing but what they found.
    No,
    /// The answer is no, and that needs a word: nobody waits.
    Nobody(String),
    /// Wrong use, with the rule that was broken.
    Usage(String),
    /// A name that matches nothing, with the nearest name there is.
    NoSession {
        /// The name as it was given.
        name: String,
        /// A name so near that it may have been meant.
        near: Option<String>,
    },
    /// Refused, with what would help.
    Refused(String),
    /// A time limit passed.
    TimedOut(String),
    /// The system failed: the thing it failed on, and why.
    System {
        /// The file, directory, descriptor or action.
        what: String,
        /// The kernel's reason.
        source: io::Error,
    },
    /// A file that ms wrote is not as it must be.
    Damaged {
        /// The file.
        what: String,
        /// What is wrong in it.
        why: String,
    },
    /// What another process of ms said, with the exit code that it gave.
    Told {
        /// The exit code.
        code: u8,
        /// Its sentence.
        message: String,
    },
    /// The program was found but could not be run (126) or was not found (127).
    Exec {
        /// The program.
        program: String,
        /// The kernel's reason.
        source: io::Error,
    },
}

impl Error {
    /// Makes [`Error::System`] of an I/O error; for `map_err`.
    pub fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::System { what: what.into(), source }
    }

    /// Makes [`Error::System`] of a system call's error number; for `map_err`.
    pub fn errno(what: impl Into<String>) -> impl FnOnce(nix::errno::Errno) -> Error {
        move |errno| Error::System { what: what.into(), source: errno.into() }
    }

    /// Makes [`Error::Damaged`].
    pub fn damaged(what: impl Into<String>, why: impl fmt::Display) -> Error {
        Error::Damaged { what: what.into(), why: why.to_string() }
    }

    /// What another process of ms refused with.
    pub fn from_refusal(code: u8, message: String) -> Error {
        Error::Told { code, message }
    }

    /// Whether a file or directory was not there.
    pub fn is_absence(&self) -> bool {
        matches!(self, Error::System { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Whether the system was out of something and may have it again: says nothing of what was asked for.
    pub fn is_exhaustion(&self) -> bool {
        const OUT: [Errno; 4] = [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM, Errno::EIO];
        self.errno_within().is_some_and(|errno| OUT.contains(&errno))
    }

    /// Whether the user has all that the kernel allows of what was asked for, such as watches of inotify.
    pub fn is_allowance(&self) -> bool {
        matches!(self.errno_within(), Some(Errno::ENOSPC | Errno::ENOMEM))
    }

    fn errno_within(&self) -> Option<Errno> {
        match self {
            Error::System { source, .. } => source.raw_os_error().map(Errno::from_raw),
            _ => None,
        }
    }

    /// The tool's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::No | Error::Nobody(_) => exit::NO,
            Error::Usage(_) => exit::USAGE,
            Error::NoSession { .. } => exit::NO_SESSION,
            Error::Refused(_) => exit::REFUSED,
            Error::TimedOut(_) => exit::TIMED_OUT,
            Error::Told { code, .. } => known(*code),
            Error::System { .. } | Error::Damaged { .. } => exit::SYSTEM,
            Error::Exec { source, .. } if source.kind() == io::ErrorKind::NotFound => exit::NOT_FOUND,
            Error::Exec { .. } => exit::CANNOT_RUN,
        }
    }
}

/// What was read, or none where it cannot be; for one damaged file among others.
///
/// # Errors
/// The system was out of something, which says nothing of the file.
pub fn unless_exhausted<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Err(error) if error.is_exhaustion() => Err(error),
        read => Ok(read.ok()),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::No => write!(f, "no"),
            Error::Told { message, .. } if message.is_empty() => f.write_str("refused, without a reason"),
            Error::Told { message, .. } => f.write_str(&one_line(message)),
            Error::Nobody(why) | Error::Usage(why) | Error::Refused(why) | Error::TimedOut(why) => {
                f.write_str(why)
            }
            Error::NoSession { name, near: None } => write!(f, "{}: no such session", one_line(name)),
            Error::NoSession { name, near: Some(near) } => {
                write!(f, "{}: no such session (did you mean '{near}'?)", one_line(name))
            }
            Error::System { what, source } => write!(f, "{}: {}", one_line(what), reason(source)),
            Error::Damaged { what, why } => write!(f, "{}: damaged: {}", one_line(what), one_line(why)),
            Error::Exec { program, source } if source.kind() == io::ErrorKind::NotFound => {
                write!(f, "{}: command not found", one_line(program))
            }
            Error::Exec { program, source } => {
                write!(f, "{}: cannot be run: {}", one_line(program), reason(source))
            }
        }
    }
}

/// A code as another process of ms gave it. A refusal is never success, and a code that the table does not
/// have means nothing: a damaged answer, or one of another version.
fn known(code: u8) -> u8 {
    match code {
        exit::NO..=exit::SYSTEM | exit::CANNOT_RUN | exit::NOT_FOUND => code,
        _ => exit::SYSTEM,
    }
}

/// The kernel's words alone, without Rust's "(os error N)".
fn reason(source: &io::Error) -> String {
    match source.raw_os_error() {
        Some(code) => nix::errno::Errno::from_raw(code).desc().to_string(),
        None => source.to_string(),
    }
}

/// Wrong use: a key, a status or a kind that there is not.
impl From<UnknownKey> for Error {
    fn from(unknown: UnknownKey) -> Error {
        Error::Usage(unknown.to_string())
    }
}

impl From<UnknownWord> for Error {
    fn from(unknown: UnknownWord) -> Error {
        Error::Usage(unknown.to_string())
    }
}

impl From<notify::Failed> for Error {
    fn from(notify::Failed { call, errno }: notify::Failed) -> Error {
        Error::errno(call)(errno)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::System { source, .. } | Error::Exec { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_thing_and_the_reason() {
        let error = Error::System { what: "build/output".into(), source: io::Error::from_raw_os_error(28) };
        assert_eq!(error.to_string(), "build/output: No space left on device");
        assert_eq!(error.exit_code(), exit::SYSTEM);
    }

    #[test]
    fn a_refusal_is_never_success_whatever_code_it_has() {
        for code in 0..=u8::MAX {
            let found = Error::from_refusal(code, String::new()).exit_code();
            assert!(matches!(found, 1..=6 | 126 | 127), "{code}: {found}");
            assert!(found == code || !matches!(code, 1..=6 | 126 | 127), "{code}: {found}");
        }
        assert!(!Error::from_refusal(4, String::new()).to_string().is_empty());
    }

    #[test]
    fn what_came_from_elsewhere_is_one_line_without_controls() {
        let bad = "a\u{1b}[31m\u{9b}\u{202e}\u{7f}\nmsclose: b";
        let io = || io::Error::from_raw_os_error(2);
        for error in [
            Error::NoSession { name: bad.into(), near: None },
            Error::NoSession { name: bad.into(), near: Some("x".into()) },
            Error::System { what: bad.into(), source: io() },
            Error::damaged(bad, bad),
            Error::from_refusal(4, bad.into()),
            Error::Exec { program: bad.into(), source: io() },
        ] {
            let text = error.to_string();
            assert!(!text.contains(['\n', '\u{1b}', '\u{9b}', '\u{202e}', '\u{7f}']), "{text:?}");
        }
    }

    #[test]
    fn exec_errors_have_the_shell_s_codes() {
        let exec = |code| Error::Exec { program: "x".into(), source: io::Error::from_raw_os_error(code) };
        assert_eq!(exec(2).exit_code(), exit::NOT_FOUND);
        assert_eq!(exec(13).exit_code(), exit::CANNOT_RUN);
        assert_eq!(exec(8).exit_code(), exit::CANNOT_RUN);
    }
}
