//! `mshooks`; see `ms::tools::mshooks`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::mshooks::Mshooks>()
}
