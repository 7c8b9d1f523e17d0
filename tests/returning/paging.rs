//! `Ctrl-\ [`: a pager over the terminal, and the terminal after it.

use super::script;
use super::stage::{Program, Stage};

const SIZE: (u16, u16) = (80, 24);
/// On from what the environment has: no options of the tester's.
const SWITCH: &str = "unset LESS; msswitch --replay all paged; exec sleep 1000";

fn on_stage(act: impl FnOnce(&Stage<'_>)) {
    let text = r"stty -echo; printf '\033[31mred\033[m\n'; seq -f 'row %g' 60; printf end
                 while read n; do echo; seq -f 'late %g' $n; printf over; done";
    let program = Program { name: "paged", command: script(text), ..Program::default() };
    let Some(stage) = Stage::of(&program) else { return };
    stage.start();
    stage.world.wait_output("paged", "end");
    act(&stage);
}

#[test]
fn the_screen_comes_back_and_nothing_is_left_in_the_scrollback() {
    if !crate::world::installed("less") {
        return crate::world::skip("less is not installed");
    }
    on_stage(|stage| {
        let pane = stage.tmux.open(SIZE, SWITCH);
        let before = stage.settled(&pane, "end");
        let held = stage.tmux.history(&pane);
        for keys in [&["C-\\", "=["][..], &["C-\\", "=/", "=output", "Enter"]] {
            stage.press(&pane, keys);
            let paged = stage.changed(&pane, &before, "row 20");
            assert!(paged.lines().any(|line| line.contains("red") && line.contains(',')), "a look: {paged}");
            stage.press(&pane, &["=/row 45", "Enter"]);
            stage.changed(&pane, &paged, "row 60");
            stage.press(&pane, &["=q"]);
            stage.same(&pane, &before, "after the pager");
            assert_eq!(stage.tmux.history(&pane), held);
        }
        stage.leave(pane, SIZE);
    });
}

#[test]
fn the_program_goes_on_under_a_pager_and_what_it_wrote_is_there_once() {
    if !crate::world::installed("less") {
        return crate::world::skip("less is not installed");
    }
    on_stage(|stage| {
        let pane = stage.tmux.open(SIZE, SWITCH);
        let before = stage.settled(&pane, "end");
        let mut expected = stage.tmux.history(&pane);
        stage.press(&pane, &["C-\\", "=["]);
        stage.changed(&pane, &before, "row 20");
        stage.world.ok("mssend", &["paged", "400", "--enter"]);
        stage.world.wait_output("paged", "late 400\r\nover");
        stage.press(&pane, &["=q"]);
        expected.extend((1..=400).map(|n| format!("late {n}")));
        expected.push("over".into());
        stage.holds(&pane, &expected, "after the pager");
    });
}

#[test]
fn a_pager_that_dies_or_is_not_there_leaves_the_terminal_as_it_was() {
    on_stage(|stage| {
        let dies =
            r#"printf '\033[?1000h\033[?2004h\033[?25l\033=gone'; stty raw -echo </dev/tty; kill -9 $$"#;
        for (pager, says) in [("ms-no-such-pager", "this pager cannot be run"), (dies, "SIGKILL")] {
            std::fs::write(stage.world.path("home").join("pager"), pager).unwrap();
            let pager = if says == "SIGKILL" { "exec sh $HOME/pager" } else { pager };
            let pane = stage.tmux.open(SIZE, &format!("PAGER='{pager}'; export PAGER; {SWITCH}"));
            let before = stage.settled(&pane, "end");
            stage.press(&pane, &["C-\\", "=["]);
            stage.changed(&pane, &before, says);
            stage.press(&pane, &["C-\\", "=r"]);
            stage.same(&pane, &before, says);
            stage.leave(pane, SIZE);
        }
    });
}

#[test]
fn a_session_that_ends_under_a_pager_is_told_of_after_it() {
    on_stage(|stage| {
        let pane = stage.tmux.open(SIZE, "PAGER='sh -c \"echo paging; read line </dev/tty\"'; export PAGER; msswitch paged; exec sleep 1000");
        let before = stage.settled(&pane, "end");
        stage.press(&pane, &["C-\\", "=["]);
        stage.changed(&pane, &before, "paging");
        stage.world.ok("msclose", &["--force", "paged"]);
        let under = stage.settled(&pane, "paging");
        stage.press(&pane, &["Enter"]);
        stage.changed(&pane, &under, "paged ended");
    });
}
