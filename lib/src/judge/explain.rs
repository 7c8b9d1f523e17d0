//! Why a session has its status, on one screen, from its `status.json` alone: each piece of evidence, when
//! it was seen, the rule that decided, and what would change it.

use std::fmt;

use super::verdict::Verdict;
use crate::platform::time::Time;
use crate::session::format::status::{Evidence, Status, StatusRecord};
use crate::terminal::columns::{cut, span};
use crate::terminal::safe::safe_text;

/// Lines are cut here, so that an explanation is a screenful.
const WIDTH: usize = 100;
/// The longest text that is shown, in bytes.
const TEXT: usize = 200;

/// Writes the judgement into a record. The verdict's times are of the clock of `now`, the record's of the
/// wall, whose present moment is `wall`.
pub fn write(verdict: &Verdict, record: &mut StatusRecord, now: std::time::Duration, wall: Time) {
    let at = |moment: std::time::Duration| {
        Time(wall.0.saturating_sub(now.saturating_sub(moment).as_millis() as u64))
    };
    if record.status != verdict.status {
        record.since = at(verdict.since);
    }
    record.status = verdict.status;
    record.kind = verdict.kind;
    record.confidence = verdict.confidence;
    record.message = verdict.message.clone();
    record.rule = Some(verdict.rule.to_owned());
    record.until = Some(verdict.until.to_owned());
    let evidence = verdict.evidence.iter().map(|sign| Evidence {
        source: sign.source.as_str().to_owned(),
        says: sign.says.clone(),
        seen: at(sign.seen),
        decided: sign.decided,
    });
    record.evidence = evidence.collect();
}

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
    use crate::judge::{Sign, Source};
    use crate::session::format::status::{Confidence, Exit, Kind};
    use std::time::Duration;

    fn verdict() -> Verdict {
        let sign = |source, says: &str, seen, decided| Sign {
            source,
            says: says.to_owned(),
            seen: Duration::from_secs(seen),
            decided,
        };
        Verdict {
            status: Status::Waiting,
            kind: Some(Kind::Line),
            confidence: Confidence::High,
            message: Some("Name:".into()),
            since: Duration::from_secs(95),
            rule: "it waits for the terminal and for nothing else",
            until: "a key",
            evidence: vec![
                sign(Source::Reader, "process 7 waits in read for the terminal alone", 95, true),
                sign(Source::Cpu, "0 % of a core", 100, false),
            ],
        }
    }

    #[test]
    fn a_verdict_is_explained_from_the_file() {
        let mut record = StatusRecord::begin(80, 24, Time(0));
        write(&verdict(), &mut record, Duration::from_secs(100), Time(1_000_000));
        assert_eq!(record.since, Time(995_000));
        let text = serde_json::to_string(&record).unwrap();
        let read: StatusRecord = serde_json::from_str(&text).unwrap();
        let wanted = "\
waiting (line) for 10s, high confidence
  message  Name:
  because  it waits for the terminal and for nothing else
  until    a key
  evidence, strongest first (→ decided):
→ reader     10s ago  process 7 waits in read for the terminal alone
  cpu         5s ago  0 % of a core
";
        assert_eq!(Explanation::new(&read, Time(1_005_000)).to_string(), wanted);
    }

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
