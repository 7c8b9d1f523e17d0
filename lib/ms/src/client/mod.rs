//! A person's terminal on a session (`msswitch`). Where the terminal has the session's size, bytes pass through
//! untouched: this module renders nothing, and writes of its own only what a key of its own asked for or that
//! another session waits, where no sequence of the program is open. At another size it draws.
//!
//! The loop knows all parts; each of these owns its state, is told what happened, and returns what is to be done:
//!
//! - `event_loop`: what is waited for, who is told, and what is done about what they return
//! - `terminal`, `signals`: the terminal, what is switched on in it, and giving it back
//! - `keyboard`, `keys`: the client's keys among the program's
//! - `attached`, `connect`, `outbox`, `paint`: the session's server and ring, and what it has no room for yet
//! - `relay`, `replay`: the way from ring to terminal, and what was missed
//! - `overlay`: list, command line, help and notices over the screen
//! - `pager`: what the session wrote, in a pager over the terminal
//! - `navigate`, `visits`: which sessions there are, which one is meant, where the terminal was before
//! - `commands`, `job`, `line_history`: the command line, and the tools that do what it asks for
//! - `indicator`: telling that another session needs somebody
//! - `target`, `completed_session`: which session, and which terminal; one that is over
//! - `follow`: hearing of output without being a terminal

mod attached;
pub mod commands;
mod completed_session;
pub mod connect;
mod event_loop;
pub mod follow;
mod indicator;
mod job;
mod keyboard;
pub mod keys;
mod line_history;
mod navigate;
mod outbox;
mod overlay;
mod pager;
mod paint;
mod relay;
mod replay;
mod signals;
mod target;
mod terminal;
mod visits;

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::signal::{Signal, raise};

pub use completed_session::CompletedSession;
pub(crate) use navigate::PREVIOUS;
pub use target::{Target, check_place, enter};

use event_loop::Client;
use keys::Prefix;
use msession::format::config::{Config, Show};
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::format::status::Exit;
use msession::store::session::Runtime;
use terminal::Terminal;

/// What is shown of a session when a terminal comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replay {
    /// Nothing: only what comes.
    None,
    /// The screen.
    Screen,
    /// What was printed since a person last looked, then the screen.
    #[default]
    Missed,
    /// All that is kept, then the screen.
    All,
}

/// How a terminal is to be on sessions.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Only look.
    pub read_only: bool,
    /// What is shown first.
    pub replay: Replay,
    /// The key before the client's own.
    pub prefix: Option<Prefix>,
    /// How it is told that another session waits.
    pub show: Show,
}

impl Options {
    /// With what the configuration says of keys and indicator.
    ///
    /// # Errors
    /// `Usage` if the configuration names a key that can be no prefix.
    pub fn configured(config: &Config, replay: Replay, read_only: bool) -> Result<Options> {
        let prefix = Prefix::configured(&config.keys.prefix)?;
        Ok(Options { read_only, replay, prefix, show: config.indicator.show })
    }

    /// The prefix as a person reads it.
    fn prefix_spelled(&self) -> String {
        self.prefix.map_or_else(|| "(no prefix)".into(), Prefix::spelled)
    }
}

/// How a terminal left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// The session, by its last name, goes on.
    Detached(SessionName),
    /// The session ended.
    Ended(SessionName, Exit),
    /// A signal asked for it.
    Signal(Signal),
}

/// Puts the terminal on the session `name` until it leaves that or the one it has gone to. However it
/// ends, the terminal is as it was.
fn run(runtime: Runtime, name: &SessionName, options: Options) -> Result<Left> {
    guarded(|| {
        let mut client = Client::begin(runtime, name, options)?;
        let left = client.run()?;
        say_farewell(&mut client.terminal, &left, client.at.lost_input());
        drop(client);
        if let Left::Signal(signal) = left {
            // As it would have been without us: whoever waits for us sees the signal.
            let _ = raise(signal);
        }
        Ok(left)
    })
}

/// A panic must neither write into the program's screen nor leave the terminal raw: it unwinds, which
/// gives the terminal back, and is told afterwards.
fn guarded<T>(act: impl FnOnce() -> Result<T>) -> Result<T> {
    let told = Arc::new(Mutex::new(String::new()));
    let place = Arc::clone(&told);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        *place.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(act));
    panic::set_hook(hook);
    done.unwrap_or_else(|_| {
        let told = told.lock().unwrap_or_else(PoisonError::into_inner);
        Err(Error::damaged("msswitch", format!("a bug: {}", told.replace('\n', " "))))
    })
}

/// Says on the terminal, which was given back, how it left, and how many typed bytes nobody took.
fn say_farewell(terminal: &mut Terminal, left: &Left, lost: usize) {
    if lost > 0 {
        terminal.say(&format!("[msswitch: {lost} bytes of what was typed were never taken and are lost]"));
    }
    match left {
        Left::Detached(name) => {
            terminal.say(&format!("[msswitch: detached from {name}; come back with: msswitch {name}]"));
        }
        Left::Ended(name, exit) => terminal.say(&format!("[msswitch: {name} ended: {exit}]")),
        Left::Signal(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What knows more than one part is the loop; a part that grew an `impl Client` would know them all.
    #[test]
    fn only_the_loop_has_methods_of_the_client() {
        let place = Path::new(file!()).parent().unwrap();
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dir = top.ancestors().map(|top| top.join(place)).find(|dir| dir.is_dir()).unwrap();
        let text = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert!(text(&dir.join("event_loop.rs")).contains("impl Client {"));
        let (mut dirs, mut seen) = (vec![dir.clone()], 0);
        while let Some(next) = dirs.pop() {
            for entry in std::fs::read_dir(&next).unwrap() {
                let path = entry.unwrap().path();
                let is_ours =
                    ["event_loop", "event_loop.rs", "mod.rs"].iter().any(|own| path == dir.join(own));
                if path.is_dir() && !is_ours {
                    dirs.push(path);
                } else if !is_ours {
                    assert!(!text(&path).contains("impl Client {"), "{}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "only {seen} files were looked at");
    }

    #[test]
    fn a_panic_is_an_error_that_says_where() {
        let error = guarded::<()>(|| panic!("on purpose")).unwrap_err();
        assert_eq!(error.exit_code(), 6);
        assert!(error.to_string().contains("on purpose"), "{error}");
        assert_eq!(guarded(|| Ok(7)).unwrap(), 7);
    }
}
