//! The list of tools in README.md, between `<!-- tools -->` and `<!-- /tools -->`: from the definitions,
//! as the manual's. All else in that file is written by hand.

use std::fs;
use std::io;
use std::path::Path;

use crate::Made;
use crate::page;
use crate::tools;

const START: &str = "<!-- tools -->\n";
const END: &str = "<!-- /tools -->\n";

/// README.md with its list as it should be.
///
/// # Errors
/// It cannot be read, or has no place for the list.
pub fn make(root: &Path) -> io::Result<Made> {
    let text = fs::read_to_string(root.join("README.md"))?;
    let parts = text.split_once(START).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let (head, tail) = parts.ok_or_else(|| io::Error::other("README.md: no place for the list of tools"))?;
    Ok(Made { path: "README.md".into(), text: format!("{head}{START}{}{END}{tail}", table()) })
}

fn table() -> String {
    let row = |tool: &clap::Command| format!("| `{}` | {} |\n", tool.get_name(), page::about(tool));
    let rows: String = tools::all().iter().map(row).collect();
    format!("\n| tool | its one job |\n|---|---|\n{rows}\n")
}
