//! What is committed is what would be made.

use std::path::{Path, PathBuf};

#[test]
fn pages_and_completions_are_up_to_date() {
    let root = ms_docs::root();
    let made = ms_docs::all(&root).unwrap();
    let stale = ms_docs::stale(&root, &made).unwrap();
    assert_eq!(stale, Vec::<PathBuf>::new(), "run `make docs`");
}

#[test]
fn every_tool_has_a_page_and_a_script_for_each_shell() {
    let made = ms_docs::all(&ms_docs::root()).unwrap();
    for tool in ms_docs::tools::all() {
        let name = tool.get_name();
        let paths = [
            format!("man/{name}.1"),
            format!("completions/bash/{name}"),
            format!("completions/zsh/_{name}"),
            format!("completions/fish/{name}.fish"),
        ];
        for path in paths {
            assert!(made.iter().any(|file| file.path == *Path::new(&path)), "{path} (man/src/{name}.1.md)");
        }
    }
}
