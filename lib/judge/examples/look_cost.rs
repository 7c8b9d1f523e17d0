//! What one look of the judge costs in CPU time, at programs at rest and at work: printed by
//! `make detect-bench`. A program that is not installed is left out.
#![allow(clippy::print_stdout)]

#[path = "../tests/judge/stage.rs"]
mod stage;

use std::os::fd::AsFd;
use std::time::Duration;

use stage::{Cost, Stage};

/// Keys that are typed; each calls for looks.
const KEYS: usize = 40;
/// Between two of them: caches are warm, or are not.
const AT_ONCE: Duration = Duration::from_millis(1);
const RESTED: Duration = Duration::from_millis(60);

fn main() {
    // Each key changes the screen, so that its message is read anew.
    let asks = "seq -f 'line %g of what was said' 12; printf 'Run this?\n\n  $ make\n\n❯ 1. Yes\n  2. No\n'; \
                while read -rsn1 x; do i=$((i+1)); printf '\\e7\\e[1;1H%s\\e8' $i; done";
    let trees: [(&str, &[&str]); 5] = [
        ("a shell at its prompt", &["bash", "--norc", "--noprofile", "-i"]),
        ("a question over a list", &["bash", "-c", asks]),
        ("an interpreter", &["python3", "-q"]),
        ("node, eleven threads", &["node"]),
        ("a shell with three jobs below it", &["bash", "-c", "sleep 99 | sleep 99 & cat -; wait"]),
    ];
    println!(
        "CPU time of a look of the judge at what a key has made run, at once / after a rest of the processor:"
    );
    for (what, argv) in trees.into_iter().filter(|(_, argv)| is_installed(argv[0])) {
        let (at_once, rested) = (per_look(typing(argv, AT_ONCE)), per_look(typing(argv, RESTED)));
        println!("  {what:34} {at_once:6.0} / {rested:4.0} µs");
    }
    verdicts();
    println!("  {:34} {:6.1} / {:4.1} µs", "nothing has run since the last one", idle(AT_ONCE), idle(RESTED));
}

/// What a verdict costs: looks, and their CPU time, from the moment that a command is typed until it is judged that
/// it waits again, and all that is looked at until nothing is.
fn verdicts() {
    let mut stage = Stage::run(&["bash", "--norc", "--noprofile", "-i"]);
    stage.rests();
    stage.cost = Cost::default();
    stage.verdicts.clear();
    for command in
        ["true\r", "sleep 1\r", "i=0; while [ $i -lt 99999 ]; do i=$((i+1)); done\r", "read x\r", "y\r"]
    {
        stage.send(command);
        stage.pass(Duration::from_millis(100));
        stage.rests();
    }
    let (cost, drawn) = (stage.cost, stage.verdicts.len().max(1) as f64);
    let (looks, time) = (f64::from(cost.looks) / drawn, cost.time.as_secs_f64() * 1e6 / drawn);
    println!("  {:34} {looks:6.1} looks, {time:4.0} µs", "a verdict at a shell with commands");
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).exists())
}

/// Looks, each after a key that the program has echoed.
fn typing(argv: &[&str], gap: Duration) -> Cost {
    let mut stage = Stage::run(argv);
    stage.pass(Duration::from_secs(2));
    let mut cost = Cost::default();
    for _ in 0..KEYS {
        stage.send("x");
        stage.pass(Duration::from_millis(5));
        std::thread::sleep(gap);
        look(&mut stage, &mut cost);
    }
    cost
}

fn look(stage: &mut Stage, cost: &mut Cost) {
    let (now, screen) = (stage.now(), &stage.screen);
    let began = stage::cpu();
    let _ = stage.judge.look(now, stage.master.as_fd(), &mut || screen.picture());
    cost.time += stage::cpu() - began;
    cost.looks += 1;
}

/// Looks at a program that sleeps.
fn idle(gap: Duration) -> f64 {
    let mut stage = Stage::run(&["cat"]);
    stage.pass(Duration::from_secs(1));
    let mut cost = Cost::default();
    for _ in 0..KEYS {
        std::thread::sleep(gap);
        look(&mut stage, &mut cost);
    }
    per_look(cost)
}

fn per_look(cost: Cost) -> f64 {
    cost.time.as_secs_f64() * 1e6 / f64::from(cost.looks.max(1))
}
