//! Coming back to real programs, as another terminal than our model sees it: tmux around **msswitch**.
//! What it shows, with colours, cursor and modes, is the same before leaving and after coming back, in a
//! terminal that was there all along and in one that has just come, and after another size.

mod paging;
mod scrolled;
mod stage;

use std::path::PathBuf;

use stage::{OTHER_SIZE, Program, SIZES, Stage};

use crate::world::{installed, kits, skip};

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(String::from).collect()
}

fn script(text: &str) -> Vec<String> {
    vec!["sh".into(), "-c".into(), text.into()]
}

/// The program at every size, in a world of its own each, side by side: most of it is waiting.
fn comes_back(program: Program) {
    let stages: Vec<Stage> = SIZES.iter().map_while(|_| Stage::of(&program)).collect();
    std::thread::scope(|scope| {
        let each = stages.iter().zip(SIZES).map(|(stage, size)| scope.spawn(move || stage.comes_back(size)));
        let each: Vec<_> = each.collect();
        each.into_iter().for_each(|run| run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    });
}

#[test]
fn vim() {
    comes_back(Program {
        name: "vim",
        command: words("vim -n -u NONE -N -S rc text.c"),
        ready: "line_15",
        keys: &["=/line_1", "Enter", "=5j"],
        shows: "line_12",
        more: &["=Go/* new */", "Escape", "=v3k"],
        then: "-- VISUAL",
        full_screen: true,
        ..Program::default()
    });
}

#[test]
fn less() {
    comes_back(Program {
        name: "less",
        command: words("less -N text.c"),
        ready: "line_15",
        keys: &["=/line_3", "Enter"],
        shows: "line_3",
        more: &["= "],
        then: "line_",
        full_screen: true,
        ..Program::default()
    });
}

#[test]
fn man() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("man/ms.7");
    comes_back(Program {
        name: "man",
        command: words(&format!("man -P less -l {}", page.display())),
        ready: "NAME",
        keys: &["= "],
        shows: "ms",
        more: &["=/session", "Enter"],
        then: "session",
        full_screen: true,
        ..Program::default()
    });
}

#[test]
fn nano() {
    comes_back(Program {
        name: "nano",
        command: words("nano -I -l text.c"),
        ready: "line_15",
        keys: &["=hello", "Down", "M-A", "Right", "Right"],
        shows: "hello",
        more: &["End", "=日本", "Enter", "=x"],
        then: "日",
        full_screen: true,
        ..Program::default()
    });
}

#[test]
fn mc() {
    comes_back(Program {
        name: "mc",
        command: words("mc"),
        ready: "text.c",
        keys: &["Down", "Down"],
        shows: "text.c",
        more: &["F9", "Down"],
        then: "Listing format",
        full_screen: true,
        ..Program::default()
    });
}

#[test]
fn htop() {
    comes_back(Program {
        name: "htop",
        command: words("htop -d 100"),
        ready: "Load average",
        keys: &["Down", "Down"],
        shows: "Load average",
        more: &["F2"],
        then: "Setup",
        restless: true,
        full_screen: true,
    });
}

#[test]
fn fzf() {
    comes_back(Program {
        name: "fzf",
        command: script("seq 1000 | fzf --multi --header 'pick one' --preview 'echo {}'; exec cat"),
        ready: "1000/1000",
        keys: &["=12", "Tab"],
        shows: "> 12",
        more: &["Up", "=3"],
        then: "> 123",
        ..Program::default()
    });
}

#[test]
fn python() {
    comes_back(Program {
        name: "python",
        command: words("python3 -q"),
        ready: ">>>",
        keys: &["=print('\\x1b[41;1mred\\x1b[m and \\x1b[4:3mcurly')", "Enter", "=for x in"],
        shows: "and curly",
        more: &["= range(3): print(x)", "Enter", "Enter"],
        then: "range(3)",
        ..Program::default()
    });
}

/// Colours, bold and wide characters in the prompt, a title, and a command that is half typed.
const PROMPT: &str = r"\[\e[1;38;5;208m\]\u\[\e[m\] \[\e[48;2;20;60;90m\]日本 \w\[\e[m\]\[\e]2;at \w\a\]\$ ";

#[test]
fn bash() {
    comes_back(Program {
        name: "bash",
        command: script(&format!("PS1='{PROMPT}' exec bash --norc")),
        ready: "日",
        keys: &["=ls -l --color=always /etc | head -50", "Enter", "=echo not fini"],
        shows: "not fini",
        more: &["=shed", "Enter"],
        then: "not finished",
        ..Program::default()
    });
}

#[test]
fn zsh() {
    comes_back(Program {
        name: "zsh",
        command: words("zsh -f"),
        ready: "$",
        keys: &[
            "=PS1='%B%F{red}%~%f%b ❯ ' RPS1='%K{blue}right%k'",
            "Enter",
            "=echo one",
            "Enter",
            "=echo tw",
        ],
        shows: "❯ echo tw",
        more: &["=o", "Enter"],
        then: "echo two",
        ..Program::default()
    });
}

#[test]
fn fish() {
    comes_back(Program {
        name: "fish",
        command: words("fish --no-config"),
        ready: "~",
        keys: &["=echo one", "Enter", "=echo two; nosuch"],
        shows: "two; nosuch",
        more: &["C-u", "=echo three", "Enter"],
        then: "three",
        ..Program::default()
    });
}

#[test]
fn wide_characters_marks_and_emoji() {
    comes_back(Program {
        name: "marks",
        command: script("cat marks; exec cat"),
        ready: "|",
        keys: &["=日本 é 👍x"],
        shows: "👍x",
        more: &["Enter"],
        then: "👍x",
        ..Program::default()
    });
}

const TEXTUAL: &str = r#"
from textual.app import App
from textual.widgets import Button, DataTable, Footer, Header
class Form(App):
    TITLE = "a form"
    BINDINGS = [("a", "add", "Add a row")]
    def compose(self):
        yield Header(); yield DataTable(); yield Button("Deploy 日本", variant="success"); yield Footer()
    def on_mount(self):
        table = self.query_one(DataTable); table.add_columns("name", "state"); table.cursor_type = "row"
        for n in range(100): table.add_row(f"row {n}", "waits")
        table.focus()
    def action_add(self):
        self.query_one(DataTable).add_row("a new row", "fresh")
        self.query_one(DataTable).move_cursor(row=100)
Form().run()
"#;

#[test]
fn textual() {
    let python = kits().join("venv/bin/python");
    if !kits().join("venv/bin/textual").is_file() && !python_has(&python, "textual") {
        return skip("textual is not installed (tests/detect/install.sh pip)");
    }
    comes_back(Program {
        name: "textual",
        command: vec![python.display().to_string(), "-c".into(), TEXTUAL.into()],
        ready: "row 3",
        keys: &["Down", "Down"],
        shows: "row 3",
        more: &["=a"],
        then: "a form",
        full_screen: true,
        ..Program::default()
    });
}

fn python_has(python: &PathBuf, module: &str) -> bool {
    let ran = std::process::Command::new(python).args(["-c", &format!("import {module}")]).output();
    ran.is_ok_and(|ran| ran.status.success())
}

const INK: &str = r"
import React, {useState} from 'react';
import {render, Box, Text, useInput} from 'ink';
const h = React.createElement;
function List() {
  const [at, go] = useState(0);
  useInput((input, key) => { if (key.downArrow || input === 'j') go(at + 1); });
  return h(Box, {borderStyle: 'round', flexDirection: 'column'}, ...['one', 'two 日本', 'three 👍'].map((text, n) =>
    h(Text, {key: n, color: n === at ? 'green' : undefined, bold: n === at}, (n === at ? '❯ ' : '  ') + text)));
}
render(h(List));
";

#[test]
fn ink() {
    let modules = kits().join("npm/node_modules");
    if !modules.join("ink").is_dir() || !installed("node") {
        return skip("ink is not installed (tests/detect/install.sh npm)");
    }
    // A module finds others beside itself, not by the working directory.
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("list.mjs");
    std::fs::write(&list, INK).unwrap();
    std::os::unix::fs::symlink(&modules, dir.path().join("node_modules")).unwrap();
    comes_back(Program {
        name: "ink",
        command: vec!["node".into(), list.display().to_string()],
        ready: "❯ one",
        keys: &["=j"],
        shows: "❯ two",
        more: &["Down"],
        then: "❯ three",
        ..Program::default()
    });
}

#[test]
fn the_screen_behind_a_full_screen_program_is_there_too() {
    if !installed("vim") {
        return skip("vim is not installed");
    }
    let program = Program {
        name: "behind",
        command: script(&format!("PS1='{PROMPT}' exec bash --norc")),
        ..Program::default()
    };
    let Some(stage) = Stage::of(&program) else { return };
    stage.start();
    let all_along = stage.on(SIZES[0]);
    stage.settled(&all_along, "日");
    stage.press(
        &all_along,
        &["=ls -l --color=always /etc | head -9", "Enter", "=vim -n -u NONE text.c", "Enter"],
    );
    let inside = stage.settled(&all_along, "line_15");
    let come = stage.on(SIZES[0]);
    stage.same(&come, &inside, "in vim");
    stage.press(&come, &["=:q", "Enter"]);
    let outside = stage.changed(&all_along, &inside, "vim -n");
    stage.same(&come, &outside, "behind vim");
}

#[test]
fn a_program_is_told_of_another_size_once() {
    let program = Program {
        name: "told",
        command: script(
            "trap 'n=$((n+1)); echo told-$n $(stty size)' WINCH; echo ready; while :; do read x; done",
        ),
        ..Program::default()
    };
    let Some(stage) = Stage::of(&program) else { return };
    stage.start();
    let first = stage.on(SIZES[0]);
    let seen = stage.settled(&first, "ready");
    assert!(!seen.contains("told"), "it is the size that it has:\n{seen}");
    stage.leave(first, SIZES[0]);
    for (size, told) in [(OTHER_SIZE, "told-1 31 101"), (OTHER_SIZE, "told-1"), (SIZES[1], "told-2 60 200")] {
        let pane = stage.on(size);
        let seen = stage.settled(&pane, told);
        assert!(!seen.contains(if told.starts_with("told-1") { "told-2" } else { "told-3" }), "{seen}");
        stage.leave(pane, size);
    }
}
