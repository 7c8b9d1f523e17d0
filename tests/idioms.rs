//! Every command that the manual, --help and the README show is run as it is written, in a world that has
//! what it speaks of. What goes to a session is run on a terminal, what never ends is ended.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::panic::catch_unwind;
use std::process::Stdio;

use ms_docs::{examples, tools};

use crate::world::{Ran, World, installed, skip, until};

/// What each session shows, so that who goes there can see it.
const SIGN: &str = "printed by";

/// Sessions that the examples speak of.
const SESSIONS: [&str; 10] =
    ["build", "release", "editor", "api", "py", "agent", "cargo-api", "one", "two", "three"];

/// Files that they speak of.
const FILES: [(&str, &str); 10] = [
    ("release.sh", "printf 'Release version 2.1 now? [y/N] '; read -r answer"),
    ("primes.py", "input('go? ')"),
    ("server.log", "it listens"),
    ("question.txt", "why?"),
    ("Makefile", "all install:\n\t@echo made\n"),
    ("deploy", "#!/bin/sh\n"),
    ("install", "#!/bin/sh\nread x\n"),
    ("bin/curl", "#!/bin/sh\n"),
    ("bin/socat", "#!/bin/sh\n"),
    ("bin/claude", "#!/bin/sh\necho printed by claude\nexec cat\n"),
];

const CONFIG: &str =
    "[limits]\nmax_sessions = 30\n[types.api]\ncommand = [\"cat\"]\n[types.agent]\ncommand = [\"claude\"]\n";

#[test]
fn what_the_pages_and_the_readme_show_does_what_it_says() {
    let root = ms_docs::root();
    let mut pages: Vec<_> =
        fs::read_dir(root.join("man/src")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.push(root.join("README.md"));
    let texts = pages.iter().map(|path| fs::read_to_string(path).unwrap());
    let scripts: Vec<String> = texts.flat_map(|text| examples::scripts(&text)).collect();
    assert!(scripts.len() > 30, "{scripts:?}");
    run_all(&scripts);
}

#[test]
fn what_help_shows_does_what_it_says() {
    let help = |tool: clap::Command| tool.get_after_help().map(ToString::to_string).unwrap_or_default();
    let scripts: Vec<String> =
        tools::all().into_iter().flat_map(|tool| examples::of_help(&help(tool))).collect();
    assert!(scripts.len() > 30, "{scripts:?}");
    run_all(&scripts);
}

fn run_all(scripts: &[String]) {
    let mut failed = Vec::new();
    for script in scripts.iter().flat_map(|script| parts(script)) {
        let missing = |program: &str| script.contains(&format!("| {program}")) && !installed(program);
        match ["fzf", "jq"].into_iter().find(|program| missing(program)) {
            Some(program) => skip(&format!("{program} is not installed: {script}")),
            None if catch_unwind(|| run(&script)).is_err() => failed.push(script),
            None => {}
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A script that depends on none of its lines going to a session is run as a whole.
fn parts(script: &str) -> Vec<String> {
    let lines = || script.lines().map(str::to_owned);
    match lines().any(|line| goes_there(&line) || line.contains("msprompt init")) {
        true => lines().filter(|line| !line.trim().is_empty()).collect(),
        false => vec![script.to_owned()],
    }
}

fn run(script: &str) {
    // Those that install are what `make install` and cargo do.
    if script.starts_with("make ") || script.starts_with("cargo ") {
        return;
    }
    let world = prepared(script);
    if script.starts_with("alias ") || script.starts_with("pick()") {
        run_plainly(&world, "sh", script);
    } else if goes_there(script) {
        go_there(&world, script);
    } else if script.contains("msmark") || script.contains("$(msname") || script == "msname" {
        run_inside(&world, script);
    } else if script.contains("--follow") || script.contains("--record") {
        run_for_a_while(&world, script);
    } else {
        run_plainly(&world, shell_of(script), script);
    }
}

fn goes_there(script: &str) -> bool {
    let defines = script.starts_with("alias ") || script.starts_with("pick()");
    !defines && (script.contains("msswitch") || script.contains("msnew -s"))
}

fn shell_of(script: &str) -> &'static str {
    let shells = [("init bash", "bash"), ("init zsh", "zsh"), ("init fish", "fish")];
    shells.iter().find(|(mark, _)| script.contains(mark)).map_or("sh", |(_, shell)| shell)
}

/// A world with the files, and with the sessions that the script names and does not start.
fn prepared(script: &str) -> World {
    let world = World::with_config(CONFIG);
    for dir in ["src/api", "bin"] {
        fs::create_dir_all(world.path("home").join(dir)).unwrap();
    }
    for (name, text) in FILES {
        let path = world.path("home").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let words: Vec<&str> = script.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
    let starts = |name: &str| script.contains(&format!("msnew -n {name}"));
    let mut named: Vec<&str> =
        SESSIONS.into_iter().filter(|name| words.contains(name) && !starts(name)).collect();
    if named.is_empty() && !script.contains("msnew") {
        named.push("build");
    }
    named.iter().for_each(|name| start(&world, name, script));
    world.start("idle", &["sleep", "1000"]);
    world.wait_status("idle", "active");
    world
}

fn start(world: &World, name: &str, script: &str) {
    let is_over = ["--again", "--exit-status", "completed"].iter().any(|end| script.contains(end));
    if is_over {
        world.start(name, &["true"]);
        drop(world.wait_end(name));
    } else if name == "py" {
        world.start(name, &["python3", "-q"]);
        world.wait_status(name, "waiting");
    } else {
        let program = "seq 2000; echo listening on 0.0.0.0:8080, no error; echo printed by $0; exec cat";
        world.start(name, &["sh", "-c", program, name]);
        world.wait_status(name, "waiting");
    }
}

/// The directory of stand-ins comes first in PATH, and fzf picks without being asked.
fn prelude() -> &'static str {
    "PATH=$HOME/bin:$PATH; FZF_DEFAULT_OPTS='--filter=build'; export PATH FZF_DEFAULT_OPTS\n"
}

fn run_plainly(world: &World, shell: &str, script: &str) {
    if !installed(shell) {
        return skip(&format!("{shell} is not installed: {script}"));
    }
    let setup = if shell == "fish" { "" } else { prelude() };
    let mut command = world.command(shell);
    let command = command.args(["-c", &format!("{setup}{script}")]).stdin(Stdio::null());
    good(script, &Ran::of(command.output().unwrap()));
}

/// In a session, as a hook is run.
fn run_inside(world: &World, script: &str) {
    world.start("inside", &["sh", "-c", &format!("({script}\n) 2>errors; echo $? >code")]);
    world.wait_end("inside");
    let read = |name: &str| fs::read_to_string(world.path("home").join(name)).unwrap();
    assert_eq!((read("errors").as_str(), read("code").as_str()), ("", "0\n"), "{script}");
}

fn run_for_a_while(world: &World, script: &str) {
    let command = format!("{}{script}", prelude());
    let ran = Ran::of(world.command("timeout").args(["1", "sh", "-c", &command]).output().unwrap());
    assert!(matches!(ran.code, 0 | 124), "{script}: {ran:?}");
    assert_eq!(ran.err, "", "{script}");
}

/// On a terminal, to the session and away again.
fn go_there(world: &World, script: &str) {
    let mut command = format!("{}{script}", prelude());
    let goes_back = script.starts_with("msswitch -") && !script.contains("build");
    if goes_back {
        command = format!("msswitch build\n{command}");
    }
    let mut terminal = world.terminal("sh", &["-c", &command]);
    let mut from = 0;
    for _ in 0..1 + usize::from(goes_back) {
        // Bytes, not the screen: what comes after may have covered it before anybody looked.
        terminal.expect_bytes(from, SIGN.as_bytes());
        terminal.settle();
        from = terminal.bytes.len();
        terminal.send("\u{1c}d");
        terminal.expect_bytes(from, b"detached from");
    }
    let ended = terminal.wait();
    assert!(ended.success(), "{script}: {ended}\n{}", terminal.text());
}

fn good(script: &str, ran: &Ran) {
    assert_eq!(ran.code, 0, "{script}: {ran:?}");
    assert_eq!(ran.err, "", "{script}");
}

/// The programs of the README's story.
const STORY: [(&str, &str); 3] = [
    (
        "release.sh",
        "echo Everything is built and tested.; printf 'Release version 2.1 now? [y/N] '; read a; sleep 1000",
    ),
    ("primes.py", "while True: pass"),
    ("server.log", ""),
];

#[test]
fn the_readme_s_story_prints_what_it_shows() {
    if !installed("python3") {
        return skip("python3 is not installed");
    }
    let world = shop();
    let readme = fs::read_to_string(ms_docs::root().join("README.md")).unwrap();
    let (story, _) = readme.split_once("## The tools").unwrap();
    let steps = steps(story);
    assert!(steps.iter().filter(|(_, shown)| !shown.is_empty()).count() >= 5, "{steps:?}");
    for (command, shown) in steps.iter().filter(|(command, _)| !command.starts_with("msswitch")) {
        assert_eq!(printed(&world, command), *shown, "{command}");
    }
}

#[test]
fn what_the_readme_shows_besides_its_story_is_what_is_printed() {
    let world = shop();
    // What is shown is of a program that rests: on a busy machine its start can fall into the first look.
    until("a look at rest", || {
        world.run("msclose", &["--force", "release"]);
        world.ok("sh", &["-c", "cd shop && msnew -n release sh release.sh"]);
        let status = world.wait_status("release", "waiting");
        status["evidence"].as_array().unwrap().iter().any(|it| it["says"] == "0 % of a core")
    });
    let readme = fs::read_to_string(ms_docs::root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("## The tools").unwrap();
    let steps = steps(rest);
    assert!(!steps.is_empty());
    for (command, shown) in steps {
        assert_eq!(printed(&world, &command), shown, "{command}");
    }
}

/// What is shown with its output stands in the README alone, where the output is held against the tools'.
#[test]
fn no_page_shows_output_that_is_not_checked() {
    for entry in fs::read_dir(ms_docs::root().join("man/src")).unwrap() {
        let path = entry.unwrap().path();
        let page = fs::read_to_string(&path).unwrap();
        assert_eq!(examples::blocks(&page, "console"), Vec::<String>::new(), "{path:?}");
        let shown = page.lines().any(|line| line.trim_start().starts_with("$ ms"));
        assert!(!shown, "{path:?}: a command with its output outside a block");
    }
}

/// A world with the files of the README's story.
fn shop() -> World {
    let world = World::new();
    fs::create_dir_all(world.path("home/shop")).unwrap();
    for (name, text) in STORY {
        fs::write(world.path("home/shop").join(name), text).unwrap();
    }
    world
}

/// The commands that a text shows, each with what it says is printed.
fn steps(text: &str) -> Vec<(String, Vec<String>)> {
    let blocks = examples::blocks(text, "console").join("");
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    for line in blocks.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command.to_owned(), Vec::new())),
            (None, Some((_, shown))) => shown.push(comparable(line)),
            (None, None) => panic!("no command before {line}"),
        }
    }
    steps
}

/// What a command of the story prints, on a terminal if that makes a difference.
fn printed(world: &World, command: &str) -> Vec<String> {
    if command == "msls" {
        for (name, status) in [("release", "waiting"), ("primes", "processing"), ("tail-shop", "active")] {
            world.wait_status(name, status);
        }
    }
    let script = format!("cd shop && {command}");
    let text = if command.starts_with("msls") {
        let mut terminal = world.terminal("sh", &["-c", &script]);
        assert!(terminal.wait().success(), "{command}");
        terminal.text()
    } else {
        let ran = Ran::of(world.command("sh").args(["-c", &script]).stdin(Stdio::null()).output().unwrap());
        good(command, &ran);
        ran.out
    };
    let mut lines: Vec<String> = text.lines().map(comparable).filter(|line| !line.is_empty()).collect();
    if command.contains("--all") {
        // Those that end together have no order.
        lines.sort_by_key(|line| ["tail-shop", "primes", "release"].map(|name| !line.contains(name)));
    }
    lines
}

/// Without what differs from run to run: spans of time, numbers of processes, and the widths of columns.
fn comparable(line: &str) -> String {
    let is_time =
        |word: &str| word.trim_end_matches(',').strip_suffix('s').is_some_and(|n| n.parse::<u32>().is_ok());
    let is_number = |word: &str| word.parse::<u32>().is_ok_and(|n| n > 1);
    let words = line.split_whitespace().map(|word| match word {
        word if is_time(word) => "TIME",
        word if is_number(word) => "NUMBER",
        word => word,
    });
    words.collect::<Vec<_>>().join(" ")
}
