//! What `--until` may name: a status, or whether somebody is needed.

use std::fmt;
use std::str::FromStr;

use msession::format::attention::Attention;
use msession::format::error::Error;
use msession::format::status::{Status, StatusRecord};

/// One word of `--until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    Status(Status),
    Attention(Attention),
}

impl Until {
    /// Somebody is needed.
    pub(super) const NEEDED: [Until; 2] =
        [Until::Attention(Attention::Asks), Until::Attention(Attention::Done)];

    /// Whether it is so, and not merely still said to be: while it is answered, nobody knows whether a wait
    /// goes on.
    pub(super) fn holds(self, status: &StatusRecord) -> bool {
        let answered = status.answered && status.status == Status::Waiting;
        let said = match self {
            Until::Status(wanted) => status.status == wanted,
            Until::Attention(wanted) => status.attention() == Some(wanted),
        };
        said && !answered
    }
}

impl FromStr for Until {
    type Err = Error;
    fn from_str(word: &str) -> Result<Until, Error> {
        if let Ok(attention) = word.parse() {
            return Ok(Until::Attention(attention));
        }
        word.parse().map(Until::Status).map_err(|_| {
            let all =
                Status::ALL.map(Status::as_str).into_iter().chain(Attention::ALL.map(Attention::as_str));
            let all: Vec<&str> = all.collect();
            Error::Usage(format!("{word:?} is none of {}", all.join(", ")))
        })
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Until::Status(status) => status.fmt(f),
            Until::Attention(attention) => attention.fmt(f),
        }
    }
}
