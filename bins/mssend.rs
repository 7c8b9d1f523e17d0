//! `mssend`; see `ms::tools::mssend`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::mssend::Mssend>()
}
