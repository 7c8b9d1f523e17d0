//! A stage for the judge: a program on a pty of its own, a terminal that shows what it prints, and a
//! loop that tells the judge of edges and looks when a look is due, as the server does.
#![allow(dead_code, unreachable_pub)]

use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::{Config, Term, TermMode};
use alacritty_terminal::vte::ansi::Processor;
use msession::detect::{Cell, DetectConfig, Edge, Judge, Picture, Verdict, Watched};
use msession::status::Status;
use msession::sys::clock;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::pty::{Winsize, openpty};

/// The size of every stage.
pub const SIZE: Winsize = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };

struct Size;

impl Dimensions for Size {
    fn total_lines(&self) -> usize {
        SIZE.ws_row.into()
    }
    fn screen_lines(&self) -> usize {
        SIZE.ws_row.into()
    }
    fn columns(&self) -> usize {
        SIZE.ws_col.into()
    }
}

/// What a look cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub looks: u32,
    pub time: Duration,
}

/// A program on a pty, judged.
pub struct Stage {
    master: OwnedFd,
    pub child: Child,
    pub judge: Judge,
    term: Term<VoidListener>,
    parser: Processor,
    began: Instant,
    start: Duration,
    pub cost: Cost,
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
            child,
            judge: Judge::new(config, watched),
            term: Term::new(Config::default(), &Size, VoidListener),
            parser: Processor::new(),
            began: Instant::now(),
            start,
            cost: Cost::default(),
            verdicts: Vec::new(),
            ended: false,
        }
    }

    /// Time since the start.
    pub fn now(&self) -> Duration {
        clock::monotonic() - self.start
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

    /// Goes on until it has the status, for at most 10 seconds.
    pub fn reaches(&mut self, status: Status) -> bool {
        self.until(Duration::from_secs(10), |stage| stage.judge.verdict().status == status)
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
                self.parser.advance(&mut self.term, &bytes[..count]);
                let now = self.now();
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
        let term = &self.term;
        let began = Instant::now();
        let changed = self.judge.look(now, self.master.as_fd(), &mut || picture(term));
        self.cost.looks += 1;
        self.cost.time += began.elapsed();
        self.verdicts.extend(changed.map(|verdict| (now, verdict)));
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The terminal's end is the end of what ran on it; what ignores that is killed by its group.
        let group = self.child.id() as i32;
        let _ =
            nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), nix::sys::signal::Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// The terminal's screen as the judge wants it.
pub fn picture(term: &Term<VoidListener>) -> Picture {
    let (cols, rows) = (SIZE.ws_col, SIZE.ws_row);
    let grid = term.grid();
    let mut cells = Vec::with_capacity(usize::from(cols) * usize::from(rows));
    for row in 0..rows {
        for col in 0..cols {
            let cell = &grid[Line(i32::from(row))][Column(col.into())];
            let style = format!("{:?}{:?}{:?}", cell.fg, cell.bg, cell.flags);
            let style = style.bytes().fold(0u32, |hash, b| hash.wrapping_mul(31).wrapping_add(b.into()));
            cells.push(Cell { ch: cell.c, style });
        }
    }
    let point = grid.cursor.point;
    let mode = term.mode();
    Picture {
        cols,
        rows,
        cells,
        cursor: (point.column.0 as u16, point.line.0 as u16),
        visible: mode.contains(TermMode::SHOW_CURSOR),
        alternate: mode.contains(TermMode::ALT_SCREEN),
    }
}
