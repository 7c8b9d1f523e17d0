//! From the client's start until the screen is there, after 10 MB of output.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::session::{Flood, MARKER, since};
use crate::Result;
use crate::args::Args;
use crate::host::Host;
use crate::report::{Row, Unit};
use crate::samples::Samples;
use crate::terminal::Terminal;
use crate::world::World;

const ROUNDS: usize = 40;
/// Who has shown nothing by then will not.
const BLANK: Duration = Duration::from_millis(500);

/// A row for each kind of output.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    ["plain", "colour", "full"].iter().map(|kind| after(args, world, kind)).collect()
}

fn after(args: &Args, world: &World, kind: &str) -> Result<Row> {
    let what = format!("attach until painted, after 10 MB, {kind}");
    if world.built("msswitch").is_none() {
        return Ok(Row::skipped(what, "msswitch is not built"));
    }
    let mut floods = Vec::new();
    for host in Host::keepers(world) {
        host.prepare(world)?;
        let mut flood = Flood::start(host, world, kind, 10)?;
        flood.run_unseen()?;
        floods.push(flood);
    }
    let mut spans = BTreeMap::<Host, Samples>::new();
    let mut blank = Vec::new();
    for _ in 0..args.rounds(ROUNDS) {
        for flood in floods.iter().filter(|flood| !blank.contains(&flood.host)).collect::<Vec<_>>() {
            match attach(flood, world)? {
                Some(span) => spans.entry(flood.host).or_default().push(span),
                None => blank.push(flood.host),
            }
        }
    }
    floods.into_iter().try_for_each(Flood::end)?;
    let row = Row::new(what, Unit::Ms, spans).with_p95().at_most(10.0).p95_at_most(20.0);
    Ok(blank.into_iter().fold(row, |row, host| row.note(host, "stays blank")))
}

/// One attach and detach; none if the screen stays without what was last written.
fn attach(flood: &Flood, world: &World) -> Result<Option<f64>> {
    let argv = flood.host.attach(world, flood.name())?;
    let start = Instant::now();
    let mut terminal = Terminal::start(world, &argv)?;
    let shown = terminal.expect_on_screen(MARKER, start + BLANK);
    Ok(shown.is_ok().then(|| since(start)))
}
