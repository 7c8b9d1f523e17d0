//! `mssend`: type into a session from a script.

mod apart;
mod composer;
mod pieces;
mod sender;
mod stream;
mod submit;

use std::ffi::OsString;
use std::io::{IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches, Parser};

use crate::cli::{Out, Outcome, Tool, deadline, seconds};
use crate::client::connect::Connection;
use ms_platform::sys;
use ms_terminal::keyboard::Key;
use msession::format::error::{Error, Result};
use msession::format::frame::{DiscardReply, Hello, Request};
use msession::format::status::Status;
use msession::query::lookup;
use msession::store::session::{Runtime, SessionDir};
use pieces::Piece;
use sender::Sender;

/// Type into a session from a script
///
/// Types keys and TEXT in the order in which they are given, or standard input if there is neither, and
/// returns when the program's terminal has taken everything. Keys are sent as a keyboard would send them
/// in the modes that the program has set.
#[derive(Debug, Parser)]
#[command(name = "mssend", version, after_help = EXAMPLES)]
struct Arguments {
    /// Press a key: a character or Enter, Escape, Up, F5, …, with C- M- S- before it; may be repeated
    #[arg(short, long = "key", value_name = "KEY", allow_hyphen_values = true)]
    keys: Vec<Key>,
    /// Press Enter at the end
    #[arg(short, long)]
    enter: bool,
    /// Type TEXT, press Enter apart from it, and see that it was sent off: exit 1 if it was not
    #[arg(short, long, conflicts_with_all = ["keys", "enter", "paste"])]
    submit: bool,
    /// Paste TEXT instead of typing it: in brackets where the program asked for that
    #[arg(short, long)]
    paste: bool,
    /// First drop what was typed and not read yet, by whomever, and print how many bytes that were
    #[arg(short, long)]
    discard: bool,
    /// Give up if not all was taken within TIME (30, 1.5, 500ms, 2m)
    #[arg(short, long, value_name = "TIME", value_parser = seconds)]
    timeout: Option<Duration>,
    /// The session
    #[arg(value_name = "NAME")]
    name: String,
    /// What to type; several are joined by blanks. One that begins with - stands behind --
    #[arg(value_name = "TEXT", allow_negative_numbers = true)]
    text: Vec<OsString>,
}

/// More than this is no message.
const MAX_SUBMITTED: u64 = 1 << 20;

const EXAMPLES: &str = "\
Examples:
  mssend build y --enter
  mssend --submit agent 'look at the tests' && mswait agent
  mssend --key C-c build
  mssend --discard --key C-c build
  mssend --paste agent <question.txt && mssend --key Enter agent";

/// The arguments, and the order of keys and text among them.
#[derive(Debug)]
pub struct Mssend {
    arguments: Arguments,
    pieces: Vec<Piece>,
}

impl Parser for Mssend {}

impl CommandFactory for Mssend {
    fn command() -> Command {
        Arguments::command()
    }

    fn command_for_update() -> Command {
        Arguments::command_for_update()
    }
}

impl FromArgMatches for Mssend {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Mssend, clap::Error> {
        let arguments = Arguments::from_arg_matches(matches)?;
        let places = |id| matches.indices_of(id).into_iter().flatten();
        let pieces =
            pieces::in_order(places("keys").zip(&arguments.keys), places("text").zip(&arguments.text));
        Ok(Mssend { arguments, pieces })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Mssend::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Tool for Mssend {
    fn run(self) -> Result<Outcome> {
        let Arguments { discard, enter, paste, timeout, ref name, .. } = self.arguments;
        let deadline = deadline(timeout);
        let discards_alone = discard && self.pieces.is_empty() && !enter && !self.arguments.submit;
        let piped = !std::io::stdin().is_terminal();
        if self.pieces.is_empty() && !enter && !piped && !discard {
            return Err(Error::Usage("nothing to type: give TEXT, --key or standard input".into()));
        }
        let runtime = Runtime::open()?;
        let session = lookup::find_live(runtime.as_ref(), name)?;
        if discard {
            drop_waiting(&session, deadline)?;
        }
        if discards_alone {
            return Ok(Outcome::DONE);
        }
        if !self.pieces.is_empty() {
            // It may wait for long, and everybody may read the command line.
            sys::title::show(&format!("mssend {}", session.name()));
        }
        let mut sender = Sender::open(&session, deadline)?;
        if self.arguments.submit {
            return submit::submit(&mut sender, &session, &self.text()?);
        }
        if self.sends_off() && session.status()?.status != Status::Waiting {
            submit::wait_for_begun(&mut sender)?;
        }
        if self.pieces.is_empty() && piped {
            stream::send(&mut sender, std::io::stdin(), paste)?;
        } else {
            pieces::send(&mut sender, &self.pieces, paste)?;
        }
        if enter {
            pieces::send(&mut sender, &[Piece::Key("Enter".parse()?)], false)?;
        }
        Ok(Outcome::DONE)
    }
}

impl Mssend {
    /// Whether Enter is among the keys.
    fn sends_off(&self) -> bool {
        self.arguments.enter
            || self.arguments.keys.iter().any(|key| "Enter".parse().is_ok_and(|enter: Key| enter == *key))
    }

    /// What --submit types: TEXT, or standard input without its last line end.
    fn text(&self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        match self.pieces.as_slice() {
            [Piece::Text(words)] => text.extend_from_slice(words.as_bytes()),
            _ => {
                let read = std::io::stdin().take(MAX_SUBMITTED).read_to_end(&mut text);
                read.map_err(Error::system("standard input"))?;
            }
        }
        let end = text.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
        text.truncate(end);
        match text.len() as u64 {
            0 => Err(Error::Usage("nothing to type: give TEXT or standard input".into())),
            MAX_SUBMITTED.. => Err(Error::Usage("--submit takes less than 1 MiB".into())),
            _ => Ok(text),
        }
    }
}

/// Has what waits dropped, and says how much that was.
fn drop_waiting(session: &SessionDir, deadline: Option<Instant>) -> Result<()> {
    let (mut connection, _) = Connection::open_by(session, &Hello::default(), deadline)?;
    let reply = connection.request_by(&Request::Discard, deadline)?;
    let DiscardReply { dropped } = serde_json::from_value(reply)
        .map_err(|why| Error::damaged(format!("{}: answer", session.name()), why))?;
    let mut out = Out::new();
    out.line(format_args!("{dropped} bytes dropped"))?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(words: &[&str]) -> Vec<Piece> {
        let words = ["mssend"].iter().chain(words);
        Mssend::try_parse_from(words).unwrap().pieces
    }

    #[test]
    fn keys_and_text_keep_their_order() {
        let key = |name: &str| Piece::Key(name.parse().unwrap());
        let text = |text: &str| Piece::Text(text.into());
        assert_eq!(pieces(&["x", "a", "b"]), [text("a b")]);
        assert_eq!(
            pieces(&["--key", "Escape", "x", ":w", "q", "-k", "Enter", "i"]),
            [key("Escape"), text(":w q"), key("Enter"), text("i")]
        );
        assert_eq!(pieces(&["x", "--", "--key", "-5"]), [text("--key -5")]);
        assert_eq!(pieces(&["-k", "-", "x"]), [key("-")]);
    }

    #[test]
    fn enter_may_stand_anywhere() {
        let tool = Mssend::try_parse_from(["mssend", "x", "yes", "--enter"]).unwrap();
        assert!(tool.arguments.enter && tool.arguments.text == ["yes"]);
    }
}
