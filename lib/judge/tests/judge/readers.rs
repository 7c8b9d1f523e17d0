//! Every way to wait for the terminal, and what else can wake those who do.

use std::time::Duration;

use ms_judge::facts::{Fact, WaitCall, WakeSource};
use ms_judge::{Confidence, Kind, Status};
use ms_judge::{DetectConfig, FactsWriter};

use crate::stage::Stage;
use crate::{MOMENT, has};

/// How the last reader that was seen waits, and what can wake it.
fn reader(stage: &Stage) -> Option<(WaitCall, WakeSource)> {
    let snapshots = stage.judge.kept_facts().filter_map(|taken| match &taken.timed.fact {
        Fact::Look(look) => look.kernel.as_ref(),
        Fact::Event(_) => None,
    });
    snapshots.last()?.readers.first().map(|reader| (reader.call, reader.woken_by))
}

fn python(text: &str) -> Stage {
    let mut stage = Stage::run(&["python3", "-c", text]);
    stage.keep_facts();
    stage
}

#[test]
fn a_read_is_a_wait_and_needs_no_timer() {
    let mut stage = Stage::run(&["cat"]);
    stage.waits_for(Kind::Line);
    assert_eq!(stage.judge.verdict().confidence, Confidence::High);
    stage.rests();
}

#[test]
fn a_password_is_asked_for_without_echo_and_what_is_typed_is_nowhere() {
    let mut stage = Stage::run(&["bash", "-c", "read -rsp 'Password: ' x; sleep 60"]);
    stage.keep_facts();
    stage.waits_for(Kind::Password);
    assert_eq!(stage.judge.verdict().message.as_deref(), Some("Password:"));
    stage.send("xyzzy\r");
    stage.reaches(Status::Active);
    let (mut writer, _) = FactsWriter::begin(&DetectConfig::default(), 0);
    let lines: String = stage.judge.kept_facts().map(|taken| writer.lines(taken)).collect();
    assert!(lines.contains("Password:") && !lines.contains("xyzzy"), "{lines}");
}

#[test]
fn a_grandchild_that_reads_makes_the_session_wait() {
    Stage::script("sh -c 'sh -c \"read x; :\"; :'; :").waits_for(Kind::Line);
}

#[test]
fn a_reader_in_a_session_of_its_own_makes_the_session_wait() {
    Stage::script("setsid -w sh -c 'read x < /dev/fd/0'; :").waits_for(Kind::Line);
}

#[test]
fn the_terminal_is_known_by_its_device_and_not_by_its_number() {
    let mut stage = Stage::script("exec 7</dev/tty 0</dev/null; printf 'Name: '; read x <&7");
    stage.waits_for(Kind::Line);
    assert_eq!(stage.judge.verdict().message.as_deref(), Some("Name:"));
}

#[test]
fn a_read_of_something_else_is_no_wait() {
    let mut stage = Stage::script("sleep 60 | cat");
    stage.runs(&["sleep", "cat"]);
    stage.skip(MOMENT);
    assert_eq!(stage.judge.verdict().status, Status::Active);
}

#[test]
fn select_poll_and_epoll_of_the_terminal_alone_are_exclusive() {
    if !has("python3") {
        return;
    }
    let polls = [
        (WaitCall::Select, "select.select([0],[],[])"),
        (WaitCall::Poll, "p=select.poll(); p.register(0,1); p.poll()"),
        (WaitCall::Epoll, "p=select.epoll(); p.register(0,1); p.poll()"),
    ];
    for (call, poll) in polls {
        let mut stage = python(&format!("import select\nprint('go? ',end='',flush=True)\n{poll}"));
        stage.reaches(Status::Waiting);
        assert_eq!(reader(&stage), Some((call, WakeSource::TtyOnly)));
        stage.rests();
    }
}

#[test]
fn what_is_its_own_does_not_count_and_what_is_outside_does() {
    if !has("python3") {
        return;
    }
    let head =
        "import os,select,socket\np=select.epoll(); p.register(0,1)\nprint('go? ',end='',flush=True)\n";
    let internal = "r,w=os.pipe(); p.register(r,1)\na,b=socket.socketpair(); p.register(a,1)\np.poll()";
    let mut stage = python(&format!("{head}{internal}"));
    stage.reaches(Status::Waiting);
    assert_eq!(reader(&stage), Some((WaitCall::Epoll, WakeSource::TtyOnly)));
    let external = "s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen(); p.register(s,1)\np.poll()";
    let mut stage = python(&format!("{head}{external}"));
    stage.reaches(Status::Waiting);
    assert_eq!(reader(&stage), Some((WaitCall::Epoll, WakeSource::Other)));
    assert_eq!(stage.judge.verdict().confidence, Confidence::Medium);
}

#[test]
fn an_epoll_set_is_known_by_its_files_and_not_by_their_numbers() {
    if !has("python3") {
        return;
    }
    // The terminal was added as one number, which now is another file.
    let text = "import os,select\nt=os.dup(0); p=select.epoll(); p.register(t,1)\n\
        n=os.open('/dev/null',0); os.dup2(n,t)\nprint('go? ',end='',flush=True)\np.poll()";
    let mut stage = python(text);
    stage.reaches(Status::Waiting);
    assert_eq!(reader(&stage), Some((WaitCall::Epoll, WakeSource::TtyOnly)));
}

#[test]
fn a_set_within_a_set_is_followed() {
    if !has("python3") {
        return;
    }
    let text = "import select\nq=select.epoll(); q.register(0,1)\np=select.epoll(); p.register(q.fileno(),1)\n\
        print('go? ',end='',flush=True)\np.poll()";
    let mut stage = python(text);
    stage.reaches(Status::Waiting);
    assert_eq!(reader(&stage), Some((WaitCall::Epoll, WakeSource::TtyOnly)));
}

#[test]
fn a_reader_with_a_clock_waits_once_it_is_quiet() {
    if !has("python3") {
        return;
    }
    let text =
        "import select\nprint('go? ',end='',flush=True)\nwhile not select.select([0],[],[],0.1)[0]: pass";
    let mut stage = python(text);
    stage.reaches(Status::Waiting);
    stage.stays(Status::Waiting, MOMENT);
    assert!(matches!(reader(&stage), None | Some((WaitCall::Select, WakeSource::Timer))));
}

#[test]
fn a_poll_that_was_interrupted_is_still_one() {
    if !has("python3") {
        return;
    }
    let text = "import select\nprint('go? ',end='',flush=True)\np=select.poll(); p.register(0,1); p.poll()";
    let mut stage = python(text);
    stage.reaches(Status::Waiting);
    let pid = nix::unistd::Pid::from_raw(stage.child.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGSTOP).unwrap();
    let now = stage.now();
    stage.judge.note(now, ms_judge::Edge::Child);
    assert!(stage.until(Duration::from_secs(20), |stage| stage.judge.verdict().rule.contains("stopped")));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGCONT).unwrap();
    let now = stage.now();
    stage.judge.note(now, ms_judge::Edge::Child);
    assert!(stage.until(Duration::from_secs(20), |stage| !stage.judge.verdict().rule.contains("stopped")));
    stage.reaches(Status::Waiting);
    assert_eq!(reader(&stage), Some((WaitCall::Poll, WakeSource::TtyOnly)));
}

#[test]
fn full_screen_programs_wait_for_keys() {
    if has("vim") {
        Stage::run(&["vim", "-u", "NONE", "-N"]).waits_for(Kind::Editor);
    }
    if has("less") {
        let mut stage = Stage::run(&["less", "/etc/services"]);
        stage.waits_for(Kind::Pager);
        stage.rests();
    }
}

#[test]
fn interpreters_wait_at_their_prompt() {
    if has("python3") {
        let mut stage = Stage::run(&["python3", "-q"]);
        stage.waits_for(Kind::Repl);
        stage.send("1+1\r");
        stage.shows("2");
        stage.waits_for(Kind::Repl);
        assert_eq!(stage.judge.verdict().message.as_deref(), Some(">>>"));
    }
}

#[test]
fn yes_or_no_is_a_confirmation() {
    let mut stage = Stage::script("printf 'Do you want to continue? [Y/n] '; read x; sleep 60");
    stage.waits_for(Kind::Confirm);
    stage.send("y\r");
    stage.reaches(Status::Active);
}

#[test]
fn a_relay_s_inner_terminal_is_judged() {
    if !has("script") {
        return;
    }
    let mut stage = Stage::run(&["script", "-q", "-c", "sh -c 'read x; sleep 60'", "/dev/null"]);
    stage.waits_for(Kind::Line);
    assert_eq!(stage.judge.verdict().confidence, Confidence::High);
    stage.send("\r");
    stage.reaches(Status::Active);
}

#[test]
fn a_relay_in_a_relay_too() {
    if !has("script") {
        return;
    }
    let inner = "script -q -c \"sh -c 'read x; sleep 60'\" /dev/null";
    Stage::run(&["script", "-q", "-c", inner, "/dev/null"]).waits_for(Kind::Line);
}

#[test]
fn a_question_after_a_flood_is_seen() {
    let mut stage = Stage::script("seq 200000; printf 'Go on? [y/N] '; read x");
    stage.waits_for(Kind::Confirm);
    assert_eq!(stage.judge.verdict().message.as_deref(), Some("Go on? [y/N]"));
}
