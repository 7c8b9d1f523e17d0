//! The layers, held against the code: no crate and no part of one knows what stands above it, and no two modules
//! beside each other know each other in a circle.

use std::fs;

use ms_docs::layers::{Crate, circles, upwards};

/// The crates, each with those that it may know; Cargo refuses circles between them, not a way round a layer.
const CRATES: [(&str, &[&str]); 5] = [
    ("platform", &[]),
    ("terminal", &[]),
    ("judge", &["ms-platform", "ms-terminal"]),
    ("session", &["ms-platform", "ms-terminal", "ms-judge"]),
    ("ms", &["ms-platform", "ms-terminal", "ms-judge", "msession"]),
];

const SESSION: [(&str, &[&str]); 3] =
    [("format", &[]), ("store", &["format"]), ("query", &["format", "store"])];

/// The two sides of a session's socket know neither each other nor the tools.
const MS: [(&str, &[&str]); 4] =
    [("cli", &[]), ("server", &[]), ("client", &[]), ("tools", &["cli", "client", "server"])];

fn read(name: &str) -> Crate {
    Crate::read(&ms_docs::root().join("lib").join(name).join("src")).unwrap()
}

#[test]
fn no_crate_depends_on_one_above_it() {
    for (name, below) in CRATES {
        let path = ms_docs::root().join("lib").join(name).join("Cargo.toml");
        let text = fs::read_to_string(path).unwrap();
        let parts = text.split("\n[").filter(|part| part.starts_with("dependencies]"));
        let ours = parts.flat_map(str::lines).filter_map(|line| line.split(['.', ' ', '=']).next());
        for dependency in ours.filter(|name| name.starts_with("ms")) {
            assert!(below.contains(&dependency), "{name} depends on {dependency}");
        }
    }
}

#[test]
fn no_part_imports_upwards() {
    for (name, layers) in [("session", &SESSION[..]), ("ms", &MS)] {
        let edges = read(name).edges();
        assert!(!edges.is_empty(), "{name}: nothing was read");
        assert!(upwards(&edges, layers).is_empty(), "{name}: {:#?}", upwards(&edges, layers));
    }
}

#[test]
fn no_modules_beside_each_other_know_each_other_in_a_circle() {
    for (name, _) in CRATES {
        let edges = read(name).edges();
        assert!(!edges.is_empty(), "{name}: nothing was read");
        assert!(circles(&edges).is_empty(), "{name}: {:#?}", circles(&edges));
    }
}

#[test]
fn unsafe_code_is_forbidden_above_the_system_calls() {
    let root = ms_docs::root();
    let crates = CRATES.iter().map(|(name, _)| *name).filter(|name| *name != "platform");
    let crates = crates.map(|name| root.join("lib").join(name).join("src/lib.rs"));
    let tools = fs::read_dir(root.join("bins")).unwrap().map(|entry| entry.unwrap().path());
    for file in crates.chain(tools) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.lines().any(|line| line == "#![forbid(unsafe_code)]"), "{}", file.display());
    }
}
