//! `msls --doctor`: what ms finds of directories, limits and the kernel, each with what to do about it.

use std::fs;
use std::process::{Command, Stdio};

use crate::cli::{Out, Outcome};
use ms_terminal::safe::safe_text;
use msession::format::config::{Config, Count};
use msession::format::error::{Result, exit};
use msession::format::session_name::SessionName;
use msession::format::size;
use msession::store::history::History;
use msession::store::limits;
use msession::store::rundir;
use msession::store::session::Runtime;

/// The longest warning of a session that is shown, in bytes.
const WARNING: usize = 500;

/// One finding: whether it is as it should be, and what was found.
struct Finding {
    good: bool,
    says: String,
}

/// Prints the findings; exit 6 if one of them is bad.
///
/// # Errors
/// `System` if the findings cannot be printed.
pub fn doctor() -> Result<Outcome> {
    let mut out = Out::new();
    let mut findings = vec![runtime(), history(), configuration(), ptrace(), children(), logout()];
    findings.extend(warnings());
    for finding in &findings {
        let mark = if finding.good { "ok  " } else { "BAD " };
        out.line(format!("{mark}{}", finding.says))?;
    }
    out.flush()?;
    let all_good = findings.iter().all(|finding| finding.good);
    Ok(if all_good { Outcome::DONE } else { Outcome(exit::SYSTEM) })
}

fn finding<T>(result: Result<T>, says: impl FnOnce(T) -> String) -> Finding {
    match result {
        Ok(value) => Finding { good: true, says: says(value) },
        Err(error) => Finding { good: false, says: error.to_string() },
    }
}

fn runtime() -> Finding {
    let usage = Runtime::open().and_then(|runtime| match runtime {
        Some(runtime) => limits::usage(&runtime, Count::Live).map(|usage| Some((runtime, usage))),
        None => Ok(None),
    });
    finding(usage, |found| match found {
        None => "no session was started yet".into(),
        Some((runtime, usage)) => format!(
            "{} live sessions in {}, their buffers hold up to {}",
            usage.sessions,
            runtime.dir().path().display(),
            size::show(usage.buffers)
        ),
    })
}

/// What the servers of live sessions want known.
fn warnings() -> Vec<Finding> {
    let warning = |runtime: &Runtime, name: &SessionName| {
        let text = runtime.open_session(name).ok()??.status().ok()?.warning?;
        Some(Finding { good: false, says: format!("{name}: {}", safe_text(&text, WARNING)) })
    };
    let runtime = Runtime::open().ok().flatten();
    let of = |runtime: Runtime| -> Vec<Finding> {
        let names = runtime.names().unwrap_or_default();
        names.iter().filter_map(|name| warning(&runtime, name)).collect()
    };
    runtime.map(of).unwrap_or_default()
}

fn history() -> Finding {
    let count = History::open().and_then(|history| history.map(|history| history.ids()).transpose());
    finding(count, |ids| format!("{} sessions in the history", ids.map_or(0, |ids| ids.len())))
}

fn configuration() -> Finding {
    let place =
        rundir::config_file().map_or("no place for config.toml".into(), |path| path.display().to_string());
    finding(Config::load(), |config| {
        let limits = &config.limits;
        format!(
            "{place}: up to {} sessions, {} for all buffers",
            limits.max_sessions,
            size::show(limits.memory.0)
        )
    })
}

/// What a logout ends here, and how to have it end nothing.
fn logout() -> Finding {
    let lingers = nix::unistd::User::from_uid(nix::unistd::getuid())
        .ok()
        .flatten()
        .is_some_and(|user| fs::exists(format!("/var/lib/systemd/linger/{}", user.name)).unwrap_or(false));
    let has_systemd = fs::exists("/run/systemd/system").unwrap_or(false);
    what_a_logout_ends(has_systemd, lingers, || kills_at_logout().unwrap_or(true))
}

fn what_a_logout_ends(has_systemd: bool, lingers: bool, kills: impl FnOnce() -> bool) -> Finding {
    let (good, says) = match (has_systemd, lingers) {
        (false, _) => (true, "no systemd, which would end sessions at a logout; a reboot ends them"),
        (true, true) => (true, "sessions go on after a logout (lingering is on); a reboot ends them"),
        (true, false) if kills() => {
            (false, "a logout ends every session (KillUserProcesses): loginctl enable-linger keeps them")
        }
        (true, false) => (true, "sessions go on after a logout; a reboot ends them"),
    };
    Finding { good, says: format!("{says} (msnew --again --lost starts them again)") }
}

/// What logind says of KillUserProcesses; none if it can't be asked.
fn kills_at_logout() -> Option<bool> {
    let name = "org.freedesktop.login1";
    let manager = "org.freedesktop.login1.Manager";
    let output = Command::new("busctl")
        .args(["--system", "--timeout=2", "get-property", name, "/org/freedesktop/login1", manager])
        .arg("KillUserProcesses")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    match output.stdout.trim_ascii() {
        b"b true" => Some(true),
        b"b false" => Some(false),
        _ => None,
    }
}

/// Yama's scope 2 and 3 hide what a process is blocked in even from its ancestors.
fn ptrace() -> Finding {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    let strict = matches!(scope.trim(), "2" | "3");
    let says = if strict {
        format!(
            "kernel.yama.ptrace_scope is {}: who waits is told from output and terminal modes alone",
            scope.trim()
        )
    } else {
        "what a session's programs wait for can be seen".into()
    };
    Finding { good: !strict, says }
}

/// CONFIG_PROC_CHILDREN.
fn children() -> Finding {
    let good = fs::exists("/proc/thread-self/children").unwrap_or(false);
    let says = if good {
        "a process's children can be listed"
    } else {
        "the kernel lists no children (CONFIG_PROC_CHILDREN)"
    };
    Finding { good, says: says.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_logout_ends_is_told_with_what_keeps_it() {
        for (has_systemd, lingers, kills, good) in [
            (false, false, true, true),
            (true, true, true, true),
            (true, false, false, true),
            (true, false, true, false),
        ] {
            let finding = what_a_logout_ends(has_systemd, lingers, || kills);
            assert_eq!(finding.good, good, "{}", finding.says);
            assert_eq!(finding.says.contains("loginctl enable-linger"), !good, "{}", finding.says);
            assert!(finding.says.contains("msnew --again --lost"), "{}", finding.says);
        }
    }
}
