//! The server's own process, from the fork to its loop: it leaves `msnew`'s session, makes all that a server
//! needs, starts the program, and tells `msnew` how that went. If it went wrong nothing is left.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixListener;

use nix::fcntl::OFlag;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd;

use super::clients::Clients;
use super::event_loop::Server;
use super::facts_readers::FactsReaders;
use super::history_entry::HistoryEntry;
use super::input::TypedInput;
use super::intake::Intake;
use super::on::OnCommands;
use super::owned_session_dir::{self, OwnedSessionDir};
use super::plan::{NameWish, OK, Plan};
use super::query_router::QueryRouter;
use super::session_status::SessionStatus;
use super::signaller::Signaller;
use super::terminal::ProgramTerminal;
use super::{now, program};
use ms_judge::{Judge, Watched};
use ms_platform::sys::process::ForkedChild;
use ms_platform::time::Time;
use msession::format::config::Config;
use msession::format::error::{Error, Result};
use msession::format::frame::Refusal;
use msession::format::session_record::{self, SessionRecord};
use msession::format::status::StatusRecord;
use msession::store::faults;
use msession::store::history::History;
use msession::store::ring;
use msession::store::session::{self, Runtime, SessionDir, file};

/// A server before its program runs.
pub(super) struct ServerChild {
    pub(super) runtime: Runtime,
    pub(super) history: History,
    pub(super) session: SessionDir,
    pub(super) lock: OwnedFd,
    pub(super) plan: Plan,
    pub(super) tell: OwnedFd,
    pub(super) config: Config,
}

impl ServerChild {
    /// In the server: everything until the end of its life; returns its exit code.
    pub(super) fn serve(self, child: &ForkedChild) -> i32 {
        let ServerChild { runtime, history, session, lock, plan, tell: word, config } = self;
        let kept =
            [runtime.as_fd(), history.dir().as_fd(), session.dir().as_fd(), lock.as_fd(), word.as_fd()];
        if let Err(errno) = leave_caller(child, &kept) {
            let _ = session.remove(&runtime);
            tell(word, Err(&Error::errno("/dev/null")(errno)));
            return 1;
        }
        match begin(runtime, history, session, lock, &plan, &config) {
            Ok(server) => {
                tell(word, Ok(()));
                drop(plan);
                i32::from(server.run().is_err())
            }
            Err(error) => {
                tell(word, Err(&error));
                1
            }
        }
    }
}

/// Lets go of the caller's session with its terminal, of its directory and descriptors. The caller ends
/// soon, and then this process is init's child. It opens no terminal without O_NOCTTY, so it never gets
/// a controlling one.
fn leave_caller(child: &ForkedChild, kept: &[BorrowedFd<'_>]) -> nix::Result<()> {
    unistd::setsid()?;
    child.keep_only(kept);
    let null =
        nix::fcntl::open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty())?;
    unistd::dup2_stdin(&null)?;
    unistd::dup2_stdout(&null)?;
    unistd::dup2_stderr(&null)?;
    unistd::chdir("/")
}

/// Tells `msnew` how it went, and closes the pipe.
fn tell(pipe: OwnedFd, result: std::result::Result<(), &Error>) {
    let word = match result {
        Ok(()) => OK.to_vec(),
        Err(error) => Refusal::of(error).to_text(),
    };
    let _ = File::from(pipe).write_all(&word);
}

/// Makes everything and starts the program; on failure nothing is left.
fn begin(
    runtime: Runtime,
    history: History,
    session: SessionDir,
    lock: OwnedFd,
    plan: &Plan,
    config: &Config,
) -> Result<Server> {
    let mut dir = OwnedSessionDir::new(runtime, session, lock);
    dir.show_name();
    let made = msession::format::id::fresh(Time::now()).and_then(|id| {
        let parts = Parts::make(dir.runtime(), dir.session(), plan, &id);
        parts.inspect_err(|_| session::remove_agent_link(dir.runtime(), &id))
    });
    let parts = made.inspect_err(|_| drop(dir.session().remove(dir.runtime())))?;
    let mut server = parts.assemble(dir, history, plan, config);
    match write_first_status(&mut server) {
        Ok(()) => Ok(server),
        Err(error) => {
            abandon(&server);
            Err(error)
        }
    }
}

/// With this the session is there for all to see.
fn write_first_status(server: &mut Server) -> Result<()> {
    faults::step("create.status")?;
    server.status.write_if_due(server.dir.session(), now())?;
    server.dir.mark_made()
}

/// Ends a program whose session could not be recorded.
fn abandon(server: &Server) {
    let program = server.signaller.program();
    let _ = nix::sys::signal::kill(program, Signal::SIGKILL);
    let _ = nix::sys::wait::waitpid(program, None);
    let _ = server.dir.remove(&server.record.id);
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
    fn make(runtime: &Runtime, session: &SessionDir, plan: &Plan, id: &str) -> Result<Parts> {
        let now = Time::now();
        let program = plan.program(runtime, id)?;
        let (cols, rows) = plan.size;
        faults::step("create.output")?;
        let ring = ring::Writer::create(session.create_file(file::OUTPUT)?, plan.buffer, cols, rows, now)?;
        let listener = owned_session_dir::listen(session)?;
        let signals = take_signals()?;
        // Orphans of the program stay our descendants, so that they can be found and ended.
        nix::sys::prctl::set_child_subreaper(true).map_err(Error::errno("prctl"))?;
        let (argv, cut) = session_record::kept_arguments(&plan.argv);
        let mut record = SessionRecord {
            format: session_record::FORMAT,
            id: id.to_owned(),
            name: session.name().clone(),
            named: matches!(plan.name, NameWish::Exactly(_)),
            kind: plan.kind.clone(),
            argv,
            cut,
            cwd: plan.cwd.to_string_lossy().into_owned(),
            created: now,
            server_pid: std::process::id() as i32,
            child_pid: 0,
            buffer: plan.buffer,
            parent: plan.parent.clone(),
            server_start: msession::store::alive::start_of(std::process::id() as i32),
            runtime: Some(msession::store::rundir::runtime_path().to_string_lossy().into_owned()),
        };
        // Lists pass over a session that has no status.json yet; the program itself finds its record.
        let running = program.run(cols, rows, |child| {
            faults::step("create.record")?;
            session.write_record(&SessionRecord { child_pid: child.as_raw(), ..record.clone() })
        })?;
        record.child_pid = running.child.as_raw();
        Ok(Parts { record, ring, listener, signals, running })
    }

    fn assemble(self, mut dir: OwnedSessionDir, history: History, plan: &Plan, config: &Config) -> Server {
        let Parts { record, ring, listener, signals, running } = self;
        dir.remember(&record.id);
        Server {
            dir,
            history: HistoryEntry::new(history, now()),
            signals,
            judge: judge(config, &record, &running),
            facts_readers: FactsReaders::default(),
            terminal: ProgramTerminal::new(running.master, running.slave),
            intake: Intake::new(ring, plan.size),
            input: TypedInput::default(),
            queries: QueryRouter::default(),
            status: SessionStatus::new(first_status(&record, plan.size)),
            signaller: Signaller::new(running.child),
            on: OnCommands::new(config.on_for(&record.kind)),
            clients: Clients::new(listener),
            record,
        }
    }
}

fn judge(config: &Config, record: &SessionRecord, running: &program::Running) -> Judge {
    let detect = config.types.get(&record.kind).map(|preset| preset.detect.clone()).unwrap_or_default();
    let (child_pid, server_pid) = (record.child_pid, record.server_pid);
    Judge::new(&detect, Watched { child_pid, server_pid, tty_dev: running.tty_dev })
}

fn first_status(record: &SessionRecord, (cols, rows): (u16, u16)) -> StatusRecord {
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
