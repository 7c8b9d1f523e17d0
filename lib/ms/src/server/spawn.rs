//! From `msnew` to a server with its program running: claim a name, fork, give the program a
//! terminal, and tell `msnew` through a pipe that it runs or why it cannot. Either way nothing half
//! made is left. What the server does from then on is `event_loop`'s.

use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::unistd::pipe2;

use super::environment;
use super::plan::OK;
pub use super::plan::{NameWish, Plan};
use super::program::Program;
use super::server_child::ServerChild;
use ms_platform::sys::process::fork_child;
use msession::format::config::Config;
use msession::format::error::{Error, Result};
use msession::format::frame::Refusal;
use msession::format::session_name::SessionName;
use msession::query::catalog;
use msession::store::faults;
use msession::store::finalize;
use msession::store::history::History;
use msession::store::limits;
use msession::store::rundir;
use msession::store::session::{Life, Runtime, SessionDir};

/// A process that dies is gone within this.
const DIES_WITHIN: Duration = Duration::from_millis(200);

/// Starts a session and returns its name once its program runs.
///
/// # Errors
/// `Refused` if the name is taken or a limit reached, `Exec` if the program cannot be run, `Told` with what
/// else the server said, `System`; nothing is left of the session then.
pub fn start(plan: Plan, config: &Config) -> Result<SessionName> {
    let runtime = Runtime::make()?;
    let history = History::make()?;
    let (session, lock) = claim(&runtime, &history, &plan, config)?;
    let name = session.name().clone();
    let (answer, tell) = pipe().inspect_err(|_| drop(session.remove(&runtime)))?;
    let mut server =
        Some(ServerChild { runtime, history, session, lock, plan, tell, config: config.clone() });
    let forked = fork_child(|child| server.take().map_or(1, |server| server.serve(child)));
    let Some(ServerChild { runtime, session, tell, lock, .. }) = server else { return Ok(name) };
    // They are the server's alone from now on.
    drop((tell, lock));
    forked.map_err(Error::errno("fork")).inspect_err(|_| drop(session.remove(&runtime)))?;
    hear(answer).inspect_err(|_| clear_away(&runtime, &session))?;
    Ok(name)
}

/// The pipe from the server to `msnew`.
fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    let pipe = pipe2(OFlag::O_CLOEXEC).map_err(Error::errno("pipe"))?;
    faults::step("create.fork")?;
    Ok(pipe)
}

/// A server that was killed as it began leaves nothing behind.
fn clear_away(runtime: &Runtime, session: &SessionDir) {
    let deadline = Instant::now() + DIES_WITHIN;
    // Its end of the pipe may be closed before its lock.
    while matches!(session.life(), Ok(Life::Alive)) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
    catalog::tidy(runtime, DIES_WITHIN);
}

/// Takes a name under the directory's lock, within the limits.
fn claim(
    runtime: &Runtime,
    history: &History,
    plan: &Plan,
    config: &Config,
) -> Result<(SessionDir, OwnedFd)> {
    let _guard = runtime.guard()?;
    let mut usage = limits::usage(runtime, config.limits.count)?;
    if usage.dead > 0 {
        let _ = runtime.sweep();
        finalize::finish_dead(runtime, history)?;
        usage = limits::usage(runtime, config.limits.count)?;
    }
    limits::check(runtime, usage, &config.limits, plan.buffer)?;
    let wish = match &plan.name {
        NameWish::Exactly(name) => return runtime.claim(name),
        NameWish::Like(name) => name,
    };
    let numbered = (2..=u32::MAX).map(|number| wish.numbered(number));
    for name in std::iter::once(wish.clone()).chain(numbered) {
        match runtime.claim(&name) {
            Err(Error::Refused(_)) => {}
            done => return done,
        }
    }
    Err(Error::Refused(format!("{wish}: no free name")))
}

/// Waits for the server's word: nothing is good news only if "ok" came with it.
fn hear(answer: OwnedFd) -> Result<()> {
    let mut word = Vec::new();
    File::from(answer).read_to_end(&mut word).map_err(Error::system("the session's server"))?;
    if word == OK {
        return Ok(());
    }
    Err(Refusal::error_in(&word, "the session's server died as it began"))
}

impl Plan {
    /// The program as it is to be run in the session `id`. Its ssh agent is reached through a link.
    pub(super) fn program(&self, runtime: &Runtime, id: &str) -> Result<Program> {
        let nul = |_| Error::Usage("an argument or variable has a NUL byte in it".into());
        let argv: std::result::Result<Vec<_>, _> =
            self.argv.iter().map(|argument| CString::new(argument.clone().into_vec())).collect();
        let mut env: Vec<CString> = Vec::with_capacity(self.env.len() + 1);
        for (key, value) in &self.env {
            let own = match key.to_str() {
                Some("SSH_AUTH_SOCK") => link_agent(runtime, id, value),
                Some("MS_RUNTIME_DIR") => absolute(value),
                _ => None,
            };
            let value = own.as_ref().unwrap_or(value);
            env.push(
                CString::new([key.clone().into_vec(), b"=".to_vec(), value.clone().into_vec()].concat())
                    .map_err(nul)?,
            );
        }
        env.push(CString::new(format!("MS_SESSION={id}")).map_err(nul)?);
        Ok(Program { argv: argv.map_err(nul)?, env, cwd: self.cwd.clone() })
    }
}

/// The caller's runtime directory as it is to be found from everywhere; none if this is another.
fn absolute(value: &OsStr) -> Option<OsString> {
    let ours = std::env::var_os("MS_RUNTIME_DIR").is_some_and(|own| own == value);
    rundir::runtime_named().filter(|_| ours).map(OsString::from)
}

/// The path that stands for the caller's ssh agent; none if it can't be made.
fn link_agent(runtime: &Runtime, id: &str, socket: &OsStr) -> Option<OsString> {
    environment::point_agent(runtime, id, Path::new(socket)).ok()?;
    environment::agent_path(runtime, id).map(OsString::from)
}
