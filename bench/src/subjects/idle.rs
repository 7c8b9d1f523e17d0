//! What sessions cost that wait at a prompt: memory of their servers, wake-ups, CPU.

use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::time::Duration;

use serde_json::Value;

use crate::Result;
use crate::args::Args;
use crate::host::{Host, tmux};
use crate::process::{output, until};
use crate::report::{Row, Unit};
use crate::samples::Samples;
use crate::world::World;

/// Sessions at once.
const SESSIONS: usize = 50;
/// A verdict has settled by then.
const SETTLE: Duration = Duration::from_secs(3);

/// All rows.
pub fn measure(args: &Args, world: &World) -> Result<Vec<Row>> {
    let span = Duration::from_secs(if args.quick { 2 } else { 5 });
    let program = ["sh".to_owned(), "-i".into()];
    let name = |number: usize| format!("i{number}");
    Host::Tmux.prepare(world).ok();
    for number in 0..SESSIONS {
        for host in Host::keepers(world) {
            if host == Host::Ms || number == 0 {
                host.start(world, &name(number), &program)?;
            }
        }
    }
    let servers = settled(world)?;
    std::thread::sleep(SETTLE);
    let before: Vec<Used> = servers.iter().filter_map(|pid| Used::of(*pid)).collect();
    std::thread::sleep(span);
    let after: Vec<Used> = servers.iter().filter_map(|pid| Used::of(*pid)).collect();
    let mut rows = vec![memory(world, &servers)?];
    for count in [20, SESSIONS] {
        let sum = |part: fn(&Used) -> f64| {
            let total = |all: &[Used]| all.iter().take(count).map(part).sum::<f64>();
            BTreeMap::from([(Host::Ms, Samples::from_iter([total(&after) - total(&before)]))])
        };
        let what = format!("{count} sessions at a prompt, {} s", span.as_secs());
        rows.push(
            Row::new(format!("wake-ups of {what}"), Unit::Count, sum(|used| used.switches)).at_most(0.0),
        );
        rows.push(Row::new(format!("CPU of {what}"), Unit::Ms, sum(|used| used.cpu)).at_most(0.0));
    }
    output(world.tool("msclose")?.args(["--all", "--force"]))?;
    let _ = output(tmux(world).args(["kill-session", "-t", "i0"]));
    Ok(rows)
}

/// Waits until all sessions are said to wait; returns their servers.
fn settled(world: &World) -> Result<Vec<i32>> {
    let mut servers = Vec::new();
    until(|| match sessions(world) {
        Ok(all) => {
            servers = all
                .iter()
                .filter_map(|session| session["server_pid"].as_i64())
                .map(|pid| pid as i32)
                .collect();
            all.len() == SESSIONS && all.iter().all(|session| session["status"] == "waiting")
        }
        Err(_) => false,
    })?;
    Ok(servers)
}

fn sessions(world: &World) -> Result<Vec<Value>> {
    Ok(serde_json::from_str(&output(world.tool("msls")?.arg("--json"))?)?)
}

/// Private memory of one server; of tmux its whole server with one session more than it must have.
fn memory(world: &World, servers: &[i32]) -> Result<Row> {
    let mut cells =
        BTreeMap::from([(Host::Ms, servers.iter().filter_map(|pid| private_kib(*pid)).collect())]);
    let dtach = pid_of("dtach -n ");
    cells.extend(dtach.and_then(private_kib).map(|kib| (Host::Dtach, Samples::from_iter([kib]))));
    if world.installed("tmux").is_some() {
        let pid = output(tmux(world).args(["display-message", "-p", "#{pid}"]))?;
        let kib = pid.trim().parse().ok().and_then(private_kib);
        cells.extend(kib.map(|kib| (Host::Tmux, Samples::from_iter([kib]))));
    }
    let row = Row::new("private memory of a server, fresh session", Unit::Kib, cells);
    Ok(row.at_most(500.0).p95_at_most(1024.0))
}

/// The process of this world's dtach: the command line is the only sign of it.
fn pid_of(command: &str) -> Option<i32> {
    let entries = std::fs::read_dir("/proc").ok()?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let line =
        |pid: i32| read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default().replace('\0', " ");
    pids.filter(|pid| line(*pid).starts_with(command) && line(*pid).contains("ms-bench-")).last()
}

/// KiB that no other process shares: what would be free if the process ended.
fn private_kib(pid: i32) -> Option<f64> {
    let text = read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    Some(field(&text, "Private_Clean:")? + field(&text, "Private_Dirty:")?)
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
struct Used {
    /// Context switches: each is a wake-up, or the end of one.
    switches: f64,
    /// Milliseconds on a CPU.
    cpu: f64,
}

impl Used {
    fn of(pid: i32) -> Option<Used> {
        let text = read_to_string(format!("/proc/{pid}/status")).ok()?;
        let switches =
            field(&text, "\nvoluntary_ctxt_switches:")? + field(&text, "nonvoluntary_ctxt_switches:")?;
        let cpu = read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
        let nanoseconds: f64 = cpu.split(' ').next()?.parse().ok()?;
        Some(Used { switches, cpu: nanoseconds / 1e6 })
    }
}

/// The number behind a name, as /proc has them.
fn field(text: &str, name: &str) -> Option<f64> {
    text.split(name).nth(1)?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_name() {
        let text = "Name:\tx\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n";
        assert_eq!(field(text, "\nvoluntary_ctxt_switches:"), Some(12.0));
        assert_eq!(field(text, "nonvoluntary_ctxt_switches:"), Some(3.0));
        assert_eq!(field("Private_Dirty:      284 kB\n", "Private_Dirty:"), Some(284.0));
        assert_eq!(field(text, "absent:"), None);
    }

    #[test]
    fn one_s_own_use_is_known() {
        let own = std::process::id() as i32;
        assert!(private_kib(own).unwrap() > 0.0 && Used::of(own).unwrap().cpu > 0.0);
    }
}
