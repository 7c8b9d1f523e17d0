//! `make try`: what it shows, and that it leaves nothing, however it ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::world::{LIMIT, Ran, Terminal, World};

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("try/try.sh")
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_msls")).parent().unwrap().to_path_buf()
}

/// A world whose directory for temporary files is empty.
fn world() -> World {
    let world = World::new();
    fs::create_dir(world.path("tmp")).unwrap();
    world
}

/// Processes that still know the scratch directory.
fn left_behind(world: &World) -> Vec<i32> {
    let mark = world.path("tmp/ms-try.").display().to_string().into_bytes();
    let knows = |pid: &i32| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.windows(mark.len()).any(|window| window == mark)
    };
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(knows).collect()
}

fn leaves_nothing(world: &World) {
    let deadline = Instant::now() + LIMIT;
    while let Some(pid) = left_behind(world).first() {
        assert!(Instant::now() < deadline, "process {pid} was left behind");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(fs::read_dir(world.path("tmp")).unwrap().count(), 0, "files were left behind");
    assert!(!world.path("run").exists() && !world.path("state").exists(), "it left its directory");
}

#[test]
fn without_a_terminal_it_shows_all_and_leaves_nothing() {
    let world = world();
    let mut command: Command = world.command("sh");
    command.env("TMPDIR", world.path("tmp")).arg(script()).arg(tools()).stdin(Stdio::null());
    let ran = Ran::of(command.output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    for part in ["◐   release", "⏳  primes", "·   server", "Release version 2.1 now?", "Released."] {
        assert!(ran.out.contains(part), "{part} is not in:\n{}", ran.out);
    }
    leaves_nothing(&world);
}

#[test]
fn an_interrupted_one_leaves_nothing() {
    let world = world();
    let line = format!(
        "TMPDIR='{}' exec sh '{}' '{}'",
        world.path("tmp").display(),
        script().display(),
        tools().display()
    );
    let mut terminal: Terminal = world.terminal("sh", &["-c", &line]);
    terminal.expect("◐");
    terminal.send("\u{3}");
    assert_eq!(terminal.wait().code(), Some(130));
    leaves_nothing(&world);
}
