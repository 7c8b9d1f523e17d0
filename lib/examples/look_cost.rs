//! What one look of the judge costs in CPU time, at programs at rest and at work: printed by
//! `make detect-bench`. A program that is not installed is left out.
#![allow(clippy::print_stdout)]

#[path = "../tests/judge/stage.rs"]
mod stage;

use std::time::Duration;

use stage::{Cost, Stage};

/// Keys that are typed; each calls for looks.
const KEYS: usize = 40;
const GAP: Duration = Duration::from_millis(120);

fn main() {
    let trees: [(&str, &[&str]); 4] = [
        ("a shell at its prompt", &["bash", "--norc", "--noprofile", "-i"]),
        ("an interpreter", &["python3", "-q"]),
        ("node, eleven threads", &["node"]),
        ("a shell with three jobs below it", &["bash", "-c", "sleep 99 | sleep 99 & cat -; wait"]),
    ];
    println!("CPU time of a look of the judge, after a key:");
    for (what, argv) in trees.into_iter().filter(|(_, argv)| is_installed(argv[0])) {
        let cost = typing(argv);
        println!("  {what:34} {:6.0} µs, {} looks", per_look(cost), cost.looks);
    }
    println!("  {:34} {:6.1} µs", "nothing has run since the last one", idle());
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).exists())
}

/// Looks after keys that the program echoes.
fn typing(argv: &[&str]) -> Cost {
    let mut stage = Stage::run(argv);
    stage.pass(Duration::from_secs(2));
    stage.cost = Cost::default();
    for _ in 0..KEYS {
        stage.send("x");
        stage.pass(GAP);
    }
    stage.cost
}

/// Looks at a program that sleeps.
fn idle() -> f64 {
    let mut stage = Stage::run(&["cat"]);
    stage.pass(Duration::from_secs(1));
    stage.cost = Cost::default();
    for _ in 0..KEYS {
        let now = stage.now();
        stage.judge.note(now, msession::detect::Edge::Detach);
        stage.pass(GAP);
    }
    per_look(stage.cost)
}

fn per_look(cost: Cost) -> f64 {
    cost.time.as_secs_f64() * 1e6 / f64::from(cost.looks.max(1))
}
