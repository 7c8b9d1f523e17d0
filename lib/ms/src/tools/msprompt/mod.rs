//! `msprompt`: one short indicator for a shell's prompt or a status bar, from files alone, and the shell
//! code that puts it there. It runs at every prompt, so it reads of each session no more than it shows.

mod ends;
mod follow;
mod format;
mod gather;
mod hook;
mod init;
mod template;

use clap::{Parser, ValueEnum};

use crate::cli::{Out, Outcome, Tool};
use format::Format;
use msession::format::config::Prompt;
use msession::format::error::{Error, Result};
use template::Template;

/// Print a short indicator of the sessions that wait, for a prompt or a status bar
///
/// Prints nothing when nothing waits or works, else something like `◐2 build,api ⏳1`. It reads files
/// alone. `msprompt init SHELL` prints code that puts it in that shell's prompt.
#[derive(Debug, Parser)]
#[command(name = "msprompt", version, after_help = EXAMPLES)]
pub struct Msprompt {
    /// What it is for
    #[arg(long, value_name = "FMT", value_enum, default_value = "plain")]
    format: Format,
    /// Print it again whenever it is another, until nobody reads it
    #[arg(short, long)]
    follow: bool,
    /// With init: bind no key
    #[arg(long, requires = "shell")]
    no_key: bool,
    /// Print the code for a shell's start-up file
    #[arg(value_name = "init", value_parser = ["init"], requires = "shell")]
    init: Option<String>,
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Option<Shell>,

    // For the code that init prints.
    /// The indicator and what has changed of the environment, as this shell's code
    #[arg(long, hide = true, value_name = "SHELL", value_enum)]
    hook: Option<Shell>,
    /// What the last --hook said
    #[arg(long, hide = true, value_name = "WORD", default_value = "")]
    seen: String,
    /// With --follow: in the background, until this process ends
    #[arg(long, hide = true, value_name = "PID")]
    end_with: Option<i32>,
    /// With --end-with: tell that process by SIGURG instead of printing
    #[arg(long, hide = true)]
    signal: bool,
}

/// A shell that there is code for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

const EXAMPLES: &str = "\
Examples:
  msprompt
  eval \"$(msprompt init bash)\"        in ~/.bashrc
  eval \"$(msprompt init zsh)\"         in ~/.zshrc
  msprompt init fish | source         in ~/.config/fish/config.fish
  msprompt --format waybar --follow";

impl Tool for Msprompt {
    // It runs at every prompt.
    const TELLS_PLACE: bool = false;

    fn run(self) -> Result<Outcome> {
        if let Some(shell) = self.shell {
            return init::print(shell, !self.no_key);
        }
        if let Some(shell) = self.hook {
            return hook::print(shell, &self.seen);
        }
        let template = Template::parse(&Prompt::load()?).map_err(Error::Usage)?;
        if self.follow {
            let end = self.end_with.map(|pid| (pid, self.signal));
            follow::run(&template, self.format, end)?;
            return Ok(Outcome::DONE);
        }
        let sessions = gather::sessions()?;
        let mut out = Out::new();
        let line = self.format.show(&template, &sessions);
        if !line.is_empty() {
            out.line(line)?;
        }
        out.done()
    }
}

/// Whether the configuration's format is one.
pub(super) fn check(config: &Prompt) -> Result<()> {
    Template::parse(config).map(drop).map_err(Error::Usage)
}
