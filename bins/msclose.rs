//! `msclose`; see `ms::tools::msclose`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msclose::Msclose>()
}
