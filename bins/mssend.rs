//! `mssend`; see `msession::ms::tools::mssend`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::mssend::Mssend>()
}
