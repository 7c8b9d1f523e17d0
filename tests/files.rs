//! Directories that must be ours alone, long paths, and file systems without room.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use crate::world::{World, skip};

#[test]
fn a_runtime_directory_that_is_a_link_is_refused() {
    let world = World::new();
    fs::create_dir(world.path("elsewhere")).unwrap();
    symlink(world.path("elsewhere"), world.path("run")).unwrap();
    for (tool, args) in [("msnew", &["true"][..]), ("msls", &[][..])] {
        let message = world.fails(6, tool, args);
        assert!(message.contains("symbolic link"), "{message}");
        let mut slash = world.command(tool);
        slash.env("MS_RUNTIME_DIR", format!("{}/", world.path("run").display())).args(args);
        assert_eq!(slash.output().unwrap().status.code(), Some(6), "{tool}");
    }
    assert_eq!(fs::read_dir(world.path("elsewhere")).unwrap().count(), 0);
}

#[test]
fn a_runtime_directory_open_to_the_group_is_refused() {
    let world = World::new();
    fs::create_dir(world.path("run")).unwrap();
    fs::set_permissions(world.path("run"), PermissionsExt::from_mode(0o770)).unwrap();
    let message = world.fails(6, "msnew", &["true"]);
    assert!(message.contains("open to others") && message.contains("chmod 700"), "{message}");
}

#[test]
fn a_runtime_directory_of_somebody_else_is_refused() {
    let world = World::new();
    fs::create_dir(world.path("run")).unwrap();
    fs::set_permissions(world.path("run"), PermissionsExt::from_mode(0o700)).unwrap();
    if std::os::unix::fs::chown(world.path("run"), Some(12345), None).is_err() {
        skip("only root can give a directory away");
        return;
    }
    let message = world.fails(6, "msnew", &["true"]);
    assert!(message.contains("belongs to uid 12345"), "{message}");
    std::os::unix::fs::chown(world.path("run"), Some(0), None).unwrap();
}

#[test]
fn without_a_runtime_directory_one_in_tmp_is_made() {
    let world = World::new();
    let uid = nix::unistd::getuid();
    let run = |tool: &str, args: &[&str]| {
        let mut command = world.command(tool);
        command.env_remove("MS_RUNTIME_DIR").env("TMPDIR", world.path("home")).args(args);
        command.output().unwrap()
    };
    assert!(run("msnew", &["-n", "x", "cat"]).status.success());
    let made = world.path(&format!("home/ms-{uid}"));
    assert_eq!(fs::metadata(&made).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(made.join("x/lock").exists());
    assert_eq!(run("msls", &[]).stdout, b"x\n");
    assert!(run("msclose", &["x"]).status.success());
}

#[test]
fn xdg_runtime_dir_is_used_and_must_be_ours() {
    let world = World::new();
    let base = world.path("xdg");
    fs::create_dir(&base).unwrap();
    let run = |tool: &str, args: &[&str]| {
        let mut command = world.command(tool);
        command.env_remove("MS_RUNTIME_DIR").env("XDG_RUNTIME_DIR", &base).args(args);
        command.output().unwrap()
    };
    fs::set_permissions(&base, PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(run("msnew", &["true"]).status.code(), Some(6));
    fs::set_permissions(&base, PermissionsExt::from_mode(0o700)).unwrap();
    assert!(run("msnew", &["-n", "x", "cat"]).status.success());
    assert!(base.join("ms/x/session.json").exists());
    assert!(run("msclose", &["x"]).status.success());
}

#[test]
fn paths_longer_than_a_socket_s_name_work() {
    let world = World::new();
    let long = world.path(&"d".repeat(200)).join("run");
    let run = |tool: &str, args: &[&str]| {
        world.command(tool).env("MS_RUNTIME_DIR", &long).args(args).stdin(Stdio::null()).output().unwrap()
    };
    assert!(run("msnew", &["-n", "x", "cat"]).status.success());
    assert!(run("mssend", &["x", "hello", "--enter"]).status.success());
    assert!(run("msclose", &["x"]).status.success());
}

/// Runs a script in a mount namespace of its own with a small tmpfs as the runtime directory.
fn on_small_tmpfs(world: &World, size: &str, script: &str) -> Option<crate::world::Ran> {
    let run = world.path("run");
    fs::create_dir(&run).unwrap();
    let mount =
        format!("mount -t tmpfs -o size={size},mode=0700 tmpfs '{}' || exit 99\n{script}", run.display());
    let output =
        world.command("unshare").args(["-m", "sh", "-c", &mount]).stdin(Stdio::null()).output().ok()?;
    let ran = crate::world::Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    let possible = ran.code != 99 && !ran.err.contains("unshare");
    if !possible {
        skip("no file systems can be mounted here");
    }
    possible.then_some(ran)
}

#[test]
fn a_full_file_system_makes_a_shorter_ring_and_loses_nothing_newer() {
    let world = World::new();
    let script = "msnew -n x sh -c 'seq 400000; echo the-end; cat' || exit 1
        i=0; until msbuf --raw x | grep -q the-end; do i=$((i+1)); [ $i -gt 2000 ] && exit 2; sleep 0.02; done
        msbuf --raw x | tail -3; msls --format '{warning}'; msclose --force x";
    let Some(ran) = on_small_tmpfs(&world, "1m", script) else { return };
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("399999\r\n400000\r\nthe-end"), "{ran:?}");
    assert!(ran.out.contains("no room left"), "{ran:?}");
}

#[test]
fn no_room_at_all_is_an_error_that_leaves_nothing() {
    let world = World::new();
    let script = "dd if=/dev/zero of=$MS_RUNTIME_DIR/.fill bs=1k 2>/dev/null; msnew -n x cat; echo code=$?; ls $MS_RUNTIME_DIR";
    let Some(ran) = on_small_tmpfs(&world, "64k", script) else { return };
    assert!(ran.out.contains("code=6"), "{ran:?}");
    assert!(!ran.out.lines().any(|line| line == "x"), "{ran:?}");
    assert!(ran.err.contains("No space left on device"), "{ran:?}");
    world.wait_until_empty();
}

#[test]
fn an_output_that_is_cut_short_costs_what_was_in_it_and_not_the_session() {
    let world = World::new();
    world.start("whole", &["cat"]);
    world.start("cut", &["sh", "-c", "echo before; cat"]);
    world.wait_output("cut", "before");
    let output = world.session_dir("cut").join("output");
    assert!(fs::metadata(&output).unwrap().permissions().readonly(), "a slip of the shell's > must fail");
    fs::set_permissions(&output, PermissionsExt::from_mode(0o600)).unwrap();
    fs::File::options().write(true).open(&output).unwrap().set_len(0).unwrap();

    let listed = world.run("msls", &[]);
    assert_eq!((listed.code, listed.out.contains("whole")), (6, true), "{listed:?}");
    assert!(listed.err.contains("damaged"), "{listed:?}");
    world.fails(6, "msbuf", &["cut"]);

    world.ok("mssend", &["cut", "after", "--enter"]);
    let text = world.wait_for("cut", "mended output", |session| session["warning"].is_string());
    assert!(text["warning"].as_str().unwrap().contains("cut short"), "{text}");
    let read = world.wait_output("cut", "after\r\nafter");
    assert!(!read.contains("before"), "{read}");
    world.ok("msls", &[]);
    world.ok("msclose", &["cut", "whole"]);
}
