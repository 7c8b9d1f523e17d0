//! The judge against real programs, each on a pty of the test's own. Programs that are not installed are
//! skipped; what every system has is always tried.

mod cost;
mod readers;
mod replay;
mod reports;
mod shells;
#[path = "../../../../tests/world/skip.rs"]
mod skip;
mod stage;
mod strangers;
mod work;

use std::path::Path;
use std::time::Duration;

/// Long enough for a verdict to change if it were going to.
const MOMENT: Duration = Duration::from_millis(1500);

/// Whether a program can be run here; if not, the test is skipped, or this part of it.
fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| Path::new(&dir).join(program).is_file());
    if !found {
        skip::skip(&format!("{program} is not installed"));
    }
    found
}
