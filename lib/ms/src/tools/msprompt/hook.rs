//! What a shell evaluates before a prompt: the indicator, and what the session's last terminal brought
//! along (the file `env`: display, ssh connection), if that is other than when it was last asked. A shell
//! that was started under another terminal so takes the new one's over.

use std::io::Read;
use std::os::unix::fs::MetadataExt;

use super::Shell;
use super::format::Format;
use super::gather;
use super::template::Template;
use crate::cli::{Out, Outcome};
use msession::format::config::Prompt;
use msession::format::error::Result;
use msession::format::frame::ENVIRONMENT;
use msession::query::lookup;
use msession::store::session::{Runtime, SessionDir, file};

/// Longest file that is read, in bytes.
const MAX_ENV: u64 = 64 << 10;
/// What a terminal without one takes from nobody: the agent may be the shell's own.
const KEPT: [&str; 2] = ["SSH_AUTH_SOCK", "SSH_AGENT_PID"];

/// Prints it. A configuration with a mistake is for others to complain of.
pub(super) fn print(shell: Shell, seen: &str) -> Result<Outcome> {
    let template = Prompt::load().ok().and_then(|config| Template::parse(&config).ok()).unwrap_or_default();
    let runtime = Runtime::open()?;
    let own = runtime.as_ref().and_then(|runtime| own(runtime, seen));
    let sessions = gather::others(runtime.as_ref(), own.as_ref()).unwrap_or_default();
    let mut code = shell.set("MS_PROMPT", &Format::Plain.show(&template, &sessions));
    if let Some((stamp, variables)) = own.as_ref().and_then(|own| changed(own, seen)) {
        code += &shell.set("__ms_seen", &stamp);
        code += &ENVIRONMENT.iter().filter_map(|key| take_over(shell, key, &variables)).collect::<String>();
    }
    let mut out = Out::new();
    out.bytes(code.as_bytes())?;
    out.done()
}

/// The session that this runs in. `seen` begins with the name that it had: mostly it has that still, and
/// no others need be looked at.
fn own(runtime: &Runtime, seen: &str) -> Option<SessionDir> {
    let id = std::env::var("MS_SESSION").ok()?;
    let name = seen.split(':').next().unwrap_or_default();
    let same = lookup::find_running(Some(runtime), name).ok();
    let same = same.filter(|session| session.record().is_ok_and(|record| record.id == id));
    same.or_else(|| lookup::inside(runtime).ok().flatten())
}

/// The variables of the last terminal, with a word by which they are known the next time; none if the
/// word is the same.
fn changed(own: &SessionDir, seen: &str) -> Option<(String, Vec<(String, String)>)> {
    let file = own.open_file(file::ENV).ok();
    let stamp = match file.as_ref().and_then(|file| file.metadata().ok()) {
        Some(of) => format!("{}:{}:{}.{}", own.name(), of.ino(), of.mtime(), of.mtime_nsec()),
        None => format!("{}:", own.name()),
    };
    if stamp == seen {
        return None;
    }
    let mut text = String::new();
    file?.take(MAX_ENV).read_to_string(&mut text).ok()?;
    Some((stamp, parse(&text)))
}

fn parse(text: &str) -> Vec<(String, String)> {
    let pair = |entry: &str| entry.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    text.split('\0').filter_map(pair).collect()
}

/// The code by which the shell's variable becomes the terminal's; none where it is already.
fn take_over(shell: Shell, key: &str, variables: &[(String, String)]) -> Option<String> {
    let now = std::env::var(key).ok();
    match variables.iter().find(|(of, _)| of == key) {
        Some((_, value)) if now.as_ref() != Some(value) => Some(shell.export(key, value)),
        None if now.is_some() && !KEPT.contains(&key) => Some(shell.unset(key)),
        _ => None,
    }
}

impl Shell {
    fn set(self, name: &str, value: &str) -> String {
        match self {
            Shell::Bash | Shell::Zsh => format!("{name}={}\n", self.quoted(value)),
            Shell::Fish => format!("set -g {name} {}\n", self.quoted(value)),
        }
    }

    fn export(self, name: &str, value: &str) -> String {
        match self {
            Shell::Bash | Shell::Zsh => format!("export {name}={}\n", self.quoted(value)),
            Shell::Fish => format!("set -gx {name} {}\n", self.quoted(value)),
        }
    }

    fn unset(self, name: &str) -> String {
        match self {
            Shell::Bash | Shell::Zsh => format!("unset {name}\n"),
            Shell::Fish => format!("set -e {name}\n"),
        }
    }

    /// In single quotes; in fish a backslash is special there too.
    fn quoted(self, value: &str) -> String {
        match self {
            Shell::Bash | Shell::Zsh => format!("'{}'", value.replace('\'', r"'\''")),
            Shell::Fish => format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_is_one_word_of_the_shell() {
        assert_eq!(Shell::Bash.set("A", "it's $(x) \\"), "A='it'\\''s $(x) \\'\n");
        assert_eq!(Shell::Fish.set("A", "it's $(x) \\"), "set -g A 'it\\'s $(x) \\\\'\n");
    }

    #[test]
    fn pairs_end_with_nul_and_values_may_hold_anything_else() {
        assert_eq!(parse("A=1=2\0B=\n\0rest"), [("A".into(), "1=2".into()), ("B".into(), "\n".into())]);
    }
}
