//! The manual pages and completions, made from the tools' own definitions and the prose in `man/src`,
//! so that what is installed cannot say what a tool does not do. It will never be part of a tool: the
//! tools stay small.
//!
//! - [`tools`] – the tools, and what completes each of their arguments
//! - [`page`], [`prose`], [`roff`] – manual pages
//! - [`readme`] – the list of tools in README.md
//! - [`complete`] – completions
//! - [`examples`] – the commands that the documentation shows, to be checked and run by tests
//! - [`layers`] – which module knows which, to be checked by tests

#![forbid(unsafe_code)]

pub mod complete;
pub mod examples;
pub mod layers;
pub mod page;
pub mod prose;
pub mod readme;
pub mod roff;
pub mod source;
pub mod tools;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file that is made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Where it stands, from the root of the tree.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

/// The root of the tree.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// Every file that is made of the tree at `root`.
///
/// # Errors
/// A file cannot be read.
pub fn all(root: &Path) -> io::Result<Vec<Made>> {
    let mut made = complete::all();
    made.extend(page::all(root)?);
    made.push(readme::make(root)?);
    Ok(made)
}

/// Directories in which every file is made here.
pub const PLACES: [&str; 4] = ["man", "completions/bash", "completions/zsh", "completions/fish"];

/// Writes what differs, removes what is made no more, and returns the paths of both.
///
/// # Errors
/// A file cannot be read or written.
pub fn write(root: &Path) -> io::Result<Vec<PathBuf>> {
    let made = all(root)?;
    let stale = stale(root, &made)?;
    for path in &stale {
        match made.iter().find(|file| file.path == *path) {
            Some(file) => put(&root.join(path), &file.text)?,
            None => fs::remove_file(root.join(path))?,
        }
    }
    Ok(stale)
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, text)
}

/// The paths whose files are not as they would be made now, or would not be made.
///
/// # Errors
/// A file cannot be read.
pub fn stale(root: &Path, made: &[Made]) -> io::Result<Vec<PathBuf>> {
    let differs =
        |file: &&Made| fs::read_to_string(root.join(&file.path)).ok().as_deref() != Some(&file.text);
    let mut stale: Vec<PathBuf> = made.iter().filter(differs).map(|file| file.path.clone()).collect();
    for place in PLACES {
        for name in source::files(&root.join(place))? {
            let path = Path::new(place).join(name);
            if !made.iter().any(|file| file.path == path) {
                stale.push(path);
            }
        }
    }
    Ok(stale)
}
