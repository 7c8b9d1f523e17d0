//! A program that asks its terminal for the cursor's place and for its attributes at its start, in the
//! background: how long it waits for both answers, by its own clock.

use std::collections::BTreeMap;

use crate::Result;
use crate::args::Args;
use crate::fifo::Fifo;
use crate::host::{Host, tmux};
use crate::process::{deadline, output};
use crate::report::{Row, Unit};
use crate::samples::Samples;
use crate::world::World;

const ROUNDS: usize = 60;

/// The row. dtach and abduco have no answer to give.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    let fifo = Fifo::new(world.memory("asked"))?;
    let argv = [world.helper("ask")?, fifo.path().display().to_string()];
    let hosts: Vec<Host> = Host::keepers(world).into_iter().filter(|host| answers(*host)).collect();
    hosts.iter().try_for_each(|host| host.prepare(world))?;
    let mut spans = BTreeMap::<Host, Samples>::new();
    for round in 0..args.rounds(ROUNDS) {
        for host in &hosts {
            let name = format!("a{round}");
            host.start(world, &name, &argv)?;
            spans.entry(*host).or_default().push(fifo.number(deadline())? as f64 / 1e6);
            close(*host, world, &name)?;
        }
    }
    let what = "answer to what a program asks at its start, in the background";
    let row = Row::new(what, Unit::Ms, spans).with_p95().p95_at_most(10.0);
    let silent = Host::keepers(world).into_iter().filter(|host| !answers(*host));
    Ok(vec![silent.fold(row, |row, host| row.note(host, "never"))])
}

fn answers(host: Host) -> bool {
    matches!(host, Host::Ms | Host::Tmux)
}

fn close(host: Host, world: &World, name: &str) -> Result<()> {
    match host {
        Host::Tmux => output(tmux(world).args(["kill-session", "-t", name]))?,
        _ => output(world.tool("msclose")?.args(["--force", name]))?,
    };
    host.wait_gone(world, name)
}
