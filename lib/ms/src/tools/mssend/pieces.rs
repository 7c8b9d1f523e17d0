//! Keys and texts from the command line, one after the other as a person would type them.

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::apart;
use super::sender::Sender;
use ms_terminal::keyboard::paste::Paste;
use ms_terminal::keyboard::{Key, Typed, encode};
use msession::format::error::Result;

/// One thing to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A key.
    Key(Key),
    /// Words, joined by blanks.
    Text(OsString),
}

impl fmt::Display for Piece {
    /// What a message calls it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Piece::Key(_) => "the next key",
            Piece::Text(_) => "the text",
        })
    }
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

/// Types them, each on its own, and a key that means something alone so that the program reads it alone.
pub(super) fn send(sender: &mut Sender, pieces: &[Piece], paste: bool) -> Result<()> {
    let typed: Vec<Vec<u8>> = pieces.iter().map(|piece| bytes(sender, piece, paste)).collect();
    sender.check(&typed.concat())?;
    for (piece, bytes) in pieces.iter().zip(&typed) {
        apart::wait(sender, bytes, &piece.to_string())?;
        sender.send(bytes)?;
        sender.wait_until_taken()?;
        sender.modes.alone = Typed::of(bytes).is_alone();
    }
    Ok(())
}

fn bytes(sender: &Sender, piece: &Piece, paste: bool) -> Vec<u8> {
    match piece {
        Piece::Key(key) => encode(*key, &sender.modes.keys),
        Piece::Text(text) if paste => {
            let mut paste = Paste::new(sender.modes.bracketed_paste);
            let mut bytes = paste.feed(text.as_bytes());
            bytes.extend(paste.finish());
            bytes
        }
        Piece::Text(text) => text.clone().into_vec(),
    }
}
