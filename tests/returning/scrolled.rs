//! What a terminal holds after **msswitch** has come, scrollback and screen together: each line once.

use super::script;
use super::stage::{Program, Stage};

const SIZE: (u16, u16) = (80, 24);

fn rows(numbers: std::ops::RangeInclusive<usize>) -> Vec<String> {
    numbers.map(|n| format!("row {n}")).collect()
}

fn with(mut lines: Vec<String>, more: &[&str]) -> Vec<String> {
    lines.extend(more.iter().map(ToString::to_string));
    lines
}

/// Prints rows from one number to another for each line that it reads.
const PRINTER: &str = "while read from to; do echo; seq -f 'row %g' $from $to; printf end; done";

/// A session whose program runs this script and then shows what it reads.
fn program(text: &str) -> Program {
    let command = script(&format!("stty -echo; {text}; printf end; {PRINTER}"));
    Program { name: "scrolled", command, ..Program::default() }
}

fn on_stage(text: &str, act: impl FnOnce(&Stage<'_>)) {
    let program = program(text);
    let Some(stage) = Stage::of(&program) else { return };
    stage.start();
    stage.world.wait_output("scrolled", "end");
    act(&stage);
}

#[test]
fn each_line_is_there_once() {
    on_stage("seq -f 'row %g' 60", |stage| {
        for options in ["", "--replay all", "-r --replay all"] {
            stage.holds(&stage.on_with(SIZE, options), &with(rows(1..=60), &["end"]), options);
        }
        stage.holds(&stage.on_with(SIZE, "--replay screen"), &with(rows(38..=60), &["end"]), "screen");
        // A repaint, a list and help over it leave nothing behind.
        let pane = stage.on_with(SIZE, "--replay all");
        stage.settled(&pane, "end");
        stage.press(&pane, &["C-\\", "=r"]);
        for (key, away) in [("=l", "Escape"), ("=?", "=x"), ("=/", "Escape")] {
            let before = stage.tmux.look(&pane);
            stage.press(&pane, &["C-\\", key]);
            stage.changed(&pane, &before, "");
            stage.press(&pane, &[away]);
            stage.same(&pane, &before, key);
            stage.holds(&pane, &with(rows(1..=60), &["end"]), key);
        }
    });
}

#[test]
fn what_came_under_a_list_is_there_once() {
    on_stage("seq -f 'row %g' 60", |stage| {
        let pane = stage.on_with(SIZE, "--replay all");
        stage.settled(&pane, "end");
        stage.press(&pane, &["C-\\", "=l"]);
        stage.settled(&pane, "q goes back");
        stage.world.ok("mssend", &["scrolled", "61 120", "--enter"]);
        stage.settled(&pane, "q goes back");
        stage.press(&pane, &["Escape"]);
        let all = [&with(rows(1..=60), &["end"])[..], &with(rows(61..=120), &["end"])].concat();
        stage.holds(&pane, &all, "without the list");
    });
}

#[test]
fn an_interface_that_redraws_itself_is_there_once() {
    let redraw = r#"n=0; while [ $n -lt 40 ]; do n=$((n+1));
        printf '\r\033[Jsaid %s\r\n+------+\r\n| > %-2s |\r\n+------+\033[2A\r' $n $n; done; printf '\033[3B\r'"#;
    on_stage(redraw, |stage| {
        for options in ["", "--replay all", "--replay screen"] {
            let pane = stage.on_with(SIZE, options);
            stage.settled(&pane, "| > 40");
            let held = stage.tmux.history(&pane);
            assert_eq!(
                held.iter().filter(|line| line.starts_with("+---")).count(),
                1,
                "{options}: {held:#?}"
            );
            let said = held.iter().filter(|line| line.starts_with("said ")).count();
            assert_eq!(said, if options == "--replay screen" { 21 } else { 40 }, "{options}: {held:#?}");
        }
    });
}

#[test]
fn what_the_program_erased_stays_erased() {
    for erase in [r"printf '\033[H\033[2J\033[3J'", r"printf '\033c'", "TERM=xterm clear"] {
        on_stage(&format!("seq -f 'gone %g' 60; {erase}; seq -f 'row %g' 60"), |stage| {
            for options in ["", "--replay all"] {
                stage.holds(&stage.on_with(SIZE, options), &with(rows(1..=60), &["end"]), erase);
            }
            assert!(stage.world.ok("msbuf", &["scrolled"]).contains("gone 7\n"), "msbuf keeps it");
        });
    }
}

#[test]
fn the_next_visit_brings_only_what_is_new() {
    on_stage("seq -f 'row %g' 60", |stage| {
        let pane = stage.on_with(SIZE, "");
        stage.holds(&pane, &with(rows(1..=60), &["end"]), "the first visit");
        stage.leave(pane, SIZE);
        stage.world.ok("mssend", &["scrolled", "61 120", "--enter"]);
        stage.world.wait_output("scrolled", "row 120\r\nend");
        stage.holds(&stage.on_with(SIZE, ""), &with(rows(61..=120), &["end"]), "the second");
    });
}

#[test]
fn lines_that_wrap_and_other_sizes_lose_nothing() {
    let long = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); printf 'long %s %0150d\\n' $i 0; done";
    on_stage(long, |stage| {
        for (cols, rows) in [(80, 24), (60, 20), (100, 30), (200, 50)] {
            let pane = stage.on_with((cols, rows), "--replay all");
            stage.settled(&pane, "end");
            let held = stage.tmux.history(&pane).join("");
            for n in 1..=40 {
                assert_eq!(held.matches(&format!("long {n} 000")).count(), 1, "{cols}: {n}: {held}");
            }
            assert_eq!(held.matches('0').count(), 40 * 150 + 4, "{cols}: {held}");
        }
    });
}

#[test]
fn a_full_screen_program_leaves_nothing_in_the_scrollback() {
    let alternate = r"seq -f 'row %g' 30; printf '\033[?1049h'; seq -f 'inside %g' 100; printf end";
    on_stage(alternate, |stage| {
        for options in ["", "--replay all"] {
            let pane = stage.on_with(SIZE, options);
            stage.settled(&pane, "inside 100");
            let held = stage.tmux.history(&pane);
            assert!(!held.iter().any(|line| line == "inside 50"), "{held:#?}");
        }
    });
}
