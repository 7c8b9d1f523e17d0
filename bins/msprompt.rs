//! `msprompt`; see `msession::ms::tools::msprompt`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::msprompt::Msprompt>()
}
