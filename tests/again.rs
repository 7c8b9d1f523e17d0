//! After a reboot: what was there is told of, with what it did last, and is started again.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{World, until};

const TYPES: &str = "[types.agent]\ncommand = ['sh', '-c', 'echo first; cat', 'agent']\n\
                     resume = ['sh', '-c', 'echo resumed; cat']\nagain = true\n\
                     [types.gone]\nresume = ['/nonexistent/agent']\n\
                     [types.plain]\nenv = { OWN = 'mine' }\n";

/// What the history says that the session did last.
fn saved(world: &World, id: &str) -> serde_json::Value {
    let path = world.path("state/ms/sessions").join(id).join("status.json");
    serde_json::from_slice(&fs::read(path).unwrap_or_default()).unwrap_or_default()
}

/// The machine goes down: servers and programs end, and the runtime directory with them.
fn reboot(world: &World, names: &[&str]) {
    for name in names {
        let record = world.read_json(name, "session.json").unwrap();
        let id = record["id"].as_str().unwrap().to_owned();
        let status = world.read_json(name, "status.json").unwrap();
        let same = |field: &str| saved(world, &id)[field] == status[field];
        until("in the history", || same("status") && same("kind") && same("message"));
        for pid in ["server_pid", "child_pid"] {
            kill(Pid::from_raw(record[pid].as_i64().unwrap() as i32), Signal::SIGKILL).unwrap();
        }
    }
    world.wait_until_empty();
    fs::remove_dir_all(world.path("run")).unwrap();
}

fn asks(world: &World, args: &[&str]) {
    let mut all = args.to_vec();
    all.extend(["sh", "-c", "printf 'Go on? [y/n] '; read x"]);
    let name = world.ok("msnew", &all);
    world.wait_for(name.trim(), "asks", |status| {
        status["attention"] == "asks" && !status["message"].is_null()
    });
}

#[test]
fn what_was_live_is_lost_with_what_it_did_last_and_is_started_again() {
    let world = World::with_config(TYPES);
    let place = world.path("home/place");
    fs::create_dir(&place).unwrap();
    asks(&world, &["-n", "plain", "-t", "plain", "-b", "64KiB", "-C", place.to_str().unwrap()]);
    world.ok("msnew", &["-n", "agent", "-t", "agent"]);
    world.wait_status("agent", "waiting");
    world.start("done", &["true"]);
    world.wait_end("done");
    reboot(&world, &["plain", "agent"]);
    let lost = world.session("plain");
    assert_eq!(lost["exit"]["lost"], true);
    assert_eq!(lost["last"]["kind"], "confirm");
    assert_eq!(lost["last"]["message"], "Go on? [y/n]");
    assert!(world.session("done")["last"].is_null());
    let table = world.ok("msls", &["--all", "--long"]);
    assert!(table.contains("lost (confirm)"), "{table}");
    assert_eq!(world.ok("msnew", &["--again", "--lost"]), "plain\nagent\n");
    let again = world.session("plain");
    assert_eq!(again["cwd"], place.canonicalize().unwrap().to_str().unwrap());
    assert_eq!((&again["type"], &again["buffer"]), (&"plain".into(), &65536.into()));
    world.wait_output("agent", "resumed");
    assert_eq!(world.session("agent")["type"], "agent");
    // Once: they live, and after their end they are not lost.
    assert_eq!(world.ok("msnew", &["--again", "--lost"]), "");
    world.ok("msclose", &["plain", "agent"]);
    assert_eq!(world.ok("msnew", &["--again", "--lost"]), "");
}

#[test]
fn those_alone_that_are_marked_and_several_by_name() {
    let world = World::with_config(TYPES);
    world.ok("msnew", &["-n", "agent", "-t", "agent"]);
    world.wait_output("agent", "first");
    world.start("other", &["cat"]);
    for name in ["agent", "other"] {
        world.wait_status(name, "waiting");
    }
    reboot(&world, &["agent", "other"]);
    assert_eq!(world.ok("msnew", &["--again", "--lost", "--marked"]), "agent\n");
    world.ok("msclose", &["agent"]);
    let ran = world.run("msnew", &["--again", "agent", "nobody", "other"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, "agent\nother\n"), "{ran:?}");
    assert!(ran.err.contains("nobody"), "{ran:?}");
    let ran = world.run("msnew", &["--again", "agent", "other"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert_eq!(ran.err.matches("still runs").count(), 2, "{ran:?}");
}

#[test]
fn mistakes_are_told_and_leave_nothing_behind() {
    let world = World::with_config(TYPES);
    world.ok("msnew", &["-n", "x", "-t", "gone", "true"]);
    world.wait_end("x");
    let refused = world.fails(127, "msnew", &["--again", "x"]);
    assert!(refused.contains("/nonexistent/agent"), "{refused}");
    assert_eq!(world.ok("msls", &[]), "");
    for (args, part) in [
        (&["--again"][..], "takes names, or --lost"),
        (&["--again", "x", "--lost"], "takes no names"),
        (&["--again", "--marked"], "--lost"),
        (&["--lost"], "--again"),
        (&["--again", "x", "y", "-s"], "several"),
    ] {
        let told = world.fails(2, "msnew", args);
        assert!(told.contains(part), "{args:?}: {told}");
    }
    assert_eq!(world.ok("msnew", &["--again", "--lost"]), "", "no history, nothing lost");
}

#[test]
fn of_two_that_start_the_same_one_again_one_does() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.ok("msclose", &["x"]);
    let start = || world.command("msnew").args(["--again", "x"]).output().unwrap();
    let both: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        all.into_iter().map(|one| one.join().unwrap().status.code()).collect()
    });
    assert_eq!(both.iter().filter(|code| **code == Some(0)).count(), 1, "{both:?}");
    assert_eq!(both.iter().filter(|code| **code == Some(4)).count(), 3, "{both:?}");
    assert_eq!(world.ok("msls", &[]), "x\n");
}
