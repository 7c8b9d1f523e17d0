//! What was seen, and when: the facts that a verdict is drawn from. They can be written down and read
//! back, so that a recorded session is judged again exactly as it was (`recorder`). A fact holds
//! numbers and descriptions, and never what a person typed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a look saw in the kernel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sight {
    /// The terminal's foreground process group.
    pub foreground: i32,
    /// How the terminal treats input; none if it could not be asked.
    pub modes: Option<Modes>,
    /// The processes that count, by number.
    pub processes: Vec<Process>,
    /// Who would get what is typed, best known first.
    pub readers: Vec<Reader>,
    /// Every process of the foreground group is stopped.
    pub stopped: bool,
    /// A foreground thread is blocked in a write to the terminal.
    pub writing: bool,
    /// Bytes that were typed and nobody has read, where that was asked.
    pub unread: Option<u32>,
}

/// How the terminal treats input: termios(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modes {
    /// Lines are edited by the kernel (ICANON).
    pub canonical: bool,
    /// What is typed is shown by the kernel (ECHO).
    pub echo: bool,
    /// A read that finds nothing returns after this: VTIME with VMIN 0, milliseconds.
    pub limit: Option<u64>,
}

/// A process that counts: of the foreground group, or one that works for it elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its parent's.
    pub parent: i32,
    /// When it began, in the kernel's ticks: with `pid`, its identity.
    pub start: u64,
    /// CPU time that it has used, in nanoseconds.
    pub cpu: u64,
    /// How many threads it has.
    pub threads: u32,
    /// It is of the terminal's foreground group.
    pub foreground: bool,
    /// A thread of it runs, or is in a wait that no signal ends.
    pub running: bool,
    /// It waits for its own input, which is not the terminal.
    pub listening: bool,
    /// It may not be looked into.
    pub closed: bool,
}

/// How much else can wake a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// It waits for the terminal alone, without end.
    Excl,
    /// The same, but a clock wakes it as well.
    Tick,
    /// It waits for something outside as well: a socket, a pipe, a file's change.
    Loop,
    /// It may not be looked into.
    Unknown,
}

/// The system call that a reader is blocked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// read, readv, splice and the like.
    Read,
    /// select, pselect6.
    Select,
    /// poll, ppoll.
    Poll,
    /// epoll_wait, epoll_pwait, epoll_pwait2.
    Epoll,
    /// io_uring_enter.
    Uring,
    /// It may not be looked into.
    Hidden,
}

impl Way {
    /// The call's name, for a person.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Read => "read",
            Way::Select => "select",
            Way::Poll => "poll",
            Way::Epoll => "epoll",
            Way::Uring => "io_uring",
            Way::Hidden => "hidden",
        }
    }
}

/// A thread that is blocked until something is typed, or may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Its process.
    pub pid: i32,
    /// The thread.
    pub tid: i32,
    /// How it waits.
    pub way: Way,
    /// What else can wake it.
    pub class: Class,
    /// After how long a clock wakes it, in milliseconds, where that is known.
    pub limit: Option<u64>,
    /// What it waits for beside the terminal.
    pub beside: Vec<String>,
    /// How many threads its process has.
    pub threads: u32,
    /// The CPU time of the thread, in nanoseconds; of its process if the thread's is not known.
    pub ran: u64,
}

/// What a look saw on the screen, against the look before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Fingerprint of the whole picture, so that two pictures in turn can be told.
    pub picture: u64,
    /// How many cells changed.
    pub changed: u32,
    /// The rows of the first and last change.
    pub rows: Option<(u16, u16)>,
    /// The changed cells, if they are few.
    pub cells: Vec<(u16, u16)>,
    /// Column, row and visibility of the cursor.
    pub cursor: (u16, u16, bool),
    /// A visible cursor stands after text on its line.
    pub caret: bool,
    /// A visible cursor stands on an empty line of the normal screen.
    pub empty_line: bool,
    /// The alternate screen is shown.
    pub alternate: bool,
    /// So much was printed that no picture was made: all of it changed.
    pub flood: bool,
    /// The line of the cursor up to the cursor, or the last line with text: safe to print.
    pub line: String,
}

/// Something that happened between looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// The session printed.
    Output {
        /// So many bytes.
        bytes: u64,
    },
    /// A person typed.
    Typed {
        /// Enter was among the keys.
        enter: bool,
        /// Escape or an interrupting control key was among them.
        interrupt: bool,
    },
    /// The terminal's size changed.
    Resize,
    /// A terminal came.
    Attach,
    /// A terminal left.
    Detach,
    /// A child of the session ended or stopped.
    Child,
    /// The session was stopped as a whole.
    Paused,
    /// It goes on.
    Resumed,
}

/// What a look saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// In the kernel; none if nothing has run since the last look.
    pub sight: Option<Sight>,
    /// On the screen; none if nothing was printed since the last look.
    pub scene: Option<Scene>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fact {
    /// Something happened.
    Event(Event),
    /// A look was taken; a verdict is drawn after each.
    Look(Box<Look>),
}

/// A fact and its moment on the monotonic clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// When.
    pub at: Duration,
    /// What.
    pub fact: Fact,
}
