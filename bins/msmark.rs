//! `msmark`; see `ms::tools::msmark`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msmark::Msmark>()
}
