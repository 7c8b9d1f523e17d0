//! `msnew`: start a session in the background and print its name.

mod again;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use clap::Parser;
use nix::fcntl::OFlag;

use crate::cli::{Out, Outcome, Tool, note};
use crate::client::{self, Options, Replay, Target};
use crate::server::spawn::{self, NameWish, Plan};
use crate::tools::msprompt;
use ms_platform::sys;
use msession::format::config::{Config, Type};
use msession::format::error::{Error, Result};
use msession::format::generate_name;
use msession::format::session_name::SessionName;
use msession::format::session_record;
use msession::format::size;
use msession::query::lookup;
use msession::store::session::Runtime;

/// Start a session in the background; print its name
///
/// Starts COMMAND on a terminal of its own, in the background, and prints the session's name once the
/// program runs. With a type that has a command, COMMAND is added to that as arguments. Without either,
/// $SHELL runs.
#[derive(Debug, Parser)]
#[command(name = "msnew", version, after_help = EXAMPLES)]
pub struct Msnew {
    /// Name of the session: 1 to 20 of A-Z a-z 0-9 _ -
    // A name with a hyphen is a name that breaks the rule, and is told so.
    #[arg(short, long, value_name = "NAME", allow_hyphen_values = true)]
    name: Option<String>,
    /// A type from the configuration: command, directory, limits
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Start in DIR
    #[arg(short = 'C', long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Set a variable for the program; may be repeated
    #[arg(short, long, value_name = "K=V")]
    env: Vec<OsString>,
    /// Keep the last SIZE of output, e.g. 512K or 10MiB
    #[arg(short, long, value_name = "SIZE")]
    buffer: Option<String>,
    /// Put this terminal on the session
    #[arg(short, long)]
    switch: bool,
    /// Start completed sessions again: the command of each, or what its type has for that, in its directory,
    /// under its name
    #[arg(long, value_name = "NAME", num_args = 0.., conflicts_with_all = ["kind", "directory", "command"])]
    again: Option<Vec<String>>,
    /// With --again: all that a reboot or the like has ended
    #[arg(long, requires = "again")]
    lost: bool,
    /// With --lost: those alone whose type says `again = true`
    #[arg(long, requires = "lost")]
    marked: bool,
    /// Check the configuration and exit
    #[arg(long, exclusive = true)]
    check_config: bool,
    /// The program and its arguments; with a type that has a command, more arguments for that
    #[arg(value_name = "COMMAND", trailing_var_arg = true)]
    command: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  msnew                        a shell
  msnew -n build make -j4      a build, named
  msnew -s -C ~/src/api claude an agent, and go to it
  msnew -t api                 what [types.api] in config.toml says
  msnew -t agent -- --resume   its command, with one more argument
  msnew --again --lost         all that was there before a reboot";

impl Tool for Msnew {
    fn run(self) -> Result<Outcome> {
        let config = Config::load()?;
        if self.check_config {
            Options::configured(&config, Replay::Missed, false)?;
            msprompt::check(&config.prompt)?;
            return config.check_file().map(|()| Outcome::DONE);
        }
        if let Some(names) = self.again.as_ref().filter(|names| names.len() != 1 || self.lost || !self.switch)
        {
            if self.switch {
                return Err(Error::Usage("-s goes to one session, and there may be several".into()));
            }
            return self.start_again(&config, names);
        }
        let plan = self.plan(&config)?;
        self.hide_values();
        tell_cut(&plan);
        if self.switch {
            // What would keep the terminal away is told while there is nothing to leave behind.
            let options = Options::configured(&config, Replay::Missed, false)?;
            client::check_place(Some(&Runtime::make()?))?;
            let name = spawn::start(plan, &config)?;
            client::enter(Some(Runtime::make()?), Target::Named(name), options)?;
            return Ok(Outcome::DONE);
        }
        let name = spawn::start(plan, &config)?;
        let mut out = Out::new();
        out.line(&name)?;
        out.done()
    }
}

/// What is to run, where, and with which ring, before defaults are filled in.
#[derive(Debug, Default)]
struct Wish {
    argv: Vec<OsString>,
    directory: Option<PathBuf>,
    name: Option<SessionName>,
    kind: String,
    /// The arguments are all there are: nothing is put before them.
    is_whole: bool,
    buffer: Option<u64>,
}

impl Msnew {
    fn plan(&self, config: &Config) -> Result<Plan> {
        let wish = self.wish(config)?;
        self.plan_of(config, wish)
    }

    /// Everybody may read the command line, and this terminal's client may stay for weeks.
    fn hide_values(&self) {
        if !self.env.is_empty() {
            sys::title::show("msnew");
        }
    }

    fn plan_of(&self, config: &Config, wish: Wish) -> Result<Plan> {
        let preset = if wish.kind.is_empty() { &Type::default() } else { config.preset(&wish.kind)? };
        let argv = if wish.is_whole { wish.argv } else { pick_command(wish.argv, preset) };
        let cwd = pick_directory(wish.directory.as_deref(), preset)?;
        let own = self.name.as_deref().map(SessionName::new).transpose()?;
        let name = match own.or(wish.name) {
            Some(name) => NameWish::Exactly(name),
            None => NameWish::Like(generate_name::from_program(&wish.kind, &argv[0], &cwd)),
        };
        let buffer = match &self.buffer {
            Some(text) => size::parse_ring(text)?,
            None => {
                let of_type = preset.buffer.unwrap_or(config.limits.buffer).0;
                size::check_ring(wish.buffer.unwrap_or(of_type))?
            }
        };
        Ok(Plan {
            name,
            kind: wish.kind,
            argv,
            cwd,
            env: self.environment(preset)?,
            buffer,
            size: terminal_size(),
            parent: parent_id()?,
        })
    }

    fn wish(&self, config: &Config) -> Result<Wish> {
        match self.again.as_deref() {
            Some([name]) => again::wish_of(config, name),
            _ => Ok(Wish {
                argv: self.command.clone(),
                directory: self.directory.clone(),
                kind: self.kind.clone().unwrap_or_default(),
                ..Wish::default()
            }),
        }
    }

    /// Our own environment, then the type's variables, then those of `-e`.
    fn environment(&self, preset: &Type) -> Result<Vec<(OsString, OsString)>> {
        let mut env: Vec<(OsString, OsString)> = env::vars_os().filter(|(key, _)| !is_ours(key)).collect();
        if env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
            set(&mut env, "TERM".into(), "xterm-256color".into());
        }
        for (key, value) in &preset.env {
            set(&mut env, key.into(), value.into());
        }
        for pair in &self.env {
            let (key, value) = split_pair(pair)?;
            set(&mut env, key, value);
        }
        Ok(env)
    }
}

/// Says what of a command line is not kept.
fn tell_cut(plan: &Plan) {
    let cut = session_record::kept_arguments(&plan.argv).1;
    if cut > 0 {
        note(
            "msnew",
            &format!("too long to be kept whole: {cut} bytes of the arguments (the program has all)"),
        );
    }
}

/// Variables of the caller's terminal that would be wrong on a new one.
fn is_ours(key: &OsStr) -> bool {
    ["MS_SESSION", "COLUMNS", "LINES"].iter().any(|name| key == *name)
}

fn set(env: &mut Vec<(OsString, OsString)>, key: OsString, value: OsString) {
    env.retain(|(known, _)| *known != key);
    env.push((key, value));
}

fn split_pair(pair: &OsStr) -> Result<(OsString, OsString)> {
    let bytes = pair.as_bytes();
    match bytes.iter().position(|byte| *byte == b'=') {
        Some(at) if at > 0 => {
            Ok((OsStr::from_bytes(&bytes[..at]).into(), OsStr::from_bytes(&bytes[at + 1..]).into()))
        }
        _ => Err(Error::Usage(format!("-e {}: must be KEY=VALUE", pair.to_string_lossy()))),
    }
}

/// The type's with the command line's behind it; the command line's alone where the type names no program;
/// else a shell.
fn pick_command(command: Vec<OsString>, preset: &Type) -> Vec<OsString> {
    let mut argv: Vec<OsString> = preset.command.iter().flatten().map(OsString::from).collect();
    argv.extend(command);
    if argv.is_empty() {
        let shell = env::var_os("SHELL").filter(|shell| !shell.is_empty());
        argv.push(shell.unwrap_or_else(|| "/bin/sh".into()));
    }
    argv
}

/// The command line's, else the type's, else ours. It must be there: a missing one is found now.
fn pick_directory(asked: Option<&Path>, preset: &Type) -> Result<PathBuf> {
    let wanted = asked.map(Path::to_owned).or_else(|| preset.directory.as_deref().map(expand_home));
    let path = wanted.unwrap_or_else(|| PathBuf::from("."));
    let absolute = path.canonicalize().map_err(Error::system(path.display().to_string()))?;
    nix::fcntl::open(
        &absolute,
        OFlag::O_DIRECTORY | OFlag::O_PATH | OFlag::O_CLOEXEC,
        nix::sys::stat::Mode::empty(),
    )
    .map_err(Error::errno(path.display().to_string()))?;
    Ok(absolute)
}

fn expand_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), env::var_os("HOME")) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_owned(),
    }
}

/// That of our own terminal, else 80 by 24.
fn terminal_size() -> (u16, u16) {
    let known = |size: nix::Result<(u16, u16)>| size.ok().filter(|(cols, rows)| *cols > 0 && *rows > 0);
    known(sys::tty::size(io::stdin()))
        .or_else(|| known(sys::tty::size(io::stdout())))
        .or_else(|| known(sys::tty::size(io::stderr())))
        .unwrap_or((80, 24))
}

/// The id of the session that we run in.
fn parent_id() -> Result<Option<String>> {
    let Some(runtime) = Runtime::open()? else { return Ok(None) };
    Ok(match lookup::inside(&runtime)? {
        Some(session) => Some(session.record()?.id),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_split_at_the_first_equals_sign() {
        assert_eq!(split_pair(OsStr::new("A=b=c")).unwrap(), ("A".into(), "b=c".into()));
        for bad in ["A", "=b", ""] {
            assert_eq!(split_pair(OsStr::new(bad)).unwrap_err().exit_code(), 2);
        }
    }

    #[test]
    fn a_type_s_command_gets_more_arguments() {
        let words = |list: &[&str]| list.iter().map(OsString::from).collect::<Vec<_>>();
        let preset = |list: &[&str]| Type {
            command: Some(list.iter().map(|word| (*word).to_owned()).collect()),
            ..Type::default()
        };
        assert_eq!(
            pick_command(words(&["-c", "x"]), &preset(&["agent", "-q"])),
            words(&["agent", "-q", "-c", "x"])
        );
        assert_eq!(pick_command(words(&[]), &preset(&["agent"])), words(&["agent"]));
        assert_eq!(pick_command(words(&["make"]), &Type::default()), words(&["make"]));
        assert_eq!(pick_command(words(&[]), &Type::default()).len(), 1);
    }

    #[test]
    fn options_after_the_command_are_the_command_s() {
        let tool = Msnew::try_parse_from(["msnew", "-n", "x", "ls", "-l", "-n", "y"]).unwrap();
        assert_eq!(tool.name.as_deref(), Some("x"));
        assert_eq!(tool.command, ["ls", "-l", "-n", "y"]);
    }
}
