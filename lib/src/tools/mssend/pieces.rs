//! Keys and texts from the command line, one after the other as a person would type them.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::thread;
use std::time::Duration;

use super::sender::Sender;
use crate::error::Result;
use crate::keyboard::paste::Paste;
use crate::keyboard::{Key, encode};

/// How long a lone ESC must stay alone to be a key, and not the beginning of another one: longer than
/// fish (30 ms), vim (100 ms with its defaults) and tmux (10 ms) wait.
const ESCAPE: Duration = Duration::from_millis(120);

/// One thing to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A key.
    Key(Key),
    /// Words, joined by blanks.
    Text(OsString),
}

/// Puts keys and words, each with its place on the command line, into order.
pub(super) fn in_order<'a>(
    keys: impl Iterator<Item = (usize, &'a Key)>,
    words: impl Iterator<Item = (usize, &'a OsString)>,
) -> Vec<Piece> {
    let keys = keys.map(|(at, key)| (at, Piece::Key(*key)));
    let words = words.map(|(at, word)| (at, Piece::Text(word.clone())));
    let mut all: Vec<(usize, Piece)> = keys.chain(words).collect();
    all.sort_by_key(|(at, _)| *at);
    let mut pieces: Vec<Piece> = Vec::new();
    for (_, piece) in all {
        match (pieces.last_mut(), piece) {
            (Some(Piece::Text(text)), Piece::Text(word)) => {
                text.push(" ");
                text.push(word);
            }
            (_, piece) => pieces.push(piece),
        }
    }
    pieces
}

/// Types them, each on its own, so that a program can tell keys from text that came with them.
pub(super) fn send(sender: &mut Sender, pieces: &[Piece], paste: bool) -> Result<()> {
    let typed: Vec<Vec<u8>> = pieces.iter().map(|piece| bytes(sender, piece, paste)).collect();
    sender.check(&typed.concat())?;
    for (number, bytes) in typed.iter().enumerate() {
        sender.send(bytes)?;
        sender.wait_until_taken()?;
        if bytes == b"\x1b" && number + 1 < typed.len() {
            thread::sleep(ESCAPE);
        }
    }
    Ok(())
}

fn bytes(sender: &Sender, piece: &Piece, paste: bool) -> Vec<u8> {
    match piece {
        Piece::Key(key) => encode(*key, &sender.modes),
        Piece::Text(text) if paste => {
            let mut paste = Paste::new(sender.modes.bracketed_paste);
            let mut bytes = paste.feed(text.as_bytes());
            bytes.extend(paste.finish());
            bytes
        }
        Piece::Text(text) => text.clone().into_vec(),
    }
}
