//! What a person may set for a type of session: detection off, thresholds, and prompts by regular
//! expression. None is needed.
//!
//! ```toml
//! [types.api]
//! detect = { enabled = false }                    # active while it lives, whatever it does
//!
//! [types.tool.detect]
//! prompts = ['Select an option:$', '^>>> $']      # on the last lines: a wait, if it reads
//! quiet = "2s"                                    # a reader that other things wake waits after this
//! quiet_unknown = "5s"                            # a program that may not be looked into
//! cpu_reading = 0.3                               # share of a core at which a reader works
//! cpu_working = 0.2                               # and one that does not read
//! ```

use std::time::Duration;

use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::verdict::Thresholds;
use ms_platform::time::parse_span;

/// A prompt is looked for in so many of the last lines.
const LAST: usize = 3;
/// Nobody waits longer for a verdict.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// The `detect` table of a type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectConfig {
    /// Whether sessions of this type are judged at all; if not, they are `active` while they live, but
    /// for what `msmark` says.
    pub enabled: bool,
    /// What the last lines look like when it waits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<Pattern>,
    /// How long all must be quiet before a reader that other things can wake is said to wait.
    #[serde(deserialize_with = "span", serialize_with = "as_span", skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Duration>,
    /// The same for a program that may not be looked into.
    #[serde(deserialize_with = "span", serialize_with = "as_span", skip_serializing_if = "Option::is_none")]
    pub quiet_unknown: Option<Duration>,
    /// The share of a core at which a reader is said to work.
    #[serde(deserialize_with = "share", skip_serializing_if = "Option::is_none")]
    pub cpu_reading: Option<f64>,
    /// The share of a core at which a program that does not read is said to work.
    #[serde(deserialize_with = "share", skip_serializing_if = "Option::is_none")]
    pub cpu_working: Option<f64>,
}

impl Default for DetectConfig {
    fn default() -> DetectConfig {
        DetectConfig {
            enabled: true,
            prompts: Vec::new(),
            quiet: None,
            quiet_unknown: None,
            cpu_reading: None,
            cpu_working: None,
        }
    }
}

/// A regular expression, as it was written.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        let text = String::deserialize(deserializer)?;
        Regex::new(&text).map(Pattern).map_err(serde::de::Error::custom)
    }
}

impl DetectConfig {
    pub(super) fn thresholds(&self) -> Thresholds {
        let usual = Thresholds::default();
        Thresholds {
            quiet: self.quiet.unwrap_or(usual.quiet),
            quiet_connected: self.quiet.unwrap_or(usual.quiet_connected),
            quiet_unknown: self.quiet_unknown.unwrap_or(usual.quiet_unknown),
            cpu_reading: self.cpu_reading.unwrap_or(usual.cpu_reading),
            cpu_working: self.cpu_working.unwrap_or(usual.cpu_working),
        }
    }

    /// Whether a configured prompt is among the last of these lines.
    pub(super) fn names(&self, lines: &[String]) -> bool {
        let last = || lines.iter().rev().filter(|line| !line.trim().is_empty()).take(LAST);
        self.prompts.iter().any(|pattern| last().any(|line| pattern.0.is_match(line)))
    }
}

/// A span of time such as `2s`.
fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match parse_span(&text) {
        Some(span) if span <= LONGEST => Ok(Some(span)),
        Some(_) => Err(serde::de::Error::custom(format!("{text:?} is longer than a year"))),
        None => Err(serde::de::Error::custom(format!("{text:?} is not a span of time such as 2s"))),
    }
}

fn as_span<S: Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{}us", span.unwrap_or_default().as_micros()))
}

/// A share of a core, more than none and at most all.
fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    match f64::deserialize(deserializer)? {
        share if share > 0.0 && share <= 1.0 => Ok(Some(share)),
        other => Err(serde::de::Error::custom(format!("{other} is not a share of a core (0 to 1)"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read() {
        let text = "prompts = ['> $']\nquiet = '2s'\ncpu_reading = 0.5";
        let config: DetectConfig = toml::from_str(text).unwrap();
        assert!(config.enabled);
        assert_eq!(config.thresholds().quiet, Duration::from_secs(2));
        assert_eq!(config.thresholds().cpu_reading, 0.5);
        for bad in ["quiet = '18446744073709551615s'", "quiet_unknown = '1e9'", "cpu_reading = inf"] {
            assert!(toml::from_str::<DetectConfig>(bad).is_err(), "{bad}");
        }
        assert_eq!(config.thresholds().cpu_working, Thresholds::default().cpu_working);
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        assert!(config.names(&lines("a\n> \n\n")));
        assert!(!config.names(&lines("> \na\nb\nc")));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, why) in [
            ("prompts = ['(']", "unclosed group"),
            ("quiet = 'soon'", "not a span of time"),
            ("cpu_working = 2.0", "not a share"),
            ("sensitivity = 3", "unknown field"),
        ] {
            let error = toml::from_str::<DetectConfig>(text).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("line 1"), "{error}");
        }
    }
}
