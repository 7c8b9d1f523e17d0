//! What is waited for, and the line that says so. General shapes only: modes of the terminal, where the
//! cursor stands, choices in brackets, lists, boxes; never a program's name.

use super::facts::{Class, Modes, Scene};
use super::verdict::Signs;
use crate::status::Kind;

/// What the wait is for.
pub(super) fn kind(signs: &Signs) -> Kind {
    let line = last_line(signs);
    match signs.modes {
        Some(Modes { canonical: true, echo: false, .. }) => Kind::Password,
        Some(Modes { canonical: true, .. }) => of_line(signs, &line),
        Some(Modes { echo: false, .. }) if asks_secret(&line) && !signs.scene.alternate => Kind::Password,
        _ => of_keys(signs, &line),
    }
}

/// The line that a person is to read; none where that would be empty.
pub(super) fn message(signs: &Signs, kind: Kind) -> Option<String> {
    let line = match kind {
        Kind::Permission | Kind::Question | Kind::Menu => {
            question(&signs.scene).map(str::to_owned).unwrap_or_else(|| last_line(signs))
        }
        _ => last_line(signs),
    };
    let line = line.trim_matches(|c: char| c.is_whitespace() || is_box(c));
    (!line.is_empty()).then(|| line.to_owned())
}

/// A line is read, and the terminal shows it.
fn of_line(signs: &Signs, line: &str) -> Kind {
    if signs.prompted || (signs.job_control() && is_prompt(line)) {
        Kind::Shell
    } else if asks_yes_or_no(line) || (line.ends_with('?') && asks_leave(line)) {
        Kind::Confirm
    } else if asks_login(&signs.scene) {
        Kind::Auth
    } else if is_prompt(line) || recurs(&signs.scene) {
        Kind::Repl
    } else {
        Kind::Line
    }
}

/// Keys are read as they are typed.
fn of_keys(signs: &Signs, line: &str) -> Kind {
    let scene = &signs.scene;
    if signs.job_control() || signs.prompted {
        Kind::Shell
    } else if scene.alternate {
        of_full_screen(scene, line)
    } else if is_at_bottom(scene) && asks_for_page(line) {
        Kind::Pager
    } else if asks_yes_or_no(line) {
        Kind::Confirm
    } else if has_choices(scene) {
        of_choices(scene)
    } else if asks_login(scene) {
        Kind::Auth
    } else if signs.edits && signs.class() == Some(Class::Loop) && line.ends_with(['$', '#', '%', '❯']) {
        Kind::Shell
    } else if in_box(scene) && (signs.class() != Some(Class::Excl) || signs.threads() > 1) {
        Kind::Turn
    } else if is_prompt(line) || recurs(scene) {
        Kind::Repl
    } else if line.ends_with('?') {
        Kind::Question
    } else if scene.caret {
        Kind::Line
    } else {
        Kind::Unknown
    }
}

fn of_full_screen(scene: &Scene, line: &str) -> Kind {
    if has_choices(scene) && question(scene).is_some() {
        of_choices(scene)
    } else if !scene.visible || is_prompt(line) || in_dialog(scene) {
        Kind::Menu
    } else if is_at_bottom(scene) {
        Kind::Pager
    } else {
        Kind::Editor
    }
}

fn of_choices(scene: &Scene) -> Kind {
    match question(scene) {
        Some(_) if scene.text.iter().any(|line| offers_leave(line)) => Kind::Permission,
        Some(_) => Kind::Question,
        None => Kind::Menu,
    }
}

/// The text before the cursor; if there is none, the last line with text above it, unless that is the line
/// that was entered.
fn last_line(signs: &Signs) -> String {
    let scene = &signs.scene;
    let prompt = scene.prompt.trim();
    if !prompt.is_empty() {
        return prompt.to_owned();
    }
    let above = scene.line.map_or(scene.text.len(), |line| line + 1);
    let above = scene.text.iter().take(above).rev().map(|line| line.trim()).find(|line| !line.is_empty());
    let entered = signs.entered.trim();
    let echo = |line: &&str| !entered.is_empty() && line.starts_with(entered);
    above.filter(|line| !echo(line)).unwrap_or_default().to_owned()
}

fn is_at_bottom(scene: &Scene) -> bool {
    scene.cursor.1 + 1 >= scene.size.1 && scene.visible
}

/// What a pager shows under a page, or a short status of one.
fn asks_for_page(line: &str) -> bool {
    line == ":" || line.contains("(END)") || line.contains("--More--") || line.ends_with("%)")
}

/// `[Y/n]`, `(yes/no)`, `[y,n,q,a,d,e,?]`, "press any key".
fn asks_yes_or_no(line: &str) -> bool {
    let lower = line.to_lowercase();
    let groups =
        lower.split(['(', '[', '<', '{']).skip(1).map(|rest| rest.split([')', ']', '>', '}']).next());
    groups.flatten().any(is_choice) || lower.contains("yes or no") || presses_key(&lower)
}

fn is_choice(group: &str) -> bool {
    const YES: [&str; 9] = ["y", "yes", "j", "ja", "o", "oui", "s", "si", "sí"];
    const NO: [&str; 5] = ["n", "no", "nein", "non", "não"];
    let mut words =
        group.split(['/', ',', '|', ' ']).map(|word| word.trim_matches(|c: char| !c.is_alphabetic()));
    let has = |set: &[&str]| words.clone().any(|word| set.contains(&word));
    has(&YES) && (has(&NO)) && words.next().is_some()
}

fn presses_key(lower: &str) -> bool {
    let key = ["any key", "enter", "return"].iter().any(|key| lower.contains(key));
    (lower.contains("press") || lower.contains("hit ")) && key
}

/// Verbs of questions that want leave to do something.
fn asks_leave(line: &str) -> bool {
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
fn asks_secret(line: &str) -> bool {
    const WORDS: [&str; 9] = [
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
    let lower = line.to_lowercase();
    let asks = lower.ends_with(':') || lower.ends_with('：');
    let word = |word: &&str| lower.rsplit_once(*word).is_some_and(|(before, _)| is_apart(before, word));
    asks && WORDS.iter().any(word)
}

/// Short words must stand alone: "pin" is no part of "shipping".
fn is_apart(before: &str, word: &str) -> bool {
    word.len() > 3 || !before.chars().next_back().is_some_and(char::is_alphanumeric)
}

/// A link or a code, and words of signing in.
fn asks_login(scene: &Scene) -> bool {
    const WORDS: [&str; 7] =
        ["log in", "login", "sign in", "authenticat", "authoriz", "device code", "verification code"];
    let near = scene.text.iter().rev().take(8);
    let text = near.fold(String::new(), |all, line| all + &line.to_lowercase() + "\n");
    text.contains("://") && WORDS.iter().any(|word| text.contains(word))
}

/// Ends as interpreters' prompts do, or is named in parentheses as a debugger's is.
fn is_prompt(line: &str) -> bool {
    let last = line.chars().next_back();
    let named = line.starts_with('(') && line.ends_with(')') && line.len() < 40;
    let counted = line.ends_with("]:") && line.contains('[') && line.len() < 40;
    last.is_some_and(|c| matches!(c, '>' | '»' | '❯' | '›' | 'λ' | '$' | '#' | '%' | '➜')) || named || counted
}

/// The prompt stands at the beginning of an earlier line too, but for its numbers.
fn recurs(scene: &Scene) -> bool {
    let plain =
        |text: &str| text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    let prompt = plain(scene.prompt.trim());
    let earlier = scene.text.iter().take(scene.line.unwrap_or(0));
    (2..40).contains(&prompt.len())
        && earlier.into_iter().any(|text| plain(text.trim_start()).starts_with(&prompt))
}

fn is_box(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{259f}' | '|')
}

/// A rule of a box: nearly nothing but its signs.
fn is_rule(line: &str) -> bool {
    let signs = line.chars().filter(|c| is_box(*c)).count();
    signs >= 10 && signs * 2 > line.chars().filter(|c| !c.is_whitespace()).count()
}

/// The cursor's line, or the last one, stands between the rules of a box or beside its wall.
fn in_box(scene: &Scene) -> bool {
    let last = scene.text.len().saturating_sub(1);
    let at = scene.line.unwrap_or(last);
    let near = scene.text.iter().skip(at.saturating_sub(2)).take(5);
    let walled = scene.text.get(at).is_some_and(|line| line.trim_start().starts_with(is_box));
    walled || near.into_iter().any(|line| is_rule(line))
}

/// A visible cursor between the walls of a box.
fn in_dialog(scene: &Scene) -> bool {
    let walls = |line: &String| line.chars().filter(|c| is_box(*c)).count() >= 2;
    scene.line.and_then(|line| scene.text.get(line)).is_some_and(walls)
        && scene.text.iter().any(|line| line.contains(['┌', '╭', '┐', '╮', '└', '╰']))
}

/// One entry of a list, without its mark: after a pointer, a number, or a box to tick.
fn entry(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || is_box(c));
    let pointer = line.strip_prefix(['❯', '›', '▸', '►', '➤', '▶', '●', '◉', '○', '◯', '◻', '◼', '☐', '☑']);
    let ticked = ["[ ]", "[x]", "[*]", "( )", "(*)", "(x)"].iter().find_map(|tick| line.strip_prefix(tick));
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = (digits.len() < line.len()).then(|| digits.strip_prefix(['.', ')', ':'])).flatten();
    pointer.or(ticked).or(numbered).map(str::trim).filter(|text| !text.is_empty())
}

/// At least two entries of a list under each other, or a pointer before one of several lines.
fn has_choices(scene: &Scene) -> bool {
    let marked = |line: &&String| entry(line).is_some();
    let marks = scene.text.iter().filter(marked).count();
    let pointer =
        scene.text.iter().position(|line| line.trim_start().starts_with(['❯', '›', '▸', '►', '➤', '▶']));
    let neighbour = |at: usize| {
        let indented = |line: &String| line.starts_with("  ") && !is_rule(line) && line.trim().len() > 1;
        let beside = [at.checked_sub(1), Some(at + 1)];
        beside.into_iter().flatten().filter_map(|at| scene.text.get(at)).any(indented)
    };
    marks >= 2 || pointer.is_some_and(|at| entry(&scene.text[at]).is_some() && neighbour(at))
}

/// The last line that asks something.
fn question(scene: &Scene) -> Option<&str> {
    let asks = |line: &&String| line.trim_matches(|c: char| c.is_whitespace() || is_box(c)).ends_with('?');
    scene.text.iter().rev().find(asks).map(|line| line.trim())
}

/// An entry that gives leave, or refuses it.
fn offers_leave(line: &str) -> bool {
    const WORDS: [&str; 8] = ["yes", "allow", "approve", "accept", "proceed", "deny", "reject", "trust"];
    let text = entry(line).unwrap_or_default().to_lowercase();
    let text = entry(&text).unwrap_or(&text);
    WORDS.iter().any(|word| text.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::facts::Way;
    use crate::detect::verdict::ReaderSign;
    use std::time::Duration;

    fn modes(canonical: bool, echo: bool) -> Option<Modes> {
        Some(Modes { canonical, echo, limit: None })
    }

    /// A screen of which the last line of `text` is the cursor's.
    fn scene(text: &str) -> Scene {
        let text: Vec<String> = text.lines().map(str::to_owned).collect();
        let prompt = text.last().cloned().unwrap_or_default();
        Scene {
            line: Some(text.len() - 1),
            caret: true,
            visible: true,
            size: (80, 24),
            cursor: (prompt.len() as u16, 10),
            prompt,
            text,
            ..Scene::default()
        }
    }

    fn signs(modes: Option<Modes>, scene: Scene) -> Signs {
        Signs { modes, scene, ..Signs::default() }
    }

    fn of(modes: Option<Modes>, text: &str) -> Kind {
        kind(&signs(modes, scene(text)))
    }

    #[test]
    fn lines_that_are_read_with_echo() {
        let line = modes(true, true);
        assert_eq!(of(line, "Name: "), Kind::Line);
        for text in [
            "Do you want to continue? [Y/n] ",
            "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
            "(1/2) Stage this hunk [y,n,q,a,d,e,p,?]? ",
            "rm: remove regular file 'x'? ",
            "Weiter? (J/n) ",
            "Press Enter to continue",
        ] {
            assert_eq!(of(line, text), Kind::Confirm, "{text}");
        }
        assert_eq!(of(line, "What is your name? "), Kind::Line);
        assert_eq!(of(line, "1+1\n2\nsqlite> "), Kind::Repl);
        assert_eq!(of(line, "calc: 1\nok\ncalc:"), Kind::Repl);
        assert_eq!(of(line, "Open https://x.io/device to log in\nCode: "), Kind::Auth);
    }

    #[test]
    fn secrets() {
        assert_eq!(of(modes(true, false), "anything"), Kind::Password);
        assert_eq!(of(modes(false, false), "Enter passphrase for key 'x': "), Kind::Password);
        assert_eq!(of(modes(false, false), "PIN: "), Kind::Password);
        assert_ne!(of(modes(false, false), "Shipping: "), Kind::Password);
    }

    #[test]
    fn keys_that_are_read() {
        let raw = modes(false, false);
        for prompt in [">>> ", "In [12]: ", "(gdb) ", "irb(main):001> ", "λ "] {
            assert_eq!(of(raw, prompt), Kind::Repl, "{prompt}");
        }
        let choice = "? Pick one\n❯ apples\n  pears\n  plums";
        assert_eq!(of(raw, choice), Kind::Menu);
        assert_eq!(of(raw, "Which fruit?\n❯ apples\n  pears"), Kind::Question);
        let leave = "Do you want to run this command?\n❯ 1. Yes\n  2. No, tell me what to do";
        assert_eq!(of(raw, leave), Kind::Permission);
        assert_eq!(
            message(&signs(raw, scene(leave)), Kind::Permission).unwrap(),
            "Do you want to run this command?"
        );
    }

    #[test]
    fn pagers_editors_and_menus_fill_the_screen() {
        let raw = modes(false, false);
        let full = |text: &str, row: u16, visible: bool| Scene {
            alternate: true,
            cursor: (3, row),
            visible,
            ..scene(text)
        };
        assert_eq!(kind(&signs(raw, full("a\nb\n:", 23, true))), Kind::Pager);
        assert_eq!(kind(&signs(raw, full("fn main() {", 5, true))), Kind::Editor);
        assert_eq!(kind(&signs(raw, full("Setup", 5, false))), Kind::Menu);
        assert_eq!(kind(&signs(raw, full("  apple\n> ", 22, true))), Kind::Menu);
        let end = Scene { cursor: (5, 23), ..scene("text\n(END)") };
        assert_eq!(kind(&signs(raw, end)), Kind::Pager);
    }

    #[test]
    fn a_shell_is_known_by_its_signals_or_its_marks() {
        let reader = ReaderSign {
            pid: 1,
            way: Way::Select,
            class: Class::Excl,
            threads: 1,
            job_control: true,
            limit: None,
            beside: Vec::new(),
            still: Duration::ZERO,
        };
        let shell = Signs { reader: Some(reader), ..signs(modes(false, false), scene("$ ")) };
        assert_eq!(kind(&shell), Kind::Shell);
        let marked = Signs { prompted: true, ..signs(modes(false, false), scene("anything")) };
        assert_eq!(kind(&marked), Kind::Shell);
    }

    #[test]
    fn the_line_that_was_entered_is_no_prompt() {
        let line = modes(true, true);
        let mut below = signs(line, scene("$ cat\n"));
        below.scene.text.push(String::new());
        below.scene.line = Some(1);
        below.scene.prompt.clear();
        assert_eq!(message(&below, kind(&below)).as_deref(), Some("$ cat"));
        below.entered = "$ ".into();
        assert_eq!((kind(&below), message(&below, Kind::Line)), (Kind::Line, None));
    }

    #[test]
    fn an_agent_waits_in_a_box() {
        let raw = modes(false, false);
        let mut agent = signs(raw, scene("done\n╭──────────────────╮\n│ >"));
        agent.scene.text.push("╰──────────────────╯".into());
        assert_eq!(kind(&agent), Kind::Turn);
    }
}
