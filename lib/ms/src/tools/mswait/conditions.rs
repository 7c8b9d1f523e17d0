//! What is waited for, and whether it holds for a session now.

use std::time::Duration;

use regex::Regex;

use super::candidate::Candidate;
use super::until::Until;
use ms_platform::time::Time;
use msession::format::error::{Error, Result};
use msession::format::status::{Status, StatusRecord};

/// All that has to hold at once.
#[derive(Clone, Debug)]
pub(super) struct Conditions {
    pub(super) until: Vec<Until>,
    pub(super) text: Option<Regex>,
    pub(super) quiet: Option<Duration>,
    pub(super) changed: bool,
}

impl Conditions {
    /// Whether output has to be looked at.
    pub(super) fn need_output(&self) -> bool {
        self.text.is_some() || self.quiet.is_some()
    }

    /// Whether they hold for a session that does this.
    pub(super) fn hold(&self, candidate: &Candidate, status: &StatusRecord, now: Time) -> bool {
        (self.until.is_empty() || self.until.iter().any(|until| until.holds(status)))
            && (!self.changed || candidate.has_changed(status))
            && (self.text.is_none() || candidate.has_text())
            && self.quiet_at(candidate, status).is_none_or(|at| at <= now)
    }

    /// When the session has been quiet for long enough, if nothing more comes; none if that is not asked
    /// for. The silence before a script typed is none after it. A session that is over is quiet.
    pub(super) fn quiet_at(&self, candidate: &Candidate, status: &StatusRecord) -> Option<Time> {
        let quiet = self.quiet.filter(|_| status.status != Status::Completed)?;
        let last = candidate.last_output().unwrap_or_default().max(status.sent_at.unwrap_or_default());
        Some(Time(last.0.saturating_add(u64::try_from(quiet.as_millis()).unwrap_or(u64::MAX))))
    }
}

/// Reads a pattern. The message says where it is wrong.
pub(super) fn pattern(text: &str) -> Result<Regex> {
    Regex::new(text).map_err(|why| match why {
        regex::Error::Syntax(why) => Error::Usage(format!("--text: {}", why.trim_end())),
        why => Error::Usage(format!("--text: {why}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_pattern_is_shown_where_it_is_wrong() {
        let message = pattern("ready(").unwrap_err().to_string();
        assert!(
            message.contains("ready(\n") && message.contains('^') && message.contains("unclosed"),
            "{message}"
        );
        assert!(pattern("^ready$").unwrap().is_match("ready"));
    }
}
