//! Why a session has its status, on one screen, from its `status.json` alone: each piece of evidence, when
//! it was seen, the rule that decided, and what would change it.

use std::fmt;

use crate::format::status::{Evidence, Status, StatusRecord};
use ms_platform::time::Time;
use ms_terminal::safe::safe_text;
use ms_terminal::text_table::{cut, span};

/// Lines are cut here, so that an explanation is a screenful.
const WIDTH: usize = 100;
/// The longest text that is shown, in bytes.
const TEXT: usize = 200;

/// A record, explained at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a> {
    record: &'a StatusRecord,
    now: Time,
}

impl<'a> Explanation<'a> {
    /// Explains `record` as of `now`.
    pub fn new(record: &'a StatusRecord, now: Time) -> Explanation<'a> {
        Explanation { record, now }
    }

    /// The explanation, line by line, each safe to print and short enough for a terminal.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.headline()];
        lines.extend(self.ending());
        lines
            .extend(self.record.message.as_ref().map(|text| format!("  message  {}", safe_text(text, TEXT))));
        lines.extend(self.record.rule.as_ref().map(|text| format!("  because  {}", safe_text(text, TEXT))));
        lines.extend(self.record.until.as_ref().map(|text| format!("  until    {}", safe_text(text, TEXT))));
        if !self.record.evidence.is_empty() {
            lines.push("  evidence, strongest first (→ decided):".to_owned());
        }
        lines.extend(self.record.evidence.iter().map(|evidence| self.evidence(evidence)));
        lines.into_iter().map(|line| cut(&line, WIDTH)).collect()
    }

    fn headline(&self) -> String {
        let record = self.record;
        let kind = record.kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
        let since = span(record.since.until(self.now));
        format!("{}{kind} for {since}, {} confidence", record.status, record.confidence.as_str())
    }

    fn ending(&self) -> Option<String> {
        let exit = self.record.exit.filter(|_| self.record.status == Status::Completed)?;
        Some(format!("  ended    {exit}"))
    }

    fn evidence(&self, evidence: &Evidence) -> String {
        let mark = if evidence.decided { "→" } else { " " };
        let ago = span(evidence.seen.until(self.now));
        let (source, says) = (safe_text(&evidence.source, TEXT), safe_text(&evidence.says, TEXT));
        format!("{mark} {source:<9} {ago:>4} ago  {says}")
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::status::Exit;

    #[test]
    fn hostile_text_in_a_file_is_not_printed() {
        let mut record = StatusRecord::begin(80, 24, Time(0));
        record.message = Some("a\x1b[2J\nb".into());
        record.rule = Some("x".repeat(5000));
        record.complete(Exit::Code { code: 7 }, Time(0));
        record.message = Some("a\x1b[2J\nb".into());
        let text = Explanation::new(&record, Time(0)).to_string();
        assert!(
            text.contains("ended    exit 7") && !text.contains('\x1b') && text.contains("a[2J b"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
    }
}
