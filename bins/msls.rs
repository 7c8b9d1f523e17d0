//! `msls`; see `ms::tools::msls`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msls::Msls>()
}
