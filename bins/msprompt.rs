//! `msprompt`; see `ms::tools::msprompt`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msprompt::Msprompt>()
}
