//! Names that nobody had to think of: from a type or program and a directory, or from text. No network,
//! no model, no state: whether a name is free is `session`'s business.

use std::ffi::OsStr;
use std::path::Path;

use crate::name::{MAX_LEN, SessionName};

/// A name from the type, else the program, and the directory: `cargo-api`.
pub fn from_program(kind: &str, program: &OsStr, directory: &Path) -> SessionName {
    let program = Path::new(program).file_name().unwrap_or(program).to_string_lossy();
    let first =
        if kind.is_empty() { slug(program.strip_suffix(".sh").unwrap_or(&program)) } else { slug(kind) };
    let place = directory.file_name().map(|name| slug(&name.to_string_lossy())).unwrap_or_default();
    from_words(&[&first, &place]).or_else(|| from_words(&[&first])).unwrap_or_else(fallback)
}

/// A name from the words of a text; none if there is no word in it.
pub fn from_text(text: &str) -> Option<SessionName> {
    let slugs: Vec<String> = text.split_whitespace().map(slug).filter(|word| !word.is_empty()).collect();
    let words: Vec<&str> = slugs.iter().map(String::as_str).collect();
    from_words(&words)
}

/// The words joined by `-`, as many as fit; none if not even one does.
fn from_words(words: &[&str]) -> Option<SessionName> {
    let mut text = String::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        let joined = if text.is_empty() { (*word).to_owned() } else { format!("{text}-{word}") };
        if joined.len() > MAX_LEN {
            break;
        }
        text = joined;
    }
    let cut = if text.is_empty() { words.first()?.chars().take(MAX_LEN).collect() } else { text };
    SessionName::new(cut.trim_end_matches('-')).ok()
}

/// The text in lower case with everything that a name may not have as single dashes.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' => slug.push(c),
            'A'..='Z' => slug.push(c.to_ascii_lowercase()),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[allow(clippy::expect_used, reason = "the literal keeps the rule, as a test shows")]
fn fallback() -> SessionName {
    SessionName::new("session").expect("a valid name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_program_and_directory() {
        let name = |kind: &str, program: &str, dir: &str| {
            from_program(kind, OsStr::new(program), Path::new(dir)).as_str().to_owned()
        };
        assert_eq!(name("", "/usr/bin/cargo", "/src/api"), "cargo-api");
        assert_eq!(name("agent", "claude", "/src/My App"), "agent-my-app");
        assert_eq!(name("", "bash", "/"), "bash");
        assert_eq!(name("", "./deploy.sh", "/srv"), "deploy-srv");
        assert_eq!(name("", "averyveryverylongprogramname", "/x"), "averyveryverylongpro");
        assert_eq!(name("", "日本", "/日本"), "session");
        assert_eq!(name("", "python3", "/a-directory-with-a-long-name"), "python3");
        assert_eq!(name("", "-bash", "/home/-x"), "bash-x");
    }
}
