//! The judge against real programs on a pty of the test's own.

mod stage;

use std::time::Duration;

use msession::status::{Kind, Status};
use stage::Stage;

#[test]
fn a_read_is_a_wait_and_needs_no_timer() {
    let mut stage = Stage::run(&["cat"]);
    assert!(stage.reaches(Status::Waiting));
    assert_eq!(stage.judge.verdict().kind, Some(Kind::Line));
    assert_eq!(stage.judge.next_look(), None);
}

#[test]
fn a_password_is_asked_for_without_echo() {
    let mut stage = Stage::run(&["bash", "-c", "read -rsp 'Password: ' x"]);
    assert!(stage.reaches(Status::Waiting));
    assert!(stage.until(Duration::from_secs(5), |stage| stage.judge.verdict().message.is_some()));
    let verdict = stage.judge.verdict();
    assert_eq!((verdict.kind, verdict.message.as_deref()), (Some(Kind::Password), Some("Password:")));
}

#[test]
fn a_busy_loop_is_processing_and_a_sleeper_is_active() {
    assert!(Stage::script("while :; do :; done").reaches(Status::Processing));
    let mut sleeper = Stage::script("sleep 60");
    sleeper.pass(Duration::from_secs(2));
    assert_eq!(sleeper.judge.verdict().status, Status::Active);
}

#[test]
fn a_grandchild_that_reads_makes_the_session_wait() {
    let mut stage = Stage::script("sh -c 'sh -c \"read x; :\"; :'; :");
    assert!(stage.reaches(Status::Waiting));
}
