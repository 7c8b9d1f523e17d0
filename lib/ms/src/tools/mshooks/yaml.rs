//! aider's YAML: a mapping whose keys begin lines. Ours are lines of their own between two comments, before
//! all others, so that what is there stays as it is; no more of YAML is understood than is needed for that.

use crate::tools::agents::Agent;

const BEGIN: &str = "# ms: begin (mshooks remove aider takes these lines out)";
const END: &str = "# ms: end";
/// What ours say.
const KEYS: [&str; 2] = ["notifications", "notifications-command"];

/// The text with ours before all others.
///
/// # Errors
/// It is no mapping whose keys begin lines, or has one of ours already.
pub(super) fn install(text: &str, agent: &Agent) -> Result<String, String> {
    let start = body(text)?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = [
        BEGIN.to_owned(),
        format!("{}: true", KEYS[0]),
        format!("{}: \"{}\"", KEYS[1], agent.command()),
        END.to_owned(),
    ];
    let ours: String = lines.iter().flat_map(|line| [line.as_str(), newline]).collect();
    Ok(format!("{}{ours}{}", &text[..start], &text[start..]))
}

/// The text without ours.
pub(super) fn remove(text: &str) -> String {
    match ours(text) {
        Some((start, end)) => format!("{}{}", &text[..start], &text[end..]),
        None => text.to_owned(),
    }
}

/// The command that ours have; none if they are not there.
pub(super) fn found(text: &str) -> Option<String> {
    let (start, end) = ours(text)?;
    let line = text[start..end].lines().find_map(|line| line.strip_prefix("notifications-command:"))?;
    Some(line.trim().trim_matches('"').to_owned())
}

fn ours(text: &str) -> Option<(usize, usize)> {
    let start = line_at(text, BEGIN)?;
    let end = start + line_at(&text[start..], END)?;
    Some((start, text[end..].find('\n').map_or(text.len(), |at| end + at + 1)))
}

/// Where a line begins that is this one.
fn line_at(text: &str, line: &str) -> Option<usize> {
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    text[at..].split_inclusive('\n').find_map(|each| {
        at += each.len();
        (each.trim_end_matches(['\r', '\n']) == line).then_some(at - each.len())
    })
}

/// Where the mapping begins: behind a byte order mark, directives and the document's mark.
fn body(text: &str) -> Result<usize, String> {
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut start = at;
    let mut begun = false;
    for (number, line) in text[at..].split_inclusive('\n').enumerate() {
        at += line.len();
        let content = line.trim_end_matches(['\r', '\n']);
        let fault = |what: &str| Err(format!("line {}: {what}", number + 1));
        match content.chars().next() {
            None | Some('#') => {}
            _ if content.trim().is_empty() => {}
            Some('%') if !begun => {}
            _ if content == "---" && !begun => {
                if !line.ends_with('\n') {
                    return fault("nothing can stand behind this without a new line");
                }
                (start, begun) = (at, true);
            }
            Some(' ' | '\t') if !begun => return fault("keys that begin a line are expected"),
            Some(' ' | '\t') => {}
            Some('-') if begun && (content == "-" || content.starts_with("- ")) => {}
            _ => match key(content) {
                Some(key) if KEYS.contains(&key) => {
                    return fault(&format!("{key} is set already: add the command of mshooks to it by hand"));
                }
                Some(_) => begun = true,
                None => return fault("a key and a colon are expected"),
            },
        }
    }
    Ok(start)
}

/// The key of a line that has one.
fn key(line: &str) -> Option<&str> {
    let (key, rest) = match line.strip_prefix(['"', '\'']) {
        Some(rest) => rest.split_once([line.chars().next()?])?,
        None => line.split_at(line.find(':')?),
    };
    let rest = rest.trim_start().strip_prefix(':')?;
    let plain =
        !key.is_empty() && !key.contains(['{', '}', '[', ']', ',', '#', '&', '*', '!', '|', '>', '@', '`']);
    (plain && (rest.is_empty() || rest.starts_with([' ', '\t']))).then(|| key.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn aider() -> &'static Agent {
        Agent::named("aider").unwrap()
    }

    #[test]
    fn ours_come_before_all_others() {
        let command = aider().command();
        let ours = format!("{BEGIN}\nnotifications: true\nnotifications-command: \"{command}\"\n{END}\n");
        for (before, after) in [
            ("", ""),
            ("", "model: x\n"),
            ("", "# mine\nread:\n- a.md\n  - b\nlong: |\n  text: a\n"),
            ("%YAML 1.2\n---\n", "model: \"a: b\""),
            ("---\n", "'dark-mode': true"),
            ("\u{feff}", "model: x"),
        ] {
            let text = format!("{before}{after}");
            let fuller = install(&text, aider()).unwrap();
            assert_eq!(fuller, format!("{before}{ours}{after}"));
            assert_eq!(remove(&fuller), text);
            assert_eq!(found(&fuller), Some(aider().command()));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (text, told) in [
            ("{model: x}\n", "line 1"),
            ("model: x\nwhatever\n", "line 2"),
            ("  model: x\n", "line 1"),
            ("---", "line 1"),
            ("- a\n", "line 1"),
            ("model: x\n---\nmodel: y\n", "line 2"),
            ("a:b\n", "line 1"),
            ("a: 1\nnotifications: false\n", "line 2: notifications is set already"),
            ("\"notifications-command\": beep\n", "line 1: notifications-command is set already"),
        ] {
            let error = install(text, aider()).expect_err(text);
            assert!(error.starts_with(told), "{text:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_was_there_comes_back(text in "((#? ?[a-z]{1,3}: [a-z\"]{0,3}|- a|  b: c|---)\r?\n){0,5}") {
            if let Ok(fuller) = install(&text, aider()) {
                prop_assert_eq!(remove(&fuller), text);
            }
        }

        #[test]
        fn anything_is_taken_or_refused(text in any::<String>()) {
            if let Ok(fuller) = install(&text, aider()) {
                prop_assert_eq!(remove(&fuller), text);
            }
        }
    }
}
