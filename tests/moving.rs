//! Moving between sessions: by keys, by the list and the command line, and from inside a session.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::switching::{detach, on};
use crate::world::{Terminal, World, installed, skip};

/// A world with three sessions that say who they are.
fn three() -> World {
    let world = World::new();
    for name in ["one", "two", "three"] {
        world.start(name, &["sh", "-c", &format!("PS1='I-am-{name}$ ' exec sh")]);
        world.wait_output(name, &format!("I-am-{name}"));
    }
    // A wait that begins later is told on the terminal.
    ["one", "two", "three"].iter().for_each(|name| drop(world.wait_status(name, "waiting")));
    world
}

/// Presses the prefix and a key; waits until the terminal shows that session.
fn goes(terminal: &mut Terminal, key: &str, name: &str) {
    let from = terminal.bytes.len();
    terminal.send(&format!("\x1c{key}"));
    terminal.expect_bytes(from, format!("I-am-{name}").as_bytes());
    terminal.until("a prompt alone", |terminal| terminal.text().contains(&format!("I-am-{name}$")));
}

#[test]
fn keys_go_to_the_next_the_one_before_and_the_previous() {
    let world = three();
    let mut terminal = on(&world, "one", "I-am-one$");
    goes(&mut terminal, "n", "three");
    goes(&mut terminal, "n", "two");
    goes(&mut terminal, "n", "one");
    goes(&mut terminal, "p", "two");
    goes(&mut terminal, "-", "one");
    goes(&mut terminal, "-", "two");
    terminal.send("echo $MS_SESSION\r");
    terminal.expect(world.session("two")["id"].as_str().unwrap());
    detach(&mut terminal);
    terminal.expect("come back with: msswitch two]");
}

#[test]
fn the_key_for_who_waits_goes_there_or_says_that_nobody_does() {
    let world = World::new();
    world.start("busy", &["sh", "-c", "echo here; while :; do sleep 1; done"]);
    let mut terminal = on(&world, "busy", "here");
    terminal.send("\x1cw");
    terminal.expect("no other session needs you");
    world.start("asks", &["sh", "-c", "printf 'Really? '; read x"]);
    world.wait_status("asks", "waiting");
    terminal.send("\x1cw");
    terminal.expect("Really?");
    detach(&mut terminal);
}

#[test]
fn a_list_is_picked_from_and_goes_away() {
    let world = three();
    let mut terminal = on(&world, "one", "I-am-one$");
    let before = terminal.screen().state();
    terminal.send("\x1cl");
    terminal.expect("Enter goes there");
    for name in ["one", "two", "three"] {
        terminal.expect(name);
    }
    terminal.send("q");
    terminal.until("the screen", |terminal| before.difference(&terminal.screen().state()).is_none());
    terminal.send("\x1cl");
    terminal.expect("Enter goes there");
    terminal.send("\x1b[B\recho $((6*7))\r");
    terminal
        .until("the other session", |terminal| terminal.text().starts_with("I-am-three$ echo $((6*7))\n42"));
    detach(&mut terminal);
}

#[test]
fn the_command_line_completes_refuses_and_does() {
    let world = three();
    let mut terminal = on(&world, "one", "I-am-one$");
    terminal.send("\x1c/");
    terminal
        .until("a command line", |terminal| terminal.text().lines().last().is_some_and(|line| line == "/"));
    terminal.send("swi\tt\t");
    terminal.expect("three  two");
    terminal.send("x\r");
    terminal.expect("no such session");
    terminal.send("\x15/s two\r");
    terminal.expect("I-am-two$");
    terminal.send("\x1c/");
    terminal.send("rename 2nd\r");
    terminal.until("another name", |_| world.session_dir("2nd").exists());
    terminal.send("\x1c/session-name\r");
    terminal.until("the name", |terminal| {
        terminal.text().lines().last().is_some_and(|line| line.contains("2nd"))
    });
    terminal.send("\x1c/new fresh\r");
    terminal.until("a new session", |terminal| {
        world.session_dir("fresh").exists() && terminal.text().trim() == "$"
    });
    world.wait_status("fresh", "waiting");
    terminal.send("\x1c/close\r");
    terminal.expect("fresh ended");
    terminal.expect("I-am-two$");
    assert_eq!(world.ok("msls", &[]), "2nd\none\nthree\n");
    detach(&mut terminal);
}

#[test]
fn a_session_that_ends_leaves_the_terminal_where_it_was_before() {
    let world = three();
    let server = |name: &str| Pid::from_raw(world.session(name)["server_pid"].as_i64().unwrap() as i32);
    let mut terminal = on(&world, "one", "I-am-one$");
    goes(&mut terminal, "n", "three");
    goes(&mut terminal, "n", "two");
    terminal.send("exit 7\r");
    terminal.expect("two ended: exit 7");
    terminal.expect("I-am-three$");
    // Where it came from is over as well: then it is the one before that.
    terminal.send("\x1c/s one\r");
    terminal.expect("I-am-one$");
    world.start("two", &["sh", "-c", "echo second two; exec cat"]);
    terminal.send("\x1c/s two\r");
    terminal.expect("second two");
    world.ok("msclose", &["one"]);
    kill(server("two"), Signal::SIGKILL).unwrap();
    terminal.expect("two: the session is over");
    terminal.expect("I-am-three$");
    terminal.send("exit 3\r");
    assert!(terminal.wait().success());
    terminal.expect("[msswitch: three ended: exit 3]");
}

#[test]
fn a_session_is_closed_under_the_name_that_it_has_now() {
    let world = three();
    let mut terminal = on(&world, "one", "I-am-one$");
    terminal.send("\x1c/rename renamed\r");
    terminal.until("another name", |_| world.session_dir("renamed").exists());
    world.wait_status("renamed", "waiting");
    terminal.send("\x1c/close\r");
    assert!(terminal.wait().success());
    terminal.expect("[msswitch: renamed ended: ");
}

#[test]
fn a_session_that_works_is_closed_only_after_a_question() {
    let world = three();
    world.start("busy", &["sh", "-c", "echo here; while :; do sleep 1; done"]);
    let mut terminal = on(&world, "one", "I-am-one$");
    for answer in ["n", "\r", "\x1b"] {
        terminal.send("\x1c/close busy\r");
        terminal.expect("close it? [y/N]");
        terminal.send(answer);
        terminal.until("the screen", |terminal| !terminal.text().contains("close it?"));
    }
    assert!(world.session_dir("busy").exists());
    terminal.send("\x1c/close busy\r");
    terminal.expect("busy is active: close it? [y/N]");
    terminal.send("y");
    terminal.until("its end", |_| !world.session_dir("busy").exists());
    detach(&mut terminal);
}

#[test]
fn what_was_typed_comes_back_on_other_sessions_and_terminals() {
    let world = three();
    let mut terminal = on(&world, "one", "I-am-one$");
    let last_line = |terminal: &mut Terminal, wanted: &str| {
        terminal.until(wanted, |terminal| terminal.text().lines().last() == Some(wanted));
    };
    terminal.send("\x1c/s two\r");
    terminal.expect("I-am-two$");
    terminal.send("\x1c/rename 2nd\r");
    terminal.until("another name", |_| world.session_dir("2nd").exists());
    terminal.send("\x1c/\x1b[A");
    last_line(&mut terminal, "/rename 2nd");
    terminal.send("\x1b[A");
    last_line(&mut terminal, "/s two");
    terminal.send("\x1b[B\x1b[B");
    last_line(&mut terminal, "/");
    terminal.send("\x15\x7f");
    terminal.until("no command line", |terminal| terminal.text().lines().last() == Some(""));
    detach(&mut terminal);
    let mut terminal = on(&world, "three", "I-am-three$");
    terminal.send("\x1c/\x1b[A");
    last_line(&mut terminal, "/rename 2nd");
    terminal.send("\r");
    terminal.expect("2nd: name is taken");
    detach(&mut terminal);
}

#[test]
fn programs_go_on_under_a_cover_and_nothing_of_theirs_is_lost() {
    let world = World::new();
    let script = "echo ready; read x; seq -f 'line %g.' 5000; printf '\\033[6n'; stty raw -echo; dd bs=1 count=4 2>/dev/null | od -c | head -1; exec cat";
    world.start("a", &["sh", "-c", script]);
    let mut terminal = on(&world, "a", "ready");
    let from = terminal.bytes.len();
    terminal.send("\x1c?");
    terminal.expect("any key goes back");
    world.ok("mssend", &["a", "", "--enter"]);
    // The answer to its query comes from the server: nobody looks.
    world.wait_output("a", "033   [");
    terminal.send("q");
    terminal.expect("033   [");
    let shown = String::from_utf8_lossy(&terminal.bytes[from..]).into_owned();
    for n in 1..=5000 {
        // Printed into the scrollback, or painted.
        assert_eq!(shown.matches(&format!("line {n}.")).count(), 1, "line {n}");
    }
    detach(&mut terminal);
}

#[test]
fn from_inside_the_terminal_around_moves() {
    let world = three();
    let mut terminal = on(&world, "one", "I-am-one$");
    terminal.send("msswitch two; echo code-$?\r");
    terminal.expect("I-am-two$");
    terminal.send("msswitch -\r");
    terminal.expect("code-0");
    terminal.send("msswitch one; echo self-$?\r");
    terminal.expect("self-4");
    terminal.send("env -u MS_SESSION msswitch one; echo inside-$?\r");
    terminal.expect("inside-4");
    terminal.send("msls | grep three | xargs msswitch\r");
    terminal.expect("I-am-three$");
    terminal.send("msnew -s -n four sh -c 'echo here $((6*7)); exec cat'\r");
    terminal.expect("here 42");
    detach(&mut terminal);
    terminal.expect("come back with: msswitch four]");
}

#[test]
fn from_inside_with_nobody_there_it_is_refused() {
    let world = three();
    world.ok("mssend", &["one", "msswitch two; echo code-$?", "--enter"]);
    let text = world.wait_output("one", "code-4");
    assert!(text.contains("no terminal is on this session"), "{text}");
}

#[test]
fn from_inside_who_waits_is_picked_with_fzf() {
    if !installed("fzf") {
        return skip("fzf is not installed");
    }
    let world = three();
    for name in ["asks", "begs"] {
        world.start(name, &["sh", "-c", &format!("printf '{name}? '; read x; exec cat")]);
        world.wait_status(name, "waiting");
    }
    world.ok("msclose", &["--force", "two", "three"]);
    let mut terminal = on(&world, "one", "I-am-one$");
    terminal.send("msls --waiting | fzf | xargs msswitch\r");
    // The shell itself was waiting a moment ago: it may be among them.
    terminal.until("both", |terminal| ["  asks", "  begs"].iter().any(|name| terminal.text().contains(name)));
    terminal.send("beg");
    terminal.expect("> begs\n  1/");
    terminal.send("\r");
    terminal.expect("begs?");
    detach(&mut terminal);
    terminal.expect("come back with: msswitch begs]");
}

#[test]
fn a_stale_session_in_the_environment_blocks_nothing() {
    let world = three();
    let id = world.session("two")["id"].as_str().unwrap().to_owned();
    for stale in [id.as_str(), "0123456789abcdefghij", "nonsense"] {
        let mut terminal = world.terminal("env", &[&format!("MS_SESSION={stale}"), "msswitch", "one"]);
        terminal.expect("I-am-one$");
        terminal.send("\x1cd");
        assert!(terminal.wait().success());
    }
}

#[test]
fn the_terminal_s_own_title_outlasts_a_move() {
    let world = World::new();
    world.start("a", &["sh", "-c", "printf '\\033]2;of a\\033\\\\in a'; while :; do sleep 1; done"]);
    world.start("b", &["sh", "-c", "printf '\\033]2;of b\\033\\\\in b'; while :; do sleep 1; done"]);
    ["a", "b"].iter().for_each(|name| drop(world.wait_output(name, "in ")));
    let script = "printf '\\033]2;mine\\033\\\\'; msswitch a";
    let mut terminal = world.terminal("sh", &["-c", script]);
    terminal.until("the title of a", |terminal| terminal.screen().title() == Some("of a"));
    terminal.send("\x1cn");
    terminal.until("the title of b", |terminal| terminal.screen().title() == Some("of b"));
    terminal.send("\x1cd");
    terminal.until("its own title", |terminal| terminal.screen().title() == Some("mine"));
    assert!(terminal.wait().success());
}

#[test]
fn another_session_that_begins_to_wait_is_told_in_the_title() {
    let world = World::new();
    world.start("here", &["sh", "-c", "printf '\\033]2;my title\\033\\\\here'; exec cat"]);
    let script =
        "while [ ! -e go ]; do sleep 0.05; done; printf 'Password: '; read x; while :; do sleep 1; done";
    world.start("asks", &["sh", "-c", script]);
    let mut terminal = on(&world, "here", "here");
    terminal.until("its title", |terminal| terminal.screen().title() == Some("my title"));
    std::fs::write(world.path("home/go"), "").unwrap();
    terminal.until("the wait", |terminal| terminal.screen().title() == Some("◐ asks · my title"));
    world.ok("mssend", &["asks", "yes", "--enter"]);
    terminal.until("the title again", |terminal| terminal.screen().title() == Some("my title"));
    detach(&mut terminal);
}

#[test]
fn the_other_ways_of_telling() {
    for (show, told) in [("notify", "\x1b]9;asks waits"), ("bell", "\x07"), ("bar", "asks waits")] {
        let world = World::with_config(&format!("[indicator]\nshow = \"{show}\"\n"));
        world.start("here", &["sh", "-c", "echo here; exec cat"]);
        let script = "while [ ! -e go ]; do sleep 0.05; done; printf 'Really? '; read x";
        world.start("asks", &["sh", "-c", script]);
        let mut terminal = on(&world, "here", "here");
        let from = terminal.bytes.len();
        std::fs::write(world.path("home/go"), "").unwrap();
        terminal.expect_bytes(from, told.as_bytes());
        terminal.send("x");
        terminal.until("no bar", |terminal| terminal.text().trim_end() == "here\nx");
        terminal.send("\x1cd");
        assert!(terminal.wait().success(), "{show}");
    }
}
