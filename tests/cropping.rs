//! Terminals of another size than the session's: each shows a part of it, with a mark that says so, and the
//! bytes as they are once the sizes are the same.

use std::time::Instant;

use ms_terminal::screen::{Most, Screen};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::switching::{detach, is_raw};
use crate::world::{LIMIT, Terminal, World, others_go_on};

const SESSION: (u16, u16) = (120, 40);

/// Prints what it is told to, as printf(1) understands it.
const PRINTER: &str = r#"stty -echo -icanon min 1; stty icanon; printf 'ready'; while IFS= read -r line; do printf "$line"; done"#;

/// Fills the screen: each row tells its number and its columns, some have wide characters and looks.
fn ruler((cols, rows): (u16, u16)) -> String {
    let row = |row: u16| {
        let wide = if row % 3 == 1 { "日本語" } else { "" };
        let text: String = (0..cols).map(|col| char::from(b'a' + ((row + col / 3) % 26) as u8)).collect();
        let head = format!("{row:02}{wide}");
        let kept = usize::from(cols) - head.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        format!(r"\033[{};1H\033[{}m{head}{}\033[m", row + 1, 31 + row % 7, &text[..kept])
    };
    r"\033[?7l".to_owned() + &(0..rows).map(row).collect::<String>() + r"\033[?7h"
}

/// A session with a terminal of its size in front, and one of another size that only looks.
struct Pair {
    world: World,
    front: Terminal,
    watcher: Terminal,
}

impl Pair {
    fn new(session: (u16, u16), own: (u16, u16)) -> Pair {
        let world = World::new();
        world.start("a", &["bash", "--norc", "-c", PRINTER]);
        let mut front = Terminal::start(&world, "msswitch", &["a"], session.0, session.1);
        front.expect("ready");
        let watcher = Terminal::start(&world, "msswitch", &["-r", "a"], own.0, own.1);
        Pair { world, front, watcher }
    }

    /// Has the program print this.
    fn print(&mut self, text: &str) {
        // In canonical mode the kernel takes 4095 bytes of a line.
        split(text).iter().for_each(|piece| self.front.send(&format!("{piece}\n")));
    }

    /// Prints something, and waits until the watcher shows the part of it that it should.
    fn prints(&mut self, text: &str) -> Part {
        let stamp = format!("<{}>", self.front.bytes.len());
        self.print(text);
        self.front.send(&format!("\\033]2;{stamp}\\033\\\\\n"));
        self.front.until(&stamp, |front| front.screen().title().is_some_and(|title| title.ends_with(&stamp)));
        self.watcher
            .until(&stamp, |watcher| watcher.screen().title().is_some_and(|title| title.ends_with(&stamp)));
        self.agrees()
    }

    fn agrees(&mut self) -> Part {
        let deadline = Instant::now() + LIMIT / 4;
        loop {
            match part_of(self.watcher.screen(), self.front.screen()) {
                Ok(part) => return part,
                Err(why) => {
                    let seen = self.watcher.text();
                    assert!(Instant::now() < deadline, "{why}\n{seen}\nof\n{}", self.front.text());
                    self.watcher.read();
                    self.front.read();
                }
            }
        }
    }
}

/// Pieces of at most 3000 bytes that are cut before an escape.
fn split(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for part in text.split_inclusive("\\033[m") {
        if pieces.last().unwrap().len() + part.len() > 3000 {
            pieces.push(String::new());
        }
        pieces.last_mut().unwrap().push_str(part);
    }
    pieces
}

/// What the mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    cols: u16,
    rows: u16,
    of: (u16, u16),
    left: u16,
    top: u16,
}

fn pair(text: &str, between: char) -> Option<(u16, u16)> {
    let (a, b) = text.split_once(between)?;
    Some((a.parse().ok()?, b.parse().ok()?))
}

fn mark(screen: &Screen) -> Option<Part> {
    let text = screen.text();
    let words: Vec<&str> = text.last()?.split_whitespace().collect();
    match words[..] {
        [.., part, "of", of, offset] => {
            let ((cols, rows), of) = (pair(part, 'x')?, pair(of, 'x')?);
            let (left, top) = pair(offset.strip_prefix('+')?, '+')?;
            Some(Part { cols, rows, of, left, top })
        }
        [.., of] => {
            let of = pair(of, 'x')?;
            Some(Part { cols: of.0, rows: of.1, of, left: 0, top: 0 })
        }
        _ => None,
    }
}

/// Which part of the session's screen the terminal shows; why it shows none.
fn part_of(terminal: &Screen, session: &Screen) -> Result<Part, String> {
    let part = mark(terminal).ok_or("no mark")?;
    if part.of != (session.cols(), session.rows()) {
        return Err(format!("{part:?} of another session"));
    }
    let (seen, whole) = (terminal.picture(), session.picture());
    for row in 0..part.rows {
        let there = whole.row(part.top + row);
        for col in 0..part.cols {
            let (is, glyph) = (seen.row(row)[usize::from(col)], there[usize::from(part.left + col)]);
            let halved = col == 0 && glyph.char() == '\0'
                || col + 1 == part.cols
                    && there.get(usize::from(part.left + col) + 1).is_some_and(|next| next.char() == '\0');
            if if halved { is.char() != ' ' } else { is != glyph } {
                return Err(format!("row {row}, column {col}: {:?} for {:?}", is.char(), glyph.char()));
            }
        }
        for col in part.cols..terminal.cols() {
            if row + 1 < terminal.rows() && !seen.row(row)[usize::from(col)].is_blank() {
                return Err(format!("row {row}, column {col} is beyond the session"));
            }
        }
    }
    let (row, col) = session.cursor();
    let at = row.checked_sub(part.top).zip(col.checked_sub(part.left));
    if session.cursor_visible() && at != Some(terminal.cursor()) {
        return Err(format!("the cursor is at {:?}, not at {at:?}", terminal.cursor()));
    }
    let modes = |screen: &Screen| (screen.cursor_visible(), screen.bracketed_paste(), screen.private_mode(1));
    if modes(terminal) != modes(session) {
        return Err("modes".into());
    }
    if terminal.mouse() || terminal.alt_screen() {
        return Err("what belongs to the place of things is on".into());
    }
    Ok(part)
}

#[test]
fn a_smaller_terminal_shows_the_part_around_the_cursor() {
    shows_the_part(&[(60, 40), (120, 20), (61, 21), (26, 6)]);
}

#[test]
fn a_terminal_that_is_larger_somewhere_shows_what_there_is() {
    shows_the_part(&[(150, 50), (200, 30), (50, 60), (140, 40)]);
}

fn shows_the_part(sizes: &[(u16, u16)]) {
    let (cols, rows) = SESSION;
    for own in sizes.iter().copied() {
        let mut pair = Pair::new(SESSION, own);
        pair.prints(&ruler(SESSION));
        // The corners; then a row in the middle, to which the window need not move.
        for (row, col) in [(0, 0), (0, cols - 1), (rows - 1, cols - 1), (rows - 1, 0), (rows / 2, cols / 2)] {
            let part = pair.prints(&format!(r"\033[{};{}H", row + 1, col + 1));
            let (shown_cols, shown_rows) = (own.0.min(cols), own.1.min(rows));
            assert!(
                part.cols == shown_cols && (shown_rows - 1..=shown_rows).contains(&part.rows),
                "{part:?}"
            );
            assert!(part.left + part.cols <= cols && part.top + part.rows <= rows, "{own:?} {part:?}");
        }
        let before = pair.prints("");
        for back in [r"\033[D", r"\033[B", r"\033[A", r"\033[C"] {
            assert_eq!(pair.prints(back), before, "the window stays while the cursor is in it");
        }
        // The alternate screen, modes of the keyboard, the mouse, a region: none passes.
        let on = r"\033[?1049h\033[?1003;1006;1004h\033[?2004h\033[?1h\033[3;9r\033[?25l\033[5 q";
        pair.prints(&format!("{on}{}", ruler(SESSION)));
        pair.prints(r"\033[?25h\033[9;30H\n\n\n\033[L\033[12P\033[31mx");
        pair.prints(r"\033[?1049l\033[?2004l\033[?1l");
        for raw in [&b"\x1b[?1049h"[..], b"\x1b[3;9r", b"\x1b[?1003", b"\x1b[?1004h"] {
            assert!(!pair.watcher.bytes.windows(raw.len()).any(|window| window == raw));
        }
        pair.watcher.send("\x03");
        assert!(pair.watcher.wait().success() && !is_raw(&pair.watcher), "{own:?}");
        let left = pair.watcher.screen();
        assert!(left.private_mode(7) == Some(true) && left.cursor_visible(), "{own:?}");
        detach(&mut pair.front);
    }
}

#[test]
fn a_hidden_cursor_moves_the_window_down_the_primary_screen_alone() {
    let mut pair = Pair::new(SESSION, (60, 20));
    let part = pair.prints(r"\033[?25l\033[40;100H");
    assert_eq!((part.left, part.top), (0, 21));
    let part = pair.prints(r"\033[?1049h\033[?25l\033[40;100H");
    assert_eq!((part.left, part.top), (0, 0));
    let part = pair.prints(r"\033[?25h");
    assert_eq!((part.left, part.top), (60, 21));
}

#[test]
fn a_terminal_of_one_row_has_its_mark_beside_what_it_shows() {
    let mut pair = Pair::new(SESSION, (80, 1));
    let part = pair.prints(&format!(r"{}\033[7;100H", ruler(SESSION)));
    assert_eq!((part.rows, part.top), (1, 6));
    assert!((40..60).contains(&part.cols), "{part:?}");
}

/// Rows that have scrolled off and that are on the screen, of a terminal that was given these bytes at these sizes.
fn held(pieces: &[(&[u8], (u16, u16))]) -> Vec<String> {
    let mut screen = Screen::new(pieces[0].1.0, pieces[0].1.1);
    screen.keep_past(Most { rows: 10_000, bytes: 1 << 20 }, false);
    for (bytes, size) in pieces {
        screen.resize(size.0, size.1).unwrap();
        screen.feed(bytes).unwrap();
    }
    let all = screen.take_all();
    let mut plain = Screen::new(200, 1000);
    plain.feed(&all.bytes).unwrap();
    plain.text().into_iter().filter(|row| !row.is_empty()).collect()
}

#[test]
fn at_the_same_size_it_is_the_bytes_again_and_each_line_was_there_once() {
    let mut pair = Pair::new((100, 30), (60, 20));
    pair.watcher.until("a mark", |watcher| mark(watcher.screen()).is_some());
    let lines = |from: usize, to: usize| (from..to).map(|n| format!("line {n}\\n")).collect::<String>();
    pair.prints(&(r"\033[H\033[2J".to_owned() + &lines(1, 90)));
    let cut = pair.watcher.bytes.len();
    pair.watcher.resize(100, 30);
    let deadline = Instant::now() + LIMIT / 4;
    while let Some(why) = pair.front.screen().state().difference(&pair.watcher.screen().state()) {
        assert!(Instant::now() < deadline, "{why:?}\n{}", pair.watcher.text());
        pair.watcher.read();
    }
    pair.print(&lines(90, 120));
    pair.watcher.expect("line 119");
    let pieces = [(&pair.watcher.bytes[..cut], (60, 20)), (&pair.watcher.bytes[cut..], (100, 30))];
    let held = held(&pieces);
    for n in 61..120 {
        assert_eq!(held.iter().filter(|row| **row == format!("line {n}")).count(), 1, "{n}: {held:#?}");
    }
    // And smaller again: drawn again.
    pair.watcher.resize(70, 10);
    pair.agrees();
}

#[test]
fn a_second_terminal_is_cropped_until_it_types_and_the_first_from_then_on() {
    let world = World::new();
    world.start("a", &["sh"]);
    let mut wide = Terminal::start(&world, "msswitch", &["a"], 120, 40);
    wide.expect("$");
    let mut narrow = Terminal::start(&world, "msswitch", &["a"], 50, 12);
    // The one that comes is in front.
    wide.until("the mark of a smaller session", |wide| {
        mark(wide.screen()).is_some_and(|part| part.of == (50, 12))
    });
    wide.send("stty size\r");
    wide.expect("40 120");
    narrow.until("a mark", |narrow| mark(narrow.screen()).is_some_and(|part| part.of == (120, 40)));
    wide.until("no mark", |wide| mark(wide.screen()).is_none());
    narrow.send("stty size\r");
    narrow.expect("12 50");
    narrow.until("no mark", |narrow| mark(narrow.screen()).is_none());
    wide.until("a mark", |wide| mark(wide.screen()).is_some_and(|part| part.of == (50, 12)));
    detach(&mut narrow);
    wide.until("its own size", |wide| mark(wide.screen()).is_none() && wide.text().contains("12 50"));
    detach(&mut wide);
}

#[test]
fn what_is_drawn_over_a_part_goes_and_leaves_the_part() {
    let mut pair = Pair::new(SESSION, (60, 20));
    pair.world.start("other", &["sh", "-c", "printf other; exec cat"]);
    pair.prints(&ruler(SESSION));
    for (keys, shows) in [("\x1cl", "other"), ("\x1c?", "Help"), ("\x1c/ses", "/ses")] {
        pair.watcher.send(keys);
        pair.watcher.expect(shows);
        // What the program draws meanwhile stays under it.
        pair.print(r"\033[2;2Hunder");
        pair.front.expect("under");
        assert!(pair.watcher.text().contains(shows));
        pair.watcher.send("\x1b");
        pair.agrees();
    }
    // A notice goes by itself, at the latest with the next output.
    pair.watcher.send("\x1c/session-name\r");
    pair.watcher
        .until("a notice", |watcher| watcher.text().lines().last().is_some_and(|row| row.trim() == "a"));
    pair.prints("x");
    // To another session and back: that one has the size that it began with.
    pair.watcher.send("\x1cn");
    pair.watcher.until("the other", |watcher| {
        watcher.text().contains("other") && mark(watcher.screen()).is_some_and(|part| part.of == (80, 24))
    });
    pair.watcher.send("\x1cp");
    pair.agrees();
    pair.watcher.send("\x1cr");
    pair.prints("y");
    detach(&mut pair.watcher);
}

#[test]
fn the_end_of_a_session_is_shown_before_it_is_told() {
    let mut pair = Pair::new(SESSION, (60, 20));
    pair.prints(&ruler(SESSION));
    pair.print(r"\033[30;30Hlast words");
    pair.front.expect("last words");
    pair.world.ok("msclose", &["--force", "a"]);
    pair.watcher.wait();
    pair.watcher.expect("last words");
    assert!(!is_raw(&pair.watcher));
}

/// How often a process has gone to sleep by itself.
fn sleeps(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("voluntary")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_flood_is_drawn_at_a_bounded_rate_and_nothing_at_rest() {
    let world = World::new();
    let flood = r"printf ready; read x; i=0; while [ $i -lt 20 ]; do i=$((i+1)); seq -f '%g-\033[31mflood\033[m' 1 30000; done; printf done; exec cat";
    world.start("a", &["sh", "-c", &flood.replace(r"\033", "\u{1b}")]);
    let mut front = Terminal::start(&world, "msswitch", &["a"], 100, 30);
    front.expect("ready");
    let mut watcher = Terminal::start(&world, "msswitch", &["-r", "a"], 60, 12);
    watcher.expect("ready");
    let (from, began) = (watcher.bytes.len(), Instant::now());
    front.send("\r");
    let reader = std::thread::spawn(move || {
        front.expect("done");
        front
    });
    watcher.expect("done");
    let (drawn, took) = (watcher.bytes.len() - from, began.elapsed());
    let mut front = reader.join().unwrap();
    // Each drawing is 12 rows of at most 60 characters in two looks.
    let most = (took.as_millis() as usize / 33 + 3) * 12 * 90;
    assert!(drawn < most, "{drawn} bytes in {took:?}");
    watcher.settle();
    let (before, asleep) = (watcher.bytes.len(), sleeps(watcher.pid()));
    others_go_on();
    watcher.read();
    assert_eq!((watcher.bytes.len(), sleeps(watcher.pid())), (before, asleep), "it woke up at rest");
    // One that is stopped is right again when it goes on.
    kill(Pid::from_raw(watcher.pid()), Signal::SIGSTOP).unwrap();
    front.send("\x0c\r\n more\r");
    front.expect("more");
    kill(Pid::from_raw(watcher.pid()), Signal::SIGCONT).unwrap();
    watcher.expect("more");
    detach(&mut front);
}
