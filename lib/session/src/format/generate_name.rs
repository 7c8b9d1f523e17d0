//! Names that nobody had to think of: from a type or program and a directory, or from text. No network,
//! no model, no state: whether a name is free is `session`'s business.

use std::ffi::OsStr;
use std::path::Path;

use crate::format::session_name::{MAX_LEN, SessionName};

/// A name from the type, else the program, and the directory: `cargo-api`.
pub fn from_program(kind: &str, program: &OsStr, directory: &Path) -> SessionName {
    let program = Path::new(program).file_name().unwrap_or(program).to_string_lossy();
    let first =
        if kind.is_empty() { slug(program.strip_suffix(".sh").unwrap_or(&program)) } else { slug(kind) };
    let place = directory.file_name().map(|name| slug(&name.to_string_lossy())).unwrap_or_default();
    from_words(&[&first, &place]).or_else(|| from_words(&[&first])).unwrap_or_else(fallback)
}

/// A name from the key words of a text; none if there is no word in it. Addresses, paths, hashes,
/// greetings and words that carry no topic are left out, unless nothing else is there.
pub fn from_text(text: &str) -> Option<SessionName> {
    let words = || text.split_whitespace().filter(|word| !is_reference(word)).map(slug);
    let topic: Vec<String> = words().filter(|word| !word.is_empty() && !is_filler(word)).collect();
    let all = || text.split_whitespace().map(slug).filter(|word| !word.is_empty()).collect();
    let chosen: Vec<String> = if topic.is_empty() { all() } else { topic };
    let words: Vec<&str> = chosen.iter().map(String::as_str).collect();
    from_words(&words)
}

/// An address, a path, a hash or a number: it names a thing, not a topic.
fn is_reference(word: &str) -> bool {
    let hash = word.len() >= 7
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        && word.bytes().any(|byte| byte.is_ascii_digit());
    word.contains("://") || word.contains('/') || word.contains('\\') || word.contains('@') || hash
}

/// Words that say nothing of what it is about: greetings, politeness, function words.
fn is_filler(word: &str) -> bool {
    const FILLERS: &[&str] = &[
        "a", "all", "also", "am", "an", "and", "are", "as", "at", "be", "but", "by", "can", "could", "dear",
        "do", "does", "for", "from", "good", "have", "hello", "help", "hey", "hi", "how", "i", "i-d", "i-m",
        "in", "into", "is", "it", "its", "just", "let", "let-s", "like", "me", "morning", "my", "need",
        "now", "of", "on", "or", "our", "please", "pls", "should", "so", "some", "thanks", "that", "the",
        "their", "then", "there", "these", "this", "to", "us", "want", "was", "we", "what", "when", "where",
        "which", "why", "will", "with", "would", "you", "your",
    ];
    FILLERS.binary_search(&word).is_ok()
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

    #[test]
    fn names_come_from_what_a_text_is_about() {
        let name = |text: &str| from_text(text).map(|name| name.as_str().to_owned());
        assert_eq!(name("Hello! Can you please fix the login page?").as_deref(), Some("fix-login-page"));
        assert_eq!(
            name("look at https://example.org/x and /etc/passwd: flaky test").as_deref(),
            Some("look-flaky-test")
        );
        assert_eq!(name("revert 3f2a9bc1 in the parser").as_deref(), Some("revert-parser"));
        assert_eq!(name("Refactor the configuration loader completely").as_deref(), Some("refactor"));
        assert_eq!(name("hi").as_deref(), Some("hi"));
        assert_eq!(name("Donaudampfschifffahrtsgesellschaft").as_deref(), Some("donaudampfschifffahr"));
        assert_eq!(name("!!! ???"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn fillers_are_in_order_for_the_search() {
        for word in ["a", "hello", "your", "i-d", "let-s", "pls", "to"] {
            assert!(is_filler(word), "{word}");
        }
    }
}
