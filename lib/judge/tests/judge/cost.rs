//! What looking costs, and that nobody looks where nothing can be news.

use std::time::Duration;

use ms_judge::Status;

use crate::stage::{Cost, LIMIT, Stage};

/// Half a second, as timers have it.
const HALF: Duration = Duration::from_millis(490);

/// A look at a simple tree costs less than this, as it is released; unoptimized it may cost this many times.
const LOOK: Duration = Duration::from_micros(100);
const UNOPTIMIZED: u32 = 15;

#[test]
fn a_look_at_a_shell_is_cheap() {
    let mut stage = Stage::run(&["sh"]);
    stage.reaches(Status::Waiting);
    stage.cost = Cost::default();
    for looks in 0..20 {
        stage.send("x");
        assert!(stage.until(LIMIT, |stage| stage.cost.looks > looks), "no look after a key");
    }
    let each = stage.cost.time / stage.cost.looks.max(1);
    let most = LOOK * if cfg!(debug_assertions) { UNOPTIMIZED } else { 1 };
    assert!(stage.cost.looks >= 20 && each < most, "{each:?} a look, {} looks", stage.cost.looks);
}

#[test]
fn who_waits_for_the_terminal_alone_is_not_looked_at() {
    let mut stage = Stage::script("printf 'Name: '; read x");
    stage.reaches(Status::Waiting);
    // Without a moment for the next one there is none, however long it takes.
    stage.rests();
}

#[test]
fn a_silent_sleeper_is_looked_at_once_in_two_seconds() {
    let mut stage = Stage::script("printf ready; exec sleep 60");
    stage.shows("ready");
    stage.skip(Duration::from_secs(6));
    stage.cost = Cost::default();
    stage.skip(Duration::from_secs(8));
    assert!((1..=5).contains(&stage.cost.looks), "{} looks in 8 s", stage.cost.looks);
}

#[test]
fn what_works_in_silence_is_looked_at_no_more_than_twice_a_second() {
    let mut stage = Stage::script("while :; do :; done");
    stage.reaches(Status::Processing);
    // What it used is real time's: its looks come to be half a second apart, and stay so.
    let apart = |stage: &Stage| {
        let moments = stage.looked.iter().rev().take(4);
        moments.clone().count() == 4 && moments.clone().zip(moments.skip(1)).all(|(b, a)| *b - *a >= HALF)
    };
    assert!(stage.until(LIMIT, apart), "looks at {:?}", stage.looked);
}
