//! opencode's plugin: a file of its own, which hands the events of the table on to `msmark --hook`.

use crate::tools::agents::Agent;

/// The plugin; `EVENTS` stands for the events.
const PLUGIN: &str = include_str!("plugin.js");

/// The file.
pub(super) fn text(agent: &Agent) -> String {
    let mut events: Vec<String> = agent.hooks.iter().map(|hook| format!("  {:?},\n", hook.event)).collect();
    events.dedup();
    PLUGIN.replace("  EVENTS\n", &events.concat()).replace("AGENT", agent.name)
}

/// Whether a file is ms's, of whatever version.
pub(super) fn is_of_ms(text: &str) -> bool {
    text.contains("msmark")
}
