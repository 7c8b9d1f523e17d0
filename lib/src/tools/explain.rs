//! `msls --explain`: why a session has its status, from its files.

use crate::catalog;
use crate::cli::{Out, Outcome};
use crate::columns::span;
use crate::error::{Error, Result};
use crate::safe;
use crate::session::{Runtime, SessionDir};
use crate::time::Time;

/// Prints each piece of evidence, when it was seen, and which decided.
pub fn explain(name: &str) -> Result<Outcome> {
    let session = pick(name)?;
    let status = session.status()?;
    let now = Time::now();
    let mut out = Out::new();
    let kind = status.kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
    let since = span(status.since.until(now));
    let confidence = status.confidence.as_str();
    out.line(format!("{}: {}{kind} for {since}, {confidence} confidence", session.name(), status.status))?;
    if let Some(message) = &status.message {
        out.line(format!("  it says: {}", safe::safe_text(message, 200)))?;
    }
    for evidence in &status.evidence {
        let mark = if evidence.decided { "→" } else { " " };
        let ago = span(evidence.seen.until(now));
        out.line(format!(
            "{mark} {:<10} {:>4} ago  {}",
            evidence.source,
            ago,
            safe::safe_text(&evidence.says, 200)
        ))?;
    }
    out.done()
}

fn pick(name: &str) -> Result<SessionDir> {
    let runtime = Runtime::open()?;
    if !name.is_empty() {
        return catalog::find_live(runtime.as_ref(), name);
    }
    let inside = runtime.as_ref().map(catalog::inside).transpose()?.flatten();
    inside.ok_or_else(|| Error::Usage("not inside a session: which one? (msls --explain NAME)".into()))
}
