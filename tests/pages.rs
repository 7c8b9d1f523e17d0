//! The manual pages as the programs that show them read them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::world::{Ran, World, skip};

fn pages() -> Vec<PathBuf> {
    let man = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let files = fs::read_dir(man).unwrap().map(|entry| entry.unwrap().path());
    let pages: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    assert!(pages.len() > 8, "{pages:?}");
    pages
}

/// What a program says of each page; none if it is not installed.
fn read_by(world: &World, program: &str, args: &[&str]) -> Option<Vec<(PathBuf, Ran)>> {
    let one = |page: PathBuf| {
        let output = world.command(program).args(args).arg(&page).stdin(Stdio::null()).output().ok()?;
        Some((page, Ran::of(output)))
    };
    let read: Option<Vec<(PathBuf, Ran)>> = pages().into_iter().map(one).collect();
    if read.is_none() {
        skip(&format!("{program} is not installed"));
    }
    read
}

#[test]
fn groff_shows_every_page_without_a_warning() {
    let world = World::new();
    let args = ["-K", "utf8", "-ww", "-man", "-Tutf8", "-P-cbou", "-rLL=100n"];
    for (page, ran) in read_by(&world, "groff", &args).unwrap_or_default() {
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", page.display());
        for heading in ["NAME", "DESCRIPTION", "SEE ALSO"] {
            assert!(ran.out.lines().any(|line| line == heading), "{}: {heading}", page.display());
        }
        assert!(!ran.out.contains("\\f") && !ran.out.contains("\\["), "{}: {}", page.display(), ran.out);
    }
}

#[test]
fn mandoc_finds_no_error() {
    let world = World::new();
    for (page, ran) in read_by(&world, "mandoc", &["-T", "lint", "-W", "error"]).unwrap_or_default() {
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", page.display());
    }
}
