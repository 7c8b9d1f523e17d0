//! Where an agent's configuration is, and what the agent that is installed here can do.

use std::env;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::tools::agents::{Agent, Hook, Version};
use msession::format::error::{Error, Result};

/// An agent that has not told its version by then does not.
const LIMIT: Duration = Duration::from_secs(10);

/// What is installed of an agent.
#[derive(Debug)]
pub(super) struct Installed {
    /// Its program; none if it is not on PATH.
    pub program: Option<PathBuf>,
    /// Its version; none if it does not tell.
    pub version: Option<Version>,
}

impl Installed {
    /// What it tells; all that there is if its version is not known.
    pub fn hooks(&self, agent: &'static Agent) -> Vec<&'static Hook> {
        agent.hooks.iter().filter(|hook| self.version.is_none_or(|version| version >= hook.since)).collect()
    }
}

/// Looks for an agent.
pub(super) fn look(agent: &Agent) -> Installed {
    let program = program(agent);
    let version = program.as_deref().and_then(version_of);
    Installed { program, version }
}

/// The file of an agent's configuration: a project's, or else the user's.
///
/// # Errors
/// There is no such directory, or no home.
pub(super) fn file(agent: &Agent, project: Option<&Path>) -> Result<PathBuf> {
    let config = &agent.config;
    if let Some(dir) = project {
        let dir = dir.canonicalize().map_err(Error::system(dir.display().to_string()))?;
        if !dir.is_dir() {
            return Err(Error::Usage(format!("{}: is not a directory", dir.display())));
        }
        return Ok(dir.join(config.project).join(config.file));
    }
    let named = config.variable.and_then(directory);
    if let Some(dir) = &named
        && !config.variable_is_home
    {
        return Ok(dir.join(config.file));
    }
    let home = || named.or_else(|| directory("HOME")).ok_or_else(|| Error::Usage("HOME is not set".into()));
    let base = match directory("XDG_CONFIG_HOME").filter(|_| config.in_config) {
        Some(dir) => dir,
        None if config.in_config => home()?.join(".config"),
        None => home()?,
    };
    Ok(base.join(config.user).join(config.file))
}

fn directory(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|dir| dir.is_absolute())
}

/// An agent's program.
pub(super) fn program(agent: &Agent) -> Option<PathBuf> {
    on_path(agent.program)
}

/// Whether there is such a program.
pub(super) fn is_on_path(name: &str) -> bool {
    on_path(name).is_some()
}

fn on_path(name: &str) -> Option<PathBuf> {
    let can_run = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    };
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(name)).find(can_run)
}

/// What a program says that its version is, without a terminal, within a limit.
fn version_of(program: &Path) -> Option<Version> {
    let mut child = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdout = child.stdout.take()?;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stdout.by_ref().take(64 << 10).read_to_end(&mut text);
        let _ = sender.send(text);
    });
    let deadline = Instant::now() + LIMIT;
    let text = receiver.recv_timeout(LIMIT).ok();
    while text.is_some() && Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let _ = child.wait();
    Version::find(&String::from_utf8_lossy(&text?))
}
