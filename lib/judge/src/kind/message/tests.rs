use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::super::kind;
use super::*;
use crate::facts::Modes;
use crate::screen_diff::ScreenDiff;
use ms_terminal::screen::Screen;
use proptest::prelude::*;

/// A screen that a person looks at, and what they must know of it: a file of `tests/screens`.
///
/// # tests/screens/NAME.txt
///
/// ```text
/// program: what is shown, in words
/// terminal: line, hidden or keys: a line is read and shown, a line is read and not shown, keys are read;
///           with `alternate` on the alternate screen, with `shell` by a shell that marks its prompt
/// kind: the kind of the wait
/// message: the message that a person wants; empty: none
/// ---
/// the rows of a screen of 100 columns and 40 rows; ⌷ is the cursor, and stands for no column. Without it the
/// cursor is hidden, at the end of the last row.
/// ```
struct Case {
    name: String,
    terminal: String,
    kind: String,
    message: String,
    rows: Vec<String>,
}

impl Case {
    fn read(path: &Path) -> Case {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).unwrap();
        let (header, screen) = text.split_once("---\n").unwrap_or_else(|| panic!("{name}: no ---"));
        let field = |field: &str| {
            let line = header.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
            line.unwrap_or_else(|| panic!("{name}: no {field}")).trim().to_owned()
        };
        assert!(!field("program").is_empty(), "{name}");
        let rows: Vec<String> = screen.lines().map(str::to_owned).collect();
        let wide = rows.iter().find(|row| row.replace('⌷', "").chars().count() > 100);
        assert!(wide.is_none(), "{name}: wider than 100 columns: {wide:?}");
        assert!(rows.len() <= 40, "{name}: higher than 40 rows");
        let (terminal, kind, message) = (field("terminal"), field("kind"), field("message"));
        Case { name, terminal, kind, message, rows }
    }

    fn all() -> Vec<Case> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
        let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| Case::read(path)).collect()
    }

    fn is(&self, word: &str) -> bool {
        self.terminal.split_whitespace().any(|known| known == word)
    }

    fn signs(&self) -> Signs {
        let mut screen = Screen::new(100, 40);
        let mut bytes = String::from(if self.is("alternate") { "\x1b[?1049h\x1b[H" } else { "" });
        bytes += &self.rows.join("\r\n").replace('⌷', "");
        let cursor =
            self.rows.iter().enumerate().find_map(|(row, text)| Some((row, text.split_once('⌷')?.0)));
        bytes += &cursor.map_or("\x1b[?25l".to_owned(), |(row, before)| {
            format!("\x1b[{};{}H", row + 1, before.chars().count() + 1)
        });
        screen.feed(bytes.as_bytes()).unwrap();
        let snapshot = ScreenDiff::default().compare(screen.picture());
        let modes = Modes { canonical: !self.is("keys"), echo: self.is("line"), limit: None };
        let prompted = self.is("shell").then_some(Duration::ZERO);
        Signs { modes: Some(modes), prompted, screen: Arc::new(snapshot), ..Signs::default() }
    }

    /// What is wrong, if anything.
    fn wrong(&self) -> Option<String> {
        let signs = self.signs();
        let found = kind(&signs);
        let said = message(&signs, found).unwrap_or_default();
        let right = found.as_str() == self.kind && said == self.message;
        (!right)
            .then(|| format!("{}:\n  {}  {}\nnot {}  {}", self.name, self.kind, self.message, found, said))
    }
}

#[test]
fn each_screen_has_the_message_that_a_person_wants() {
    let all = Case::all();
    assert!(all.len() >= 70, "{}", all.len());
    let wrong: Vec<String> = all.iter().filter_map(Case::wrong).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[test]
fn no_message_is_longer_than_promised_wherever_the_cursor_is() {
    for case in Case::all() {
        let mut signs = case.signs();
        for row in 0..40 {
            let screen = Arc::make_mut(&mut signs.screen);
            (screen.cursor, screen.visible) = ((4, row), true);
            screen.prompt = screen.page.rows()[usize::from(row)].chars().take(4).collect();
            for kind in Kind::ALL {
                let said = message(&signs, kind).unwrap_or_default();
                assert!(
                    said.chars().count() <= LONGEST && said.trim() == said,
                    "{} {kind} {said:?}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn a_screen_of_which_nothing_is_known_has_no_message_and_breaks_nothing() {
    for visible in [false, true] {
        let screen = ScreenSnapshot { visible, size: (80, 24), cursor: (3, 9), ..ScreenSnapshot::default() };
        let signs = Signs { screen: Arc::new(screen), ..Signs::default() };
        for kind in Kind::ALL {
            assert_eq!(message(&signs, kind), None, "{kind}");
        }
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "│ ",
        " │",
        "┌──────────────┐",
        "└──────────────┘",
        "────────────────",
        "╭─ a ─────────╮",
        "❯ 1. Yes",
        "  2. No",
        "● said",
        "> ",
        "Sure? [y/N] ",
        "<OK>  <No>",
        "Password: ***",
        "a: b",
        "https://x.io/",
        "- é",
        "漢字？",
        "$ ls",
        "~",
        "===",
        "(E)dit, (Q)uit, (A)bort: ",
        "@@ -1 +1 @@",
        "+++ b/x",
        "",
        " ",
        ":",
        "\u{301}",
    ]);
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_screen_is_too_odd(
        rows in proptest::collection::vec(pieces(), 0..12),
        cursor in (0u16..40, 0u16..14),
        (visible, alternate, canonical, echo) in any::<(bool, bool, bool, bool)>(),
    ) {
        let mut screen = Screen::new(40, 13);
        let shown = if visible { "" } else { "\x1b[?25l" };
        let other = if alternate { "\x1b[?1049h" } else { "" };
        let text = format!("{other}{shown}{}\x1b[{};{}H", rows.join("\r\n"), cursor.1, cursor.0);
        screen.feed(text.as_bytes()).unwrap();
        let screen = Arc::new(ScreenDiff::default().compare(screen.picture()));
        let modes = Some(Modes { canonical, echo, limit: None });
        let signs = Signs { modes, screen, ..Signs::default() };
        for kind in Kind::ALL.into_iter().chain([kind(&signs)]) {
            let said = message(&signs, kind).unwrap_or_default();
            prop_assert!(said.chars().count() <= LONGEST, "{:?}", said);
        }
    }
}

#[test]
fn what_was_typed_at_a_secret_is_in_no_message() {
    for (line, label) in [
        ("Password: hunter2", "Password:"),
        ("? Your token sk-abc:def", "Your token"),
        ("? API key › sk-abc", "API key"),
        ("◆  Your password\u{20}hunter2", "Your password"),
        (
            "Enter passphrase for key '/home/me/.ssh/id': hunter2 and: more",
            "Enter passphrase for key '/home/me/.ssh/id':",
        ),
        ("Passphrase: ****____________", "Passphrase:"),
        ("? Your password ••••", "Your password"),
        ("PIN (4 digits): 1234", "PIN (4 digits):"),
        ("[sudo] password for me:", "[sudo] password for me:"),
    ] {
        let text = vec![line.to_owned()];
        let screen = ScreenSnapshot {
            line: Some(0),
            visible: true,
            caret: true,
            size: (100, 40),
            cursor: (line.chars().count() as u16, 0),
            prompt: line.to_owned(),
            page: text.clone().into(),
            text,
            ..ScreenSnapshot::default()
        };
        let signs = Signs { screen: Arc::new(screen), ..Signs::default() };
        assert_eq!(message(&signs, Kind::Password).as_deref(), Some(label), "{line}");
    }
}
