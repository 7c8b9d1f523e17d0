//! `msnew`: programs that run, that cannot, and what they find when they do.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::world::{Ran, World};

#[test]
fn a_shell_runs_in_the_background_and_waits() {
    let world = World::new();
    world.start("a", &["bash", "--norc"]);
    let status = world.wait_status("a", "waiting");
    assert_eq!(status["mode"], "background");
    assert_eq!(world.ok("msls", &[]), "a\n");
}

#[test]
fn a_missing_command_is_127_and_leaves_nothing() {
    let world = World::new();
    let message = world.fails(127, "msnew", &["-n", "x", "no-such-program"]);
    assert_eq!(message, "msnew: no-such-program: command not found\n");
    assert_nothing_left(&world);
}

#[test]
fn a_command_without_permission_is_126_and_leaves_nothing() {
    let world = World::new();
    let file = world.path("home/data");
    fs::write(&file, "no program").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let message = world.fails(126, "msnew", &["-n", "x", file.to_str().unwrap()]);
    assert!(message.contains("Permission denied"), "{message}");
    assert_nothing_left(&world);
}

fn assert_nothing_left(world: &World) {
    let names: Vec<_> =
        fs::read_dir(world.path("run")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names, [".lock"]);
    assert_eq!(fs::read_dir(world.path("state/ms/sessions")).unwrap().count(), 0);
    world.wait_until_empty();
}

#[test]
fn names_that_break_the_rule_are_wrong_use_and_make_nothing() {
    let world = World::new();
    for name in ["a/b", "..", "a b", "a\u{1b}b", "012345678901234567890", "", "-x"] {
        let message = world.fails(2, "msnew", &["-n", name, "true"]);
        assert!(message.contains("1 to 20 of"), "{name}: {message}");
    }
    assert!(!world.path("run").exists());
}

#[test]
fn wrong_arguments_are_refused_in_the_tool_s_name() {
    let world = World::new();
    let binaries = std::fs::read_dir("bins").unwrap().flatten();
    let tools = binaries.map(|file| file.path().file_stem().unwrap().to_str().unwrap().to_owned());
    for tool in tools {
        let tool = tool.as_str();
        let message = world.fails(2, tool, &["--no-such-option"]);
        assert!(message.starts_with(&format!("{tool}: ")), "{message}");
    }
}

#[test]
fn a_taken_name_is_refused() {
    let world = World::new();
    world.start("a", &["cat"]);
    let message = world.fails(4, "msnew", &["-n", "a", "cat"]);
    assert!(message.contains("taken"), "{message}");
    assert_eq!(world.ok("msls", &[]), "a\n");
}

#[test]
fn names_that_nobody_chose_get_numbers() {
    let world = World::new();
    assert_eq!(world.ok("msnew", &["cat"]), "cat-home\n");
    assert_eq!(world.ok("msnew", &["cat"]), "cat-home-2\n");
    assert_eq!(world.ok("msnew", &["cat"]), "cat-home-3\n");
}

#[test]
fn buffers_out_of_bounds_are_wrong_use() {
    let world = World::new();
    for size in ["0", "1TB", "many", "-1", "4095"] {
        let message = world.fails(2, "msnew", &[&format!("--buffer={size}"), "true"]);
        assert!(message.contains("4KiB to 1GiB") || message.contains("a size is"), "{size}: {message}");
    }
}

#[test]
fn the_program_finds_a_terminal_its_session_and_a_clean_slate() {
    let world = World::new();
    let script = r#"
        test -t 0 && test -t 1 && test -t 2 && echo tty-ok
        echo "session=$MS_SESSION dir=$PWD extra=$EXTRA"
        exec 3>&1; ls /proc/self/fd | tr '\n' ' '; echo
        yes | head -1
        grep -E 'SigIgn|SigBlk' /proc/self/status | tr -d '\n'; echo
        stty size; sleep 0.01; ps -o tty= -p $$; echo end
    "#;
    let ran = world.run("msnew", &["-n", "x", "-e", "EXTRA=a=b", "-C", "/", "sh", "-c", script]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let session = world.wait_end("x");
    let text = world.ok("msbuf", &["--raw", "x"]);
    assert!(text.contains("tty-ok"), "{text}");
    assert!(text.contains(&format!("session={} dir=/ extra=a=b", session["id"].as_str().unwrap())), "{text}");
    assert!(text.contains("0 1 2 3 4"), "only the standard descriptors are inherited: {text}");
    assert!(text.contains("\ny\r\n"), "SIGPIPE must end yes: {text}");
    assert!(text.contains("SigBlk:\t0000000000000000"), "{text}");
    let ignored = text.split("SigIgn:\t").nth(1).unwrap();
    // Signals 32 and 33 are glibc's own: posix_spawn(3), which started msnew, ignores them.
    assert_eq!(u64::from_str_radix(&ignored[..16], 16).unwrap() & !0x1_8000_0000, 0, "{text}");
    assert!(text.contains("24 80"), "{text}");
    assert!(text.contains("pts/"), "{text}");
}

#[test]
fn a_missing_directory_is_named() {
    let world = World::new();
    let message = world.fails(6, "msnew", &["-C", "/no/such/place", "true"]);
    assert!(message.contains("/no/such/place: No such file or directory"), "{message}");
}

#[test]
fn a_malformed_variable_is_wrong_use() {
    let world = World::new();
    assert!(world.fails(2, "msnew", &["-e", "=x", "true"]).contains("KEY=VALUE"));
}

#[test]
fn types_come_from_the_configuration() {
    let world = World::with_config(
        "[types.job]\ncommand = [\"sh\", \"-c\", \"echo $WORD; cat\"]\ndirectory = \"/\"\nenv = { WORD = \"preset\" }\nbuffer = \"64K\"\n",
    );
    assert_eq!(world.ok("msnew", &["-t", "job"]), "job\n");
    world.wait_output("job", "preset");
    let session = world.session("job");
    assert_eq!((session["type"].as_str(), session["buffer"].as_u64()), (Some("job"), Some(65536)));
    let message = world.fails(2, "msnew", &["-t", "jab"]);
    assert!(message.contains("did you mean 'job'"), "{message}");
}

#[test]
fn what_stands_behind_a_type_is_added_to_its_command() {
    let world =
        World::with_config("[types.say]\ncommand = [\"echo\", \"one\"]\n[types.none]\ndirectory = \"/\"\n");
    world.ok("msnew", &["-n", "a", "-t", "say", "--", "--two", "three four"]);
    world.wait_end("a");
    assert_eq!(world.ok("msbuf", &["a"]), "one --two three four\n");
    world.ok("msnew", &["-n", "b", "-t", "none", "pwd"]);
    world.wait_end("b");
    assert_eq!(world.ok("msbuf", &["b"]), "/\n");
}

#[test]
fn a_broken_configuration_is_named_with_its_line() {
    let world = World::with_config("[limits]\nmax_session = 2\n");
    let message = world.fails(2, "msnew", &["--check-config"]);
    assert!(message.contains("line 2") && message.contains("max_session"), "{message}");
    assert_eq!(World::new().ok("msnew", &["--check-config"]), "");
}

#[test]
fn a_configuration_is_checked_whole() {
    for (text, place) in [
        ("[limits]\nbuffer = \"1TB\"\n", "limits.buffer"),
        ("[limits]\nmax_sessions = 0\n", "limits.max_sessions"),
        ("[types.x]\nbuffer = \"1\"\n", "types.\"x\".buffer"),
        ("[types.x]\ncommand = []\n", "types.\"x\".command"),
        ("[types.\"bad name\"]\ncommand = [\"x\"]\n", "types.\"bad name\""),
        ("[keys]\nprefix = \"bogus\"\n", "prefix"),
        ("[prompt]\nformat = \"{wating}\"\n", "{wating}"),
        ("[prompt]\nformat = \"{waiting\"\n", "prompt.format"),
    ] {
        let message = World::with_config(text).fails(2, "msnew", &["--check-config"]);
        assert!(message.contains(place), "{text}: {message}");
    }
}

#[test]
fn where_there_is_no_terminal_to_go_with_nothing_is_started() {
    let world = World::new();
    let ran = Ran::of(world.command("setsid").args(["-w", "msnew", "-s", "cat"]).output().unwrap());
    assert!(ran.code == 4 && ran.err.contains("no terminal"), "{ran:?}");
    assert_eq!(world.ok("msls", &[]), "");
}

#[test]
fn ten_at_once_make_ten_and_the_eleventh_is_refused_with_advice() {
    let world = World::with_config("");
    let starts: Vec<_> = (0..14)
        .map(|_| world.command("msnew").args(["cat"]).stderr(std::process::Stdio::piped()).spawn().unwrap())
        .collect();
    let ended: Vec<_> = starts.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let codes = |code| ended.iter().filter(|output| output.status.code() == Some(code)).count();
    assert_eq!((codes(0), codes(4)), (10, 4));
    let refusal = ended.iter().find(|output| output.status.code() == Some(4)).unwrap();
    assert!(String::from_utf8_lossy(&refusal.stderr).contains("msclose"), "advice");
    assert_eq!(world.ok("msls", &[]).lines().count(), 10);
}

#[test]
fn a_completed_command_can_be_started_again() {
    let world = World::new();
    world.start("once", &["sh", "-c", "echo ran; exit 3"]);
    assert_eq!(world.wait_end("once")["exit"]["code"], 3);
    assert_eq!(world.ok("msnew", &["--again", "once"]), "once\n");
    world.wait_end("once");
    assert_eq!(world.ok("msls", &["--all", "--format", "{name} {exit}"]), "once code=3\nonce code=3\n");
    assert!(world.fails(3, "msnew", &["--again", "never"]).contains("no such session"));
}
