//! What a text looks like on the screen where it is being written, and whether Enter has sent it off from
//! there: told from three pictures of the screen, before the text, after it, and after Enter. It knows no
//! program: only that what is sent off does not stay as it was.

use msession::format::frame::ScreenReply;

/// So many of the text's last characters are looked for.
const TAIL: usize = 16;

/// The place where the text stands.
#[derive(Debug, PartialEq)]
pub(super) struct Composer {
    /// What its last row shows of it.
    mark: String,
    /// The first row below that shows anything, and how many do.
    below: (String, usize),
    /// Where the cursor stood from that row, and whether it showed.
    cursor: (i32, u16, bool),
}

/// What Enter did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The text is gone from where it was written.
    SentOff,
    /// It is there, and the cursor is elsewhere: a shell that has nothing to say yet, or a line end.
    Moved,
    /// All is as it was.
    None,
}

impl Composer {
    /// Finds the text that appeared between these two pictures; none if nothing is shown of it.
    pub(super) fn find(before: &ScreenReply, after: &ScreenReply, text: &str) -> Option<Composer> {
        let new: Vec<usize> = new_rows(before, after);
        let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let tail: String = line.chars().skip(line.chars().count().saturating_sub(TAIL)).collect();
        let shows_it = |row: &&usize| !tail.is_empty() && after.lines[**row].contains(&tail);
        let has_cursor = |row: &&usize| after.cursor_visible && **row == usize::from(after.cursor.1);
        // A long word is broken where the row ends: then the cursor is behind it, or its row is the last new one.
        let row = new.iter().rev().find(shows_it).or_else(|| new.iter().find(has_cursor)).or(new.last());
        let row = *row?;
        Some(Composer {
            mark: inside(&after.lines[row]).to_owned(),
            below: below(after, row),
            cursor: cursor(after, row),
        })
    }

    /// What has become of it.
    pub(super) fn effect(&self, now: &ScreenReply) -> Effect {
        let shows_it = |row: &usize| now.lines[*row].contains(&self.mark);
        let Some(row) = (0..now.lines.len()).rev().find(shows_it) else { return Effect::SentOff };
        match (below(now, row) == self.below, cursor(now, row) == self.cursor) {
            (false, _) => Effect::SentOff,
            (true, true) => Effect::None,
            (true, false) => Effect::Moved,
        }
    }
}

/// Rows with text that the picture before did not have.
fn new_rows(before: &ScreenReply, after: &ScreenReply) -> Vec<usize> {
    let is_new = |line: &String| !inside(line).is_empty() && !before.lines.contains(line);
    after.lines.iter().enumerate().filter(|(_, line)| is_new(line)).map(|(row, _)| row).collect()
}

/// A row without the frame around it.
fn inside(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || ('\u{2500}'..='\u{259f}').contains(&c) || c == '|')
}

/// The first row below with anything in it, any digits in place of those that may count there by themselves,
/// and how many there are.
fn below(screen: &ScreenReply, row: usize) -> (String, usize) {
    let mut rows = screen.lines.iter().skip(row + 1).map(|line| inside(line)).filter(|line| !line.is_empty());
    let first = rows.next().unwrap_or_default();
    let plain = first.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    (plain, usize::from(!first.is_empty()) + rows.count())
}

fn cursor(screen: &ScreenReply, row: usize) -> (i32, u16, bool) {
    let (column, line) = screen.cursor;
    (i32::from(line) - i32::try_from(row).unwrap_or(i32::MAX), column, screen.cursor_visible)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(lines: &[&str], cursor: Option<(u16, u16)>) -> ScreenReply {
        ScreenReply {
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            cursor: cursor.unwrap_or_default(),
            cursor_visible: cursor.is_some(),
            ..ScreenReply::default()
        }
    }

    const FRAME: [&str; 4] = ["╭────────╮", "│ >      │", "╰────────╯", " ? help"];

    #[test]
    fn a_box_that_is_empty_again_has_sent_off() {
        let before = screen(&FRAME, None);
        let after = screen(&["╭────────╮", "│ > look │", "╰────────╯", " ? help"], None);
        let composer = Composer::find(&before, &after, "look").unwrap();
        assert_eq!(composer.effect(&after), Effect::None);
        assert_eq!(composer.effect(&before), Effect::SentOff);
        let said = screen(&[&["> look"][..], &FRAME].concat(), None);
        assert_eq!(composer.effect(&said), Effect::SentOff);
        let working = screen(&["> look", "", "✻ Thinking…", "╭────────╮"], None);
        assert_eq!(composer.effect(&working), Effect::SentOff);
    }

    #[test]
    fn a_line_end_in_the_box_has_not() {
        let before = screen(&FRAME, None);
        let after = screen(&["╭────────╮", "│ > look │", "╰────────╯", " ? help"], None);
        let composer = Composer::find(&before, &after, "look").unwrap();
        let grown = screen(&["╭────────╮", "│ > look │", "│        │", "╰────────╯", " ? help"], None);
        assert_eq!(composer.effect(&grown), Effect::None);
        let shown = screen(&["> look", "  "], Some((2, 1)));
        let composer =
            Composer::find(&screen(&["> "], Some((2, 0))), &screen(&["> look"], Some((6, 0))), "look");
        assert_eq!(composer.unwrap().effect(&shown), Effect::Moved);
    }

    #[test]
    fn a_prompt_on_the_next_row_or_output_is_an_answer() {
        let before = screen(&["$"], Some((2, 0)));
        let after = screen(&["$ make"], Some((6, 0)));
        let composer = Composer::find(&before, &after, "make").unwrap();
        assert_eq!(composer.effect(&screen(&["$ make", "$"], Some((2, 1)))), Effect::SentOff);
        assert_eq!(composer.effect(&screen(&["$ make", "cc main.c"], Some((0, 2)))), Effect::SentOff);
        assert_eq!(composer.effect(&screen(&["$ make", "42"], Some((0, 2)))), Effect::SentOff);
        assert_eq!(composer.effect(&screen(&["$ make", ""], Some((0, 1)))), Effect::Moved);
        assert_eq!(composer.effect(&after), Effect::None);
    }

    #[test]
    fn a_paste_that_is_shown_in_other_words_is_found_too() {
        let before = screen(&FRAME, None);
        let after = screen(&["╭────────╮", "│ > [Pasted 40 lines] │", "╰────────╯", " ? help"], None);
        let composer = Composer::find(&before, &after, "one\ntwo\nthree").unwrap();
        assert_eq!(composer.effect(&after), Effect::None);
        assert_eq!(composer.effect(&before), Effect::SentOff);
        assert_eq!(Composer::find(&before, &before, "secret"), None);
    }
}
