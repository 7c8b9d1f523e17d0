//! What was recorded is judged again as it was.

use ms_judge::facts::Timed;
use ms_judge::{DetectConfig, replay};
use ms_judge::{Kind, Status};

use crate::stage::Stage;

#[test]
fn recorded_facts_give_the_same_verdicts_as_live() {
    let mut stage = Stage::run(&["bash", "--norc", "--noprofile"]);
    stage.judge.record();
    stage.waits_for(Kind::Shell);
    stage.send("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; printf 'Sure? [y/N] '; read x\r");
    stage.waits_for(Kind::Confirm);
    stage.send("y\r");
    stage.waits_for(Kind::Shell);
    stage.send("sleep 60\r");
    stage.reaches(Status::Active);
    let text = serde_json::to_string(&stage.judge.recorded().collect::<Vec<_>>()).unwrap();
    let facts: Vec<Timed> = serde_json::from_str(&text).unwrap();
    let again = replay(&DetectConfig::default(), &facts);
    assert!(stage.verdicts.len() >= 5);
    assert_eq!(again, stage.verdicts);
}

#[test]
fn a_recording_of_nothing_is_nothing() {
    assert_eq!(replay(&DetectConfig::default(), &[]), Vec::new());
}
