//! The code for a shell's start-up file: the prompt, the marks of prompts (OSC 133), and the picker. The
//! same files are installed, for whoever wants only one of them.

use super::Shell;
use crate::cli::{Out, Outcome};
use msession::format::error::Result;

macro_rules! share {
    ($name:literal) => {
        include_str!(concat!("../../../../../share/shell/", $name))
    };
}

/// Prints it; `key` says whether a key is bound to the picker.
pub(super) fn print(shell: Shell, key: bool) -> Result<Outcome> {
    let mut out = Out::new();
    if !key {
        out.line(match shell {
            Shell::Bash | Shell::Zsh => "__ms_no_key=1",
            Shell::Fish => "set -g __ms_no_key 1",
        })?;
    }
    let parts = match shell {
        Shell::Bash => [share!("osc133.bash"), share!("prompt.bash"), share!("pick.bash")],
        Shell::Zsh => [share!("osc133.zsh"), share!("prompt.zsh"), share!("pick.zsh")],
        Shell::Fish => [share!("osc133.fish"), share!("prompt.fish"), share!("pick.fish")],
    };
    parts.iter().try_for_each(|part| out.bytes(part.as_bytes()))?;
    out.done()
}
