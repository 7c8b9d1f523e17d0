//! What is kept when a session is over: within the limits of `[history]`, and never by leaving its place.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::world::{World, until};

fn world(history: &str) -> World {
    World::with_config(&format!("[limits]\nmax_sessions = 100\n[history]\n{history}\n"))
}

fn sessions(world: &World) -> PathBuf {
    world.path("state/ms/sessions")
}

/// Runs a session to its end; returns its entry.
fn finished(world: &World, name: &str, command: &[&str]) -> PathBuf {
    world.start(name, command);
    let id = world.wait_end(name)["id"].as_str().unwrap().to_owned();
    sessions(world).join(id)
}

/// Makes an entry older.
fn age(entry: &Path, ago: &str) {
    let files = fs::read_dir(entry).unwrap().flatten().map(|file| file.path());
    let done = Command::new("touch").args(["-d", ago]).args(files).arg(entry).status();
    assert!(done.unwrap().success());
}

fn names(world: &World) -> Vec<String> {
    let mut names: Vec<String> = world.ok("msls", &["--all"]).lines().map(str::to_owned).collect();
    names.sort();
    names
}

fn entries(world: &World) -> usize {
    fs::read_dir(sessions(world)).unwrap().flatten().filter(|entry| entry.path().is_dir()).count()
}

#[test]
fn the_newest_stay_within_each_limit() {
    let big: &[&str] = &["sh", "-c", "head -c 60000 /dev/urandom"];
    let table = [
        ("max = 2", &["true"][..], &["s2", "s3"][..]),
        ("size = \"150KiB\"", big, &["s2", "s3"]),
        ("keep = \"1h\"", &["true"], &["s2", "s3"]),
        ("max = 3\nkeep = \"1h\"", &["true"], &["s2", "s3"]),
    ];
    for (limits, command, kept) in table {
        let world = world(limits);
        for number in 0..4 {
            let entry = finished(&world, &format!("s{number}"), command);
            if number < 2 && limits.contains("keep") {
                age(&entry, "2 hours ago");
            }
        }
        assert_eq!(names(&world), kept, "{limits}");
        // What is beyond the limits is not only hidden.
        until("forgotten", || names(&world) == kept && entries(&world) == kept.len());
    }
}

/// Its entry is written anew as its status changes, and so among the newest.
#[test]
fn what_lives_takes_the_place_of_nothing_that_ended() {
    let world = world("max = 1");
    finished(&world, "a", &["true"]);
    for name in ["b", "c"] {
        world.start(name, &["cat"]);
        let entry = sessions(&world).join(world.session(name)["id"].as_str().unwrap());
        until("recorded", || entry.join("status.json").exists());
        age(&entry, "now");
    }
    assert_eq!(names(&world), ["a", "b", "c"]);
}

/// Whoever completes a session keeps to the limits, too: nobody needs to list.
#[test]
fn who_ends_a_session_keeps_the_history_to_its_limits() {
    let world = world("max = 2");
    for number in 0..5 {
        world.start(&format!("s{number}"), &["true"]);
        world.ok("mswait", &["--until", "completed", &format!("s{number}")]);
    }
    until("kept", || entries(&world) <= 2);
    assert_eq!(names(&world), ["s3", "s4"]);
}

#[test]
fn what_lives_is_never_beyond_the_limits() {
    let world = world("max = 1\nkeep = \"1h\"");
    world.start("live", &["cat"]);
    let id = world.session("live")["id"].as_str().unwrap().to_owned();
    let entry = sessions(&world).join(&id);
    until("recorded", || entry.join("status.json").exists());
    age(&entry, "2 hours ago");
    for name in ["a", "b"] {
        finished(&world, name, &["true"]);
    }
    assert_eq!(names(&world), ["b", "live"]);
    assert!(entry.join("session.json").exists());
    // Not even where its directory is not to be seen.
    let ran = world.command("msls").env("MS_RUNTIME_DIR", world.path("other")).arg("--all").output().unwrap();
    assert!(String::from_utf8_lossy(&ran.stdout).contains("live"), "{ran:?}");
    assert!(entry.join("session.json").exists());
    world.ok("mssend", &["live", "hello", "--enter"]);
    world.wait_output("live", "hello");
    world.ok("msclose", &["live"]);
    assert!(world.ok("msbuf", &["live"]).contains("hello"));
}

/// Whatever somebody writes there: others are listed, nothing is read or removed elsewhere.
#[test]
fn forged_records_stay_in_their_place() {
    let world = world("max = 1000");
    let good = finished(&world, "good", &["echo", "hello"]);
    let outside = world.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("session.json"), "precious").unwrap();
    let number = std::cell::Cell::new(0);
    let forge = |key: &str, value: Value| {
        number.set(number.get() + 1);
        let entry = sessions(&world).join(format!("{:0>20}", number.get()));
        fs::create_dir(&entry).unwrap();
        for file in ["session.json", "status.json", "output.zst"] {
            fs::copy(good.join(file), entry.join(file)).unwrap();
        }
        let mut record: Value =
            serde_json::from_slice(&fs::read(good.join("session.json")).unwrap()).unwrap();
        record["id"] = json!(entry.file_name().unwrap().to_str().unwrap());
        record["name"] = json!("forged");
        record[key] = value;
        fs::write(entry.join("session.json"), record.to_string()).unwrap();
        entry
    };
    let mut bad = vec![
        forge("id", json!("../../../outside")),
        forge("id", json!("/etc")),
        forge("id", json!(good.file_name().unwrap().to_str().unwrap())),
        forge("id", json!("")),
        forge("name", json!("../../outside")),
        forge("name", json!("\u{1b}[2J")),
        forge("created", json!(-1)),
        forge("argv", json!({"a": 1})),
        forge("format", json!(99)),
    ];
    let link = sessions(&world).join("zzzzzzzzzzzzzzzzzzzz");
    symlink(&outside, &link).unwrap();
    let fifo = forge("name", json!("fifo"));
    fs::remove_file(fifo.join("status.json")).unwrap();
    nix::unistd::mkfifo(&fifo.join("status.json"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    bad.extend([link.clone(), fifo]);
    for odd in ["..x", "not-an-id", "\u{202e}"] {
        fs::create_dir(sessions(&world).join(odd)).unwrap();
    }
    for args in [&["--all"][..], &["--all", "--json"]] {
        let ran = world.run("msls", args);
        assert_eq!(ran.code, 6, "{ran:?}");
        assert!(ran.out.contains("good") && !ran.err.contains("panicked"), "{ran:?}");
        assert!(!format!("{}{}", ran.out, ran.err).contains('\u{1b}'), "{ran:?}");
        for entry in &bad {
            let id = entry.file_name().unwrap().to_str().unwrap();
            assert!(ran.err.contains(&format!("{id}: damaged")), "{id}: {ran:?}");
        }
    }
    assert_eq!(world.ok("msls", &[]), "");
    assert_eq!(world.ok("msbuf", &["good"]), "hello\n");
    for id in ["../../../outside", "forged", "/etc"] {
        assert_ne!(world.run("msclose", &[id]).code, 0, "{id}");
    }
    // They go by their place alone.
    for entry in &bad {
        let id = entry.file_name().unwrap().to_str().unwrap();
        let _ = world.run("msclose", &["--force", id]);
        let _ = world.run("msbuf", &[id]);
    }
    assert_eq!(fs::read_to_string(outside.join("session.json")).unwrap(), "precious");
    assert_eq!(world.ok("msbuf", &["good"]), "hello\n");
}

/// The limits clear forged records away, and nothing that these point to.
#[test]
fn the_limits_remove_what_is_in_the_directory_alone() {
    let world = world("max = 1");
    let outside = world.path("outside");
    fs::create_dir_all(outside.join("inner")).unwrap();
    fs::write(outside.join("inner/file"), "precious").unwrap();
    finished(&world, "first", &["true"]);
    let link = sessions(&world).join("00000000000000000000");
    symlink(&outside, &link).unwrap();
    let entry = sessions(&world).join("00000000000000000001");
    fs::create_dir(&entry).unwrap();
    symlink(&outside, entry.join("output.zst")).unwrap();
    symlink(&outside, entry.join("inner")).unwrap();
    age(&entry, "2 hours ago");
    finished(&world, "last", &["echo", "hello"]);
    until("cleared", || {
        let _ = world.run("msls", &["--all"]);
        !entry.exists()
    });
    assert_eq!(fs::read_to_string(outside.join("inner/file")).unwrap(), "precious");
    assert_eq!(world.ok("msbuf", &["last"]), "hello\n");
}

/// More arguments than a record may hold: the program has all, lists show what is kept and say so.
#[test]
fn arguments_that_are_too_long_to_be_kept_are_cut() {
    let world = World::new();
    let long = "a".repeat(100_000);
    let mut args = vec!["-n", "x", "--", "sh", "-c", "echo $#; read line", "sh"];
    args.extend([long.as_str(); 12]);
    let ran = world.run("msnew", &args);
    assert_eq!((ran.code, ran.out.as_str()), (0, "x\n"), "{}", ran.err);
    assert!(ran.err.contains("too long to be kept whole"), "{}", ran.err);
    world.wait_output("x", "12");
    for args in [&[][..], &["--all"], &["--json"], &["--format", "{argv} {cut}"]] {
        let ran = world.run("msls", args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    }
    assert!(world.session("x")["cut"].as_u64().unwrap() > 100_000);
    world.ok("mssend", &["x", "go", "--enter"]);
    let ended = world.wait_end("x");
    assert_eq!(ended["exit"], json!({"code": 0}));
    assert!(world.ok("msbuf", &["x"]).contains("12"));
    // What is not there whole is not started again.
    world.fails(4, "msnew", &["--again", "x"]);
    world.ok("msclose", &["x"]);
    world.fails(3, "msbuf", &["x"]);
}

/// The terminal stays open as long as the program lives, though nobody has it open for a while.
#[test]
fn a_program_that_closes_its_terminal_lives_and_opens_it_again() {
    let world = World::new();
    let script = "echo one; exec <&- >&- 2>&-; while [ ! -e go ]; do sleep 0.02; done; \
                  exec </dev/tty >/dev/tty 2>&1; echo two; read line; echo \"got $line\"";
    world.start("x", &["sh", "-c", script]);
    world.wait_output("x", "one");
    for _ in 0..5 {
        assert_eq!(world.ok("msls", &[]), "x\n");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    fs::write(world.path("home/go"), "").unwrap();
    world.wait_output("x", "two");
    world.ok("mssend", &["x", "line", "--enter"]);
    let ended = world.wait_end("x");
    assert_eq!(ended["exit"], json!({"code": 0}));
    assert!(world.ok("msbuf", &["x"]).contains("got line"));
}
