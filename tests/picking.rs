//! `ms-pick`: choosing a session with fzf, in bash, zsh and fish on terminals.

use crate::prompts::{BASH, FISH, Shell, ZSH, asks};
use crate::world::{World, installed, skip};

/// The key lists the sessions, those that wait first, with their screens; the one that is chosen is gone
/// to; and the line that was being typed is there when one comes back.
fn picks_and_switches(shell: &Shell) {
    let world = World::new();
    if !shell.is_installed() || !fzf_is_installed() {
        return;
    }
    let mut terminal = shell.start(&world);
    world.start("absent", &["sh", "-c", "echo nothing to do; sleep 1000"]);
    asks(&world, "build");
    world.wait_status("absent", "active");
    terminal.send("echo half");
    terminal.expect("me> echo half");
    terminal.send("\u{1b}j");
    terminal.expect("session>");
    terminal.expect("Go on?");
    let listed = terminal.text();
    let at = |text: &str| listed.lines().position(|line| line.contains(text)).unwrap();
    assert!(at("> build") > at("absent"), "the first is next to the prompt:\n{listed}");
    terminal.send("absent");
    terminal.expect("nothing to do");
    terminal.send("\u{15}");
    terminal.until("build chosen again", |terminal| terminal.text().contains("> build"));
    terminal.send("\r");
    world.wait_for("build", "a terminal on it", |status| status["mode"] == "foreground");
    terminal.settle();
    assert!(terminal.text().starts_with("Go on?"), "{}", terminal.text());
    terminal.send("\u{1c}d");
    terminal.expect("me> echo half");
    terminal.send("-done\r");
    terminal.expect("\nhalf-done");
    // Nobody is chosen: nothing happens.
    terminal.send("echo other\u{1b}j");
    terminal.expect("session>");
    terminal.send("\u{1b}");
    terminal.expect("me> echo other");
    terminal.send("-line\r");
    terminal.expect("\nother-line");
}

fn fzf_is_installed() -> bool {
    let there = installed("fzf");
    if !there {
        skip("fzf is not installed");
    }
    there
}

#[test]
fn bash_picks_and_switches() {
    picks_and_switches(&BASH);
}

#[test]
fn zsh_picks_and_switches() {
    picks_and_switches(&ZSH);
}

#[test]
fn fish_picks_and_switches() {
    picks_and_switches(&FISH);
}

/// In a session the terminal that is on it goes to the chosen one.
fn picks_in_a_session(shell: &Shell) {
    let world = World::new();
    if !shell.is_installed() || !fzf_is_installed() {
        return;
    }
    world.start("me", &[&[shell.program], shell.args].concat());
    let mut terminal = world.terminal("msswitch", &["me"]);
    shell.set_up(&mut terminal);
    asks(&world, "build");
    asks(&world, "api");
    terminal.send("ms-pick\r");
    // The session that one is in is no choice.
    terminal.expect(" 2/2");
    terminal.send("build");
    terminal.expect(" 1/2");
    terminal.send("\r");
    world.wait_for("build", "a terminal on it", |status| status["mode"] == "foreground");
    world.wait_for("me", "no terminal on it", |status| status["mode"] == "background");
}

#[test]
fn bash_picks_in_a_session() {
    picks_in_a_session(&BASH);
}

#[test]
fn zsh_picks_in_a_session() {
    picks_in_a_session(&ZSH);
}

#[test]
fn fish_picks_in_a_session() {
    picks_in_a_session(&FISH);
}

#[test]
fn without_the_key_none_is_bound() {
    let world = World::new();
    for (shell, ask) in [(&BASH, "bind -X"), (&ZSH, "bindkey '\\ej'"), (&FISH, "bind \\ej 2>/dev/null")] {
        if !shell.is_installed() {
            continue;
        }
        let keys = |option: &str| {
            let init = shell.init.replace(shell.program, &format!("{} {option}", shell.program));
            let script = format!("{init}; {ask}; true");
            let ran = world.command(shell.program).args(shell.args).arg("-c").arg(script).output().unwrap();
            String::from_utf8_lossy(&ran.stdout).into_owned()
        };
        assert!(keys("").contains("ms"), "{}: {}", shell.program, keys(""));
        assert!(!keys("--no-key").contains("ms"), "{}: {}", shell.program, keys("--no-key"));
    }
}
