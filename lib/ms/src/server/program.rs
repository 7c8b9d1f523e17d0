//! Running the session's program: a new pty, a new kernel session with that pty as its controlling
//! terminal, the signals as at a login, and exec. Whether exec worked comes through a pipe that exec
//! closes. It will never wait for the program's end.

use std::convert::Infallible;
use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::openpty;
use nix::unistd::{self, ForkResult, Pid, pipe2};

use ms_platform::sys;
use msession::format::error::{Error, Result};
use msession::format::frame::Refusal;
use msession::store::faults;

/// What to run and with what.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program and its arguments.
    pub argv: Vec<CString>,
    /// `KEY=VALUE` each.
    pub env: Vec<CString>,
    /// Where it starts.
    pub cwd: PathBuf,
}

/// A program that runs, and the master side of its terminal, non-blocking.
#[derive(Debug)]
pub struct Running {
    /// The program's process, a session leader.
    pub child: Pid,
    /// The master.
    pub master: OwnedFd,
    /// The slave: a master whose last slave closes says so again and again, and could not be waited on
    /// until the program opens its terminal once more.
    pub slave: OwnedFd,
    /// Device number of the slave, for comparing descriptors with it.
    pub tty_dev: u64,
}

impl Program {
    /// Starts the program on a new terminal of this size. `before` is called in its process before that
    /// becomes the program, so that a program that is quick finds its session's record.
    ///
    /// # Errors
    /// `Exec` if the program cannot be run, `System` if no terminal or process can be had, and those of
    /// `before`.
    pub fn run(&self, cols: u16, rows: u16, before: impl FnOnce(Pid) -> Result<()>) -> Result<Running> {
        let pty = openpty(None, None).map_err(Error::errno("opening a pty"))?;
        close_on_exec(&pty.master)?;
        close_on_exec(&pty.slave)?;
        sys::tty::set_size(&pty.master, cols, rows).map_err(Error::errno("setting the size of a pty"))?;
        let tty_dev = nix::sys::stat::fstat(&pty.slave).map_err(Error::errno("a pty"))?.st_rdev;
        let (answer, tell) = pipe2(OFlag::O_CLOEXEC).map_err(Error::errno("pipe"))?;
        match sys::process::fork_single_threaded().map_err(Error::errno("fork"))? {
            ForkResult::Child => {
                let Err(error) = self.become_program(&pty.slave, before);
                let _ = File::from(tell).write_all(&Refusal::of(&error).to_text());
                sys::process::exit_now(127)
            }
            ForkResult::Parent { child } => {
                drop(tell);
                heard(answer, child)?;
                fcntl(&pty.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(Error::errno("a pty"))?;
                Ok(Running { child, master: pty.master, slave: pty.slave, tty_dev })
            }
        }
    }

    /// In the child: returns only with what went wrong.
    fn become_program(&self, slave: &OwnedFd, before: impl FnOnce(Pid) -> Result<()>) -> Result<Infallible> {
        before(Pid::this())?;
        take_terminal(slave).map_err(Error::errno("giving the program its terminal"))?;
        unistd::chdir(&self.cwd).map_err(Error::errno(self.cwd.display().to_string()))?;
        sys::process::reset_signals();
        faults::step("create.exec")?;
        let argv: Vec<&CStr> = self.argv.iter().map(CString::as_c_str).collect();
        let env: Vec<&CStr> = self.env.iter().map(CString::as_c_str).collect();
        unistd::execvpe(argv[0], &argv, &env).map_err(|errno| {
            let program = OsStr::from_bytes(argv[0].to_bytes()).to_string_lossy().into_owned();
            Error::Exec { program, source: errno.into() }
        })
    }
}

/// In the parent: the pipe's end without a word means that exec worked.
fn heard(answer: OwnedFd, child: Pid) -> Result<()> {
    let mut word = Vec::new();
    File::from(answer).read_to_end(&mut word).map_err(Error::system("the new program"))?;
    if word.is_empty() {
        return Ok(());
    }
    let _ = nix::sys::wait::waitpid(child, None);
    Err(Refusal::error_in(&word, "the new program died as it began"))
}

/// A new session with this terminal as its own, and as standard input, output and error.
fn take_terminal(slave: &OwnedFd) -> nix::Result<()> {
    unistd::setsid()?;
    sys::tty::set_controlling(slave)?;
    unistd::dup2_stdin(slave)?;
    unistd::dup2_stdout(slave)?;
    unistd::dup2_stderr(slave)
}

fn close_on_exec(fd: impl AsFd) -> Result<()> {
    fcntl(fd, FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC)).map(drop).map_err(Error::errno("a pty"))
}
