//! The contenders that keep a program on a terminal: how each starts it, comes back to it, and where
//! its server is.

use std::fmt;
use std::process::Command;

use crate::Result;
use crate::process::{output, until};
use crate::world::World;

/// One contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// These tools.
    Ms,
    /// The program on a pty that the benchmark reads itself, or the plainest program that does the like.
    Bare,
    /// dtach.
    Dtach,
    /// abduco.
    Abduco,
    /// tmux, its server already running.
    Tmux,
}

impl Host {
    /// Those that keep sessions and are installed.
    pub fn keepers(world: &World) -> Vec<Host> {
        let all = [Host::Ms, Host::Dtach, Host::Abduco, Host::Tmux];
        all.into_iter()
            .filter(|host| *host == Host::Ms || world.installed(&host.to_string()).is_some())
            .collect()
    }

    /// Those, and the bare pty after ours.
    pub fn all(world: &World) -> Vec<Host> {
        let mut all = Host::keepers(world);
        all.insert(1, Host::Bare);
        all
    }

    /// The command that starts a program in a new session and returns.
    pub fn create(self, world: &World, name: &str, argv: &[String]) -> Result<Command> {
        let mut command = self.program(world)?;
        match self {
            Host::Ms => command.args(["-n", name, "--"]),
            Host::Dtach => command.arg("-n").arg(socket(world, name)),
            Host::Abduco => command.args(["-n", name]),
            Host::Tmux => command.args(["new-session", "-d", "-s", name]),
            Host::Bare => return Err("a bare pty is not created by a command".into()),
        };
        command.args(argv);
        Ok(command)
    }

    /// Starts a program in a new session.
    pub fn start(self, world: &World, name: &str, argv: &[String]) -> Result<()> {
        self.create(world, name, argv).and_then(|mut command| output(&mut command)).map(drop)
    }

    /// What a person runs on a terminal to come to a session.
    pub fn attach(self, world: &World, name: &str) -> Result<Vec<String>> {
        let words: Vec<String> = match self {
            Host::Ms => vec![path(world, "msswitch")?, name.into()],
            Host::Dtach => {
                vec!["dtach".into(), "-a".into(), socket(world, name), "-r".into(), "winch".into()]
            }
            Host::Abduco => vec!["abduco".into(), "-a".into(), name.into()],
            Host::Tmux => {
                let mut words = vec!["tmux".to_owned()];
                words.extend(tmux_place(world));
                words.extend(["attach-session", "-t", name].map(String::from));
                words
            }
            Host::Bare => return Err("a bare pty has no client".into()),
        };
        Ok(words)
    }

    /// Has the server running that all sessions share, if there is such a one.
    pub fn prepare(self, world: &World) -> Result<()> {
        match self {
            Host::Tmux if output(tmux(world).args(["has-session", "-t", "first"])).is_err() => {
                self.start(world, "first", &["sleep".into(), "100000".into()])
            }
            _ => Ok(()),
        }
    }

    /// Whether everything of a session is gone.
    pub fn is_gone(self, world: &World, name: &str) -> bool {
        match self {
            Host::Ms => !world.memory("run").join(name).exists(),
            Host::Dtach => !world.memory(&format!("{name}.dtach")).exists(),
            _ => true,
        }
    }

    /// Waits until everything of a session is gone.
    pub fn wait_gone(self, world: &World, name: &str) -> Result<()> {
        until(|| self.is_gone(world, name))
    }

    fn program(self, world: &World) -> Result<Command> {
        let mut command = match self {
            Host::Ms => return world.tool("msnew"),
            host => world.command(host.to_string()),
        };
        if self == Host::Tmux {
            command.args(tmux_place(world));
        }
        Ok(command)
    }
}

/// Ends tmux's server, if there is one, and waits until the next could begin.
pub fn end_tmux(world: &World) -> Result<()> {
    let _ = output(tmux(world).arg("kill-server"));
    until(|| !world.memory("tmux").exists())
}

/// A tmux command in this world.
pub fn tmux(world: &World) -> Command {
    let mut command = world.command("tmux");
    command.args(tmux_place(world));
    command
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Host::Ms => "ms",
            Host::Bare => "bare",
            Host::Dtach => "dtach",
            Host::Abduco => "abduco",
            Host::Tmux => "tmux",
        })
    }
}

fn path(world: &World, tool: &str) -> Result<String> {
    Ok(world.built(tool).ok_or(format!("{tool} is not built"))?.display().to_string())
}

fn socket(world: &World, name: &str) -> String {
    world.memory(&format!("{name}.dtach")).display().to_string()
}

fn tmux_place(world: &World) -> [String; 4] {
    let conf = world.disk("tmux.conf").display().to_string();
    ["-f".into(), conf, "-S".into(), world.memory("tmux").display().to_string()]
}
