//! A process, all that came of it, and all that it came of, without a look at all of /proc.

use super::Proc;

/// More processes than this are not followed: a fork bomb must not hold up who asks.
const MAX: usize = 4096;

/// `root` and its descendants, parents first, without those that do not belong and what came of them.
/// Empty if `root` is gone.
pub fn tree(proc: &mut Proc, root: i32, belongs: &dyn Fn(i32) -> bool) -> Vec<i32> {
    let mut found = Vec::new();
    walk(proc, root, belongs, &mut |_, pid| found.push(pid));
    found
}

/// As [`tree`], but visits each process before its children are asked for.
pub fn walk(
    proc: &mut Proc,
    root: i32,
    belongs: &dyn Fn(i32) -> bool,
    visit: &mut dyn FnMut(&mut Proc, i32),
) {
    let mut found = vec![root];
    let mut at = 0;
    while at < found.len() && found.len() < MAX {
        let pid = found[at];
        at += 1;
        if proc.threads(pid).is_err() {
            continue;
        }
        visit(proc, pid);
        for tid in proc.threads(pid).unwrap_or_default() {
            found.extend(proc.children(pid, tid).unwrap_or_default().into_iter().filter(|pid| belongs(*pid)));
        }
    }
}

/// `pid` and its ancestors, as far as they may be seen.
pub fn ancestors(proc: &mut Proc, pid: i32) -> Vec<i32> {
    let mut found = vec![pid];
    while let Some(stat) = found.last().and_then(|pid| proc.stat(*pid).ok()) {
        // A parent that ended meanwhile may have given its number to a descendant.
        if stat.ppid == 0 || found.contains(&stat.ppid) || found.len() == MAX {
            break;
        }
        found.push(stat.ppid);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn grandchildren_are_found() {
        let mut shell = Command::new("sh")
            .args(["-c", "sh -c 'echo; read x; :'; :"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Read::read_exact(shell.stdout.as_mut().unwrap(), &mut [0]).unwrap();
        let found = tree(&mut Proc::new(), shell.id() as i32, &|_| true);
        drop(shell.stdin.take());
        shell.wait().unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(tree(&mut Proc::new(), shell.id() as i32, &|_| true).is_empty());
    }

    #[test]
    fn ancestors_begin_with_oneself() {
        let own = std::process::id() as i32;
        let found = ancestors(&mut Proc::new(), own);
        assert_eq!(found[..2], [own, nix::unistd::getppid().as_raw()]);
    }
}
