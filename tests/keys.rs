//! The client's keys through a real terminal: every form of the prefix, wherever reads cut it, never inside a
//! paste, another prefix and none.

use crate::switching::{detach, on};
use crate::world::{Terminal, World};

/// Shows the bytes that it gets, as `od` does, after the line `ready`.
const SHOWS_BYTES: &str = "stty raw -echo; printf 'ready\\r\\n'; exec od -An -v -c -w1";

/// The same with kitty's keyboard protocol on, all of it but reports of text.
const KITTY: &str = "printf '\\033[>15u'; stty raw -echo; printf 'ready\\r\\n'; exec od -An -v -c -w1";

fn shows(world: &World, script: &str) -> Terminal {
    world.start("a", &["sh", "-c", script]);
    on(world, "a", "ready")
}

/// Waits until the program has got a key that follows; returns all that it has got.
fn got(world: &World, terminal: &mut Terminal) -> String {
    // `od` writes when its buffer is full or a line is whole: one byte a line.
    terminal.send("#");
    world.wait_output("a", "#").split("ready\r\n").nth(1).unwrap().split_whitespace().collect()
}

#[test]
fn every_form_of_the_prefix_leaves() {
    let world = World::new();
    world.start("a", &["sh", "-c", KITTY]);
    for prefix in [
        "\x1c",
        "\x1b[92;5u",
        "\x1b[92::92;5u",
        "\x1b[92:124;5u",
        "\x1b[92;69u",
        "\x1b[92;133:1u",
        "\x1b[1093::92;5:1u",
        "\x1b[27;5;92~",
    ] {
        let mut terminal = on(&world, "a", "ready");
        terminal.send(&format!("\x1b[A{prefix}d"));
        assert!(terminal.wait().success(), "{prefix:?}");
        terminal.expect("detached from a");
    }
}

#[test]
fn a_form_that_reads_cut_is_whole_again() {
    let world = World::new();
    world.start("a", &["sh", "-c", "printf '\\033[>15u'; stty raw -echo; printf ready; exec cat >/dev/null"]);
    // What is not completed within 20 ms is the program's: without a pause between, the reads are cut where
    // the kernel's buffer of 4095 bytes is.
    for filler in 4085..4095 {
        let mut terminal = on(&world, "a", "ready");
        terminal.send(&format!("{}\x1b[92;5ud", "x".repeat(filler)));
        assert!(terminal.wait().success(), "after {filler}");
    }
}

#[test]
fn releases_of_the_prefix_are_swallowed_and_all_else_passes() {
    let world = World::new();
    let mut terminal = shows(&world, KITTY);
    terminal.send("\x1b[92;5:1u\x1b[92;5:3u\x1b[114;1:1u\x1b[114;1:3u\x1b[97;1:1u\x1b[97;1:3u");
    assert_eq!(got(&world, &mut terminal), "033[97;1:1u033[97;1:3u#");
    detach(&mut terminal);
}

#[test]
fn a_paste_is_the_program_s() {
    let world = World::new();
    let mut terminal = shows(&world, SHOWS_BYTES);
    terminal.send("\x1b[200~one \x1cd two\x1b[92;5ud\x1b[201~");
    assert_eq!(got(&world, &mut terminal), "033[200~one034dtwo033[92;5ud033[201~#");
    detach(&mut terminal);
}

#[test]
fn the_prefix_twice_is_sent_once() {
    let world = World::new();
    let mut terminal = shows(&world, SHOWS_BYTES);
    terminal.send("\x1c\x1cx");
    assert_eq!(got(&world, &mut terminal), "034x#");
    detach(&mut terminal);
}

#[test]
fn another_prefix_is_the_only_one() {
    let world = World::with_config("[keys]\nprefix = \"C-a\"\n");
    let mut terminal = shows(&world, SHOWS_BYTES);
    terminal.send("\x1cd");
    assert_eq!(got(&world, &mut terminal), "034d#");
    terminal.send("\x01d");
    assert!(terminal.wait().success());
}

#[test]
fn without_a_prefix_every_key_is_the_program_s() {
    let world = World::with_config("[keys]\nprefix = \"none\"\n");
    let mut terminal = shows(&world, SHOWS_BYTES);
    terminal.send("\x1cd\x1b[92;5ud");
    assert_eq!(got(&world, &mut terminal), "034d033[92;5ud#");
}
