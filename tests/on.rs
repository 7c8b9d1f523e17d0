//! What is run outside a terminal: once for each wait, not while a person is there, and whatever a command
//! does, the session goes on.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::switching::{detach, on};
use crate::world::{World, installed, skip, until, wait_asleep};

/// Asks, takes an answer, and asks again.
const ASKS: &str = "while :; do printf 'Go on? [y/n] '; read x || exit; done";

fn world(on: &str) -> World {
    World::with_config(&format!("[limits]\nmax_sessions = 100\nmemory = '100GiB'\n[on]\n{on}\n"))
}

fn asks(world: &World, name: &str) {
    world.start(name, &["sh", "-c", ASKS]);
    waits(world, name);
}

fn waits(world: &World, name: &str) {
    world.wait_for(name, "asks", |status| status["attention"] == "asks" && status["answered"].is_null());
}

/// Lines of a file in the world's home.
fn lines(world: &World, name: &str) -> Vec<String> {
    let text = fs::read_to_string(world.path("home").join(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn wait_lines(world: &World, name: &str, count: usize) -> Vec<String> {
    until(&format!("{count} lines in {name}"), || lines(world, name).len() >= count);
    lines(world, name)
}

fn server(world: &World, name: &str) -> i64 {
    world.read_json(name, "session.json").unwrap()["server_pid"].as_i64().unwrap()
}

/// The server's children, but for the program.
fn others(world: &World, name: &str) -> Vec<String> {
    let record = world.read_json(name, "session.json").unwrap();
    let server = &record["server_pid"];
    let text = fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap();
    let program = record["child_pid"].to_string();
    text.split_whitespace().filter(|pid| **pid != program).map(str::to_owned).collect()
}

fn wait_warning(world: &World, name: &str, text: &str) -> String {
    let warns = |status: &Value| status["warning"].as_str().is_some_and(|warning| warning.contains(text));
    world.wait_for(name, text, warns)["warning"].as_str().unwrap().to_owned()
}

/// A program of the world's own, first on PATH.
fn program(world: &World, name: &str, script: &str) -> String {
    let bin = world.path("bin");
    let _ = fs::create_dir(&bin);
    fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(bin.join(name), PermissionsExt::from_mode(0o755)).unwrap();
    let path = world.environment().into_iter().find(|(key, _)| key == "PATH").unwrap().1;
    format!("{}:{path}", bin.display())
}

#[test]
fn each_wait_is_told_once_with_all_that_there_is_to_tell() {
    let world = world("asks = 'env | grep ^MS_ | sort > \"$HOME/env\"; echo \"$MS_MESSAGE\" >> asked'");
    asks(&world, "x");
    assert_eq!(wait_lines(&world, "asked", 1), ["Go on? [y/n]"]);
    let env = fs::read_to_string(world.path("home/env")).unwrap();
    let session = world.session("x");
    for line in [
        "MS_ON=asks",
        "MS_NAME=x",
        &format!("MS_ID={}", session["id"].as_str().unwrap()),
        "MS_TYPE=",
        "MS_STATUS=waiting",
        "MS_KIND=confirm",
        "MS_ATTENTION=asks",
        "MS_MESSAGE=Go on? [y/n]",
        "MS_EXIT=",
        &format!("MS_SINCE={}", session["since"].as_str().unwrap()),
    ] {
        assert!(env.lines().any(|known| known == line), "{line}: {env}");
    }
    assert!(!env.contains("MS_SESSION="), "{env}");
    // Who comes and goes changes nothing; an answer does.
    let mut terminal = on(&world, "x", "Go on?");
    detach(&mut terminal);
    world.ok("mssend", &["x", "y", "--enter"]);
    waits(&world, "x");
    assert_eq!(wait_lines(&world, "asked", 2).len(), 2);
    until("reaped", || others(&world, "x").is_empty());
    wait_asleep(server(&world, "x"));
    assert_eq!(lines(&world, "asked").len(), 2);
    assert!(session["warning"].is_null());
}

#[test]
fn who_is_done_and_who_has_ended_is_told_of_with_the_exit() {
    let on =
        "done = 'echo $MS_NAME $MS_KIND >> done'\ncompleted = 'echo $MS_NAME $MS_STATUS $MS_EXIT >> over'";
    let world = world(on);
    world.start("shell", &["sh"]);
    world.wait_status("shell", "waiting");
    world.ok("mssend", &["shell", "echo some-work", "--enter"]);
    assert_eq!(wait_lines(&world, "done", 1), ["shell shell"]);
    world.start("fails", &["sh", "-c", "exit 7"]);
    assert_eq!(wait_lines(&world, "over", 1), ["fails completed 7"]);
    world.start("killed", &["sh", "-c", "kill -9 $$"]);
    assert_eq!(wait_lines(&world, "over", 2)[1], "killed completed 137");
    // A person who has it end need not be told.
    world.ok("msclose", &["shell"]);
    world.start("last", &["true"]);
    assert_eq!(wait_lines(&world, "over", 3)[2], "last completed 0");
    assert_eq!(lines(&world, "done").len(), 1, "who has ended is told of once");
}

#[test]
fn nothing_is_run_while_a_person_is_on_it_but_a_watcher_is_none() {
    let world = world("asks = 'echo $MS_NAME >> asked'");
    let slow = "read x; printf 'Go on? [y/n] '; read x; read x";
    for (name, args) in [("seen", vec!["seen"]), ("watched", vec!["-r", "watched"])] {
        world.start(name, &["sh", "-c", slow]);
        world.wait_status(name, "waiting");
        let mut terminal = world.terminal("msswitch", &args);
        world.wait_for(name, "a terminal", |status| status["clients"] == 1);
        world.ok("mssend", &[name, "", "--enter"]);
        terminal.expect("Go on?");
        waits(&world, name);
    }
    // The first prompt of each was a question, too, with nobody there.
    let asked = wait_lines(&world, "asked", 3);
    assert_eq!(asked, ["seen", "watched", "watched"]);
}

#[test]
fn a_type_has_its_own_commands_and_attended_may_be_told_too() {
    let config = "[on]\nasks = 'echo all >> asked'\n[types.own.on]\nasks = 'echo $MS_TYPE >> asked'\n\
                  unless = 'never'\n[types.none.on]\nasks = ''\n";
    let world = World::with_config(config);
    let slowly = "while :; do printf 'Go on? [y/n] '; read x || exit; sleep 0.4; done";
    let start = |kind: &str| world.ok("msnew", &["-t", kind, "-n", kind, "sh", "-c", slowly]);
    start("none");
    waits(&world, "none");
    start("own");
    assert_eq!(wait_lines(&world, "asked", 1), ["own"]);
    let mut terminal = on(&world, "own", "Go on?");
    terminal.send("y\r");
    assert_eq!(wait_lines(&world, "asked", 2), ["own", "own"]);
    assert_eq!(others(&world, "none"), [""; 0]);
    let check = |text: &str| {
        fs::write(world.path("config/ms/config.toml"), text).unwrap();
        world.fails(2, "msnew", &["--check-config"])
    };
    assert!(check("[on]\nasked = 'x'").contains("asked"));
    assert!(check("[types.own.on]\ntimeout = '2min'").contains("on.timeout"));
}

#[test]
fn what_a_program_wrote_is_run_by_nobody() {
    let world = world("asks = 'printf \"%s\\n\" \"$MS_MESSAGE\" >> asked'");
    let evil = r#"printf '$(touch pwned) `touch pwned`'"#;
    let evil = format!("{evil}; printf \"\\\"'; touch pwned; ' \"; printf 'go on? [y/n] '; read x");
    world.start("evil", &["sh", "-c", &evil]);
    let asked = wait_lines(&world, "asked", 1);
    assert!(asked[0].contains("$(touch pwned)") && asked[0].contains("touch pwned; '"), "{asked:?}");
    assert!(!world.path("home/pwned").exists());
}

#[test]
fn a_command_that_fails_is_said_until_one_succeeds() {
    let world = world("asks = 'test -e good || nosuchcommand-of-ours'");
    asks(&world, "x");
    let warning = wait_warning(&world, "x", "[on] asks: exit 127");
    assert!(warning.contains("nosuchcommand-of-ours"), "{warning}");
    let doctor = world.run("msls", &["--doctor"]);
    assert_eq!(doctor.code, 6);
    assert!(doctor.out.contains("BAD x: [on] asks: exit 127"), "{}", doctor.out);
    fs::write(world.path("home/good"), "").unwrap();
    world.ok("mssend", &["x", "y", "--enter"]);
    world.wait_for("x", "no warning", |status| status["warning"].is_null());
}

#[test]
fn an_end_whose_command_fails_says_so_in_the_history() {
    let world = world("completed = 'echo not today >&2; exit 3'");
    world.start("x", &["true"]);
    world.wait_end("x");
    until("said", || world.session("x")["warning"] == "[on] completed: exit 3: not today");
}

#[test]
fn a_command_that_hangs_is_ended_with_its_group_and_delays_nobody() {
    let world = world("timeout = '300ms'\nasks = 'sleep 1007 & echo $! > child; trap \"\" TERM; sleep 1007'");
    asks(&world, "x");
    wait_lines(&world, "child", 1);
    let began = Instant::now();
    world.ok("mssend", &["x", "y", "--enter"]);
    waits(&world, "x");
    assert!(began.elapsed() < Duration::from_secs(20));
    wait_warning(&world, "x", "took longer than 300ms and was ended");
    let child = lines(&world, "child")[0].clone();
    until("ended", || !PathBuf::from(format!("/proc/{child}")).exists());
}

#[test]
fn what_a_command_leaves_behind_is_no_part_of_the_session() {
    let world = world(
        "asks = 'setsid sh -c \"echo \\$\\$ > left; exec sleep 1007\" & while ! test -s left; do :; done'",
    );
    asks(&world, "x");
    let left = wait_lines(&world, "left", 1)[0].clone();
    until("done", || others(&world, "x").len() == 1);
    world.ok("mspause", &["x"]);
    let state = fs::read_to_string(format!("/proc/{left}/stat")).unwrap();
    assert!(state.contains(") S "), "{state}");
    world.ok("mspause", &["--resume", "x"]);
    waits(&world, "x");
    let server = server(&world, "x");
    world.ok("msclose", &["--force", "x"]);
    world.wait_end("x");
    until("over", || !PathBuf::from(format!("/proc/{server}")).exists());
    assert!(PathBuf::from(format!("/proc/{left}")).exists());
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(left.parse().unwrap()),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
    world.wait_until_empty();
}

#[test]
fn one_command_runs_at_a_time_and_the_newest_is_next() {
    let world = world("status = 'echo $MS_STATUS >> seen; until test -e go; do sleep 0.02; done'");
    world.start("x", &["sh", "-c", "read x; read x; read x; exec sleep 1007"]);
    wait_lines(&world, "seen", 1);
    for _ in 0..3 {
        world.ok("mspause", &["x"]);
        world.ok("mspause", &["--resume", "x"]);
        waits(&world, "x");
    }
    assert_eq!(others(&world, "x").len(), 1, "one at a time");
    assert_eq!(lines(&world, "seen").len(), 1);
    fs::write(world.path("home/go"), "").unwrap();
    assert_eq!(wait_lines(&world, "seen", 2), ["waiting", "waiting"], "the newest");
    until("over", || others(&world, "x").is_empty());
    assert_eq!(lines(&world, "seen").len(), 2);
}

#[test]
fn ten_that_ask_at_once_are_told_of_each_once() {
    let world = world("asks = 'echo $MS_NAME >> asked; until test -e go; do sleep 0.05; done'");
    let names: Vec<String> = (0..10).map(|number| format!("s{number}")).collect();
    let ask = "until test -e ask; do sleep 0.05; done; printf 'Go on? [y/n] '; read x; read x";
    for name in &names {
        world.start(name, &["sh", "-c", ask]);
    }
    fs::write(world.path("home/ask"), "").unwrap();
    names.iter().for_each(|name| waits(&world, name));
    let mut asked = wait_lines(&world, "asked", 10);
    asked.sort();
    assert_eq!(asked, names);
    assert_eq!(world.ok("msls", &["--needs-me"]).lines().count(), 10);
    names.iter().for_each(|name| assert_eq!(others(&world, name).len(), 1));
    fs::write(world.path("home/go"), "").unwrap();
    names.iter().for_each(|name| until("reaped", || others(&world, name).is_empty()));
    assert_eq!(lines(&world, "asked").len(), 10);
}

#[cfg(feature = "faults")]
#[test]
fn where_nothing_can_be_started_the_session_goes_on_and_says_so() {
    let world = world("asks = 'echo x >> asked'\ncompleted = 'echo x >> asked'");
    fs::create_dir(world.path("faults")).unwrap();
    fs::write(world.path("faults/on.fork"), "EAGAIN").unwrap();
    let mut command = world.command("msnew");
    command.env("MS_FAULTS", world.path("faults")).args(["-n", "x", "sh", "-c", ASKS]);
    assert!(command.status().unwrap().success());
    wait_warning(&world, "x", "[on] asks: ");
    world.ok("mssend", &["x", "--key", "C-d"]);
    world.wait_end("x");
    let warning = world.session("x")["warning"].as_str().unwrap().to_owned();
    assert!(warning.contains("[on] completed: "), "{warning}");
    assert_eq!(lines(&world, "asked"), [""; 0]);
}

/// The examples of the configuration's page, by what stands in them.
fn recipe(word: &str) -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/man/src/ms-config.5.md");
    let page = fs::read_to_string(page).unwrap();
    let mut blocks = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.find(|block| block.contains(word)).unwrap_or_else(|| panic!("no example with {word}")).to_owned()
}

/// Starts what asks in a way that others may want to interpret, with this PATH and more variables.
fn ask_in(world: &World, path: &str, more: &[(&str, String)]) {
    let ask = format!("printf %s '{MESSAGE} '; read x; exit 4");
    let mut command = world.command("msnew");
    command.env("PATH", path).args(["-n", "x", "sh", "-c", &ask]);
    command.envs(more.iter().map(|(key, value)| (*key, value)));
    assert!(command.status().unwrap().success());
    waits(world, "x");
}

const MESSAGE: &str = "-t <b>&amp; #(touch pwned) $(touch pwned) %H 100%? [y/n]";

#[test]
fn the_recipe_for_a_desktop_notification() {
    let world = World::with_config(&recipe("notify-send"));
    let path = program(&world, "notify-send", "for word; do printf '%s\\n' \"$word\" >> sent; done");
    ask_in(&world, &path, &[]);
    let escaped = MESSAGE.replace('&', "&amp;").replace('<', "&lt;");
    assert_eq!(wait_lines(&world, "sent", 5), ["-u", "critical", "--", "x asks", &escaped]);
    world.ok("mssend", &["x", "y", "--enter"]);
    assert_eq!(wait_lines(&world, "sent", 8)[5..], ["--", "x has ended", "exit 4"]);
    assert!(!world.path("home/pwned").exists());
}

#[test]
fn the_recipe_for_a_sound() {
    let world = World::with_config(&recipe("paplay"));
    let path = program(&world, "paplay", "printf '%s\\n' \"$@\" >> played");
    ask_in(&world, &path, &[]);
    let played = wait_lines(&world, "played", 1);
    assert!(played[0].starts_with("/usr/share/sounds/"), "{played:?}");
}

#[test]
fn the_recipe_for_ntfy() {
    if !installed("curl") {
        return skip("curl is not installed");
    }
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/TOPIC", server.local_addr().unwrap());
    let recipe = recipe("ntfy.sh").replace("https://ntfy.sh/TOPIC", &url);
    assert!(recipe.contains(&url));
    let world = World::with_config(&recipe);
    let path = world.environment().into_iter().find(|(key, _)| key == "PATH").unwrap().1;
    ask_in(&world, &path, &[("no_proxy", "*".into())]);
    let (stream, _) = server.accept().unwrap();
    let (head, body) = request(&stream);
    assert!(head.starts_with("POST /TOPIC "), "{head}");
    assert!(head.contains("Title: x asks"), "{head}");
    assert_eq!(body, MESSAGE);
    (&stream).write_all(b"HTTP/1.1 507 Full\r\nContent-Length: 0\r\n\r\n").unwrap();
    drop(stream);
    assert!(wait_warning(&world, "x", "[on] asks: ").contains("507"));
}

/// A request's head and body.
fn request(stream: &std::net::TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    let mut body = vec![0; length.trim().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

#[test]
fn the_recipe_for_tmux() {
    if !installed("tmux") {
        return skip("tmux is not installed");
    }
    let world = World::with_config(&recipe("tmux"));
    let tmp = world.path("tmux");
    fs::create_dir(&tmp).unwrap();
    let place = format!("TMUX_TMPDIR={}", tmp.display());
    let mut terminal =
        world.terminal("env", &[&place, "tmux", "-f", "/dev/null", "new", "echo up; exec cat"]);
    terminal.expect("up");
    let path = world.environment().into_iter().find(|(key, _)| key == "PATH").unwrap().1;
    ask_in(&world, &path, &[("TMUX_TMPDIR", tmp.display().to_string())]);
    let tmux = |args: &[&str]| {
        let ran = world.command("tmux").env("TMUX_TMPDIR", &tmp).args(args).output().unwrap();
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    let told = format!("x asks: {MESSAGE}");
    until("told", || tmux(&["show-messages"]).contains(&told));
    assert!(!world.path("home/pwned").exists());
    assert!(world.session("x")["warning"].is_null());
    tmux(&["kill-server"]);
    terminal.wait();
}
