//! Judges a process that runs already, on whatever terminal it has: from what the kernel says alone, since what it
//! prints goes to somebody else.

use std::fs::OpenOptions;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::thread::sleep;
use std::time::Duration;

use ms_judge::{DetectConfig, Judge, Verdict, Watched};
use ms_platform::procfs::Proc;
use ms_platform::sys::clock;
use ms_terminal::screen::Screen;
use nix::fcntl::OFlag;

/// Looks for `limit` at what stands in front on the terminal of process `pid`, and hands each verdict on with its
/// time, until `tell` says that it has seen enough.
///
/// # Errors
/// A sentence, if there is no such process, if it has no terminal, or if that may not be opened.
pub fn follow(
    pid: i32,
    limit: Duration,
    tell: &mut dyn FnMut(Duration, &Verdict) -> bool,
) -> Result<(), String> {
    let mut proc = Proc::new();
    let stat = proc.stat(pid).map_err(|_| format!("{pid}: no such process"))?;
    if stat.tty == 0 {
        return Err(format!("{pid}: has no terminal"));
    }
    // The leader of its session stands for the program; who started that, for the terminal's owner.
    let leader = proc.stat(stat.session).unwrap_or(stat);
    let watched = Watched { child_pid: leader.pid, server_pid: leader.ppid, tty_dev: stat.tty };
    let path = format!("/dev/pts/{}", nix::sys::stat::minor(stat.tty));
    let flags = (OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC).bits();
    let terminal = OpenOptions::new().read(true).custom_flags(flags).open(&path);
    let terminal = terminal.map_err(|why| format!("{path}: {why}"))?;

    let mut judge = Judge::new(&DetectConfig::default(), watched);
    let (blank, start) = (Screen::new(80, 24), clock::monotonic());
    loop {
        let now = clock::monotonic() - start;
        let Some(next) = judge.next_look().map(|next| next.max(now)).filter(|next| *next < limit) else {
            return Ok(());
        };
        sleep(next - now);
        let now = clock::monotonic() - start;
        let changed = judge.look(now, terminal.as_fd(), &mut || blank.picture());
        if changed.is_some_and(|verdict| tell(now, &verdict)) {
            return Ok(());
        }
    }
}
