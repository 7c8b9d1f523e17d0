//! `msbuf`: print what a session wrote, live or completed, from files alone.

use std::io::Read;

use clap::Parser;

use crate::catalog::{self, Found};
use crate::cli::{Out, Outcome, Tool};
use crate::error::{Error, Result};
use crate::ring;
use crate::session::{SessionDir, file};

/// Bytes that are read at a time.
const PIECE: usize = 256 << 10;

/// Print what a session wrote
#[derive(Debug, Parser)]
#[command(name = "msbuf", version)]
pub struct Msbuf {
    /// The bytes as the program wrote them
    #[arg(long)]
    raw: bool,
    /// The session
    #[arg(value_name = "NAME")]
    name: String,
}

impl Tool for Msbuf {
    fn run(self) -> Result<Outcome> {
        let mut out = Out::new();
        match catalog::find(&self.name)? {
            Found::Live(session) => print_ring(&session, &mut out)?,
            Found::Saved(entry) => {
                let mut bytes = Vec::new();
                if let Some(mut output) = entry.output()? {
                    output.bytes.read_to_end(&mut bytes).map_err(Error::system("output.zst"))?;
                }
                out.bytes(&bytes)?;
            }
        }
        out.done()
    }
}

fn print_ring(session: &SessionDir, out: &mut Out) -> Result<()> {
    let reader = ring::Reader::open(session.open_file(file::OUTPUT)?)?;
    let now = reader.snapshot()?;
    let (mut offset, mut bytes) = (now.floor, Vec::new());
    while offset < now.written {
        let chunk = reader.read(offset, PIECE, &mut bytes)?;
        out.bytes(&bytes)?;
        offset = chunk.offset + bytes.len() as u64;
    }
    Ok(())
}
