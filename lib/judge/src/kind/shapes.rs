//! What a screen is made of: lists to choose from, boxes, buttons, questions, prompts that come again.

use super::words::{asks, begins_as_prompt};
use crate::facts::ScreenSnapshot;

/// Marks before the entry that a list points at.
pub(super) const POINTERS: [char; 8] = ['❯', '›', '▸', '►', '➤', '▶', '→', '»'];
/// Those of them that stand before other things too.
const ARROWS: [char; 2] = ['→', '»'];
/// Marks of what is not chosen, and of what may be. The latter stand before other things too.
const OPEN: [char; 5] = ['○', '◯', '◻', '☐', '☑'];
const FILLED: [char; 3] = ['●', '◉', '◼'];
/// A list that is waited on ends so near to the end of what is told.
const NEAR: usize = 8;
/// An input box is no higher than this.
const BOX_LINES: usize = 8;
/// Lines of help below an input box.
const BELOW_BOX: usize = 3;

pub(super) fn is_at_bottom(screen: &ScreenSnapshot) -> bool {
    screen.cursor.1 + 1 >= screen.size.1 && screen.visible
}

pub(super) fn is_box(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{259f}' | '|')
}

/// A rule of a box: nearly nothing but its signs.
pub(super) fn is_rule(line: &str) -> bool {
    let signs = line.chars().filter(|c| is_box(*c)).count();
    signs >= 10 && signs * 2 > line.chars().filter(|c| !c.is_whitespace()).count()
}

/// A line within a box, without the walls.
fn inner(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || is_box(c))
}

/// The upper rule of a box to write in: the cursor is in it, or, if it is hidden, nothing but a line or two
/// of help follows it.
pub(super) fn input_box(screen: &ScreenSnapshot) -> Option<usize> {
    let rules: Vec<usize> = (0..screen.text.len()).filter(|at| is_rule(&screen.text[*at])).collect();
    let pairs = rules.windows(2).map(|pair| (pair[0], pair[1]));
    let mut boxes = pairs.filter(|(top, bottom)| (2..=BOX_LINES).contains(&(bottom - top)));
    let last = screen.text.iter().rposition(|line| !line.trim().is_empty()).unwrap_or(0);
    boxes
        .rfind(|(top, bottom)| match screen.line {
            Some(at) if screen.visible => (*top..*bottom).contains(&at) && *top != at,
            _ => bottom + BELOW_BOX >= last && invites(&screen.text[top + 1..*bottom]),
        })
        .map(|(top, _)| top)
}

/// A single line, or a prompt before the first.
fn invites(inside: &[String]) -> bool {
    inside.len() == 1 || inside.first().is_some_and(|line| begins_as_prompt(inner(line)))
}

/// A visible cursor between the walls of a box.
pub(super) fn in_dialog(screen: &ScreenSnapshot) -> bool {
    let walls = |line: &String| line.chars().filter(|c| is_box(*c)).count() >= 2;
    screen.line.and_then(|line| screen.text.get(line)).is_some_and(walls)
        && screen.text.iter().any(|line| line.contains(['┌', '╭', '┐', '╮', '└', '╰']))
}

/// A row of buttons between the walls of a dialog: `<  OK  >    <Cancel>`.
pub(super) fn has_buttons(screen: &ScreenSnapshot) -> bool {
    let walled = |line: &&String| line.trim_start().starts_with(is_box) && line.trim_end().ends_with(is_box);
    screen.text.iter().filter(walled).any(|line| is_buttons(inner(line)))
}

/// Nothing but words in angle brackets.
pub(super) fn is_buttons(line: &str) -> bool {
    let mut rest = line;
    while let Some((word, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        let word = word.trim();
        if word.is_empty() || word.len() > 24 || !word.chars().all(|c| c.is_alphanumeric() || c == ' ') {
            return false;
        }
        rest = after.trim_start();
    }
    rest.is_empty() && !line.is_empty()
}

/// Lines that an editor marks as beyond the end of its text.
pub(super) fn has_tildes(screen: &ScreenSnapshot) -> bool {
    screen.text.iter().filter(|line| line.trim() == "~").count() >= 3
}

/// One entry of a list, without its mark: after a pointer, a number, or a box to tick.
pub(super) fn entry(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || is_box(c) && !POINTERS.contains(&c));
    let pointed = line.strip_prefix(POINTERS).or(line.strip_prefix(OPEN)).or(line.strip_prefix(FILLED));
    let ticked = ["[ ]", "[x]", "[*]", "( )", "(*)", "(x)"].iter().find_map(|tick| line.strip_prefix(tick));
    let arrow = line.strip_prefix("> ").filter(|rest| numbered(rest.trim_start()).is_some());
    pointed.or(ticked).or(arrow).or_else(|| numbered(line)).map(str::trim).filter(|text| !text.is_empty())
}

/// `1. Yes`, `2) No`: a number, a sign and a gap.
pub(super) fn numbered(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = (rest.len() < line.len()).then(|| rest.strip_prefix(['.', ')', ':'])).flatten()?;
    rest.starts_with(' ').then_some(rest)
}

/// The last of the entries to choose from: two under each other near the end, or a pointer before one of
/// several lines. A filled circle is a mark of a choice only beside an open one.
pub(super) fn choices(screen: &ScreenSnapshot) -> Option<usize> {
    let open = screen.text.iter().any(|line| line.trim_start().starts_with(OPEN));
    let counts = |line: &String| {
        let filled = line.trim_start().starts_with(FILLED);
        entry(line).is_some() && (!filled || open) && !line.trim_start().starts_with(ARROWS)
    };
    let from =
        screen.text.len().saturating_sub(NEAR + screen.line.map_or(0, |line| screen.text.len() - line));
    let marked: Vec<usize> = (from..screen.text.len()).filter(|at| counts(&screen.text[*at])).collect();
    let near = marked.windows(2).rev().find(|pair| pair[1] - pair[0] <= 3).map(|pair| pair[1]);
    near.or_else(|| pointer(screen))
}

/// A pointer before one of several lines.
fn pointer(screen: &ScreenSnapshot) -> Option<usize> {
    if let Some(at) = arrow(screen) {
        return Some(at);
    }
    let at = screen.text.iter().position(|line| line.trim_start().starts_with(POINTERS))?;
    let arrows = screen.text.iter().filter(|line| line.trim_start().starts_with(ARROWS)).count();
    if arrows > 1 || (arrows == 1 && screen.visible) {
        return None;
    }
    let indented = |line: &String| line.starts_with("  ") && !is_rule(line) && line.trim().len() > 1;
    let beside = [at.checked_sub(1), Some(at + 1)];
    let neighbour = beside.into_iter().flatten().filter_map(|at| screen.text.get(at)).any(indented);
    (entry(&screen.text[at]).is_some() && neighbour).then_some(at)
}

/// A plain arrow before one of several lines that begin in one column, while no cursor is shown.
fn arrow(screen: &ScreenSnapshot) -> Option<usize> {
    let column = |line: &str| line.chars().take_while(|c| c.is_whitespace() || is_box(*c)).count();
    let aligned = |at: usize| {
        let line = screen.text[at].trim_start_matches(|c: char| c.is_whitespace() || is_box(c));
        let beside =
            [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| screen.text.get(at));
        let text = column(&screen.text[at]) + 2;
        line.starts_with("> ")
            && line.trim().len() > 2
            && beside.into_iter().any(|other| column(other) == text && !other.trim().is_empty())
    };
    (0..screen.text.len()).filter(|_| !screen.visible).rfind(|at| aligned(*at))
}

/// The last line that asks something.
pub(super) fn question(screen: &ScreenSnapshot) -> Option<&str> {
    screen.text.iter().rev().map(|line| inner(line)).find(|line| asks(line))
}

/// An entry that gives leave, or refuses it.
pub(super) fn offers_leave(line: &str) -> bool {
    const WORDS: [&str; 8] = ["yes", "allow", "approve", "accept", "proceed", "deny", "reject", "trust"];
    let text = entry(line).unwrap_or_default().to_lowercase();
    let text = entry(&text).unwrap_or(&text);
    WORDS.iter().any(|word| text.starts_with(word))
}

/// The prompt stands at the beginning of an earlier line too, but for its numbers.
pub(super) fn recurs(screen: &ScreenSnapshot) -> bool {
    let plain =
        |text: &str| text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    let prompt = plain(screen.prompt.trim());
    let earlier = screen.text.iter().take(screen.line.unwrap_or(0));
    (2..40).contains(&prompt.len())
        && earlier.into_iter().any(|text| plain(text.trim_start()).starts_with(&prompt))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(text: &str) -> ScreenSnapshot {
        ScreenSnapshot { text: text.lines().map(str::to_owned).collect(), ..ScreenSnapshot::default() }
    }

    #[test]
    fn a_list_has_marks_that_are_no_bullets() {
        for text in ["> 1. Yes\n  2. No", "○ a\n● b", "[ ] a\n[x] b", "? Pick\n❯ apple\n  pear", "1) a\n2) b"]
        {
            assert!(choices(&screen(text)).is_some(), "{text}");
        }
        for text in ["● Bash(one)\n● Bash(two)", "127.0.0.1:80>\n127.0.0.1:81>", "1.5\n2.5", "> a\n> b"] {
            assert!(choices(&screen(text)).is_none(), "{text}");
        }
        let old = format!("1. one\n2. two\n{}> ", "text\n".repeat(9));
        assert!(choices(&screen(&old)).is_none());
    }

    #[test]
    fn a_box_to_write_in_has_a_rule_above_and_below() {
        let rule = "─".repeat(20);
        assert_eq!(input_box(&screen(&format!("done\n{rule}\n> \n{rule}\n  ? for shortcuts"))), Some(1));
        assert_eq!(input_box(&screen(&format!("│{rule}│\nname\n│{rule}│\na\nb\nc\nd\ne"))), None);
        let mut table = screen(&format!("{rule}\n 1\n{rule}\nD "));
        (table.line, table.visible) = (Some(3), true);
        assert_eq!(input_box(&table), None);
    }

    #[test]
    fn buttons_stand_between_walls() {
        assert!(has_buttons(&screen("│  <  OK  >    <Cancel>   │")));
        assert!(!has_buttons(&screen("a < b > c")) && !has_buttons(&screen("│ <html> text │")));
    }
}
