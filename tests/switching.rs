//! A terminal on a session: coming, leaving in every way, and that it is as it was.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;

use crate::world::{Terminal, World};

/// Whether the terminal is raw.
pub fn is_raw(terminal: &Terminal) -> bool {
    !tcgetattr(terminal.slave()).unwrap().local_flags.contains(LocalFlags::ICANON)
}

/// A terminal on the session `name`, which shows `text`.
pub fn on(world: &World, name: &str, text: &str) -> Terminal {
    let mut terminal = world.terminal("msswitch", &[name]);
    terminal.expect(text);
    terminal
}

/// Leaves by the prefix and d.
pub fn detach(terminal: &mut Terminal) {
    terminal.send("\x1cd");
    let status = terminal.wait();
    assert!(status.success(), "{status:?}\n{}", terminal.text());
}

/// Whether the terminal has every mode as at its start.
pub fn has_nothing_on(terminal: &Terminal) {
    assert_eq!(terminal.screen().left_on(), [""; 0]);
    assert_eq!(terminal.screen().kitty_flags(), 0);
}

/// A program that switches much on and then waits.
const SWITCHER: &str = r"printf '\033[?1049h\033[?1003;1006h\033[?2004h\033[>5u\033[?25l\033[3;9r\033[?1h\033=\033[>4;2m\033[4 q\033]2;title\033\\\033[31mhere'; exec cat";

fn switched_on(world: &World) -> Terminal {
    world.start("s", &["sh", "-c", SWITCHER]);
    let terminal = on(world, "s", "here");
    assert!(is_raw(&terminal) && terminal.screen().mouse() && terminal.screen().alt_screen());
    terminal
}

pub fn signal(terminal: &Terminal, signal: Signal) {
    kill(Pid::from_raw(terminal.pid()), signal).unwrap();
}

#[test]
fn a_terminal_comes_types_and_leaves() {
    let world = World::new();
    world.start("a", &["sh"]);
    let mut terminal = on(&world, "a", "$");
    assert!(is_raw(&terminal));
    terminal.send("echo $((40+2))\r");
    terminal.expect("\n42");
    detach(&mut terminal);
    assert!(!is_raw(&terminal));
    has_nothing_on(&terminal);
    terminal.expect("[msswitch: detached from a; come back with: msswitch a]");
    assert_eq!(world.ok("msls", &[]), "a\n");
}

#[test]
fn leaving_undoes_all_that_is_on() {
    let world = World::new();
    let mut terminal = switched_on(&world);
    detach(&mut terminal);
    assert!(!is_raw(&terminal));
    has_nothing_on(&terminal);
}

#[test]
fn signals_restore_the_terminal_and_are_seen() {
    let world = World::new();
    world.start("s", &["sh", "-c", SWITCHER]);
    for which in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT] {
        let mut terminal = on(&world, "s", "here");
        signal(&terminal, which);
        let status = terminal.wait();
        assert_eq!(status.signal(), Some(which as i32), "{status:?}");
        assert!(!is_raw(&terminal), "{which}");
        has_nothing_on(&terminal);
    }
    assert_eq!(world.ok("msls", &[]), "s\n");
}

#[test]
fn stopping_gives_the_terminal_back_and_going_on_repaints() {
    let world = World::new();
    let mut terminal = switched_on(&world);
    let before = terminal.screen().state();
    signal(&terminal, Signal::SIGTSTP);
    terminal.until("a cooked terminal", |terminal| !is_raw(terminal) && !terminal.screen().mouse());
    has_nothing_on(&terminal);
    signal(&terminal, Signal::SIGCONT);
    terminal.until("the screen", |terminal| terminal.screen().mouse() && terminal.text().contains("here"));
    assert!(is_raw(&terminal));
    let after = terminal.screen().state();
    assert_eq!(before.difference(&after), None);
    detach(&mut terminal);
    has_nothing_on(&terminal);
}

#[test]
fn the_end_of_a_program_is_told_and_its_code_handed_on() {
    let world = World::new();
    let script = "printf 'ready\\033[?1000h'; read x; echo last words; exit 7";
    for (options, code) in [(&["a"][..], 0), (&["--exit-status", "a"], 7)] {
        world.start("a", &["sh", "-c", script]);
        let mut terminal = world.terminal("msswitch", options);
        terminal.expect("ready");
        terminal.send("\r");
        assert_eq!(terminal.wait().code(), Some(code));
        terminal.expect_bytes(0, b"last words");
        terminal.expect("[msswitch: a ended: exit 7]");
        assert!(!is_raw(&terminal));
        has_nothing_on(&terminal);
    }
    world.start("k", &["sh", "-c", "echo ready; read x; kill -KILL $$"]);
    let mut terminal = world.terminal("msswitch", &["--exit-status", "k"]);
    terminal.expect("ready");
    terminal.send("\r");
    assert_eq!(terminal.wait().code(), Some(128 + 9));
}

#[test]
fn a_server_that_dies_leaves_the_terminal_restored() {
    let world = World::new();
    let mut terminal = switched_on(&world);
    let server = world.session("s")["server_pid"].as_i64().unwrap();
    kill(Pid::from_raw(server as i32), Signal::SIGKILL).unwrap();
    assert_eq!(terminal.wait().code(), Some(4));
    assert!(!is_raw(&terminal));
    has_nothing_on(&terminal);
    terminal.expect("s: the session is over");
}

#[test]
fn a_server_that_is_stopped_is_said_to_be() {
    let world = World::new();
    world.start("s", &["cat"]);
    let server = Pid::from_raw(world.session("s")["server_pid"].as_i64().unwrap() as i32);
    kill(server, Signal::SIGSTOP).unwrap();
    let began = Instant::now();
    let mut terminal = world.terminal("msswitch", &["s"]);
    assert_eq!(terminal.wait().code(), Some(5));
    assert!(began.elapsed() < Duration::from_secs(30));
    terminal.expect("does not answer");
    assert!(!is_raw(&terminal));
    kill(server, Signal::SIGCONT).unwrap();
}

#[test]
fn a_pipe_s_terminal_is_found() {
    let world = World::new();
    world.start("a", &["sh", "-c", "echo here; exec cat"]);
    let mut terminal = world.terminal("sh", &["-c", "msls | head -n 1 | xargs msswitch; echo back"]);
    terminal.expect("here");
    terminal.send("\x1cd");
    terminal.expect("back");
    assert!(terminal.wait().success());
    assert!(!is_raw(&terminal));
}

#[test]
fn without_a_terminal_it_is_refused() {
    let world = World::new();
    world.start("a", &["cat"]);
    let ran = world.run("setsid", &["msswitch", "a"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("no terminal"), "{ran:?}");
}

#[test]
fn names_that_mean_nothing_are_errors() {
    let world = World::new();
    assert!(world.fails(1, "msswitch", &[]).contains("no session needs you"));
    world.start("build", &["sh", "-c", "exit 3"]);
    world.wait_end("build");
    world.start("other", &["cat"]);
    assert!(world.fails(3, "msswitch", &["othr"]).contains("did you mean 'other'"));
    assert!(world.fails(4, "msswitch", &["build"]).contains("completed (exit 3)"));
    assert!(world.fails(2, "msswitch", &["a/b"]).contains("a name is"));
    assert!(world.fails(1, "msswitch", &["-"]).contains("no previous session"));
    assert!(world.fails(2, "msswitch", &["--replay", "some", "other"]).contains("missed"));
}

#[test]
fn a_bad_prefix_is_named_before_anything_happens() {
    let world = World::with_config("[keys]\nprefix = \"M-x\"\n");
    world.start("a", &["cat"]);
    let message = world.fails(2, "msswitch", &["a"]);
    assert!(message.contains("[keys] prefix") && message.contains("M-x"), "{message}");
}

#[test]
fn the_previous_and_the_longest_waiting_are_found() {
    let world = World::new();
    world.start("first", &["sh", "-c", "echo I am first; read x"]);
    world.wait_status("first", "waiting");
    world.start("second", &["sh", "-c", "echo I am second; read x"]);
    world.wait_status("second", "waiting");
    let script = "msswitch; msswitch second; msswitch -; msswitch - ; echo done";
    let mut terminal = world.terminal("sh", &["-c", script]);
    for shown in ["I am first", "I am second", "I am second", "I am second"] {
        let from = terminal.bytes.len();
        terminal.expect_bytes(from.saturating_sub(1), shown.as_bytes());
        terminal.send("\x1cd");
        terminal.expect_bytes(from, b"detached from");
    }
    terminal.expect("done");
}

#[test]
fn strange_terminals_are_served() {
    let world = World::new();
    world.start("a", &["sh", "-c", "stty -echo; echo here; while read x; do echo got-$x; done"]);
    for (cols, rows) in [(0, 0), (1, 1), (2, 1), (1000, 1000)] {
        let mut terminal = Terminal::start(&world, "msswitch", &["a"], cols, rows);
        terminal.expect_bytes(0, b"\x1b[1J");
        let from = terminal.bytes.len();
        terminal.send("x\r");
        terminal.expect_bytes(from, b"got-x");
        detach(&mut terminal);
        assert!(!is_raw(&terminal), "{cols}x{rows}");
    }
}

#[test]
fn a_terminal_without_sequences_gets_none() {
    let world = World::new();
    world.start("a", &["sh", "-c", "printf 'one\\r\\n\\033[1mtwo\\033[m\\r\\n'; exec cat"]);
    world.wait_output("a", "two");
    for unset in [&["TERM=dumb"][..], &["-u", "TERM"]] {
        let mut terminal = world.terminal("env", &[unset, &["msswitch", "a"]].concat());
        terminal.expect("two");
        terminal.send("plain\r");
        terminal.expect("plain");
        terminal.send("\x1cd");
        assert!(terminal.wait().success());
        assert!(!terminal.bytes.contains(&0x1b), "{:?}", String::from_utf8_lossy(&terminal.bytes));
        terminal.expect("detached from a");
    }
}

#[test]
fn who_only_looks_types_nothing_and_does_not_count() {
    let world = World::new();
    world.start("a", &["sh", "-c", "echo here; exec cat"]);
    let mut terminal = Terminal::start(&world, "msswitch", &["-r", "a"], 50, 10);
    terminal.expect("here");
    terminal.send("not this\r");
    terminal.send("\x1cd");
    assert!(terminal.wait().success());
    assert!(!world.ok("msbuf", &["--raw", "a"]).contains("not this"));
    assert_eq!(world.session("a")["cols"], 80);
}

#[test]
fn each_terminal_brings_its_surroundings_along() {
    let world = World::new();
    let start = "SSH_AUTH_SOCK=/first DISPLAY=:1 msnew -n a sh";
    world.ok("sh", &["-c", start]);
    let come = |options: &[&str], surroundings: &[&str]| {
        let mut terminal = world.terminal("env", &[surroundings, &["msswitch"], options, &["a"]].concat());
        terminal.expect("$");
        terminal
    };
    let mut terminal = come(&[], &["SSH_AUTH_SOCK=/second", "DISPLAY=:2", "WAYLAND_DISPLAY=w-2"]);
    terminal.send("echo $(readlink $SSH_AUTH_SOCK) and $DISPLAY\r");
    terminal.expect("\n/second and :1");
    let env = || String::from_utf8(std::fs::read(world.session_dir("a").join("env")).unwrap()).unwrap();
    assert!(env().contains("DISPLAY=:2\0WAYLAND_DISPLAY=w-2\0"), "{}", env());
    detach(&mut terminal);
    // Who only looks changes nothing; who comes without an agent leaves the last one's.
    detach(&mut come(&["-r"], &["SSH_AUTH_SOCK=/third", "DISPLAY=:3"]));
    assert!(env().contains("DISPLAY=:2"), "{}", env());
    let mut terminal = come(&[], &["DISPLAY=:4"]);
    terminal.send("clear; readlink $SSH_AUTH_SOCK\r");
    terminal.expect("/second");
    assert!(env().contains("DISPLAY=:4"), "{}", env());
    detach(&mut terminal);
}

/// Waits for the file `go`, then counts a million bytes.
const LATE_READER: &str =
    "stty raw -echo; echo ready; while [ ! -e go ]; do sleep 0.05; done; head -c 1000000 | wc -c; exec cat";

#[test]
fn what_is_pasted_into_a_program_that_does_not_read_is_all_there_later() {
    let world = World::new();
    world.start("a", &["sh", "-c", LATE_READER]);
    let mut terminal = on(&world, "a", "ready");
    terminal.send(&"0123456789".repeat(100_000));
    std::fs::write(world.path("home/go"), "").unwrap();
    terminal.expect("1000000");
    detach(&mut terminal);
}

#[test]
fn the_prefix_works_while_the_program_does_not_read() {
    let world = World::new();
    world.start("a", &["sh", "-c", LATE_READER]);
    let mut terminal = on(&world, "a", "ready");
    terminal.send(&"0123456789".repeat(100_000));
    detach(&mut terminal);
    assert!(!is_raw(&terminal));
    terminal.expect("of what was typed were never taken and are lost");
    terminal.expect("detached from a");
}

#[test]
fn a_session_that_was_renamed_is_called_by_its_new_name() {
    let world = World::new();
    world.start("old", &["sh", "-c", "echo here; exec cat"]);
    let mut terminal = on(&world, "old", "here");
    world.ok("msname", &["old", "new"]);
    detach(&mut terminal);
    terminal.expect("come back with: msswitch new]");
}

#[test]
fn starting_and_going_there_is_one_command() {
    let world = World::new();
    let mut terminal = world.terminal("msnew", &["-s", "-n", "fresh", "sh", "-c", "echo here; exec cat"]);
    terminal.expect("here");
    detach(&mut terminal);
    assert_eq!(world.ok("msls", &[]), "fresh\n");
}
