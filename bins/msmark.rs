//! `msmark`; see `ms::tools::msmark`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msmark::Msmark>()
}
