//! Rows of a screen as a reader takes them: without walls, and told apart from what frames them: rules, hints of
//! keys, lines that tell where and how a program runs.

use super::shapes::{is_box, is_rule, numbered};
use super::words::is_shell_prompt;

/// Marks before what a program says, each in the first columns of its row.
const SAYS: [char; 8] = ['●', '⏺', '•', '✦', '⬢', '∴', '∙', '◈'];
/// Marks before what was asked of it.
const ASKED: [&str; 6] = ["> ", "❯ ", "› ", "» ", "┃ ", "▌ "];
/// Names of keys, as hints spell them.
const KEYS: [&str; 24] = [
    "esc",
    "enter",
    "return",
    "tab",
    "space",
    "ctrl",
    "alt",
    "shift",
    "backspace",
    "arrow",
    "arrows",
    "↑",
    "↓",
    "←",
    "→",
    "↑↓",
    "↑/↓",
    "⏎",
    "⇆",
    "f1",
    "f10",
    "pgup",
    "pgdn",
    "f2",
];

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    /// The text between the walls.
    pub(super) text: &'a str,
    /// The column in which it begins.
    pub(super) indent: usize,
    /// A border, or a line that parts what is above from what is below.
    pub(super) rule: bool,
    /// It begins with a bar that sets it apart.
    pub(super) barred: bool,
}

impl<'a> Row<'a> {
    pub(super) fn of(row: &'a str) -> Row<'a> {
        let wall = |c: char| c.is_whitespace() || is_box(c);
        let start = row.trim_start_matches(wall);
        let indent = row[..row.len() - start.len()].chars().count();
        let dashes = row.trim().len() >= 4 && row.trim().chars().all(|c| matches!(c, '-' | '=' | '_' | '+'));
        Row {
            text: start.trim_end_matches(wall),
            indent,
            rule: is_rule(row) || dashes,
            barred: row.trim_start().starts_with(['┃', '▌', '▍', '▎', '▐', '│']),
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// It is the beginning of something that the program says.
    pub(super) fn says(&self) -> bool {
        self.indent <= 4 && self.text.starts_with(SAYS)
    }

    /// It is what the program was asked.
    pub(super) fn is_asked(&self, whole: &str) -> bool {
        self.indent <= 4 && ASKED.iter().any(|mark| whole.trim_start().starts_with(mark))
    }

    /// It helps or tells how the program runs, and says nothing.
    pub(super) fn is_chrome(&self) -> bool {
        let text =
            self.text.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '~' | '?'));
        hints(self.text) || tells_state(self.text) || is_path(text) || tips(text)
    }
}

/// Keys, each with what it does.
pub(super) fn hints(text: &str) -> bool {
    let lower = text.to_lowercase();
    if lower.starts_with("? for ") || lower.starts_with("press ? ") || lower.starts_with("/help") {
        return true;
    }
    let words: Vec<&str> =
        lower.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']')).collect();
    let key = |word: &str| {
        word.split(['+', '-', '/']).any(|part| KEYS.contains(&part.trim_matches([':', ',', '.', '•'])))
    };
    let keys = words.iter().filter(|word| key(word)).count();
    let does = words.windows(2).any(|pair| key(pair[0]) && matches!(pair[1], "to" | "for" | "=" | "-" | ":"))
        || words.iter().any(|word| key(word) && word.ends_with(':'));
    let named =
        lower.contains("ctrl+") || lower.contains("shift+") || lower.contains("alt+") || lower.contains("^x");
    let asks = lower.ends_with('?') || lower.ends_with("[y/n]");
    !asks && (does && words.len() <= 24 || named && words.len() <= 10 || keys >= 3)
}

/// A key and what it does: `esc interrupt`.
fn begins_with_key(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    first.split('+').all(|part| KEYS.contains(&part)) && !first.is_empty()
}

/// Parts beside each other, none of them a sentence: model, directory, how much is left, how long it took.
fn tells_state(text: &str) -> bool {
    let parts: Vec<&str> =
        match [" · ", " • ", " | ", " │ ", " ⋅ ", "   "].into_iter().find(|by| text.contains(by)) {
            Some(by) => {
                text.split(by).map(str::trim).filter(|part| part.contains(char::is_alphanumeric)).collect()
            }
            None => return took(text) || left(text),
        };
    let sentence =
        |part: &&str| part.ends_with(['.', '!', '?', ':', ',']) || part.split_whitespace().count() > 7;
    parts.len() > 1 && !parts.iter().any(sentence)
}

/// `✻ Worked for 12s`, `Cooked for 1m 3s`, `Tokens: 4.2k sent, 310 received.`
fn took(text: &str) -> bool {
    let bare = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = bare.split_whitespace().collect();
    let time = |word: &&str| {
        let word = word.trim_end_matches(['.', ')', ',']);
        word.ends_with(['s', 'm', 'h']) && word[..word.len() - 1].parse::<f64>().is_ok()
    };
    let timed = words.len() <= 6 && words.get(1) == Some(&"for") && words.last().is_some_and(time);
    timed || bare.to_lowercase().starts_with("tokens:") || bare.to_lowercase().starts_with("cost:")
}

/// `98% context left`, `Using: 1 file`.
fn left(text: &str) -> bool {
    let lower = text.to_lowercase();
    (lower.contains("% context") || lower.contains("context left") || lower.starts_with("using"))
        && lower.split_whitespace().count() <= 8
}

fn tips(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.starts_with("tip:") || lower.starts_with("tips ") || lower.starts_with("hint:")
}

/// A path and nothing else, or one with its name before it: `cwd: ~/proj`.
pub(super) fn is_path(text: &str) -> bool {
    let text =
        text.split_once(": ").filter(|(name, _)| !name.contains(' ')).map_or(text, |(_, path)| path.trim());
    let path = text.starts_with(['/', '~']) && text.len() > 1;
    path && !text.trim_end_matches(')').contains(". ") && text.split_whitespace().count() <= 2
}

/// A version of a program.
pub(super) fn has_version(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',')).any(|word| {
        let number = word.strip_prefix('v').unwrap_or(word);
        let parts: Vec<&str> = number.split('.').collect();
        parts.len() >= 2
            && parts.len() <= 4
            && (word.starts_with('v') || parts.len() >= 3)
            && parts.iter().all(|part| part.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// A prompt and the command that was typed there.
pub(super) fn is_command_line(line: &str) -> bool {
    let at = line.find(['$', '#', '%', '➜']);
    at.is_some_and(|at| {
        let (prompt, rest) = line.split_at(at);
        let mark = rest.chars().next().map_or(0, char::len_utf8);
        is_shell_prompt(&line[..at + mark])
            && rest[mark..].starts_with(' ')
            && rest[mark..].trim().len() > 1
            && (prompt.contains(['@', '~', '/', ':']) || (prompt.is_empty() && !line.starts_with("# ")))
    }) && !line.starts_with(' ')
}

/// A row of an excerpt: a number, and maybe a sign of change.
pub(super) fn diff(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let counted = rest.len() < text.len()
        && (rest.is_empty() || rest.starts_with("  ") || rest.trim_start().starts_with(['+', '-']));
    (counted && numbered(text).is_none())
        || text.starts_with("+ ")
        || text.starts_with("- ")
        || text.starts_with("@@")
        || text == "..."
        || text == "⋮"
}

/// Two or more short answers beside each other, the first of which gives leave: `Allow once   Reject`.
pub(super) fn are_answers(text: &str) -> bool {
    const FIRST: [&str; 9] =
        ["yes", "ok", "allow", "approve", "accept", "confirm", "no", "cancel", "continue"];
    let parts: Vec<&str> = text
        .split("  ")
        .map(str::trim)
        .filter(|part| !hints(part) && !begins_with_key(part))
        .map(|part| part.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|part| !part.is_empty())
        .collect();
    let first = parts.first().map(|part| part.to_lowercase()).unwrap_or_default();
    parts.len() >= 2
        && parts.len() <= 5
        && parts.iter().all(|part| part.split_whitespace().count() <= 3)
        && FIRST.iter().any(|word| first.split_whitespace().next() == Some(*word))
}
