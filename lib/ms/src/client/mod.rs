//! A person's terminal on a session (`msswitch`). Bytes pass through untouched where the terminal has the
//! session's size: there this module will never render, and writes of its own only what a key of its own asked
//! for or a session that waits, at places where no sequence of the program is open. At another size it draws.
//!
//! - `terminal`, `modes`: the terminal, what is switched on in it, and giving it back
//! - `keys`: the client's keys among the program's
//! - `attached`, `connect`, `outbox`, `paint`: the session's server and ring, and what it has no room for yet
//! - `follow`: hearing of output without being a terminal
//! - `target`: which session, and which terminal
//! - `session_loop`: what is waited for, and who is told
//! - `relay`: the way from ring to terminal
//! - `overlay`, `effects`: list, command line, help and notices over the screen, and what the loop does for them
//! - `navigate`, `commands`, `job`: what keys and the command line do
//! - `pager`: what the session wrote, in a pager over the terminal
//! - `indicator`: telling that another session waits
//! - `replay`, `visits`, `line_history`: what was missed; where the terminal was before; what was typed

mod attached;
pub mod commands;
pub mod connect;
mod effects;
pub mod follow;
mod indicator;
mod job;
pub mod keys;
mod line_history;
mod navigate;
mod outbox;
mod overlay;
mod pager;
mod paint;
mod relay;
mod replay;
mod session_loop;
mod signals;
mod target;
mod terminal;
mod visits;

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::signal::{Signal, raise};

pub(crate) use navigate::PREVIOUS;
pub use target::{Target, check_place, enter};

use keys::Prefix;
use msession::format::config::{Config, Show};
use msession::format::error::{Error, Result};
use msession::format::name::SessionName;
use msession::format::status::Exit;
use msession::store::session::Runtime;
use session_loop::Client;

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
    pub fn configured(config: &Config, replay: Replay, read_only: bool) -> Result<Options> {
        let prefix = Prefix::configured(&config.keys.prefix)?;
        Ok(Options { read_only, replay, prefix, show: config.indicator.show })
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
        client.say_farewell(&left);
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

impl Client {
    fn say_farewell(&mut self, left: &Left) {
        let lost = self.at.lost_input();
        if lost > 0 {
            let text = format!("[msswitch: {lost} bytes of what was typed were never taken and are lost]");
            self.terminal.say(&text);
        }
        match left {
            Left::Detached(name) => {
                self.terminal
                    .say(&format!("[msswitch: detached from {name}; come back with: msswitch {name}]"));
            }
            Left::Ended(name, exit) => self.terminal.say(&format!("[msswitch: {name} ended: {exit}]")),
            Left::Signal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_says_where() {
        let error = guarded::<()>(|| panic!("on purpose")).unwrap_err();
        assert_eq!(error.exit_code(), 6);
        assert!(error.to_string().contains("on purpose"), "{error}");
        assert_eq!(guarded(|| Ok(7)).unwrap(), 7);
    }
}
