//! From one session to another on the same terminal: by a command that a person enters in the session's
//! shell, and by keys, until the other is painted.

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

const ROUNDS: usize = 60;
/// Long enough for everything to fall asleep, and for the shell that was left to be at its prompt.
const PAUSE: Duration = Duration::from_millis(30);
const NAMES: [&str; 2] = ["one", "two"];

/// Both rows.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    if world.built("msswitch").is_none() {
        return Ok(vec![Row::skipped("switch between two sessions", "msswitch is not built")]);
    }
    let mut terminals = Vec::new();
    for host in Host::keepers(world).into_iter().filter(|host| matches!(host, Host::Ms | Host::Tmux)) {
        terminals.push((host, start(host, world)?));
    }
    let (mut commands, mut keys) = (BTreeMap::new(), BTreeMap::new());
    for round in 0..args.rounds(ROUNDS) {
        let to = NAMES[(round + 1) % 2];
        for (host, terminal) in &mut terminals {
            let command = format!("{} {to}\r", command(*host));
            push(&mut commands, *host, switch(terminal, &command, to)?);
        }
    }
    for round in 0..args.rounds(ROUNDS) {
        // Where it was is where the last command has left it.
        let to = NAMES[(args.rounds(ROUNDS) + round + 1) % 2];
        for (host, terminal) in &mut terminals {
            push(&mut keys, *host, switch(terminal, last_session(*host), to)?);
        }
    }
    drop(terminals);
    output(world.tool("msclose")?.args(["--force"]).args(NAMES))?;
    NAMES.iter().for_each(|name| drop(output(tmux(world).args(["kill-session", "-t", name]))));
    let row = |what: &str, spans| Row::new(what, Unit::Ms, spans).with_p95().p95_at_most(30.0);
    Ok(vec![row("switch between two sessions, by a command inside", commands), row("the same by keys", keys)])
}

fn push(spans: &mut BTreeMap<Host, Samples>, host: Host, span: f64) {
    spans.entry(host).or_default().push(span);
}

/// Two sessions with a shell whose prompt is its name, and a terminal on the first.
fn start(host: Host, world: &World) -> Result<Terminal> {
    host.prepare(world)?;
    for name in NAMES {
        let prompt = format!("PS1=I-am-{name}$ ");
        host.start(world, name, &["env".into(), prompt, "sh".into()])?;
    }
    let mut terminal = Terminal::start(world, &host.attach(world, NAMES[0])?)?;
    terminal.expect(b"I-am-one", deadline())?;
    // So that there is a session before this one for tmux's key too.
    for to in ["two", "one"] {
        terminal.drain(PAUSE);
        switch(&mut terminal, &format!("{} {to}\r", command(host)), to)?;
    }
    Ok(terminal)
}

fn command(host: Host) -> &'static str {
    match host {
        Host::Tmux => "tmux switch-client -t",
        _ => "msswitch",
    }
}

/// The prefix and the key for the session before this one.
fn last_session(host: Host) -> &'static str {
    match host {
        Host::Tmux => "\x02L",
        _ => "\x1c-",
    }
}

/// Milliseconds until the session's prompt is there.
fn switch(terminal: &mut Terminal, keys: &str, to: &str) -> Result<f64> {
    terminal.drain(PAUSE);
    let prompt = format!("I-am-{to}");
    let start = Instant::now();
    terminal.send(keys.as_bytes())?;
    terminal.expect(prompt.as_bytes(), deadline())?;
    Ok(since(start))
}
