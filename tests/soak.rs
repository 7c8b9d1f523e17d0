//! Eight scripts drive the tools at once, for as long as MS_SOAK_SECONDS says, against a model that knows what
//! must be true. In a binary of its own, which cargo runs alone. Each script has names of its own, so that
//! its model is exact; the lists that all of them ask for show the sessions of all. What a script does next
//! is drawn from MS_SOAK_SEED, which is printed.

#[path = "world/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what other tests use")]
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use world::{LIMIT, Ran, World};

const SCRIPTS: u64 = 8;
/// Prints each line that it is sent once, and ends at Ctrl-D.
const PROGRAM: &str = "stty -echo; echo ready; exec cat";

#[test]
fn scripts_that_run_at_once_find_what_their_model_says() {
    let seconds = number("MS_SOAK_SECONDS").unwrap_or(60);
    let seed = number("MS_SOAK_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    say(&format!("soak: {seconds} s, MS_SOAK_SEED={seed}"));
    let world = World::new().lasting(Duration::from_secs(seconds));
    let tally = Tally::default();
    let end = Instant::now() + Duration::from_secs(seconds);
    std::thread::scope(|scope| {
        for number in 0..SCRIPTS {
            let (world, tally) = (&world, &tally);
            scope.spawn(move || {
                let dice = Dice(seed.wrapping_mul(SCRIPTS) + number);
                Script { world, tally, names: names(number), dice, session: None, lines: 0 }.run(end);
            });
        }
    });
    let ran = world.run("msclose", &["--all", "--force"]);
    tally.count("close all", (ran.code == 0).then_some(()).ok_or(format!("{ran:?}")));
    world.wait_until_empty();
    tally.count("nothing left behind", nothing_left(&world));
    tally.report();
}

fn names(number: u64) -> [String; 2] {
    [format!("s{number}"), format!("renamed-{number}")]
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// On standard error as it is: the harness would keep it back.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What is left of sessions that are all over, if anything is.
fn nothing_left(world: &World) -> Result<(), String> {
    let entries = fs::read_dir(world.path("run")).map_err(|error| error.to_string())?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let rest: Vec<String> = names
        .filter(|name| !name.starts_with('.') || name.starts_with(".gone") || name.starts_with(".agent"))
        .collect();
    if rest.is_empty() { Ok(()) } else { Err(format!("left: {rest:?}")) }
}

/// Trials and failures of each kind.
#[derive(Default)]
struct Tally(Mutex<BTreeMap<&'static str, (u64, Vec<String>)>>);

impl Tally {
    fn count(&self, kind: &'static str, done: Result<(), String>) {
        let mut kinds = self.0.lock().unwrap();
        let (trials, failures) = kinds.entry(kind).or_default();
        *trials += 1;
        failures.extend(done.err());
    }

    /// Prints the table; fails if anything did.
    fn report(&self) {
        let kinds = self.0.lock().unwrap();
        say(&format!("{:<22} {:>7} {:>8}", "kind", "trials", "failures"));
        for (kind, (trials, failures)) in kinds.iter() {
            say(&format!("{kind:<22} {trials:>7} {:>8}", failures.len()));
        }
        let failures: Vec<(&str, &String)> = kinds
            .iter()
            .flat_map(|(kind, (_, all))| all.iter().take(3).map(move |text| (*kind, text)))
            .collect();
        assert!(failures.is_empty(), "{failures:#?}");
    }
}

/// Knuth's MMIX generator: the same draws for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What a script knows of its session.
#[derive(Default)]
struct Model {
    /// Which of the script's names it has.
    name: usize,
    /// Lines that `mssend` said were taken.
    sent: Vec<String>,
    paused: bool,
}

struct Script<'a> {
    world: &'a World,
    tally: &'a Tally,
    names: [String; 2],
    dice: Dice,
    session: Option<Model>,
    /// Lines that were ever sent.
    lines: u64,
}

impl Script<'_> {
    fn run(mut self, end: Instant) {
        while Instant::now() < end {
            match self.session.take() {
                None => self.create(),
                Some(model) => self.session = self.step(model),
            }
        }
        if let Some(model) = self.session.take() {
            self.close(model);
        }
    }

    fn create(&mut self) {
        let name = self.dice.roll(2) as usize;
        let ran = self.world.run("msnew", &["-n", &self.names[name], "sh", "-c", PROGRAM]);
        let wanted = format!("{}\n", self.names[name]);
        self.check("create", &ran, ran.code == 0 && ran.out == wanted);
        if ran.code == 0 {
            self.session = Some(self.begun(name));
        }
    }

    /// A session that has just been made: until it says so, it would echo what it is sent.
    fn begun(&self, name: usize) -> Model {
        self.world.wait_output(&self.names[name], "ready");
        Model { name, ..Model::default() }
    }

    /// One thing that a script does with a session; the session, unless it ended.
    fn step(&mut self, mut model: Model) -> Option<Model> {
        match self.dice.roll(16) {
            0..=4 => self.send(&mut model),
            5 | 6 => self.read(&model),
            7 => self.rename(&mut model),
            8 => self.pause(&mut model),
            9 | 10 => self.list(&model),
            11 => self.list_all(),
            12 if !model.paused => self.wait(&model),
            13 => return self.close(model),
            14 if !model.paused => return self.end(model),
            15 => return self.kill(model),
            _ => {}
        }
        Some(model)
    }

    fn name(&self, model: &Model) -> &str {
        &self.names[model.name]
    }

    fn check(&self, kind: &'static str, ran: &Ran, holds: bool) {
        self.tally.count(kind, if holds { Ok(()) } else { Err(format!("{:?}: {ran:?}", self.names)) });
    }

    fn send(&mut self, model: &mut Model) {
        self.lines += 1;
        let line = format!("line-{}", self.lines);
        let ran = self.world.run("mssend", &["-t", "30", self.name(model), &line, "--enter"]);
        self.check("send", &ran, ran.code == 0);
        if ran.code == 0 {
            model.sent.push(line);
        }
    }

    /// Each line that was taken is there once, in order; those that a stopped program has not read come later.
    fn read(&self, model: &Model) {
        if !model.paused {
            self.tally.count("read", self.settled(model));
        }
    }

    fn settled(&self, model: &Model) -> Result<(), String> {
        let deadline = Instant::now() + LIMIT / 2;
        loop {
            let ran = self.world.run("msbuf", &["--raw", self.name(model)]);
            let lines = printed(&ran);
            if ran.code == 0 && lines == model.sent {
                return Ok(());
            }
            let late = Instant::now() > deadline || ran.code != 0 || !model.sent.starts_with(&lines);
            if late {
                return Err(format!("{}: wanted {:?}: {ran:?}", self.name(model), model.sent));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn rename(&self, model: &mut Model) {
        let to = 1 - model.name;
        let ran = self.world.run("msname", &[self.name(model), &self.names[to]]);
        self.check("rename", &ran, ran.code == 0);
        if ran.code == 0 {
            model.name = to;
        }
    }

    fn pause(&self, model: &mut Model) {
        let options: &[&str] = if model.paused { &["--resume"] } else { &[] };
        let ran = self.world.run("mspause", &[options, &[self.name(model)]].concat());
        self.check("pause and resume", &ran, ran.code == 0);
        model.paused ^= ran.code == 0;
        let status = self.listed(self.name(model)).map(|session| session["status"] == "paused");
        let told = if status == Some(model.paused) { Ok(()) } else { Err(format!("{status:?}")) };
        self.tally.count("paused is told", told);
    }

    /// A session as `msls --json` has it.
    fn listed(&self, name: &str) -> Option<Value> {
        let all: Value = serde_json::from_str(&self.world.run("msls", &["--json"]).out).ok()?;
        all.as_array()?.iter().find(|session| session["name"] == name).cloned()
    }

    fn list(&self, model: &Model) {
        let ran = self.world.run("msls", &[]);
        let there = ran.out.lines().any(|name| name == self.name(model));
        self.check("list", &ran, ran.code == 0 && there && ran.err.is_empty());
    }

    fn list_all(&self) {
        let ran = self.world.run("msls", &["--all", "--json"]);
        let all: Option<Vec<Value>> = serde_json::from_str(&ran.out).ok();
        let whole = |all: &Vec<Value>| all.iter().all(|session| session["damaged"].is_null());
        self.check("list all", &ran, ran.code == 0 && all.as_ref().is_some_and(whole));
    }

    fn wait(&self, model: &Model) {
        let ran = self.world.run("mswait", &["-t", "30", "--until", "waiting", self.name(model)]);
        self.check("wait", &ran, ran.code == 0);
    }

    fn close(&self, model: Model) -> Option<Model> {
        if !model.paused {
            self.tally.count("read before the end", self.settled(&model));
        }
        let ran = self.world.run("msclose", &[self.name(&model)]);
        self.check("close", &ran, ran.code == 0);
        self.over("read after close", &model);
        None
    }

    /// Ends it by Ctrl-D; once that is told its name is free.
    fn end(&mut self, model: Model) -> Option<Model> {
        self.tally.count("read before the end", self.settled(&model));
        let name = self.name(&model).to_owned();
        let wait = ["-t", "30", "--until", "completed", &name];
        let mut waiter = self.world.command("mswait").args(wait).spawn().unwrap();
        let ran = self.world.run("mssend", &["-t", "30", &name, "--key", "C-d"]);
        self.check("end", &ran, ran.code == 0);
        let waited = waiter.wait().unwrap();
        // It may have begun to wait after the end: then there is no such session, or it is completed.
        let told = matches!(waited.code(), Some(0 | 3 | 4));
        self.tally.count("wait for the end", if told { Ok(()) } else { Err(format!("{waited}")) });
        if waited.success() {
            let ran = self.world.run("msnew", &["-n", &name, "sh", "-c", PROGRAM]);
            self.check("name is free", &ran, ran.code == 0);
            return (ran.code == 0).then(|| self.begun(model.name));
        }
        None
    }

    /// Kills its server: what was printed is kept.
    fn kill(&self, model: Model) -> Option<Model> {
        if !model.paused {
            self.tally.count("read before the end", self.settled(&model));
        }
        let Some(pid) = self.listed(self.name(&model)).and_then(|session| session["server_pid"].as_i64())
        else {
            self.tally.count("kill", Err(format!("{} is not listed", self.name(&model))));
            return Some(model);
        };
        let killed = kill(Pid::from_raw(pid as i32), Signal::SIGKILL).map_err(|errno| errno.to_string());
        self.tally.count("kill", killed);
        world::until("the server's end", || is_dead(pid));
        let ran = self.world.run("msls", &[]);
        let there = ran.out.lines().any(|name| name == self.name(&model));
        self.check("list after a kill", &ran, ran.code == 0 && !there);
        self.over("read after a kill", &model);
        None
    }

    /// What a session printed is there when it is over.
    fn over(&self, kind: &'static str, model: &Model) {
        let ran = self.world.run("msbuf", &["--raw", self.name(model)]);
        let whole = model.paused && model.sent.starts_with(&printed(&ran)) || printed(&ran) == model.sent;
        self.check(kind, &ran, ran.code == 0 && whole);
    }
}

/// Its locks go later than its memory, but before it is a zombie.
fn is_dead(pid: i64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_none_or(|rest| rest.is_empty() || rest.trim_start().starts_with(['Z', 'X']))
}

/// The numbered lines among what a session printed.
fn printed(ran: &Ran) -> Vec<String> {
    ran.out.lines().filter(|line| line.starts_with("line-")).map(str::to_owned).collect()
}
