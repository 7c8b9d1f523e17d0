//! `msgate --list`: who holds slots, since when, and who waits for one.

use serde_json::{Value, json};

use crate::cli::{Out, Outcome};
use ms_platform::time::Time;
use ms_terminal::safe::safe_text;
use ms_terminal::text_table::{lay_out, span};
use msession::format::error::Result;
use msession::format::session_name::SessionName;
use msession::store::gate::{Gate, Holder, Share};
use msession::store::session::Runtime;

/// The longest command that is shown, in bytes.
const COMMAND: usize = 200;

/// Prints the shares of a group, or of all groups.
pub(super) fn print(group: Option<&SessionName>, as_json: bool) -> Result<Outcome> {
    let gates = Runtime::open()?.map_or(Ok(Vec::new()), |runtime| Gate::all(&runtime))?;
    let mut shares = Vec::new();
    for gate in gates.iter().filter(|gate| group.is_none_or(|group| group == gate.group())) {
        shares.extend(gate.shares()?.into_iter().map(|(share, holder)| (gate.group(), share, holder)));
    }
    let mut out = Out::new();
    if as_json {
        let items = shares.iter().map(|(group, share, holder)| object(group, share, holder.as_ref()));
        out.json(&Value::Array(items.collect()))?;
    } else {
        let now = Time::now();
        let rows: Vec<Vec<String>> =
            shares.iter().map(|(group, share, holder)| row(group, share, holder.as_ref(), now)).collect();
        lay_out(&rows, out.width()).iter().try_for_each(|line| out.line(line))?;
    }
    out.done()
}

fn object(group: &SessionName, share: &Share, holder: Option<&Holder>) -> Value {
    let (slot, place) = match share {
        Share::Slot(number) => (Some(number), None),
        Share::Place(place) => (None, Some(place)),
    };
    json!({
        "group": group.as_str(),
        "slot": slot,
        "place": place,
        "pid": holder.map(|holder| holder.pid),
        "since": holder.map(|holder| holder.since.to_string()),
        "command": holder.map(|holder| &holder.command),
    })
}

fn row(group: &SessionName, share: &Share, holder: Option<&Holder>, now: Time) -> Vec<String> {
    let share = match share {
        Share::Slot(number) => format!("slot {number}"),
        Share::Place(place) => format!("waits {place}"),
    };
    let shown = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    vec![
        group.to_string(),
        share,
        shown(holder.map(|holder| holder.pid.to_string())),
        shown(holder.map(|holder| span(holder.since.until(now)))),
        shown(holder.map(|holder| safe_text(&holder.command.join(" "), COMMAND))),
    ]
}
