//! Spans of time as a person writes them in the configuration.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use ms_platform::time::parse_span;

/// A span of time, written as `30days` or `1h 30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format!("{text:?} is not a span of time such as 30days"));
        parse_span(&text).map(Span).ok_or_else(wrong)
    }
}
