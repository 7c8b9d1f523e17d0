//! `msprompt`; see `msession::tools::msprompt`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::msprompt::Msprompt>()
}
