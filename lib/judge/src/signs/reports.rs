//! The records of the Program Status Protocol, OSC 7501: what a program says of itself and of its tasks,
//! each in a record that the next report of the same id replaces. Reports are read by `scan::report`.

use crate::facts::{Report, ReportState};

/// So many records are kept; the protocol asks for at least 64.
const MOST: usize = 64;

/// The records of one terminal: the last report for each id, in the order of their reports.
#[derive(Clone, Debug, Default)]
pub(super) struct Reports {
    reports: Vec<Report>,
}

impl Reports {
    /// Takes a report in: it replaces its record, or clears it and those below it.
    pub(super) fn apply(&mut self, report: &Report) {
        if report.state == ReportState::Clear {
            self.reports.retain(|old| !is_at_or_below(&old.id, &report.id));
            return;
        }
        self.reports.retain(|old| old.id != report.id);
        if self.reports.len() >= MOST {
            self.reports.remove(0);
        }
        self.reports.push(report.clone());
    }

    /// Forgets all: a shell prompts, the terminal was reset, or the reporter has ended.
    pub(super) fn clear(&mut self) {
        self.reports.clear();
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Report] {
        &self.reports
    }

    /// The report that says most of whether a person is needed: blocked, then working, then the
    /// program's own, then the latest.
    pub(super) fn foremost(&self) -> Option<&Report> {
        let with = |state| self.reports.iter().rev().find(|report| report.state == state);
        let own = || self.reports.iter().find(|report| report.id.is_empty());
        with(ReportState::Blocked).or_else(|| with(ReportState::Working)).or_else(own).or(self.reports.last())
    }
}

fn is_at_or_below(id: &str, above: &str) -> bool {
    above.is_empty() || id == above || id.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_replace_clear_and_are_bounded() {
        let mut reports = Reports::default();
        let mut say = |state, id: &str| {
            reports.apply(&Report { state, id: id.into(), kind: None, message: None });
            reports.foremost().map(|report| (report.id.clone(), report.state))
        };
        assert_eq!(say(ReportState::Working, ""), Some((String::new(), ReportState::Working)));
        assert_eq!(say(ReportState::Blocked, "a/b"), Some(("a/b".into(), ReportState::Blocked)));
        assert_eq!(say(ReportState::Done, "a/b"), Some((String::new(), ReportState::Working)));
        assert_eq!(say(ReportState::Blocked, "ab"), Some(("ab".into(), ReportState::Blocked)));
        assert_eq!(say(ReportState::Clear, "a"), Some(("ab".into(), ReportState::Blocked)));
        assert_eq!(say(ReportState::Clear, ""), None);
        for number in 0..1000 {
            say(ReportState::Idle, &format!("n{number}"));
        }
        assert_eq!(reports.reports.len(), MOST);
    }
}
