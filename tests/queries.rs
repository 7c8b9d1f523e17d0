//! Queries of programs: exactly one answer each with no terminal, one or several, and quickly.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::switching::on;
use crate::world::{LIMIT, Terminal, World, wait_asleep};

/// Asks each query on its own, waits for the answer, and prints it with the time it took.
const ASK: &str = r#"
import os, sys, tty, time, select
tty.setraw(0)
print('ready', end='', flush=True)
while not os.path.exists('go'): time.sleep(0.01)
os.write(1, b'\033[H\033[2J')
def ask(query):
    began = time.monotonic()
    os.write(1, query)
    got = b''
    while select.select([0], [], [], 5 if not got else 0.15)[0]:
        got += os.read(0, 1000)
        took = time.monotonic() - began
    return got, took
for query in sys.argv[1:]:
    got, took = ask(query.encode().decode('unicode_escape').encode('latin1'))
    with open('answers', 'a') as f:
        f.write('%r %d\n' % (got, took * 1e6))
open('end', 'w').close()
time.sleep(1000)
"#;

/// Starts a program that asks these.
fn ask(world: &World, queries: &[&str]) {
    let mut args = vec!["python3", "-c", ASK];
    args.extend(queries);
    world.start("ask", &args);
}

/// Has it begin.
fn go(world: &World) {
    fs::write(world.path("home/go"), "").unwrap();
}

/// The answers that it got, with the microseconds that each took; meanwhile `terminals` are read from.
fn answered(world: &World, terminals: &mut [Terminal]) -> Vec<(String, u64)> {
    let deadline = Instant::now() + LIMIT;
    while !world.path("home/end").exists() {
        assert!(Instant::now() < deadline, "it hangs at a query");
        if terminals.is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        terminals.iter_mut().for_each(Terminal::read);
    }
    let text = fs::read_to_string(world.path("home/answers")).unwrap();
    text.lines()
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(a, t)| (a.to_owned(), t.parse().unwrap()))
        .collect()
}

/// The answers that a program in the background gets.
fn answers(world: &World, queries: &[&str]) -> Vec<(String, u64)> {
    ask(world, queries);
    go(world);
    answered(world, &mut [])
}

#[test]
fn every_query_gets_one_answer_in_the_background() {
    let world = World::new();
    let queries = [
        ("\\x1b[c", "b'\\x1b[?62;22c'"),
        ("\\x1b[5n", "b'\\x1b[0n'"),
        ("ab\\x1b[6n", "b'\\x1b[1;3R'"),
        ("\\x1b[3;5H\\x1b[?6n", "b'\\x1b[?3;5R'"),
        ("\\x1b[?2004h\\x1b[?2004$p", "b'\\x1b[?2004;1$y'"),
        ("\\x1b[?u", "b'\\x1b[?0u'"),
        ("\\x1b[18t", "b'\\x1b[8;24;80t'"),
        ("\\x1b]11;?\\x1b\\\\", "b'\\x1b]11;rgb:0000/0000/0000\\x1b\\\\'"),
        ("\\x1b]10;?\\x07", "b'\\x1b]10;rgb:e5e5/e5e5/e5e5\\x07'"),
    ];
    let asked: Vec<&str> = queries.iter().map(|(query, _)| *query).collect();
    for ((query, expected), (got, micros)) in queries.iter().zip(answers(&world, &asked)) {
        assert_eq!(got, *expected, "{query}");
        // 10 ms is the goal on a quiet machine (make bench); the tests run beside others.
        assert!(micros < 1_000_000, "{query} took {micros} µs");
    }
}

#[test]
fn two_queries_at_once_are_two_answers_in_order() {
    let world = World::new();
    let got = answers(&world, &["\\x1b[6n\\x1b[c", "\\x1b[>c", "\\x1b[>q"]);
    assert_eq!(got[0].0, "b'\\x1b[1;1R\\x1b[?62;22c'");
    assert!(got[1].0.starts_with("b'\\x1b[>"), "{got:?}");
    assert!(got[2].0.contains("ms("), "{got:?}");
}

/// Every query, and how its one answer begins and ends.
const MATRIX: [(&str, &str, &str); 24] = [
    ("\\x1b[c", "\\x1b[?", "c"),
    ("\\x1b[>c", "\\x1b[>", "c"),
    ("\\x1b[=c", "\\x1bP!|", "\\x1b\\\\"),
    ("\\x1b[5n", "\\x1b[0", "n"),
    ("\\x1b[2;5H\\x1b[6n", "\\x1b[2;5", "R"),
    ("\\x1b[?6n", "\\x1b[?2;5", "R"),
    ("\\x1b[?996n", "\\x1b[?997;1", "n"),
    ("\\x1b[4$p", "\\x1b[4;2", "$y"),
    ("\\x1b[?2026$p", "\\x1b[?2026;2", "$y"),
    ("\\x1b[>q", "\\x1bP>|", ")\\x1b\\\\"),
    ("\\x1bP+q544e\\x1b\\\\", "\\x1bP1+r544e=", "\\x1b\\\\"),
    ("\\x1bP$qm\\x1b\\\\", "\\x1bP1$r0", "m\\x1b\\\\"),
    ("\\x1b[?u", "\\x1b[?0", "u"),
    ("\\x1b[?4m", "\\x1b[>4;0", "m"),
    ("\\x1b]4;1;?\\x07", "\\x1b]4;1;rgb:", "\\x07"),
    ("\\x1b]10;?\\x07", "\\x1b]10;rgb:", "\\x07"),
    ("\\x1b]11;?\\x1b\\\\", "\\x1b]11;rgb:", "\\x1b\\\\"),
    ("\\x1b]12;?\\x07", "\\x1b]12;rgb:", "\\x07"),
    ("\\x1b[14t", "\\x1b[4;", "t"),
    ("\\x1b[16t", "\\x1b[6;", "t"),
    ("\\x1b[18t", "\\x1b[8;24;80", "t"),
    ("\\x1b]7501;?\\x07", "\\x1b]7501;?", "\\x1b\\\\"),
    ("\\x1bZ", "\\x1b[?", "c"),
    ("\\x1b[0c", "\\x1b[?", "c"),
];

/// Each query of the matrix has one answer, and none has a second.
fn one_each(answers: &[(String, u64)], clients: &str) {
    assert_eq!(answers.len(), MATRIX.len());
    for ((query, begin, end), (got, _)) in MATRIX.iter().zip(answers) {
        let got = got.trim_start_matches("b'").trim_end_matches('\'').replace("\\\\", "\\");
        let (begin, end) = (begin.replace("\\\\", "\\"), end.replace("\\\\", "\\"));
        assert!(got.starts_with(&begin) && got.ends_with(&end), "{clients}: {query}: {got}");
        let sequences = got.matches("\\x1b").count() - got.matches("\\x1b\\").count();
        assert_eq!(sequences, 1, "{clients}: {query}: {got}");
    }
}

fn who_answers(answers: &[(String, u64)]) -> &str {
    let version = MATRIX.iter().position(|(query, ..)| query.ends_with(">q")).unwrap();
    answers[version].0.split("|").nth(1).unwrap().split('(').next().unwrap()
}

#[test]
fn every_query_gets_one_answer_from_any_number_of_terminals() {
    let queries: Vec<&str> = MATRIX.iter().map(|(query, ..)| *query).collect();
    for count in [0, 1, 3] {
        let world = World::new();
        ask(&world, &queries);
        let mut terminals: Vec<Terminal> = (0..count).map(|_| on(&world, "ask", "ready")).collect();
        for (number, terminal) in terminals.iter_mut().enumerate() {
            terminal.answer_as(&format!("terminal-{number}"));
        }
        go(&world);
        let answers = answered(&world, &mut terminals);
        one_each(&answers, &format!("{count} terminals"));
        let last = format!("terminal-{}", count - 1);
        assert_eq!(who_answers(&answers), if count == 0 { "ms" } else { &last });
    }
}

#[test]
fn terminals_that_only_look_or_know_no_sequences_answer_nothing() {
    let queries: Vec<&str> = MATRIX.iter().map(|(query, ..)| *query).collect();
    for command in [&["msswitch", "-r", "ask"][..], &["env", "TERM=dumb", "msswitch", "ask"]] {
        let world = World::new();
        ask(&world, &queries);
        let mut terminal = world.terminal(command[0], &command[1..]);
        terminal.expect("ready");
        // A terminal that knows no sequences answers none.
        if command[0] == "msswitch" {
            terminal.answer_as("terminal");
        }
        go(&world);
        let answers = answered(&world, std::slice::from_mut(&mut terminal));
        one_each(&answers, command[1]);
        assert_eq!(who_answers(&answers), "ms");
    }
}

#[test]
fn a_terminal_that_is_stopped_leaves_no_query_without_an_answer_and_gives_none_later() {
    let world = World::new();
    ask(&world, &["\\x1b[6n", "\\x1b[c", "\\x1b[>q"]);
    let mut terminal = on(&world, "ask", "ready");
    terminal.answer_as("terminal");
    // Else it could be stopped in the middle of a round, and go on with that before it sees that it was.
    wait_asleep(terminal.pid());
    kill(Pid::from_raw(terminal.pid()), Signal::SIGSTOP).unwrap();
    go(&world);
    let answers = answered(&world, &mut []);
    assert_eq!(answers[0].0, "b'\\x1b[1;1R'");
    assert!(answers[1].1 < 1_000_000, "only the first is waited for: {answers:?}");
    kill(Pid::from_raw(terminal.pid()), Signal::SIGCONT).unwrap();
    let from = terminal.bytes.len();
    terminal.expect_bytes(from, b"\x1b[1J");
    terminal.settle();
    let shown = String::from_utf8_lossy(&terminal.bytes).into_owned();
    assert!(!shown.contains("\x1b[6n") && !shown.contains("\x1b[c"), "{shown:?}");
}
