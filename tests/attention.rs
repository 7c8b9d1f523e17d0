//! Who needs somebody: those that ask, those that are done and unseen, and never those that rest.

use serde_json::Value;

use crate::switching::{detach, on};
use crate::world::{Terminal, World};

fn attention(world: &World, name: &str) -> Value {
    world.session(name)["attention"].clone()
}

fn wait_attention(world: &World, name: &str, word: &str) -> Value {
    world.wait_for(name, word, |session| session["attention"] == word)
}

/// A shell at its prompt that was never given anything to do.
fn idle(world: &World, name: &str) {
    world.start(name, &["sh"]);
    wait_attention(world, name, "idle");
}

fn asks(world: &World, name: &str) {
    world.start(name, &["sh", "-c", "printf 'Go on? [y/n] '; read x; sleep 1000"]);
    wait_attention(world, name, "asks");
}

#[test]
fn who_asks_comes_before_who_is_done_and_who_rests_is_not_told_of() {
    let world = World::new();
    idle(&world, "idle");
    idle(&world, "worked");
    world.ok("mssend", &["worked", "echo done-it", "--enter"]);
    wait_attention(&world, "worked", "done");
    asks(&world, "asks");
    assert_eq!(world.ok("msls", &["--needs-me"]), "asks\nworked\n");
    assert_eq!(world.ok("msls", &["-n"]), "asks\nworked\n");
    assert_eq!(world.ok("msls", &["--attention", "done,idle"]), "worked\nidle\n");
    assert_eq!(world.ok("msls", &["--waiting"]), "asks\nworked\nidle\n");
    assert_eq!(world.ok("msls", &["--format", "{name} {attention}"]), "asks asks\nworked done\nidle idle\n");
    assert_eq!(world.ok("msprompt", &[]), "◐1 asks ●1\n");
    assert_eq!(world.ok("mswait", &["--any"]), "asks\n");
    assert_eq!(world.ok("mswait", &["--until", "done"]), "worked\n");
    let table = world.ok("msls", &["--long"]);
    let marks: Vec<&str> = table.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(marks, ["◐", "●", "○"], "{table}");
    assert!(world.fails(2, "msls", &["--attention", "often"]).contains("asks, done, idle"));
    assert!(world.fails(2, "mswait", &["--until", "often"]).contains("asks"));
}

#[test]
fn who_was_looked_at_is_done_no_more_and_who_asks_still_asks() {
    let world = World::new();
    idle(&world, "worked");
    world.ok("mssend", &["worked", "echo done-it", "--enter"]);
    wait_attention(&world, "worked", "done");
    let mut terminal = on(&world, "worked", "done-it");
    wait_attention(&world, "worked", "idle");
    detach(&mut terminal);
    assert_eq!(attention(&world, "worked"), "idle");
    asks(&world, "asks");
    let mut terminal = on(&world, "asks", "Go on?");
    detach(&mut terminal);
    assert_eq!(attention(&world, "asks"), "asks");
    assert_eq!(world.run("msls", &["--attention", "done"]).code, 1);
}

#[test]
fn a_terminal_that_only_looks_is_none_and_a_mark_is_enough() {
    let world = World::new();
    idle(&world, "a");
    world.ok("mssend", &["a", "echo done-it", "--enter"]);
    wait_attention(&world, "a", "done");
    let mut watcher = world.terminal("msswitch", &["-r", "a"]);
    watcher.expect("done-it");
    assert_eq!(attention(&world, "a"), "done");
    world.ok("msmark", &["seen", "a"]);
    wait_attention(&world, "a", "idle");
    assert!(world.fails(2, "msmark", &["waiting", "a"]).contains("seen alone"));
    assert!(world.fails(2, "msmark", &["seen", "a", "-m", "x"]).contains("neither"));
    assert!(world.fails(3, "msmark", &["seen", "nobody"]).contains("nobody"));
    assert!(world.fails(4, "msmark", &["seen"]).contains("not inside"));
    watcher.send("\x03");
    watcher.wait();
}

#[test]
fn a_terminal_that_only_looks_is_one_once_somebody_types_there() {
    let world = World::new();
    idle(&world, "a");
    let mut watcher = world.terminal("msswitch", &["-r", "a"]);
    watcher.expect("$");
    let work = |watcher: &mut Terminal, word: &str| {
        world.ok("mssend", &["a", &format!("echo {word}"), "--enter"]);
        watcher.expect(&format!("\n{word}"));
    };
    work(&mut watcher, "done-it");
    wait_attention(&world, "a", "done");
    watcher.send("x");
    wait_attention(&world, "a", "idle");
    assert_eq!(world.session("a")["mode"], "background", "nothing that is typed there counts");
    work(&mut watcher, "once-more");
    world.ok("mswait", &["--quiet", "0.6", "a"]);
    assert_eq!(attention(&world, "a"), "idle", "somebody saw it come to rest");
    watcher.send("\x03");
    watcher.wait();
    world.ok("mssend", &["a", "echo unseen", "--enter"]);
    wait_attention(&world, "a", "done");
}

#[test]
fn what_works_needs_nobody_until_it_rests() {
    let world = World::new();
    nix::unistd::mkfifo(&world.path("home/gate"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    idle(&world, "a");
    world.ok("mssend", &["a", "read x < gate", "--enter"]);
    world.wait_for("a", "work", |session| session["status"] != "waiting");
    assert_eq!(attention(&world, "a"), Value::Null);
    std::fs::write(world.path("home/gate"), "\n").unwrap();
    wait_attention(&world, "a", "done");
}

#[test]
fn the_key_visits_each_that_needs_somebody_once_and_then_says_so() {
    let world = World::new();
    for name in ["first", "second"] {
        asks(&world, name);
    }
    idle(&world, "rests");
    idle(&world, "here");
    let mut terminal = on(&world, "here", "$");
    for name in ["first", "second"] {
        terminal.send("\x1cw");
        terminal.expect("Go on?");
        terminal.until(name, |_| world.session(name)["mode"] == "foreground");
    }
    terminal.send("\x1cw");
    terminal.expect("you have been to every session that needs you");
    terminal.send("\x1cw");
    terminal.until("first", |_| world.session("first")["mode"] == "foreground");
    detach(&mut terminal);
    let mut terminal = world.terminal("msswitch", &[]);
    terminal.until("the one that asks longest", |_| world.session("first")["mode"] == "foreground");
    detach(&mut terminal);
}

#[test]
fn where_nobody_asks_there_is_nowhere_to_go() {
    let world = World::new();
    idle(&world, "rests");
    let mut terminal = world.terminal("msswitch", &[]);
    assert_eq!(terminal.wait().code(), Some(1));
    terminal.expect("no session needs you");
}
