//! `msclose`; see `ms::tools::msclose`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msclose::Msclose>()
}
