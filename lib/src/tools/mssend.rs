//! `mssend`: type into a session from a script.

use std::time::{Duration, Instant};

use clap::Parser;

use crate::catalog;
use crate::cli::{Outcome, Tool};
use crate::client::connect::Connection;
use crate::error::Result;
use crate::frame::{Hello, MAX_PAYLOAD, Type};
use crate::session::Runtime;

/// A program that does not read for this long makes the sending fail.
const PATIENCE: Duration = Duration::from_secs(30);

/// Type into a session from a script
///
/// Returns when the program's terminal has taken everything.
#[derive(Debug, Parser)]
#[command(name = "mssend", version)]
pub struct Mssend {
    /// Press Enter after it
    #[arg(long)]
    enter: bool,
    /// The session
    #[arg(value_name = "NAME")]
    name: String,
    /// What to type; several are joined by blanks
    #[arg(value_name = "TEXT", trailing_var_arg = true, allow_hyphen_values = true)]
    text: Vec<String>,
}

impl Tool for Mssend {
    fn run(mut self) -> Result<Outcome> {
        // Behind TEXT, --enter is still ours: `mssend NAME TEXT --enter`.
        if self.text.last().is_some_and(|last| last == "--enter") {
            self.text.pop();
            self.enter = true;
        }
        let runtime = Runtime::open()?;
        let session = catalog::find_live(runtime.as_ref(), &self.name)?;
        let mut bytes = self.text.join(" ").into_bytes();
        if self.enter {
            bytes.push(b'\r');
        }
        let (mut connection, _) = Connection::open(&session, &Hello::default())?;
        for piece in bytes.chunks(MAX_PAYLOAD) {
            connection.send(Type::Send, piece);
            let deadline = Instant::now() + PATIENCE;
            connection.flush_until(deadline)?;
            while connection.recv(deadline)?.kind != Type::Taken {}
        }
        Ok(Outcome::DONE)
    }
}
