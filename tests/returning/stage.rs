//! A session with a program, and tmux to look at it with.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::outer::{Pane, Tmux};
use crate::world::{LIMIT, World, installed, skip};

pub const SIZES: [(u16, u16); 2] = [(80, 24), (200, 60)];
pub const OTHER_SIZE: (u16, u16) = (101, 31);
/// A program that has changed nothing for this long has shown what it has to show.
const QUIET: Duration = Duration::from_millis(400);
/// What vim is told at its start.
const VIM_RC: &str = "syntax on\nset mouse=a hlsearch number ruler\n";
/// Wide characters, several marks on one, emoji; at the ends of lines and with looks of their own.
const MARKS: &str = "日本語 한국어 ｆｕｌｌ\ne\u{301} a\u{308}\u{323} क्षि ก็้\n👍 😀x 🚀 ❤️ y ☺ z\n\
                     \x1b[7me\u{301}é\x1b[m\x1b[78G日本\n\x1b[31m😀\x1b[32m日\x1b[m|";

/// A program and what a person does in it; keys are tmux's names, one that begins with `=` is text.
#[derive(Default)]
pub struct Program {
    pub name: &'static str,
    pub command: Vec<String>,
    /// What is there once it has started.
    pub ready: &'static str,
    pub keys: &'static [&'static str],
    /// What is there after the keys.
    pub shows: &'static str,
    pub more: &'static [&'static str],
    /// What is there after more keys.
    pub then: &'static str,
    /// It draws again by itself: it is stopped while it is compared.
    pub restless: bool,
    /// It draws every row at another size. What a terminal itself makes of lines then is its own affair.
    pub full_screen: bool,
}

/// A session with the program, in a world with files to look at, and tmux to look with.
pub struct Stage<'a> {
    pub world: World,
    pub tmux: Tmux,
    program: &'a Program,
}

impl<'a> Stage<'a> {
    /// None if a program is missing; that is said.
    pub fn of(program: &'a Program) -> Option<Stage<'a>> {
        let command = program.command[0].as_str();
        if !(installed(command) || PathBuf::from(command).is_file()) {
            skip(&format!("{command} is not installed"));
            return None;
        }
        let world = World::new();
        for (name, text) in [("text.c", &*text()), ("marks", MARKS), ("rc", VIM_RC)] {
            std::fs::write(world.path("home").join(name), text).unwrap();
        }
        let Some(tmux) = Tmux::with(world.environment()) else {
            skip("tmux is not installed");
            return None;
        };
        Some(Stage { world, tmux, program })
    }

    /// Starts the session.
    pub fn start(&self) {
        let command: Vec<&str> = self.program.command.iter().map(String::as_str).collect();
        self.world.start(self.program.name, &command);
    }

    /// A terminal of this size on the session.
    pub fn on(&self, size: (u16, u16)) -> Pane {
        self.tmux.open(size, &format!("msswitch {}; exec sleep 1000", self.program.name))
    }

    pub fn press(&self, pane: &Pane, keys: &[&str]) {
        for key in keys {
            match key.strip_prefix('=') {
                Some(text) => self.tmux.type_in(pane, text),
                None => self.tmux.press(pane, &[key]),
            }
        }
    }

    /// What the terminal shows once that is there and nothing more comes.
    pub fn settled(&self, pane: &Pane, shown: &str) -> String {
        self.changed(pane, "", shown)
    }

    /// The same, once it is not as it was before.
    pub fn changed(&self, pane: &Pane, before: &str, shown: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        let (mut seen, mut since) = (self.tmux.look(pane), Instant::now());
        while since.elapsed() < QUIET || seen == before || !plain(&seen).contains(shown) {
            assert!(Instant::now() < deadline, "{}: never {shown:?}:\n{seen}", self.program.name);
            std::thread::sleep(Duration::from_millis(25));
            let now = self.tmux.look(pane);
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
        }
        seen
    }

    /// A terminal of this size on the session, with these options.
    pub fn on_with(&self, size: (u16, u16), options: &str) -> Pane {
        self.tmux.open(size, &format!("msswitch {options} {}; exec sleep 1000", self.program.name))
    }

    /// Waits until scrollback and screen together are these lines.
    pub fn holds(&self, pane: &Pane, expected: &[String], when: &str) {
        let deadline = Instant::now() + LIMIT / 4;
        loop {
            let held = self.tmux.history(pane);
            if held == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{when}: {held:#?}\n{expected:#?}");
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// Waits until the terminal shows this.
    pub fn same(&self, pane: &Pane, expected: &str, when: &str) {
        let deadline = Instant::now() + LIMIT / 4;
        loop {
            let seen = self.tmux.look(pane);
            if seen == expected {
                return;
            }
            let differs = expected.lines().zip(seen.lines()).find(|(a, b)| a != b);
            let name = self.program.name;
            assert!(Instant::now() < deadline, "{name}, {when}: {differs:#?}\n{expected}\n{seen}");
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// Leaves by the keys; the terminal has the modes of one that was never on a session.
    pub fn leave(&self, pane: Pane, size: (u16, u16)) {
        self.press(&pane, &["C-\\", "=d"]);
        let left = self.settled(&pane, "come back with");
        let fresh = self.tmux.open(size, "exec sleep 1000");
        assert_eq!(modes(&left), modes(&self.tmux.look(&fresh)), "{}", self.program.name);
        self.tmux.close(pane);
        self.tmux.close(fresh);
    }

    fn signal(&self, signal: Signal) {
        let child = self.world.session(self.program.name)["child_pid"].as_i64().unwrap();
        kill(Pid::from_raw(child as i32), signal).unwrap();
    }

    pub fn comes_back(&self, size: (u16, u16)) {
        let program = self.program;
        self.start();
        let first = self.on(size);
        self.settled(&first, program.ready);
        self.press(&first, program.keys);
        self.settled(&first, program.shows);
        if program.restless {
            self.signal(Signal::SIGSTOP);
        }
        let before = self.settled(&first, program.shows);
        self.leave(first, size);
        let again = self.on(size);
        self.same(&again, &before, "back");
        let beside = self.on(size);
        self.same(&beside, &before, "beside");
        if program.restless {
            self.signal(Signal::SIGCONT);
        }
        self.press(&beside, program.more);
        let there = self.changed(&beside, &before, program.then);
        self.same(&again, &there, "went on");
        self.leave(again, size);
        if program.full_screen {
            self.is_resized(&beside, OTHER_SIZE);
            self.is_resized(&beside, size);
        }
        self.leave(beside, size);
        self.comes_at_another_size();
        self.world.ok("msclose", &["--force", program.name]);
    }

    /// The terminal gets another size while it is on the session: another that comes shows the same.
    fn is_resized(&self, pane: &Pane, size: (u16, u16)) {
        self.tmux.resize(pane, size);
        self.as_in_another(pane, size, "resized");
    }

    /// The program is told the size of a terminal that comes, and draws again.
    fn comes_at_another_size(&self) {
        let pane = self.on(OTHER_SIZE);
        self.as_in_another(&pane, OTHER_SIZE, "at another size");
        self.leave(pane, OTHER_SIZE);
    }

    fn as_in_another(&self, pane: &Pane, size: (u16, u16), when: &str) {
        self.settled(pane, self.program.then);
        if self.program.restless {
            self.signal(Signal::SIGSTOP);
        }
        let expected = self.settled(pane, self.program.then);
        let other = self.on(size);
        self.same(&other, &expected, when);
        self.tmux.close(other);
        if self.program.restless {
            self.signal(Signal::SIGCONT);
        }
    }
}

/// Text with what a highlighter colours.
fn text() -> String {
    (1..200).map(|n| format!("int line_{n} = {n}; /* \"日本語\" é */\n")).collect()
}

/// What is seen without its looks.
fn plain(seen: &str) -> String {
    let mut text = String::new();
    for line in seen.lines() {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('[') {
            text.push_str(before);
            let look = after.split_once(']').filter(|(look, _)| look.split(',').count() >= 4);
            match look {
                Some((_, after)) => rest = after,
                None => {
                    text.push('[');
                    rest = after;
                }
            }
        }
        text.push_str(rest);
        text.push('\n');
    }
    // What follows a wide character.
    text.replace('\u{2060}', "")
}

/// The modes in what is seen: the first line without the cursor's place.
fn modes(seen: &str) -> &str {
    seen.lines().next().and_then(|line| line.split_once(' ')).unwrap().1
}
