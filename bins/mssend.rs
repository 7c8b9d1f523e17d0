//! `mssend`; see `ms::tools::mssend`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::mssend::Mssend>()
}
