//! `mswait`: at once, in time, or never; with no wake-up lost and none for nothing.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::world::{World, installed, skip, wait_asleep};

fn started(world: &World, args: &[&str]) -> Child {
    world.command("mswait").args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn what_is_so_already_returns_at_once() {
    let world = World::new();
    world.start("a", &["cat"]);
    world.wait_status("a", "waiting");
    assert_eq!(world.ok("mswait", &["a"]), "a\n");
    assert_eq!(world.ok("mswait", &["--any"]), "a\n");
}

#[test]
fn who_only_looks_needs_no_lock() {
    for is_directory in [true, false] {
        let world = World::new();
        world.start("a", &["cat"]);
        world.wait_status("a", "waiting");
        let lock = world.path("run/.lock");
        fs::remove_file(&lock).unwrap();
        match is_directory {
            true => fs::create_dir(&lock).unwrap(),
            false => nix::unistd::mkfifo(&lock, nix::sys::stat::Mode::S_IRWXU).unwrap(),
        }
        assert_eq!(world.ok("mswait", &["-t", "5", "a"]), "a\n");
        let wait = started(&world, &["--text", "typed-it", "-t", "20", "a"]);
        world.ok("mssend", &["a", "typed-it", "--enter"]);
        assert_eq!(ended(wait), (Some(0), "a\n".into()));
        assert_eq!(world.ok("msls", &[]), "a\n");
        // The world ends its sessions as anybody does.
        if is_directory { fs::remove_dir(&lock) } else { fs::remove_file(&lock) }.unwrap();
    }
}

#[test]
fn what_becomes_so_is_told_with_its_name() {
    let world = World::new();
    nix::unistd::mkfifo(&world.path("home/gate"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    world.start("a", &["sh", "-c", "read x < gate; read y"]);
    let wait = started(&world, &["a"]);
    fs::write(world.path("home/gate"), "\n").unwrap();
    assert_eq!(ended(wait), (Some(0), "a\n".into()));
}

#[test]
fn sessions_that_begin_meanwhile_count() {
    let world = World::new();
    world.start("busy", &["sleep", "1000"]);
    let wait = started(&world, &["--any"]);
    wait_asleep(wait.id());
    world.start("late", &["cat"]);
    assert_eq!(ended(wait), (Some(0), "late\n".into()));
}

#[test]
fn the_program_s_own_code_is_handed_on() {
    let world = World::new();
    world.start("a", &["sh", "-c", "read x; exit 7"]);
    let wait = started(&world, &["--exit-status", "a"]);
    world.ok("mssend", &["a", "--enter"]);
    assert_eq!(ended(wait).0, Some(7));
    assert_eq!(world.run("mswait", &["-e", "a"]).code, 7, "completed ones too");
    world.start("b", &["sh", "-c", "kill -TERM $$"]);
    assert_eq!(world.run("mswait", &["-e", "b"]).code, 128 + 15);
}

#[test]
fn a_session_that_ends_first_is_a_no_and_never_a_hang() {
    let world = World::new();
    world.start("a", &["sh", "-c", "read x"]);
    let wait = started(&world, &["--until", "paused", "a"]);
    wait_asleep(wait.id());
    world.ok("msclose", &["a"]);
    assert_eq!(ended(wait).0, Some(1));
}

#[test]
fn text_is_found_before_and_after_and_a_wrong_pattern_is_shown() {
    let world = World::new();
    world.start("a", &["sh", "-c", "echo ready on port 8080; cat"]);
    assert_eq!(world.ok("mswait", &["--text", "port \\d+", "a"]), "a\n");
    let wait = started(&world, &["--text", "late[r]", "a"]);
    world.ok("mssend", &["a", "later", "--enter"]);
    assert_eq!(ended(wait), (Some(0), "a\n".into()));
    let message = world.fails(2, "mswait", &["--text", "a(b", "a"]);
    assert!(message.contains("a(b") && message.contains('^'), "{message}");
}

#[test]
fn quiet_and_changed_and_time_limits() {
    let world = World::new();
    world.start("a", &["cat"]);
    world.wait_status("a", "waiting");
    let began = Instant::now();
    assert_eq!(world.ok("mswait", &["--quiet", "300ms", "a"]), "a\n");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(world.run("mswait", &["--until", "paused", "-t", "100ms", "a"]).code, 5);
    let wait = started(&world, &["--changed", "a"]);
    wait_asleep(wait.id());
    world.ok("mspause", &["a"]);
    assert_eq!(ended(wait), (Some(0), "a\n".into()));
    assert!(world.fails(3, "mswait", &["nosuch"]).contains("no such session"));
}

#[test]
fn follow_tells_every_change() {
    let world = World::new();
    world.start("a", &["cat"]);
    world.wait_status("a", "waiting");
    let mut follow = started(&world, &["--follow", "--json"]);
    wait_asleep(follow.id());
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    let mut next = |what: &str| loop {
        let line = lines.next().unwrap().unwrap();
        if line.contains(what) {
            break line;
        }
    };
    world.ok("mspause", &["a"]);
    next("\"paused\"");
    world.ok("mspause", &["--resume", "a"]);
    next("\"waiting\"");
    world.ok("msclose", &["a"]);
    next("\"completed\"");
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn a_question_is_asked_and_its_answer_read() {
    let world = World::new();
    let rounds: [(&str, &[&str], &str, &str); 3] = [
        ("sh", &["bash", "--norc"], "echo $((6*7))", "\n42\n"),
        ("py", &["python3", "-q"], "6*7", "\n42\n"),
        ("db", &["sqlite3"], "select 6*7;", "\n42\n"),
    ];
    for (name, command, question, answer) in rounds {
        if !installed(command[0]) {
            skip(&format!("{} is not installed", command[0]));
            continue;
        }
        world.start(name, command);
        world.ok("mswait", &[name]);
        let script =
            format!("mssend {name} '{question}' --enter && mswait {name} && msbuf --since-send {name}");
        let output = world.command("sh").args(["-c", &script]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(answer), "{name}: {text:?} {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn after_a_key_the_wait_that_is_meant_is_the_one_after_it() {
    let world = World::new();
    let script =
        "stty raw -echo; while :; do printf 'go? '; head -c1 >/dev/null; sleep 0.2; printf 'done '; done";
    world.start("x", &["sh", "-c", script]);
    world.wait_status("x", "waiting");
    for round in 1..4 {
        world.ok("mssend", &["x", "y"]);
        world.ok("mswait", &["-t", "60", "x"]);
        let text = world.ok("msbuf", &["--raw", "x"]);
        assert_eq!(text.matches("done").count(), round, "{text}");
    }
}
