//! `msswitch`; see `ms::tools::msswitch`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msswitch::Msswitch>()
}
