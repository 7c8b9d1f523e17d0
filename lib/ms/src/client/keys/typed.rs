//! Keys for the client's own lists and command line, decoded from what the terminal sends, in
//! whatever protocol the program had turned on.

use super::report::{CTRL, Event, Report};
use ms_terminal::keyboard::split::{Piece, Splitter};

/// A key as the client's own screens understand it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A printable character.
    Char(char),
    /// A letter with Ctrl, in lower case.
    Ctrl(char),
    /// Enter, also the keypad's.
    Enter,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Escape.
    Escape,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// The decoder; keeps what is not whole at the end of a read.
#[derive(Debug, Default)]
pub struct Typed {
    splitter: Splitter,
    /// Bytes of a character that is not whole.
    character: Vec<u8>,
}

impl Typed {
    /// Takes what was read; appends the keys to `keys`. A pasted line break is no Enter.
    pub fn feed(&mut self, bytes: &[u8], keys: &mut Vec<Key>) {
        let Typed { splitter, character } = self;
        for &byte in bytes {
            splitter.step(byte, &mut |piece| match piece {
                Piece::Byte(byte) => keys.extend(plain(character, byte)),
                Piece::Paste(_, true) => {}
                Piece::Paste(byte, false) => {
                    keys.extend(plain(character, byte).filter(|key| matches!(key, Key::Char(_))));
                }
                Piece::Escape => keys.push(Key::Escape),
                Piece::Csi(csi) => keys.extend(csi_key(csi)),
                Piece::Ss3(b"\x1bOM") => keys.push(Key::Enter),
                Piece::Ss3(ss3) => keys.extend(letter_key(ss3[2])),
                Piece::Alt(_) | Piece::Broken(_) | Piece::Answer(_) => {}
            });
        }
    }

    /// Whether an ESC waits for what may follow.
    pub fn pending(&self) -> bool {
        self.splitter.holds_escape_alone()
    }

    /// Nothing followed: the ESC is the key.
    pub fn flush(&mut self) -> Option<Key> {
        self.splitter.give_up_escape().then_some(Key::Escape)
    }
}

fn plain(character: &mut Vec<u8>, byte: u8) -> Option<Key> {
    match byte {
        b'\r' | b'\n' => Some(Key::Enter),
        b'\t' => Some(Key::Tab),
        0x08 | 0x7f => Some(Key::Backspace),
        0x01..=0x1a => Some(Key::Ctrl((byte | 0x60).into())),
        0x20..=0x7e => Some(Key::Char(byte.into())),
        0x80.. => collect(character, byte),
        _ => None,
    }
}

/// A character of several bytes, once it is whole; what is not UTF-8 is dropped.
fn collect(character: &mut Vec<u8>, byte: u8) -> Option<Key> {
    if byte >= 0xc0 || character.len() == 4 {
        character.clear();
    }
    character.push(byte);
    let whole = std::str::from_utf8(character).ok()?.chars().next()?;
    character.clear();
    (!whole.is_control()).then_some(Key::Char(whole))
}

fn csi_key(csi: &[u8]) -> Option<Key> {
    match Report::parse(csi) {
        Some(report) if report.event == Event::Release => None,
        Some(report) => reported_key(&report),
        None => function_key(csi),
    }
}

fn reported_key(report: &Report) -> Option<Key> {
    match report.code {
        27 => Some(Key::Escape),
        13 | 57414 => Some(Key::Enter),
        9 => Some(if report.chord() == super::report::SHIFT { Key::BackTab } else { Key::Tab }),
        127 => Some(Key::Backspace),
        57344..=63743 => None,
        _ if report.chord() == CTRL => report.character().map(|c| Key::Ctrl(c.to_ascii_lowercase())),
        _ => report.character().filter(|c| !c.is_control()).map(Key::Char),
    }
}

/// Keys that keep their old form under every protocol: `CSI A`, `CSI 1;5A`, `CSI 3~`.
fn function_key(csi: &[u8]) -> Option<Key> {
    let (last, body) = csi[2..].split_last()?;
    let number = body.split(|b| *b == b';').next()?;
    if body.ends_with(b":3") || number.iter().any(|b| !b.is_ascii_digit()) {
        return None;
    }
    match (number, last) {
        (b"1" | b"7", b'~') => Some(Key::Home),
        (b"4" | b"8", b'~') => Some(Key::End),
        (b"3", b'~') => Some(Key::Delete),
        (b"5", b'~') => Some(Key::PageUp),
        (b"6", b'~') => Some(Key::PageDown),
        (_, last) => letter_key(*last),
    }
}

fn letter_key(last: u8) -> Option<Key> {
    match last {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' => Some(Key::Right),
        b'D' => Some(Key::Left),
        b'F' => Some(Key::End),
        b'H' => Some(Key::Home),
        b'Z' => Some(Key::BackTab),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let (mut typed, mut keys) = (Typed::default(), Vec::new());
        bytes.iter().for_each(|byte| typed.feed(&[*byte], &mut keys));
        keys
    }

    #[test]
    fn keys_of_all_protocols_are_known() {
        use Key::*;
        assert_eq!(keys(b"a\xc3\xa4\r\t\x7f\x03"), [Char('a'), Char('ä'), Enter, Tab, Backspace, Ctrl('c')]);
        assert_eq!(keys(b"\x1b[A\x1bOB\x1b[1;5C\x1b[3~\x1b[Z"), [Up, Down, Right, Delete, BackTab]);
        assert_eq!(keys(b"\x1b[13u\x1b[27u\x1b[99;5u\x1b[9;2u"), [Enter, Escape, Ctrl('c'), BackTab]);
        assert_eq!(keys(b"\x1b[97;1:1u\x1b[97;1:3u\x1b[1;1:3A\x1b[27;5;99~"), [Char('a'), Ctrl('c')]);
    }

    #[test]
    fn reports_of_the_mouse_are_no_keys() {
        assert_eq!(keys(b"\x1b[<0;10;10m\x1b[I\x1b[?1u"), []);
    }

    #[test]
    fn a_pasted_line_break_is_no_enter() {
        assert_eq!(keys(b"\x1b[200~a\rb\x1b[201~\r"), [Key::Char('a'), Key::Char('b'), Key::Enter]);
    }

    #[test]
    fn an_escape_alone_is_one_when_nothing_follows() {
        let (mut typed, mut keys) = (Typed::default(), Vec::new());
        typed.feed(b"\x1b", &mut keys);
        assert!(keys.is_empty() && typed.pending());
        assert_eq!(typed.flush(), Some(Key::Escape));
    }
}
