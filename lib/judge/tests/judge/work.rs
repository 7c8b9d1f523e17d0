//! Work, silence, and both beside a reader.

use std::time::Duration;

use ms_judge::{Kind, Status};

use crate::stage::Stage;
use crate::{MOMENT, has};

#[test]
fn a_busy_loop_is_processing_and_a_sleeper_is_active() {
    Stage::script("while :; do :; done").reaches(Status::Processing);
    let mut sleeper = Stage::script("sleep 60");
    sleeper.runs(&["sleep"]);
    sleeper.skip(MOMENT);
    assert_eq!(sleeper.judge.verdict().status, Status::Active);
}

#[test]
fn output_that_goes_on_is_processing() {
    Stage::script("i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done").reaches(Status::Processing);
}

#[test]
fn a_read_after_a_silence_is_found_without_an_edge() {
    let mut stage = Stage::script("sleep 4; read x");
    stage.stays(Status::Active, Duration::from_secs(3));
    stage.reaches(Status::Waiting);
}

#[test]
fn a_thread_that_reads_while_another_works_is_processing() {
    if !has("python3") {
        return;
    }
    let text = "import threading\n\
        def work():\n  while True: sum(range(10000))\n\
        threading.Thread(target=work,daemon=True).start()\n\
        input('name? ')";
    let mut stage = Stage::run(&["python3", "-c", text]);
    stage.reaches(Status::Processing);
    stage.stays(Status::Processing, MOMENT);
}

#[test]
fn a_thread_that_reads_while_another_sleeps_waits() {
    if !has("python3") {
        return;
    }
    let text = "import threading,time\n\
        threading.Thread(target=lambda: time.sleep(60),daemon=True).start()\n\
        input('name? ')";
    Stage::run(&["python3", "-c", text]).reaches(Status::Waiting);
}

#[test]
fn a_request_that_is_out_is_work_until_it_is_answered() {
    if !has("python3") {
        return;
    }
    // It asks a server outside of the session, with its keyboard open, and shows a caret.
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let text = format!(
        "import select,socket\ns=socket.create_connection(('127.0.0.1',{port}))\n\
        print('> ',end='',flush=True)\n\
        while True:\n  r,_,_=select.select([0,s],[],[])\n  \
        if 0 in r: input(); s.send(b'x'*200)\n  \
        if s in r: s.recv(999); print('ok\\n> ',end='',flush=True)"
    );
    let mut stage = Stage::run(&["python3", "-c", &text]);
    let (mut far, _) = server.accept().unwrap();
    stage.reaches(Status::Waiting);
    stage.send("ask\r");
    stage.reaches(Status::Processing);
    stage.stays(Status::Processing, MOMENT);
    assert_eq!(stage.judge.verdict().rule, "a request is out");
    std::io::Write::write_all(&mut far, b"answer").unwrap();
    stage.shows("ok");
    stage.reaches(Status::Waiting);
}

#[test]
fn a_new_child_is_work_but_one_that_listens_is_not() {
    if !has("python3") {
        return;
    }
    let text = "import select,socket,subprocess\ns=socket.socket(); s.bind(('127.0.0.1',0)); s.listen()\n\
        print('> ',end='',flush=True)\nkept=[]\n\
        while True:\n  select.select([0,s],[],[]); c=input().split()\n  \
        kept.append(subprocess.Popen(c,stdin=subprocess.PIPE,start_new_session=True))\n  \
        print('> ',end='',flush=True)";
    let mut stage = Stage::run(&["python3", "-c", text]);
    stage.reaches(Status::Waiting);
    stage.send("cat\r");
    stage.runs(&["cat"]);
    stage.skip(MOMENT);
    stage.reaches(Status::Waiting);
    stage.send("sleep 3\r");
    stage.reaches(Status::Processing);
    assert!(stage.until(MOMENT, |stage| stage.judge.verdict().rule == "a child works"));
    stage.reaches(Status::Waiting);
}

#[test]
fn output_that_is_held_back_waits_for_a_person() {
    let mut stage = Stage::script("sleep 1; while :; do echo line; done");
    stage.send("\x13");
    stage.reaches(Status::Waiting);
    assert_eq!(stage.judge.verdict().rule, "its output is held back");
    stage.send("\x11");
    stage.reaches(Status::Processing);
}

#[test]
fn a_pipe_of_workers_is_processing() {
    Stage::script("yes | while read x; do :; done").reaches(Status::Processing);
}

#[test]
fn what_begins_to_read_after_work_waits() {
    let mut stage = Stage::script("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; read x");
    stage.waits_for(Kind::Line);
}

/// The statuses since the first wait, each once.
fn statuses(stage: &Stage) -> Vec<Status> {
    let mut found: Vec<Status> = stage.verdicts.iter().map(|(_, verdict)| verdict.status).collect();
    found.dedup();
    found.into_iter().skip_while(|status| *status != Status::Waiting).collect()
}

#[test]
fn what_was_given_a_line_works_until_it_is_seen_to_do_nothing() {
    let mut busy = Stage::script("read x; while :; do :; done");
    busy.reaches(Status::Waiting);
    busy.send("go\r");
    busy.reaches(Status::Processing);
    busy.stays(Status::Processing, Duration::from_secs(2));
    let mut sleeper = Stage::script("read x; sleep 60");
    sleeper.reaches(Status::Waiting);
    sleeper.send("go\r");
    sleeper.reaches(Status::Active);
    assert_eq!(statuses(&sleeper), [Status::Waiting, Status::Processing, Status::Active]);
}

#[test]
fn keys_that_are_edited_leave_a_wait_standing() {
    if !has("bash") {
        return;
    }
    let mut stage = Stage::run(&["bash", "--norc", "--noprofile", "-i"]);
    stage.waits_for(Kind::Shell);
    for key in ["e", "c", "h", "o", " ", "\u{1b}[D", "\t", "x", "\u{7f}"] {
        stage.send(key);
        stage.stays(Status::Waiting, Duration::from_millis(150));
    }
}
