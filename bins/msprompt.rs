//! `msprompt`; see `ms::tools::msprompt`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msprompt::Msprompt>()
}
