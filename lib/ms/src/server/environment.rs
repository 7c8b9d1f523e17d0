//! What changes with the terminal that a person comes from: the ssh agent, the display. Programs that
//! were started earlier find the agent through a link that each attach points anew; running shells take
//! the rest over from the file `env`. It will never change a program's own environment: nobody can.
//!
//! ```text
//! NAME/env     KEY=VALUE, each ended by NUL: what the last terminal had
//! .agent-ID    link to the last terminal's SSH_AUTH_SOCK; it stays under renames of the session
//! ```

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::fcntl::renameat;
use nix::unistd::{UnlinkatFlags, symlinkat, unlinkat};

use msession::format::error::{Error, Result};
use msession::format::frame::ENVIRONMENT;
use msession::store::session::{self, Runtime, SessionDir, file};

/// Longest value that is taken over, in bytes.
const MAX_VALUE: usize = 4096;
const AGENT: &str = "SSH_AUTH_SOCK";

/// Takes over what the terminal that has just come brought along.
pub(super) fn refresh(
    runtime: &Runtime,
    session: &SessionDir,
    id: &str,
    env: &[(String, String)],
) -> Result<()> {
    let known: Vec<&(String, String)> = known(env).collect();
    if known.is_empty() {
        return Ok(());
    }
    if let Some((_, socket)) = known.iter().find(|(key, _)| key == AGENT) {
        point_agent(runtime, id, Path::new(socket))?;
    }
    let lines: Vec<String> =
        known.iter().map(|(key, value)| format!("{key}={}\0", shown(runtime, id, key, value))).collect();
    session::replace_file(session.dir(), file::ENV, lines.concat().as_bytes())
}

/// Those of a terminal's variables that are taken over.
pub(super) fn known(env: &[(String, String)]) -> impl Iterator<Item = &(String, String)> {
    env.iter().filter(|(key, value)| is_wanted(key, value))
}

fn is_wanted(key: &str, value: &str) -> bool {
    ENVIRONMENT.contains(&key) && value.len() <= MAX_VALUE && !value.contains('\0')
}

/// The agent is named by its link, so that a shell that took it over need not do so again.
fn shown(runtime: &Runtime, id: &str, key: &str, value: &str) -> String {
    match agent_path(runtime, id) {
        Some(path) if key == AGENT => path.display().to_string(),
        _ => value.to_owned(),
    }
}

/// Where programs of the session find the ssh agent.
pub(super) fn agent_path(runtime: &Runtime, id: &str) -> Option<PathBuf> {
    Some(std::fs::canonicalize(runtime.dir().path()).ok()?.join(session::agent_link(id)))
}

/// Points the link at another socket, in one step.
pub(super) fn point_agent(runtime: &Runtime, id: &str, socket: &Path) -> Result<()> {
    let (name, fresh) = (session::agent_link(id), format!(".agent-{id}.new"));
    if agent_path(runtime, id).is_some_and(|path| path == socket) {
        return Ok(());
    }
    let dir = runtime.dir();
    let _ = unlinkat(dir, fresh.as_str(), UnlinkatFlags::NoRemoveDir);
    symlinkat(socket, dir.as_fd(), fresh.as_str()).map_err(Error::errno(name.clone()))?;
    renameat(dir, fresh.as_str(), dir, name.as_str()).map_err(Error::errno(name))
}
