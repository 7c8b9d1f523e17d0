//! What is wrong, missing or gone around the tools: no sessions at all, descriptors that are closed, a
//! reader that leaves, a disk that is full, a session that ends under a wait.

use std::process::Stdio;

use crate::world::{Ran, World};

/// Runs a line of shell.
fn sh(world: &World, line: &str) -> Ran {
    world.run("sh", &["-c", line])
}

#[test]
fn without_any_session_each_tool_says_so_in_its_way() {
    let world = World::new();
    let cases: [(&str, i32, &str, &str); 14] = [
        ("msls", 0, "", ""),
        ("msls --json", 0, "[]\n", ""),
        ("msls --waiting", 1, "", ""),
        ("msprompt", 0, "", ""),
        ("msswitch", 1, "", "msswitch: "),
        ("msclose --all", 0, "", ""),
        ("msbuf x", 3, "", "msbuf: x: no such session"),
        ("msclose x", 3, "", "msclose: x: no such session"),
        ("mspause x", 3, "", "mspause: x: no such session"),
        ("mssend x y", 3, "", "mssend: x: no such session"),
        ("mswait x", 3, "", "mswait: x: no such session"),
        ("mswait --follow x", 3, "", "mswait: x: no such session"),
        ("mswait --all", 0, "", ""),
        ("mswait --any -t 50ms", 5, "", "mswait: "),
    ];
    for (line, code, out, err) in cases {
        let ran = sh(&world, line);
        assert_eq!((ran.code, ran.out.as_str()), (code, out), "{line}: {ran:?}");
        assert!(ran.err.starts_with(err) && ran.err.is_empty() == err.is_empty(), "{line}: {ran:?}");
    }
}

#[test]
fn closed_descriptors_do_no_harm() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo out; cat"]);
    world.wait_output("x", "out");
    world.ok("mswait", &["x"]);
    for line in ["msls", "msls --json", "msbuf x", "msbuf --raw x", "mswait x", "msprompt", "mssend x word"] {
        for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
            let ran = sh(&world, &format!("{line} {closed}"));
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{line} {closed}: {ran:?}");
        }
    }
    let ran = sh(&world, "msnew -n y cat <&- >&- 2>&-");
    assert_eq!(ran.code, 0, "{ran:?}");
    world.wait_status("y", "waiting");
}

#[test]
fn a_full_disk_is_a_failure_and_a_reader_that_leaves_is_none() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.wait_status("x", "waiting");
    for line in ["msls", "msls --json", "mswait x", "msprompt", "msprompt init zsh", "mswait --any"] {
        let full = sh(&world, &format!("{line} >/dev/full"));
        assert_eq!(full.code, 6, "{line}: {full:?}");
        assert!(full.err.contains("standard output"), "{line}: {full:?}");
        let left = sh(&world, &format!("{{ {line}; echo code=$? >&2; }} | true"));
        assert_eq!(left.err, "code=0\n", "{line}");
    }
}

#[test]
fn those_who_follow_go_when_their_reader_does() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.wait_status("x", "waiting");
    for args in [&["mswait", "--follow"][..], &["mswait", "--follow", "--json"], &["msprompt", "--follow"]] {
        let mut follower = world.command(args[0]).args(&args[1..]).stdout(Stdio::piped()).spawn().unwrap();
        drop(follower.stdout.take());
        assert_eq!(follower.wait().unwrap().code(), Some(0), "{args:?}");
    }
}

#[test]
fn a_session_that_ends_under_a_wait_is_told_by_the_exit_code() {
    let world = World::new();
    let conditions: [(&str, i32); 6] = [
        ("--until paused", 1),
        ("--until waiting,completed", 0),
        ("--text never", 1),
        ("--quiet 1000", 0),
        ("--until paused --exit-status", 7),
        ("--text never --exit-status", 7),
    ];
    for (condition, code) in conditions {
        world.start("x", &["sh", "-c", "until [ -e go ]; do sleep 0.02; done; exit 7"]);
        let mut command = world.command("sh");
        let wait = command.args(["-c", &format!("echo; exec mswait {condition} x")]).stdout(Stdio::piped());
        let mut wait = wait.stderr(Stdio::piped()).spawn().unwrap();
        // It runs; whether it has looked already makes no difference.
        std::io::Read::read_exact(wait.stdout.as_mut().unwrap(), &mut [0]).unwrap();
        std::fs::write(world.path("home/go"), "").unwrap();
        let ended = Ran::of(wait.wait_with_output().unwrap());
        assert_eq!(ended.code, code, "{condition}: {ended:?}");
        world.wait_end("x");
        std::fs::remove_file(world.path("home/go")).unwrap();
    }
}

#[test]
fn a_time_to_come_and_an_output_that_is_gone_are_told_apart() {
    let world = World::new();
    world.ok("msnew", &["-n", "x", "-b", "4KiB", "--", "sh", "-c", "seq 5000; cat"]);
    world.wait_output("x", "5000");
    let old = world.run("msbuf", &["--since", "0", "x"]);
    assert_eq!(old.code, 0, "{old:?}");
    assert!(old.err.contains("msbuf: x: ") && old.out.ends_with("5000\n"), "{old:?}");
    let gap: serde_json::Value =
        serde_json::from_str(&world.ok("msbuf", &["--since", "0", "--json", "x"])).unwrap();
    assert!(gap["gap"].as_u64().unwrap() > 10_000, "{gap}");
    for since in ["2999-01-01", "2999-01-01T00:00:00Z", "99999999"] {
        let message = world.fails(2, "msbuf", &["--since", since, "x"]);
        assert!(
            message.starts_with("msbuf: ") && message.contains(since.split('T').next().unwrap()),
            "{message}"
        );
        world.fails(2, "mswait", &["--text", "x", "--since", since, "x"]);
    }
}
