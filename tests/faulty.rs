//! Each named step of a session's life (`lib/session/src/store/faults.rs`) killed, and failed as the kernel may fail it:
//! no output is lost, nothing half made stays, lists work, and the name can be used. What is put back is
//! `away`'s.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{Ran, World, until};

const FAULTS: [&str; 4] = ["kill", "ENOSPC", "EMFILE", "EIO"];
/// How many trials go on at a time.
const BESIDE: usize = 4;

/// What is done while a step fails.
#[derive(Clone, Copy, Debug)]
enum Act {
    Create,
    Begin,
    Status,
    Pause,
    Resume,
    Rename,
    End,
    Finalize,
    Forget,
}

const STEPS: [(Act, &[&str]); 9] = [
    (
        Act::Create,
        &[
            "create.claim",
            "create.lock",
            "create.fork",
            "create.output",
            "create.record",
            "create.exec",
            "create.status",
        ],
    ),
    (Act::Begin, &["begin.record", "begin.status"]),
    (Act::Status, &["status.write"]),
    (Act::Pause, &["pause.stop"]),
    (Act::Resume, &["pause.resume"]),
    (Act::Rename, &["rename.move", "rename.record"]),
    (
        Act::End,
        &[
            "save.record",
            "save.waits",
            "save.output",
            "save.unseen",
            "save.status",
            "remove.hide",
            "end.tell",
            "remove.clear",
        ],
    ),
    (
        Act::Finalize,
        &[
            "finalize.read",
            "save.record",
            "save.waits",
            "save.output",
            "save.unseen",
            "save.status",
            "remove.hide",
            "remove.clear",
        ],
    ),
    (Act::Forget, &["forget.hide", "remove.clear"]),
];

/// One step that fails in one way, in a world of its own.
struct Trial {
    world: World,
    act: Act,
    step: &'static str,
    fault: &'static str,
}

impl Trial {
    fn new(act: Act, step: &'static str, fault: &'static str) -> Trial {
        let world = World::new();
        fs::create_dir(world.path("faults")).unwrap();
        Trial { world, act, step, fault }
    }

    fn told(&self) -> String {
        format!("{:?}, {}: {}", self.act, self.step, self.fault)
    }

    fn file(&self) -> PathBuf {
        self.world.path("faults").join(self.step)
    }

    /// From now on the step fails.
    fn break_it(&self) {
        let _ = fs::remove_file(self.reached());
        fs::write(self.file(), self.fault).unwrap();
    }

    fn mend_it(&self) {
        assert!(self.reached().exists(), "{} was not reached", self.told());
        fs::remove_file(self.file()).unwrap();
    }

    fn reached(&self) -> PathBuf {
        self.world.path("faults").join(format!("{}.reached", self.step))
    }

    /// Runs a tool in which, as in the servers that it starts, steps may fail.
    fn run(&self, tool: &str, args: &[&str]) -> Ran {
        let mut command = self.world.command(tool);
        let ran = Ran::of(command.env("MS_FAULTS", self.world.path("faults")).args(args).output().unwrap());
        assert!(!ran.err.contains("panicked"), "{}: {ran:?}", self.told());
        ran
    }

    fn create(&self) -> Ran {
        self.run("msnew", &["-n", "x", "--", "sh", "-c", "echo hello; cat"])
    }

    /// A session that has printed `hello`.
    fn start(&self) -> Pid {
        assert_eq!(self.create().code, 0, "{}", self.told());
        self.world.wait_output("x", "hello");
        self.server()
    }

    fn server(&self) -> Pid {
        let record = self.world.read_json("x", "session.json").unwrap();
        Pid::from_raw(record["server_pid"].as_i64().unwrap() as i32)
    }

    fn is_kill(&self) -> bool {
        self.fault == "kill"
    }

    fn go(&self) {
        match self.act {
            Act::Create => self.fail_to_create(),
            Act::Begin => self.fail_to_begin(),
            Act::Status => self.fail_to_tell(),
            Act::Pause => self.fail_to_pause(&["x"], "paused"),
            Act::Resume => {
                self.start();
                self.world.ok("mspause", &["x"]);
                self.fail_to_pause(&["--resume", "x"], "waiting");
            }
            Act::Rename => self.fail_to_rename(),
            Act::End => self.fail_to_end(),
            Act::Finalize => self.fail_to_finalize(),
            Act::Forget => return self.fail_to_forget(),
        }
        self.holds();
    }

    fn fail_to_create(&self) {
        self.break_it();
        let ran = self.create();
        // Between fork and exec it is the program that is killed: a session that began, and is over.
        let begun = self.is_kill() && ["create.record", "create.exec"].contains(&self.step);
        assert_eq!(ran.code == 0, begun, "{}: {ran:?}", self.told());
        self.mend_it();
        until("over", || self.world.run("msls", &[]).out.is_empty());
        self.lists("");
        assert!(!self.world.session_dir("x").exists(), "{}", self.told());
        self.start();
    }

    fn fail_to_begin(&self) {
        self.break_it();
        assert_eq!(self.create().code, 0);
        until("reached", || self.reached().exists());
        if self.is_kill() {
            // The program may not have printed anything yet.
            until("dead", || self.world.run("msls", &[]).out.is_empty());
            self.mend_it();
            self.world.ok("msbuf", &["x"]);
            self.start();
        }
        self.world.wait_output("x", "hello");
        let _ = fs::remove_file(self.file());
    }

    /// What could not be written is written once it can.
    fn fail_to_tell(&self) {
        let server = self.start();
        self.world.wait_status("x", "waiting");
        self.break_it();
        // SIGSTOP is a change that no program makes by itself.
        let _ = self.run("mspause", &["x"]);
        until("reached", || self.reached().exists());
        self.mend_it();
        if self.is_kill() {
            self.dead(server);
        } else {
            self.world.wait_status("x", "paused");
            self.world.ok("mspause", &["--resume", "x"]);
        }
    }

    fn fail_to_pause(&self, args: &[&str], then: &str) {
        if !self.world.session_dir("x").exists() {
            self.start();
        }
        let server = self.server();
        self.world.wait_for("x", "at rest", |record| record["status"] != "active");
        self.break_it();
        let ran = self.run("mspause", args);
        assert_ne!(ran.code, 0, "{}: {ran:?}", self.told());
        self.mend_it();
        if self.is_kill() {
            self.dead(server);
        } else {
            self.world.ok("mspause", args);
            self.world.wait_status("x", then);
            self.world.ok("mspause", &["--resume", "x"]);
        }
    }

    fn fail_to_rename(&self) {
        self.start();
        self.break_it();
        let ran = self.run("msname", &["x", "y"]);
        // The history hears of the name again when the session ends.
        let renamed = !self.is_kill() && self.step == "rename.record";
        assert_eq!(ran.code == 0, renamed, "{}: {ran:?}", self.told());
        self.mend_it();
        let name = self.world.ok("msls", &[]);
        assert!(["x\n", "y\n"].contains(&name.as_str()), "{}: {name}", self.told());
        if name == "y\n" {
            self.world.ok("msname", &["y", "x"]);
        }
    }

    fn fail_to_end(&self) {
        let server = self.start();
        self.break_it();
        kill(self.child(), Signal::SIGKILL).unwrap();
        until("reached", || self.reached().exists());
        until("ended", || kill(server, None).is_err());
        self.mend_it();
        self.finished();
    }

    fn child(&self) -> Pid {
        let record = self.world.read_json("x", "session.json").unwrap();
        Pid::from_raw(record["child_pid"].as_i64().unwrap() as i32)
    }

    /// What only looks does not depend on how the dead are finalized.
    fn fail_to_finalize(&self) {
        let server = self.start();
        self.world.start("good", &["cat"]);
        kill(server, Signal::SIGKILL).unwrap();
        until("dead", || kill(server, None).is_err());
        self.break_it();
        let ran = self.run("msls", &[]);
        if !self.is_kill() {
            assert!(ran.out.lines().any(|line| line == "good"), "{}: {ran:?}", self.told());
            assert!(ran.code == 0 || ran.err.contains("damaged"), "{}: {ran:?}", self.told());
        }
        self.mend_it();
        self.lists("good\n");
        self.world.ok("msclose", &["good"]);
        self.world.ok("msclose", &["good"]);
        self.finished();
    }

    /// All of it is forgotten, or nothing.
    fn fail_to_forget(&self) {
        self.start();
        self.world.ok("msclose", &["x"]);
        self.break_it();
        let ran = self.run("msclose", &["x"]);
        assert_ne!(ran.code, 0, "{}: {ran:?}", self.told());
        self.mend_it();
        let listed = self.world.ok("msls", &["--all"]);
        if listed == "x\n" {
            assert_eq!(self.world.ok("msbuf", &["x"]), "hello\n", "{}", self.told());
            self.world.ok("msclose", &["x"]);
        }
        self.world.ok("msls", &["--all"]);
        let left: Vec<_> = self.left("state/ms/sessions");
        assert!(left.is_empty(), "{}: {left:?}", self.told());
    }

    /// The server was killed by the fault; whoever looks next finishes what it left.
    fn dead(&self, server: Pid) {
        until("dead", || kill(server, None).is_err());
        self.finished();
    }

    /// It is over and kept, and whoever has not seen that is told, unless just that has failed.
    fn finished(&self) {
        self.lists("");
        let session = self.world.session("x");
        assert_eq!(session["status"], "completed", "{}", self.told());
        let untold = self.step == "save.unseen" && !self.is_kill();
        let attention = if untold { serde_json::Value::Null } else { "done".into() };
        if matches!(self.act, Act::End | Act::Finalize) {
            assert_eq!(session["attention"], attention, "{}: {session}", self.told());
            let needs = self.world.run("msls", &["-n"]);
            assert_eq!(needs.out, if untold { "" } else { "x\n" }, "{}: {needs:?}", self.told());
        }
        assert_eq!(self.world.ok("msbuf", &["x"]), "hello\n", "{}", self.told());
        self.start();
    }

    /// Every list works.
    fn lists(&self, live: &str) {
        for args in [&[][..], &["--all"], &["--json"], &["--all", "--json"]] {
            let ran = self.world.run("msls", args);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}: {ran:?}", self.told());
        }
        assert_eq!(self.world.ok("msls", &[]), live, "{}", self.told());
        self.world.ok("msprompt", &[]);
    }

    /// What holds whatever failed, of a session that is there again or still.
    fn holds(&self) {
        self.lists("x\n");
        assert!(self.world.wait_output("x", "hello").starts_with("hello"), "{}", self.told());
        self.world.ok("mssend", &["x", "more", "--enter"]);
        self.world.wait_output("x", "more");
        self.world.ok("msclose", &["x"]);
        assert!(self.world.ok("msbuf", &["x"]).contains("more"), "{}", self.told());
        self.lists("");
        let left = self.left("run");
        assert!(left.is_empty(), "{}: {left:?}", self.told());
        for id in self.left("state/ms/sessions") {
            let entry = self.world.path("state/ms/sessions").join(&id);
            let whole =
                ["session.json", "status.json", "output.zst"].iter().all(|file| entry.join(file).exists());
            assert!(whole, "{}: {id}", self.told());
        }
    }

    /// What stands in a directory, but its lock.
    fn left(&self, dir: &str) -> Vec<String> {
        let entries = fs::read_dir(self.world.path(dir)).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| name != ".lock").collect()
    }
}

#[test]
fn whatever_step_fails_nothing_is_lost_and_nothing_in_the_way() {
    let steps = STEPS.iter().flat_map(|(act, steps)| steps.iter().map(move |step| (*act, *step)));
    let trials: Vec<_> = steps.flat_map(|(act, step)| FAULTS.map(|fault| (act, step, fault))).collect();
    let next = AtomicUsize::new(0);
    let failed: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut failed = Vec::new();
            while let Some(&(act, step, fault)) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                let go = std::panic::AssertUnwindSafe(|| Trial::new(act, step, fault).go());
                if std::panic::catch_unwind(go).is_err() {
                    failed.push(format!("{act:?}, {step}: {fault}"));
                }
            }
            failed
        };
        let workers: Vec<_> = (0..BESIDE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{} of {}: {failed:#?}", failed.len(), trials.len());
}
