//! The example of a configuration, held against what the configuration knows.

use std::collections::BTreeSet;
use std::fs;

use msession::format::config::{Config, Prompt};

/// The file with each setting and table that is commented out taken in.
fn example() -> String {
    let text = fs::read_to_string(ms_docs::root().join("share/config.toml")).unwrap();
    let is_prose = |line: &str| line.starts_with("# ") || line == "#";
    let lines = text.lines().filter(|line| !is_prose(line));
    lines.map(|line| format!("{}\n", line.strip_prefix('#').unwrap_or(line))).collect()
}

/// The words that are known in a table, as the error for one that is not lists them.
fn known(table: &str) -> BTreeSet<String> {
    let text = if table.is_empty() { "'?' = 0\n".into() } else { format!("[{table}]\n'?' = 0\n") };
    let error = Config::parse(&text).unwrap_err().to_string();
    let list = error.split("expected ").nth(1).unwrap_or_else(|| panic!("[{table}]: {error}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The keys of each table, in the file's order.
fn tables(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut tables: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            tables.push((name.trim_end_matches(']').to_owned(), BTreeSet::new()));
        } else if let Some((key, _)) = line.split_once(" = ") {
            assert!(tables.last_mut().unwrap().1.insert(key.to_owned()), "{key} twice");
        }
    }
    tables
}

#[test]
fn it_is_read_and_what_it_says_can_be_used() {
    let config = Config::parse(&example()).unwrap();
    config.check().unwrap();
    assert!(config.preset("api").unwrap().command.is_some());
    assert!(Config::parse(&fs::read_to_string(ms_docs::root().join("share/config.toml")).unwrap()).is_ok());
}

#[test]
fn what_it_says_outside_of_types_are_the_defaults() {
    let config = Config::parse(&example()).unwrap();
    // No format is the built-in one, which the example writes out.
    let prompt = Prompt { format: None, ..config.prompt };
    assert_eq!(Config { types: Default::default(), prompt, ..config }, Config::default());
}

#[test]
fn it_has_every_table_and_key_that_there_is_and_no_other() {
    let text = example();
    let tables = tables(&text);
    let tops: BTreeSet<String> =
        tables.iter().map(|(name, _)| name.split('.').next().unwrap().to_owned()).collect();
    assert_eq!(tops, known(""));
    for (name, keys) in &tables {
        let inner = tables.iter().filter_map(|(other, _)| other.strip_prefix(&format!("{name}.")));
        let all: BTreeSet<String> = keys.iter().cloned().chain(inner.map(str::to_owned)).collect();
        assert_eq!(all, known(name), "[{name}]");
    }
}
