//! `msls --explain`: why a session has its status, from its files.

use std::path::Path;

use crate::cli::{Out, Outcome};
use ms_platform::time::Time;
use msession::format::error::{Error, Result};
use msession::format::explain::Explanation;
use msession::query::lookup;
use msession::store::session::{Runtime, SessionDir};

/// Prints each piece of evidence, when it was seen, and which decided; or records the facts into a file.
///
/// # Errors
/// `NoSession`, or that its files cannot be read; those of recording.
pub fn explain(name: &str, record: Option<&Path>) -> Result<Outcome> {
    let session = pick(name)?;
    if let Some(file) = record {
        return super::save_facts::save(&session, file);
    }
    let status = session.status()?;
    let mut out = Out::new();
    out.line(session.name().to_string())?;
    for line in Explanation::new(&status, Time::now()).lines() {
        out.line(line)?;
    }
    out.done()
}

fn pick(name: &str) -> Result<SessionDir> {
    let runtime = Runtime::open()?;
    if !name.is_empty() {
        return lookup::find_live(runtime.as_ref(), name);
    }
    let inside = runtime.as_ref().map(lookup::inside).transpose()?.flatten();
    inside.ok_or_else(|| Error::Usage("not inside a session: which one? (msls --explain NAME)".into()))
}
