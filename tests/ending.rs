//! Ends that nobody saw, ends that others race, and what must not be taken for an end.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{World, until};

/// A session that has printed `hello` and whose server was killed.
fn killed(world: &World, name: &str) {
    world.start(name, &["sh", "-c", "echo hello; cat"]);
    world.wait_output(name, "hello");
    kill_server(world, name);
}

fn kill_server(world: &World, name: &str) {
    let pid = world.read_json(name, "session.json").unwrap()["server_pid"].as_i64().unwrap() as i32;
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    until("gone", || kill(Pid::from_raw(pid), None).is_err());
}

/// Names in a directory, without those that begin with a dot.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

/// Holds the runtime directory's lock.
fn hold_lock(world: &World) -> Flock<fs::File> {
    let lock = fs::File::options().create(true).append(true).open(world.path("run/.lock")).unwrap();
    Flock::lock(lock, FlockArg::LockExclusive).unwrap()
}

#[test]
fn what_cannot_be_read_of_a_dead_session_is_kept_and_its_output_readable() {
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    let remove: fn(&Path, &Path) = |file, _| fs::remove_file(file).unwrap();
    let link: fn(&Path, &Path) = |file, to| {
        fs::remove_file(file).unwrap();
        symlink(to, file).unwrap();
    };
    let text: fn(&Path, &Path) = |file, _| {
        fs::remove_file(file).unwrap();
        fs::write(file, "{").unwrap();
    };
    let directory: fn(&Path, &Path) = |file, _| {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
    };
    let fifo: fn(&Path, &Path) = |file, _| {
        fs::remove_file(file).unwrap();
        nix::unistd::mkfifo(file, nix::sys::stat::Mode::S_IRWXU).unwrap();
    };
    let huge: fn(&Path, &Path) = |file, _| fs::File::create(file).unwrap().set_len(2 << 20).unwrap();
    let id: fn(&Path, &Path) = |file, _| {
        let text = fs::read_to_string(file).unwrap();
        let at = text.find("\"id\":\"").unwrap() + 6;
        fs::write(file, format!("{}../../../owned{}", &text[..at], &text[at + 20..])).unwrap();
    };
    let ways = [
        ("record-removed", "session.json", remove),
        ("record-link", "session.json", link),
        ("record-text", "session.json", text),
        ("record-directory", "session.json", directory),
        ("record-fifo", "session.json", fifo),
        ("record-huge", "session.json", huge),
        ("record-id", "session.json", id),
        ("status-link", "status.json", link),
        ("status-text", "status.json", text),
        ("status-fifo", "status.json", fifo),
    ];
    let world = World::new();
    world.start("good", &["cat"]);
    for (name, file, spoil) in ways {
        killed(&world, name);
        spoil(&world.session_dir(name).join(file), elsewhere.path());
    }
    for args in [&[][..], &["--all"], &["--json"]] {
        let ran = world.run("msls", args);
        assert_eq!(ran.code, 6, "{ran:?}");
        assert!(ran.out.contains("good"), "{ran:?}");
        for (name, ..) in ways {
            assert!(ran.err.contains(&format!("{name}: damaged")), "{name}: {ran:?}");
        }
    }
    // What cannot be read may be what is asked for.
    for (args, there) in [
        (&["--waiting"][..], "good\n"),
        (&["--status", "waiting,active", "--format", "{name}"], "good\n"),
        (&["--status", "completed"], ""),
        (&["--status", "paused", "--json"], "[]\n"),
    ] {
        let ran = world.run("msls", args);
        assert_eq!((ran.code, ran.out.as_str()), (6, there), "{args:?}: {ran:?}");
        assert_eq!(ran.err.lines().count(), ways.len(), "{args:?}: {ran:?}");
    }
    for (name, ..) in ways {
        let ran = world.run("msbuf", &[name]);
        assert!(ran.out.starts_with("hello\n") && ran.err.contains("damaged"), "{name}: {ran:?}");
        world.fails(6, "msclose", &[name]);
        assert!(world.session_dir(name).join("output").exists(), "{name}");
        world.ok("msclose", &["--force", name]);
    }
    assert!(!world.path("state/owned").exists() && !world.path("owned").exists());
    assert_eq!(world.ok("msls", &[]), "good\n");
}

#[test]
fn a_list_that_runs_out_of_descriptors_takes_nobody_for_gone() {
    let world = World::new();
    world.start("x", &["cat"]);
    killed(&world, "dead");
    world.wait_status("x", "waiting");
    for limit in 4..16 {
        let script = format!("ulimit -n {limit}; msls; msls --all; msls --json; msprompt; true");
        let ran = world.run("sh", &["-c", &script]);
        assert!(!ran.err.contains("panicked"), "{limit}: {ran:?}");
        let ran = world.run("sh", &["-c", &format!("ulimit -n {limit}; msls --waiting")]);
        assert!(ran.code != 1, "{limit}: {ran:?}");
        let wait = "mswait --until waiting --timeout 9; echo code=$?";
        let ran = world.run("sh", &["-c", &format!("ulimit -n {limit}; {wait}")]);
        assert!(!ran.err.contains("no session") && !ran.out.contains("code=5"), "{limit}: {ran:?}");
        let there = world.session_dir("dead").exists() || !names(&world.path("state/ms/sessions")).is_empty();
        assert!(there && world.session_dir("x").exists(), "{limit}: {ran:?}");
    }
    assert_eq!(world.ok("msbuf", &["dead"]), "hello\n");
    assert_eq!(world.session("dead")["exit"], serde_json::json!({"lost": true}));
}

#[test]
fn lists_show_the_live_where_the_dead_cannot_be_finished() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.wait_status("x", "waiting");
    killed(&world, "dead");
    // State that is no directory at all.
    fs::rename(world.path("state"), world.path("state-before")).unwrap();
    fs::write(world.path("state"), "").unwrap();
    let all_see_x = || {
        assert_eq!(world.ok("msls", &[]), "x\n");
        assert!(world.ok("msls", &["--json"]).contains("\"x\""));
        assert!(world.ok("msprompt", &[]).contains('x'));
        assert_eq!(world.ok("mswait", &["--until", "waiting", "--timeout", "5", "x"]), "x\n");
        assert_eq!(world.ok("msbuf", &["dead"]), "hello\n");
    };
    all_see_x();
    // The history that was asked for is told to be out of reach, after what lives.
    for args in [&["--all"][..], &["--all", "--format", "{name}"], &["--status", "waiting,completed"]] {
        let ran = world.run("msls", args);
        assert_eq!((ran.code, ran.out.contains("x\n")), (6, true), "{args:?}: {ran:?}");
        assert!(ran.err.contains("/state: Not a directory"), "{args:?}: {ran:?}");
    }
    fs::remove_file(world.path("state")).unwrap();
    fs::rename(world.path("state-before"), world.path("state")).unwrap();
    let held = hold_lock(&world);
    all_see_x();
    let dead = world.session("dead");
    assert_eq!(dead["status"], "completed", "{dead}");
    assert!(world.session_dir("dead").exists());
    drop(held);
    world.ok("msls", &[]);
    assert!(!world.session_dir("dead").exists());
    assert_eq!(world.ok("msbuf", &["dead"]), "hello\n");
}

#[test]
fn a_session_ends_while_somebody_holds_the_lock() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo hello; read line"]);
    world.wait_output("x", "hello");
    let held = hold_lock(&world);
    world.ok("mssend", &["x", "go", "--enter"]);
    assert_eq!(world.ok("mswait", &["--until", "completed", "--timeout", "20", "x"]), "x\n");
    assert!(!world.session_dir("x").exists());
    drop(held);
    assert!(world.ok("msbuf", &["x"]).starts_with("hello\n"));
}

#[test]
fn a_session_being_made_is_not_damaged() {
    let world = World::new();
    let made = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let lister = scope.spawn(|| {
            let mut runs = 0;
            while !made.load(std::sync::atomic::Ordering::Relaxed) {
                for args in [&[][..], &["--json"]] {
                    let ran = world.run("msls", args);
                    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
                    runs += 1;
                }
            }
            runs
        });
        for number in 0..60 {
            world.start(&format!("x{number}"), &["true"]);
        }
        made.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(lister.join().unwrap() > 0);
    });
}

/// As it stands between the two files, which no list may wait for or stumble over.
#[test]
fn a_half_made_session_is_passed_over_while_it_is_made_and_finished_when_it_is_dead() {
    let world = World::new();
    world.start("x", &["cat"]);
    killed(&world, "dead");
    fs::remove_file(world.session_dir("dead").join("status.json")).unwrap();
    assert_eq!(world.ok("msls", &[]), "x\n");
    assert!(!world.session_dir("dead").exists());
    assert_eq!(world.session("dead")["status"], "completed");
    assert_eq!(world.ok("msbuf", &["dead"]), "hello\n");

    // Its server would put right what is missing.
    let server = Pid::from_raw(world.session("x")["server_pid"].as_i64().unwrap() as i32);
    kill(server, Signal::SIGSTOP).unwrap();
    let lock = fs::File::options().write(true).open(world.session_dir("x").join("lock")).unwrap();
    let status = world.session_dir("x").join("status.json");
    fs::rename(&status, world.path("status")).unwrap();
    assert_eq!(world.run("msls", &[]).code, 6, "what was whole and lacks a file is damaged");
    lock.set_len(0).unwrap();
    assert_eq!(world.ok("msls", &[]), "");
    lock.set_len(1).unwrap();
    fs::rename(world.path("status"), &status).unwrap();
    assert_eq!(world.ok("msls", &[]), "x\n");
    kill(server, Signal::SIGCONT).unwrap();
}

#[test]
fn leftovers_of_removals_are_cleared_whatever_is_in_them() {
    let world = World::new();
    world.start("x", &["cat"]);
    let gone = world.path("run/.gone-1-x");
    fs::create_dir_all(gone.join("inner/most")).unwrap();
    fs::write(gone.join("output"), vec![0; 1 << 20]).unwrap();
    symlink(world.path("home"), gone.join("link")).unwrap();
    symlink(world.path("home"), world.path("run/.gone-2-y")).unwrap();
    assert_eq!(world.ok("msls", &[]), "x\n");
    assert!(!gone.exists() && fs::symlink_metadata(world.path("run/.gone-2-y")).is_err());
    assert!(world.path("home").exists());
}

#[test]
fn who_hears_of_the_end_finds_the_name_free_and_the_output_saved() {
    let world = World::new();
    for round in 0..40 {
        world.start("x", &["sh", "-c", "read line; echo last"]);
        let waiter =
            world.command("mswait").args(["--until", "completed", "x"]).stdout(Stdio::null()).spawn();
        world.ok("mssend", &["x", "go", "--enter"]);
        let read = world.run("msbuf", &["x"]);
        assert_eq!((read.code, read.err.as_str()), (0, ""), "{round}: {read:?}");
        assert!(waiter.unwrap().wait().unwrap().success());
        assert!(!world.session_dir("x").exists(), "{round}");
        assert!(world.ok("msbuf", &["x"]).ends_with("last\n"), "{round}");
    }
}

#[test]
fn a_name_that_another_took_is_not_removed_with_the_old_session() {
    let world = World::new();
    world.start("x", &["sh", "-c", "read line"]);
    fs::rename(world.session_dir("x"), world.session_dir("y")).unwrap();
    world.start("x", &["cat"]);
    world.ok("mssend", &["y", "go", "--enter"]);
    world.ok("mswait", &["--until", "completed", "y"]);
    assert_eq!(world.ok("msls", &[]), "x\n");
}

#[test]
fn closing_a_completed_session_forgets_it() {
    let world = World::new();
    world.start("x", &["echo", "first"]);
    world.wait_end("x");
    world.start("x", &["echo", "second"]);
    let second = world.wait_end("x");
    assert_eq!(second["status"], "completed");
    assert_eq!(world.ok("msbuf", &["x"]), "second\n");
    world.ok("msclose", &["x"]);
    assert_eq!(world.ok("msbuf", &["x"]), "first\n");
    let id = world.session("x")["id"].as_str().unwrap().to_owned();
    world.ok("msclose", &[&id]);
    world.fails(3, "msbuf", &["x"]);
    world.fails(3, "msclose", &["x"]);
    assert_eq!(names(&world.path("state/ms/sessions")), [""; 0]);
}

#[test]
fn another_process_with_the_number_of_a_server_is_none() {
    let world = World::new();
    world.start("x", &["echo", "hello"]);
    let id = world.wait_end("x")["id"].as_str().unwrap().to_owned();
    let entry = world.path("state/ms/sessions").join(id);
    // As a machine that went down leaves it, when something else has the number by now.
    let change = |file: &str, key: &str, value: serde_json::Value| {
        let path = entry.join(file);
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        json[key] = value;
        fs::write(path, json.to_string()).unwrap();
    };
    change("session.json", "server_pid", serde_json::json!(std::process::id()));
    change("status.json", "status", serde_json::json!("active"));
    assert_eq!(world.session("x")["exit"], serde_json::json!({"lost": true}));
    world.ok("msclose", &["x"]);
    assert!(!entry.exists());
}
