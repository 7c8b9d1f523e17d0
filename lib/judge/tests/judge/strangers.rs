//! Processes that may not be looked into: the evidence falls back, and nothing fails.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ms_judge::{Confidence, Kind, Status};

use crate::stage::Stage;

/// Whether this test runs as root, and so could run something as somebody else; if not, it is skipped.
fn is_root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        crate::skip::skip("only root can run something as somebody else");
    }
    root
}

/// Runs this test binary's own named test as a plain user, to whom root's processes are closed.
fn as_nobody(test: &str) {
    let own = std::env::current_exe().unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let copy = dir.path().join("judge");
    std::fs::copy(own, &copy).unwrap();
    let status = std::process::Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .args(["--exact", test, "--ignored", "--nocapture"])
        .current_dir("/")
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn it_works_for_a_plain_user() {
    if is_root() && crate::has("setpriv") {
        as_nobody("strangers::plain_user");
    }
}

/// By a plain user: its own programs are looked into, and setuid ones are not.
#[test]
#[ignore = "run by it_works_for_a_plain_user"]
fn plain_user() {
    assert!(!nix::unistd::geteuid().is_root());
    let mut stage = Stage::run(&["bash", "--norc", "--noprofile"]);
    stage.waits_for(Kind::Shell);
    assert_eq!(stage.judge.verdict().confidence, Confidence::High);
    if Path::new("/usr/bin/su").exists() || Path::new("/bin/su").exists() {
        stage.send("su\r");
        stage.waits_for(Kind::Password);
        assert_eq!(stage.judge.verdict().rule, "a line is read without echo");
        assert!(says(&stage, "may not be looked into: it runs as another user"));
        stage.send("\x03");
        stage.waits_for(Kind::Shell);
    }
}

#[test]
fn a_process_that_forbids_it_is_not_looked_into_and_its_screen_is() {
    if is_root() && crate::has("setpriv") && crate::has("python3") {
        as_nobody("strangers::not_dumpable");
    }
}

/// A process that is not dumpable (prctl(2), PR_SET_DUMPABLE 4) is closed even to its own user.
#[test]
#[ignore = "run by a_process_that_forbids_it_is_not_looked_into_and_its_screen_is"]
fn not_dumpable() {
    let text =
        "import ctypes\nctypes.CDLL(None).prctl(4,0,0,0,0)\ninput('Name: ')\nimport time; time.sleep(60)";
    let mut stage = Stage::run(&["python3", "-c", text]);
    stage.shows("Name:");
    stage.reaches(Status::Waiting);
    assert_eq!(stage.judge.verdict().confidence, Confidence::Low);
    assert!(says(&stage, "may not be looked into: it does not allow it"));
    stage.send("x\r");
    stage.reaches(Status::Active);
}

fn says(stage: &Stage, text: &str) -> bool {
    stage.judge.verdict().evidence.iter().any(|sign| sign.says.contains(text))
}

/// Where `hidepid` hides another user's programs, the terminal's modes are what is left.
#[test]
fn what_proc_does_not_show_is_judged_by_the_terminal() {
    if !is_root() || !crate::has("setpriv") || !crate::has("unshare") {
        return;
    }
    let own = std::env::current_exe().unwrap();
    let mount = "mount -t proc -o hidepid=2 proc /proc || exit 77; exec \"$@\"";
    let status = std::process::Command::new("unshare")
        .args(["--mount", "sh", "-c", mount, "sh"])
        .arg(own)
        .args(["--exact", "strangers::hidden", "--ignored", "--nocapture"])
        .status()
        .unwrap();
    match status.code() {
        Some(77) => crate::skip::skip("no proc with hidepid can be mounted here"),
        code => assert_eq!(code, Some(0)),
    }
}

/// Its program becomes another user without a word to /proc.
#[test]
#[ignore = "run by what_proc_does_not_show_is_judged_by_the_terminal"]
fn hidden() {
    // Members of the group of hidepid's `gid=`, root's, see all.
    nix::unistd::setgroups(&[]).unwrap();
    nix::unistd::setegid(nix::unistd::Gid::from_raw(65534)).unwrap();
    nix::unistd::seteuid(nix::unistd::Uid::from_raw(65534)).unwrap();
    let _ = nix::sys::prctl::set_dumpable(true);
    let script = "stty -echo; printf 'Password: '; read x; stty echo; printf 'Name: '; read y; sleep 60";
    let mut stage = Stage::run(&["sh", "-c", script]);
    stage.waits_for(Kind::Password);
    stage.send("x\r");
    stage.shows("Name:");
    stage.waits_for(Kind::Line);
    assert_eq!(stage.judge.verdict().confidence, Confidence::Low);
    assert!(says(&stage, "/proc does not show it"), "{:#?}", stage.judge.verdict());
}

#[test]
fn what_ends_while_it_is_looked_at_is_no_error() {
    let script =
        "i=0; while [ $i -lt 400 ]; do sh -c 'sh -c :' & i=$((i+1)); done; wait; printf done; read x";
    let mut stage = Stage::script(script);
    while !stage.ended && !stage.screen.text().iter().any(|line| line.contains("done")) {
        let now = stage.now();
        stage.judge.note(now, ms_judge::Edge::Child);
        stage.pass(std::time::Duration::from_millis(50));
    }
    stage.reaches(Status::Waiting);
}
