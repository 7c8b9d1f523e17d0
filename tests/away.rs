//! The runtime directory that goes away and comes back, whole or in part, and what is said of its
//! sessions meanwhile: a live one is never told as lost, and its server finds its way back.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{Ran, World, poll_limit, skip, until, wait_asleep};

/// A session that echoes, its server's process and its id.
fn begin(world: &World, name: &str) -> (Pid, String) {
    world.start(name, &["sh", "-c", "stty -echo; echo before; cat"]);
    world.wait_output(name, "before");
    world.wait_status(name, "waiting");
    // Another of that name may live elsewhere.
    let session = world.read_json(name, "session.json").unwrap();
    let id = session["id"].as_str().unwrap().to_owned();
    until("recorded", || world.path("state/ms/sessions").join(&id).join("status.json").exists());
    (Pid::from_raw(session["server_pid"].as_i64().unwrap() as i32), id)
}

/// The session is there, with what it printed, and takes what is typed.
fn is_whole(world: &World, name: &str) {
    until("back", || world.ok("msls", &[]).lines().any(|line| line == name));
    world.ok("mssend", &[name, "after", "--enter"]);
    let read = world.wait_output(name, "after");
    assert!(read.starts_with("before\r\n"), "{read}");
}

fn run_in(world: &World, place: &str, tool: &str, args: &[&str]) -> Ran {
    let mut command = world.command(tool);
    command.env("MS_RUNTIME_DIR", world.path(place)).args(args).stdin(Stdio::null());
    Ran::of(command.output().unwrap())
}

fn stopped(pid: Pid) {
    kill(pid, Signal::SIGSTOP).unwrap();
    let state = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    until("stopped", || state().rsplit(')').next().unwrap().trim_start().starts_with('T'));
}

/// Its locks go later than its memory, but before it is a zombie.
fn is_dead(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_none_or(|rest| rest.is_empty() || rest.trim_start().starts_with(['Z', 'X']))
}

#[test]
fn each_file_that_is_gone_is_put_back() {
    let world = World::new();
    let (server, _) = begin(&world, "x");
    let away = world.path("away");
    for file in ["control", "session.json", "status.json", "output", "lock"] {
        let path = world.session_dir("x").join(file);
        fs::remove_file(&path).unwrap();
        until(file, || path.exists());
        is_whole(&world, "x");
        fs::rename(&path, &away).unwrap();
        until(file, || path.exists());
        is_whole(&world, "x");
    }
    // As good as gone.
    for file in ["session.json", "status.json"] {
        let path = world.session_dir("x").join(file);
        fs::write(&path, "").unwrap();
        until(file, || fs::metadata(&path).unwrap().len() > 0);
        is_whole(&world, "x");
    }
    world.wait_status("x", "waiting");
    wait_asleep(server);
    world.ok("msclose", &["x"]);
    assert!(world.ok("msbuf", &["--raw", "x"]).starts_with("before\r\nafter"));
}

#[test]
fn a_session_without_its_lock_is_not_buried() {
    let world = World::new();
    let (server, _) = begin(&world, "x");
    stopped(server);
    fs::remove_file(world.session_dir("x").join("lock")).unwrap();
    for args in [&[][..], &["--all"], &["--json"], &["--long"]] {
        let ran = world.run("msls", args);
        assert!(ran.code == 0 && ran.out.contains('x'), "{ran:?}");
    }
    assert_ne!(world.session("x")["status"], "completed");
    world.start("y", &["true"]);
    assert!(world.session_dir("x").join("output").exists());
    kill(server, Signal::SIGCONT).unwrap();
    until("mended", || world.session_dir("x").join("lock").exists());
    is_whole(&world, "x");
}

#[test]
fn away_for_long_and_back_again() {
    let world = World::new();
    let (server, _) = begin(&world, "x");
    let mut command = world.command("mswait");
    command.args(["--follow", "--json"]).stdout(Stdio::piped());
    let mut follower = command.spawn().unwrap();
    let mut told = BufReader::new(follower.stdout.take().unwrap()).lines();
    wait_asleep(follower.id());
    let _ = fs::remove_dir_all(world.path("run"));
    // Where nothing can be made: a file is in its place.
    until("a file", || {
        // The server may put its directory back in between.
        let _ = fs::remove_dir_all(world.path("run"));
        fs::write(world.path("run"), "").is_ok()
    });
    // It looks again, ever more seldom.
    until("a look that is far off", || poll_limit(server).is_some_and(|limit| limit > 500));
    kill(server, Signal::SIGUSR1).unwrap();
    let gone = world.run("msls", &["--all", "--format", "{name} {elsewhere}"]);
    assert!(gone.out.is_empty() || !gone.out.contains("lost"), "{gone:?}");
    fs::remove_file(world.path("run")).unwrap();
    let since = Instant::now();
    until("back", || world.session_dir("x").join("session.json").exists());
    assert!(since.elapsed() < Duration::from_secs(3), "it was told: {:?}", since.elapsed());
    is_whole(&world, "x");
    wait_asleep(server);
    world.ok("mssend", &["x", "--key", "C-d"]);
    let line = told.find(|line| line.as_ref().unwrap().contains("\"completed\"")).unwrap().unwrap();
    assert!(line.contains("\"code\":0"), "{line}");
    nix::sys::signal::kill(Pid::from_raw(follower.id() as i32), Signal::SIGTERM).unwrap();
    follower.wait().unwrap();
}

#[test]
fn a_base_that_is_another_one_is_moved_into() {
    let world = World::new();
    let base = world.path("xdg");
    let make = || {
        fs::create_dir(&base).unwrap();
        fs::set_permissions(&base, PermissionsExt::from_mode(0o700)).unwrap();
    };
    make();
    let run = |tool: &str, args: &[&str]| {
        let mut command = world.command(tool);
        command.env_remove("MS_RUNTIME_DIR").env("XDG_RUNTIME_DIR", &base).args(args).stdin(Stdio::null());
        Ran::of(command.output().unwrap())
    };
    assert_eq!(run("msnew", &["-n", "x", "sh", "-c", "echo before; cat"]).code, 0);
    until("printed", || run("msbuf", &["x"]).out.contains("before"));
    let record = fs::read(base.join("ms/x/session.json")).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let server = record["server_pid"].as_i64().unwrap();
    fs::rename(&base, world.path("old")).unwrap();
    until("a look that is far off", || poll_limit(server) > Some(300));
    make();
    until("moved", || run("msls", &[]).out == "x\n");
    assert!(run("msbuf", &["x"]).out.contains("before"));
    until("there once", || !world.path("old/ms/x").exists());
    assert_eq!(run("msclose", &["x"]).code, 0);
}

#[test]
fn a_relative_place_is_absolute_from_the_start() {
    let world = World::new();
    let run = |dir: &str, tool: &str, args: &[&str]| {
        let mut command = world.command(tool);
        command.current_dir(world.path(dir)).env("MS_RUNTIME_DIR", "rel/run").args(args).stdin(Stdio::null());
        Ran::of(command.output().unwrap())
    };
    let script = "echo $MS_RUNTIME_DIR; cat";
    assert_eq!(run("home", "msnew", &["-n", "x", "-C", "/", "sh", "-c", script]).code, 0);
    let place = world.path("home/rel/run").display().to_string();
    until("printed", || run("home", "msbuf", &["--raw", "x"]).out.starts_with(&place));
    let _ = fs::remove_dir_all(world.path("home/rel"));
    until("back", || run("home", "msls", &[]).out == "x\n");
    assert_eq!(run("home", "msclose", &["x"]).code, 0);
}

#[test]
fn a_session_of_another_place_is_listed_and_reached_there() {
    let world = World::new();
    let (_, id) = begin(&world, "x");
    let other = |tool: &str, args: &[&str]| run_in(&world, "other", tool, args);
    let place = world.path("run").display().to_string();
    let all = other("msls", &["--all", "--format", "{name} {status} {elsewhere} {written}"]);
    assert_eq!(all.out, format!("x waiting {place} 8\n"), "{all:?}");
    assert!(other("msls", &["--all", "--long"]).out.contains(&format!("lives in {place}")));
    assert_eq!(other("msls", &[]).out, "");
    assert_eq!(other("msbuf", &["--raw", "x"]).out, "before\r\n");
    assert_eq!(other("msbuf", &["--raw", &id]).out, "before\r\n");
    assert_eq!(other("mssend", &["x", "there", "--enter"]).code, 0);
    world.wait_output("x", "there");
    assert_eq!(other("mswait", &["--quiet", "0.1", "x"]).out, "x\n");
    assert_eq!(other("mswait", &["--text", "there", &id]).out, "x\n");
    assert_eq!(other("mswait", &["--until", "completed", "--timeout", "0.1", "x"]).code, 5);
    // Those of several places can't be waited for at once.
    assert_eq!(other("msnew", &["-n", "here", "cat"]).code, 0);
    let wait = other("mswait", &["here", "x"]);
    assert!(wait.code == 4 && wait.err.contains(&place), "{wait:?}");
    assert_eq!(other("msclose", &["here"]).code, 0);
    assert_eq!(other("msname", &["x", "y"]).code, 0);
    assert_eq!(world.ok("msls", &[]), "y\n");
    assert_eq!(other("msbuf", &["--raw", "y"]).out, "before\r\nthere\r\n");
    // A live one here comes first.
    assert_eq!(other("msnew", &["-n", "y", "cat"]).code, 0);
    assert_eq!(other("msbuf", &["--raw", "y"]).out, "");
    assert_eq!(other("msclose", &["y"]).code, 0);
    assert_eq!(world.ok("msls", &[]), "y\n");
    assert_eq!(other("msclose", &["y"]).code, 0);
    assert_eq!(world.session("y")["elsewhere"], serde_json::Value::Null);
    world.wait_until_empty();
}

#[test]
fn one_that_is_out_of_reach_is_not_lost() {
    let world = World::new();
    let (server, _) = begin(&world, "x");
    let (other, _) = begin(&world, "y");
    stopped(server);
    fs::remove_dir_all(world.session_dir("x")).unwrap();
    let session = world.session("x");
    assert_eq!(session["elsewhere"], world.path("run").display().to_string());
    assert_ne!(session["status"], "completed");
    for (tool, args) in [("msbuf", &["x"][..]), ("mssend", &["x", "a"]), ("msclose", &["x"])] {
        let message = world.fails(4, tool, args);
        assert!(message.contains("it lives"), "{message}");
    }
    kill(server, Signal::SIGCONT).unwrap();
    is_whole(&world, "x");
    assert_eq!(world.session("x")["elsewhere"], serde_json::Value::Null);
    // Another process by the same number is not it.
    let file =
        world.path("state/ms/sessions").join(world.session("y")["id"].as_str().unwrap()).join("session.json");
    stopped(other);
    fs::remove_dir_all(world.session_dir("y")).unwrap();
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    record["server_start"] = (record["server_start"].as_u64().unwrap() - 1).into();
    fs::write(&file, record.to_string()).unwrap();
    assert_eq!(world.session("y")["exit"], serde_json::json!({"lost": true}));
    kill(other, Signal::SIGCONT).unwrap();
    is_whole(&world, "y");
}

#[test]
fn force_ends_one_that_is_out_of_reach_and_keeps_what_it_printed() {
    for server_helps in [true, false] {
        let world = World::new();
        let (server, id) = begin(&world, "a");
        fs::rename(world.path("run"), world.path("gone")).unwrap();
        fs::write(world.path("run"), "").unwrap();
        if !server_helps {
            stopped(server);
        }
        assert_ne!(world.run("msclose", &["a"]).code, 0);
        world.ok("msclose", &["--force", "a"]);
        assert!(is_dead(server));
        fs::remove_file(world.path("run")).unwrap();
        let saved = world.path("state/ms/sessions").join(&id).join("status.json");
        assert!(fs::read_to_string(saved).unwrap().contains("completed"));
        assert_eq!(world.ok("msls", &["--all", "--format", "{name} {status}"]), "a completed\n");
        if server_helps {
            assert!(world.ok("msbuf", &["a"]).starts_with("before"));
        }
    }
}

#[test]
fn force_forgets_nothing_where_it_cannot_see_what_lives() {
    let world = World::new();
    let (_, id) = begin(&world, "a");
    world.ok("msclose", &["a"]);
    fs::rename(world.path("run"), world.path("gone")).unwrap();
    fs::write(world.path("run"), "").unwrap();
    let message = world.fails(6, "msclose", &["--force", "a"]);
    assert!(message.contains("run"), "{message}");
    assert!(world.path("state/ms/sessions").join(&id).join("output.zst").exists(), "its output was removed");
    fs::remove_file(world.path("run")).unwrap();
    assert!(world.ok("msbuf", &["a"]).starts_with("before"));
}

#[test]
fn a_name_that_was_taken_meanwhile_is_left_to_who_has_it() {
    let world = World::new();
    let (server, _) = begin(&world, "x");
    stopped(server);
    fs::remove_dir_all(world.session_dir("x")).unwrap();
    begin(&world, "x");
    kill(server, Signal::SIGCONT).unwrap();
    is_whole(&world, "x-2");
    assert_eq!(world.ok("msls", &[]), "x\nx-2\n");
    world.ok("msclose", &["x"]);
    world.ok("msclose", &["x-2"]);
    assert!(world.ok("msbuf", &["--raw", "x-2"]).contains("after"));
}

#[test]
fn what_a_dead_one_left_under_the_name_is_saved() {
    let world = World::new();
    let (server, _) = begin(&world, "x");
    stopped(server);
    fs::remove_dir_all(world.session_dir("x")).unwrap();
    let (dead, id) = begin(&world, "x");
    kill(dead, Signal::SIGKILL).unwrap();
    until("dead", || is_dead(dead));
    kill(server, Signal::SIGCONT).unwrap();
    until("back", || world.read_json("x", "session.json").is_some_and(|record| record["id"] != *id));
    is_whole(&world, "x");
    assert_eq!(world.ok("msls", &[]), "x\n");
    assert_eq!(world.ok("msbuf", &["--raw", &id]), "before\r\n");
}

#[test]
fn a_program_that_ends_while_its_directory_is_away_is_saved() {
    let world = World::new();
    let (server, id) = begin(&world, "x");
    let child = Pid::from_raw(world.session("x")["child_pid"].as_i64().unwrap() as i32);
    stopped(server);
    fs::remove_dir_all(world.path("run")).unwrap();
    fs::write(world.path("run"), "").unwrap();
    kill(server, Signal::SIGCONT).unwrap();
    until("it looks for its directory", || poll_limit(server).is_some_and(|limit| limit > 0));
    kill(child, Signal::SIGKILL).unwrap();
    until("ended", || is_dead(server));
    fs::remove_file(world.path("run")).unwrap();
    let session = world.session("x");
    assert_eq!(
        (&session["id"], &session["exit"]),
        (&id.into(), &serde_json::json!({"signal": 9, "core": false}))
    );
    assert_eq!(world.ok("msbuf", &["--raw", "x"]), "before\r\n");
}

#[test]
fn a_state_directory_that_was_removed_is_made_anew() {
    let world = World::new();
    begin(&world, "x");
    fs::remove_dir_all(world.path("state")).unwrap();
    world.ok("msclose", &["x"]);
    assert_eq!(world.ok("msbuf", &["--raw", "x"]), "before\r\n");
}

#[test]
fn a_healthy_server_takes_a_look_without_harm() {
    let world = World::new();
    let (server, _) = begin(&world, "x");
    for _ in 0..10 {
        kill(server, Signal::SIGUSR1).unwrap();
    }
    is_whole(&world, "x");
    wait_asleep(server);
}

/// Runs a script where file systems can be mounted; `user` gives it a user namespace too.
fn with_mounts(world: &World, user: bool, script: &str) -> Option<Ran> {
    fs::create_dir_all(world.path("run")).unwrap();
    let mount = format!(
        "on() {{ mount -t tmpfs -o mode=0700 tmpfs '{0}' || exit 99; }}; off() {{ umount -l '{0}'; }}; \
         until_() {{ i=0; until eval \"$1\"; do i=$((i+1)); [ $i -gt 2000 ] && {{ echo never $1; exit 1; }}; sleep 0.02; done; }}; \
         cd /; {script}",
        world.path("run").display()
    );
    let mut command = world.command("unshare");
    command.args(if user { &["-Urm"][..] } else { &["-m"] }).args(["sh", "-c", &mount]).stdin(Stdio::null());
    let ran = Ran::of(command.output().ok()?);
    let possible = ran.code != 99 && !ran.err.contains("unshare");
    if !possible {
        skip("no file systems can be mounted here");
    }
    possible.then_some(ran)
}

const LOGOUT: &str = "
    on; msnew -n x sh -c 'echo before; cat' || exit 2
    until_ 'msbuf --raw x | grep -q before'
    off; sleep 0.3; on
    until_ 'msls | grep -q x'
    mssend x after --enter && until_ 'msbuf --raw x | grep -q after'
    msbuf --raw x
    off; on; off; on
    until_ 'msls | grep -q x'
    msclose x || exit 3";

#[test]
fn a_directory_that_is_unmounted_lazily_and_mounted_anew() {
    let world = World::new();
    let Some(ran) = with_mounts(&world, false, LOGOUT) else { return };
    assert!(ran.code == 0 && ran.out.contains("before\r\n"), "{ran:?}");
}

#[test]
fn nothing_depends_on_inotify_alone() {
    let world = World::new();
    let script = format!(
        "
        echo 0 > /proc/sys/user/max_inotify_instances || exit 99
        {LOGOUT}
        on; msnew -n y cat || exit 4
        for f in control session.json status.json output lock; do
            rm $MS_RUNTIME_DIR/y/$f; until_ \"[ -e $MS_RUNTIME_DIR/y/$f ]\"; done
        rm -rf $MS_RUNTIME_DIR/*; until_ 'msls | grep -q y'
        pid=$(msls --format '{{server_pid}}'); mv $MS_RUNTIME_DIR/y /tmp/away-$$; sleep 0.5
        kill -USR1 $pid; until_ 'msls | grep -q y'; msclose y; rm -rf /tmp/away-$$"
    );
    let Some(ran) = with_mounts(&world, true, &script) else { return };
    assert!(ran.code == 0 && ran.out.contains("before\r\n"), "{ran:?}");
}

#[test]
fn who_looks_depends_on_inotify_no_more_than_servers_do() {
    for taken in ["max_inotify_instances", "max_inotify_watches"] {
        let world = World::new();
        let script = format!(
            "
            on; msnew -n x cat || exit 2; msnew -n y sleep 999 || exit 3
            echo 0 > /proc/sys/user/{taken} || exit 99
            mswait --timeout 9 --until waiting x || exit 4
            mswait --timeout 9 --until completed y & first=$!
            msprompt --follow > {0} & follows=$!
            until_ 'grep -q x {0}'; msnew -n later cat; until_ 'grep -q later {0}'
            msclose y; wait $first || exit 5
            kill $follows; msclose --all",
            world.path("said").display()
        );
        let Some(ran) = with_mounts(&world, true, &script) else { return };
        assert!(ran.code == 0 && ran.out.contains("y\n"), "{taken}: {ran:?}");
    }
}

#[test]
fn a_full_file_system_is_waited_for() {
    let world = World::new();
    let script = "
        on; msnew -n x sh -c 'seq 20000; echo the-end; cat' || exit 2
        until_ 'msbuf --raw x | grep -q the-end'
        off; mount -t tmpfs -o mode=0700,size=64k tmpfs $MS_RUNTIME_DIR || exit 99
        sleep 0.5; msls --all --format '{name} {elsewhere}'; msbuf x > /dev/null; echo code=$?
        mount -o remount,size=50m $MS_RUNTIME_DIR || exit 99
        until_ 'msls | grep -q x'; msbuf --raw x | tail -1; msclose x";
    let Some(ran) = with_mounts(&world, false, script) else { return };
    assert!(ran.code == 0 && ran.out.contains("code=4") && ran.out.ends_with("the-end\r\n"), "{ran:?}");
}

#[test]
fn where_the_runtime_directory_cannot_be_used_another_is() {
    let world = World::new();
    let run = |base: &Path, tool: &str, args: &[&str]| {
        let mut command = world.command(tool);
        command.env_remove("MS_RUNTIME_DIR").env("XDG_RUNTIME_DIR", base).env("TMPDIR", world.path("home"));
        Ran::of(command.args(args).stdin(Stdio::null()).output().unwrap())
    };
    let used = world.path(&format!("home/ms-{}", nix::unistd::getuid()));
    let mut bases = vec![world.path("none"), "/dev/null".into()];
    if std::os::unix::fs::chown(world.path("config"), Some(12345), None).is_ok() {
        bases.push(world.path("config"));
    }
    for base in bases {
        let ran = run(&base, "msnew", &["-n", "x", "cat"]);
        assert!(ran.code == 0 && used.join("x").exists(), "{ran:?}");
        let said = format!("msnew: XDG_RUNTIME_DIR={}: ", base.display());
        assert!(ran.err.starts_with(&said) && ran.err.lines().count() == 1, "{ran:?}");
        assert_eq!(run(&base, "msls", &[]).out, "x\n");
        assert_eq!(run(&base, "msprompt", &[]).err, "", "it stands in every prompt");
        assert_eq!(run(&base, "msclose", &["x"]).code, 0);
    }
    let _ = std::os::unix::fs::chown(world.path("config"), Some(nix::unistd::getuid().as_raw()), None);
    // What the user can mend is said, as before.
    symlink(world.path("home"), world.path("link")).unwrap();
    assert_eq!(run(&world.path("link"), "msnew", &["true"]).code, 6);
}

#[test]
fn a_terminal_stays_on_a_session_whose_directory_goes() {
    let world = World::new();
    begin(&world, "x");
    let mut terminal = world.terminal("msswitch", &["x"]);
    terminal.expect("before");
    for word in ["first", "second"] {
        let _ = fs::remove_dir_all(world.path("run"));
        // What is being removed bit by bit is mended bit by bit.
        until("back", || world.run("msls", &[]).code == 0 && world.run("msls", &[]).out == "x\n");
        terminal.send(&format!("{word}\r"));
        terminal.expect(word);
    }
    terminal.send("\x1c/rename y\r");
    until("renamed", || world.session_dir("y").exists());
    terminal.send("\x1cd");
    terminal.expect("come back with");
}

#[test]
fn permissions_that_are_wrong_for_a_while_cost_nothing() {
    let world = World::new();
    let (server, _) = begin(&world, "x");
    let mode = |mode| fs::set_permissions(world.path("run"), PermissionsExt::from_mode(mode)).unwrap();
    mode(0o755);
    world.fails(6, "msls", &[]);
    let control = world.session_dir("x").join("control");
    fs::remove_file(&control).unwrap();
    until("mended", || control.exists());
    wait_asleep(server);
    mode(0o700);
    is_whole(&world, "x");
}

#[test]
#[cfg(feature = "faults")]
fn a_fault_at_each_step_of_putting_back_is_got_over() {
    let world = World::new();
    let faults = world.path("faults");
    fs::create_dir(&faults).unwrap();
    let begin = |name: &str| {
        let script = ["-n", name, "sh", "-c", "stty -echo; echo before; cat"];
        let ran = Ran::of(world.command("msnew").env("MS_FAULTS", &faults).args(script).output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
        world.wait_output(name, "before");
        world.wait_status(name, "waiting");
        let session = world.session(name);
        let id = session["id"].as_str().unwrap().to_owned();
        until("recorded", || world.path("state/ms/sessions").join(&id).join("status.json").exists());
        (Pid::from_raw(session["server_pid"].as_i64().unwrap() as i32), id)
    };
    let steps = [
        ("back.claim", ""),
        ("back.control", ""),
        ("back.status", ""),
        ("back.output", ""),
        ("back.record", ""),
        ("mend.lock", "lock"),
        ("mend.control", "control"),
        ("mend.output", "output"),
        ("mend.status", "status.json"),
        ("mend.record", "session.json"),
    ];
    for (step, file) in steps {
        for fault in ["ENOSPC", "kill"] {
            let (server, id) = begin("x");
            let (fault_file, reached) = (faults.join(step), faults.join(format!("{step}.reached")));
            fs::write(&fault_file, fault).unwrap();
            let path = world.session_dir("x").join(file);
            if file.is_empty() {
                // All at once, so that nothing is mended in between.
                stopped(server);
                fs::remove_dir_all(&path).unwrap();
                kill(server, Signal::SIGCONT).unwrap();
            } else {
                fs::remove_file(&path).unwrap();
            }
            until(step, || reached.exists());
            if fault == "kill" {
                until("dead", || is_dead(server));
                fs::remove_file(&fault_file).unwrap();
                // What has no record any more is shown as it is; all else is recorded, and the name free.
                world.run("msls", &["--all"]);
                if !matches!(file, "session.json" | "status.json" | "output") {
                    let ended = world.session("x");
                    assert_eq!(
                        (&ended["id"], &ended["exit"]),
                        (&id.into(), &serde_json::json!({"lost": true}))
                    );
                    assert!(!world.session_dir("x").exists(), "{step}");
                }
                world.run("msclose", &["--force", "x"]);
            } else {
                let listed = world.run("msls", &["--all", "--json"]).out;
                let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
                let over = |one: &serde_json::Value| one["id"] == *id && one["status"] == "completed";
                assert!(!listed.as_array().unwrap().iter().any(over), "{step}");
                fs::remove_file(&fault_file).unwrap();
                until(step, || path.exists());
                is_whole(&world, "x");
                world.ok("msclose", &["x"]);
                assert!(world.ok("msbuf", &["--raw", "x"]).starts_with("before\r\nafter"), "{step}");
            }
            fs::remove_file(&reached).unwrap();
        }
    }
}
