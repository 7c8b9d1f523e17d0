//! A session, of whatever contender, whose program writes a lot when it is told to.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};

use crate::Result;
use crate::fifo::Fifo;
use crate::host::{Host, tmux};
use crate::process::{deadline, output, until, wait_for_any};
use crate::terminal::Terminal;
use crate::world::World;

/// The last line of what is written.
pub const MARKER: &str = "= all written =";

/// The program `flood` somewhere.
#[derive(Debug)]
pub struct Flood<'a> {
    pub host: Host,
    world: &'a World,
    name: String,
    go: Fifo,
    done: Fifo,
    /// Where the program is if no session is.
    bare: Option<Terminal>,
}

impl<'a> Flood<'a> {
    /// Starts it; nothing is written yet.
    pub fn start(host: Host, world: &'a World, kind: &str, megabytes: u32) -> Result<Flood<'a>> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("f{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let fifo = |what| Fifo::new(world.memory(&format!("{name}.{what}")));
        let (go, done) = (fifo("go")?, fifo("done")?);
        let path = |fifo: &Fifo| fifo.path().display().to_string();
        let argv = [world.helper("flood")?, kind.into(), megabytes.to_string(), path(&go), path(&done)];
        let bare = match host {
            Host::Bare => Some(Terminal::start(world, &argv)?),
            host => host.start(world, &name, &argv).map(|()| None)?,
        };
        Ok(Flood { host, world, name, go, done, bare })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Has it write.
    pub fn go(&self) -> Result<()> {
        self.go.go()
    }

    /// Waits until it has; returns how long it took, by its own clock.
    pub fn done(&self) -> Result<Duration> {
        self.done.number(deadline()).map(Duration::from_nanos)
    }

    /// Readable once it has written.
    pub fn done_fd(&self) -> BorrowedFd<'_> {
        self.done.as_fd()
    }

    /// Has it write with nobody looking, except that somebody must read from a bare pty.
    pub fn run_unseen(&mut self) -> Result<Duration> {
        self.go.go()?;
        let Some(terminal) = &mut self.bare else { return self.done() };
        loop {
            let mut fds = [
                PollFd::new(self.done.as_fd(), PollFlags::POLLIN),
                PollFd::new(terminal.as_fd(), PollFlags::POLLIN),
            ];
            wait_for_any(&mut fds, deadline())?;
            if fds[0].any() == Some(true) {
                break;
            }
            terminal.read(deadline())?;
        }
        let spent = self.done.number(deadline()).map(Duration::from_nanos);
        terminal.drain(Duration::from_millis(5));
        spent
    }

    /// Ends it.
    pub fn end(self) -> Result<()> {
        match self.host {
            Host::Ms => drop(output(self.world.tool("msclose")?.args(["--force", &self.name]))?),
            Host::Tmux => drop(output(tmux(self.world).args(["kill-session", "-t", &self.name]))?),
            _ => {}
        }
        drop(self.bare);
        // dtach and abduco have no command for it: the program ends when its FIFO's other end is gone.
        drop((self.go, self.done));
        until(|| self.host.is_gone(self.world, &self.name))
    }
}

/// Milliseconds since then.
pub fn since(start: Instant) -> f64 {
    crate::process::milliseconds(start.elapsed())
}
