//! From the first byte to the last: ends of every kind, what is kept, and deaths that nobody saw.

use std::fs;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{World, until};

#[test]
fn an_exit_code_is_not_a_signal() {
    let world = World::new();
    world.start("code", &["sh", "-c", "exit 7"]);
    assert_eq!(world.wait_end("code")["exit"], serde_json::json!({"code": 7}));
    world.start("signal", &["sh", "-c", "kill -TERM $$"]);
    assert_eq!(world.wait_end("signal")["exit"], serde_json::json!({"signal": 15, "core": false}));
    assert_eq!(world.ok("msls", &["-a", "--status", "completed", "--format", "{name}"]).lines().count(), 2);
}

#[test]
fn all_that_was_printed_is_kept_to_the_last_byte() {
    let world = World::new();
    world.start("many", &["sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done"]);
    let session = world.wait_end("many");
    let text = world.ok("msbuf", &["--raw", "many"]);
    let expected: String = (0..20000).map(|i| format!("line-{i}\r\n")).collect();
    assert!(text == expected, "{} bytes instead of {}", text.len(), expected.len());
    assert_eq!(session["written"].as_u64().unwrap() as usize, expected.len());
    let saved = world.path("state/ms/sessions").join(session["id"].as_str().unwrap()).join("output.zst");
    assert!(fs::metadata(saved).unwrap().len() < expected.len() as u64 / 4, "compressed");
}

#[test]
fn a_small_ring_keeps_the_newest() {
    let world = World::new();
    world.ok("msnew", &["-n", "s", "-b", "4K", "sh", "-c", "seq 10000; cat"]);
    world.wait_output("s", "10000");
    let session = world.session("s");
    let kept = session["written"].as_u64().unwrap() - session["floor"].as_u64().unwrap();
    assert!((3072..=4096).contains(&kept), "a quarter at most is cleared ahead of the next read: {kept}");
    let text = world.ok("msbuf", &["--raw", "s"]);
    assert!(text.len() as u64 == kept && text.ends_with("9999\r\n10000\r\n"), "{text}");
}

#[test]
fn a_program_that_forks_into_the_background_ends_its_session() {
    let world = World::new();
    let script =
        "setsid sh -c 'while [ -e gate ]; do sleep 0.02; done' </dev/null >/dev/null 2>&1 & echo gone";
    fs::write(world.path("home/gate"), "").unwrap();
    world.start("fork", &["sh", "-c", script]);
    assert_eq!(world.wait_end("fork")["exit"]["code"], 0);
    assert!(world.ok("msbuf", &["--raw", "fork"]).contains("gone"));
    fs::remove_file(world.path("home/gate")).unwrap();
    world.wait_until_empty();
}

#[test]
fn closing_is_a_hang_up_and_returns_when_all_is_over() {
    let world = World::new();
    world.start("a", &["bash", "--norc"]);
    world.start("b", &["cat"]);
    world.ok("msclose", &["a", "b"]);
    assert_eq!(world.ok("msls", &[]), "");
    assert_eq!(world.session("b")["exit"], serde_json::json!({"signal": 1, "core": false}));
    world.wait_until_empty();
}

/// Whether such a process of the world runs.
fn runs(world: &World, command: &str) -> bool {
    let is = |pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).replace('\0', " ").trim() == command
    };
    world.processes().iter().any(is)
}

#[test]
fn a_child_that_is_deaf_does_not_take_along_what_was_meant_to_stay() {
    let world = World::new();
    let script = "nohup sleep 1101 >/dev/null & setsid sleep 1102 & (trap '' HUP; exec sleep 1103) & sleep 1104 & \
                  trap '' HUP; echo ready; while :; do sleep 1; done";
    let start = |name: &str| {
        world.start(name, &["bash", "-c", script]);
        world.wait_output(name, "ready");
        until("all run", || (1101..=1104).all(|n| runs(&world, &format!("sleep {n}"))));
    };
    let left = || (1101..=1104).filter(|n| runs(&world, &format!("sleep {n}"))).collect::<Vec<_>>();
    start("deaf");
    world.ok("msclose", &["deaf"]);
    assert_eq!(world.session("deaf")["exit"]["signal"], 9);
    assert_eq!(left(), [1101, 1102, 1103], "what hears a hang-up has ended");
    for pid in world.processes() {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    start("deaf");
    world.ok("msclose", &["--force", "deaf"]);
    until("only what has left the terminal is there", || left() == [1102]);
}

#[test]
fn what_ignores_the_hang_up_is_killed_after_the_grace_or_at_once() {
    let world = World::new();
    world.start("deaf", &["sh", "-c", "trap '' HUP TERM; echo ready; while :; do sleep 1; done"]);
    world.wait_output("deaf", "ready");
    world.ok("msclose", &["--force", "deaf"]);
    assert_eq!(world.session("deaf")["exit"]["signal"], 9);
    world.start("deaf", &["sh", "-c", "trap '' HUP TERM; echo ready; while :; do sleep 1; done"]);
    world.wait_output("deaf", "ready");
    world.ok("msclose", &["deaf"]);
    assert_eq!(world.session("deaf")["exit"]["signal"], 9);
    world.wait_until_empty();
}

#[test]
fn closing_what_is_not_there_names_it_and_closes_the_others() {
    let world = World::new();
    world.start("build2", &["cat"]);
    world.start("other", &["cat"]);
    let message = world.fails(3, "msclose", &["build", "other"]);
    assert_eq!(message, "msclose: build: no such session (did you mean 'build2'?)\n");
    assert_eq!(world.ok("msls", &[]), "build2\n");
    assert!(world.fails(2, "msclose", &[]).lines().count() > 1);
}

#[test]
fn a_session_closes_itself_only_when_told() {
    let world = World::new();
    world.start("me", &["bash", "--norc"]);
    world.wait_status("me", "waiting");
    world.ok("mssend", &["me", "msclose --self", "--enter"]);
    world.wait_end("me");
    assert_eq!(world.fails(4, "msclose", &["--self"]), "msclose: --self: not inside a session\n");
}

#[test]
fn a_killed_server_is_lost_and_nothing_it_wrote_is() {
    let world = World::new();
    world.start("x", &["sh", "-c", "seq 3000; cat"]);
    world.wait_output("x", "3000");
    let before = world.ok("msbuf", &["--raw", "x"]);
    let session = world.session("x");
    let (server, child) = (session["server_pid"].as_i64().unwrap(), session["child_pid"].as_i64().unwrap());
    kill(Pid::from_raw(server as i32), Signal::SIGKILL).unwrap();
    wait_gone(server);
    let table = world.ok("msls", &["-a", "--format", "{name} {status} {exit}"]);
    assert_eq!(table, "x completed lost=true\n");
    assert_eq!(world.ok("msbuf", &["--raw", "x"]), before);
    assert!(!world.session_dir("x").exists());
    wait_gone(child);
}

/// Until the process has ended; a zombie has.
fn wait_gone(pid: i64) {
    let ended = || match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'),
        Err(_) => true,
    };
    let deadline = std::time::Instant::now() + crate::world::LIMIT;
    while !ended() {
        assert!(std::time::Instant::now() < deadline, "{pid} does not end");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// The record that outlives a session is begun a moment after msnew has returned.
fn wait_recorded(world: &World, id: &str) {
    let deadline = std::time::Instant::now() + crate::world::LIMIT;
    while !world.path("state/ms/sessions").join(id).join("status.json").exists() {
        assert!(std::time::Instant::now() < deadline, "{id} is not recorded");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn a_machine_that_went_down_left_lost_sessions() {
    let world = World::new();
    world.start("x", &["cat"]);
    let session = world.session("x");
    let server = session["server_pid"].as_i64().unwrap();
    wait_recorded(&world, session["id"].as_str().unwrap());
    kill(Pid::from_raw(server as i32), Signal::SIGKILL).unwrap();
    wait_gone(server);
    // As after a reboot: the runtime directory is a new, empty tmpfs.
    fs::remove_dir_all(world.path("run")).unwrap();
    assert_eq!(world.session("x")["exit"], serde_json::json!({"lost": true}));
    assert_eq!(world.run("msbuf", &["--raw", "x"]).code, 0);
}

#[test]
fn a_removed_runtime_directory_is_put_back() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo before; cat"]);
    world.wait_output("x", "before");
    world.wait_status("x", "waiting");
    // The server is quick: it may put things back before all is removed.
    let _ = fs::remove_dir_all(world.path("run"));
    wait_for_path(&world.session_dir("x").join("session.json"));
    world.wait_output("x", "before");
    world.ok("mssend", &["x", "after", "--enter"]);
    world.wait_output("x", "after");
    assert_eq!(world.ok("msls", &[]), "x\n");
    world.ok("msclose", &["x"]);
    assert!(world.ok("msbuf", &["--raw", "x"]).contains("after"));
}

fn wait_for_path(path: &Path) {
    let deadline = std::time::Instant::now() + crate::world::LIMIT;
    while !path.exists() {
        assert!(std::time::Instant::now() < deadline, "{} does not come back", path.display());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn a_terminal_that_goes_away_does_not_take_the_session_along() {
    let world = World::new();
    let mut terminal = world.terminal("bash", &["--norc", "-i"]);
    terminal.expect("$");
    terminal.send("msnew -n kept cat && echo do''ne\r");
    terminal.expect("done");
    drop(terminal);
    world.wait_status("kept", "waiting");
    world.ok("mssend", &["kept", "still here", "--enter"]);
    world.wait_output("kept", "still here");
}

#[test]
fn two_hundred_quick_ones_leave_nothing() {
    let world = World::new();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let world = &world;
            scope.spawn(move || {
                for number in 0..50 {
                    let name = format!("s{worker}-{number}");
                    world.start(&name, &["cat"]);
                    world.ok("msclose", &[&name]);
                }
            });
        }
    });
    assert_eq!(world.ok("msls", &[]), "");
    let all = world.ok("msls", &["-a", "--format", "{name}"]);
    let mut names: Vec<_> = all.lines().collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 200);
    world.wait_until_empty();
    let left: Vec<_> =
        fs::read_dir(world.path("run")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, [".lock"]);
}

#[test]
fn a_session_started_from_another_outlives_it() {
    let world = World::new();
    world.start("outer", &["sh", "-c", "msnew -n inner cat; cat"]);
    world.wait_output("outer", "inner");
    assert_eq!(world.session("inner")["parent"], world.session("outer")["id"]);
    world.ok("msclose", &["--force", "outer"]);
    world.ok("mssend", &["inner", "alive", "--enter"]);
    world.wait_output("inner", "alive");
    assert!(!(world.session("inner")["status"] == "completed"));
}

#[test]
fn a_dead_session_that_is_damaged_goes_by_force() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.wait_status("x", "waiting");
    let server = world.session("x")["server_pid"].as_i64().unwrap();
    kill(Pid::from_raw(server as i32), Signal::SIGKILL).unwrap();
    wait_gone(server);
    let record = world.session_dir("x").join("session.json");
    fs::remove_file(&record).unwrap();
    fs::write(&record, "{").unwrap();
    assert!(world.fails(6, "msclose", &["x"]).contains("--force removes it"));
    world.ok("msclose", &["--force", "x"]);
    assert!(!world.session_dir("x").exists());
}

/// Stops a session's server.
fn stop(world: &World, name: &str) {
    let server = world.session(name)["server_pid"].as_i64().unwrap();
    kill(Pid::from_raw(server as i32), Signal::SIGSTOP).unwrap();
}

#[test]
fn a_session_whose_output_is_no_ring_any_more_is_saved_all_the_same() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo hello; cat"]);
    world.wait_output("x", "hello");
    let output = world.session_dir("x").join("output");
    fs::remove_file(&output).unwrap();
    fs::write(&output, "no ring").unwrap();
    world.ok("msclose", &["x"]);
    assert_eq!(world.ok("msbuf", &["x"]), "hello\n");
}

#[test]
fn a_session_whose_socket_is_gone_ends_by_force() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo hello; cat"]);
    world.wait_output("x", "hello");
    // It can't put it back.
    stop(&world, "x");
    fs::remove_file(world.session_dir("x").join("control")).unwrap();
    assert!(world.fails(6, "msclose", &["x"]).contains("control"));
    world.ok("msclose", &["--force", "x"]);
    assert!(!world.session_dir("x").exists());
    assert_eq!(world.ok("msbuf", &["x"]), "hello\n");
}

#[test]
fn a_session_that_cannot_be_saved_is_not_said_to_be_closed() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo hello; cat"]);
    world.wait_output("x", "hello");
    let id = world.session("x")["id"].as_str().unwrap().to_owned();
    wait_recorded(&world, &id);
    let entry = world.path("state/ms/sessions").join(id);
    fs::remove_dir_all(&entry).unwrap();
    fs::write(&entry, "no directory").unwrap();
    for options in [&["x"][..], &["x"]] {
        let ran = world.run("msclose", options);
        assert!(ran.code == 6 && ran.err.contains("--force removes it"), "{ran:?}");
    }
    world.ok("msclose", &["--force", "x"]);
    assert!(!world.session_dir("x").exists());
}
