//! `mssend`: keys in the modes that the program has set, pastes, input of any size, and lines that are
//! too long.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::world::{World, is_blocked, others_go_on, until};

/// A program that shows every byte that it gets, after it has set these modes.
fn shows_keys(world: &World, name: &str, modes: &str) {
    let script = format!("stty raw -echo; printf '{modes}ready'; exec cat -v");
    world.start(name, &["sh", "-c", &script]);
    world.wait_output(name, "ready");
}

#[test]
fn keys_are_encoded_for_the_modes_of_the_program() {
    let world = World::new();
    let keys = ["Up", "C-c", "M-x", "S-Tab", "F5", "C-M-a", "KP5", "C-Enter", "Escape"];
    for (modes, expected) in [
        ("", "^[[A^C^[x^[[Z^[[15~^[^A5^M^["),
        (r"\033[?1h\033=", "^[OA^C^[x^[[Z^[[15~^[^A^[Ou^M^["),
        (r"\033[>4;2m", "^[[A^[[27;5;99~^[[27;3;120~^[[Z^[[15~^[[27;7;97~5^[[27;5;13~^["),
        (r"\033[>1u", "^[[A^[[99;5u^[[120;3u^[[9;2u^[[15~^[[97;7u5^[[13;5u^[[27u"),
    ] {
        shows_keys(&world, "x", modes);
        let mut args = vec!["x"];
        args.extend(keys.iter().flat_map(|key| ["--key", key]));
        world.ok("mssend", &args);
        let text = world.wait_output("x", &format!("ready{expected}"));
        assert!(text.ends_with(expected), "{text}");
        world.ok("msclose", &["--force", "x"]);
    }
}

#[test]
fn keys_and_text_come_in_the_order_in_which_they_were_given() {
    let world = World::new();
    shows_keys(&world, "x", "");
    world
        .ok("mssend", &["--key", "Escape", "x", ":w", "file", "--key", "Enter", "-k", "i", "two", "--enter"]);
    world.wait_output("x", "ready^[:w file^Mitwo^M");
}

#[test]
fn a_paste_is_bracketed_where_that_was_asked_for_and_cannot_be_left() {
    let world = World::new();
    let evil = "one\ntwo\u{1b}[201~rm\u{1b}[20\u{1b}[201~1~";
    shows_keys(&world, "plain", "");
    world.ok("mssend", &["plain", "--paste", "one\ntwo"]);
    world.wait_output("plain", "readyone^Mtwo");
    shows_keys(&world, "asked", r"\033[?2004h");
    world.ok("mssend", &["asked", "--paste", evil, "--enter"]);
    world.wait_output("asked", "ready^[[200~one^Mtworm^[[201~^M");
    assert_eq!(world.feed("mssend", &["asked", "--paste"], evil.as_bytes()).code, 0);
    world.wait_output("asked", "^[[201~^M^[[200~one^Mtworm^[[201~");
}

#[test]
fn input_of_any_size_arrives_when_the_program_reads_at_last() {
    let world = World::new();
    let script = "stty raw -echo; echo ready; until [ -e go ]; do sleep 0.02; done; \
                  head -c 1000000 | sha256sum; cat";
    world.start("x", &["sh", "-c", script]);
    world.wait_output("x", "ready");
    let bytes: Vec<u8> = (0..1_000_000u32).flat_map(u32::to_le_bytes).step_by(4).collect();
    let mut child = world.command("mssend").arg("x").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let copy = bytes.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&copy).unwrap());
    // It goes on waiting as long as the program does not read.
    until("it waits for the program", || is_blocked(child.id()));
    others_go_on();
    assert!(child.try_wait().unwrap().is_none());
    assert!(!writer.is_finished(), "all of it was taken");
    fs::write(world.path("home/go"), "").unwrap();
    assert!(child.wait().unwrap().success());
    writer.join().unwrap();
    let mut sum =
        std::process::Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    sum.stdin.take().unwrap().write_all(&bytes).unwrap();
    let sum = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap();
    world.wait_output("x", sum.split(' ').next().unwrap());
}

#[test]
fn what_is_not_taken_in_time_is_said_and_stays() {
    let world = World::new();
    world.start(
        "x",
        &[
            "sh",
            "-c",
            "stty raw -echo; echo ready; until [ -e go ]; do sleep 0.02; done; head -c 300000 | wc -c; cat",
        ],
    );
    world.wait_output("x", "ready");
    let ran = world.feed("mssend", &["x", "--timeout", "200ms"], &[b'x'; 300_000]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.err.starts_with("mssend: x: ") && ran.err.contains("not taken yet"), "{ran:?}");
    fs::write(world.path("home/go"), "").unwrap();
    world.ok("mssend", &["x", &"y".repeat(100)]);
    // What the first had handed over is not lost; what it still had died with it.
    let ran = world.feed("mssend", &["x"], &[b'z'; 300_000]);
    assert_eq!(ran.code, 0, "{ran:?}");
    world.wait_output("x", "300000");
}

#[test]
fn a_line_that_the_kernel_would_cut_is_refused_whole() {
    let world = World::new();
    world.start("x", &["sh", "-c", "stty -echo; echo ready; while read -r line; do echo len=${#line}; done"]);
    world.wait_output("x", "ready");
    let line = |len: usize| "x".repeat(len);
    world.ok("mssend", &["x", &line(4095), "--enter"]);
    world.wait_output("x", "len=4095");
    let message = world.fails(4, "mssend", &["x", &line(4096), "--enter"]);
    assert!(message.contains("4095 bytes") && message.contains("canonical"), "{message}");
    // A line in two parts is one line.
    world.ok("mssend", &["x", &line(3000)]);
    world.fails(4, "mssend", &["x", &line(1096)]);
    world.ok("mssend", &["x", &line(1000), "--enter"]);
    world.wait_output("x", "len=4000");
    // From a stream, the lines before it go.
    let text = format!("{}\n{}\n{}\n", line(10), line(9000), line(11));
    let ran = world.feed("mssend", &["x"], text.as_bytes());
    assert_eq!(ran.code, 4, "{ran:?}");
    let many: String = (1..=2000).map(|len| line(len % 90 + 100) + "\n").collect();
    assert_eq!(world.feed("mssend", &["x"], many.as_bytes()).code, 0);
    world.ok("mssend", &["x", &line(777), "--enter"]);
    let text = world.wait_output("x", "len=777");
    assert!(!text.contains("len=9000") && !text.contains("len=11\r"), "{text}");
    assert_eq!(text.matches("len=").count(), 2 + 2000 + 1, "{text}");
}

#[test]
fn a_program_that_reads_keys_takes_lines_of_any_length() {
    let world = World::new();
    world.start("x", &["sh", "-c", "stty raw -echo; echo ready; head -c 50000 | wc -c; cat"]);
    world.wait_output("x", "ready");
    world.ok("mssend", &["x", &"y".repeat(50_000)]);
    world.wait_output("x", "50000");
}

#[test]
fn a_key_that_does_not_exist_is_wrong_use() {
    let world = World::new();
    world.start("x", &["cat"]);
    let message = world.fails(2, "mssend", &["x", "--key", "C-Entr"]);
    assert!(message.contains("C-Entr: no such key") && message.contains("'C-Enter'"), "{message}");
    let message = world.fails(2, "mssend", &["x", "--key", "Wurzelbrunft"]);
    assert!(message.contains("PageDown"), "{message}");
    assert_eq!(world.fails(3, "mssend", &["y", "hello"]), "mssend: y: no such session (did you mean 'x'?)\n");
}

#[test]
fn nothing_to_type_is_said_on_a_terminal_and_no_mistake_elsewhere() {
    let world = World::new();
    world.start("x", &["cat"]);
    let mut terminal = world.terminal("mssend", &["x"]);
    terminal.expect("nothing to type");
    assert_eq!(terminal.wait().code(), Some(2));
    let closed = world.run("sh", &["-c", "mssend x <&-"]);
    assert_eq!((closed.code, closed.err.as_str()), (0, ""));
}

#[test]
fn a_session_that_ends_meanwhile_is_no_hang() {
    let world = World::new();
    world.start("x", &["sh", "-c", "stty raw -echo; echo ready; until [ -e go ]; do sleep 0.02; done"]);
    world.wait_output("x", "ready");
    let mut child =
        world.command("mssend").arg("x").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&[b'x'; 2_000_000])));
    until("it waits for the program", || is_blocked(child.id()) && !writer.is_finished());
    fs::write(world.path("home/go"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("mssend: x: "), "{output:?}");
}

/// What a question typed by a script is answered with, again and again: each time the wait after the
/// answer is waited for, never the one before it.
fn answers(world: &World, name: &str, questions: &[(&str, &str)]) {
    for round in 0..3 {
        for (question, answer) in questions {
            let before = world.read_json(name, "status.json").unwrap();
            world.ok("mssend", &[name, question, "--enter"]);
            // On a busy machine it may wait again by now, but this is another wait.
            let status = world.read_json(name, "status.json").unwrap();
            assert_ne!(status["since"], before["since"], "{question}, round {round}: {status}");
            world.wait_status(name, "waiting");
            let text = world.ok("msbuf", &["--since-send", name]);
            assert!(text.contains(answer), "{question}, round {round}: {text:?}");
        }
    }
}

#[test]
fn the_wait_after_an_answer_is_a_new_one() {
    let world = World::new();
    world.start("sh", &["bash", "--norc"]);
    world.wait_status("sh", "waiting");
    answers(&world, "sh", &[("expr 6 \\* 7", "\n42\n"), ("sleep 0.3; expr 1000 + 1", "\n1001\n")]);
    world.start("lines", &["sh", "-c", "while read -r line; do echo \"got $line\"; done"]);
    world.wait_status("lines", "waiting");
    answers(&world, "lines", &[("one", "got one"), ("two", "got two")]);
}

#[test]
fn a_program_that_does_not_read_waits_as_before() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.wait_status("x", "waiting");
    // Not a line yet: the program has nothing to read.
    world.ok("mssend", &["x", "half a line"]);
    world.wait_status("x", "waiting");
}

#[test]
fn a_key_among_others_leaves_a_wait_standing() {
    let world = World::new();
    world.start("x", &["sh", "-c", "stty raw -echo; printf 'pick: '; exec cat -v"]);
    let before = world.wait_status("x", "waiting");
    for key in ["a", "b", "\u{1b}[A", "\u{1b}[200~two\nlines\u{1b}[201~"] {
        world.ok("mssend", &["x", key]);
        let status = world.read_json("x", "status.json").unwrap();
        assert_eq!((&status["status"], &status["since"]), (&"waiting".into(), &before["since"]), "{status}");
        // Until it is seen that it waits for more.
        world.wait_for("x", "no answer", |status| status.get("answered").is_none());
    }
    let status = world.read_json("x", "status.json").unwrap();
    assert_eq!((&status["since"], &status["waits"]["count"]), (&before["since"], &0.into()), "{status}");
}

#[test]
fn enter_sends_off_a_line_and_ends_the_wait() {
    let world = World::new();
    world.start("x", &["sh", "-c", "printf 'Name: '; read -r x; sleep 1000"]);
    world.wait_status("x", "waiting");
    world.ok("mssend", &["x", "bob", "--enter"]);
    let status = world.read_json("x", "status.json").unwrap();
    assert_eq!((&status["status"], &status["waits"]["count"]), (&"processing".into(), &1.into()), "{status}");
    world.wait_status("x", "active");
}
