//! Programs that ask their terminal at the start, in the background: what libraries ask for is answered, and
//! they go on at once.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::world::{LIMIT, World, installed, kits, skip};

/// Terminals are asked by a person's programs in a moment; a program that is not answered waits for seconds.
/// The goal on a quiet machine is 10 ms (`make bench`).
const MOMENT: Duration = Duration::from_millis(900);

/// What the program wrote into the file `answer`, as soon as it is whole.
fn answer(world: &World) -> String {
    let deadline = Instant::now() + LIMIT;
    loop {
        let text = fs::read_to_string(world.path("home/answer")).unwrap_or_default();
        if let Some(text) = text.strip_suffix('\n') {
            return text.to_owned();
        }
        assert!(Instant::now() < deadline, "it is never answered");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What the program was answered, without the microseconds that it says it took.
fn in_a_moment(world: &World, what: &str) -> String {
    let answer = answer(world);
    let (answer, took) = answer.rsplit_once(' ').unwrap();
    let took = Duration::from_micros(took.parse().unwrap());
    assert!(took < MOMENT, "{what} was answered after {took:?}");
    answer.to_owned()
}

#[test]
fn crossterm_finds_the_cursor() {
    let world = World::new();
    let this = std::env::current_exe().unwrap().display().to_string();
    let args = ["--exact", "asking::crossterm", "--ignored", "--nocapture", "--test-threads=1"];
    world.start("asks", &[&[this.as_str()], &args[..]].concat());
    assert_eq!(in_a_moment(&world, "crossterm"), "Ok((4, 2))");
}

#[test]
#[ignore = "run by crossterm_finds_the_cursor"]
fn crossterm() {
    let mut out = std::io::stdout();
    out.write_all(b"\x1b[2J\x1b[3;5H").unwrap();
    out.flush().unwrap();
    let began = Instant::now();
    let position = crossterm::cursor::position();
    fs::write("answer", format!("{position:?} {}\n", began.elapsed().as_micros())).unwrap();
}

const NODE: &str = r"
const fs = require('fs');
process.stdin.setRawMode(true);
const began = process.hrtime.bigint();
let got = '';
process.stdin.on('data', bytes => {
  got += bytes;
  if (!/c$/.test(got)) return;
  const took = (process.hrtime.bigint() - began) / 1000n;
  fs.writeFileSync('answer', JSON.stringify(got) + ' ' + took + '\n');
});
process.stdout.write('\x1b[2J\x1b[H\x1b[?u\x1b]11;?\x07\x1b[6n\x1b[c');
";

#[test]
fn a_node_program_is_answered() {
    if !installed("node") {
        return skip("node is not installed");
    }
    let world = World::new();
    world.start("asks", &["node", "-e", NODE]);
    let expected = r#""\u001b[?0u\u001b]11;rgb:0000/0000/0000\u0007\u001b[1;1R\u001b[?62;22c""#;
    assert_eq!(in_a_moment(&world, "node"), expected);
}

const GO: &str = r#"
package main
import ("fmt"; "os"; "os/exec"; "time")
func main() {
	raw := exec.Command("stty", "raw", "-echo")
	raw.Stdin = os.Stdin
	raw.Run()
	began := time.Now()
	os.Stdout.WriteString("\x1b[2J\x1b[3;5H\x1b]11;?\x1b\\\x1b[6n")
	var got []byte
	buffer := make([]byte, 100)
	for len(got) == 0 || got[len(got)-1] != 'R' {
		n, err := os.Stdin.Read(buffer)
		if err != nil { return }
		got = append(got, buffer[:n]...)
	}
	text := fmt.Sprintf("%q %d\n", got, time.Since(began).Microseconds())
	os.WriteFile("answer", []byte(text), 0600)
}
"#;

#[test]
fn a_go_program_is_answered() {
    if !installed("go") {
        return skip("go is not installed");
    }
    let world = World::new();
    fs::write(world.path("home/asks.go"), GO).unwrap();
    let built = world.command("go").args(["build", "-o", "asks", "asks.go"]).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    world.start("asks", &["./asks"]);
    assert_eq!(in_a_moment(&world, "go"), r#""\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[3;5R""#);
}

/// It says so if its query for the cursor is not answered within two seconds.
const PROMPT_TOOLKIT: &str = r"
import os, threading, time
from prompt_toolkit import PromptSession
session = PromptSession('name> ')
renderer = session.app.renderer
def watch():
    while not renderer.height_is_known: time.sleep(0.001)
    open('answer', 'w').write('known %d\n' % ((time.monotonic() - began) * 1e6))
began = time.monotonic()
threading.Thread(target=watch, daemon=True).start()
session.prompt()
";

#[test]
fn prompt_toolkit_finds_its_row() {
    let python = kits().join("venv/bin/python");
    if !has_prompt_toolkit(&python) {
        return skip("prompt_toolkit is not installed (tests/detect/install.sh pip)");
    }
    let world = World::new();
    world.start("asks", &[python.to_str().unwrap(), "-c", PROMPT_TOOLKIT]);
    assert!(answer(&world).starts_with("known "));
    world.wait_status("asks", "waiting");
    assert_eq!(world.ok("msbuf", &["--screen", "asks"]).trim_end(), "name>");
}

fn has_prompt_toolkit(python: &PathBuf) -> bool {
    let ran = std::process::Command::new(python).args(["-c", "import prompt_toolkit"]).output();
    ran.is_ok_and(|ran| ran.status.success())
}

#[test]
fn fish_starts_at_once() {
    if !installed("fish") {
        return skip("fish is not installed");
    }
    let world = World::new();
    let began = Instant::now();
    world.start("fish", &["fish", "--no-config", "-C", "function fish_prompt; echo -n 'here> '; end"]);
    world.wait_output("fish", "here> ");
    // From 4.0 on it asks for the keyboard, the attributes and more, and waits for seconds.
    assert!(began.elapsed() < MOMENT * 2, "{:?}", began.elapsed());
    let shown = world.ok("msbuf", &["--screen", "fish"]);
    assert!(shown.trim_end().ends_with("here>"), "{shown}");
}

/// What fish 4 asks for at its start, all at once; it waits for the last answer.
const FISH_4: &str = r"
import os, sys, tty, time
tty.setraw(0)
began = time.monotonic()
os.write(1, b'\x1b[?u\x1b[>0q\x1bP+q696e646e\x1b\\\x1bP+q71756572792d6f732d6e616d65\x1b\\\x1b]11;?\x1b\\\x1b[0c')
got = b''
while not got.endswith(b'c'):
    got += os.read(0, 1000)
open('answer', 'w').write('%r %d\n' % (got, (time.monotonic() - began) * 1e6))
";

#[test]
fn what_fish_4_asks_for_is_answered_in_order() {
    let world = World::new();
    world.start("asks", &["python3", "-c", FISH_4]);
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        r"b'\x1b[?0u\x1bP>|ms({version})\x1b\\\x1bP0+r\x1b\\\x1bP0+r\x1b\\\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62;22c'"
    );
    assert_eq!(in_a_moment(&world, "fish 4").replace(r"\\", r"\"), expected.replace(r"\\", r"\"));
}
