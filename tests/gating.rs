//! `msgate`: never more than the slots, first come first served, and nothing that a death could take along.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::world::{Terminal, World, until};

/// Who holds slots, and who waits in which place, by their commands.
fn shares(world: &World) -> (Vec<String>, Vec<String>) {
    let list: Vec<Value> = serde_json::from_str(&world.ok("msgate", &["--list", "--json"])).unwrap();
    let of = |field: &str| {
        let held = list.iter().filter(|share| !share[field].is_null());
        held.map(|share| share["command"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned())
            .collect()
    };
    (of("slot"), of("place"))
}

fn gated(world: &World, args: &[&str], command: &str) -> Command {
    let mut gate = world.command("msgate");
    gate.args(args).args(["--", "sh", "-c", command]);
    gate
}

/// A command with a slot that ends when its input does.
fn holder(world: &World, slots: &str) -> Child {
    let mut held = gated(world, &["-n", slots], "read x").stdin(Stdio::piped()).spawn().unwrap();
    until("taken", || held_by(world, held.id()));
    assert!(held.try_wait().unwrap().is_none());
    held
}

fn held_by(world: &World, pid: u32) -> bool {
    let list: Vec<Value> = serde_json::from_str(&world.ok("msgate", &["--list", "--json"])).unwrap();
    list.iter().any(|share| !share["slot"].is_null() && share["pid"] == pid)
}

#[test]
fn a_crowd_never_holds_more_than_the_slots_and_nobody_is_lost() {
    let world = World::new();
    fs::create_dir(world.path("in")).unwrap();
    let (inside, seen) = (world.path("in"), world.path("seen"));
    // Each says how many are inside with it.
    let command = format!("touch {0}/$$; ls {0} | wc -l >> {1}; rm {0}/$$", inside.display(), seen.display());
    let crowd: Vec<Child> =
        (0..200).map(|_| gated(&world, &["-n", "5"], &command).spawn().unwrap()).collect();
    for mut child in crowd {
        assert!(child.wait().unwrap().success());
    }
    let counts = fs::read_to_string(seen).unwrap();
    let counts: Vec<u32> = counts.lines().map(|line| line.trim().parse().unwrap()).collect();
    assert_eq!(counts.len(), 200);
    assert!(counts.iter().all(|count| (1..=5).contains(count)), "{counts:?}");
    assert_eq!(shares(&world), (vec![], vec![]));
    let left = fs::read_dir(world.path("run/.gates/default")).unwrap().flatten();
    assert!(!left.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("ticket")));
}

#[test]
fn who_came_first_is_served_first_and_the_dead_hold_nobody_up() {
    let world = World::new();
    let mut first = holder(&world, "1");
    let order = world.path("order");
    let mut waiting = Vec::new();
    for number in 0..8 {
        let command = format!("echo {number} >> {}", order.display());
        waiting.push(gated(&world, &["-n", "1"], &command).spawn().unwrap());
        until("in the queue", || shares(&world).1.len() == number + 1);
    }
    // The head of the queue, one inside it, and two beside each other, by signals that nothing can catch.
    for dead in [0, 3, 5, 6] {
        kill(Pid::from_raw(waiting[dead].id() as i32), Signal::SIGKILL).unwrap();
        waiting[dead].wait().unwrap();
    }
    until("left by the dead", || shares(&world).1.len() == 4);
    drop(first.stdin.take());
    first.wait().unwrap();
    for number in [1, 2, 4, 7] {
        assert!(waiting[number].wait().unwrap().success());
    }
    assert_eq!(fs::read_to_string(order).unwrap(), "1\n2\n4\n7\n");
}

#[test]
fn any_end_of_a_command_frees_its_slot_and_is_told_as_its_own() {
    let world = World::new();
    for signal in [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGINT, Signal::SIGSEGV] {
        let mut held = holder(&world, "1");
        let mut next = gated(&world, &["-n", "1"], "exit 7").spawn().unwrap();
        until("in the queue", || shares(&world).1.len() == 1);
        kill(Pid::from_raw(held.id() as i32), signal).unwrap();
        assert_eq!(held.wait().unwrap().signal(), Some(signal as i32));
        assert_eq!(next.wait().unwrap().code(), Some(7), "{signal}");
    }
    assert!(world.fails(127, "msgate", &["--", "no-such-program"]).contains("command not found"));
    assert!(world.fails(126, "msgate", &["--", "/"]).contains("cannot be run"));
    assert_eq!(shares(&world), (vec![], vec![]));
}

#[test]
fn a_slot_is_held_by_what_the_command_leaves_behind() {
    let world = World::new();
    let fifo = world.path("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let left = format!("cat {} > /dev/null 2>&1 & :", fifo.display());
    assert!(gated(&world, &["-n", "1"], &left).status().unwrap().success());
    assert_eq!(world.run("msgate", &["-n", "1", "-t", "50ms", "--", "true"]).code, 5);
    drop(fs::OpenOptions::new().write(true).open(&fifo).unwrap());
    world.ok("msgate", &["-n", "1", "--", "true"]);
}

#[test]
fn a_command_with_a_slot_never_waits_for_itself() {
    let world = World::new();
    let nested =
        "msgate -n 1 -- msgate -n 1 -- sh -c 'echo inner; msgate -n 1 -t 50ms -g other -- echo other'";
    assert_eq!(world.ok("msgate", &["-n", "1", "--", "sh", "-c", nested]), "inner\nother\n");
}

#[test]
fn groups_do_not_touch_each_other_and_a_limit_ends_the_wait() {
    let world = World::new();
    let mut held = holder(&world, "1");
    let began = Instant::now();
    let ran = world.run("msgate", &["-n", "1", "-t", "200ms", "--", "true"]);
    assert_eq!((ran.code, ran.err.as_str()), (5, "msgate: no slot of default became free in time\n"));
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!(shares(&world).1.len(), 0);
    world.ok("msgate", &["-n", "1", "-g", "other", "--", "true"]);
    world.ok("msgate", &["-n", "2", "--", "true"]);
    drop(held.stdin.take());
    held.wait().unwrap();
}

#[test]
fn commands_begin_no_more_often_than_the_rate() {
    let world = World::new();
    let times = world.path("times");
    let command = format!("date +%s%3N >> {}", times.display());
    let crowd: Vec<Child> =
        (0..7).map(|_| gated(&world, &["--rate", "3/400ms"], &command).spawn().unwrap()).collect();
    for mut child in crowd {
        assert!(child.wait().unwrap().success());
    }
    // The gate's own times: those that the commands see come after a start that takes its time.
    let starts = fs::read_to_string(world.path("run/.gates/default/starts")).unwrap();
    assert_eq!(starts.lines().count(), 3);
    let times = fs::read_to_string(times).unwrap();
    let mut times: Vec<u64> = times.lines().map(|line| line.parse().unwrap()).collect();
    times.sort_unstable();
    assert!(times[6] - times[0] >= 700, "seven in {} ms", times[6] - times[0]);
    let ran = world.run("msgate", &["--rate", "3/1h", "-t", "50ms", "--", "true"]);
    assert_eq!(ran.code, 5, "{ran:?}");
}

#[test]
fn the_slots_are_those_of_the_configuration_unless_it_is_told() {
    let world = World::with_config("[limits]\napi_calls = 1\n");
    let mut held = gated(&world, &[], "read x").stdin(Stdio::piped()).spawn().unwrap();
    until("taken", || held_by(&world, held.id()));
    assert_eq!(world.run("msgate", &["-t", "50ms", "--", "true"]).code, 5);
    world.ok("msgate", &["-n", "2", "--", "true"]);
    drop(held.stdin.take());
    held.wait().unwrap();
}

#[test]
fn a_person_sees_who_holds_the_slots_while_it_waits() {
    let world = World::new();
    let mut held = holder(&world, "1");
    let mut terminal = Terminal::start(&world, "msgate", &["-n", "1", "--", "echo", "done"], 80, 24);
    terminal.expect(&format!("default: 1 of 1 slots taken: sh {} ", held.id()));
    drop(held.stdin.take());
    held.wait().unwrap();
    terminal.expect("done");
    assert!(terminal.wait().success());
    assert!(!terminal.text().contains("slots taken"), "{}", terminal.text());
    let shown = world.ok("msgate", &["--list"]);
    assert_eq!(shown, "");
}

#[test]
fn what_is_wrong_is_refused_and_leaves_nothing() {
    let world = World::new();
    for bad in [
        &["-n", "0", "--", "true"][..],
        &["-n", "1025", "--", "true"],
        &["--rate", "0/s", "--", "true"],
        &["--rate", "soon", "--", "true"],
        &["-g", "bad name", "--", "true"],
        &["-g", "../x", "--", "true"],
        &["-t", "soon", "--", "true"],
        &["--list", "--", "true"],
        &["--json", "--", "true"],
        &[],
    ] {
        assert_eq!(world.run("msgate", bad).code, 2, "{bad:?}");
    }
    assert!(!world.path("run/.gates").exists());
    assert_eq!(world.ok("msgate", &["--list", "--json"]), "[]\n");
    fs::create_dir_all(world.path("run")).unwrap();
    fs::set_permissions(world.path("run"), PermissionsExt::from_mode(0o700)).unwrap();
    for mode in [0o755, 0o770] {
        fs::create_dir(world.path("run/.gates")).unwrap();
        fs::set_permissions(world.path("run/.gates"), PermissionsExt::from_mode(mode)).unwrap();
        assert!(world.fails(6, "msgate", &["--", "true"]).contains("is open to others"));
        assert!(world.fails(6, "msgate", &["--list"]).contains("is open to others"));
        fs::remove_dir(world.path("run/.gates")).unwrap();
    }
    std::os::unix::fs::symlink("/tmp", world.path("run/.gates")).unwrap();
    assert!(world.fails(6, "msgate", &["--", "true"]).contains("symbolic link"));
    // No gate is a session.
    assert_eq!(world.ok("msls", &[]), "");
}

#[test]
fn what_stands_in_a_gate_s_files_is_not_believed() {
    let world = World::new();
    world.ok("msgate", &["--", "true"]);
    let gate = world.path("run/.gates/default");
    fs::write(gate.join("slot-1"), "\x1b[2J{").unwrap();
    fs::write(gate.join("slot-x"), "").unwrap();
    fs::write(gate.join("ticket-7"), vec![b'x'; 1 << 20]).unwrap();
    fs::write(gate.join("ticket-18446744073709551616"), "").unwrap();
    assert_eq!(shares(&world), (vec![], vec![]));
    let mut held = holder(&world, "1");
    let hostile = gated(&world, &["-n", "1", "-t", "30"], "exit 0 # \x1b[31m\n\x07").spawn().unwrap();
    until("in the queue", || world.ok("msgate", &["--list"]).lines().count() == 2);
    let list = world.ok("msgate", &["--list"]);
    assert!(!list.contains('\x1b') && !list.contains('\x07'), "{list:?}");
    drop(held.stdin.take());
    held.wait().unwrap();
    assert!({ hostile }.wait().unwrap().success());
}
