//! The server: the one process that owns a session's pty. One thread, one poll loop, no wake-up while
//! its session waits. It joins ring, scanner, terminal model and judge, and is the only place that does.
//!
//! - `spawn`, `program`: from `msnew` to a server with its program running
//! - `event_loop`: what it waits for, and the order in which things are done
//! - `output`: pty → ring → doorbells, and holding the program back for the terminal in front
//! - `input`, `typing`: what waits to be typed, and typing it
//! - `interrupt`: a person's interrupt, and dropping what waits, beside a terminal that takes nothing
//! - `door`, `clients`, `requests`: connections, and what their frames ask for
//! - `query_router`, `pending_queries`: exactly one answer to each query
//! - `view`: the terminal model, fed lazily from the ring
//! - `session_status`: the status record, which nothing else writes; `publish`: when it goes to disk
//! - `reading`: how far the program has got with what was typed
//! - `answer`: after a script has typed, the old wait is over
//! - `signaller`, `processes`: ending the program's processes, stopping them, and letting them go on
//! - `terminal`: the program's terminal, and what the kernel says of it
//! - `environment`: the ssh agent and the display of the last terminal
//! - `recording`: beginning the record that outlives the session
//! - `home`, `way`: putting the session's directory back when somebody removed it, and hearing of that
//! - `ending`: the end

mod answer;
mod clients;
mod door;
mod ending;
pub(crate) mod environment;
mod event_loop;
mod home;
mod input;
mod interrupt;
mod output;
mod pending_queries;
mod processes;
mod program;
mod publish;
mod query_router;
mod reading;
mod recording;
mod requests;
mod session_status;
mod signaller;
pub mod spawn;
mod terminal;
mod typing;
mod view;
mod way;

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::time::{ClockId, clock_gettime};

use crate::judge::{Judge, Watched};
use crate::platform::time::Time;
use crate::session::format::config::Config;
use crate::session::format::error::{Error, Result};
use crate::session::format::record::{self, SessionRecord};
use crate::session::format::status::StatusRecord;
use crate::session::store::faults;
use crate::session::store::history::History;
use crate::session::store::ring;
use crate::session::store::session::{self, Runtime, SessionDir, file};
use crate::terminal::keyboard::line::Line;
use crate::terminal::scan::{Event, Scanner};

use clients::Clients;
use home::Home;
use input::InputQueue;
use query_router::QueryRouter;
use session_status::SessionStatus;
use signaller::Signaller;
use terminal::ProgramTerminal;
use view::View;

/// A session's server.
pub(crate) struct Server {
    home: Home,
    history: History,
    /// When its record there is to be begun, if that was not done yet.
    history_due: Option<Duration>,
    listener: UnixListener,
    signals: SignalFd,
    terminal: ProgramTerminal,
    ring: ring::Writer,
    scanner: Scanner,
    view: View,
    queries: QueryRouter,
    judge: Judge,
    clients: Clients,
    input: InputQueue,
    /// The line that the terminal collects in canonical mode.
    line: Line,
    status: SessionStatus,
    record: SessionRecord,
    signaller: Signaller,
    last_typed: reading::LastTyped,
    /// When the program last wrote.
    wrote_at: Duration,
    /// Offset up to which a person has seen the output.
    seen: u64,
    /// Time that went into painting screens since others were served.
    painted_for: Duration,
    /// Bytes just read, and what the scanner found in them: kept for their memory alone.
    fresh: Vec<u8>,
    events: Vec<Event>,
}

/// Time since some moment before the server began, on a clock that is never set: CLOCK_MONOTONIC,
/// which stands still while the machine is suspended, as programs do.
pub(crate) fn now() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default()
}

/// A moment on both clocks: the one of [`now`], and the wall's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    at: Duration,
    wall: Time,
}

impl Moment {
    fn now() -> Moment {
        Moment { at: now(), wall: Time::now() }
    }
}

impl Server {
    /// Makes everything and starts the program; on failure nothing is left.
    fn begin(
        runtime: Runtime,
        history: History,
        session: SessionDir,
        lock: OwnedFd,
        plan: &spawn::Plan,
        config: &Config,
    ) -> Result<Server> {
        let mut home = Home::new(runtime, session, lock);
        home.show_name();
        let made = crate::session::format::id::fresh(Time::now()).and_then(|id| {
            let parts = Parts::make(home.runtime(), home.session(), plan, &id);
            parts.inspect_err(|_| session::remove_agent_link(home.runtime(), &id))
        });
        let parts = made.inspect_err(|_| drop(home.session().remove(home.runtime())))?;
        let mut server = parts.assemble(home, history, plan, config);
        match server.write_first_status() {
            Ok(()) => Ok(server),
            Err(error) => {
                server.abandon();
                Err(error)
            }
        }
    }

    /// With this the session is there for all to see.
    fn write_first_status(&mut self) -> Result<()> {
        faults::step("create.status")?;
        self.status.write_if_due(self.home.session(), now())?;
        self.home.mark_made()
    }

    /// Ends a program whose session could not be recorded.
    fn abandon(self) {
        let _ = nix::sys::signal::kill(self.signaller.program(), Signal::SIGKILL);
        let _ = nix::sys::wait::waitpid(self.signaller.program(), None);
        let _ = self.home.remove(&self.record.id);
    }
}

/// What a server needs before there is one.
struct Parts {
    record: SessionRecord,
    ring: ring::Writer,
    listener: UnixListener,
    signals: SignalFd,
    running: program::Running,
}

impl Parts {
    /// Everything that can fail; the program comes last, so that nothing needs to be undone after it.
    fn make(runtime: &Runtime, session: &SessionDir, plan: &spawn::Plan, id: &str) -> Result<Parts> {
        let now = Time::now();
        let program = plan.program(runtime, id)?;
        let (cols, rows) = plan.size;
        faults::step("create.output")?;
        let ring = ring::Writer::create(session.create_file(file::OUTPUT)?, plan.buffer, cols, rows, now)?;
        let listener = home::listen(session)?;
        let signals = take_signals()?;
        // Orphans of the program stay our descendants, so that they can be found and ended.
        nix::sys::prctl::set_child_subreaper(true).map_err(Error::errno("prctl"))?;
        let (argv, cut) = record::kept_arguments(&plan.argv);
        let mut record = SessionRecord {
            format: record::FORMAT,
            id: id.to_owned(),
            name: session.name().clone(),
            named: matches!(plan.name, spawn::NameWish::Exactly(_)),
            kind: plan.kind.clone(),
            argv,
            cut,
            cwd: plan.cwd.to_string_lossy().into_owned(),
            created: now,
            server_pid: std::process::id() as i32,
            child_pid: 0,
            buffer: plan.buffer,
            parent: plan.parent.clone(),
            server_start: crate::session::store::alive::start_of(std::process::id() as i32),
            runtime: Some(crate::session::store::rundir::runtime_path().to_string_lossy().into_owned()),
        };
        // Lists pass over a session that has no status.json yet; the program itself finds its record.
        let running = program.run(cols, rows, |child| {
            faults::step("create.record")?;
            session.write_record(&SessionRecord { child_pid: child.as_raw(), ..record.clone() })
        })?;
        record.child_pid = running.child.as_raw();
        Ok(Parts { record, ring, listener, signals, running })
    }

    fn assemble(self, mut home: Home, history: History, plan: &spawn::Plan, config: &Config) -> Server {
        let Parts { record, ring, listener, signals, running } = self;
        let (cols, rows) = plan.size;
        home.remember(&record.id);
        Server {
            judge: judge(config, &record, &running),
            home,
            history,
            history_due: Some(now() + recording::AFTER),
            listener,
            signals,
            terminal: ProgramTerminal::new(running.master, running.slave),
            ring,
            scanner: Scanner::new(),
            view: View::new(cols, rows),
            queries: QueryRouter::default(),
            clients: Clients::new(),
            input: InputQueue::default(),
            line: Line::default(),
            status: SessionStatus::new(first_status(&record, cols, rows)),
            record,
            signaller: Signaller::new(running.child),
            last_typed: reading::LastTyped::default(),
            wrote_at: Duration::ZERO,
            seen: 0,
            painted_for: Duration::ZERO,
            fresh: Vec::new(),
            events: Vec::new(),
        }
    }
}

fn judge(config: &Config, record: &SessionRecord, running: &program::Running) -> Judge {
    let detect = config.types.get(&record.kind).map(|preset| preset.detect.clone()).unwrap_or_default();
    let (child_pid, server_pid) = (record.child_pid, record.server_pid);
    Judge::new(&detect, Watched { child_pid, server_pid, tty_dev: running.tty_dev })
}

fn first_status(record: &SessionRecord, cols: u16, rows: u16) -> StatusRecord {
    let cut = |bytes| format!("too long to be kept whole: {bytes} bytes of its arguments");
    let warning = Some(record.cut).filter(|cut| *cut > 0).map(cut);
    StatusRecord { warning, ..StatusRecord::begin(cols, rows, record.created) }
}

/// Signals arrive through a descriptor, so that the loop needs no handlers and no thread.
fn take_signals() -> Result<SignalFd> {
    let mut mask = SigSet::empty();
    for signal in [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT] {
        mask.add(signal);
    }
    // To look at its directory at once.
    mask.add(Signal::SIGUSR1);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&mask), None).map_err(Error::errno("signals"))?;
    SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
        .map_err(Error::errno("signalfd"))
}
