//! Saying that a test cannot run here. Also a part of the library's tests, which have no world.

use std::io::Write;

/// Says that a test cannot run here, and why: on stderr, and as a line of the file that MS_TEST_SKIPS
/// names, by which `make test` counts it as skipped. The test returns after it.
pub fn skip(reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
    let Some(path) = std::env::var_os("MS_TEST_SKIPS") else { return };
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
    // One write: tests run side by side.
    file.write_all(format!("{test}: {reason}\n").as_bytes()).unwrap();
}
