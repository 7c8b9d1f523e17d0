//! The server: the one process that owns a session's pty. One thread, one poll loop, no wake-up while
//! its session waits. It joins ring, scanner, terminal model and judge, and is the only place that does.
//!
//! The loop (`event_loop`) owns the parts. Each part owns its state, is told what happened, and returns what is
//! to be done about that; only the loop knows more than one of them.
//!
//! - `plan`, `spawn`, `server_child`, `program`: from `msnew` to a server with its program running
//! - `event_loop`: what is waited for, the order in which things are done, and carrying them out
//! - `terminal`: the program's terminal, and what the kernel says of it; `interrupt`: keys that raise signals
//! - `intake`, `view`: terminal → ring, scanner, and the terminal model, which is fed lazily
//! - `input`: what waits to be typed
//! - `query_router`, `pending_queries`: exactly one answer to each query
//! - `session_status`: the status record, which nothing else writes; `publish`: when it goes to disk
//! - `attention_tracker`: whether a person is needed, from what nobody has looked at yet
//! - `answer`: after a script has typed, the old wait is over
//! - `signaller`, `processes`: ending the program's processes, stopping them, and letting them go on
//! - `clients`, `client`, `door`: connections; `command`: what their frames ask for; `replies`
//! - `facts`: handing out what the judge sees, to who records it
//! - `environment`: the ssh agent and the display of the last terminal
//! - `on`: commands that are run outside a terminal when the session needs somebody
//! - `history_entry`: beginning the record that outlives the session
//! - `owned_session_dir`, `dir_watch`: putting the session's directory back when somebody removed it, and
//!   hearing of that

mod answer;
mod attention_tracker;
mod client;
mod clients;
mod command;
mod dir_watch;
mod door;
pub(crate) mod environment;
mod event_loop;
mod facts_readers;
mod history_entry;
mod input;
mod intake;
mod interrupt;
mod on;
mod owned_session_dir;
mod pending_queries;
mod plan;
mod processes;
mod program;
mod publish;
mod query_router;
mod replies;
mod server_child;
mod session_status;
mod signaller;
pub mod spawn;
mod terminal;
mod view;

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use ms_platform::time::Time;

/// Time since some moment before the server began, on a clock that is never set: CLOCK_MONOTONIC,
/// which stands still while the machine is suspended, as programs do.
pub(crate) fn now() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default()
}

/// A moment on both clocks: the one of [`now`], and the wall's.
#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Duration,
    wall: Time,
}

impl Moment {
    fn now() -> Moment {
        Moment { at: now(), wall: Time::now() }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// What knows more than one part is the loop; a part that grew an `impl Server` would know them all.
    #[test]
    fn only_the_loop_has_methods_of_the_server() {
        let place = Path::new(file!()).parent().unwrap();
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dir = top.ancestors().map(|top| top.join(place)).find(|dir| dir.is_dir()).unwrap();
        let text = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
        assert!(text("event_loop.rs").contains("impl Server {"));
        for entry in std::fs::read_dir(&dir).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".rs") && !["event_loop.rs", "mod.rs"].contains(&name.as_str()) {
                assert!(!text(&name).contains("impl Server {"), "{name}");
            }
        }
    }
}
