//! A stage for the judge: a program on a pty of its own, a terminal that shows what it prints, and a
//! loop that tells the judge of edges and looks when a look is due, as the server does.
#![allow(dead_code, unreachable_pub)]

use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command};
use std::time::Duration;

use ms_judge::{DetectConfig, Edge, Judge, Verdict, Watched};
use ms_judge::{Kind, Status};
use ms_platform::procfs::Proc;
use ms_platform::sys::clock;
use ms_terminal::scan::Scanner;
use ms_terminal::screen::Screen;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Longer than anything takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(30);

/// The size of every stage.
pub const SIZE: Winsize = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };

/// What looks cost, in CPU time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub looks: u32,
    pub time: Duration,
}

/// A program on a pty, judged.
pub struct Stage {
    pub master: OwnedFd,
    tty: u64,
    pub child: Child,
    pub judge: Judge,
    pub screen: Screen,
    scanner: Scanner,
    start: Duration,
    /// How far its clock was set forward.
    skipped: Duration,
    pub cost: Cost,
    /// When it looked, since the start.
    pub looked: Vec<Duration>,
    /// Every verdict, with its time since the start.
    pub verdicts: Vec<(Duration, Verdict)>,
    pub ended: bool,
}

impl Stage {
    /// Runs `argv`.
    pub fn run(argv: &[&str]) -> Stage {
        Stage::with(argv, &DetectConfig::default(), &mut |_| {})
    }

    /// Runs a shell script.
    pub fn script(text: &str) -> Stage {
        Stage::run(&["sh", "-c", text])
    }

    /// Runs `argv` with a configuration, after `prepare` has had the command.
    pub fn with(argv: &[&str], config: &DetectConfig, prepare: &mut dyn FnMut(&mut Command)) -> Stage {
        nix::sys::prctl::set_child_subreaper(true).unwrap();
        let pty = openpty(Some(&SIZE), None).unwrap();
        let tty_dev = nix::sys::stat::fstat(&pty.slave).unwrap().st_rdev;
        nix::fcntl::fcntl(&pty.master, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC))
            .unwrap();
        // setsid(1) makes the terminal the controlling one; it becomes the program.
        let mut command = Command::new("setsid");
        command
            .arg("--ctty")
            .args(argv)
            .env("TERM", "xterm-256color")
            .env("PS1", "$ ")
            .env_remove("PROMPT_COMMAND");
        command
            .stdin(pty.slave.try_clone().unwrap())
            .stdout(pty.slave.try_clone().unwrap())
            .stderr(pty.slave);
        prepare(&mut command);
        let child = command.spawn().unwrap();
        drop(command);
        let watched =
            Watched { child_pid: child.id() as i32, server_pid: std::process::id() as i32, tty_dev };
        let start = clock::monotonic();
        Stage {
            master: pty.master,
            tty: tty_dev,
            child,
            judge: Judge::new(config, watched),
            screen: Screen::new(SIZE.ws_col, SIZE.ws_row),
            scanner: Scanner::default(),
            start,
            skipped: Duration::ZERO,
            cost: Cost::default(),
            looked: Vec::new(),
            verdicts: Vec::new(),
            ended: false,
        }
    }

    /// Time since the start.
    pub fn now(&self) -> Duration {
        clock::monotonic() - self.start + self.skipped
    }

    /// Has the judge keep the facts from now on.
    pub fn keep_facts(&mut self) {
        self.judge.keep_facts(self.now());
    }

    /// Types.
    pub fn send(&mut self, text: &str) {
        let now = self.now();
        self.judge.note(now, Edge::Input { bytes: text.as_bytes(), echo_off: false });
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let count = nix::unistd::write(&self.master, rest).unwrap();
            rest = &rest[count..];
        }
    }

    /// Goes on until `done` says so, or for `limit`; true if it did.
    pub fn until(&mut self, limit: Duration, mut done: impl FnMut(&Stage) -> bool) -> bool {
        let end = self.now() + limit;
        loop {
            if done(self) {
                return true;
            }
            let now = self.now();
            if now >= end || self.ended {
                return done(self);
            }
            let next = self.judge.next_look().unwrap_or(end).min(end);
            self.wait(next.saturating_sub(now));
            self.look_if_due();
        }
    }

    /// Goes on for this long.
    pub fn pass(&mut self, time: Duration) {
        self.until(time, |_| false);
    }

    /// Goes on until no look is due, however busy the machine is; panics if one always is.
    pub fn rests(&mut self) {
        assert!(self.until(LIMIT, |stage| stage.judge.next_look().is_none()), "it is looked at for ever");
    }

    /// Goes on for this long by a clock that is set forward to each look: for a program that does nothing
    /// meanwhile.
    pub fn skip(&mut self, time: Duration) {
        let end = self.now() + time;
        while let Some(next) = self.judge.next_look().filter(|next| *next < end) {
            self.skipped += next.saturating_sub(self.now());
            self.wait(Duration::ZERO);
            self.look_if_due();
        }
        self.skipped += end.saturating_sub(self.now());
    }

    /// Goes on until it has the status, however busy the machine is; panics if it never has.
    pub fn reaches(&mut self, status: Status) {
        let reached = self.until(LIMIT, |stage| stage.judge.verdict().status == status);
        assert!(reached, "never {status}: {:#?}\n{:#?}", self.judge.verdict(), self.screen.text());
    }

    /// Goes on until it waits for that; panics if it never does.
    pub fn waits_for(&mut self, kind: Kind) {
        let is = |stage: &Stage| {
            let verdict = stage.judge.verdict();
            verdict.status == Status::Waiting && verdict.kind == Some(kind)
        };
        assert!(self.until(LIMIT, is), "no {kind}: {:#?}\n{:#?}", self.judge.verdict(), self.screen.text());
    }

    /// Goes on for a while; panics if it ever has another status.
    pub fn stays(&mut self, status: Status, time: Duration) {
        let left = self.until(time, |stage| stage.judge.verdict().status != status);
        assert!(!left, "not {status}: {:#?}\n{:#?}", self.judge.verdict(), self.screen.text());
    }

    /// Goes on until programs of these names run below it or as it; panics if they never do.
    pub fn runs(&mut self, names: &[&str]) {
        let end = self.now() + LIMIT;
        while !names.iter().all(|name| self.programs().iter().any(|program| program == name)) {
            assert!(self.now() < end, "no {names:?} among {:?}", self.programs());
            self.wait(Duration::from_millis(2));
            self.look_if_due();
        }
    }

    /// The names of its programs.
    fn programs(&self) -> Vec<String> {
        let name = |pid: &i32| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok();
        self.processes().iter().filter_map(name).map(|name| name.trim_end().to_owned()).collect()
    }

    fn processes(&self) -> Vec<i32> {
        let mut proc = Proc::new();
        let mut found = vec![self.child.id() as i32];
        let mut next = 0;
        while let Some(&pid) = found.get(next) {
            let threads = proc.threads(pid).unwrap_or_default();
            found.extend(threads.into_iter().flat_map(|tid| proc.children(pid, tid).unwrap_or_default()));
            next += 1;
        }
        found
    }

    /// Goes on until the screen shows `text`; panics if it never does.
    pub fn shows(&mut self, text: &str) {
        let found = self.until(LIMIT, |stage| stage.screen.text().iter().any(|line| line.contains(text)));
        assert!(found, "no {text:?} in {:#?}", self.screen.text());
    }

    fn wait(&mut self, limit: Duration) {
        let millis = limit.as_micros().div_ceil(1000).min(60_000) as u16;
        let mut fds = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        let ready = nix::poll::poll(&mut fds, PollTimeout::from(millis)).unwrap_or(0);
        if ready > 0 {
            self.read();
        }
    }

    fn read(&mut self) {
        let mut bytes = [0; 65536];
        match nix::unistd::read(&self.master, &mut bytes) {
            Ok(count @ 1..) => {
                let _ = self.screen.feed(&bytes[..count]);
                let mut events = Vec::new();
                self.scanner.feed(&bytes[..count], &mut |event| events.push(event));
                let now = self.now();
                for event in events {
                    self.judge.note(now, Edge::Scan(&event.what));
                }
                self.judge.note(now, Edge::Output { bytes: count as u64 });
            }
            _ => self.ended = true,
        }
    }

    fn look_if_due(&mut self) {
        let now = self.now();
        if self.judge.next_look().is_none_or(|at| at > now) {
            return;
        }
        let screen = &self.screen;
        let began = cpu();
        let changed = self.judge.look(now, self.master.as_fd(), &mut || screen.picture());
        self.cost.looks += 1;
        self.looked.push(now);
        self.cost.time += cpu() - began;
        self.verdicts.extend(changed.map(|verdict| (now, verdict)));
    }
}

impl Drop for Stage {
    /// Ends everything that the stage began, however it has moved itself away.
    fn drop(&mut self) {
        let (mut proc, mut found) = (Proc::new(), self.processes());
        let everyone = proc.every_process().unwrap_or_default();
        found.extend(everyone.into_iter().filter(|pid| proc.stat(*pid).is_ok_and(|s| s.tty == self.tty)));
        for pid in found {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }
}

/// CPU time of this thread: what a look costs, however busy the machine is.
pub fn cpu() -> Duration {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID)
        .map(Duration::from)
        .unwrap_or_default()
}
