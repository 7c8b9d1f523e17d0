//! `Ctrl-\ [` from where a person types: keys that come fast, signals, another size, and terminals or systems
//! without a pager.

use nix::sys::signal::Signal;

use crate::switching::{detach, has_nothing_on, is_raw, on, signal};
use crate::world::{Terminal, World, installed, skip, until};

/// A session with so much output that a pager does not show all of it, and a terminal on it.
fn paged(world: &World, environment: &[&str]) -> Terminal {
    world.start("a", &["sh", "-c", "stty -echo; seq -f 'row %g.' 200; printf end; exec cat >/dev/null"]);
    let mut words = environment.to_vec();
    words.extend(["msswitch", "a"]);
    let mut terminal = world.terminal("env", &words);
    terminal.expect("end");
    terminal
}

fn has_less() -> bool {
    let has = installed("less");
    if !has {
        skip("less is not installed");
    }
    has
}

/// Whether a process of this world has that name.
pub fn runs(world: &World, name: &str) -> bool {
    let comm = |pid: i32| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    world.processes().into_iter().any(|pid| comm(pid).trim() == name)
}

/// Leaves less. Between its end and the session the terminal is cooked for a moment, and a Ctrl-\ typed then
/// is a signal that takes along all that was typed.
fn quit(world: &World, terminal: &mut Terminal) {
    terminal.send("q");
    until("an end of the pager", || !runs(world, "less"));
    terminal.until("the session", |terminal| is_raw(terminal) && terminal.text().trim_end().ends_with("end"));
}

#[test]
fn what_is_typed_right_behind_the_key_is_the_pager_s() {
    if !has_less() {
        return;
    }
    let world = World::new();
    let mut terminal = paged(&world, &[]);
    for keys in ["\x1c[/row 45\\.\r", "\x1c/output\r/row 45\\.\r", "\x1c[/row 45\\.\r"] {
        terminal.send(keys);
        terminal.until("the row that was looked for", |terminal| terminal.text().starts_with("row 45."));
        quit(&world, &mut terminal);
    }
    // More than a person types is read at once: what cannot be given to the pager is told.
    terminal.send(&format!("{}\x1c[{}", "x".repeat(300), "y".repeat(50)));
    terminal.until("the pager", |terminal| terminal.text().starts_with("row 1.\n"));
    terminal.send("q");
    terminal.expect("50 bytes of what was typed for the pager came too fast");
    detach(&mut terminal);
}

#[test]
fn a_signal_ends_the_pager_and_gives_the_terminal_back() {
    if !has_less() {
        return;
    }
    let stubborn = "PAGER=sh -c 'trap \"\" TERM HUP; echo paging; while :; do sleep 1; done'";
    let pagers = [
        (&[][..], "row 1.", "less"),
        (&["PAGER=less -R; true"], "row 1.", "less"),
        (&[stubborn], "paging", "sleep"),
    ];
    for (pager, shows, process) in pagers {
        for which in [Signal::SIGTERM, Signal::SIGHUP] {
            let world = World::new();
            let mut terminal = paged(&world, pager);
            terminal.send("\x1c[");
            terminal.until("the pager", |terminal| terminal.text().starts_with(shows));
            until("the pager's process", || runs(&world, process));
            signal(&terminal, which);
            let status = terminal.wait();
            assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(which as i32));
            assert!(!is_raw(&terminal) && !terminal.screen().alt_screen(), "{pager:?} {which}");
            has_nothing_on(&terminal);
            until("an end of the pager", || !runs(&world, process));
        }
    }
}

#[test]
fn another_size_under_a_pager_is_there_after_it() {
    if !has_less() {
        return;
    }
    let world = World::new();
    let mut terminal = paged(&world, &[]);
    terminal.send("\x1c[");
    terminal.until("the pager", |terminal| terminal.text().ends_with("row 23.\n:"));
    terminal.resize(100, 30);
    // Told of the size before it waits for a key, less looks at it after that key: this one paints anew.
    terminal.send("r");
    let is_painted = |text: &str| text.contains("row 29.") && text.ends_with(':');
    terminal.until("the pager at that size", |terminal| is_painted(&terminal.text()));
    quit(&world, &mut terminal);
    let mut other = Terminal::start(&world, "msswitch", &["a"], 100, 30);
    other.expect("end");
    terminal.settle();
    assert_eq!(terminal.screen().state().difference(&other.screen().state()), None);
    detach(&mut other);
    detach(&mut terminal);
}

#[test]
fn where_no_pager_can_be_a_word_says_so() {
    let world = World::new();
    let mut dumb = paged(&world, &["TERM=dumb"]);
    dumb.send("\x1c[");
    dumb.expect("no pager on a terminal without TERM; msbuf a prints the output");
    detach(&mut dumb);
    // A system without less: nothing but sh is found.
    std::fs::create_dir(world.path("bin")).unwrap();
    std::os::unix::fs::symlink("/bin/sh", world.path("bin/sh")).unwrap();
    let tool = world.environment()[0].1.split(':').next().unwrap().to_owned() + "/msswitch";
    let path = format!("PATH={}", world.path("bin").display());
    let mut terminal = world.terminal("env", &[&path, &tool, "a"]);
    terminal.expect("end");
    terminal.send("\x1c[");
    terminal.expect("this pager cannot be run");
    terminal.expect("msbuf prints it");
    detach(&mut terminal);
    on(&world, "a", "end");
}
