//! Printing 10 MB that a session wrote: as bytes, beside `cat` of a file that holds them, and as text.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::session::Flood;
use crate::Result;
use crate::args::Args;
use crate::host::Host;
use crate::process::time_to_end;
use crate::report::{Row, Unit};
use crate::samples::Samples;
use crate::world::World;

const ROUNDS: usize = 30;
const MEGABYTES: u32 = 10;

/// A row for the bytes and one for the text of each kind of output.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in ["plain", "colour"] {
        let mut flood = Flood::start(Host::Ms, world, kind, MEGABYTES)?;
        flood.run_unseen()?;
        if kind == "plain" {
            rows.push(raw(args, world, flood.name())?);
        }
        rows.push(text(args, world, flood.name(), kind)?);
        flood.end()?;
    }
    Ok(rows)
}

fn raw(args: &Args, world: &World, name: &str) -> Result<Row> {
    let copy = world.memory("copy");
    fs::write(&copy, world.tool("msbuf")?.args(["--raw", name]).output()?.stdout)?;
    let mut cells = BTreeMap::<Host, Samples>::new();
    for _ in 0..args.rounds(ROUNDS) {
        let ours = time_to_end(&mut print(world, &["--raw", name])?)?;
        let cat = time_to_end(world.command("cat").arg(&copy))?;
        cells.entry(Host::Ms).or_default().push(ours);
        cells.entry(Host::Bare).or_default().push(cat);
    }
    let row = Row::new(format!("msbuf --raw of {MEGABYTES} MB"), Unit::Ms, cells).note(Host::Bare, "cat");
    Ok(row.at_most_times(1.1, Host::Bare))
}

fn text(args: &Args, world: &World, name: &str, kind: &str) -> Result<Row> {
    let spans: Result<Samples> =
        (0..args.rounds(ROUNDS)).map(|_| time_to_end(&mut print(world, &["--text", name])?)).collect();
    let cells = BTreeMap::from([(Host::Ms, spans?)]);
    Ok(Row::new(format!("msbuf --text of {MEGABYTES} MB, {kind}"), Unit::Ms, cells).at_most(150.0))
}

fn print(world: &World, args: &[&str]) -> Result<Command> {
    let mut command = world.tool("msbuf")?;
    command.args(args);
    Ok(command)
}
