//! What comes of a key that something over the screen takes.

use super::super::commands::Action;
use super::super::completed_session::CompletedSession;
use msession::format::session_name::SessionName;

/// Columns and rows.
pub(crate) type Size = (u16, u16);

/// What a key led to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Draw again.
    Stay,
    /// Take it away.
    Close,
    /// Take it away and go to this session.
    Go(SessionName),
    /// Take it away and show what this one wrote, which is over.
    Look(Box<CompletedSession>),
    /// Take it away and do what this line says.
    Do(Action, String),
    /// Take it away and end this session.
    End(SessionName),
}
