//! From the command until the program runs, as the program itself says, and until the command returns.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::process::{Child, Stdio};
use std::time::Instant;

use ms_platform::sys::process::pidfd_open;
use nix::poll::{PollFd, PollFlags};

use crate::Result;
use crate::args::Args;
use crate::fifo::Fifo;
use crate::host::Host;
use crate::process::{deadline, kill_and_wait, milliseconds, wait_for_any};
use crate::report::{Row, Unit};
use crate::samples::Samples;
use crate::terminal::Terminal;
use crate::world::World;

const ROUNDS: usize = 60;

/// Both rows.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    let fifo = Fifo::new(world.memory("created"))?;
    let argv = [world.helper("say")?, fifo.path().display().to_string()];
    let hosts = Host::all(world);
    hosts.iter().try_for_each(|host| host.prepare(world))?;
    let (mut runs, mut returns) = (BTreeMap::<Host, Samples>::new(), BTreeMap::<Host, Samples>::new());
    for round in 0..args.rounds(ROUNDS) {
        for host in &hosts {
            let (ran, returned) = create(*host, world, &format!("c{round}"), &argv, &fifo)?;
            runs.entry(*host).or_default().push(ran);
            returned.into_iter().for_each(|span| returns.entry(*host).or_default().push(span));
        }
    }
    let p95 = |what: &str, cells| Row::new(what, Unit::Ms, cells).with_p95().at_most_times(1.0, Host::Dtach);
    Ok(vec![p95("create: until the program runs", runs), p95("create: until the command returns", returns)])
}

/// One session, from before it begins until nothing of it is left: milliseconds until its program ran,
/// and until the command returned.
fn create(host: Host, world: &World, name: &str, argv: &[String], fifo: &Fifo) -> Result<(f64, Option<f64>)> {
    let start = Instant::now();
    if host == Host::Bare {
        let terminal = Terminal::start(world, argv)?;
        fifo.number(deadline())?;
        let ran = milliseconds(start.elapsed());
        drop(terminal);
        return Ok((ran, None));
    }
    let mut command = host.create(world, name, argv)?;
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let (ran, pid, returned) = both(&mut child, fifo, start)?;
    kill_and_wait(pid as i32)?;
    host.wait_gone(world, name)?;
    Ok((ran, Some(returned)))
}

/// Waits for the program's word and for the command's end, in whatever order they come.
fn both(child: &mut Child, fifo: &Fifo, start: Instant) -> Result<(f64, u64, f64)> {
    let end = pidfd_open(child.id() as i32)?;
    let (mut ran, mut returned) = (None, None);
    loop {
        let mut fds = Vec::new();
        fds.extend(ran.is_none().then(|| PollFd::new(fifo.as_fd(), PollFlags::POLLIN)));
        fds.extend(returned.is_none().then(|| PollFd::new(end.as_fd(), PollFlags::POLLIN)));
        wait_for_any(&mut fds, deadline())?;
        let now = milliseconds(start.elapsed());
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any() == Some(true)).collect();
        if ran.is_none() && ready[0] {
            ran = Some((now, fifo.number(deadline())?));
        }
        if returned.is_none() && ready[ready.len() - 1] && (ready.len() == 1 || ready[1]) {
            returned = Some(now);
            let status = child.wait()?;
            if !status.success() {
                return Err(format!("the command that creates failed: {status}").into());
            }
        }
        if let (Some((ran, pid)), Some(returned)) = (ran, returned) {
            return Ok((ran, pid, returned));
        }
    }
}
