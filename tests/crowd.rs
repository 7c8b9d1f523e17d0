//! Many sessions with many who wait for them. In a binary of its own, which cargo runs alone: a hundred
//! processes that are woken at once would take the processor from the tests beside them.

#[path = "world/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what other tests use")]
mod world;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use world::{World, others_go_on, switches, wait_asleep};

#[test]
fn a_hundred_waiters_see_a_thousand_changes_and_use_nothing_while_nothing_changes() {
    const SESSIONS: usize = 50;
    const ROUNDS: usize = 10;
    let world = World::with_config("[limits]\nmax_sessions = 60\n");
    let names: Vec<String> = (0..SESSIONS).map(|number| format!("s{number}")).collect();
    for name in &names {
        world.ok("msnew", &["-n", name, "-b", "64K", "cat"]);
    }
    names.iter().for_each(|name| drop(world.wait_status(name, "waiting")));
    let mut followers: Vec<Follower> = (0..100).map(|_| Follower::start(&world)).collect();
    followers.iter().for_each(|follower| wait_asleep(follower.child.id()));

    let asleep = || followers.iter().map(|follower| switches(follower.child.id())).sum::<u64>();
    let before = asleep();
    others_go_on();
    assert_eq!(asleep(), before, "they work while nothing changes");

    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    for _ in 0..ROUNDS {
        world.ok("mspause", &all);
        followers.iter_mut().for_each(|follower| follower.read_until(&names, |status| status == "paused"));
        world.ok("mspause", &[&["--resume"], &all[..]].concat());
        followers.iter_mut().for_each(|follower| follower.read_until(&names, |status| status == "waiting"));
    }
    followers.into_iter().for_each(Follower::end);
    world.ok("msclose", &["--all", "--force"]);
}

/// `mswait --follow`, read line by line.
struct Follower {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Follower {
    fn start(world: &World) -> Follower {
        let mut mswait = world.command("mswait");
        let mut child = mswait.args(["--follow", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Follower { child, lines }
    }

    /// Reads until each session was last said to be what is wanted: a change that is lost is a hang.
    fn read_until(&mut self, names: &[String], wanted: impl Fn(&str) -> bool) {
        let mut missing: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        while !missing.is_empty() {
            let line: serde_json::Value = serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap();
            let name = line["name"].as_str().unwrap();
            if wanted(line["status"].as_str().unwrap()) {
                missing.remove(name);
            }
        }
    }

    fn end(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
