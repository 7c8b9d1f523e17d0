//! What a frame of a connection asks for, once it is known that this connection may ask for it. Pure: it
//! changes nothing and does nothing.

use msession::format::error::{Error, Result};
use msession::format::frame::{self, Hello, Request, Type};

/// What is to be done for a connection.
#[derive(Debug)]
pub(super) enum Command {
    /// It says who it is.
    Greet(Box<Hello>),
    /// A person's terminal sends this: keys, and answers of the terminal.
    Type(Vec<u8>),
    /// A key that cannot come in its turn, since more waits at the client than there is room for.
    TypeNow(u8),
    /// Its terminal has so many columns and rows.
    Resize((u16, u16)),
    /// Its terminal was given the output up to this offset.
    Progress(u64),
    /// A script types this, and wants to be told once it is taken.
    Send(Vec<u8>),
    /// It wants a reply.
    Reply(Request),
    /// It wants the screen.
    Repaint,
    /// It leaves.
    Leave,
    /// Of a kind that means nothing to a server.
    Nothing,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asker {
    /// It has said who it is.
    pub(super) is_known: bool,
    /// It is a person's terminal whose keys count.
    pub(super) may_type: bool,
}

impl Command {
    /// What this frame asks for.
    ///
    /// # Errors
    /// [`Error::Refused`] for what the asker may not do, and for what can't be read.
    pub(super) fn of(asker: Asker, kind: Type, payload: &[u8]) -> Result<Command> {
        let refused = |why: &str| Error::Refused(why.to_owned());
        let typist = || if asker.may_type { Ok(()) } else { Err(refused("this connection may only look")) };
        Ok(match kind {
            Type::Hello if !asker.is_known => Command::Greet(parse(payload)?),
            _ if !asker.is_known => return Err(refused("the first frame must be HELLO")),
            Type::Input => typist().map(|()| Command::Type(payload.to_vec()))?,
            Type::Urgent => {
                typist()?;
                Command::TypeNow(*payload.first().ok_or_else(|| refused("an URGENT without a key"))?)
            }
            Type::Resize => Command::Resize(
                frame::read_size(payload).ok_or_else(|| refused("a RESIZE of the wrong length"))?,
            ),
            Type::Progress => Command::Progress(
                frame::read_u64(payload).ok_or_else(|| refused("a PROGRESS of the wrong length"))?,
            ),
            Type::Send => Command::Send(payload.to_vec()),
            Type::Request => Command::Reply(parse(payload)?),
            Type::Repaint => Command::Repaint,
            Type::Detach => Command::Leave,
            _ => Command::Nothing,
        })
    }
}

fn parse<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Result<T> {
    serde_json::from_slice(payload)
        .map_err(|why| Error::Refused(format!("a frame that can't be read: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPIST: Asker = Asker { is_known: true, may_type: true };
    const LOOKER: Asker = Asker { is_known: true, may_type: false };
    const STRANGER: Asker = Asker { is_known: false, may_type: false };

    fn refusal(asker: Asker, kind: Type, payload: &[u8]) -> String {
        Command::of(asker, kind, payload).unwrap_err().to_string()
    }

    #[test]
    fn a_stranger_says_who_it_is_before_anything_else() {
        for kind in [Type::Input, Type::Send, Type::Request, Type::Repaint, Type::Detach, Type::Progress] {
            assert_eq!(refusal(STRANGER, kind, b""), "the first frame must be HELLO");
        }
        assert!(refusal(STRANGER, Type::Hello, b"{").starts_with("a frame that can't be read"));
        assert!(matches!(Command::of(TYPIST, Type::Hello, b"{").unwrap(), Command::Nothing), "once");
    }

    #[test]
    fn who_may_only_look_types_nothing() {
        for kind in [Type::Input, Type::Urgent] {
            assert_eq!(refusal(LOOKER, kind, b"x"), "this connection may only look");
        }
        assert!(matches!(Command::of(TYPIST, Type::Input, b"x").unwrap(), Command::Type(_)));
        assert!(matches!(Command::of(TYPIST, Type::Urgent, b"\x03").unwrap(), Command::TypeNow(3)));
        assert!(matches!(Command::of(LOOKER, Type::Send, b"x").unwrap(), Command::Send(_)), "a script");
    }

    #[test]
    fn what_has_the_wrong_length_is_named() {
        assert_eq!(refusal(TYPIST, Type::Urgent, b""), "an URGENT without a key");
        assert_eq!(refusal(TYPIST, Type::Resize, b"123"), "a RESIZE of the wrong length");
        assert_eq!(refusal(TYPIST, Type::Progress, b"1234567"), "a PROGRESS of the wrong length");
        let size = Command::of(TYPIST, Type::Resize, &[80, 0, 24, 0]).unwrap();
        assert!(matches!(size, Command::Resize((80, 24))), "{size:?}");
    }
}
