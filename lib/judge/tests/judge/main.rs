//! The judge against real programs, each on a pty of the test's own. Programs that are not installed are
//! skipped; what every system has is always tried.

#[path = "../../examples/judge/by_pid.rs"]
mod by_pid;
mod cost;
mod readers;
mod replay;
mod reports;
mod shells;
#[path = "../../../../tests/world/skip.rs"]
mod skip;
mod stage;
mod strangers;
mod work;

use std::path::Path;
use std::time::Duration;

/// Long enough for a verdict to change if it were going to.
const MOMENT: Duration = Duration::from_millis(1500);

/// Whether a program can be run here; if not, the test is skipped, or this part of it.
fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| Path::new(&dir).join(program).is_file());
    if !found {
        skip::skip(&format!("{program} is not installed"));
    }
    found
}

#[test]
fn a_process_is_judged_by_its_number() {
    let judged = |pid: i32| {
        let mut told = None;
        let found = by_pid::follow(pid, stage::LIMIT, &mut |_, verdict| {
            told = Some((verdict.status, verdict.kind));
            verdict.status == ms_judge::Status::Waiting
        });
        found.map(|()| told)
    };
    let mut asks = stage::Stage::run(&["sh", "-c", "read answer"]);
    asks.reaches(ms_judge::Status::Waiting);
    let (status, _) = judged(asks.child.id() as i32).unwrap().unwrap();
    assert_eq!(status, ms_judge::Status::Waiting);
    let mut works = stage::Stage::run(&["sh", "-c", "echo on; while :; do :; done"]);
    works.shows("on");
    let mut waited = false;
    let looked = by_pid::follow(works.child.id() as i32, MOMENT / 3, &mut |_, verdict| {
        waited |= verdict.status == ms_judge::Status::Waiting;
        false
    });
    assert_eq!((looked, waited), (Ok(()), false));
    assert_eq!(judged(i32::MAX - 7), Err(format!("{}: no such process", i32::MAX - 7)));
}
