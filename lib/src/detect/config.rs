//! What a person may set for a type of session: detection off, thresholds, and prompts by regular
//! expression. None is needed.

use serde::Deserialize;

/// The `detect` table of a type.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectConfig {
    /// Whether sessions of this type are judged at all; if not, they are `active` while they live.
    pub enabled: bool,
}

impl Default for DetectConfig {
    fn default() -> DetectConfig {
        DetectConfig { enabled: true }
    }
}
