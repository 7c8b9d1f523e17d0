//! What is run outside a terminal (`[on]` in the configuration): which command is next, one at a time, and
//! what became of it. A process of its own runs it and waits for it (`runner`), so nothing here waits. What a
//! program wrote reaches a command in variables alone, never in its text.

mod occasions;
mod runner;

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::wait::WaitStatus;
use nix::unistd::{Pid, pipe2};

pub(super) use self::occasions::Occasion;
use self::occasions::{Occasions, is_attended};
use self::runner::{Runner, WORD, read_word, write_word};
use super::environment;
use msession::format::attention::Attention;
use msession::format::error::{Error, Result};
use msession::format::on::{On, Unless};
use msession::format::session_name::SessionName;
use msession::format::session_record::SessionRecord;
use msession::format::status::{Exit, StatusRecord};
use msession::store::faults;
use msession::store::history::History;

/// A command that is to be run, with what it is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Job {
    occasion: Occasion,
    command: String,
    env: Vec<(OsString, OsString)>,
}

/// How a command ended: nothing, or what was wrong.
pub(super) type Ended = std::result::Result<(), String>;

/// What is run for this session.
#[derive(Debug)]
pub(super) struct OnCommands {
    on: On,
    occasions: Occasions,
    /// Those that wait for their turn, at most one for each occasion.
    pending: Vec<Job>,
    running: Option<(Occasion, OwnedFd)>,
    /// The processes that wait for a command, or for what one left behind.
    runners: Vec<Pid>,
    /// Variables of the last terminal.
    terminal: Vec<(String, String)>,
}

impl OnCommands {
    pub(super) fn new(on: On) -> OnCommands {
        OnCommands {
            on,
            occasions: Occasions::default(),
            pending: Vec::new(),
            running: None,
            runners: Vec::new(),
            terminal: Vec::new(),
        }
    }

    fn is_off(&self) -> bool {
        let On { asks, done, completed, status, .. } = &self.on;
        [asks, done, completed, status].iter().all(|command| command.is_empty())
    }

    fn command(&self, occasion: Occasion) -> &str {
        match occasion {
            Occasion::Asks => &self.on.asks,
            Occasion::Done => &self.on.done,
            Occasion::Completed => &self.on.completed,
            Occasion::Status => &self.on.status,
        }
    }

    /// Somebody has typed something.
    pub(super) fn typed(&mut self) {
        self.occasions.typed();
    }

    /// A terminal has come, with these variables.
    pub(super) fn terminal_came(&mut self, env: &[(String, String)]) {
        if !self.is_off() {
            self.terminal = environment::known(env).cloned().collect();
        }
    }

    /// The status of the live session is this.
    pub(super) fn notice(
        &mut self,
        record: &SessionRecord,
        name: impl Fn() -> SessionName,
        status: &StatusRecord,
        now: Duration,
    ) {
        if self.is_off() {
            return;
        }
        self.pending.retain(|job| job.occasion.holds(status.attention));
        for occasion in self.occasions.notice(status, now) {
            self.put(occasion, record, &name, status);
        }
    }

    /// Takes a command into the queue: the newest for its occasion is the one that counts.
    fn put(
        &mut self,
        occasion: Occasion,
        record: &SessionRecord,
        name: impl Fn() -> SessionName,
        status: &StatusRecord,
    ) {
        let held_back = self.on.unless == Unless::Attended && is_attended(status);
        if held_back || self.command(occasion).is_empty() {
            return;
        }
        self.pending.retain(|job| job.occasion != occasion);
        let command = self.command(occasion).to_owned();
        let mut env: Vec<(OsString, OsString)> =
            self.terminal.iter().map(|(key, value)| (key.into(), value.into())).collect();
        env.extend(variables(occasion, record, &name(), status));
        self.pending.push(Job { occasion, command, env });
    }

    /// What to poll for the end of a command.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.running.as_ref().map(|(_, word)| word.as_fd())
    }

    /// How the command that ran has ended; none if it still runs.
    pub(super) fn ended(&mut self) -> Option<(Occasion, Ended)> {
        let (occasion, word) = self.running.as_ref()?;
        let mut text = vec![0; WORD];
        let ended = match nix::unistd::read(word, &mut text) {
            Ok(0) => Err("what waited for it was killed".to_owned()),
            Ok(count) => read_word(&text[..count]),
            Err(errno) if std::io::Error::from(errno).kind() == ErrorKind::WouldBlock => return None,
            Err(errno) => Err(errno.to_string()),
        };
        let occasion = *occasion;
        self.running = None;
        Some((occasion, ended))
    }

    /// Starts the next command if none runs: the process that waits for it, or what kept it from beginning.
    pub(super) fn start(&mut self) -> Option<std::result::Result<Pid, (Occasion, Error)>> {
        if self.running.is_some() || self.pending.is_empty() {
            return None;
        }
        let job = self.pending.remove(0);
        Some(self.begin(&job).map_err(|error| (job.occasion, error)))
    }

    fn begin(&mut self, job: &Job) -> Result<Pid> {
        let (word, tell) = pipe2(OFlag::O_CLOEXEC).map_err(Error::errno("pipe"))?;
        fcntl(&word, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(Error::errno("pipe"))?;
        faults::step("on.fork")?;
        let runner = Runner { job, limit: self.on.timeout.0, after: None };
        let started = runner.start(&[tell.as_fd()], |ended| write_word(&tell, &ended));
        let pid = started.map_err(Error::errno("fork"))?;
        self.running = Some((job.occasion, word));
        self.runners.push(pid);
        Ok(pid)
    }

    /// The processes that wait for commands: none of the session's.
    pub(super) fn runners(&self) -> &[Pid] {
        &self.runners
    }

    /// A child of the server has ended, stopped or gone on.
    pub(super) fn child_changed(&mut self, status: WaitStatus) {
        if let WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) = status {
            self.runners.retain(|runner| *runner != pid);
        }
    }

    /// The session is over, with its record in the history. The last command is begun, to run when the one
    /// before it has ended. No server will hear of its end: what was wrong is added to the record.
    pub(super) fn session_ended(&mut self, end: &End<'_>) {
        let End { record, status, history, is_no_news } = *end;
        self.pending.clear();
        if self.on.unless == Unless::Attended && is_no_news {
            return;
        }
        let name = || record.name.clone();
        match self.on.completed.is_empty() {
            true if status.attention != Some(Attention::Done) => {}
            true => self.put(Occasion::Done, record, name, status),
            false => self.put(Occasion::Completed, record, name, status),
        }
        self.put(Occasion::Status, record, name, status);
        for job in std::mem::take(&mut self.pending) {
            let occasion = job.occasion;
            let warn = |ended: Ended| {
                let Err(why) = ended else { return };
                let _ = history.warn(&record.id, &warning(occasion, &why));
            };
            if let Err(error) = self.begin_last(&job, history, warn) {
                warn(Err(error.to_string()));
            }
        }
    }

    fn begin_last(&mut self, job: &Job, history: &History, warn: impl Fn(Ended)) -> Result<()> {
        let (word, tell) = pipe2(OFlag::O_CLOEXEC).map_err(Error::errno("pipe"))?;
        let before = self.running.take().map(|(_, word)| word);
        let kept = [history.dir().as_fd(), tell.as_fd()];
        let kept: Vec<BorrowedFd<'_>> = kept.into_iter().chain(before.as_ref().map(AsFd::as_fd)).collect();
        faults::step("on.fork")?;
        let runner = Runner { job, limit: self.on.timeout.0, after: before.as_ref() };
        let tells = |ended: Ended| {
            write_word(&tell, &ended);
            warn(ended);
        };
        runner.start(&kept, tells).map_err(Error::errno("fork"))?;
        self.running = Some((job.occasion, word));
        Ok(())
    }
}

/// The end of a session, for what is run then.
#[derive(Clone, Copy, Debug)]
pub(super) struct End<'a> {
    pub(super) record: &'a SessionRecord,
    pub(super) status: &'a StatusRecord,
    pub(super) history: &'a History,
    /// A person sees it, or had it end.
    pub(super) is_no_news: bool,
}

/// What is said of a command that failed.
pub(super) fn warning(occasion: Occasion, why: &str) -> String {
    format!("[on] {occasion}: {why}")
}

/// What a command is told.
fn variables(
    occasion: Occasion,
    record: &SessionRecord,
    name: &SessionName,
    status: &StatusRecord,
) -> Vec<(OsString, OsString)> {
    let exit = status.exit.and_then(Exit::shell_code).map(|code| code.to_string());
    [
        ("MS_ON", occasion.to_string()),
        ("MS_NAME", name.to_string()),
        ("MS_ID", record.id.clone()),
        ("MS_TYPE", record.kind.clone()),
        ("MS_STATUS", status.status.to_string()),
        ("MS_KIND", status.kind.map(|kind| kind.to_string()).unwrap_or_default()),
        ("MS_ATTENTION", status.attention.map(|word| word.to_string()).unwrap_or_default()),
        ("MS_MESSAGE", status.message.clone().unwrap_or_default()),
        ("MS_EXIT", exit.unwrap_or_default()),
        ("MS_SINCE", status.since.to_string()),
    ]
    .map(|(key, value)| (key.into(), value.into()))
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_platform::time::Time;
    use msession::format::status::{Kind, Mode, Status};

    fn commands(unless: Unless) -> OnCommands {
        let [asks, done, completed, status] = ["a", "d", "c", "s"].map(str::to_owned);
        OnCommands::new(On { asks, done, completed, status, unless, ..On::default() })
    }

    fn record() -> SessionRecord {
        let text = r#"{"format":1,"id":"20260101T000000-0123456789ab","name":"x","argv":["sh"],"cwd":"/",
            "created":"2026-01-01T00:00:00.000Z","server_pid":1,"child_pid":2,"buffer":4096}"#;
        serde_json::from_str(text).unwrap()
    }

    fn asks(mode: Mode) -> StatusRecord {
        let mut status = StatusRecord::begin(80, 24, Time(0));
        (status.status, status.kind) = (Status::Waiting, Some(Kind::Confirm));
        (status.attention, status.mode) = (Some(Attention::Asks), mode);
        status.message = Some("$(rm -rf /) `id`".into());
        status
    }

    fn noticed(mut on: OnCommands, statuses: &[StatusRecord]) -> Vec<Job> {
        let name = || SessionName::new("x").unwrap();
        for status in statuses {
            on.notice(&record(), name, status, Duration::ZERO);
        }
        on.pending
    }

    #[test]
    fn nothing_is_run_while_a_person_is_on_the_session_unless_that_is_wanted() {
        let begun = StatusRecord::begin(80, 24, Time(0));
        let of = |unless, mode| {
            let jobs = noticed(commands(unless), &[begun.clone(), asks(mode)]);
            jobs.iter().map(|job| job.occasion).collect::<Vec<_>>()
        };
        let both = [Occasion::Status, Occasion::Asks];
        assert_eq!(of(Unless::Attended, Mode::Background), both);
        assert_eq!(of(Unless::Attended, Mode::Foreground), []);
        assert_eq!(of(Unless::Never, Mode::Foreground), both);
        let later = noticed(commands(Unless::Attended), &[asks(Mode::Foreground), asks(Mode::Background)]);
        assert_eq!(later, [], "who left has seen it");
    }

    #[test]
    fn the_newest_for_an_occasion_counts_and_what_is_over_is_dropped() {
        let begun = StatusRecord::begin(80, 24, Time(0));
        let jobs = noticed(commands(Unless::Attended), &[begun.clone(), asks(Mode::Background), begun]);
        assert_eq!(jobs.iter().map(|job| job.occasion).collect::<Vec<_>>(), [Occasion::Status]);
        assert!(jobs[0].env.contains(&("MS_STATUS".into(), "active".into())));
    }

    #[test]
    fn what_a_program_wrote_is_in_variables_alone() {
        let jobs = noticed(commands(Unless::Attended), &[asks(Mode::Background)]);
        assert_eq!(jobs[0].command, "a");
        assert!(jobs[0].env.contains(&("MS_MESSAGE".into(), "$(rm -rf /) `id`".into())));
        let off = noticed(OnCommands::new(On::default()), &[asks(Mode::Background)]);
        assert_eq!(off, []);
    }
}
