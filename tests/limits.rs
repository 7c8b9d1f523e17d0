//! How many sessions there may be, what is said where there are no more, and what each uses.

use std::fs;

use crate::world::World;

#[test]
fn a_refusal_names_who_has_been_idle_longest_and_the_line_that_lets_one_more_in() {
    let world = World::with_config("[limits]\nmax_sessions = 3\n");
    world.start("old", &["sh"]);
    world.wait_for("old", "idle", |status| status["attention"] == "idle");
    world.start("new", &["sh"]);
    world.wait_for("new", "idle", |status| status["attention"] == "idle");
    world.start("asks", &["sh", "-c", "printf 'Go on? [y/n] '; read x"]);
    world.wait_for("asks", "asks", |status| status["attention"] == "asks");
    let refused = world.fails(4, "msnew", &["true"]);
    let place = world.path("config/ms/config.toml");
    for part in ["3 sessions", "old has been idle longest", "msclose old", place.to_str().unwrap()] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    // The line is one that can be copied.
    let line = refused.split("write ").nth(1).unwrap().split(" under").next().unwrap();
    fs::write(&place, format!("[limits]\n{line}\n")).unwrap();
    world.ok("msnew", &["-n", "fourth", "sleep", "1007"]);
    fs::write(&place, "[limits]\nmax_sessions = 9\nmemory = '40MiB'\n").unwrap();
    let refused = world.fails(4, "msnew", &["true"]);
    assert!(refused.contains("old has been idle longest"), "{refused}");
    let line = refused.split("write ").nth(1).unwrap().split(" under").next().unwrap();
    fs::write(&place, format!("[limits]\n{line}\n")).unwrap();
    world.ok("msnew", &["-n", "fifth", "sleep", "1007"]);
}

#[test]
fn who_is_paused_does_not_count_where_that_is_wanted() {
    let world = World::with_config("[limits]\nmax_sessions = 1\n");
    world.start("a", &["sleep", "1007"]);
    world.ok("mspause", &["a"]);
    let refused = world.fails(4, "msnew", &["true"]);
    assert!(refused.contains("a has been idle longest"), "{refused}");
    let running = "[limits]\nmax_sessions = 1\ncount = 'running'\n";
    fs::write(world.path("config/ms/config.toml"), running).unwrap();
    world.start("b", &["sleep", "1007"]);
    world.fails(4, "msnew", &["true"]);
    world.ok("mspause", &["--resume", "a"]);
    world.fails(4, "msnew", &["true"]);
}

#[test]
fn each_session_s_memory_is_told() {
    let world = World::new();
    world.start("x", &["sh", "-c", "head -c 100000 /dev/zero; echo; exec cat"]);
    world.wait_status("x", "waiting");
    let memory = world.session("x")["memory"].clone();
    assert_eq!(memory["resident"], false, "{memory}");
    for (key, least, most) in [("programs", 50 << 10, 20 << 20), ("server", 50 << 10, 20 << 20)] {
        let bytes = memory[key].as_u64().unwrap();
        assert!((least..most).contains(&bytes), "{key}: {memory}");
    }
    assert!(memory["ring"].as_u64().unwrap() > 100_000, "{memory}");
    let said = world.ok("msls", &["--format", "{memory}"]);
    assert!(said.contains("programs=") && said.contains("server="), "{said}");
    let table = world.ok("msls", &["-l"]);
    assert!(table.matches("KiB").count() + table.matches("MiB").count() >= 3, "{table}");
    world.ok("msclose", &["x"]);
    assert!(world.session("x")["memory"].is_null());
}
