//! `msname`: one name, one session, whoever asks at once.

use std::process::Stdio;

use crate::world::World;

#[test]
fn a_renamed_session_is_the_same_session() {
    let world = World::new();
    world.start("old", &["sh", "-c", "echo hello; cat"]);
    world.wait_output("old", "hello");
    let id = world.session("old")["id"].clone();
    world.ok("msname", &["old", "new"]);
    assert_eq!(world.ok("msls", &[]), "new\n");
    assert_eq!(world.session("new")["id"], id);
    world.ok("mssend", &["new", "more", "--enter"]);
    world.wait_output("new", "more");
    assert_eq!(world.fails(3, "msname", &["old"]), "msname: old: no such session\n");
    world.ok("msclose", &["new"]);
    assert_eq!(world.session("new")["id"], id, "the history keeps the latest name");
}

#[test]
fn a_name_with_the_form_of_an_id_is_a_name() {
    let world = World::new();
    world.start("abcdefghijklmnopqrst", &["sh", "-c", "echo hello; cat"]);
    assert_eq!(world.ok("msname", &["abcdefghijklmnopqrst"]), "abcdefghijklmnopqrst\n");
    world.start("x", &["cat"]);
    let id = world.session("x")["id"].as_str().unwrap().to_owned();
    world.start(&id, &["cat"]);
    world.ok("msclose", &[&id]);
    assert_eq!(world.ok("msls", &[]), "abcdefghijklmnopqrst\nx\n", "the id of another was taken for it");
    world.ok("msname", &[&id, "y"]);
    world.ok("msclose", &["abcdefghijklmnopqrst"]);
    assert_eq!(world.ok("msbuf", &["abcdefghijklmnopqrst"]), "hello\n");
}

#[test]
fn of_two_that_want_the_same_name_one_wins() {
    let world = World::new();
    for round in 0..20 {
        let (a, b, new) = (format!("a{round}"), format!("b{round}"), format!("new{round}"));
        world.start(&a, &["cat"]);
        world.start(&b, &["cat"]);
        let rename =
            |from: &str| world.command("msname").args([from, &new]).stderr(Stdio::null()).spawn().unwrap();
        let (mut one, mut two) = (rename(&a), rename(&b));
        let mut codes = [one.wait().unwrap().code(), two.wait().unwrap().code()];
        codes.sort_unstable();
        assert_eq!(codes, [Some(0), Some(4)], "round {round}");
        assert_eq!(world.ok("msls", &[]).lines().count(), 2);
        world.ok("msclose", &["--all", "--force"]);
    }
}

#[test]
fn bad_names_change_nothing() {
    let world = World::new();
    world.start("x", &["cat"]);
    for bad in ["a/b", "..", "a b", "012345678901234567890", ""] {
        assert!(world.fails(2, "msname", &["x", bad]).contains("1 to 20 of"));
    }
    assert!(world.fails(2, "msname", &["a/b", "y"]).contains("1 to 20 of"));
    assert_eq!(world.ok("msls", &[]), "x\n");
}

#[test]
fn inside_a_session_its_own_name_is_meant() {
    let world = World::new();
    world.start("me", &["sh", "-c", "msname; cat"]);
    world.wait_output("me", "me\r\n");
    assert!(world.fails(2, "msname", &[]).contains("not inside a session"));
}

#[test]
fn names_are_made_of_text() {
    let world = World::new();
    let name = world.ok("msname", &["--generate", "Fix", "the", "login", "page"]);
    assert!(name.trim().len() <= 20 && name.contains("login"), "{name}");
    let ran = world.feed("msname", &["--generate"], b"refactor the parser please");
    assert!(ran.code == 0 && ran.out.contains("parser"), "{ran:?}");
    assert!(world.fails(2, "msname", &["--generate", "!!!"]).contains("no word"));
}
