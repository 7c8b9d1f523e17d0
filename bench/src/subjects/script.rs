//! What scripts do: wait for a change, and type.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::session::since;
use crate::Result;
use crate::args::Args;
use crate::host::{Host, tmux};
use crate::process::{output, time_to_end};
use crate::report::{Row, Unit};
use crate::samples::Samples;
use crate::world::World;

const ROUNDS: usize = 60;
/// Until who waits has gone to sleep.
const ASLEEP: Duration = Duration::from_millis(30);
const NAME: &str = "script";

/// The rows.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    let hosts: Vec<Host> =
        Host::keepers(world).into_iter().filter(|host| matches!(host, Host::Ms | Host::Tmux)).collect();
    for host in &hosts {
        host.prepare(world)?;
        host.start(world, NAME, &["cat".into()])?;
    }
    let rows = vec![wait(args, world)?, send(args, world, &hosts)?];
    output(world.tool("msclose")?.args(["--force", NAME]))?;
    let _ = output(tmux(world).args(["kill-session", "-t", NAME]));
    Ok(rows)
}

/// From the program's stop until `mswait` has printed the session's name.
fn wait(args: &Args, world: &World) -> Result<Row> {
    let child = output(world.tool("msls")?.args(["--format", "{child_pid}"]))?.trim().parse()?;
    let spans: Result<Samples> =
        (0..args.rounds(ROUNDS)).map(|_| told(world, Pid::from_raw(child))).collect();
    let row = Row::new("mswait, from the change on", Unit::Ms, BTreeMap::from([(Host::Ms, spans?)]));
    Ok(row.with_p95().at_most(5.0).p95_at_most(20.0))
}

fn told(world: &World, child: Pid) -> Result<f64> {
    output(world.tool("mswait")?.args(["--until", "waiting", NAME]))?;
    let mut waits = world.tool("mswait")?;
    let mut waits = waits.args(["--until", "paused", NAME]).stdout(Stdio::piped()).spawn()?;
    sleep(ASLEEP);
    let start = Instant::now();
    kill(child, Signal::SIGSTOP)?;
    let mut printed = String::new();
    waits.stdout.take().ok_or("no pipe")?.read_to_string(&mut printed)?;
    let span = since(start);
    kill(child, Signal::SIGCONT)?;
    if waits.wait()?.success() && printed.trim() == NAME { Ok(span) } else { Err("mswait failed".into()) }
}

/// A line typed by a command, until the command ends.
fn send(args: &Args, world: &World, hosts: &[Host]) -> Result<Row> {
    let mut cells = BTreeMap::<Host, Samples>::new();
    for _ in 0..args.rounds(ROUNDS) {
        for host in hosts {
            cells.entry(*host).or_default().push(time_to_end(&mut typing(*host, world)?)?);
        }
    }
    let row = Row::new("mssend of a line, against `tmux send-keys`", Unit::Ms, cells);
    Ok(row.with_p95().at_most_times(1.0, Host::Tmux))
}

fn typing(host: Host, world: &World) -> Result<Command> {
    Ok(match host {
        Host::Tmux => {
            let mut command = tmux(world);
            command.args(["send-keys", "-t", NAME, "word", "Enter"]);
            command
        }
        _ => {
            let mut command = world.tool("mssend")?;
            command.args([NAME, "word", "--enter"]);
            command
        }
    })
}
