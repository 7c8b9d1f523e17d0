//! From a key until what the program answers to it is on the terminal, at the pace of a fast typist.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::session::since;
use crate::Result;
use crate::args::Args;
use crate::host::{Host, tmux};
use crate::process::{deadline, output};
use crate::report::{Row, Unit};
use crate::samples::Samples;
use crate::terminal::Terminal;
use crate::world::World;

const ROUNDS: usize = 300;
/// Between two keys: long enough for everything to fall asleep.
const PAUSE: Duration = Duration::from_millis(4);

/// The row.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    let what = "echo of a key through the client";
    if world.built("msswitch").is_none() {
        return Ok(vec![Row::skipped(what, "msswitch is not built")]);
    }
    let mut terminals = Vec::new();
    for host in Host::all(world) {
        terminals.push((host, start(host, world)?));
    }
    let mut spans = BTreeMap::<Host, Samples>::new();
    for round in 0..args.rounds(ROUNDS) {
        for (host, terminal) in &mut terminals {
            std::thread::sleep(PAUSE);
            spans.entry(*host).or_default().push(key(terminal, round)?);
        }
    }
    drop(terminals);
    output(world.tool("msclose")?.args(["--force", "echo"]))?;
    let _ = output(tmux(world).args(["kill-session", "-t", "echo"]));
    Ok(vec![judged(Row::new(what, Unit::Ms, spans).with_p95())])
}

fn start(host: Host, world: &World) -> Result<Terminal> {
    let program = [world.helper("echo")?];
    if host == Host::Bare {
        let mut terminal = Terminal::start(world, &program)?;
        terminal.expect(b"ready", deadline())?;
        return Ok(terminal);
    }
    host.prepare(world)?;
    host.start(world, "echo", &program)?;
    let mut terminal = Terminal::start(world, &host.attach(world, "echo")?)?;
    terminal.drain(Duration::from_millis(300));
    Ok(terminal)
}

/// Types one letter and waits for it.
fn key(terminal: &mut Terminal, round: usize) -> Result<f64> {
    let letter = b'a' + (round % 26) as u8;
    let start = Instant::now();
    terminal.send(&[letter])?;
    terminal.expect(&[letter], deadline())?;
    Ok(since(start))
}

/// What is added to a bare pty's echo must be no more than dtach adds.
fn judged(row: Row) -> Row {
    let median = |host| row.cells.get(&host).map(Samples::median);
    match (median(Host::Ms), median(Host::Bare), median(Host::Dtach)) {
        (Some(ours), Some(bare), Some(dtach)) => {
            let text = format!("adds ≤ dtach ({:.3} ≤ {:.3} ms)", ours - bare, dtach - bare);
            row.goal(text, ours <= dtach)
        }
        _ => row,
    }
}
