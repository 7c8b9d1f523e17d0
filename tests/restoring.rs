//! Coming back to a session exactly as it was, what was missed, and several terminals at once.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::switching::{detach, is_raw, on};
use crate::world::{Terminal, World, installed, kilobytes, skip};

/// Leaves and comes back on another terminal; both must show the same and have the same modes.
fn comes_back(world: &World, name: &str, mut terminal: Terminal, text: &str) -> Terminal {
    let before = terminal.screen().state();
    detach(&mut terminal);
    let mut again = on(world, name, text);
    again.until(&format!("{name} as it was"), |again| before.difference(&again.screen().state()).is_none());
    again
}

#[test]
fn programs_are_there_as_they_were() {
    let world = World::new();
    std::fs::write(world.path("home/text"), (1..200).map(|n| format!("line {n}\n")).collect::<String>())
        .unwrap();
    for (name, command, key, shown) in [
        (
            "vim",
            &["vim", "-u", "NONE", "-N", "-c", "set mouse=a hlsearch", "text"][..],
            "/line 1\r",
            "line 12",
        ),
        ("less", &["less", "text"], " ", "line 30"),
        ("nano", &["nano", "text"], "hello", "hello"),
        ("bash", &["bash", "--norc"], "printf '\\033[44mblue\\033[m 日本 e\\xcc\\x81'\r", "blue"),
        ("python", &["python3", "-q"], "6*7\r", "42"),
    ] {
        if !installed(command[0]) {
            skip(&format!("{} is not installed", command[0]));
            continue;
        }
        world.start(name, command);
        let _ = std::fs::remove_file(world.path("home/.text.swp"));
        let mut terminal = world.terminal("msswitch", &[name]);
        terminal.settle();
        terminal.send(key);
        terminal.expect(shown);
        terminal.settle();
        let mut terminal = comes_back(&world, name, terminal, shown);
        detach(&mut terminal);
        world.ok("msclose", &["--force", name]);
    }
}

/// Prints a line for each line that it reads, and `done` after `lines` of its own.
fn counting(lines: usize) -> String {
    format!(
        "stty -echo; while read x; do i=0; while [ $i -lt {lines} ]; do i=$((i+1)); echo $x-$i; done; echo done-$x; done"
    )
}

#[test]
fn what_was_missed_scrolls_by_first_and_nothing_twice() {
    let world = World::new();
    world.start("a", &["sh", "-c", &counting(100)]);
    let mut terminal = world.terminal("msswitch", &["a"]);
    terminal.send("seen\r");
    terminal.expect("done-seen");
    detach(&mut terminal);
    world.ok("mssend", &["a", "missed", "--enter"]);
    world.wait_output("a", "done-missed");
    let mut terminal = on(&world, "a", "done-missed");
    let shown = String::from_utf8_lossy(&terminal.bytes).into_owned();
    for n in 1..=100 {
        // What is on the screen is painted, not printed.
        let printed = shown.matches(&format!("missed-{n}\r\n")).count();
        assert_eq!(printed, usize::from(n < 79), "missed-{n} {shown}");
        assert!(printed == 1 || terminal.text().contains(&format!("missed-{n}\n")), "missed-{n}");
    }
    assert!(!shown.contains("seen-70\r\n"), "it was seen");
    detach(&mut terminal);
    let mut terminal = on(&world, "a", "done-missed");
    assert!(!String::from_utf8_lossy(&terminal.bytes).contains("missed-50\r\n"), "it was seen meanwhile");
    detach(&mut terminal);
}

#[test]
fn how_much_is_shown_first_can_be_chosen() {
    let world = World::new();
    world.start("a", &["sh", "-c", "seq -f 'line %g.' 500; exec cat"]);
    world.wait_output("a", "line 500.");
    for (replay, first, newest) in [("all", true, true), ("screen", false, true), ("none", false, false)] {
        let mut terminal = world.terminal("msswitch", &["--replay", replay, "a"]);
        terminal.until("a raw terminal", is_raw);
        terminal.send(&format!("typed-{replay}\r"));
        terminal.expect(&format!("typed-{replay}"));
        let shown = String::from_utf8_lossy(&terminal.bytes).into_owned();
        assert_eq!(shown.contains("line 1."), first, "{replay}");
        assert_eq!(shown.contains("line 500."), newest, "{replay}");
        detach(&mut terminal);
    }
}

#[test]
fn what_was_evicted_meanwhile_is_said() {
    let world = World::new();
    world.ok("msnew", &["-n", "a", "-b", "64K", "sh", "-c", "seq -f 'line %g.' 20000; exec cat"]);
    world.wait_output("a", "line 20000.");
    let mut terminal = on(&world, "a", "line 20000.");
    let shown = String::from_utf8_lossy(&terminal.bytes).into_owned();
    assert_eq!(shown.matches("of earlier output are gone]").count(), 1, "{}", &shown[..300]);
    detach(&mut terminal);
}

#[test]
fn nothing_that_acts_is_replayed() {
    let world = World::new();
    let script = r"printf 'one\007\033[6n\033[c\033]52;c;eA==\007\033[?2026htwo\r\n'; exec cat";
    world.start("a", &["sh", "-c", script]);
    world.wait_output("a", "two");
    let mut terminal = on(&world, "a", "two");
    let bytes = terminal.bytes.clone();
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    for never in [&b"\x07"[..], b"\x1b[6n", b"\x1b[c", b"\x1b]52;", b"\x1b[?2026h"] {
        assert!(!has(never), "{:?}", String::from_utf8_lossy(never));
    }
    detach(&mut terminal);
}

#[test]
fn a_terminal_that_keeps_reading_loses_no_line() {
    let world = World::new();
    world.start("a", &["sh", "-c", "echo ready; read x; seq -f 'line %g.' 100000; exec cat"]);
    let mut terminal = on(&world, "a", "ready");
    let from = terminal.bytes.len();
    terminal.send("\r");
    terminal.expect("line 100000.");
    let shown = String::from_utf8_lossy(&terminal.bytes[from..]).into_owned();
    let expected: String = (1..=100_000).map(|n| format!("line {n}.\r\n")).collect();
    assert_eq!(shown.len(), expected.len() + 2, "and the echo of Enter");
    assert!(shown.ends_with(&expected));
    detach(&mut terminal);
}

/// Megabytes that a program prints beside a client that is stopped; MS_STOPPED_MB has it be more.
fn megabytes() -> u64 {
    std::env::var("MS_STOPPED_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(30)
}

/// Prints so many lines of 32 bytes for each line that it reads, and the milliseconds that took.
const PRINTER: &str = r"
import sys, time
block = b''.join(b'line %08d of many of them...\n' % n for n in range(32768))
print('ready', flush=True)
while True:
    sys.stdin.readline()
    began = time.monotonic()
    for _ in range(int(sys.argv[1])): sys.stdout.buffer.write(block)
    sys.stdout.flush()
    print('printed in %d ms' % ((time.monotonic() - began) * 1000), flush=True)
";

fn printed_in(world: &World) -> Duration {
    let text = world.wait_output("a", "ms\r\n");
    let text = text.rsplit("printed in ").next().unwrap().split(' ').next().unwrap().to_owned();
    Duration::from_millis(text.parse().unwrap())
}

#[test]
fn a_client_that_is_stopped_holds_nothing_up_and_is_right_again() {
    let world = World::new();
    world.start("a", &["python3", "-c", PRINTER, &megabytes().to_string()]);
    world.wait_output("a", "ready");
    world.ok("mssend", &["a", "", "--enter"]);
    let alone = printed_in(&world);
    world.ok("msclose", &["--force", "a"]);
    world.start("a", &["python3", "-c", PRINTER, &megabytes().to_string()]);
    let mut terminal = on(&world, "a", "ready");
    let (server, client) = (world.session("a")["server_pid"].as_i64().unwrap(), i64::from(terminal.pid()));
    let before = (kilobytes(server, "Anonymous"), kilobytes(client, "Anonymous"));
    kill(Pid::from_raw(terminal.pid()), Signal::SIGSTOP).unwrap();
    world.ok("mssend", &["a", "", "--enter"]);
    let beside = printed_in(&world);
    let after = (kilobytes(server, "Anonymous"), kilobytes(client, "Anonymous"));
    eprintln!(
        "{} MB: {alone:?} alone, {beside:?} beside a client that is stopped; kB of the server {} to {}, of the client {} to {}",
        megabytes(),
        before.0,
        after.0,
        before.1,
        after.1
    );
    // It is waited for one second; the rest is the machine's.
    assert!(beside < alone * 3 + Duration::from_secs(4), "{alone:?} alone, {beside:?} beside it");
    assert!(after.0 < before.0 + 2048 && after.1 < before.1 + 2048, "kB {before:?} {after:?}");
    kill(Pid::from_raw(terminal.pid()), Signal::SIGCONT).unwrap();
    terminal.expect("printed in");
    assert!(kilobytes(client, "Anonymous") < before.1 + 4096, "what was missed is bounded");
    terminal.resize(90, 30);
    terminal.expect("printed in");
    let mut other = Terminal::start(&world, "msswitch", &["a"], 90, 30);
    other.expect("printed in");
    let text = terminal.text();
    other.until("the same", |other| other.text() == text);
    detach(&mut terminal);
    detach(&mut other);
}

#[test]
fn several_terminals_show_the_same_and_the_size_follows_who_types() {
    let world = World::new();
    world.start("a", &["sh"]);
    let mut wide = on(&world, "a", "$");
    let mut narrow = Terminal::start(&world, "msswitch", &["a"], 40, 10);
    narrow.expect("$");
    narrow.send("stty size\r");
    narrow.expect("10 40");
    wide.expect("10 40");
    wide.send("stty size\r");
    wide.expect("24 80");
    detach(&mut wide);
    narrow.send("stty size\r");
    narrow.until("its own size again", |terminal| terminal.text().matches("10 40").count() >= 2);
    detach(&mut narrow);
}

#[test]
fn another_size_is_told_to_the_program() {
    let world = World::new();
    world.start("a", &["sh", "-c", "trap 'stty size' WINCH; echo ready; while :; do read x; done"]);
    let mut terminal = on(&world, "a", "ready");
    terminal.resize(100, 30);
    terminal.expect("30 100");
    detach(&mut terminal);
}
