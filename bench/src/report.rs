//! The table: a row for each thing that was measured, a column for each contender, in Markdown.

use std::collections::BTreeMap;

use crate::host::Host;
use crate::samples::Samples;
use crate::world::World;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// Milliseconds.
    Ms,
    /// Megabytes (2^20) a second.
    Speed,
    /// KiB.
    Kib,
    /// How many.
    Count,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// In which unit.
    pub unit: Unit,
    /// Whether the 95th percentile is shown too.
    pub p95: bool,
    /// What was measured, by contender.
    pub cells: BTreeMap<Host, Samples>,
    /// What stands in a cell for which nothing could be measured, or behind a value.
    pub notes: BTreeMap<Host, String>,
    /// What was wanted, and whether it came about.
    pub goals: Vec<(String, bool)>,
}

impl Row {
    /// A row without goals yet.
    pub fn new(what: impl Into<String>, unit: Unit, cells: BTreeMap<Host, Samples>) -> Row {
        Row { what: what.into(), unit, p95: false, cells, notes: BTreeMap::new(), goals: Vec::new() }
    }

    /// A row that says why there is nothing.
    pub fn skipped(what: impl Into<String>, why: impl Into<String>) -> Row {
        let mut row = Row::new(what, Unit::Count, BTreeMap::new());
        row.notes.insert(Host::Ms, format!("skipped: {}", why.into()));
        row
    }

    /// Shows the 95th percentile too.
    pub fn with_p95(mut self) -> Row {
        self.p95 = true;
        self
    }

    /// Says something in a cell.
    pub fn note(mut self, host: Host, text: impl Into<String>) -> Row {
        self.notes.insert(host, text.into());
        self
    }

    /// Ours must be at most `most` times a peer's. Nothing to reach where the peer is not there.
    pub fn at_most_times(mut self, most: f64, peer: Host) -> Row {
        if let Some(ratio) = self.ratio(peer) {
            self.goals.push((format!("≤ {most}× {peer}"), round(ratio) <= most));
        }
        self
    }

    /// Ours must be at least `least` times a peer's.
    pub fn at_least_times(mut self, least: f64, peer: Host) -> Row {
        if let Some(ratio) = self.ratio(peer) {
            self.goals.push((format!("≥ {least}× {peer}"), round(ratio) >= least));
        }
        self
    }

    /// Ours must be at most this at the median.
    pub fn at_most(mut self, most: f64) -> Row {
        let reached = self.ours().median() <= most;
        self.goals.push((format!("≤ {}", value(most, self.unit)), reached));
        self
    }

    /// Ours must be at most this at the 95th percentile.
    pub fn p95_at_most(mut self, most: f64) -> Row {
        let reached = self.ours().p95() <= most;
        self.goals.push((format!("p95 ≤ {}", value(most, self.unit)), reached));
        self
    }

    /// A goal that the subject itself has looked at.
    pub fn goal(mut self, text: impl Into<String>, reached: bool) -> Row {
        self.goals.push((text.into(), reached));
        self
    }

    /// Our own values.
    pub fn ours(&self) -> Samples {
        self.cells.get(&Host::Ms).cloned().unwrap_or_default()
    }

    fn ratio(&self, peer: Host) -> Option<f64> {
        let theirs = self.cells.get(&peer).filter(|samples| !samples.is_empty())?;
        Some(self.ours().ratio(theirs))
    }

    fn cell(&self, host: Host) -> String {
        let mut text = match self.cells.get(&host).filter(|samples| !samples.is_empty()) {
            Some(samples) if self.p95 => {
                format!("{} / {}", bare_value(samples.median(), self.unit), value(samples.p95(), self.unit))
            }
            Some(samples) => value(samples.median(), self.unit),
            None => String::new(),
        };
        if let Some(ratio) = self.ratio(host).filter(|ratio| host != Host::Ms && ratio.is_finite()) {
            text += &format!(" ({:.2})", ratio);
        }
        if let Some(note) = self.notes.get(&host) {
            text = format!("{text} {note}").trim().to_owned();
        }
        text
    }

    fn line(&self, hosts: &[Host]) -> String {
        let cells: Vec<String> = hosts.iter().map(|host| self.cell(*host)).collect();
        let goals: Vec<&str> = self.goals.iter().map(|(text, _)| text.as_str()).collect();
        let reached: Vec<&str> = self.goals.iter().map(|(_, met)| if *met { "yes" } else { "NO" }).collect();
        format!("| {} | {} | {} | {} |", self.what, cells.join(" | "), goals.join("; "), reached.join("; "))
    }
}

/// The whole table.
pub fn table(rows: &[Row], world: &World) -> String {
    let hosts = Host::all(world);
    let names: Vec<String> = hosts.iter().map(Host::to_string).collect();
    let mut lines = vec![
        "Medians; after a slash the 95th percentile. In parentheses: ms divided by it, within each round."
            .into(),
        String::new(),
        format!("| | {} | target | met |", names.join(" | ")),
        format!("|---|{}---|---|", "---|".repeat(hosts.len())),
    ];
    lines.extend(rows.iter().map(|row| row.line(&hosts)));
    let goals = rows.iter().flat_map(|row| &row.goals);
    let missed = goals.clone().filter(|(_, met)| !met).count();
    lines.push(format!("\n{} of {} targets met.", goals.count() - missed, goals_of(rows)));
    lines.join("\n")
}

fn goals_of(rows: &[Row]) -> usize {
    rows.iter().map(|row| row.goals.len()).sum()
}

/// As it is shown, so that what is shown as 1.00 is not more than 1.
fn round(ratio: f64) -> f64 {
    (ratio * 100.0).round() / 100.0
}

fn bare_value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Ms if value < 10.0 => format!("{value:.2}"),
        Unit::Ms => format!("{value:.1}"),
        Unit::Speed | Unit::Kib | Unit::Count => format!("{value:.0}"),
    }
}

fn value(value: f64, unit: Unit) -> String {
    let name = match unit {
        Unit::Ms => " ms",
        Unit::Speed => " MB/s",
        Unit::Kib => " KiB",
        Unit::Count => "",
    };
    bare_value(value, unit) + name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_values_ratios_and_goals() {
        let cells = BTreeMap::from([
            (Host::Ms, Samples::from_iter([2.0, 4.0, 3.0])),
            (Host::Dtach, Samples::from_iter([4.0, 4.0, 6.0])),
        ]);
        let row = Row::new("create", Unit::Ms, cells).at_most_times(1.0, Host::Dtach).p95_at_most(3.5);
        let row = row.at_most_times(1.0, Host::Abduco).note(Host::Tmux, "blank");
        let line = row.line(&[Host::Ms, Host::Dtach, Host::Tmux]);
        assert_eq!(
            line,
            "| create | 3.00 ms | 4.00 ms (0.50) | blank | ≤ 1× dtach; p95 ≤ 3.50 ms | yes; NO |"
        );
    }

    #[test]
    fn what_was_not_measured_reaches_no_goal() {
        let row = Row::new("x", Unit::Ms, BTreeMap::new()).at_most(1.0);
        assert!(!row.goals[0].1);
        assert!(Row::skipped("x", "no such tool").line(&[Host::Ms]).contains("skipped: no such tool"));
    }
}
