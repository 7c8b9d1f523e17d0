//! The rule for session names, in one place. A [`SessionName`] that exists is valid, so nothing
//! behind this module ever joins an unchecked string to a path.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::format::error::Error;

/// The longest name, in bytes.
pub const MAX_LEN: usize = 20;

/// The rule, as a message states it.
pub const RULE: &str = "a name is 1 to 20 of A-Z a-z 0-9 _ -, not starting with '-'";

/// A valid name of a session: also the name of its directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionName(String);

impl SessionName {
    /// Checks `text` against [`RULE`].
    ///
    /// # Errors
    /// `Usage`, with the rule, if `text` breaks it.
    pub fn new(text: &str) -> Result<SessionName, Error> {
        let valid = (1..=MAX_LEN).contains(&text.len())
            && !text.starts_with('-')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if valid { Ok(SessionName(text.to_owned())) } else { Err(Error::Usage(format!("{text:?}: {RULE}"))) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This name with `-N` behind it, cut so that it still fits.
    pub fn numbered(&self, number: u32) -> SessionName {
        let suffix = format!("-{number}");
        let room = MAX_LEN - suffix.len();
        let stem = &self.0[..self.0.len().min(room)];
        SessionName(format!("{}{suffix}", stem.trim_end_matches('-')))
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for SessionName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<std::path::Path> for SessionName {
    fn as_ref(&self) -> &std::path::Path {
        self.0.as_ref()
    }
}

impl FromStr for SessionName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        SessionName::new(text)
    }
}

impl TryFrom<String> for SessionName {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        SessionName::new(&text)
    }
}

impl From<SessionName> for String {
    fn from(name: SessionName) -> String {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_kept() {
        for good in ["a", "cargo-api", "A_1", "01234567890123456789", "_x-"] {
            assert!(SessionName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a/b", "..", ".", "a b", "a\n", "a\x1b", "-x", "012345678901234567890", "é"] {
            let error = SessionName::new(bad).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{bad}");
            assert!(error.to_string().contains(RULE));
        }
    }

    #[test]
    fn a_numbered_name_still_fits() {
        let long = SessionName::new("abcdefghijklmnopqrst").unwrap();
        assert_eq!(long.numbered(2).as_str(), "abcdefghijklmnopqr-2");
        assert_eq!(long.numbered(100).as_str(), "abcdefghijklmnop-100");
        assert_eq!(SessionName::new("api").unwrap().numbered(2).as_str(), "api-2");
    }
}
