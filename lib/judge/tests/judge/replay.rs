//! What was recorded is judged again as it was.

use ms_judge::facts::Timed;
use ms_judge::{DetectConfig, FactsFile, FactsWriter, Taken, replay};
use ms_judge::{Kind, Status};

use crate::stage::Stage;

#[test]
fn recorded_facts_give_the_same_verdicts_as_live() {
    let mut stage = Stage::run(&["bash", "--norc", "--noprofile"]);
    stage.keep_facts();
    stage.waits_for(Kind::Shell);
    stage.send("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; printf 'Sure? [y/N] '; read x\r");
    stage.waits_for(Kind::Confirm);
    stage.send("y\r");
    stage.waits_for(Kind::Shell);
    stage.send("sleep 60\r");
    stage.reaches(Status::Active);
    let facts: Vec<Timed> = stage.judge.kept_facts().map(|taken| taken.timed.clone()).collect();
    assert!(stage.verdicts.len() >= 5);
    assert_eq!(replay(&DetectConfig::default(), &facts), stage.verdicts);
    // By way of a file, the same but for parts of microseconds.
    let (mut writer, mut text) = FactsWriter::begin(&DetectConfig::default(), 7);
    text.extend(stage.judge.kept_facts().map(|taken| writer.lines(taken)));
    let recording = FactsFile::read(&text).unwrap();
    let again: Vec<_> =
        recording.replay().into_iter().map(|(_, v)| (v.status, v.kind, v.rule, v.message)).collect();
    let live = stage.verdicts.iter().map(|(_, v)| (v.status, v.kind, v.rule, v.message.clone()));
    assert_eq!(again, live.collect::<Vec<_>>());
    assert_eq!((recording.began, recording.lost), (7, 0));
}

/// What stood before is told first, so that the middle of a session is judged as it was.
#[test]
fn a_recording_that_begins_later_is_judged_as_the_session_was() {
    let mut stage = Stage::script("printf '\\033]7501;state=working\\033\\\\'; sleep 60");
    stage.until(std::time::Duration::from_secs(20), |stage| stage.judge.verdict().rule.contains("reports"));
    stage.keep_facts();
    // It takes some looks, which come when the machine has time for them.
    let judged_so = |stage: &Stage| last_status(stage.judge.kept_facts()) == Some(Status::Processing);
    assert!(stage.until(std::time::Duration::from_secs(20), judged_so));
    let taken: Vec<Taken> = stage.judge.take_facts();
    assert_eq!(last_status(&taken), Some(Status::Processing), "taken as they were kept");
    assert_eq!(stage.judge.kept_facts().count(), 0);
}

/// What a recording of these facts ends with, judged again.
fn last_status<'a>(taken: impl IntoIterator<Item = &'a Taken>) -> Option<Status> {
    let (mut writer, header) = FactsWriter::begin(&DetectConfig::default(), 0);
    let lines: String = taken.into_iter().map(|taken| writer.lines(taken)).collect();
    let again = FactsFile::read(&(header + &lines)).unwrap().replay();
    again.last().map(|(_, verdict)| verdict.status)
}

#[test]
fn a_recording_of_nothing_is_nothing() {
    assert_eq!(replay(&DetectConfig::default(), &[]), Vec::new());
}
