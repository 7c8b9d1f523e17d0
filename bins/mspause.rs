//! `mspause`; see `msession::ms::tools::mspause`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::mspause::Mspause>()
}
