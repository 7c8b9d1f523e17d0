//! How fast a program can write: to a session that nobody looks at, and with a terminal on it.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};

use super::session::{Flood, MARKER};
use crate::Result;
use crate::args::Args;
use crate::host::Host;
use crate::process::{deadline, wait_for_any};
use crate::report::{Row, Unit};
use crate::samples::Samples;
use crate::terminal::{Tail, Terminal};
use crate::world::World;

const ROUNDS: usize = 8;
const MEGABYTES: u32 = 16;

/// Rows for both kinds of text, detached and attached.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in ["plain", "colour"] {
        rows.push(detached(args, world, kind)?);
        rows.push(attached(args, world, kind)?);
    }
    Ok(rows)
}

fn detached(args: &Args, world: &World, kind: &str) -> Result<Row> {
    let mut floods = Vec::new();
    for host in Host::all(world) {
        host.prepare(world)?;
        floods.push(Flood::start(host, world, kind, MEGABYTES)?);
    }
    let mut speeds = BTreeMap::<Host, Samples>::new();
    for _ in 0..args.rounds(ROUNDS) {
        for flood in &mut floods {
            let speed = f64::from(MEGABYTES) / flood.run_unseen()?.as_secs_f64();
            speeds.entry(flood.host).or_default().push(speed);
        }
    }
    floods.into_iter().try_for_each(Flood::end)?;
    let row = Row::new(format!("write {MEGABYTES} MB, {kind}, detached"), Unit::Speed, speeds);
    Ok(row.at_least_times(if kind == "plain" { 0.9 } else { 0.85 }, Host::Bare))
}

fn attached(args: &Args, world: &World, kind: &str) -> Result<Row> {
    let what = format!("write {MEGABYTES} MB, {kind}, attached");
    if world.built("msswitch").is_none() {
        return Ok(Row::skipped(what, "msswitch is not built"));
    }
    let mut pairs = Vec::new();
    for host in Host::keepers(world) {
        host.prepare(world)?;
        let flood = Flood::start(host, world, kind, MEGABYTES)?;
        let mut terminal = Terminal::start(world, &host.attach(world, flood.name())?)?;
        terminal.drain(Duration::from_millis(200));
        pairs.push((flood, terminal));
    }
    let mut speeds = BTreeMap::<Host, Samples>::new();
    for _ in 0..args.rounds(ROUNDS) {
        for (flood, terminal) in &mut pairs {
            let speed = f64::from(MEGABYTES) / run_seen(flood, terminal)?.as_secs_f64();
            speeds.entry(flood.host).or_default().push(speed);
        }
    }
    for (flood, terminal) in pairs {
        drop(terminal);
        flood.end()?;
    }
    Ok(Row::new(what, Unit::Speed, speeds).at_least_times(1.0, Host::Dtach))
}

/// From the word to begin until the program has written everything and the terminal has the end of it.
fn run_seen(flood: &Flood, terminal: &mut Terminal) -> Result<Duration> {
    let (mut tail, mut written, mut shown) = (Tail::default(), false, false);
    let start = Instant::now();
    flood.go()?;
    while !(written && shown) {
        let mut fds = vec![PollFd::new(terminal.as_fd(), PollFlags::POLLIN)];
        fds.extend((!written).then(|| PollFd::new(flood.done_fd(), PollFlags::POLLIN)));
        wait_for_any(&mut fds, deadline())?;
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any() == Some(true)).collect();
        if ready[0] {
            tail.push(terminal.read(deadline())?);
            shown |= tail.contains(MARKER.as_bytes());
        }
        if ready.get(1) == Some(&true) {
            flood.done()?;
            written = true;
        }
    }
    let spent = start.elapsed();
    terminal.drain(Duration::from_millis(20));
    Ok(spent)
}
