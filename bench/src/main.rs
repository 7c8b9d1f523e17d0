//! `make bench`: the tools beside dtach, abduco, tmux and a bare pty, in one run, as one table.
//!
//! Contenders take turns within each round, so that what disturbs the machine disturbs all of them, and
//! ratios are taken within a round. Everything happens in directories of its own; a process that stays
//! behind does nothing but clean up, however the measuring ends.

#![forbid(unsafe_code)]

mod args;
mod fifo;
mod host;
mod machine;
mod process;
mod report;
mod samples;
mod subjects;
mod terminal;
mod world;

use std::io::Write;
use std::process::ExitCode;

use ms_platform::sys::process::{exit_now, fork_single_threaded};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::ForkResult;

use args::Args;
use world::World;

/// Any failure: shown to the person who runs it.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match Args::parse(std::env::args().skip(1)).and_then(|args| run(&args)) {
        Ok(code) => code,
        Err(error) => {
            note(&error.to_string());
            ExitCode::from(2)
        }
    }
}

/// Measures in a child, so that this process can clean up after it whatever becomes of it.
fn run(args: &Args) -> Result<ExitCode> {
    if args.help {
        say(args::HELP);
        return Ok(ExitCode::SUCCESS);
    }
    let world = World::new(args.tools.as_deref())?;
    let mut interrupts = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        interrupts.add(signal);
    }
    interrupts.thread_block()?;
    match fork_single_threaded()? {
        ForkResult::Child => {
            interrupts.thread_unblock()?;
            exit_now(measure(args, &world))
        }
        ForkResult::Parent { child } => {
            let ended = waitpid(child, None)?;
            world.clean_up();
            Ok(match ended {
                WaitStatus::Exited(_, code) => ExitCode::from(code as u8),
                _ => ExitCode::from(130),
            })
        }
    }
}

fn measure(args: &Args, world: &World) -> i32 {
    let rows = subjects::run_all(args, world);
    say(&format!("{}\n\n{}", machine::line(), report::table(&rows, world)));
    0
}

/// Prints to standard output; a closed one is nobody's loss.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Tells the person who waits.
fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "ms-bench: {text}");
}
