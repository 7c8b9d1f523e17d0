//! Sessions that ended and that nobody has looked at since: where they are told of, and what is a look.

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::pager::runs;
use crate::switching::{detach, is_raw, on};
use crate::world::{Terminal, World, installed, skip, until};

/// A session that has printed `broken` and failed.
fn failed(world: &World, name: &str) {
    world.start(name, &["sh", "-c", "echo broken; exit 3"]);
    world.wait_end(name);
}

fn needs(world: &World) -> String {
    world.run("msls", &["-n"]).out
}

/// A terminal on which `msswitch` has a pager that shows the text and ends.
fn shows(world: &World, arguments: &[&str]) -> Terminal {
    world.terminal("env", &[&["PAGER=head -n 5", "msswitch"], arguments].concat())
}

#[test]
fn what_ended_unseen_is_told_of_everywhere_a_failure_first() {
    let world = World::new();
    assert_eq!(world.run("mswait", &["--until", "done", "--timeout", "0"]).code, 5);
    world.start("fine", &["true"]);
    world.wait_end("fine");
    failed(&world, "failed");
    assert_eq!(needs(&world), "failed\nfine\n");
    assert_eq!(world.ok("msls", &["--attention", "done", "-0"]), "failed\0fine\0");
    assert_eq!(world.run("msls", &["--attention", "asks,idle"]).code, 1);
    assert_eq!(world.ok("msls", &[]), "", "those that live alone");
    assert_eq!(world.ok("msls", &["--json"]), "[]\n");
    let format = world.ok("msls", &["-n", "--format", "{name} {status} {attention}"]);
    assert_eq!(format, "failed completed done\nfine completed done\n");
    assert_eq!(world.ok("msls", &["--all", "--format", "{name} {attention}"]), "failed done\nfine done\n");
    assert_eq!(world.ok("msprompt", &[]), "●2\n");
    assert_eq!(world.ok("mswait", &[]), "failed\n");
    assert_eq!(world.ok("mswait", &["--until", "done", "fine"]), "fine\n");
    let mut table = world.terminal("msls", &[]);
    table.wait();
    let marks: Vec<String> = table.text().lines().map(|line| line.chars().take(8).collect()).collect();
    assert!(marks[0].starts_with("●  faile") && marks[1].starts_with("●  fine"), "{marks:?}");
    assert!(table.text().contains("exit 3"), "{}", table.text());
}

#[test]
fn a_look_at_it_is_enough_and_a_pipe_is_none() {
    let world = World::new();
    ["marked", "read", "screen", "forgotten"].iter().for_each(|name| failed(&world, name));
    world.ok("msbuf", &["read"]);
    assert_eq!(needs(&world).lines().count(), 4, "nobody has read that");
    world.ok("msmark", &["seen", "marked"]);
    for (name, arguments) in [("read", &["read"][..]), ("screen", &["--screen", "screen"])] {
        let mut terminal = world.terminal("msbuf", arguments);
        terminal.expect("broken");
        assert!(terminal.wait().success(), "{name}");
    }
    assert_eq!(needs(&world), "forgotten\n");
    world.ok("msclose", &["forgotten"]);
    assert_eq!(needs(&world), "");
    assert_eq!(world.ok("msprompt", &[]), "");
    assert_eq!(world.ok("msls", &["--all", "--json"]).matches("\"attention\":null").count(), 3);
    let mut table = world.terminal("msls", &[]);
    table.wait();
    assert_eq!(table.text().trim(), "");
}

#[test]
fn who_sees_it_end_or_ends_it_is_not_told_of_that() {
    let world = World::new();
    let asks = ["sh", "-c", "printf 'Go on? [y/n] '; read x"];
    for name in ["alone", "closed", "watched", "killed", "forced"] {
        world.start(name, &asks);
        world.wait_for(name, "a question", |session| session["attention"] == "asks");
    }
    world.start("idle", &["sh"]);
    world.wait_for("idle", "a prompt", |session| session["attention"] == "idle");
    let end = |name: &str, of: &str| {
        let pid = world.session(name)[of].as_i64().unwrap() as i32;
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    };
    end("alone", "child_pid");
    end("idle", "child_pid");
    world.ok("msclose", &["closed"]);
    world.ok("msclose", &["--force", "forced"]);
    let mut terminal = on(&world, "watched", "Go on?");
    terminal.send("y\r");
    terminal.wait();
    end("killed", "server_pid");
    until("an end", || world.ok("msls", &[]).is_empty());
    assert_eq!(needs(&world), "alone\nkilled\n", "of one that rested it is no news that it ended");
}

#[test]
fn going_there_shows_how_it_ended_and_what_it_wrote() {
    let world = World::new();
    failed(&world, "fails");
    let mut terminal = shows(&world, &["--exit-status"]);
    assert_eq!(terminal.wait().code(), Some(3), "{}", terminal.text());
    let text = terminal.text();
    assert!(text.contains("[fails ended") && text.contains("exit 3]") && text.contains("broken"), "{text}");
    assert_eq!(needs(&world), "");
    // Also once more, by its name.
    let mut terminal = shows(&world, &["fails"]);
    assert_eq!(terminal.wait().code(), Some(0));
    terminal.expect("broken");
    assert!(world.fails(4, "msswitch", &["fails"]).contains("completed (exit 3)"), "without a terminal");
}

#[test]
fn a_name_that_means_another_by_now_is_told_as_an_id() {
    let world = World::new();
    failed(&world, "a");
    let id = world.session("a")["id"].as_str().unwrap().to_owned();
    world.start("a", &["sh"]);
    world.wait_for("a", "a prompt", |session| session["attention"] == "idle");
    assert_eq!(needs(&world), format!("{id}\n"));
    assert_eq!(world.ok("mswait", &[]), format!("{id}\n"));
    let json: Value = serde_json::from_str(&world.ok("msls", &["-n", "--json"])).unwrap();
    assert_eq!((&json[0]["name"], &json[0]["id"]), (&"a".into(), &id.as_str().into()));
    let mut terminal = shows(&world, &[&id]);
    terminal.expect("broken");
    terminal.wait();
    assert_eq!(needs(&world), "");
}

#[test]
fn a_status_bar_hears_of_an_end_and_of_a_look() {
    let world = World::new();
    world.start("here", &["sh"]);
    let mut bar = world.terminal("msprompt", &["--follow"]);
    bar.until("a line", |bar| bar.screen().cursor().0 == 1);
    failed(&world, "fails");
    bar.expect("●1");
    world.ok("msmark", &["seen", "fails"]);
    // One line that was empty, one that told of it, and one that is empty again.
    bar.until("an empty line", |bar| bar.screen().cursor().0 == 3);
    bar.send("\x03");
    bar.wait();
}

/// Leaves less, for a session that shows `I am here`: until then the terminal is cooked.
fn quit(world: &World, terminal: &mut Terminal) {
    terminal.send("q");
    until("an end of the pager", || !runs(world, "less"));
    terminal.until("the session", |terminal| is_raw(terminal) && terminal.text().trim_end() == "I am here");
}

/// A session that shows `I am here` and asks nothing that a key would answer, and a terminal on it.
fn here(world: &World) -> Terminal {
    world.start("here", &["sh", "-c", "stty -echo; printf 'I am here'; exec cat >/dev/null"]);
    on(world, "here", "I am here")
}

#[test]
fn a_terminal_elsewhere_is_told_and_its_key_goes_there() {
    if !installed("less") {
        return skip("less is not installed");
    }
    let world = World::new();
    let mut terminal = here(&world);
    failed(&world, "fails");
    failed(&world, "later");
    terminal.until("its title", |terminal| terminal.screen().title() == Some("● fails, later"));
    for name in ["fails", "later"] {
        terminal.send("\x1cw");
        terminal.expect(&format!("[{name} ended"));
        quit(&world, &mut terminal);
        until("a look", || !needs(&world).contains(name));
    }
    terminal.until("no title", |terminal| terminal.screen().title() != Some("● later"));
    terminal.send("\x1cw");
    terminal.expect("no other session needs you");
    failed(&world, "listed");
    terminal.send("\x1cl");
    terminal.expect("●  listed");
    // The one that the terminal is on asks, so it stands first.
    terminal.send("G\r");
    terminal.expect("[listed ended");
    quit(&world, &mut terminal);
    detach(&mut terminal);
    assert_eq!(needs(&world), "here\n", "it asks until it is answered");
}

#[test]
fn a_session_that_is_over_is_gone_to_by_its_name_and_by_its_id() {
    if !installed("less") {
        return skip("less is not installed");
    }
    let world = World::new();
    let mut terminal = here(&world);
    failed(&world, "fails");
    let id = world.session("fails")["id"].as_str().unwrap().to_owned();
    for name in ["fails", &id] {
        terminal.send(&format!("\x1c/switch {name}\r"));
        terminal.expect("[fails ended");
        quit(&world, &mut terminal);
    }
    terminal.send("\x1c/switch nobody\r");
    terminal.expect("nobody: no such session");
    terminal.send("\x03");
    terminal.until("no line", |terminal| terminal.text().trim_end() == "I am here");
    detach(&mut terminal);
}

#[test]
fn one_that_another_has_in_view_is_gone_to_last() {
    let world = World::new();
    let asks = |name: &str| {
        world.start(name, &["sh", "-c", "printf 'Go on? [y/n] '; read x"]);
        world.wait_for(name, "a question", |session| session["attention"] == "asks");
    };
    asks("viewed");
    let mut other = on(&world, "viewed", "Go on?");
    asks("alone");
    let mut terminal = here(&world);
    terminal.until("its title", |terminal| terminal.screen().title() == Some("◐ alone"));
    terminal.send("\x1cw");
    terminal.until("the one that the title names", |terminal| terminal.text().contains("Go on?"));
    assert_eq!(world.session("alone")["clients"], 1);
    [&mut terminal, &mut other].into_iter().for_each(detach);
}

#[test]
fn what_was_looked_at_is_read_by_nobody_who_asks_who_needs_them() {
    let world = World::new();
    let seen = ["first", "second"];
    let entry =
        |name: &str| world.path("state/ms/sessions").join(world.session(name)["id"].as_str().unwrap());
    for name in seen {
        failed(&world, name);
        world.ok("msmark", &["seen", name]);
    }
    failed(&world, "later");
    let inotify = Inotify::init(InitFlags::IN_NONBLOCK).unwrap();
    // The names are looked up first: that reads the entries.
    for entry in seen.map(entry) {
        inotify.add_watch(&entry, AddWatchFlags::IN_OPEN | AddWatchFlags::IN_ACCESS).unwrap();
    }
    let read = || inotify.read_events().map_or(0, |events| events.len());
    assert_eq!((needs(&world).as_str(), read()), ("later\n", 0));
    assert_eq!((world.ok("msprompt", &[]).as_str(), read()), ("●1\n", 0));
    assert_eq!((world.ok("mswait", &["--any"]).as_str(), read()), ("later\n", 0));
    let mut table = world.terminal("msls", &[]);
    table.expect("later");
    table.wait();
    assert_eq!(read(), 0, "the table");
    let mut pager = shows(&world, &[]);
    pager.expect("[later ended");
    pager.wait();
    assert_eq!(read(), 0, "msswitch");
    world.ok("msls", &["--all"]);
    assert!(read() > 0);
}

#[test]
fn of_several_of_one_name_the_newest_is_told_by_it() {
    let world = World::new();
    ["a", "b", "a", "a", "b"].iter().for_each(|name| failed(&world, name));
    let told = world.ok("msls", &["--all", "--format", "{id}"]);
    let mut ids: Vec<&str> = told.lines().collect();
    ids.sort_unstable();
    world.ok("msmark", &["seen", "b"]);
    let mut told: Vec<String> = needs(&world).lines().map(str::to_owned).collect();
    told.sort_unstable();
    let mut right = vec![ids[0], ids[1], ids[2], "a"];
    right.sort_unstable();
    assert_eq!(told, right, "the newer b was looked at, and has the name all the same");
}
