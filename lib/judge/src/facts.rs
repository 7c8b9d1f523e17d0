//! What was seen, and when: the facts that a verdict is drawn from. They can be written down and read
//! back, so that a recorded terminal is judged again exactly as it was (`facts_file` has the format). A fact holds
//! numbers and descriptions, and never what a person typed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::page::Page;
use crate::words::{Kind, Status};
use ms_terminal::scan::{self, EventKind};

/// What a look saw in the kernel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KernelSnapshot {
    /// The terminal's foreground process group.
    pub foreground: i32,
    /// How the terminal treats input; none if it could not be asked.
    pub modes: Option<Modes>,
    /// The processes that count, by number.
    #[serde(with = "by_number")]
    pub processes: Vec<Process>,
    /// Who would get what is typed, best known first.
    pub readers: Vec<Reader>,
    /// Every process of the foreground group is stopped.
    pub stopped: bool,
    /// A foreground thread is blocked in a write to the terminal.
    pub writing: bool,
    /// Bytes that were typed and nobody has read, where that was asked.
    pub unread: Option<u32>,
    /// Connections that the processes that count have opened.
    pub links: Vec<Link>,
    /// Sockets by which they speak to others, and of whose traffic the kernel tells nothing: Unix sockets and
    /// datagrams, by inode.
    pub channels: Vec<u64>,
    /// How many ptys of relays lie between the terminal and what is judged.
    pub nested: u32,
    /// The reader is not a descendant of the server.
    pub outside: bool,
}

/// A TCP connection that the family opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Link {
    /// The socket's inode.
    pub id: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// Milliseconds since it last sent.
    pub sent_ago: u32,
    /// Milliseconds since it last received.
    pub received_ago: u32,
    /// It is being opened.
    pub connecting: bool,
    /// Its other end belongs to a process that counts too: a helper, whose own work is seen.
    pub inside: bool,
}

/// How the terminal treats input: termios(3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Modes {
    /// Lines are edited by the kernel (ICANON).
    pub canonical: bool,
    /// What is typed is shown by the kernel (ECHO).
    pub echo: bool,
    /// A read that finds nothing returns after this: VTIME with VMIN 0, milliseconds.
    pub limit: Option<u64>,
}

/// A process that counts: of the foreground group, or one that works for it elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
    /// What it prints goes to nobody: into a file, or nowhere.
    pub unheard: bool,
}

/// How much else can wake a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WakeSource {
    /// It waits for the terminal alone, without end.
    TtyOnly,
    /// The same, but a clock wakes it as well.
    Timer,
    /// It waits for something outside as well: a socket, a pipe, a file's change.
    Other,
    /// It may not be looked into.
    Unknown,
}

/// The system call that a reader is blocked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitCall {
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

impl WaitCall {
    /// The call's name, for a person.
    pub fn as_str(self) -> &'static str {
        match self {
            WaitCall::Read => "read",
            WaitCall::Select => "select",
            WaitCall::Poll => "poll",
            WaitCall::Epoll => "epoll",
            WaitCall::Uring => "io_uring",
            WaitCall::Hidden => "hidden",
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
    pub call: WaitCall,
    /// What else can wake it.
    pub woken_by: WakeSource,
    /// After how long a clock wakes it, in milliseconds, where that is known.
    #[serde(default)]
    pub limit: Option<u64>,
    /// After how long a clock wakes any thread of its process, in milliseconds, where one does.
    #[serde(default)]
    pub clock: Option<u64>,
    /// What it waits for beside the terminal; of one that may not be looked into, why not.
    #[serde(default)]
    pub beside: Vec<String>,
    /// How many threads its process has.
    #[serde(default)]
    pub threads: u32,
    /// It ignores the signals of job control, as only a shell does that hands out the terminal.
    #[serde(default)]
    pub job_control: bool,
    /// The CPU time of the thread, in nanoseconds; of its process if the thread's is not known.
    #[serde(default)]
    pub ran: u64,
}

#[cfg(test)]
impl Reader {
    /// A process of one thread that waits for the terminal alone.
    pub(crate) fn alone(pid: i32) -> Reader {
        Reader {
            pid,
            tid: pid,
            call: WaitCall::Read,
            woken_by: WakeSource::TtyOnly,
            limit: None,
            clock: None,
            beside: Vec::new(),
            threads: 1,
            job_control: false,
            ran: 0,
        }
    }
}

/// What a look saw on the screen, against the look before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScreenSnapshot {
    /// Fingerprint of all cells, so that two pictures in turn can be told.
    pub picture: u64,
    /// How many cells changed.
    pub changed: u32,
    /// The rows of the first and last change.
    pub rows: Option<(u16, u16)>,
    /// A change is on the cursor's line.
    pub at_cursor: bool,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Column and row of the cursor.
    pub cursor: (u16, u16),
    /// The cursor is shown.
    pub visible: bool,
    /// A visible cursor stands after text on its line.
    pub caret: bool,
    /// A visible cursor stands on an empty line of the normal screen.
    pub empty_line: bool,
    /// The alternate screen is shown.
    pub alternate: bool,
    /// So much was printed that no picture was made: all of it changed.
    pub flood: bool,
    /// Lines with text around the cursor, or the last ones if it is hidden: safe to print.
    #[serde(with = "by_line")]
    pub text: Vec<String>,
    /// Which of them is the cursor's.
    pub line: Option<usize>,
    /// The cursor's line up to the cursor.
    pub prompt: String,
    /// The last two lines with text, wherever the cursor is.
    pub bottom: Vec<String>,
    /// The row of the last of them.
    pub foot: Option<u16>,
    /// All rows.
    pub page: Page,
}

/// Something that happened between looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// Something was printed.
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
        /// They were more than one key.
        #[serde(default)]
        several: bool,
    },
    /// The program said something by an escape sequence.
    Said(Said),
    /// `msmark` said something from inside the terminal.
    Marked(Marked),
    /// The terminal's size changed.
    Resize,
    /// A terminal came.
    Attach,
    /// A terminal left.
    Detach,
    /// A child ended or stopped.
    Child,
    /// All programs were stopped.
    Paused,
    /// It goes on.
    Resumed,
}

/// What a program said by an escape sequence. Texts are safe to print and bounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Said {
    /// Its title: OSC 0 or 2.
    Title(String),
    /// BEL outside of a string.
    Bell,
    /// A notification: OSC 9, 777 or 99.
    Notice(String),
    /// Progress: OSC 9;4.
    Progress {
        /// 0 none, 1 normal, 2 error, 3 without end, 4 paused.
        state: u8,
    },
    /// A mark of a shell: OSC 133.
    Prompt(Prompt),
    /// A report of OSC 7501.
    Report(Report),
    /// Bracketed paste was switched: `CSI ? 2004 h` or `l`. Line editors do so around a prompt.
    Paste(bool),
    /// The terminal was reset: RIS.
    Reset,
}

impl Said {
    /// What a sequence says of who waits; none of most.
    pub fn of(what: &EventKind) -> Option<Said> {
        Some(match what {
            EventKind::Title { window: true, text } => Said::Title(text.clone()),
            EventKind::Bell => Said::Bell,
            EventKind::Notification { title, body } => {
                Said::Notice(if body.is_empty() { title.clone() } else { body.clone() })
            }
            EventKind::Progress { state, .. } => Said::Progress { state: *state },
            EventKind::Mark { kind, .. } => Said::Prompt(Prompt::of(*kind)?),
            EventKind::Status(report) => Said::Report(Report::of(report)),
            EventKind::BracketedPaste(on) => Said::Paste(*on),
            EventKind::Reset => Said::Reset,
            _ => return None,
        })
    }
}

/// The marks of OSC 133.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Prompt {
    /// A: a prompt begins.
    Start,
    /// B: the prompt ends, a person may type.
    End,
    /// C: a command runs.
    Output,
    /// D: it has ended.
    Done,
}

impl Prompt {
    fn of(letter: char) -> Option<Prompt> {
        match letter {
            'A' | 'N' | 'P' => Some(Prompt::Start),
            'B' | 'I' => Some(Prompt::End),
            'C' => Some(Prompt::Output),
            'D' => Some(Prompt::Done),
            _ => None,
        }
    }
}

/// A report of OSC 7501: the whole of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What it says of the record.
    pub state: ReportState,
    /// The record, a path of names; empty for the program itself.
    pub id: String,
    /// What a blocked program needs.
    pub kind: Option<Kind>,
    /// A line for a person, safe to print.
    pub message: Option<String>,
}

impl Report {
    fn of(report: &scan::Report) -> Report {
        let kind = report.kind.map(|kind| match kind {
            scan::report::ReportKind::Permission => Kind::Permission,
            scan::report::ReportKind::Question => Kind::Question,
            scan::report::ReportKind::Auth => Kind::Auth,
        });
        let state = match report.state {
            scan::report::ReportState::Idle => ReportState::Idle,
            scan::report::ReportState::Working => ReportState::Working,
            scan::report::ReportState::Blocked => ReportState::Blocked,
            scan::report::ReportState::Done => ReportState::Done,
            scan::report::ReportState::Error => ReportState::Error,
            scan::report::ReportState::Clear => ReportState::Clear,
        };
        let message = report.message.clone().filter(|text| !text.is_empty());
        Report { state, id: report.id.clone(), kind, message }
    }
}

/// The states of OSC 7501.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportState {
    /// It is ready and does nothing.
    Idle,
    /// It works.
    Working,
    /// It needs a person.
    Blocked,
    /// It has finished.
    Done,
    /// It has failed.
    Error,
    /// The record is to be forgotten, with those below it.
    Clear,
}

/// What `msmark` said, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// The status; none takes the last mark back.
    pub status: Option<Status>,
    /// What is waited for.
    pub kind: Option<Kind>,
    /// A line for a person, safe to print.
    pub message: Option<String>,
    /// Who is spoken for.
    pub reporter: Reporter,
}

/// The program that a mark speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reporter {
    /// Its number.
    pub pid: i32,
    /// When it began, in the kernel's ticks.
    pub start: u64,
    /// Its process group.
    pub group: i32,
    /// It is a shell at whose prompt `msmark` was typed: the mark stands until the next key.
    pub shell: bool,
}

/// What a look saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// In the kernel; none if nothing has run since the last look.
    pub kernel: Option<KernelSnapshot>,
    /// On the screen; none if nothing was printed since the last look.
    pub screen: Option<ScreenSnapshot>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Something happened.
    Event(Event),
    /// A look was taken; a verdict is drawn after each.
    Look(Box<Look>),
}

/// A fact and its moment on the monotonic clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// When.
    pub at: Duration,
    /// What.
    pub fact: Fact,
}

/// Processes as an object with their numbers for keys: of one that goes on, little changes between looks.
mod by_number {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::Process;

    pub(super) fn serialize<S: Serializer>(list: &[Process], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(list.iter().map(|process| (process.pid, process)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Process>, D::Error> {
        BTreeMap::<i32, Process>::deserialize(deserializer).map(|map| map.into_values().collect())
    }
}

/// Lines as an object with their indices for keys.
mod by_line {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(list: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(list.iter().enumerate())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        BTreeMap::<usize, String>::deserialize(deserializer).map(|map| map.into_values().collect())
    }
}
