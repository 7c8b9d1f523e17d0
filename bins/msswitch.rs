//! `msswitch`; see `ms::tools::msswitch`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msswitch::Msswitch>()
}
