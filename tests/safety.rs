//! Who may see what, and what may stand where: secrets in command lines, controls in arguments and names of
//! files, a umask that takes everything away, things that are no files in the place of files, time limits
//! of tools whose server does not answer, numbers that no clock counts to.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use serde_json::Value;

use crate::world::{LIMIT, Ran, World, until};

/// What takes no place on a screen and does something there, and a line that would pass for ms's own.
const ODD: &str = "a\u{9b}31m\u{7f}\u{202e}\u{200b}\u{2066}\u{feff}\u{e0041}\u{1b}[31m\nmsls: forged";

fn server_pid(world: &World, name: &str) -> i32 {
    world.read_json(name, "session.json").unwrap()["server_pid"].as_i64().unwrap() as i32
}

fn command_line(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap()
}

/// Runs a command to its end, which must come within a limit that only a hang reaches.
fn within(limit: Duration, mut command: std::process::Command, what: &str) -> Ran {
    let began = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > limit {
            child.kill().unwrap();
            panic!("{what}: hangs; {:?}", Ran::of(child.wait_with_output().unwrap()));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert!(!ran.err.contains("panicked"), "{what}: {ran:?}");
    assert!(matches!(ran.code, 0..=6 | 126 | 127), "{what}: {ran:?}");
    ran
}

#[test]
fn a_server_s_command_line_is_its_name_alone_and_follows_it() {
    let world = World::new();
    world.ok("msnew", &["-e", "TOKEN=hunter2", "-n", "x", "--", "sh", "-c", "echo \"<$TOKEN>\"; cat"]);
    world.wait_output("x", "<hunter2>");
    let pid = server_pid(&world, "x");
    assert_eq!(command_line(pid), "ms: x\0");
    world.ok("msname", &["x", "another-name"]);
    until("renamed", || command_line(pid) == "ms: another-name\0");
    world.ok("msname", &["another-name", "y"]);
    until("renamed again", || command_line(pid) == "ms: y\0");
}

#[test]
fn a_name_longer_than_the_command_line_takes_nothing_from_the_server() {
    let world = World::new();
    let name = "abcdefghij0123456789";
    fs::write(world.path("config/ms/config.toml"), format!("[types.{name}]\ncommand = [\"cat\"]\n")).unwrap();
    let mut command = world.command("msnew");
    let ran = command.arg0("m").args(["-t", name]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(Ran::of(ran).out, format!("{name}\n"));
    let pid = server_pid(&world, name);
    assert_eq!(command_line(pid), format!("ms: {name}\0"));
    world.ok("msname", &[name, "b"]);
    until("renamed", || command_line(pid) == "ms: b\0");
    // The history is found by the environment.
    world.ok("msclose", &["b"]);
    assert_eq!(world.wait_end("b")["status"], "completed");
}

#[test]
fn what_is_typed_or_set_is_not_shown_while_a_tool_waits() {
    let world = World::new();
    world.start("x", &["sh", "-c", "stty -icanon -echo; echo ready; exec sleep 1000"]);
    world.wait_output("x", "ready");
    kill(Pid::from_raw(server_pid(&world, "x")), Signal::SIGSTOP).unwrap();
    let mut mssend = world.command("mssend");
    let mut child = mssend.args(["x", "hunter2"]).stdin(Stdio::null()).spawn().unwrap();
    until("hidden", || command_line(child.id() as i32) == "mssend x\0");
    child.kill().unwrap();
    child.wait().unwrap();
    kill(Pid::from_raw(server_pid(&world, "x")), Signal::SIGCONT).unwrap();
    let terminal = world.terminal("msnew", &["-s", "-n", "y", "-e", "TOKEN=hunter2", "cat"]);
    until("y runs", || world.session_dir("y").join("status.json").exists());
    let shown = |pid: &i32| command_line(*pid).contains("hunter2");
    until("hidden", || !world.processes().iter().any(shown));
    drop(terminal);
}

#[test]
fn no_output_has_controls_that_an_argument_or_a_directory_brought() {
    let world = World::new();
    let odd_dir = world.path(&format!("home/{ODD}"));
    fs::create_dir(&odd_dir).unwrap();
    let dir = odd_dir.display().to_string();
    world.ok("msnew", &["-n", "x", "-C", &dir, "--", "cat", "--", "/dev/stdin", ODD]);
    world.ok("msnew", &["-n", "old", "-C", &dir, "--", "true", ODD]);
    world.wait_end("old");
    world.wait_status("x", "waiting");

    let session = world.session("x");
    assert_eq!((&session["argv"][3], &session["cwd"]), (&Value::from(ODD), &Value::from(dir.clone())));
    let fields: String =
        ["name", "argv", "cwd", "message", "title", "type"].map(|f| format!("{{{f}}}")).concat();
    let pair = format!("no-pair{ODD}");
    let cases: &[&[&str]] = &[
        &["msls", "--json", "--all"],
        &["msls", "--long"],
        &["msls", "--all", "--long"],
        &["msls", "--format", &fields],
        &["msls", "--format", "{no\u{9b}such\nmsls: forged}"],
        &["msls", "--explain", ODD],
        &["msls", "--status", ODD],
        &["msls", ODD],
        &["msls", "--doctor"],
        &["msname", ODD],
        &["msname", "x", ODD],
        &["mssend", ODD, "y"],
        &["mssend", "x", "--key", ODD],
        &["mssend", "x", "--timeout", ODD, "y"],
        &["mswait", ODD],
        &["mswait", "x", "--until", ODD],
        &["mswait", "x", "--text", &format!("({ODD}")],
        &["mswait", "x", "--text", "a", "--since", ODD],
        &["msbuf", ODD],
        &["msbuf", "x", "--since", ODD],
        &["msbuf", "x", "--cast"],
        &["msbuf", "x", &format!("--lines={ODD}")],
        &["msclose", ODD],
        &["mspause", ODD],
        &["msmark", ODD],
        &["msmark", "waiting", "-k", ODD],
        &["msnew", "-n", ODD, "true"],
        &["msnew", "-t", ODD],
        &["msnew", "-C", ODD, "true"],
        &["msnew", "-C", &format!("/none/{ODD}"), "true"],
        &["msnew", "-e", &pair, "true"],
        &["msnew", "-b", ODD, "true"],
        &["msnew", "--again", ODD],
        &["msnew", &format!("--{ODD}")],
        &["msnew", "--", ODD],
        &["msnew", "--", &format!("/none/{ODD}")],
        &["msnew", "--", &dir],
        &["msprompt", "--format", ODD],
        &["msprompt", ODD],
        &["msgate", "-n", ODD, "true"],
        &["msgate", "-g", ODD, "true"],
        &["msgate", "--rate", ODD, "true"],
        &["msgate", ODD],
        &["msswitch", ODD],
        &["msswitch", "--replay", ODD, "x"],
    ];
    for case in cases {
        check_shown(&world.run(case[0], &case[1..]), case);
    }
    // As a person sees it.
    let mut terminal = world.terminal("msls", &["--long"]);
    terminal.wait();
    let seen = String::from_utf8_lossy(&terminal.bytes).into_owned();
    assert!(seen.contains("cat"), "{seen:?}");
    assert!(!seen.contains(['\u{9b}', '\u{7f}', '\u{202e}', '\u{200b}', '\u{feff}']), "{seen:?}");
}

#[test]
fn no_output_has_controls_that_a_file_s_name_or_its_text_brought() {
    let texts = [
        format!("[limits]\nno-{} = 1\n", "such"),
        "[limits]\nmax_sessions = \"\u{9b}31m\u{202e}\"\n".to_owned(),
        "[types.\"a\u{9b}31m\u{202e}\u{200b}\"]\nbuffer = \"1\u{9b}31m\"\n".to_owned(),
        "[prompt]\nformat = \"\u{9b}31m{x\u{202e}}\"\n".to_owned(),
        "[keys]\nprefix = \"\u{9b}31m\u{202e}\"\n".to_owned(),
        "[history]\nkeep = \"\u{9b}31m\u{202e}\"\n".to_owned(),
    ];
    for text in texts {
        let world = World::with_config(&text);
        for case in
            [&["msnew", "--check-config"][..], &["msnew", "true"], &["msprompt"], &["msls", "--doctor"]]
        {
            check_shown(&world.run(case[0], &case[1..]), case);
        }
    }
    let world = World::new();
    let odd_file = world.path(&format!("home/{ODD}"));
    fs::write(&odd_file, "").unwrap();
    for variable in ["MS_RUNTIME_DIR", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"] {
        for tool in ["msls", "msnew", "msprompt", "mswait"] {
            let mut command = world.command(tool);
            command.env(variable, &odd_file).env("TMPDIR", world.path("home"));
            match variable {
                "XDG_RUNTIME_DIR" => drop(command.env_remove("MS_RUNTIME_DIR")),
                "HOME" => drop(command.env_remove("XDG_CONFIG_HOME")),
                _ => {}
            }
            let args: &[&str] = match tool {
                "mswait" => &["-t", "10ms"],
                "msnew" => &["--", "true"],
                _ => &[],
            };
            let ran = Ran::of(command.args(args).stdin(Stdio::null()).output().unwrap());
            check_shown(&ran, &[tool, variable]);
        }
    }
}

fn check_shown(ran: &Ran, case: &[&str]) {
    assert!(!ran.err.contains("panicked"), "{case:?}: {ran:?}");
    for text in [&ran.out, &ran.err] {
        let odd = |c: &char| {
            c.is_control() && *c != '\n' && *c != '\t'
                || matches!(*c as u32, 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe0000..=0xe0fff)
        };
        assert_eq!(text.chars().find(odd), None, "{case:?}: {ran:?}");
        assert!(!text.lines().any(|line| line.starts_with("msls: forged")), "{case:?}: {ran:?}");
    }
}

#[test]
fn a_umask_decides_nothing_about_what_is_ms_s_own() {
    for umask in ["0777", "0000", "0277"] {
        let world = World::new();
        let script = format!("umask {umask}; exec msnew -n x -- sh -c 'umask; echo end; exec cat'");
        assert_eq!(world.ok("sh", &["-c", &script]), "x\n");
        let shown = world.wait_output("x", "end");
        assert!(shown.starts_with(umask), "the program has the caller's umask: {shown:?}");
        let sh = |line: &str| world.ok("sh", &["-c", &format!("umask {umask}; {line}")]);
        sh("mspause x && mspause --resume x && mssend x -e line && msname x y && msls --json");
        for top in ["run", "state"] {
            check_modes(&world.path(top), umask);
        }
        sh("msclose y");
        assert_eq!(world.wait_end("y")["status"], "completed");
        check_modes(&world.path("state"), umask);
        assert!(!sh("msbuf y").is_empty());
    }
}

/// Directories 0700, files 0600: neither more nor less.
fn check_modes(path: &Path, umask: &str) {
    let what = fs::symlink_metadata(path).unwrap();
    let mode = what.permissions().mode() & 0o7777;
    if what.is_dir() {
        assert_eq!(mode, 0o700, "{umask}: {path:?} {mode:o}");
        fs::read_dir(path).unwrap().flatten().for_each(|entry| check_modes(&entry.path(), umask));
    } else if what.is_file() {
        // The ring's writer has it open; nobody else is to write.
        let wanted = if path.ends_with("output") { 0o400 } else { 0o600 };
        assert_eq!(mode, wanted, "{umask}: {path:?} {mode:o}");
    } else if what.file_type().is_socket() {
        assert_eq!(mode & 0o677, 0o600, "{umask}: {path:?} {mode:o}");
    }
}

/// Puts something that is no file in the place of one, in one step: a server puts back what is missing.
fn put(world: &World, kind: &str, path: &Path) {
    let fresh = world.path("home/fresh");
    match kind {
        "fifo" => mkfifo(&fresh, Mode::S_IRWXU).unwrap(),
        "directory" => fs::create_dir(&fresh).unwrap(),
        "socket" => drop(UnixListener::bind(&fresh).unwrap()),
        "device" => symlink("/dev/zero", &fresh).unwrap(),
        "huge" => fs::File::create(&fresh).unwrap().set_len(1 << 40).unwrap(),
        _ => unreachable!(),
    }
    if renameat2(AT_FDCWD, &fresh, AT_FDCWD, path, RenameFlags::RENAME_EXCHANGE).is_err() {
        fs::rename(&fresh, path).unwrap();
    }
    let _ = fs::remove_file(&fresh).or_else(|_| fs::remove_dir(&fresh));
}

#[test]
fn nothing_in_the_place_of_a_file_holds_a_tool_up() {
    let kinds = ["fifo", "directory", "socket", "device", "huge"];
    std::thread::scope(|scope| {
        for kind in kinds {
            scope.spawn(move || one_kind_in_each_place(kind));
        }
    });
}

fn one_kind_in_each_place(kind: &str) {
    let files =
        ["session.json", "status.json", "output", "lock", "waits", "env", "control", ".status.json.new"];
    let world = World::new();
    let run = |what: &str, args: &[&str]| {
        let mut command = world.command(args[0]);
        command.args(&args[1..]);
        within(Duration::from_secs(20), command, &format!("{kind} for {what}: {args:?}"))
    };
    for file in files {
        world.start("x", &["cat"]);
        world.start("good", &["cat"]);
        put(&world, kind, &world.session_dir("x").join(file));
        for args in [
            &["mspause", "x"][..],
            &["mspause", "--resume", "x"],
            &["msls", "--json"],
            &["msprompt"],
            &["msbuf", "x"],
            &["mswait", "-t", "50ms", "--text", "never", "x"],
            &["mssend", "-t", "200ms", "x", "y"],
        ] {
            run(file, args);
        }
        assert!(run(file, &["msls"]).out.contains("good\n"), "{kind} for {file}: one hides the others");
        run(file, &["msclose", "--force", "x"]);
        run(file, &["msclose", "--force", "good"]);
        // What could not be ended by its name is ended here, for the next round.
        for pid in world.processes() {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = fs::remove_dir_all(world.path("run"));
    }
    for (what, path) in [
        ("config.toml", world.path("config/ms/config.toml")),
        (".lock", world.path("run/.lock")),
        (".visits", world.path("run/.visits")),
        ("a session", world.path("run/odd")),
        ("a record", world.path("state/ms/sessions/abcdefghij0123456789")),
    ] {
        if let Some(parent) = path.parent().filter(|parent| !parent.exists()) {
            fs::create_dir_all(parent).unwrap();
            fs::set_permissions(parent, PermissionsExt::from_mode(0o700)).unwrap();
        }
        put(&world, kind, &path);
        for args in [
            &["msnew", "-n", "z", "cat"][..],
            &["msls", "--all"],
            &["msprompt"],
            &["msnew", "--check-config"],
            &["msbuf", "odd"],
            &["msclose", "--all", "--force"],
        ] {
            let ran = run(what, args);
            if what == "config.toml" && args[0] == "msnew" {
                assert_eq!(ran.code, 6, "{kind}: {ran:?}");
                assert!(ran.err.contains("config.toml: "), "{ran:?}");
            }
        }
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
    }
}

#[test]
fn a_record_that_is_no_file_can_be_told_from_one() {
    let world = World::new();
    world.start("x", &["true"]);
    let id = world.wait_end("x")["id"].as_str().unwrap().to_owned();
    for file in ["session.json", "status.json", "output.zst", "waits"] {
        let path: PathBuf = world.path("state/ms/sessions").join(&id).join(file);
        let kept = fs::read(&path).ok();
        for kind in ["fifo", "directory", "device"] {
            put(&world, kind, &path);
            for args in [&["msls", "--all", "--json"][..], &["msbuf", "x"], &["msnew", "--again", "x"]] {
                let mut command = world.command(args[0]);
                command.args(&args[1..]);
                within(Duration::from_secs(20), command, &format!("{kind} for {file}: {args:?}"));
            }
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
        }
        if let Some(kept) = kept {
            fs::write(&path, kept).unwrap();
        }
    }
}

#[test]
fn a_time_limit_holds_for_the_whole_of_a_tool() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.wait_status("x", "waiting");
    let server = Pid::from_raw(server_pid(&world, "x"));
    kill(server, Signal::SIGSTOP).unwrap();
    for args in [
        &["mssend", "--timeout", "0.5", "x", "y"][..],
        &["mssend", "--timeout", "0", "x", "y"],
        &["mswait", "--timeout", "0.5", "--text", "never", "x"],
        &["mswait", "--timeout", "0.5", "--quiet", "1000", "x"],
    ] {
        let began = Instant::now();
        let ran = world.run(args[0], &args[1..]);
        assert_eq!(ran.code, 5, "{args:?}: {ran:?}");
        assert!(began.elapsed() < Duration::from_secs(3), "{args:?}: {:?}", began.elapsed());
    }
    kill(server, Signal::SIGCONT).unwrap();
}

/// Numbers, sizes and spans of time that some type cannot hold, or that are none.
const NUMBERS: [&str; 24] = [
    "0",
    "-0",
    "-1",
    "1e3",
    "1e18",
    "1e19",
    "1e308",
    "1e999",
    "nan",
    "inf",
    "-inf",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775807s",
    "18446744073709551615s",
    "18446744073709551615s 1000000000ns",
    "18446744073709551615y",
    "18446744073709551615K",
    "16777215T",
    "0.0000000000000000000000001",
    "99999-12-31T23:59:60Z",
    "\u{661}\u{662}",
];

#[test]
fn no_number_makes_a_tool_panic() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.wait_status("x", "waiting");
    for number in NUMBERS {
        for args in [
            &["mswait", "--until", "waiting,active", "x", "-t", number][..],
            &[
                "mswait",
                "--until",
                "waiting,active",
                "x",
                "--timeout",
                "18446744073709551615",
                "--quiet",
                number,
            ],
            &["mswait", "-t", "10ms", "--text", "never", "x", "--since", number],
            &["mssend", "x", "y", "-t", number],
            &["msbuf", "x", "-n", number],
            &["msbuf", "x", "-c", number],
            &["msbuf", "--raw", "x", "-c", number],
            &["msbuf", "x", "--since", number],
            &["msnew", "-n", "-", "-b", number],
        ] {
            let mut command = world.command(args[0]);
            command.args(&args[1..]);
            // That it waits for as long as it was told is no hang.
            let mut child =
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            let began = Instant::now();
            while child.try_wait().unwrap().is_none() && began.elapsed() < LIMIT / 200 {
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = child.kill();
            let ran = Ran::of(child.wait_with_output().unwrap());
            assert!(!ran.err.contains("panicked") && ran.code != 101, "{args:?}: {ran:?}");
        }
    }
}

#[test]
fn no_value_makes_the_arguments_of_any_tool_panic() {
    let values: Vec<&str> = NUMBERS.into_iter().chain(["", "-", ODD, "{", "a=b", "\\"]).collect();
    let mut seen = 0;
    for tool in ms_docs::tools::all() {
        for arg in tool.get_arguments().filter(|arg| arg.get_action().takes_values()) {
            for value in &values {
                let words = match (arg.get_long(), arg.get_short()) {
                    (Some(long), _) => vec![tool.get_name().to_owned(), format!("--{long}={value}")],
                    (_, Some(short)) => vec![tool.get_name().to_owned(), format!("-{short}{value}")],
                    _ => vec![tool.get_name().to_owned(), (*value).to_owned()],
                };
                let _ = tool.clone().try_get_matches_from(words).map_err(|error| error.to_string());
                seen += 1;
            }
        }
    }
    assert!(seen > 500, "{seen}");
}
