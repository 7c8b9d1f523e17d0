//! `msname --generate`: a name for a text, from arguments or standard input.

use std::io::{self, Read};

use msession::format::error::{Error, Result};
use msession::format::generate_name;
use msession::format::session_name::SessionName;

/// Longest text that is looked at, in bytes.
const MAX_TEXT: u64 = 64 << 10;

/// A name made of the words, or of standard input where there are none.
///
/// # Errors
/// `Usage` if no word of it makes a name, `System` if standard input cannot be read.
pub fn name_of(words: &[String]) -> Result<SessionName> {
    let text = if words.is_empty() { read_stdin()? } else { words.join(" ") };
    generate_name::from_text(&text).ok_or_else(|| Error::Usage("no word in that text makes a name".into()))
}

fn read_stdin() -> Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_TEXT).read_to_end(&mut bytes).map_err(Error::system("standard input"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
