//! `msclose`; see `msession::ms::tools::msclose`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::msclose::Msclose>()
}
