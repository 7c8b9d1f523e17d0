//! `msls`; see `msession::ms::tools::msls`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::msls::Msls>()
}
