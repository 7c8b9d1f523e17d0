//! `msname`; see `msession::ms::tools::msname`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::msname::Msname>()
}
