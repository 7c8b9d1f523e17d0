//! Where terminals were: what `-` means. One small file in the runtime directory, newest first; by ids,
//! since names change. A lost line is no harm, so there is no lock.
//!
//! ```text
//! .visits      ID SPACE device number of the terminal, one a line
//! ```

use msession::format::error::Result;
use msession::format::id::is_id;
use msession::store::session::{self, Runtime};

/// Name of the file.
const FILE: &str = ".visits";
/// So many visits are remembered.
const MOST: usize = 64;

/// Remembers that a terminal is on a session.
///
/// # Errors
/// What kept the file from being written.
pub(crate) fn remember(runtime: &Runtime, id: &str, terminal: u64) -> Result<()> {
    let mut visits = read(runtime);
    visits.retain(|(known, place)| !(known == id && *place == terminal));
    visits.insert(0, (id.to_owned(), terminal));
    visits.truncate(MOST);
    let lines: Vec<String> = visits.iter().map(|(id, terminal)| format!("{id} {terminal}\n")).collect();
    session::replace_file(runtime.dir(), FILE, lines.concat().as_bytes())
}

/// Ids of the sessions that were visited, the likeliest to be meant by `-` first: those of this
/// terminal, then those of others.
pub(crate) fn previous(runtime: &Runtime, terminal: u64) -> Vec<String> {
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        read(runtime).into_iter().partition(|(_, place)| *place == terminal);
    let mut ids: Vec<String> = Vec::new();
    for (id, _) in here.into_iter().chain(elsewhere) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn read(runtime: &Runtime) -> Vec<(String, u64)> {
    let text = session::open_file(runtime.dir(), FILE).ok().and_then(|file| {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut std::io::Read::take(file, 64 << 10), &mut text).ok()?;
        Some(text)
    });
    let line = |line: &str| {
        let (id, terminal) = line.split_once(' ')?;
        Some((id.to_owned(), terminal.parse().ok()?)).filter(|(id, _)| is_id(id))
    };
    text.unwrap_or_default().lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const A: &str = "aaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbb";
    const C: &str = "cccccccccccccccccccc";

    fn runtime(tmp: &tempfile::TempDir) -> Runtime {
        std::fs::set_permissions(tmp.path(), PermissionsExt::from_mode(0o700)).unwrap();
        Runtime::open_at(tmp.path()).unwrap().unwrap()
    }

    #[test]
    fn this_terminal_s_visits_come_first() {
        let tmp = tempfile::tempdir().unwrap();
        let runtime = runtime(&tmp);
        assert!(previous(&runtime, 1).is_empty());
        for (id, terminal) in [(A, 1), (B, 1), (C, 2), (A, 1)] {
            remember(&runtime, id, terminal).unwrap();
        }
        assert_eq!(previous(&runtime, 1), [A, B, C]);
        assert_eq!(previous(&runtime, 2), [C, A, B]);
    }

    #[test]
    fn damage_and_too_much_are_no_harm() {
        let tmp = tempfile::tempdir().unwrap();
        let runtime = runtime(&tmp);
        std::fs::write(tmp.path().join(FILE), b"nonsense\n../../etc /dev/tty\n\xff").unwrap();
        assert!(previous(&runtime, 7).is_empty());
        for number in 0..200 {
            remember(&runtime, &format!("{number:020}"), 7).unwrap();
        }
        assert_eq!(previous(&runtime, 7).len(), MOST);
    }
}
