//! `msmark`: what a program says of itself overrules what is seen, and nobody else may say it.

use std::fs;

use crate::world::World;

/// A program that marks as it is told through files, and otherwise sleeps.
fn marking(world: &World, name: &str, script: &str) {
    world.start(name, &["sh", "-c", &format!("{script}\nsleep 1000")]);
}

#[test]
fn a_mark_is_the_status_with_its_kind_and_message() {
    let world = World::new();
    marking(&world, "x", "msmark waiting -k permission -m 'run the tests?'");
    let status = world.wait_status("x", "waiting");
    assert_eq!(
        (&status["kind"], &status["message"]),
        (&"permission".into(), &"run the tests?".into()),
        "{status}"
    );
    assert_eq!(status["confidence"], "high");
    assert!(world.ok("msls", &["--explain", "x"]).contains("msmark"));
}

#[test]
fn a_mark_can_be_taken_back() {
    let world = World::new();
    nix::unistd::mkfifo(&world.path("home/gate"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    marking(&world, "x", "msmark processing; read x < gate; msmark clear");
    world.wait_status("x", "processing");
    fs::write(world.path("home/gate"), "\n").unwrap();
    world.wait_status("x", "active");
}

#[test]
fn what_a_mark_says_is_shown_safely() {
    let world = World::new();
    marking(&world, "x", "msmark waiting -m \"$(printf 'a\\033[31mb\\nc\\007')\"");
    let status = world.wait_status("x", "waiting");
    let message = status["message"].as_str().unwrap();
    assert!(!message.contains(char::is_control), "{message:?}");
}

#[test]
fn outside_a_session_and_for_unknown_words_it_is_refused() {
    let world = World::new();
    assert_eq!(world.fails(4, "msmark", &["waiting"]), "msmark: not inside a session\n");
    assert_eq!(world.ok("msmark", &["-q", "waiting"]), "");
    assert!(world.fails(2, "msmark", &["sleeping"]).contains("waiting"));
    assert!(world.fails(2, "msmark", &["waiting", "-k", "nothing"]).contains("password"));
    assert!(world.fails(2, "msmark", &["active", "-k", "line"]).contains("only with waiting"));
}

#[test]
fn a_stranger_may_not_speak_for_a_session() {
    let world = World::new();
    world.start("x", &["sleep", "1000"]);
    let id = world.session("x")["id"].as_str().unwrap().to_owned();
    let ran = world.command("msmark").env("MS_SESSION", id).arg("waiting").output().unwrap();
    assert_eq!(ran.status.code(), Some(4), "{ran:?}");
}
