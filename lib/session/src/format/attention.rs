//! What a person has to do with a session now: the words for it. The status
//! says what the program does; this says whether anybody is needed. Whether somebody has looked is known to
//! the server, which writes the word.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::Error;
use ms_judge::Kind;

/// Whether a session needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attention {
    /// It cannot go on without an answer, whether or not that was seen.
    Asks,
    /// It has worked and has come to rest or ended, and nobody has looked since.
    Done,
    /// It rests, and somebody has seen it so, or it was never given anything to do.
    Idle,
}

impl Attention {
    /// Every word, the most urgent first.
    pub const ALL: [Attention; 3] = [Attention::Asks, Attention::Done, Attention::Idle];
    /// The words for somebody being needed.
    pub const NEEDS: [Attention; 2] = [Attention::Asks, Attention::Done];

    /// The word that files and options use.
    pub fn as_str(self) -> &'static str {
        match self {
            Attention::Asks => "asks",
            Attention::Done => "done",
            Attention::Idle => "idle",
        }
    }

    /// The mark that lists show.
    pub fn mark(self) -> &'static str {
        match self {
            Attention::Asks => "◐",
            Attention::Done => "●",
            Attention::Idle => "○",
        }
    }

    /// Whether somebody is needed.
    pub fn needs_somebody(self) -> bool {
        Attention::NEEDS.contains(&self)
    }
}

impl fmt::Display for Attention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Attention {
    type Err = Error;
    fn from_str(text: &str) -> Result<Attention, Error> {
        Attention::ALL.into_iter().find(|word| word.as_str() == text).ok_or_else(|| {
            Error::Usage(format!("{text:?} is not a word for attention (one of asks, done, idle)"))
        })
    }
}

/// Whether a wait of this kind is a question, and not a prompt at which a program rests.
pub fn is_question(kind: Kind) -> bool {
    match kind {
        Kind::Password | Kind::Confirm | Kind::Line | Kind::Menu => true,
        Kind::Permission | Kind::Question | Kind::Auth => true,
        Kind::Shell | Kind::Repl | Kind::Turn | Kind::Pager | Kind::Editor | Kind::Unknown => false,
    }
}
