//! Listing 10 and 100 sessions in a pipe, beside an empty program, `ls` of the directory and the peers.

use std::collections::BTreeMap;
use std::process::Command;

use crate::Result;
use crate::args::Args;
use crate::host::{Host, end_tmux, tmux};
use crate::process::{output, time_to_end};
use crate::report::{Row, Unit};
use crate::samples::Samples;
use crate::world::World;

const ROUNDS: usize = 100;

/// What is run in turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Contender {
    Msls,
    Json,
    Prompt,
    Empty,
    Ls,
    Tmux,
}

/// Rows for 10 and for 100 sessions.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    let hosts: Vec<Host> =
        [Host::Ms, Host::Tmux].into_iter().filter(|h| Host::all(world).contains(h)).collect();
    let mut rows = Vec::new();
    let mut begun = 0;
    for count in [10, 100] {
        for number in begun..count {
            hosts.iter().try_for_each(|host| host.start(world, &format!("l{number}"), &["cat".into()]))?;
        }
        begun = count;
        rows.extend(compare(args, world, count)?);
    }
    output(world.tool("msclose")?.args(["--all", "--force"]))?;
    end_tmux(world)?;
    Ok(rows)
}

fn compare(args: &Args, world: &World, count: usize) -> Result<Vec<Row>> {
    let mut spans = BTreeMap::<Contender, Samples>::new();
    let contenders = contenders(world);
    for _ in 0..args.rounds(ROUNDS) {
        for contender in &contenders {
            let span = time_to_end(&mut contender.command(world)?)?;
            spans.entry(*contender).or_default().push(span);
        }
    }
    let row = |what: String, ours, bare, peer: Option<Contender>| {
        let pick = |contender| spans.get(&contender).cloned().unwrap_or_default();
        let mut cells = BTreeMap::from([(Host::Ms, pick(ours)), (Host::Bare, pick(bare))]);
        cells.extend(peer.map(|peer| (Host::Tmux, pick(peer))));
        Row::new(what, Unit::Ms, cells).note(Host::Bare, bare.name())
    };
    let tmux = spans.contains_key(&Contender::Tmux).then_some(Contender::Tmux);
    let mut rows = vec![
        row(format!("list {count}, against `ls` of the directory"), Contender::Msls, Contender::Ls, tmux)
            .at_most_times(1.0, Host::Bare),
        row(format!("list {count}, against an empty program"), Contender::Msls, Contender::Empty, None)
            .at_most_times(if count > 10 { 3.0 } else { 2.0 }, Host::Bare),
        row(format!("list {count} with `--json`"), Contender::Json, Contender::Empty, None),
    ];
    if spans.contains_key(&Contender::Prompt) {
        let most = if count > 10 { 3.0 } else { 1.5 };
        let prompt =
            row(format!("msprompt with {count} sessions"), Contender::Prompt, Contender::Empty, None);
        rows.push(prompt.at_most_times(most, Host::Bare));
    }
    Ok(rows)
}

fn contenders(world: &World) -> Vec<Contender> {
    let mut all = vec![Contender::Msls, Contender::Empty, Contender::Ls, Contender::Json];
    all.extend(world.built("msprompt").map(|_| Contender::Prompt));
    all.extend(world.installed("tmux").map(|_| Contender::Tmux));
    all
}

impl Contender {
    fn name(self) -> &'static str {
        match self {
            Contender::Msls | Contender::Json => "msls",
            Contender::Prompt => "msprompt",
            Contender::Empty => "empty",
            Contender::Ls => "ls",
            Contender::Tmux => "tmux",
        }
    }

    fn command(self, world: &World) -> Result<Command> {
        let mut command = match self {
            Contender::Msls | Contender::Json => world.tool("msls")?,
            Contender::Prompt => world.tool("msprompt")?,
            Contender::Empty => world.command(world.helper("empty")?),
            Contender::Ls => world.command("ls"),
            Contender::Tmux => tmux(world),
        };
        match self {
            Contender::Json => command.arg("--json"),
            Contender::Ls => command.arg(world.memory("run")),
            Contender::Tmux => command.args(["list-sessions", "-F", "#{session_name}"]),
            _ => &mut command,
        };
        Ok(command)
    }
}
