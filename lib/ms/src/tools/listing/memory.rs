//! What each session uses of the machine: its programs, its server and its ring. Asked only where it is shown: the
//! kernel walks all pages of a process for it.

use serde_json::{Value, json};

use ms_platform::usage::{self, Used};
use msession::query::catalog::Facts;

/// What a live session uses, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Its programs; none if they can't be seen.
    pub programs: Option<Used>,
    /// Its server, without the ring.
    pub server: Option<u64>,
    /// What its ring holds.
    pub ring: u64,
}

/// What a session uses; none if it is over.
pub fn of(facts: &Facts) -> Option<Memory> {
    if facts.status.exit.is_some() {
        return None;
    }
    Some(Memory {
        programs: usage::of_tree(facts.record.child_pid),
        server: usage::of_process(facts.record.server_pid),
        ring: facts.range.written.saturating_sub(facts.range.floor),
    })
}

/// The field `memory` of a session.
pub fn field(facts: &Facts) -> Value {
    let Some(memory) = of(facts) else { return Value::Null };
    json!({
        "programs": memory.programs.map(|used| used.memory),
        "resident": memory.programs.map(|used| used.resident),
        "server": memory.server,
        "ring": memory.ring,
    })
}
