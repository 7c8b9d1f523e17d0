//! An end for a test that waits for what never comes: the processes of its world are killed, and whoever
//! reads from them or waits for them goes on, and fails.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::process;

/// Watches over one world until it is dropped.
pub struct Watchdog {
    bit: Arc<AtomicBool>,
    _alive: Sender<()>,
}

impl Watchdog {
    /// Kills the processes of this runtime directory after this time.
    pub fn new(runtime_dir: PathBuf, limit: Duration) -> Watchdog {
        let (alive, world) = channel();
        let bit = Arc::new(AtomicBool::new(false));
        let bites = bit.clone();
        thread::spawn(move || {
            while world.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                bites.store(true, Ordering::Relaxed);
                process::kill_all(&runtime_dir);
            }
        });
        Watchdog { bit, _alive: alive }
    }

    /// Whether it had to.
    pub fn bit(&self) -> bool {
        self.bit.load(Ordering::Relaxed)
    }
}

#[test]
fn what_does_not_end_by_itself_is_ended() {
    let world = super::World::new();
    let mut sleeper = world.command("sleep").arg("1000").spawn().unwrap();
    let watchdog = Watchdog::new(world.path("run"), Duration::from_millis(1));
    sleeper.wait().unwrap();
    assert!(watchdog.bit());
}
