//! `msname`: show, set or generate a session's name.

use std::io::{self, Read};

use clap::Parser;

use crate::cli::{Out, Outcome, Tool};
use msession::format::error::{Error, Result};
use msession::format::generate_name;
use msession::format::session_name::SessionName;
use msession::query::lookup;
use msession::store::faults;
use msession::store::history::History;
use msession::store::session::{Runtime, SessionDir};

/// Longest text that a name is made of, in bytes.
const MAX_TEXT: u64 = 64 << 10;

/// Show, set or generate a session's name
///
/// Without arguments, prints the name of the session that it runs in. With NAME, prints it if there is
/// such a session. With NAME and NEW, renames; whatever is open or attached stays so.
#[derive(Debug, Parser)]
#[command(name = "msname", version, after_help = EXAMPLES)]
pub struct Msname {
    /// A session; inside one, that one
    #[arg(value_name = "NAME", conflicts_with = "generate")]
    name: Option<String>,
    /// Its new name
    #[arg(value_name = "NEW", conflicts_with = "generate")]
    new: Option<String>,
    /// Print a name made of TEXT, or of standard input
    #[arg(long, value_name = "TEXT", num_args = 0.., exclusive = true)]
    generate: Option<Vec<String>>,
}

const EXAMPLES: &str = "\
Examples:
  msname                       the name of the session that this runs in
  msname cargo-api backend     rename
  msname --generate fix the login page of the shop";

impl Tool for Msname {
    fn run(self) -> Result<Outcome> {
        let mut out = Out::new();
        if let Some(words) = &self.generate {
            out.line(made_of(words)?)?;
            return out.done();
        }
        let runtime = Runtime::open()?;
        let session = match &self.name {
            Some(name) => lookup::find_live(runtime.as_ref(), name)?,
            None => inside(runtime.as_ref())?,
        };
        match &self.new {
            Some(new) => rename(&session.runtime()?, &session, new)?,
            None => out.line(session.name())?,
        }
        out.done()
    }
}

/// A name made of the words, or of standard input where there are none.
fn made_of(words: &[String]) -> Result<SessionName> {
    let text = match words {
        [] => {
            let (mut bytes, stdin) = (Vec::new(), io::stdin().lock());
            stdin.take(MAX_TEXT).read_to_end(&mut bytes).map_err(Error::system("standard input"))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        words => words.join(" "),
    };
    generate_name::from_text(&text).ok_or_else(|| Error::Usage("no word in that text makes a name".into()))
}

fn inside(runtime: Option<&Runtime>) -> Result<SessionDir> {
    let session = runtime.map(lookup::inside).transpose()?.flatten();
    session.ok_or_else(|| Error::Usage("not inside a session: which one? (msname NAME)".into()))
}

/// Renames the directory, then what outlives it.
///
/// # Errors
/// `Usage` for what is no name, those of [`Runtime::rename`], and that its record cannot be read.
pub fn rename(runtime: &Runtime, session: &SessionDir, new: &str) -> Result<()> {
    let new = SessionName::new(new)?;
    if new == *session.name() {
        return Ok(());
    }
    let id = session.record()?.id;
    runtime.rename(session, &new)?;
    // It has its new name; what is saved gets it at the latest when the session ends.
    let _ = rename_saved(&id, &new);
    Ok(())
}

fn rename_saved(id: &str, new: &SessionName) -> Result<()> {
    faults::step("rename.record")?;
    match History::open()? {
        Some(history) => history.entry(id)?.rename(new),
        None => Ok(()),
    }
}
