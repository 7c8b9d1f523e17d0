//! `msswitch`; see `msession::ms::tools::msswitch`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::msswitch::Msswitch>()
}
