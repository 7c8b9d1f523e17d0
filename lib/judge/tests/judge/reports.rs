//! What programs say of themselves by escape sequences and by `msmark`, and when it no longer holds.

use std::time::Duration;

use ms_judge::Mark;
use ms_judge::{DetectConfig, Refusal};
use ms_judge::{Kind, Status};

use crate::MOMENT;
use crate::stage::{LIMIT, Stage};

fn mark(status: Option<Status>, pid: i32) -> Mark {
    Mark { status, kind: Some(Kind::Permission), message: Some("Deploy?\x1b[2J".into()), pid }
}

#[test]
fn a_report_of_the_program_counts() {
    let report = |body: &str| format!("printf '\\033]7501;{body}\\033\\\\'");
    // "Deploy?"
    let blocked = report("state=blocked:kind=permission:msg=RGVwbG95Pw==");
    let script = format!("{}; sleep 2; {blocked}; sleep 60", report("state=working"));
    let mut stage = Stage::script(&script);
    stage.reaches(Status::Processing);
    assert_eq!(stage.judge.verdict().rule, "the program reports it");
    stage.waits_for(Kind::Permission);
    assert_eq!(stage.judge.verdict().message.as_deref(), Some("Deploy?"));
}

#[test]
fn done_is_a_turn_of_a_program_that_reads() {
    let mut stage = Stage::script("printf '\\033]7501;state=done\\007'; read x; sleep 60");
    stage.waits_for(Kind::Turn);
}

#[test]
fn a_forged_report_in_a_text_ends_with_the_next_prompt_of_an_unmarked_shell() {
    if !crate::has("bash") {
        return;
    }
    for state in ["working", "blocked:kind=permission"] {
        let mut stage = Stage::run(&["bash", "--norc", "--noprofile", "-i"]);
        stage.waits_for(Kind::Shell);
        stage.send(&format!("printf 'log\\033]7501;state={state}:id=a\\033\\\\the e\\156d\\n'\r"));
        stage.shows("the end");
        stage.skip(MOMENT);
        stage.waits_for(Kind::Shell);
        stage.stays(Status::Waiting, MOMENT);
        assert_eq!(stage.judge.verdict().kind, Some(Kind::Shell), "{state}");
    }
}

#[test]
fn a_report_of_work_does_not_hide_a_password() {
    let script = "printf '\\033]7501;state=working\\007'; sleep 1; bash -c 'read -rsp Password: x'; sleep 60";
    Stage::script(script).waits_for(Kind::Password);
}

#[test]
fn progress_is_work_until_it_ends() {
    let script = "printf '\\033]9;4;3\\007'; sleep 2; printf '\\033]9;4;0\\007'; sleep 60";
    let mut stage = Stage::script(script);
    stage.reaches(Status::Processing);
    stage.reaches(Status::Active);
}

#[test]
fn a_marked_prompt_is_a_shell_s() {
    let script =
        "printf '\\033]133;A\\007any prompt \\033]133;B\\007'; read x; printf '\\033]133;C\\007'; sleep 60";
    let mut stage = Stage::script(script);
    stage.waits_for(Kind::Shell);
    stage.send("\r");
    stage.reaches(Status::Active);
}

#[test]
fn a_mark_holds_until_a_key_or_its_reporter_s_end() {
    let mut stage = Stage::script("sh -c 'sleep 60; :'; sleep 60");
    let pid = descendant(&mut stage, 2);
    let now = stage.now();
    stage.judge.mark(now, &mark(Some(Status::Waiting), pid)).unwrap();
    stage.waits_for(Kind::Permission);
    assert_eq!(stage.judge.verdict().message.as_deref(), Some("Deploy?[2J"));
    stage.stays(Status::Waiting, MOMENT);
    stage.send("y");
    stage.reaches(Status::Active);
    let now = stage.now();
    stage.judge.mark(now, &mark(Some(Status::Processing), pid)).unwrap();
    stage.reaches(Status::Processing);
    let reporter = nix::unistd::Pid::from_raw(parent(pid));
    nix::sys::signal::kill(reporter, nix::sys::signal::Signal::SIGKILL).unwrap();
    stage.reaches(Status::Active);
}

#[test]
fn a_mark_can_be_taken_back() {
    let mut stage = Stage::script("sleep 60; :");
    let pid = descendant(&mut stage, 1);
    let now = stage.now();
    stage.judge.mark(now, &mark(Some(Status::Processing), pid)).unwrap();
    stage.reaches(Status::Processing);
    let now = stage.now();
    stage.judge.mark(now, &mark(None, pid)).unwrap();
    stage.reaches(Status::Active);
}

#[test]
fn only_the_session_s_own_may_mark() {
    let mut stage = Stage::script("sleep 60; :");
    let pid = descendant(&mut stage, 1);
    let now = stage.now();
    assert_eq!(stage.judge.mark(now, &mark(Some(Status::Waiting), 1)), Err(Refusal::NotOurs));
    assert_eq!(stage.judge.mark(now, &mark(Some(Status::Waiting), i32::MAX - 7)), Err(Refusal::NotOurs));
    assert_eq!(stage.judge.mark(now, &mark(Some(Status::Completed), pid)), Err(Refusal::NotSayable));
}

#[test]
fn a_program_within_the_program_does_not_speak_for_it() {
    // The inner one has threads, no terminal, and is no hook of a moment.
    let inner = "import subprocess,threading,time\n\
        threading.Thread(target=lambda: time.sleep(60)).start()\ntime.sleep(1)\nsubprocess.run(['sleep','60'])";
    let text =
        format!("import subprocess\nsubprocess.run(['python3','-c',{inner:?}],stdin=-3,stdout=-3,stderr=-3)");
    if !crate::has("python3") {
        return;
    }
    let mut stage = Stage::run(&["python3", "-c", &text]);
    let threads = |pid: i32| ms_platform::procfs::Proc::new().stat(pid).map_or(0, |stat| stat.threads);
    let found = |stage: &Stage| {
        let pid = stage.child.id() as i32;
        descend(pid, 2).is_some() && descend(pid, 1).is_some_and(|inner| threads(inner) > 1)
    };
    assert!(stage.until(Duration::from_secs(30), found));
    let hook = descend(stage.child.id() as i32, 2).unwrap();
    let now = stage.now();
    assert_eq!(stage.judge.mark(now, &mark(Some(Status::Waiting), hook)), Err(Refusal::NestedProgram));
}

#[test]
fn detection_can_be_switched_off_but_for_marks() {
    let config: DetectConfig = toml::from_str("enabled = false").unwrap();
    let mut stage = Stage::with(&["sh", "-c", "sleep 1; read x"], &config, &mut |_| {});
    stage.stays(Status::Active, Duration::from_secs(2));
    stage.rests();
    let (now, pid) = (stage.now(), stage.child.id() as i32);
    stage.judge.mark(now, &mark(Some(Status::Waiting), pid)).unwrap();
    stage.waits_for(Kind::Permission);
}

#[test]
fn a_configured_prompt_is_believed() {
    let config: DetectConfig = toml::from_str("prompts = ['^ready$']").unwrap();
    let text = "import select,socket\ns=socket.socket(); s.bind(('127.0.0.1',0)); s.listen()\n\
        print('ready')\nselect.select([0,s],[],[])";
    if !crate::has("python3") {
        return;
    }
    // Without it, a cursor on an empty line is no prompt.
    let mut plain = Stage::run(&["python3", "-c", text]);
    plain.shows("ready");
    plain.pass(MOMENT);
    assert_eq!(plain.judge.verdict().status, Status::Active);
    Stage::with(&["python3", "-c", text], &config, &mut |_| {}).reaches(Status::Waiting);
}

fn descend(pid: i32, levels: u32) -> Option<i32> {
    (0..levels)
        .try_fold(pid, |pid, _| ms_platform::procfs::Proc::new().children(pid, pid).ok()?.first().copied())
}

/// The first child, or the first child's, once it is there.
fn descendant(stage: &mut Stage, levels: u32) -> i32 {
    let found = |stage: &Stage| descend(stage.child.id() as i32, levels);
    assert!(stage.until(LIMIT, |stage| found(stage).is_some()), "it has started nothing");
    found(stage).expect("a process that goes on")
}

fn parent(pid: i32) -> i32 {
    ms_platform::procfs::Proc::new().stat(pid).unwrap().ppid
}
