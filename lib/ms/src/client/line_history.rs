//! What was typed on the command line, for Up and Down, whichever session or terminal it was typed on. One
//! small file in the runtime directory, oldest first. A lost line is no harm, so there is no lock.
//!
//! ```text
//! .commands    slash commands, one a line
//! ```

use msession::format::error::Result;
use msession::store::session::{self, Runtime};

/// Name of the file.
const FILE: &str = ".commands";
/// So many lines are remembered.
const MOST: usize = 100;
/// A longer line was not typed here, in bytes.
const MAX_LINE: usize = 400;

/// Remembers a line as the newest.
///
/// # Errors
/// What kept the file from being written.
pub(crate) fn remember(runtime: &Runtime, line: &str) -> Result<()> {
    let mut lines = read(runtime);
    lines.retain(|known| known != line);
    lines.push(line.to_owned());
    let newest = &lines[lines.len().saturating_sub(MOST)..];
    session::replace_file(runtime.dir(), FILE, (newest.join("\n") + "\n").as_bytes())
}

/// The lines, oldest first; none if there is no such file or it cannot be read.
pub(crate) fn read(runtime: &Runtime) -> Vec<String> {
    let text = session::open_file(runtime.dir(), FILE).ok().and_then(|file| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::Read::take(file, 64 << 10), &mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    });
    let was_typed = |line: &&str| {
        line.starts_with('/')
            && line.len() <= MAX_LINE
            && ms_terminal::safe::safe_text(line, MAX_LINE) == **line
    };
    text.unwrap_or_default().lines().filter(was_typed).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn each_line_is_remembered_once_and_damage_is_no_harm() {
        let tmp = tempfile::tempdir().unwrap();
        std::fs::set_permissions(tmp.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let runtime = Runtime::open_at(tmp.path()).unwrap().unwrap();
        assert!(read(&runtime).is_empty());
        for line in ["/s a", "/new", "/s a"] {
            remember(&runtime, line).unwrap();
        }
        assert_eq!(read(&runtime), ["/new", "/s a"]);
        std::fs::write(tmp.path().join(FILE), b"/one\n/\x1b[2J\nrm -r x\n\xff/x\n/two\n").unwrap();
        assert_eq!(read(&runtime), ["/one", "/two"]);
        for number in 0..2 * MOST {
            remember(&runtime, &format!("/s {number}")).unwrap();
        }
        assert_eq!((read(&runtime).len(), read(&runtime)[0].as_str()), (MOST, "/s 100"));
    }
}
