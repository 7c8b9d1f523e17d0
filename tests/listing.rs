//! `msls`: for eyes, for pipes, for scripts; with damage in between.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::world::{World, until};

#[test]
fn nothing_is_an_empty_list_and_waiting_for_none_is_a_no() {
    let world = World::new();
    assert_eq!(world.ok("msls", &[]), "");
    assert_eq!(world.ok("msls", &["--json"]), "[]\n");
    assert_eq!(world.fails(1, "msls", &["--waiting"]), "");
}

#[test]
fn what_ended_is_listed_by_its_end_its_type_and_its_age() {
    let world = World::with_config("[types.api]\ncommand = ['sh', '-c']\n");
    for (name, script) in [("fine", "exit 0"), ("bad", "exit 7"), ("killed", "kill -9 $$")] {
        world.ok("msnew", &["-t", "api", "-n", name, script]);
        world.wait_end(name);
    }
    world.ok("msnew", &["-t", "api", "-n", "lives", "exec sleep 1007"]);
    world.start("other", &["sleep", "1007"]);
    let names = |args: &[&str]| {
        let ran = world.run("msls", &[args, &["--format", "{name}"]].concat());
        let mut names: Vec<String> = ran.out.lines().map(str::to_owned).collect();
        names.sort();
        assert_eq!(ran.code, i32::from(names.is_empty()), "{args:?}: {ran:?}");
        names.join(" ")
    };
    assert_eq!(names(&["--exit", "failed"]), "bad killed");
    assert_eq!(names(&["--exit", "ok,137", "--all"]), "fine killed");
    assert_eq!(names(&["--exit", "7", "-t", "none"]), "");
    assert_eq!(names(&["--type", "api"]), "lives");
    assert_eq!(names(&["--type", "api", "--all"]), "bad fine killed lives");
    assert_eq!(names(&["--all", "--newer", "1h"]), "bad fine killed lives other");
    assert_eq!(names(&["--all", "--older", "1h"]), "");
    let told = world.fails(2, "msls", &["--exit", "sometimes"]);
    assert!(told.contains("ok, failed, lost"), "{told}");
    world.fails(2, "msls", &["--newer", "often"]);
}

#[test]
fn json_has_the_promised_names() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo out; cat"]);
    world.wait_output("x", "out");
    let session = world.session("x");
    let promised = "name id status kind since message evidence confidence mode clients cols rows title type argv cwd \
                    created server_pid child_pid buffer written floor last_output waits";
    for name in promised.split_whitespace() {
        assert!(session.get(name).is_some(), "{name} is missing in {session}");
    }
    assert!(session["created"].as_str().unwrap().ends_with('Z'));
    world.ok("msclose", &["x"]);
    let session = world.session("x");
    assert!(session.get("ended").is_some() && session["exit"]["signal"] == 1, "{session}");
}

/// The fields that the manual promises: the words in heads of its list.
fn promised() -> Vec<String> {
    let page = include_str!("../man/src/msls.1.md");
    let (_, list) = page.split_once("These names are a promise").unwrap();
    let (list, _) = list.split_once("Times are RFC 3339").unwrap();
    let heads = list.lines().zip(list.lines().skip(1)).filter(|(_, below)| below.starts_with(": "));
    let words = heads.flat_map(|(head, _)| head.split(", ").map(|word| word.trim_matches('`').to_owned()));
    let mut words: Vec<String> = words.collect();
    words.sort_unstable();
    words
}

#[test]
fn every_session_has_every_promised_field_and_no_other() {
    let world = World::new();
    for name in ["live", "done", "lost", "bad"] {
        world.start(name, &["cat"]);
        world.wait_status(name, "waiting");
    }
    world.ok("msclose", &["done"]);
    for name in ["server_pid", "child_pid"] {
        let pid = world.session("lost")[name].as_i64().unwrap();
        let _ =
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), nix::sys::signal::Signal::SIGKILL);
    }
    crate::world::until("it is lost", || world.session("lost")["status"] == "completed");
    assert_eq!(world.session("lost")["exit"], serde_json::json!({ "lost": true }));
    let bad_server = stop(&world, "bad");
    fs::write(world.session_dir("bad").join("status.json"), "{").unwrap();
    let all: Vec<Value> = serde_json::from_str(&world.run("msls", &["--all", "--json"]).out).unwrap();
    let names: Vec<_> = all.iter().map(|session| session["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for session in &all {
        let mut keys: Vec<String> = session.as_object().unwrap().keys().cloned().collect();
        keys.retain(|key| session["name"] != "bad" || key != "damaged");
        keys.sort_unstable();
        assert_eq!(keys, promised(), "{session}");
    }
    let bad = all.iter().find(|session| session["name"] == "bad").unwrap();
    assert!(bad["damaged"].is_string() && bad["status"].is_null(), "{bad}");
    let format: String = promised().iter().map(|name| format!("{{{name}}}")).collect();
    world.run("msls", &["--format", &format]);
    let message = world.fails(2, "msls", &["--format", "{nope}"]);
    assert!(promised().iter().all(|name| message.contains(name.as_str())), "{message}");
    kill(bad_server, Signal::SIGCONT).unwrap();
}

#[test]
fn of_a_completed_session_it_is_said_that_it_has_completed() {
    let world = World::new();
    world.start("over", &["sh", "-c", "exit 7"]);
    let id = world.wait_end("over")["id"].as_str().unwrap().to_owned();
    for name in ["over", id.as_str()] {
        for (tool, args) in [
            ("msls", &["--explain", name][..]),
            ("mssend", &[name, "x"]),
            ("mssend", &["--submit", name, "x"]),
            ("msname", &[name]),
            ("msname", &[name, "new"]),
            ("mspause", &[name]),
            ("mspause", &["--resume", name]),
            ("msswitch", &[name]),
            ("mswait", &["--follow", name]),
        ] {
            let message = world.fails(4, tool, args);
            assert!(
                message.contains(&format!("{name}: completed (")) && message.contains("7"),
                "{tool}: {message}"
            );
        }
    }
    assert!(world.fails(3, "mssend", &["ower", "x"]).contains("no such session"));
}

#[test]
fn waiting_lists_the_longest_wait_first() {
    let world = World::new();
    for name in ["c", "a", "b"] {
        world.start(name, &["cat"]);
        world.wait_status(name, "waiting");
    }
    world.start("busy", &["sh", "-c", "while :; do :; done"]);
    assert_eq!(world.ok("msls", &["--waiting"]), "c\na\nb\n");
    assert_eq!(world.ok("msls", &["-w", "-0"]), "c\0a\0b\0");
}

#[test]
fn a_table_on_a_terminal_fits_its_width() {
    let world = World::new();
    world.start("ask", &["sh", "-c", &format!("printf 'Name? '; read x # {}", "long ".repeat(50))]);
    world.wait_status("ask", "waiting");
    let mut terminal = crate::world::Terminal::start(&world, "msls", &[], 60, 10);
    terminal.expect("◐  ask");
    assert!(terminal.wait().success());
    let text = terminal.text();
    let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 1, "one session, one line:\n{text}");
}

#[test]
fn what_programs_wrote_never_reaches_the_terminal_raw() {
    let world = World::new();
    world.start("evil", &["sh", "-c", "cat # \u{1b}]0;owned\u{7}\u{1b}[2J"]);
    let mut terminal = world.terminal("msls", &[]);
    assert!(terminal.wait().success());
    assert!(!terminal.bytes.contains(&0x1b), "{:?}", String::from_utf8_lossy(&terminal.bytes));
    assert!(!world.ok("msls", &["--format", "{argv}"]).contains('\u{1b}'));
}

#[test]
fn a_format_names_fields() {
    let world = World::new();
    world.start("x", &["cat"]);
    assert_eq!(world.ok("msls", &["--format", "{name}\\t{argv}"]), "x\tcat\n");
    assert!(world.fails(2, "msls", &["--format", "{nam}"]).contains("did you mean 'name'"));
}

#[test]
fn damaged_sessions_are_shown_as_such_and_hide_no_other() {
    let world = World::new();
    for name in ["good", "bad-record", "bad-status", "bad-ring", "cut-ring"] {
        world.start(name, &["cat"]);
    }
    let write = |name: &str, file: &str, bytes: &[u8]| {
        let path = world.session_dir(name).join(file);
        fs::remove_file(&path).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for name in ["good", "bad-record", "bad-status", "bad-ring", "cut-ring"] {
        world.wait_status(name, "waiting");
    }
    let servers = ["bad-record", "bad-status", "bad-ring", "cut-ring"].map(|name| stop(&world, name));
    write("bad-record", "session.json", b"{\"format\":1,\"id\":");
    write("bad-status", "status.json", b"\0\0\0\0");
    write("bad-ring", "output", &[0xff; 9000]);
    write("cut-ring", "output", b"ms ring\n\x01\0\0\0");
    let ran = world.run("msls", &["--json"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    let all: Value = serde_json::from_str(&ran.out).unwrap();
    let damaged: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one.get("damaged").is_some())
        .map(|one| one["name"].clone())
        .collect();
    assert_eq!(damaged, ["bad-record", "bad-ring", "bad-status", "cut-ring"]);
    assert_eq!(ran.err.lines().count(), 4, "{}", ran.err);
    assert!(!ran.err.contains("panicked"));
    let ran = world.run("msls", &[]);
    assert!(ran.code == 6 && ran.out.contains("good\n"), "{ran:?}");
    assert_eq!(world.run("msbuf", &["--raw", "bad-ring"]).code, 6);
    servers.iter().for_each(|server| kill(*server, Signal::SIGCONT).unwrap());
    until("mended", || world.run("msls", &[]).code == 0);
}

#[test]
fn a_live_session_that_lacks_a_file_is_not_hidden() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.wait_status("x", "waiting");
    let server = stop(&world, "x");
    fs::remove_file(world.session_dir("x").join("output")).unwrap();
    for args in [&[][..], &["--json"], &["-l"]] {
        let ran = world.run("msls", args);
        assert!(ran.code == 6 && ran.err.contains("x: damaged"), "{ran:?}");
    }
    kill(server, Signal::SIGCONT).unwrap();
    until("mended", || world.session_dir("x").join("output").exists());
    world.ok("msls", &[]);
}

/// Stops a session's server: it can't put right what is wrong.
fn stop(world: &World, name: &str) -> Pid {
    let server = Pid::from_raw(world.session(name)["server_pid"].as_i64().unwrap() as i32);
    kill(server, Signal::SIGSTOP).unwrap();
    server
}

#[test]
fn help_that_cannot_be_printed_is_a_failure() {
    let world = World::new();
    for option in ["--help", "--version"] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let ran = world.command("msls").arg(option).stdout(full).output().unwrap();
        assert_eq!(ran.status.code(), Some(6), "{option}");
        assert!(String::from_utf8_lossy(&ran.stderr).contains("No space left"), "{option}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let world = World::new();
    world.start("x", &["sh", "-c", "seq 100000; cat"]);
    world.wait_output("x", "100000");
    let ran =
        world.command("sh").args(["-c", "{ msbuf --raw x; echo code=$? >&2; } | head -1"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "code=0\n");
}

#[test]
fn explain_says_what_was_seen() {
    let world = World::new();
    world.start("x", &["sh", "-c", "printf 'Your name? '; read name"]);
    world.wait_status("x", "waiting");
    let text = world.ok("msls", &["--explain", "x"]);
    assert!(text.contains("waiting") && text.contains("reader") && text.contains("Your name?"), "{text}");
    assert!(text.lines().count() <= 24, "one screenful:\n{text}");
}

#[test]
fn the_doctor_finds_a_healthy_world() {
    let world = World::new();
    world.start("x", &["cat"]);
    assert!(world.run("msls", &["--doctor"]).out.contains("1 live sessions"));
}

#[test]
fn waits_are_counted_and_logged() {
    let world = World::new();
    world.start(
        "x",
        &["sh", "-c", "printf 'one? '; read a; sleep 0.4; printf 'two? '; read b; sleep 0.4; cat"],
    );
    for (answer, count) in [("1", 1), ("2", 2)] {
        world.wait_status("x", "waiting");
        world.ok("mssend", &["x", answer, "--enter"]);
        world.wait_for("x", "a wait counted", |status| status["waits"]["count"] == count);
    }
    let log = fs::read_to_string(world.session_dir("x").join("waits")).unwrap();
    let messages: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(messages.len(), 2, "{log}");
    assert_eq!((&messages[0]["message"], &messages[1]["message"]), (&"one?".into(), &"two?".into()), "{log}");
    world.ok("msclose", &["x"]);
    let session = world.session("x");
    assert!(session["waits"]["seconds"].as_f64().unwrap() > 0.0, "{session}");
    let saved = world.path("state/ms/sessions").join(session["id"].as_str().unwrap()).join("waits");
    assert!(fs::read_to_string(saved).unwrap().starts_with(&log), "kept with the record");
}
