//! `msname`; see `ms::tools::msname`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msname::Msname>()
}
