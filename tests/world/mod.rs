//! A private world for one test: its own runtime, state and configuration directories, a cleared
//! environment, and an end that leaves no process behind. Waiting is for events, with a limit that only
//! a failure reaches.

mod process;
mod skip;
mod terminal;
mod watchdog;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use serde_json::Value;
use tempfile::TempDir;

pub use process::{is_blocked, kilobytes, others_go_on, poll_limit, switches, wait_asleep};
pub use skip::skip;
pub use terminal::Terminal;
use watchdog::Watchdog;

/// Longer than anything takes on the slowest machine; reached by failures only.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A private world.
pub struct World {
    watchdog: Watchdog,
    dir: TempDir,
}

/// Waits until something holds of which nothing tells.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "never {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether there is such a program on PATH.
pub fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// Where `tests/detect/install.sh` puts what no distribution packages.
pub fn kits() -> PathBuf {
    let prefix = std::env::var_os("MS_DETECT_PREFIX").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    prefix.unwrap_or_else(|| cache.unwrap_or_else(home).join("ms-detect"))
}

/// How a tool ended and what it printed.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// What a command that has ended left.
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl World {
    /// A world with room for many sessions.
    pub fn new() -> World {
        let world = World::with_config("[limits]\nmax_sessions = 1000\nmemory = \"100GiB\"\n");
        assert!(world.dir.path().is_dir());
        world
    }

    /// A world with this configuration.
    pub fn with_config(text: &str) -> World {
        let dir = tempfile::Builder::new().prefix("ms-test-").tempdir().unwrap();
        fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o700)).unwrap();
        fs::create_dir_all(dir.path().join("config/ms")).unwrap();
        fs::create_dir(dir.path().join("home")).unwrap();
        fs::write(dir.path().join("config/ms/config.toml"), text).unwrap();
        World { watchdog: Watchdog::new(dir.path().join("run"), 5 * LIMIT), dir }
    }

    /// The same world for a test that takes this long.
    #[allow(dead_code, reason = "the soak's")]
    pub fn lasting(mut self, time: Duration) -> World {
        self.watchdog = Watchdog::new(self.path("run"), time + 5 * LIMIT);
        self
    }

    /// A path in this world.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The directory of a session.
    pub fn session_dir(&self, name: &str) -> PathBuf {
        self.path("run").join(name)
    }

    /// A command in this world: a tool by name, or any program by path or name.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(tool_path(program).unwrap_or_else(|| PathBuf::from(program)));
        command.env_clear().current_dir(self.path("home"));
        for (key, value) in self.environment() {
            command.env(key, value);
        }
        command
    }

    /// The environment of this world.
    pub fn environment(&self) -> Vec<(String, String)> {
        let tools = tool_path("msls").unwrap().parent().unwrap().display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let at = |name: &str| self.path(name).display().to_string();
        [
            ("PATH", format!("{tools}:{path}")),
            ("HOME", at("home")),
            ("MS_RUNTIME_DIR", at("run")),
            ("XDG_STATE_HOME", at("state")),
            ("XDG_CONFIG_HOME", at("config")),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("SHELL", "/bin/sh".into()),
            ("PS1", "$ ".into()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    /// Runs a tool to its end.
    pub fn run(&self, tool: &str, args: &[&str]) -> Ran {
        Ran::of(self.command(tool).args(args).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs a tool that must succeed; returns what it printed.
    pub fn ok(&self, tool: &str, args: &[&str]) -> String {
        let ran = self.run(tool, args);
        assert_eq!(ran.code, 0, "{tool} {args:?}: {ran:?}");
        ran.out
    }

    /// Runs a tool that must fail with this code; returns its message.
    pub fn fails(&self, code: i32, tool: &str, args: &[&str]) -> String {
        let ran = self.run(tool, args);
        assert_eq!(ran.code, code, "{tool} {args:?}: {ran:?}");
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        ran.err
    }

    /// Runs a tool with this on its standard input.
    pub fn feed(&self, tool: &str, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(tool);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran::of(output)
    }

    /// Starts a session of this name.
    pub fn start(&self, name: &str, command: &[&str]) {
        let mut args = vec!["-n", name, "--"];
        args.extend(command);
        assert_eq!(self.ok("msnew", &args), format!("{name}\n"));
    }

    /// One session as `msls --json` has it, live or completed.
    pub fn session(&self, name: &str) -> Value {
        let all: Value = serde_json::from_str(&self.ok("msls", &["--all", "--json"])).unwrap();
        let found = all.as_array().unwrap().iter().find(|session| session["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {all}")).clone()
    }

    /// Waits until a live session's `status.json` says so; returns it.
    pub fn wait_for(&self, name: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let watch = Watch::new(&self.session_dir(name));
        let deadline = Instant::now() + LIMIT;
        loop {
            let status = self.read_json(name, "status.json");
            if status.as_ref().is_some_and(&holds) {
                return status.unwrap();
            }
            assert!(Instant::now() < deadline, "{name}: never {what}; last: {status:?}");
            watch.wait(deadline);
        }
    }

    /// Waits until a live session has this status.
    pub fn wait_status(&self, name: &str, status: &str) -> Value {
        self.wait_for(name, status, |record| record["status"] == status)
    }

    /// Waits until a session is over and saved; returns its record.
    pub fn wait_end(&self, name: &str) -> Value {
        let deadline = Instant::now() + LIMIT;
        let watch = Watch::new(&self.path("run"));
        while self.session_dir(name).exists() {
            assert!(Instant::now() < deadline, "{name} does not end");
            watch.wait(deadline);
        }
        self.session(name)
    }

    /// Waits until what a session printed contains this.
    pub fn wait_output(&self, name: &str, text: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let ran = self.run("msbuf", &["--raw", name]);
            if ran.out.contains(text) {
                return ran.out;
            }
            let end: String = ran.out.chars().rev().take(500).collect::<Vec<_>>().into_iter().rev().collect();
            assert!(Instant::now() < deadline, "{name} never printed {text:?}, but {end:?}; {}", ran.err);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A JSON file of a live session; none while it is not there.
    pub fn read_json(&self, name: &str, file: &str) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.session_dir(name).join(file)).ok()?).ok()
    }

    /// A program on a terminal of its own, 80 by 24.
    pub fn terminal(&self, program: &str, args: &[&str]) -> Terminal {
        Terminal::start(self, program, args, 80, 24)
    }

    /// Every process that belongs to this world.
    pub fn processes(&self) -> Vec<i32> {
        process::of_runtime_dir(&self.path("run"))
    }

    /// Waits until no process of this world is left.
    pub fn wait_until_empty(&self) {
        let deadline = Instant::now() + LIMIT;
        while let Some(pid) = self.processes().first().copied() {
            assert!(Instant::now() < deadline, "process {pid} was left behind");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let closed = self.command("msclose").args(["--all", "--force"]).output();
        process::kill_all(&self.path("run"));
        if !std::thread::panicking() {
            assert!(closed.is_ok());
            assert!(!self.watchdog.bit(), "a process did not end by itself");
        }
    }
}

/// The path of a tool of this build; none for other programs.
fn tool_path(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_BIN_EXE_msls")).with_file_name(name);
    (name.starts_with("ms") && path.exists()).then_some(path)
}

/// Changes of a directory.
struct Watch(Option<Inotify>);

impl Watch {
    fn new(dir: &Path) -> Watch {
        // There may be none left: 128 for all processes of a user.
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).ok();
        // Who waits reads what is there, and would wake itself by that.
        let reads = AddWatchFlags::IN_ACCESS | AddWatchFlags::IN_OPEN | AddWatchFlags::IN_CLOSE_NOWRITE;
        let changes = AddWatchFlags::IN_ALL_EVENTS.difference(reads);
        Watch(inotify.filter(|inotify| inotify.add_watch(dir, changes).is_ok()))
    }

    /// Waits for a change, or a moment where the directory could not be watched.
    fn wait(&self, deadline: Instant) {
        let Some(inotify) = &self.0 else {
            return std::thread::sleep(Duration::from_millis(5));
        };
        use std::os::fd::AsFd;
        let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_millis(500));
        let timeout = PollTimeout::try_from(left).unwrap();
        let _ = poll(&mut [PollFd::new(inotify.as_fd(), PollFlags::POLLIN)], timeout);
        let _ = inotify.read_events();
    }
}
