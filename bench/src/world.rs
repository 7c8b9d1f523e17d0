//! The private world of a run: directories, environment, where programs are, and an end that leaves no
//! process behind. Sessions and sockets are in memory where there is such a place, as they are at a login.

use std::ffi::CString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::Result;
use crate::process::output;

/// Limits that do not limit.
const CONFIG: &str = "[limits]\nmax_sessions = 1000\nmemory = \"100GiB\"\n";
/// No status line, so that it shows what the others show.
const TMUX_CONFIG: &str = "set -g status off\nset -g escape-time 0\nset -g default-size 80x24\n";

/// Directories and environment.
#[derive(Debug)]
pub struct World {
    disk: TempDir,
    memory: TempDir,
    tools: PathBuf,
}

impl World {
    /// Makes one; the tools are those in `tools`, else those built beside this program.
    pub fn new(tools: Option<&Path>) -> Result<World> {
        let tools = tools.map_or_else(beside_us, |dir| Ok(dir.canonicalize()?))?;
        let memory = ["/dev/shm", "/tmp"].iter().find(|place| Path::new(place).is_dir()).unwrap_or(&".");
        let make = |at: &Path| tempfile::Builder::new().prefix("ms-bench-").tempdir_in(at);
        let world = World { disk: make(&std::env::temp_dir())?, memory: make(Path::new(memory))?, tools };
        for dir in [world.disk.path(), world.memory.path()] {
            fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
        }
        fs::create_dir_all(world.disk("config/ms"))?;
        fs::create_dir(world.disk("home"))?;
        fs::write(world.disk("config/ms/config.toml"), CONFIG)?;
        fs::write(world.disk("tmux.conf"), TMUX_CONFIG)?;
        Ok(world)
    }

    /// A path on disk.
    pub fn disk(&self, name: &str) -> PathBuf {
        self.disk.path().join(name)
    }

    /// A path in memory, if there is such a place.
    pub fn memory(&self, name: &str) -> PathBuf {
        self.memory.path().join(name)
    }

    /// One of the tools; none if it was not built.
    pub fn built(&self, name: &str) -> Option<PathBuf> {
        Some(self.tools.join(name)).filter(|path| path.exists())
    }

    /// A program that is measured with, built together with this one.
    pub fn helper(&self, name: &str) -> Result<String> {
        let path = beside_us()?.join(format!("ms-bench-{name}"));
        if path.exists() {
            Ok(path.display().to_string())
        } else {
            Err(format!("{}: not built", path.display()).into())
        }
    }

    /// A program of the system, by name; none if it is not installed.
    pub fn installed(&self, name: &str) -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file())
    }

    /// A command in this world, by path.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().envs(self.environment()).current_dir(self.disk("home"));
        command
    }

    /// A command of ours; one that was not built gives an error that names it.
    pub fn tool(&self, name: &str) -> Result<Command> {
        Ok(self.command(self.built(name).ok_or(format!("{name} is not built"))?))
    }

    /// The environment of everything that is measured.
    pub fn environment(&self) -> Vec<(String, String)> {
        let tools = self.tools.display();
        let path = std::env::var("PATH").unwrap_or_default();
        [
            ("PATH", format!("{tools}:{path}")),
            ("HOME", self.disk("home").display().to_string()),
            (MARK, self.memory("run").display().to_string()),
            ("XDG_STATE_HOME", self.disk("state").display().to_string()),
            ("XDG_CONFIG_HOME", self.disk("config").display().to_string()),
            ("ABDUCO_SOCKET_DIR", self.memory.path().display().to_string()),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("SHELL", "/bin/sh".into()),
            ("PS1", "$ ".into()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    /// The same as exec wants it.
    pub fn environment_block(&self) -> Vec<CString> {
        let pairs = self.environment().into_iter();
        pairs.filter_map(|(key, value)| CString::new(format!("{key}={value}")).ok()).collect()
    }

    /// Ends every process of this world.
    pub fn clean_up(&self) {
        if let Ok(mut close) = self.tool("msclose") {
            let _ = output(close.args(["--all", "--force"]));
        }
        while let pids @ [_, ..] = self.processes().as_slice() {
            for pid in pids {
                let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Every process of this world, by its environment; those that have ended have none.
    fn processes(&self) -> Vec<i32> {
        let mark = format!("{MARK}={}\0", self.memory("run").display());
        let belongs = |pid: &i32| {
            let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environ.windows(mark.len()).any(|window| window == mark.as_bytes())
        };
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(belongs).collect()
    }
}

/// The variable by which a process of this world is known.
const MARK: &str = "MS_RUNTIME_DIR";

/// Where this program was built.
fn beside_us() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.parent().ok_or("no directory of its own")?.to_owned())
}
