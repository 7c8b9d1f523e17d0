//! Shells: their prompts, their jobs in front and behind.

use ms_judge::{Kind, Status};

use crate::stage::Stage;
use crate::{MOMENT, has};

fn bash() -> Stage {
    let mut stage = Stage::run(&["bash", "--norc", "--noprofile"]);
    stage.waits_for(Kind::Shell);
    stage
}

#[test]
fn a_shell_waits_at_its_prompt_and_needs_no_timer() {
    let mut stage = bash();
    assert_eq!(stage.judge.verdict().message.as_deref(), Some("$"));
    stage.rests();
    stage.send("echo hi\r");
    stage.shows("hi");
    stage.waits_for(Kind::Shell);
}

#[test]
fn a_command_in_front_is_what_counts() {
    let mut stage = bash();
    stage.send("sleep 60\r");
    stage.reaches(Status::Active);
    stage.send("\x03");
    stage.waits_for(Kind::Shell);
    stage.send("while :; do :; done\r");
    stage.reaches(Status::Processing);
    stage.send("\x03");
    stage.waits_for(Kind::Shell);
}

#[test]
fn a_job_in_the_background_does_not_count() {
    let mut stage = bash();
    stage.send("(while :; do :; done) &\r");
    stage.shows("[1]");
    stage.waits_for(Kind::Shell);
    stage.stays(Status::Waiting, MOMENT);
    stage.send("kill %1\r");
}

#[test]
fn a_job_that_is_stopped_gives_the_shell_back() {
    let mut stage = bash();
    stage.send("cat\r");
    stage.waits_for(Kind::Line);
    stage.send("\x1a");
    stage.waits_for(Kind::Shell);
    stage.send("kill -9 %1\r");
}

#[test]
fn what_is_stopped_in_front_waits() {
    let mut stage = Stage::script("kill -STOP $$");
    stage.reaches(Status::Waiting);
    assert!(stage.judge.verdict().rule.contains("stopped"));
}

#[test]
fn a_pipeline_is_judged_by_who_reads_the_terminal() {
    let mut stage = bash();
    stage.send("cat | sort\r");
    stage.waits_for(Kind::Line);
    stage.send("\x03");
    stage.waits_for(Kind::Shell);
    stage.send("sleep 60 | cat\r");
    stage.reaches(Status::Active);
}

#[test]
fn other_shells_are_shells() {
    for shell in [&["zsh", "-f"][..], &["dash", "-i"], &["fish", "--no-config"]] {
        if has(shell[0]) {
            Stage::run(shell).waits_for(Kind::Shell);
        }
    }
}
