//! The texts that pages are made of: files of the tree, and the doc comments at the head of modules,
//! where formats are described beside the code that reads them.

use std::fs;
use std::io;
use std::path::Path;

/// The names of the files in a directory, sorted; none if it is not there.
///
/// # Errors
/// The directory cannot be read.
pub fn files(dir: &Path) -> io::Result<Vec<String>> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Replaces each line `<!-- doc FILE: HEADING -->` by the text under that heading in the file's module
/// documentation (`FILE` alone: by the part before its first heading, less the first paragraph).
///
/// # Errors
/// A file that is named cannot be read, or has no such text.
pub fn include(root: &Path, text: &str) -> io::Result<String> {
    let mut out = String::new();
    for line in text.lines() {
        match directive(line) {
            Some((file, heading)) => out.push_str(&module_doc(root, file, heading)?),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    Ok(out)
}

fn directive(line: &str) -> Option<(&str, Option<&str>)> {
    let inside = line.trim().strip_prefix("<!-- doc ")?.strip_suffix("-->")?.trim();
    Some(match inside.split_once(':') {
        Some((file, heading)) => (file.trim(), Some(heading.trim())),
        None => (inside, None),
    })
}

fn module_doc(root: &Path, file: &str, heading: Option<&str>) -> io::Result<String> {
    let code = fs::read_to_string(root.join(file))
        .map_err(|error| io::Error::new(error.kind(), format!("{file}: {error}")))?;
    let lines = code.lines().map_while(|line| line.strip_prefix("//!"));
    let doc: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let part = match heading {
        Some(heading) => under(&doc, heading),
        None => Some(before_headings(&doc)),
    };
    part.ok_or_else(|| io::Error::other(format!("{file}: no such heading: {}", heading.unwrap_or_default())))
}

fn under(doc: &[&str], heading: &str) -> Option<String> {
    let is_heading = |line: &&str| line.starts_with("# ");
    let start = doc.iter().position(|line| is_heading(line) && line[2..].starts_with(heading))? + 1;
    let end = doc[start..].iter().position(is_heading).map_or(doc.len(), |len| start + len);
    Some(doc[start..end].join("\n").trim().to_owned())
}

fn before_headings(doc: &[&str]) -> String {
    let start = doc.iter().position(|line| line.trim().is_empty()).unwrap_or(doc.len());
    let end = doc.iter().position(|line| line.starts_with("# ")).unwrap_or(doc.len());
    doc[start..end.max(start)].join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_s_text_is_taken_from_the_code() {
        let doc = ["Why.", "", "# One (v1)", "", "a", "b", "", "# Two", "c"];
        assert_eq!(under(&doc, "One").unwrap(), "a\nb");
        assert_eq!(under(&doc, "Two").unwrap(), "c");
        assert_eq!(under(&doc, "Three"), None);
        assert_eq!(before_headings(&["Why.", "", "x", "", "# One"]), "x");
    }

    #[test]
    fn a_directive_names_a_file_and_perhaps_a_heading() {
        assert_eq!(directive("<!-- doc lib/a.rs: b c -->"), Some(("lib/a.rs", Some("b c"))));
        assert_eq!(directive("<!-- doc lib/a.rs -->"), Some(("lib/a.rs", None)));
        assert_eq!(directive("<!-- a comment -->"), None);
    }
}
