//! Why a process may not be looked into, said for the person who wonders. Nothing is judged by it.

use crate::procfs::Proc;

/// /proc does not show the process at all.
pub(super) const HIDDEN: &str = "/proc does not show it (hidepid)";

/// From this scope on Yama keeps what a process is blocked in even from its ancestors (Yama.rst).
const STRICT: u8 = 2;

/// Why process `pid` may not be looked into.
pub(super) fn reason(proc: &mut Proc, pid: i32) -> String {
    let own = nix::unistd::geteuid().as_raw();
    match (proc.ptrace_scope(), proc.user(pid)) {
        (Ok(scope @ STRICT..), _) => format!("kernel.yama.ptrace_scope is {scope}"),
        (_, Ok(user)) if user != own => "it runs as another user".into(),
        _ => "it does not allow it (PR_SET_DUMPABLE)".into(),
    }
}
