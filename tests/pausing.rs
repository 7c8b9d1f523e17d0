//! `mspause`: everything in a session stops and goes on as it was, whoever its parent is.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{World, installed, others_go_on, skip, until, wait_asleep};

/// The processes of a session's programs, by the id that they were given.
fn programs(world: &World, name: &str) -> Vec<i32> {
    let session = world.read_json(name, "session.json").unwrap();
    let mark = format!("MS_SESSION={}\0", session["id"].as_str().unwrap());
    let belongs = |pid: &i32| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.windows(mark.len()).any(|window| window == mark.as_bytes())
    };
    world.processes().into_iter().filter(belongs).collect()
}

/// The letter of proc_pid_stat(5); none for a process that is gone.
fn state(pid: i32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.trim_start().chars().next()
}

/// Those that do not stand still. Who waits in the kernel, as for a child to exec, stops as it comes back: the
/// signal is there already.
fn running(world: &World, name: &str) -> Vec<(i32, char)> {
    let states = programs(world, name).into_iter().filter_map(|pid| Some((pid, state(pid)?)));
    let stands = |pid, state| matches!(state, 'T' | 'Z') || (state == 'D' && is_to_stop(pid));
    states.filter(|(pid, state)| !stands(*pid, *state)).collect()
}

/// Whether SIGSTOP is pending for it: proc_pid_status(5), SigPnd and ShdPnd.
fn is_to_stop(pid: i32) -> bool {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let pending = |line: &str| {
        let mask = line.strip_prefix("SigPnd:").or_else(|| line.strip_prefix("ShdPnd:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    };
    text.lines().filter_map(pending).any(|mask| mask & (1 << (Signal::SIGSTOP as u64 - 1)) != 0)
}

fn size(world: &World, file: &str) -> u64 {
    fs::metadata(world.path("home").join(file)).map_or(0, |meta| meta.len())
}

/// Something that writes into a file as long as it runs.
const WRITER: &str = "while :; do echo >>FILE; sleep 0.01; done";

#[test]
fn everything_stops_in_whatever_group_and_goes_on() {
    let world = World::new();
    let writer = |file: &str| WRITER.replace("FILE", file);
    let script = format!(
        "({}) & setsid sh -c '{}' & (setsid sh -c '{}' &); echo ready; {}",
        writer("job"),
        writer("apart"),
        writer("orphan"),
        writer("front")
    );
    world.start("x", &["sh", "-c", &script]);
    let files = ["job", "apart", "orphan", "front"];
    until("all run", || files.iter().all(|file| size(&world, file) > 0));

    world.ok("mspause", &["x"]);
    assert_eq!(running(&world, "x"), []);
    assert_eq!(world.read_json("x", "status.json").unwrap()["status"], "paused");
    let before = files.map(|file| size(&world, file));
    // Any that still ran would write.
    others_go_on();
    assert_eq!(files.map(|file| size(&world, file)), before);

    world.ok("mspause", &["--resume", "x"]);
    until("all go on", || files.iter().zip(before).all(|(file, before)| size(&world, file) > before));
    assert_ne!(world.read_json("x", "status.json").unwrap()["status"], "paused");
    world.ok("msclose", &["--force", "x"]);
    // Those with a session of their own have left the terminal.
    for pid in world.processes() {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    world.wait_until_empty();
}

#[test]
fn programs_that_fork_all_the_time_do_not_escape() {
    let world = World::new();
    let script = "echo ready; while :; do (echo >>forks &); /bin/true & done";
    for _ in 0..5 {
        world.start("x", &["sh", "-c", script]);
        until("it forks", || size(&world, "forks") > 20);
        world.ok("mspause", &["x"]);
        assert_eq!(running(&world, "x"), []);
        let before = size(&world, "forks");
        others_go_on();
        assert_eq!(size(&world, "forks"), before);
        world.ok("msclose", &["--force", "x"]);
        world.wait_until_empty();
        fs::remove_file(world.path("home/forks")).unwrap();
    }
}

#[test]
fn paused_survives_what_other_tools_do() {
    let world = World::new();
    world.start("x", &["bash", "--norc"]);
    world.wait_status("x", "waiting");
    let server = world.session("x")["server_pid"].as_i64().unwrap();
    world.ok("mspause", &["x"]);
    world.ok("mspause", &["x"]);
    // The judge has looked at what is stopped.
    wait_asleep(server);
    world.ok("mssend", &["x", "echo typed-$((40+2))", "--enter"]);
    world.ok("msname", &["x", "y"]);
    world.ok("msbuf", &["--raw", "y"]);
    assert_eq!(world.ok("msls", &["--status", "paused"]), "y\n");
    // From then on nothing happens that it is not told of: no look of the judge is due.
    wait_asleep(server);
    assert_eq!(world.session("y")["status"], "paused");
    assert!(!world.ok("msbuf", &["--raw", "y"]).contains("typed-42"));
    world.ok("mspause", &["--resume", "y"]);
    world.wait_output("y", "typed-42");
    world.wait_status("y", "waiting");
}

#[test]
fn a_pause_too_short_to_be_seen_changes_nothing() {
    let world = World::new();
    world.start("x", &["cat"]);
    world.wait_status("x", "waiting");
    for _ in 0..5 {
        world.ok("mspause", &["x"]);
        world.ok("mspause", &["--resume", "x"]);
        world.wait_status("x", "waiting");
    }
}

const SHELLS: [&[&str]; 3] = [&["bash", "--norc", "-i"], &["zsh", "-fi"], &["fish", "--no-config", "-i"]];

#[test]
fn a_shell_s_jobs_stay_as_they_were() {
    for shell in SHELLS {
        if !installed(shell[0]) {
            skip(&format!("{} is not installed", shell[0]));
            continue;
        }
        let world = World::new();
        world.start("x", shell);
        world.wait_status("x", "waiting");
        world.ok("mssend", &["x", "sleep 1001", "--enter"]);
        until("a job runs", || sleeper(&world, "1001").is_some());
        // As Ctrl-Z does.
        let stopped = sleeper(&world, "1001").unwrap();
        kill(Pid::from_raw(stopped), Signal::SIGTSTP).unwrap();
        until("it is stopped", || state(stopped) == Some('T'));
        world.wait_status("x", "waiting");
        world.ok("mssend", &["x", "sleep 1002", "--enter"]);
        until("a second job runs", || sleeper(&world, "1002").is_some());
        let front = sleeper(&world, "1002").unwrap();

        for _ in 0..3 {
            world.ok("mspause", &["x"]);
            assert_eq!(running(&world, "x"), [], "{shell:?}");
            world.ok("mspause", &["--resume", "x"]);
            until("the job goes on", || state(front) == Some('S'));
            assert_eq!(state(stopped), Some('T'), "{shell:?}: it was stopped before");
        }
        // The shell still waits for its job: it did not see it stop.
        kill(Pid::from_raw(front), Signal::SIGTERM).unwrap();
        world.ok("mssend", &["x", "echo alive-$PWD; jobs", "--enter"]);
        let text = world.wait_output("x", "alive-/");
        let stop = |line: &&str| {
            let line = line.to_lowercase();
            line.contains("1002") && ["stopped", "suspended"].iter().any(|word| line.contains(word))
        };
        assert_eq!(text.lines().find(stop), None, "{shell:?}");
        world.ok("msclose", &["--force", "x"]);
        world.wait_until_empty();
    }
}

/// The process that sleeps so long.
fn sleeper(world: &World, seconds: &str) -> Option<i32> {
    let line = format!("sleep\0{seconds}\0");
    let is_it =
        |pid: &i32| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|text| text == line.as_bytes());
    world.processes().into_iter().find(is_it)
}

#[test]
fn a_program_that_stops_itself_is_paused() {
    let world = World::new();
    for (name, resume) in [("a", true), ("b", false)] {
        world.start(name, &["sh", "-c", "echo before; kill -STOP $$; echo woken; cat"]);
        world.wait_status(name, "paused");
        assert!(!world.ok("msbuf", &["--raw", name]).contains("woken"));
        if resume {
            world.ok("mspause", &["--resume", name]);
        } else {
            let child = world.session(name)["child_pid"].as_i64().unwrap();
            kill(Pid::from_raw(child as i32), Signal::SIGCONT).unwrap();
        }
        world.wait_output(name, "woken");
        world.wait_status(name, "waiting");
    }
    world.start("c", &["sh", "-c", "kill -STOP $$; echo woken; cat"]);
    world.wait_status("c", "paused");
    world.ok("mspause", &["c"]);
    world.ok("mspause", &["--resume", "c"]);
    world.wait_output("c", "woken");
}

#[test]
fn a_paused_session_can_end_and_leaves_nothing_stopped() {
    let world = World::new();
    let script = "setsid sleep 1003 & echo ready; cat";
    world.start("x", &["sh", "-c", script]);
    world.wait_output("x", "ready");
    until("it has begun", || sleeper(&world, "1003").is_some());
    world.ok("mspause", &["x"]);
    world.ok("msclose", &["x"]);
    assert_eq!(world.session("x")["exit"]["signal"], 1);
    let left = sleeper(&world, "1003").expect("it left the session by itself");
    until("it goes on", || state(left) == Some('S'));
    kill(Pid::from_raw(left), Signal::SIGKILL).unwrap();

    world.start("y", &["sh", "-c", script]);
    world.wait_output("y", "ready");
    until("it has begun", || sleeper(&world, "1003").is_some());
    world.ok("mspause", &["y"]);
    let child = world.session("y")["child_pid"].as_i64().unwrap();
    kill(Pid::from_raw(child as i32), Signal::SIGKILL).unwrap();
    assert_eq!(world.wait_end("y")["exit"]["signal"], 9);
    let left = sleeper(&world, "1003").unwrap();
    until("it goes on", || state(left) == Some('S'));
    kill(Pid::from_raw(left), Signal::SIGKILL).unwrap();
    world.wait_until_empty();
}

#[test]
fn a_session_started_from_a_paused_one_goes_on() {
    let world = World::new();
    world.start("outer", &["bash", "--norc"]);
    world.wait_status("outer", "waiting");
    world.ok("mssend", &["outer", "msnew -n inner cat", "--enter"]);
    until("the inner one is there", || world.session_dir("inner").join("session.json").exists());
    world.wait_status("inner", "waiting");
    world.ok("mspause", &["outer"]);
    world.ok("mssend", &["inner", "hello", "--enter"]);
    world.wait_output("inner", "hello");
}

#[test]
fn what_is_not_there_is_named_and_the_others_are_paused() {
    let world = World::new();
    world.start("build2", &["cat"]);
    world.start("other", &["cat"]);
    let message = world.fails(3, "mspause", &["build", "other"]);
    assert_eq!(message, "mspause: build: no such session (did you mean 'build2'?)\n");
    assert_eq!(world.ok("msls", &["--status", "paused"]), "other\n");
    world.fails(2, "mspause", &[]);
}

#[test]
fn the_files_say_so_when_the_tool_returns() {
    let world = World::new();
    world.start("x", &["sleep", "1000"]);
    let status = |world: &World| world.read_json("x", "status.json").unwrap()["status"].clone();
    for _ in 0..20 {
        world.ok("mspause", &["x"]);
        assert_eq!(status(&world), "paused");
        world.ok("mspause", &["--resume", "x"]);
        assert_ne!(status(&world), "paused");
    }
}
