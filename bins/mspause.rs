//! `mspause`; see `ms::tools::mspause`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::mspause::Mspause>()
}
