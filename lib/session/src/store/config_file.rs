//! The user's `config.toml`: where it is, and reading it. What may stand in it is `format::config`.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{files, rundir};
use crate::format::config::{Config, Prompt};
use crate::format::error::{Error, Result};

/// Longest configuration file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

impl Config {
    /// Reads the user's configuration file; the defaults if there is none.
    ///
    /// # Errors
    /// `Usage` for a file that is wrong, with the line, `System` for one that cannot be read.
    pub fn load() -> Result<Config> {
        read()
    }

    /// [`Config::check`], with the file's name in its error.
    ///
    /// # Errors
    /// `Usage`, with what is wrong and in which file.
    pub fn check_file(&self) -> Result<()> {
        let file = || rundir::config_file().map_or("config.toml".into(), |path| path.display().to_string());
        self.check().map_err(|why| Error::Usage(format!("{}: {why}", file())))
    }
}

impl Prompt {
    /// Reads no more of the file than this table: at every prompt, and without what checks the rest.
    ///
    /// # Errors
    /// `Usage` for a file that is wrong, `System` for one that cannot be read.
    pub fn load() -> Result<Prompt> {
        read::<Only>().map(|only| only.prompt)
    }
}

/// A configuration of which one table matters.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Only {
    prompt: Prompt,
}

/// Reads the user's configuration file; the defaults if there is none.
fn read<T: Default + DeserializeOwned>() -> Result<T> {
    let Some(path) = rundir::config_file() else { return Ok(T::default()) };
    let Some(text) = files::read_text(&path, MAX_FILE)? else { return Ok(T::default()) };
    toml::from_str(&text)
        .map_err(|why| Error::Usage(format!("{}: {}", path.display(), why.to_string().trim_end())))
}
