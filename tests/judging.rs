//! Who waits, from outside: what a type's configuration changes, what hostile output cannot, and what a
//! person is told of it.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use ms_judge::{FactsFile, Kind};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::world::{World, installed, kilobytes, skip, until};

/// Reads keys and watches a clock, behind an empty line: nothing shows that it needs anybody.
const POLLS: &str = "import select,sys\nprint('menu ready', flush=True)\n\
    while True:\n  if select.select([0],[],[],0.2)[0] and not sys.stdin.readline(): break";

fn has_python() -> bool {
    let has = installed("python3");
    if !has {
        skip("python3 is not installed");
    }
    has
}

#[test]
fn a_type_can_switch_the_judgement_off_but_not_what_is_marked() {
    let world = World::with_config("[types.quiet]\ndetect = { enabled = false }\n");
    world.ok(
        "msnew",
        &[
            "-t",
            "quiet",
            "-n",
            "x",
            "--",
            "sh",
            "-c",
            "printf 'Name: '; read x; msmark waiting -m 'here'; sleep 1000",
        ],
    );
    world.ok("msnew", &["-n", "judged", "--", "sh", "-c", "printf 'Name: '; read x"]);
    world.wait_status("judged", "waiting");
    world.wait_output("x", "Name: ");
    assert_eq!(world.read_json("x", "status.json").unwrap()["status"], "active");
    world.ok("mssend", &["x", "bob", "--enter"]);
    let status = world.wait_status("x", "waiting");
    assert_eq!((&status["message"], &status["waits"]["count"]), (&"here".into(), &0.into()), "{status}");
}

#[test]
fn a_type_s_prompts_are_evidence() {
    if !has_python() {
        return;
    }
    let world = World::with_config("[types.menu.detect]\nprompts = ['^menu ready$']\n");
    for (name, kind) in [("plain", "command"), ("named", "menu")] {
        let types: &[&str] = if kind == "menu" { &["-t", "menu"] } else { &[] };
        world.ok("msnew", &[types, &["-n", name, "--", "python3", "-c", POLLS]].concat());
    }
    let status = world.wait_status("named", "waiting");
    assert_eq!(status["rule"], "it reads after a prompt that is configured");
    assert!(world.ok("msls", &["--explain", "named"]).contains("match a configured prompt"));
    assert_ne!(world.read_json("plain", "status.json").unwrap()["status"], "waiting");
}

#[test]
fn a_type_s_thresholds_are_used() {
    if !has_python() {
        return;
    }
    let world = World::with_config("[types.slow.detect]\nquiet = '1000s'\n");
    let text = POLLS.replace("print('menu ready', flush=True)", "print('> ', end='', flush=True)");
    world.ok("msnew", &["-t", "slow", "-n", "slow", "--", "python3", "-c", &text]);
    world.wait_output("slow", "> ");
    // It begins later, and waits sooner.
    world.ok("msnew", &["-n", "usual", "--", "python3", "-c", &text]);
    world.wait_status("usual", "waiting");
    assert_ne!(world.read_json("slow", "status.json").unwrap()["status"], "waiting");
}

#[test]
fn what_is_wrong_with_a_type_s_detection_is_said_with_its_place() {
    for (line, why) in [
        ("prompts = ['(']", "unclosed group"),
        ("quiet = 'soon'", "not a span of time"),
        ("cpu_working = 2.0", "not a share of a core"),
        ("sensitive = true", "unknown field"),
    ] {
        let world = World::with_config(&format!("[types.x.detect]\n{line}\n"));
        let message = world.fails(2, "msnew", &["--check-config"]);
        assert!(message.contains("line 2") && message.contains(why), "{line}: {message}");
    }
}

/// An OSC 7501 report.
fn report(body: &str) -> String {
    format!("\x1b]7501;{body}\x1b\\")
}

#[test]
fn hostile_reports_cost_no_memory_and_the_next_good_one_works() {
    let world = World::new();
    let mut evil = String::new();
    for body in [
        "state=",
        "state=sleeping",
        "state=blocked:kind=permission:msg=%%%",
        "=:=:;;",
        "state=working:id=a//b",
    ] {
        evil += &report(body);
    }
    evil += &report(&format!("state=working:msg={}", "QUJD".repeat(2000)));
    for number in 0..2000 {
        let _ = write!(evil, "{}", report(&format!("state=working:id=n{number}")));
    }
    evil += &report("state=clear");
    evil += "\x1b]7501;state=blocked:msg=";
    evil += &"QUJD".repeat(10 << 18);
    fs::write(world.path("home/evil"), &evil).unwrap();
    // "Deploy?" with a character that turns the direction of what follows; in two parts.
    let script = "cat evil; printf '\\033]7501;state=blocked:kind=perm'; sleep 0.1; \
                  printf 'ission:msg=RGVwbG954oCuPw==\\033\\\\'; sleep 1000";
    world.start("x", &["sh", "-c", script]);
    let own = || kilobytes(world.session("x")["server_pid"].as_i64().unwrap(), "Anonymous");
    let before = own();
    let status = world.wait_status("x", "waiting");
    assert_eq!((&status["kind"], &status["confidence"]), (&"permission".into(), &"high".into()), "{status}");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(!message.contains('\u{202e}'), "{status}");
    let after = own();
    assert!(after < before + (8 << 10), "{before} KiB before, {after} KiB after");
}

#[test]
fn titles_and_prompts_are_told_without_what_would_deceive() {
    let world = World::new();
    let text = "\\033]0;a\\342\\200\\256b\\342\\200\\213\\007Name\\342\\200\\256\\342\\200\\213: ";
    world.start("x", &["sh", "-c", &format!("printf '{text}'; read x")]);
    let status = world
        .wait_for("x", "a title", |status| status["status"] == "waiting" && status.get("title").is_some());
    assert_eq!((&status["title"], &status["message"]), (&"ab".into(), &"Name:".into()), "{status}");
}

#[test]
fn a_flood_of_reports_and_titles_is_written_down_seldom() {
    let world = World::new();
    let script = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); \
                  printf '\\033]0;%s\\007\\033]7501;state=working\\007\\033]7501;state=blocked\\007' $i; done; sleep 1000";
    world.start("x", &["sh", "-c", script]);
    let began = std::time::Instant::now();
    let mut written = std::collections::BTreeSet::new();
    let mut last = Value::Null;
    while last["title"] != "3000" {
        last = world.read_json("x", "status.json").unwrap();
        written.insert(fs::metadata(world.session_dir("x").join("status.json")).unwrap().modified().unwrap());
        assert!(began.elapsed() < crate::world::LIMIT, "{last}");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let allowed = 10 + began.elapsed().as_millis() / 35;
    assert!((written.len() as u128) < allowed, "{} files in {:?}", written.len(), began.elapsed());
}

#[test]
fn a_forged_report_in_a_text_that_is_shown_does_not_last() {
    if !installed("bash") {
        return skip("bash is not installed");
    }
    let world = World::new();
    let forged = format!("log\n{}{}end\n", report("state=working:id=a"), "\x1b]0;⠂ at work\x07");
    fs::write(world.path("home/log"), forged).unwrap();
    world.start("x", &["bash", "--norc", "-i"]);
    world.wait_status("x", "waiting");
    world.ok("mssend", &["x", "cat log", "--enter"]);
    world.ok("mswait", &["-t", "60", "x"]);
    let status = world.read_json("x", "status.json").unwrap();
    assert_eq!(status["kind"], "shell", "{status}");
}

#[test]
fn the_longest_wait_comes_first_with_what_it_is_for() {
    let world = World::new();
    for (name, script) in [
        ("first", "printf 'Go on? [y/N] '; read x"),
        ("second", "stty -echo; printf 'Password: '; read x"),
        ("third", "msmark waiting -k permission -m 'run the tests?'; sleep 1000"),
    ] {
        world.start(name, &["sh", "-c", script]);
        world.wait_status(name, "waiting");
    }
    let lines = world.ok("msls", &["--waiting", "--format", "{name} {kind} {message}"]);
    assert_eq!(
        lines,
        "first confirm Go on? [y/N]\nsecond password Password:\nthird permission run the tests?\n"
    );
    let mut terminal = crate::world::Terminal::start(&world, "msls", &["--waiting"], 100, 10);
    assert!(terminal.wait().success());
    let text = terminal.text();
    let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(line("first").contains("confirm") && line("first").contains("Go on?"), "{text}");
    assert!(line("third").contains("permission") && line("third").contains("run the tests?"), "{text}");
}

#[test]
fn an_explanation_has_the_evidence_the_rule_and_what_would_change_it() {
    let world = World::new();
    world.start("x", &["sh", "-c", "printf 'Your name? '; read name; sleep 1000"]);
    world.wait_status("x", "waiting");
    let wait = world.ok("msls", &["--explain", "x"]);
    for part in [
        "x\n",
        "waiting (line) for ",
        "high confidence",
        "message  Your name?",
        "because  it waits for the terminal",
        "until    a key",
        "→ reader",
        " ago  process ",
        "  termios",
        "  cpu",
        "  screen",
    ] {
        assert!(wait.contains(part), "{part:?} is missing:\n{wait}");
    }
    world.ok("mssend", &["x", "bob", "--enter"]);
    world.wait_status("x", "active");
    let quiet = world.ok("msls", &["--explain", "x"]);
    for part in [
        "active for ",
        "because  nobody reads",
        "until    a read, or work",
        "nobody reads the terminal",
        "the last key",
    ] {
        assert!(quiet.contains(part), "{part:?} is missing:\n{quiet}");
    }
    world.ok("mspause", &["x"]);
    let paused = world.ok("msls", &["--explain", "x"]);
    assert!(paused.contains("paused for ") && paused.contains("until    mspause --resume"), "{paused}");
    for text in [wait, quiet, paused] {
        assert!(text.lines().count() <= 24 && text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
}

#[test]
fn what_is_typed_at_a_password_is_written_nowhere() {
    let world = World::new();
    let script = "stty -echo; printf 'Password: '; read x; stty echo; printf 'Name: '; read y";
    world.start("x", &["sh", "-c", script]);
    world.wait_for("x", "a password", |status| status["kind"] == "password");
    world.ok("mssend", &["x", "tellnobody", "--enter"]);
    world.wait_for("x", "a line", |status| status["kind"] == "line");
    let log = fs::read_to_string(world.session_dir("x").join("waits")).unwrap();
    assert!(log.contains("\"password\""), "{log}");
    for entry in fs::read_dir(world.session_dir("x")).unwrap().flatten() {
        let bytes = fs::read(entry.path()).unwrap_or_default();
        assert!(!bytes.windows(10).any(|part| part == b"tellnobody"), "{:?}", entry.path());
    }
}

/// Starts a recording of session `x`; it is under way when this returns.
fn record(world: &World, file: &str) -> std::process::Child {
    let path = world.path(file);
    let recorder = world.command("msls").args(["--explain", "x", "--record"]).arg(&path).spawn().unwrap();
    until("a first look is recorded", || lines(world, file) > 1);
    recorder
}

fn lines(world: &World, file: &str) -> usize {
    fs::read_to_string(world.path(file)).unwrap_or_default().lines().count()
}

fn recorded(world: &World, file: &str) -> (String, FactsFile) {
    let text = fs::read_to_string(world.path(file)).unwrap();
    assert!(text.ends_with('\n'), "{text:?}");
    let recording = FactsFile::read(&text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    (text, recording)
}

#[test]
fn a_session_is_recorded_until_it_is_over_and_judged_again_as_it_was() {
    let world = World::new();
    let script = "stty -echo; printf 'Password: '; read x; stty echo; printf 'Go on? [y/N] '; read y";
    world.start("x", &["sh", "-c", script]);
    let mut recorder = record(&world, "facts");
    world.wait_for("x", "a password", |status| status["kind"] == "password");
    world.ok("mssend", &["x", "tellnobody", "--enter"]);
    world.wait_for("x", "a question", |status| status["kind"] == "confirm");
    world.ok("mssend", &["x", "y", "--enter"]);
    assert_eq!(recorder.wait().unwrap().code(), Some(0));
    let (text, recording) = recorded(&world, "facts");
    assert!(text.contains("Go on?") && !text.contains("tellnobody"), "{text}");
    let kinds = |all: Vec<Option<Kind>>| {
        let mut all: Vec<Kind> = all.into_iter().flatten().collect();
        all.dedup();
        all
    };
    let again = kinds(recording.replay().into_iter().map(|(_, verdict)| verdict.kind).collect());
    let told = kinds(recording.told.into_iter().map(|(_, told)| told.kind).collect());
    assert_eq!((again.as_slice(), &again), (&[Kind::Password, Kind::Confirm][..], &told));
    assert_eq!(fs::metadata(world.path("facts")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_signal_ends_a_recording_and_not_the_session() {
    let world = World::new();
    world.start("x", &["sh", "-c", "printf 'Name: '; read x"]);
    world.wait_status("x", "waiting");
    let (mut one, mut two) = (record(&world, "one"), record(&world, "two"));
    // A session that has long come to rest is judged so from the recording alone.
    until("the wait is recorded", || {
        let text = fs::read_to_string(world.path("one")).unwrap();
        let last = FactsFile::read(&text).unwrap().replay().pop();
        last.is_some_and(|(_, verdict)| verdict.kind == Some(Kind::Line))
    });
    kill(Pid::from_raw(one.id() as i32), Signal::SIGINT).unwrap();
    assert_eq!(one.wait().unwrap().code(), Some(0));
    // The other goes on, and the server is none the worse.
    let before = lines(&world, "two");
    world.ok("mssend", &["x", "b"]);
    until("the other goes on", || lines(&world, "two") > before);
    kill(Pid::from_raw(two.id() as i32), Signal::SIGTERM).unwrap();
    assert_eq!(two.wait().unwrap().code(), Some(0));
    assert!(recorded(&world, "one").1.facts.len() > 1 && recorded(&world, "two").1.facts.len() > 1);
    assert_eq!(world.wait_status("x", "waiting")["kind"], "line");
}

#[test]
fn a_recording_that_can_t_be_made_leaves_nothing_behind() {
    let world = World::new();
    world.start("x", &["sleep", "1000"]);
    let record =
        |code, name: &str, file: &str| world.fails(code, "msls", &["--explain", name, "--record", file]);
    fs::write(world.path("home/there"), "kept").unwrap();
    assert!(record(4, "x", "there").contains("there exists already"));
    assert_eq!(fs::read_to_string(world.path("home/there")).unwrap(), "kept");
    assert!(record(6, "x", "no/such/place").contains("no/such/place"));
    assert!(record(3, "nobody", "new").contains("nobody"));
    world.fails(2, "msls", &["--record", "new"]);
    world.fails(2, "msls", &["--explain", "x", "--json"]);
    assert!(!world.path("home/new").exists());
    // To standard output, whose reader has what it wants and goes.
    let pipe = "msls --explain x --record - | head -n 2";
    let ran = world.run("timeout", &["20", "sh", "-c", pipe]);
    assert!(ran.out.starts_with("{\"format\":1,"), "{ran:?}");
}
