//! What looking costs, and that nobody looks where nothing can be news.

use std::time::Duration;

use ms_judge::Status;

use crate::stage::{Cost, Stage};

/// A look at a simple tree costs less than this, as it is released; unoptimized it may cost this many times.
const LOOK: Duration = Duration::from_micros(100);
const UNOPTIMIZED: u32 = 15;

#[test]
fn a_look_at_a_shell_is_cheap() {
    let mut stage = Stage::run(&["sh"]);
    stage.reaches(Status::Waiting);
    stage.cost = Cost::default();
    for _ in 0..20 {
        stage.send("x");
        stage.pass(Duration::from_millis(100));
    }
    let each = stage.cost.time / stage.cost.looks.max(1);
    let most = LOOK * if cfg!(debug_assertions) { UNOPTIMIZED } else { 1 };
    assert!(stage.cost.looks >= 20 && each < most, "{each:?} a look, {} looks", stage.cost.looks);
}

#[test]
fn who_waits_for_the_terminal_alone_is_not_looked_at() {
    let mut stage = Stage::script("printf 'Name: '; read x");
    stage.reaches(Status::Waiting);
    stage.until(Duration::from_secs(10), |stage| stage.judge.next_look().is_none());
    stage.cost = Cost::default();
    stage.pass(Duration::from_secs(3));
    assert_eq!((stage.judge.next_look(), stage.cost.looks), (None, 0));
}

#[test]
fn a_silent_sleeper_is_looked_at_once_in_two_seconds() {
    let mut stage = Stage::script("sleep 60");
    stage.pass(Duration::from_secs(6));
    stage.cost = Cost::default();
    stage.pass(Duration::from_secs(8));
    assert!((1..=5).contains(&stage.cost.looks), "{} looks in 8 s", stage.cost.looks);
}

#[test]
fn what_works_in_silence_is_looked_at_no_more_than_twice_a_second() {
    let mut stage = Stage::script("while :; do :; done");
    stage.reaches(Status::Processing);
    stage.pass(Duration::from_secs(4));
    stage.cost = Cost::default();
    stage.pass(Duration::from_secs(6));
    assert!((1..=14).contains(&stage.cost.looks), "{} looks in 6 s", stage.cost.looks);
}
