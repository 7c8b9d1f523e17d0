//! The completions in real shells: a key is typed on a terminal, and the line is complete.

use std::path::Path;
use std::process::Stdio;

use crate::world::{Terminal, World, skip};

/// What is typed before Tab, and what then stands there. There are the sessions `backend` and `frontend`.
const LINES: [(&str, &str); 14] = [
    ("msclose bac", "msclose backend"),
    ("msclose backend fro", "msclose backend frontend"),
    ("msname fro", "msname frontend"),
    ("msbuf --raw bac", "msbuf --raw backend"),
    ("msbuf --cast bac", "msbuf --cast backend"),
    ("mssend bac", "mssend backend"),
    ("msls --status wai", "msls --status waiting"),
    ("msls --status active,proc", "msls --status active,processing"),
    ("msnew -t rel", "msnew -t release"),
    ("msls --expl", "msls --explain"),
    ("mswait --any fro", "mswait --any frontend"),
    ("mspause bac", "mspause backend"),
    ("msprompt --format way", "msprompt --format waybar"),
    ("msprompt init fi", "msprompt init fish"),
];

/// A shell on a terminal, with its completions read by `setup`; none if it is not installed.
fn shell(world: &World, shell: &str, args: &[&str], setup: &str) -> Option<Terminal> {
    let tried = world.command(shell).args(["-c", ":"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if tried.is_err() {
        skip(&format!("{shell} is not installed"));
        return None;
    }
    let mut terminal = world.terminal(shell, args);
    terminal.send(&format!("{setup}\r"));
    terminal.expect("ready-2");
    Some(terminal)
}

fn world() -> World {
    let world = World::with_config("[types.release]\ncommand = [\"true\"]\n");
    world.start("backend", &["cat"]);
    world.start("frontend", &["cat"]);
    world
}

fn completes(terminal: &mut Terminal) {
    for (typed, complete) in LINES {
        terminal.send(&format!("{typed}\t"));
        terminal.expect(complete);
        // Away with the line, and with what it showed.
        terminal.send("\u{15}\u{c}");
        terminal.until("an empty line", |terminal| !terminal.text().contains(complete));
    }
    terminal.send("exit\r");
    terminal.wait();
}

fn directory(shell: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(shell).display().to_string()
}

#[test]
fn bash_completes_names_words_and_options() {
    let world = world();
    let setup = format!("for f in '{}'/*; do . \"$f\"; done; echo ready-$((1+1))", directory("bash"));
    if let Some(mut terminal) = shell(&world, "bash", &["--norc", "--noprofile", "-i"], &setup) {
        completes(&mut terminal);
    }
}

#[test]
fn zsh_completes_names_words_and_options() {
    let world = world();
    let fpath = directory("zsh");
    let setup =
        format!("fpath=('{fpath}' $fpath); autoload -U compinit; compinit -D -u; echo ready-$((1+1))");
    if let Some(mut terminal) = shell(&world, "zsh", &["-f", "-i"], &setup) {
        completes(&mut terminal);
    }
}

#[test]
fn fish_completes_names_words_and_options() {
    let world = world();
    let setup = format!("set -p fish_complete_path '{}'; echo ready-(math 1+1)", directory("fish"));
    if let Some(mut terminal) = shell(&world, "fish", &["--no-config", "-i"], &setup) {
        completes(&mut terminal);
    }
}
