//! `msname`; see `ms::tools::msname`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msname::Msname>()
}
