//! `msprompt`, and the shell code that it prints: in bash, zsh and fish on terminals.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::world::{Terminal, World, installed, skip, until};

/// A shell, how it is started without its owner's files, and what it is given to read.
pub struct Shell {
    pub program: &'static str,
    pub args: &'static [&'static str],
    /// A prompt of its own, so that it can be seen to be kept.
    prompt: &'static str,
    pub init: &'static str,
}

pub const BASH: Shell = Shell {
    program: "bash",
    args: &["--norc", "--noprofile", "-i"],
    prompt: "PS1='me> '",
    init: "eval \"$(msprompt init bash)\"",
};
pub const ZSH: Shell = Shell {
    program: "zsh",
    args: &["-f", "-i"],
    prompt: "PROMPT='me> '",
    init: "eval \"$(msprompt init zsh)\"",
};
pub const FISH: Shell = Shell {
    program: "fish",
    args: &["--no-config", "-i"],
    prompt: "function fish_prompt; printf 'me> '; end",
    init: "msprompt init fish | source",
};

impl Shell {
    pub fn is_installed(&self) -> bool {
        let there = installed(self.program);
        if !there {
            skip(&format!("{} is not installed", self.program));
        }
        there
    }

    /// On a terminal, with the indicator in its prompt.
    pub fn start(&self, world: &World) -> Terminal {
        let mut terminal = world.terminal(self.program, self.args);
        self.set_up(&mut terminal);
        terminal
    }

    pub fn set_up(&self, terminal: &mut Terminal) {
        terminal.settle();
        terminal.send(&format!("{}\r", self.prompt));
        terminal.expect("me> ");
        terminal.send(&format!("{}; echo set-''up\r", self.init));
        terminal.expect("set-up");
        clear(terminal);
    }
}

/// Away with what the screen shows.
fn clear(terminal: &mut Terminal) {
    terminal.send("clear\r");
    terminal.until("a clear screen", |terminal| {
        let text = terminal.text();
        text.trim_end().ends_with("me>") && text.trim().lines().count() == 1
    });
}

/// A session that asks.
pub fn asks(world: &World, name: &str) {
    world.start(name, &["sh", "-c", "printf 'Go on? '; read x; sleep 1000"]);
    world.wait_status(name, "waiting");
}

#[test]
fn nothing_is_printed_where_nothing_waits_or_works() {
    let world = World::new();
    assert_eq!(world.ok("msprompt", &[]), "", "no sessions at all");
    world.start("quiet", &["sleep", "1000"]);
    world.wait_status("quiet", "active");
    assert_eq!(world.ok("msprompt", &[]), "");
    let json: Value = serde_json::from_str(&world.ok("msprompt", &["--format", "waybar"])).unwrap();
    assert_eq!((&json["text"], &json["class"]), (&"".into(), &"none".into()));
}

#[test]
fn those_that_wait_are_named_the_longest_wait_first() {
    let world = World::with_config("[prompt]\nmax_names = 2\n");
    for name in ["c", "b", "a"] {
        asks(&world, name);
    }
    assert_eq!(world.ok("msprompt", &[]), "◐3 c,b,+1\n");
    assert_eq!(world.ok("msprompt", &["--format", "zsh"]), "%F{yellow}◐3 c,b,+1%f\n");
    let json: Value = serde_json::from_str(&world.ok("msprompt", &["--format", "waybar"])).unwrap();
    assert_eq!(json["class"], "asks");
    assert!(json["tooltip"].as_str().unwrap().contains("◐ c "), "{json}");
    assert!(json["tooltip"].as_str().unwrap().contains("Go on?"), "{json}");
}

#[test]
fn mistakes_in_the_configuration_are_named_and_do_not_reach_a_prompt() {
    let world = World::with_config("[prompt]\nformat = \"{wating}\"\n");
    let error = world.fails(2, "msprompt", &[]);
    assert!(error.contains("did you mean {waiting}"), "{error}");
    assert!(world.fails(2, "msprompt", &["init", "tcsh"]).contains("possible values: bash, zsh, fish"));
    asks(&world, "a");
    assert!(world.ok("msprompt", &["--hook", "bash"]).contains("◐1 a"));
}

#[test]
fn servers_are_not_asked_and_the_dead_and_damaged_are_left_out() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        asks(&world, name);
    }
    let pids = ["a", "b", "c"].map(|name| world.session(name)["server_pid"].as_i64().unwrap() as i32);
    let signal = |pid, signal| nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal).unwrap();
    signal(pids[0], nix::sys::signal::Signal::SIGSTOP);
    signal(pids[1], nix::sys::signal::Signal::SIGKILL);
    // Its lock is free once it is gone; the third would put its status right again.
    let runs =
        |pid: i32| fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    until("it is gone", || !runs(pids[1]));
    signal(pids[2], nix::sys::signal::Signal::SIGSTOP);
    fs::write(world.session_dir("c").join("status.json"), "{").unwrap();
    assert_eq!(world.ok("msprompt", &[]), "◐1 a ●1\n", "nobody has seen that it died");
    for pid in [pids[0], pids[2]] {
        signal(pid, nix::sys::signal::Signal::SIGCONT);
    }
}

#[test]
fn a_status_bar_is_told_of_each_change() {
    let world = World::new();
    let mut bar = world.command("msprompt").arg("--follow").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(bar.stdout.take().unwrap()));
    let mut next = || lines.next().unwrap().unwrap();
    assert_eq!(next(), "");
    asks(&world, "a");
    while next() != "◐1 a" {}
    world.ok("msclose", &["a"]);
    while !next().is_empty() {}
    drop(lines);
    bar.wait().unwrap();
}

#[test]
fn bash_shows_it_at_each_prompt_and_keeps_the_rest() {
    let world = World::new();
    if !BASH.is_installed() {
        return;
    }
    let mut terminal = BASH.start(&world);
    asks(&world, "build");
    terminal.send("\r");
    terminal.expect("◐1 build me>");
    terminal.send("(exit 7)\recho \"code-$?\"\r");
    terminal.expect("code-7");
    world.ok("msclose", &["build"]);
    clear(&mut terminal);
    assert!(!terminal.text().contains("build"), "{}", terminal.text());
    terminal.send("exit\r");
    terminal.wait();
    world.wait_until_empty();
}

/// The prompt changes although no key is pressed, and the line that is being typed stays.
fn changes_by_itself(shell: &Shell) {
    let world = World::new();
    if !shell.is_installed() {
        return;
    }
    let mut terminal = shell.start(&world);
    terminal.send("echo half");
    terminal.expect("me> echo half");
    asks(&world, "build");
    terminal.expect("◐1 build me> echo half");
    terminal.send("-done\u{1b}[D");
    terminal.expect("◐1 build me> echo half-done");
    asks(&world, "api");
    terminal.expect("◐2 build,api me> echo half-done");
    world.ok("msclose", &["build", "api"]);
    terminal.until("the prompt alone", |terminal| {
        terminal.text().lines().any(|line| line.trim_end() == "me> echo half-done")
    });
    // The cursor is still before the last character.
    terminal.send("\u{7f}N\r");
    terminal.expect("half-doNe");
    // What lives on has nothing of the shell's that would keep its company alive.
    terminal.send("sleep 1000 &\rexit\r\rexit\r");
    terminal.wait();
    let sleeper =
        |pid: &i32| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default().starts_with(b"sleep\0");
    let deadline = std::time::Instant::now() + crate::world::LIMIT;
    while world.processes().iter().any(|pid| !sleeper(pid)) {
        assert!(std::time::Instant::now() < deadline, "a process was left behind");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn zsh_s_prompt_changes_by_itself() {
    changes_by_itself(&ZSH);
}

#[test]
fn fish_s_prompt_changes_by_itself() {
    changes_by_itself(&FISH);
}

/// In a session: the shell at its prompt waits, and for nothing but a key; its own wait is not in its
/// prompt; and what the terminal that comes brings along is taken over before the next prompt.
fn lives_in_a_session(shell: &Shell) {
    let world = World::new();
    if !shell.is_installed() {
        return;
    }
    world.start("me", &[&[shell.program], shell.args].concat());
    let mut terminal = world.terminal("env", &["SSH_CONNECTION=before", "msswitch", "me"]);
    shell.set_up(&mut terminal);
    world.wait_for("me", "a shell that waits", |status| status["kind"] == "shell");
    terminal.send("echo half");
    asks(&world, "build");
    if shell.program == "bash" {
        terminal.send("\r");
    }
    terminal.expect("◐1 build me>");
    let status = world.wait_for("me", "a wait", |status| status["status"] == "waiting");
    assert!(!terminal.text().contains("me,"), "{}", terminal.text());
    let reader = status["evidence"].as_array().unwrap().iter().find(|one| one["source"] == "reader").unwrap();
    // fish has a file of its own by which its company hears of universal variables.
    let beside = if shell.program == "fish" { "a file" } else { "alone" };
    assert!(reader["says"].as_str().unwrap().ends_with(beside), "{status}");
    terminal.send("\u{15}\u{1c}d");
    terminal.wait();
    let mut terminal = world.terminal("env", &["DISPLAY=it's :7", "msswitch", "me"]);
    terminal.settle();
    clear(&mut terminal);
    terminal.send("echo \"<$DISPLAY|$SSH_CONNECTION>\"\r");
    terminal.expect("<it's :7|>");
    // What a person sets then is left alone.
    terminal.send(if shell.program == "fish" { "set -gx DISPLAY mine\r" } else { "DISPLAY=mine\r" });
    clear(&mut terminal);
    terminal.send("echo \"<$DISPLAY>\"\r");
    terminal.expect("<mine>");
}

#[test]
fn bash_lives_in_a_session() {
    lives_in_a_session(&BASH);
}

#[test]
fn zsh_lives_in_a_session() {
    lives_in_a_session(&ZSH);
}

#[test]
fn fish_lives_in_a_session() {
    lives_in_a_session(&FISH);
}

/// What is told to a shell is of no use to what it becomes by exec, and does it no harm.
fn is_left_alone_after_exec(shell: &Shell) {
    let world = World::new();
    if !shell.is_installed() {
        return;
    }
    let mut terminal = shell.start(&world);
    let tellers = || {
        let is = |pid: &i32| fs::read(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm == b"msprompt\n");
        world.processes().into_iter().filter(is).count()
    };
    assert_eq!(tellers(), 1);
    terminal.send("exec sleep 1000\r");
    let deadline = std::time::Instant::now() + crate::world::LIMIT;
    let becomes = || fs::read(format!("/proc/{}/comm", terminal.pid())).unwrap() == b"sleep\n";
    while !becomes() {
        assert!(std::time::Instant::now() < deadline, "no exec");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    asks(&world, "build");
    while tellers() > 0 {
        assert!(std::time::Instant::now() < deadline, "it is still told");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(becomes());
}

#[test]
fn what_zsh_becomes_is_left_alone() {
    is_left_alone_after_exec(&ZSH);
}

#[test]
fn what_fish_becomes_is_left_alone() {
    is_left_alone_after_exec(&FISH);
}

#[test]
fn tmux_shows_it_in_its_status_line() {
    let world = World::with_config("[prompt]\nformat = \"50%#[x]{names}\"\n");
    if !installed("tmux") {
        return skip("tmux is not installed");
    }
    asks(&world, "build");
    let conf = "set -g status-right '<#(msprompt --format tmux)>'\nset -g status-right-length 60\n";
    fs::write(world.path("home/tmux.conf"), conf).unwrap();
    let socket = world.path("tmux").display().to_string();
    let conf = world.path("home/tmux.conf").display().to_string();
    let args = ["-S", &socket, "-f", &conf, "new-session", "cat"];
    let mut terminal = world.terminal("tmux", &args);
    terminal.expect("<50%#[x]build>");
    let _ = world.command("tmux").args(["-S", &socket, "kill-server"]).output();
    terminal.wait();
}

#[test]
fn no_colour_is_no_colour() {
    let world = World::new();
    world.start("a", &["cat"]);
    world.wait_status("a", "waiting");
    for format in ["bash", "zsh", "tmux"] {
        let with = |value: &str| {
            let output =
                world.command("msprompt").args(["--format", format]).env("NO_COLOR", value).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(with("").contains("33m") || with("").contains("yellow"), "{format}: {:?}", with(""));
        assert_eq!(with("1").trim_end(), "◐1 a", "{format}");
    }
}
