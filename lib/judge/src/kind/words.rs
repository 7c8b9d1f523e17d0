//! What a line asks, by its words and signs.

/// It asks something. Some put dots after the mark.
pub(super) fn asks(line: &str) -> bool {
    line.trim_end_matches(['.', '…', ' ']).ends_with(['?', '？'])
}

/// What a pager shows under a page, or a short status of one.
pub(super) fn asks_for_page(line: &str) -> bool {
    line == ":" || line.ends_with("%)") || tells_pages(line)
}

/// A line at the foot of a screen that tells how pages are turned.
pub(super) fn tells_pages(line: &str) -> bool {
    const WORDS: [&str; 6] =
        ["(end)", "--more--", "to scroll", "next page", "press h for help or q to quit", "to follow a link"];
    let lower = line.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// `[Y/n]`, `(yes/no)`, `(Y)es/(N)o`, `[y,n,q,a,d,e,?]`, "press any key".
pub(super) fn asks_yes_or_no(line: &str) -> bool {
    let lower = line.to_lowercase();
    let groups =
        lower.split(['(', '[', '<', '{']).skip(1).filter_map(|rest| rest.split([')', ']', '>', '}']).next());
    groups.clone().any(are_letters)
        || is_choice(groups.flat_map(|group| group.split(['/', ',', '|', ' '])))
        || types_yes(&lower)
        || lower.contains("yes or no")
        || presses_key(&lower)
}

/// `[Ynaqdhm]`: the letters of answers, yes and no first.
fn are_letters(group: &str) -> bool {
    group.starts_with("yn") && group.len() <= 10 && group.chars().all(|c| c.is_ascii_alphabetic() || c == '?')
}

/// `Type 'yes' to go on`.
fn types_yes(lower: &str) -> bool {
    lower.contains("type ") && ["'yes'", "\"yes\"", "`yes`"].iter().any(|yes| lower.contains(yes))
}

fn is_choice<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    const YES: [&str; 9] = ["y", "yes", "j", "ja", "o", "oui", "s", "si", "sí"];
    const NO: [&str; 5] = ["n", "no", "nein", "non", "não"];
    let words: Vec<&str> = words.map(|word| word.trim_matches(|c: char| !c.is_alphabetic())).collect();
    let has = |set: &[&str]| words.iter().any(|word| set.contains(word));
    has(&YES) && has(&NO)
}

fn presses_key(lower: &str) -> bool {
    let key = ["any key", "enter", "return"].iter().any(|key| lower.contains(key));
    (lower.contains("press") || lower.contains("hit ")) && key
}

/// Three answers or more, each with the letter that gives it: `[O]pen, (E)dit, (Q)uit`.
pub(super) fn asks_hotkeys(line: &str) -> bool {
    let chars: Vec<char> = line.chars().collect();
    let marked = chars.windows(4).filter(|four| {
        matches!((four[0], four[2]), ('(', ')') | ('[', ']'))
            && four[1].is_alphanumeric()
            && four[3].is_alphabetic()
    });
    marked.count() >= 3
}

/// Verbs of questions that want leave to do something.
pub(super) fn asks_leave(line: &str) -> bool {
    const VERBS: [&str; 12] = [
        "remove",
        "overwrite",
        "replace",
        "delete",
        "continue",
        "proceed",
        "sure",
        "really",
        "install",
        "accept",
        "override",
        "want to",
    ];
    let lower = line.to_lowercase();
    VERBS.iter().any(|verb| lower.contains(verb))
}

/// Words before which nothing typed may be shown.
const SECRETS: [&str; 12] = [
    "api key",
    "token",
    "secret",
    "password",
    "passphrase",
    "passcode",
    "passwort",
    "mot de passe",
    "contraseña",
    "пароль",
    "密码",
    "pin",
];
/// What is shown for each character of a secret.
const MASKS: [char; 5] = ['*', '•', '●', '▪', '∙'];
/// What stands between a secret's name and the secret.
const MARKS: [char; 7] = [':', '：', '›', '‣', '»', '…', '>'];

/// A secret is asked for.
pub(super) fn asks_secret(line: &str) -> bool {
    let line = line.trim_end();
    let label = line.trim_end_matches(MASKS);
    let masks = line[label.len()..].chars().count();
    let begins = label.trim_start().starts_with(['?', '◆', '◇', '✔']);
    if masks > 2 && (begins || label.trim_end().ends_with(MARKS)) {
        return true;
    }
    let lower = label.to_lowercase();
    let asks = begins || lower.trim_end().ends_with(MARKS);
    let word = |word: &&str| lower.rsplit_once(*word).is_some_and(|(before, _)| is_apart(before, word));
    asks && SECRETS.iter().any(word)
}

/// The name of the secret that is asked for: nothing of what was typed behind it, shown or masked.
pub(super) fn secret_label(line: &str) -> &str {
    let line = line.trim_end().trim_end_matches(|c: char| MASKS.contains(&c) || c == '_').trim_end();
    if line.ends_with(MARKS) {
        return line;
    }
    let lower = line.to_lowercase();
    // A letter may have another length in lower case: the place is then none of the line.
    let ends = SECRETS.iter().filter_map(|word| lower.find(word).map(|at| at + word.len()));
    let Some(end) = ends.filter(|end| line.is_char_boundary(*end) && lower.len() == line.len()).min() else {
        return line;
    };
    // Behind a question's own mark no other need stand before what is typed.
    let marked = line.trim_start().starts_with(['?', '◆', '◇', '✔']);
    match line[end..].find(MARKS).filter(|_| !marked) {
        Some(mark) => &line[..end + mark + line[end + mark..].chars().next().map_or(0, char::len_utf8)],
        None => &line[..end],
    }
}

/// Short words must stand alone: "pin" is no part of "shipping".
fn is_apart(before: &str, word: &str) -> bool {
    word.len() > 3 || !before.chars().next_back().is_some_and(char::is_alphanumeric)
}

/// A link or a code, and words of signing in.
pub(super) fn asks_login(text: &[String]) -> bool {
    const WORDS: [&str; 7] =
        ["log in", "login", "sign in", "authenticat", "authoriz", "device code", "verification code"];
    let near = text.iter().rev().take(8);
    let text = near.fold(String::new(), |all, line| all + &line.to_lowercase() + "\n");
    text.contains("://") && WORDS.iter().any(|word| text.contains(word))
}

/// Ends as the prompts of shells do: `$`, `%`, `#`. A number's per cent is none, and neither are
/// `=#` and `-#`, by which database shells prompt a superuser.
pub(super) fn is_shell_prompt(line: &str) -> bool {
    let mut end = line.trim_end().chars().rev();
    match (end.next(), end.next()) {
        (Some('$' | '➜'), _) => true,
        (Some('%'), before) => !before.is_some_and(|c| c.is_ascii_digit() || c == ' '),
        (Some('#'), before) => !before.is_some_and(|c| matches!(c, '=' | '-' | '(' | '*' | '^')),
        _ => false,
    }
}

/// Ends as interpreters' prompts do, or is named in parentheses as a debugger's is.
pub(super) fn is_prompt(line: &str) -> bool {
    let last = line.chars().next_back();
    let named = line.starts_with('(') && line.ends_with(')') && line.len() < 40;
    let counted = line.ends_with("]:") && line.contains('[') && line.len() < 40;
    last.is_some_and(|c| matches!(c, '>' | '»' | '❯' | '›' | 'λ' | '$' | '#' | '%' | '➜')) || named || counted
}

/// A prompt and what was typed after it.
pub(super) fn begins_as_prompt(line: &str) -> bool {
    let rest = line.trim_start().strip_prefix(['>', '❯', '›', '»', '▶', '▌']);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_of_shells_and_of_others() {
        for line in ["user@host:~$", "root@host:/#", "#", "$", "host%", "➜"] {
            assert!(is_shell_prompt(line), "{line}");
        }
        for line in ["postgres=#", "postgres-#", "copied 42%", ">>>", "mysql>", "Name:"] {
            assert!(!is_shell_prompt(line), "{line}");
        }
    }

    #[test]
    fn yes_and_no_in_one_group_or_in_two() {
        for line in ["Go on? [Y/n]", "(yes/no)?", "(Y)es/(N)o [Yes]:", "[y,n,q,a,d,e,?]", "Weiter? (j/N)"] {
            assert!(asks_yes_or_no(line), "{line}");
        }
        for line in ["array[n]", "f(y) = x", "(y)", "[no] default"] {
            assert!(!asks_yes_or_no(line), "{line}");
        }
    }

    #[test]
    fn questions_and_pages() {
        assert!(asks("rm x?...") && asks("Which one? ") && !asks("Name:"));
        assert!(tells_pages("Press `Q' to quit, and SPACE to scroll.") && asks_for_page(":"));
        assert!(!tells_pages("the end"));
    }
}
