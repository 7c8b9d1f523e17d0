//! Real programs, as a person uses them: started in the background, found waiting, switched to, left,
//! and found again as they were.

use std::fs;

use crate::world::{Terminal, World, installed, skip};

/// Starts a program, waits until it waits, and puts a terminal on it.
fn switched_to(world: &World, name: &str, command: &[&str]) -> Terminal {
    world.start(name, command);
    world.wait_status(name, "waiting");
    world.terminal("msswitch", &[name])
}

/// Leaves by the keys, and checks that the terminal is as it was.
fn leave(terminal: &mut Terminal, name: &str) {
    let before = nix::sys::termios::tcgetattr(terminal.slave()).unwrap().local_flags;
    assert!(!before.contains(nix::sys::termios::LocalFlags::ICANON), "raw while attached");
    terminal.send("\x1cd");
    assert!(terminal.wait().success());
    let text = terminal.text();
    assert!(text.contains(&format!("msswitch {name}")), "it says how to come back:\n{text}");
    let after = nix::sys::termios::tcgetattr(terminal.slave()).unwrap().local_flags;
    assert!(after.contains(nix::sys::termios::LocalFlags::ICANON | nix::sys::termios::LocalFlags::ECHO));
    assert!(!terminal.screen().alt_screen() && terminal.screen().cursor_visible());
    assert!(!terminal.screen().bracketed_paste());
}

#[test]
fn bash_is_left_and_found_again_as_it_was() {
    let world = World::new();
    let mut terminal = switched_to(&world, "sh", &["bash", "--norc"]);
    terminal.send("echo one two three\r");
    terminal.expect("\none two three");
    terminal.send("not finished");
    terminal.expect("$ not finished");
    leave(&mut terminal, "sh");
    let mut again = world.terminal("msswitch", &["sh"]);
    again.expect("$ not finished");
    assert!(again.text().contains("\none two three\n"), "{}", again.text());
    again.send(" yet\x15exit\r");
    assert!(again.wait().success());
    assert_eq!(world.wait_end("sh")["exit"]["code"], 0);
}

#[test]
fn python_answers_through_the_client() {
    let world = World::new();
    let mut terminal = switched_to(&world, "py", &["python3", "-q"]);
    terminal.expect(">>>");
    terminal.send("6*7\r");
    terminal.expect("\n42\n");
    leave(&mut terminal, "py");
}

#[test]
fn vim_keeps_its_screen() {
    let world = World::new();
    if !installed("vim") {
        return skip("vim is not installed");
    }
    let text: String = (1..=100).map(|n| format!("line {n} of the file\n")).collect();
    fs::write(world.path("home/file.txt"), text).unwrap();
    let mut terminal = switched_to(&world, "vi", &["vim", "-u", "NONE", "-N", "file.txt"]);
    terminal.expect("line 20 of the file");
    terminal.send("50Gzz");
    terminal.expect("line 55 of the file");
    let (before, cursor) = (terminal.text(), terminal.screen().cursor());
    assert!(terminal.screen().alt_screen());
    leave(&mut terminal, "vi");
    let mut again = world.terminal("msswitch", &["vi"]);
    again.until("the same screen", |again| again.text() == before);
    assert!(again.screen().alt_screen());
    assert_eq!(again.screen().cursor(), cursor);
    again.send(":q!\r");
    assert!(again.wait().success());
}

#[test]
fn less_keeps_its_page() {
    let world = World::new();
    if !installed("less") {
        return skip("less is not installed");
    }
    let text: String = (1..=300).map(|n| format!("row {n}\n")).collect();
    fs::write(world.path("home/long.txt"), text).unwrap();
    let mut terminal = switched_to(&world, "pager", &["less", "long.txt"]);
    terminal.expect("row 20");
    terminal.send(" ");
    terminal.expect("row 46");
    let before = terminal.text();
    leave(&mut terminal, "pager");
    let mut again = world.terminal("msswitch", &["pager"]);
    again.until("the same page", |again| again.text() == before);
    again.send("q");
    assert!(again.wait().success());
}

#[test]
fn a_password_is_asked_for_and_never_kept() {
    let world = World::new();
    world.start("pw", &["bash", "-c", "read -r -s -p 'Password: ' x; echo; echo got ${#x}; cat"]);
    let status = world.wait_status("pw", "waiting");
    assert_eq!((&status["kind"], &status["message"]), (&"password".into(), &"Password:".into()), "{status}");
    let mut terminal = world.terminal("msswitch", &["pw"]);
    terminal.expect("Password:");
    terminal.send("s3cret\r");
    terminal.expect("got 6");
    leave(&mut terminal, "pw");
    world.ok("msclose", &["pw"]);
    for file in walk(&world.path("state")).into_iter().chain(walk(&world.path("run"))) {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"s3cret"), "{}", file.display());
    }
    assert!(!world.ok("msbuf", &["--raw", "pw"]).contains("s3cret"));
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(walk(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files
}

#[test]
fn the_longest_wait_comes_first_and_none_is_a_no() {
    let world = World::new();
    assert_eq!(world.run("msswitch", &[]).code, 1);
    for name in ["first", "second"] {
        world.start(name, &["sh", "-c", &format!("printf '{name}? '; read x")]);
        world.wait_status(name, "waiting");
    }
    let mut terminal = world.terminal("msswitch", &[]);
    terminal.expect("first?");
    leave(&mut terminal, "first");
    let mut terminal = world.terminal("sh", &["-c", "msls | tail -1 | xargs msswitch"]);
    terminal.expect("second?");
    leave(&mut terminal, "second");
    let mut terminal = world.terminal("msswitch", &["-"]);
    terminal.expect("second?");
    leave(&mut terminal, "second");
}

#[test]
fn a_terminal_that_vanishes_while_attached_leaves_the_session_running() {
    let world = World::new();
    world.start("kept", &["cat"]);
    world.wait_status("kept", "waiting");
    let mut terminal = world.terminal("msswitch", &["kept"]);
    terminal.send("typed before\r");
    terminal.expect("typed before");
    drop(terminal);
    world.wait_for("kept", "in the background", |status| status["mode"] == "background");
    world.ok("mssend", &["kept", "typed after", "--enter"]);
    world.wait_output("kept", "typed after");
}

#[test]
fn what_is_not_there_is_said() {
    let world = World::new();
    assert_eq!(world.fails(3, "msswitch", &["nosuch"]), "msswitch: nosuch: no such session\n");
    assert!(world.fails(2, "msswitch", &["a/b"]).contains("1 to 20 of"));
}

#[test]
fn signals_restore_the_terminal() {
    let world = World::new();
    if !installed("less") {
        return skip("less is not installed");
    }
    let mut terminal = switched_to(&world, "vi", &["less", "/etc/passwd"]);
    terminal.expect("root");
    for signal in [nix::sys::signal::Signal::SIGTERM, nix::sys::signal::Signal::SIGHUP] {
        let mut terminal = world.terminal("msswitch", &["vi"]);
        terminal.expect("root");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(terminal.pid()), signal).unwrap();
        terminal.wait();
        let flags = nix::sys::termios::tcgetattr(terminal.slave()).unwrap().local_flags;
        assert!(flags.contains(nix::sys::termios::LocalFlags::ICANON), "{signal}");
        assert!(!terminal.screen().alt_screen(), "{signal}");
    }
    leave(&mut terminal, "vi");
}
