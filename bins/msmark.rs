//! `msmark`; see `msession::ms::tools::msmark`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::msmark::Msmark>()
}
