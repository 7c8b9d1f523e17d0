//! What is waited for, and what a person must know of it (`message`). General shapes only: modes of the terminal,
//! where the cursor stands, what a line asks (`words`), what the screen is made of (`shapes`, `rows`); never a program's
//! name.

mod message;
mod rows;
mod shapes;
mod words;

use std::sync::Arc;

use self::message::{View, message};
use self::rows::{are_answers, hints};
use self::shapes::{
    choices, has_buttons, has_tildes, in_dialog, input_box, is_at_bottom, is_box, is_rule, offers_leave,
    question, recurs,
};
use self::words::{
    asks, asks_for_page, asks_hotkeys, asks_leave, asks_login, asks_secret, asks_yes_or_no, begins_as_prompt,
    is_prompt, is_shell_prompt, tells_pages,
};
use super::facts::{Modes, ScreenSnapshot, WakeSource};
use super::verdict::Signs;
use crate::words::Kind;

/// What a screen was last found to ask, kept while nothing that it was told by changes: most looks see the
/// same screen again.
#[derive(Debug, Default)]
pub(super) struct Asked {
    of: Option<Shown>,
    kind: Option<Kind>,
    message: Option<(Kind, Option<String>)>,
}

/// All that a kind and its message are told by.
#[derive(Debug)]
struct Shown {
    screen: Arc<ScreenSnapshot>,
    rest: (Option<Modes>, Option<WakeSource>, bool, bool, bool),
    entered: String,
}

impl Shown {
    fn of(signs: &Signs) -> Shown {
        let rest = Shown::rest(signs);
        Shown { screen: signs.screen.clone(), rest, entered: signs.entered_line.clone() }
    }

    fn rest(signs: &Signs) -> (Option<Modes>, Option<WakeSource>, bool, bool, bool) {
        (signs.modes, signs.woken_by(), signs.job_control(), signs.prompted.is_some(), signs.edits.is_some())
    }

    fn is_of(&self, signs: &Signs) -> bool {
        Arc::ptr_eq(&self.screen, &signs.screen)
            && self.rest == Shown::rest(signs)
            && self.entered == signs.entered_line
    }
}

impl Asked {
    /// What the wait is for.
    pub(super) fn kind(&mut self, signs: &Signs) -> Kind {
        self.renew(signs);
        *self.kind.get_or_insert_with(|| kind(signs))
    }

    /// The line that a person is to read.
    pub(super) fn message(&mut self, signs: &Signs, kind: Kind) -> Option<String> {
        self.renew(signs);
        if self.message.as_ref().is_none_or(|(of, _)| *of != kind) {
            self.message = Some((kind, message(signs, kind)));
        }
        self.message.as_ref().and_then(|(_, message)| message.clone())
    }

    fn renew(&mut self, signs: &Signs) {
        if !self.of.as_ref().is_some_and(|of| of.is_of(signs)) {
            *self = Asked { of: Some(Shown::of(signs)), ..Asked::default() };
        }
    }
}

/// What the wait is for.
fn kind(signs: &Signs) -> Kind {
    let line = asked_line(signs);
    match signs.modes {
        Some(Modes { canonical: true, echo: false, .. }) => Kind::Password,
        Some(Modes { canonical: true, .. }) => of_line(signs, &line),
        Some(Modes { echo: false, .. })
            if asks_secret(&line) && (!signs.screen.alternate || in_dialog(&signs.screen)) =>
        {
            Kind::Password
        }
        _ => of_keys(signs, &line),
    }
}

/// There is a box to write in.
pub(super) fn has_input_box(screen: &ScreenSnapshot) -> bool {
    input_box(screen).is_some()
}

/// Something may be chosen.
pub(super) fn offers(screen: &ScreenSnapshot) -> bool {
    choices(screen).is_some() || has_buttons(screen) || question(screen).is_some()
}

/// Something may be chosen, and there is no box below it to write in.
pub(super) fn is_a_choice(screen: &ScreenSnapshot) -> bool {
    (choices(screen).is_some() || has_buttons(screen)) && !writes_below(screen)
}

/// The cursor stands after what looks like a prompt or a question, or there are buttons.
pub(super) fn invites(screen: &ScreenSnapshot) -> bool {
    if has_buttons(screen) {
        return true;
    }
    let line = screen.prompt.trim();
    let ends = line.ends_with([':', '：', '?', '？']) || asks_yes_or_no(line) || is_shell_prompt(line);
    screen.caret && (ends || (is_prompt(line) && !line.ends_with('%')))
}

/// A line is read, and the terminal shows it.
fn of_line(signs: &Signs, line: &str) -> Kind {
    let far = signs.woken_by() == Some(WakeSource::Other);
    if signs.prompted.is_some() || (signs.job_control() && is_prompt(line)) || (far && is_shell_prompt(line))
    {
        Kind::Shell
    } else if asks_yes_or_no(line) || (asks(line) && asks_leave(line)) {
        Kind::Confirm
    } else if asks_login(&signs.screen.text) {
        Kind::Auth
    } else if asks(line) {
        if choices(&signs.screen).is_some() { Kind::Menu } else { Kind::Line }
    } else if lists_above(&signs.screen, line) {
        Kind::Menu
    } else if is_prompt(line) || (recurs(&signs.screen) && !line.ends_with([':', '：'])) {
        Kind::Repl
    } else {
        Kind::Line
    }
}

/// Keys are read as they are typed.
fn of_keys(signs: &Signs, line: &str) -> Kind {
    let screen = &signs.screen;
    if signs.job_control() || signs.prompted.is_some() {
        Kind::Shell
    } else if screen.alternate || (screen.visible && !screen.caret && is_told_below(screen)) {
        of_full_screen(screen, line)
    } else if is_at_bottom(screen) && asks_for_page(line) {
        Kind::Pager
    } else if answers_leave(screen) {
        Kind::Permission
    } else if writes_at_mark(screen) {
        Kind::Turn
    } else if asks_yes_or_no(line) && !(choices(screen).is_some() && hints(line))
        || (asks(line) && asks_leave(line) && choices(screen).is_none())
    {
        Kind::Confirm
    } else if has_buttons(screen) || asks_hotkeys(line) {
        Kind::Menu
    } else if writes_below(screen) || is_barred(screen) {
        Kind::Turn
    } else if choices(screen).is_some() {
        of_choices(screen)
    } else if asks_login(&screen.text) {
        Kind::Auth
    } else if input_box(screen).is_some() {
        Kind::Turn
    } else if is_shell_prompt(line) {
        Kind::Shell
    } else if is_prompt(line) || recurs(screen) {
        Kind::Repl
    } else if asks(line) {
        Kind::Question
    } else if screen.caret {
        Kind::Line
    } else {
        Kind::Unknown
    }
}

fn of_full_screen(screen: &ScreenSnapshot, line: &str) -> Kind {
    let at_bottom = is_at_bottom(screen);
    if at_bottom && asks_for_page(line) || screen.bottom.iter().any(|line| tells_pages(line)) {
        Kind::Pager
    } else if answers_leave(screen) {
        Kind::Permission
    } else if asks_hotkeys(line) {
        Kind::Menu
    } else if has_tildes(screen) {
        Kind::Editor
    } else if choices(screen).is_some() && question(screen).is_some() {
        of_choices(screen)
    } else if has_buttons(screen) {
        Kind::Menu
    } else if View::of(screen).asks_in_popup() {
        Kind::Confirm
    } else if is_barred(screen) || input_box(screen).is_some_and(|top| is_wide(screen, top)) {
        Kind::Turn
    } else if in_dialog(screen) {
        Kind::Menu
    } else if input_box(screen).is_some() {
        Kind::Turn
    } else if !screen.visible || is_prompt(line) || (at_bottom && begins_as_prompt(line)) {
        Kind::Menu
    } else if at_bottom && !is_command(line) {
        Kind::Pager
    } else {
        Kind::Editor
    }
}

/// A box to write in below what looks like a list: that was said before, or helps to write.
fn writes_below(screen: &ScreenSnapshot) -> bool {
    let Some(top) = input_box(screen) else { return false };
    let inside = screen.visible && screen.line.is_some_and(|line| line > top);
    choices(screen).is_none_or(|last| last < top || (inside && screen.line.is_some_and(|line| last > line)))
}

/// The cursor's line begins with a bar that sets apart what is written.
fn is_barred(screen: &ScreenSnapshot) -> bool {
    screen.visible && screen.prompt.trim_start().starts_with(['▌', '┃', '▍', '▎'])
}

/// A box that begins at the left edge, as those to write in do and those of dialogs do not.
fn is_wide(screen: &ScreenSnapshot, top: usize) -> bool {
    screen.text.get(top).is_some_and(|rule| {
        rule.chars().take(3).any(is_box) && rule.chars().count() * 2 > usize::from(screen.size.0)
    })
}

/// The last line, unless it is a mark alone below a line that asks for leave: that one.
fn asked_line(signs: &Signs) -> String {
    let line = last_line(signs);
    let screen = &signs.screen;
    let above = screen.line.unwrap_or(screen.text.len()).min(screen.text.len());
    let above = screen.text[..above].iter().rev().map(|line| line.trim()).find(|line| !line.is_empty());
    match above {
        Some(above) if matches!(line.as_str(), ">" | "❯" | "›") && asks_yes_or_no(above) => {
            above.to_owned()
        }
        _ => line,
    }
}

/// Answers beside each other, one that gives leave and one that does not: `Allow once   Reject`.
fn answers_leave(screen: &ScreenSnapshot) -> bool {
    const LEAVE: [&str; 4] = ["allow", "approve", "accept", "yes"];
    const REFUSE: [&str; 5] = ["reject", "deny", "refuse", "decline", "no"];
    screen.text.iter().rev().take(8).any(|line| {
        let lower = line.to_lowercase();
        let has = |words: &[&str]| lower.split_whitespace().any(|word| words.contains(&word));
        are_answers(rows::Row::of(line).text) && has(&LEAVE) && has(&REFUSE)
    })
}

/// The cursor stands right behind a mark, on a line that has nothing right above and below it: no list.
fn writes_at_mark(screen: &ScreenSnapshot) -> bool {
    let row = usize::from(screen.cursor.1);
    let blank = |at: Option<usize>| {
        at.and_then(|at| screen.page.rows().get(at)).is_none_or(|row| row.is_empty() || is_rule(row))
    };
    !screen.page.rows().is_empty()
        && screen.visible
        && matches!(screen.prompt.trim(), "›" | "❯" | "▶")
        && screen.page.rows().get(row).is_some_and(|line| line.trim().chars().count() > 1)
        && blank(row.checked_sub(1))
        && blank(Some(row + 1))
}

/// A mark alone below a numbered list: a number is to be typed.
fn lists_above(screen: &ScreenSnapshot, line: &str) -> bool {
    let mark = matches!(line, ">" | "#?" | "?" | "->" | "=>");
    mark && screen.line.is_some_and(|at| at > 0 && choices(screen) == Some(at - 1))
}

/// What an editor is told at the foot of its screen.
fn is_command(line: &str) -> bool {
    line.len() > 1 && line.starts_with(':')
}

/// The last line of the screen lies far below a cursor that stands among text: a program fills the screen.
fn is_told_below(screen: &ScreenSnapshot) -> bool {
    screen.foot.is_some_and(|foot| foot + 1 >= screen.size.1 && foot > screen.cursor.1 + 1)
}

fn of_choices(screen: &ScreenSnapshot) -> Kind {
    const BARE: [&str; 4] = ["reject", "deny", "allow", "approve"];
    let asked = screen.text.iter().rposition(|line| asks(line.trim_end()));
    // Entries that are not pointed at may have no mark.
    let unmarked = |line: &String| {
        let lower = line.trim().to_lowercase();
        BARE.iter()
            .any(|word| lower.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
    };
    let leave = question(screen).is_some()
        && (screen.text.iter().any(|line| offers_leave(line))
            || asked.is_some_and(|at| screen.text[at + 1..].iter().any(unmarked)));
    if leave { Kind::Permission } else { Kind::Menu }
}

/// The text before the cursor; if there is none, the last line with text above it, unless that is the line
/// that was entered.
fn last_line(signs: &Signs) -> String {
    let screen = &signs.screen;
    let prompt = screen.prompt.trim();
    if !prompt.trim_matches(|c: char| is_box(c) || c.is_whitespace()).is_empty() {
        return prompt.to_owned();
    }
    let above = screen.line.map_or(screen.text.len(), |line| line + 1);
    let mut above = screen.text.iter().take(above).rev().map(|line| line.trim());
    let empty = |line: &str| line.chars().all(|c| is_box(c) || c.is_whitespace());
    let above = above.find(|line| !empty(line) && !is_rule(line));
    let entered = signs.entered_line.trim();
    let echo = |line: &&str| !entered.is_empty() && line.starts_with(entered);
    above.filter(|line| !echo(line)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::WaitCall;
    use crate::verdict::ReaderSign;
    use std::time::Duration;

    fn modes(canonical: bool, echo: bool) -> Option<Modes> {
        Some(Modes { canonical, echo, limit: None })
    }

    /// A screen of which the last line of `text` is the cursor's.
    fn screen(text: &str) -> ScreenSnapshot {
        let text: Vec<String> = text.lines().map(str::to_owned).collect();
        let prompt = text.last().cloned().unwrap_or_default();
        ScreenSnapshot {
            line: Some(text.len() - 1),
            caret: true,
            visible: true,
            size: (80, 24),
            cursor: (prompt.len() as u16, 10),
            prompt,
            text,
            ..ScreenSnapshot::default()
        }
    }

    fn signs(modes: Option<Modes>, screen: ScreenSnapshot) -> Signs {
        Signs { modes, screen: Arc::new(screen), ..Signs::default() }
    }

    fn of(modes: Option<Modes>, text: &str) -> Kind {
        kind(&signs(modes, screen(text)))
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
        // A line editor that prompts again is an interpreter's; a plain question may be put again.
        assert_eq!(of(line, "calc: 1\nok\ncalc:"), Kind::Line);
        assert_eq!(of(modes(false, false), "calc: 1\nok\ncalc:"), Kind::Repl);
        assert_eq!(of(line, "Which one? a\nno\nWhich one?"), Kind::Line);
        assert_eq!(of(line, "1) a\n2) b\nWhich one?"), Kind::Menu);
        assert_eq!(of(line, "Open https://x.io/device to log in\nCode: "), Kind::Auth);
    }

    #[test]
    fn secrets() {
        assert_eq!(of(modes(true, false), "anything"), Kind::Password);
        assert_eq!(of(modes(false, false), "Enter passphrase for key 'x': "), Kind::Password);
        assert_eq!(of(modes(false, false), "PIN: "), Kind::Password);
        for masked in [
            "? Your API key: ",
            "? Your token ******",
            "? Name it ****",
            "? Secret word › ",
            "◆  Your password\n│  ",
        ] {
            assert_eq!(of(modes(false, false), masked), Kind::Password, "{masked}");
        }
        assert_ne!(of(modes(false, false), "5 ** 2"), Kind::Password);
        assert_ne!(of(modes(false, false), "the token was read by the parser"), Kind::Password);
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
        assert_eq!(of(raw, "Which fruit?\n❯ apples\n  pears"), Kind::Menu);
        assert_eq!(
            message(&signs(raw, screen("Which fruit?\n❯ apples\n  pears")), Kind::Menu).unwrap(),
            "Which fruit?"
        );
        let leave = "Do you want to run this command?\n❯ 1. Yes\n  2. No, tell me what to do";
        assert_eq!(of(raw, leave), Kind::Permission);
        assert_eq!(
            message(&signs(raw, screen(leave)), Kind::Permission).unwrap(),
            "Do you want to run this command?"
        );
    }

    #[test]
    fn pagers_editors_and_menus_fill_the_screen() {
        let raw = modes(false, false);
        let full = |text: &str, row: u16, visible: bool| ScreenSnapshot {
            alternate: true,
            cursor: (3, row),
            visible,
            ..screen(text)
        };
        assert_eq!(kind(&signs(raw, full("a\nb\n:", 23, true))), Kind::Pager);
        assert_eq!(kind(&signs(raw, full("fn main() {", 5, true))), Kind::Editor);
        assert_eq!(kind(&signs(raw, full("Setup", 5, false))), Kind::Menu);
        assert_eq!(kind(&signs(raw, full("  apple\n> ", 22, true))), Kind::Menu);
        let end = ScreenSnapshot { cursor: (5, 23), ..screen("text\n(END)") };
        assert_eq!(kind(&signs(raw, end)), Kind::Pager);
    }

    #[test]
    fn a_shell_is_known_by_its_signals_or_its_marks() {
        let reader = ReaderSign {
            pid: 1,
            call: WaitCall::Select,
            woken_by: WakeSource::TtyOnly,
            threads: 1,
            job_control: true,
            limit: None,
            beside: Vec::new(),
            still: Duration::ZERO,
            idles: false,
        };
        let shell = Signs { reader: Some(reader), ..signs(modes(false, false), screen("$ ")) };
        assert_eq!(kind(&shell), Kind::Shell);
        let marked =
            Signs { prompted: Some(Duration::ZERO), ..signs(modes(false, false), screen("anything")) };
        assert_eq!(kind(&marked), Kind::Shell);
    }

    #[test]
    fn the_line_that_was_entered_is_no_prompt() {
        let line = modes(true, true);
        let mut below = signs(line, screen("$ cat\n"));
        Arc::make_mut(&mut below.screen).text.push(String::new());
        Arc::make_mut(&mut below.screen).line = Some(1);
        Arc::make_mut(&mut below.screen).prompt.clear();
        assert_eq!(message(&below, kind(&below)).as_deref(), Some("$ cat"));
        below.entered_line = "$ ".into();
        assert_eq!((kind(&below), message(&below, Kind::Line)), (Kind::Line, None));
    }

    #[test]
    fn a_place_to_write_in_is_a_turn_whatever_list_stands_above_it() {
        let raw = modes(false, false);
        let rule = "─".repeat(30);
        let below = format!("Three ways:\n  1. Rename it\n  2. Remove it\n{rule}\n❯ \n{rule}\n  4 files");
        let hidden = ScreenSnapshot { visible: false, caret: false, line: None, ..screen(&below) };
        assert_eq!(kind(&signs(raw, hidden)), Kind::Turn);
        assert_eq!(of(raw, "done\n▌ "), Kind::Turn);
        let list = ScreenSnapshot {
            visible: false,
            caret: false,
            line: None,
            ..screen("Which one:\n > apples\n   pears")
        };
        assert_eq!(kind(&signs(raw, list)), Kind::Menu);
    }

    #[test]
    fn an_agent_waits_in_a_box() {
        let raw = modes(false, false);
        let mut agent = signs(raw, screen("done\n╭──────────────────╮\n│ >"));
        Arc::make_mut(&mut agent.screen).text.push("╰──────────────────╯".into());
        assert_eq!(kind(&agent), Kind::Turn);
    }
}
